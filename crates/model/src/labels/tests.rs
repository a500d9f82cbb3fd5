use super::*;

#[test]
fn sorts_deduplicates_and_drops_empty_values() {
    let labels = Labels::from_pairs([("job", "a"), ("__name__", "up"), ("gone", ""), ("job", "b")]);
    assert_eq!(labels.iter().collect::<Vec<_>>(), [("__name__", "up"), ("job", "b")]);
    assert_eq!(labels.to_string(), r#"{__name__="up", job="b"}"#);
    assert_eq!((labels.get("job"), labels.get("gone"), labels.find("x")), ("b", "", None));
}

#[test]
fn long_fields_round_trip() {
    for n in [0usize, 1, 63, 64, 65, 4095, 4096, 300_000] {
        let long = "é".repeat(n / 2 + 1);
        let labels = Labels::from_pairs([("a", long.as_str()), (long.as_str(), "z")]);
        assert_eq!(labels.get("a"), long);
        assert_eq!(labels.get(&long), "z");
        assert_eq!(labels.len(), 2);
    }
}

#[test]
fn order_is_label_by_label() {
    let sets = [
        Labels::empty(),
        Labels::from_pairs([("a", "1")]),
        Labels::from_pairs([("a", "1"), ("b", "1")]),
        Labels::from_pairs([("a", "10")]),
        Labels::from_pairs([("a", "2")]),
        Labels::from_pairs([("b", "0")]),
    ];
    assert!(sets.is_sorted(), "{sets:?}");
}

#[test]
fn quotes_like_go() {
    assert_eq!(Quoted("a\"\\\n\u{1}é").to_string(), r#""a\"\\\n\x01é""#);
    assert_eq!(Labels::from_pairs([("a.b", "x y")]).to_string(), r#"{"a.b"="x y"}"#);
}
