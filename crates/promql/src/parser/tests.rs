use super::*;

fn printed_error(text: &str) -> String {
    parse(text).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn errors_are_prometheus_own() {
    for (text, error) in [
        ("", "unknown position: parse error: no expression found in input"),
        ("foo bar", "1:5: parse error: unexpected identifier \"bar\""),
        ("sum(foo bar)", "1:9: parse error: unexpected identifier \"bar\" in aggregation"),
        (
            "rate(foo)",
            "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector",
        ),
        ("foo{a=b}", "1:7: parse error: unexpected identifier \"b\" in label matching, expected string"),
        ("max_of(1, 2)", "1:1: parse error: function \"max_of\" is not enabled"),
        ("{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        ("a\n+ $", "2:3: parse error: unexpected character: '$'"),
        ("(foo", "1:5: parse error: unclosed left parenthesis"),
    ] {
        assert_eq!(printed_error(text), error, "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    for (open, close) in [("(", ")"), ("-", ""), ("sum(", ")"), ("1+", ""), ("1^", ""), ("a[", "]")] {
        let deep = format!("{}1{}", open.repeat(1 << 20), close.repeat(1 << 20));
        assert!(parse(&deep).is_err(), "{open}");
    }
    let chain = format!("a{}", " or a".repeat(MAX_HEIGHT - 1));
    assert!(parse(&chain).is_ok());
    let nested = format!("{}a{}", "(".repeat(MAX_HEIGHT - 1), ")".repeat(MAX_HEIGHT - 1));
    assert!(parse(&nested).is_ok());
}
