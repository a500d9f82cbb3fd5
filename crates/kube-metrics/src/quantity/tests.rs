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
fn large_values_overflow() {
    // text, Value(), MilliValue()/1000, AsApproximateFloat64()
    const MOST: f64 = 9_223_372_036_854_775_807.0;
    let rows = [
        ("1Ei", 1_152_921_504_606_846_976.0, -9_223_372_036_854_776.0, 1_152_921_504_606_846_976.0),
        ("8Ei", MOST, -1.0, MOST),
        ("-9Ei", -MOST, 1.0, -MOST),
        ("9999999999999999999", -8_446_744_073_709_551_617.0, 1_864_712_049_423_023.0, 1e19),
        ("100P", 100_000_000_000_000_000.0, 0.0, 1e17),
        (
            "12345678901234567k",
            -6_101_065_172_474_984_616.0,
            4_807_115_922_876_969.0,
            1.234_567_890_123_456_7e19,
        ),
        ("-1.0000000001", 0.0, -0.999, -1.000_000_001),
        ("0.00000000001", 1.0, 0.001, 1e-9),
        ("1e40", 0.0, 0.0, 1e40),
    ];
    for (text, value, milli, approximate) in rows {
        let quantity = Quantity::parse(text).unwrap_or_else(|| panic!("{text} is a quantity"));
        assert_eq!(quantity.value(), value, "{text}");
        assert_eq!(quantity.milli_value(), milli, "{text}");
        assert_eq!(quantity.approximate(), approximate, "{text}");
    }
}

#[test]
fn a_sign_or_a_suffix_alone_is_a_zero() {
    for text in ["-", "+", ".", "-.", "M", "E", "Gi", "e3", "+.m"] {
        assert_eq!(Quantity::parse(text).map(Quantity::approximate), Some(0.0), "{text}");
    }
}

#[test]
fn other_text_is_no_quantity() {
    for text in ["", "abc", "1x", "1 Gi", "1.2.3", "1ki", "1e", "1e+", "three", "42%", "True", "e-12", "é"] {
        assert_eq!(Quantity::parse(text), None, "{text}");
    }
}
