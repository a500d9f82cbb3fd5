use super::Quantity;

#[test]
fn values_round_up() {
    // text, Value(), MilliValue()/1000, AsApproximateFloat64()
    let rows = [
        ("0", 0.0, 0.0, 0.0),
        ("1", 1.0, 1.0, 1.0),
        ("250m", 1.0, 0.25, 0.25),
        ("1u", 1.0, 0.001, 1e-6),
        ("1536Mi", 1_610_612_736.0, 1_610_612_736.0, 1_610_612_736.0),
        ("0.5Gi", 536_870_912.0, 536_870_912.0, 536_870_912.0),
        ("1e3", 1000.0, 1000.0, 1000.0),
        ("1E3", 1000.0, 1000.0, 1000.0),
        ("1k", 1000.0, 1000.0, 1000.0),
        ("1.5", 2.0, 1.5, 1.5),
        ("-1.5", -2.0, -1.5, -1.5),
        (".5", 1.0, 0.5, 0.5),
        ("5.", 5.0, 5.0, 5.0),
        ("100m", 1.0, 0.1, 0.1),
    ];
    for (text, value, milli, approximate) in rows {
        let quantity = Quantity::parse(text).unwrap_or_else(|| panic!("{text} is a quantity"));
        assert_eq!(quantity.value(), value, "{text}");
        assert_eq!(quantity.milli_value(), milli, "{text}");
        assert!((quantity.approximate() - approximate).abs() < 1e-12 + approximate.abs() * 1e-15, "{text}");
    }
}

#[test]
fn large_values_saturate() {
    let most = Quantity::parse("8Ei").expect("a quantity");
    assert_eq!(most.value(), 9_223_372_036_854_775_807.0);
    assert_eq!(Quantity::parse("1Ei").expect("a quantity").value(), 1_152_921_504_606_846_976.0);
    assert_eq!(
        Quantity::parse("9".repeat(60).as_str()).expect("a quantity").value(),
        9_223_372_036_854_775_807.0
    );
}

#[test]
fn other_text_is_no_quantity() {
    for text in
        ["", "abc", "1x", "1 Gi", "1.2.3", "-", "+", ".", "1ki", "e3", "1e", "1e+", "three", "42%", "True"]
    {
        assert_eq!(Quantity::parse(text), None, "{text}");
    }
}
