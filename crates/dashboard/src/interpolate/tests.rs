use super::*;

fn scope() -> Scope<'static> {
    let binding = |name: &str, choice: Choice, text: &str, is_regex: bool| Binding {
        name: name.to_owned(),
        choice,
        text: text.to_owned(),
        is_regex,
    };
    let texts = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    let all = |verbatim: Option<&str>, values: &[&str]| Choice::All {
        verbatim: verbatim.map(str::to_owned),
        values: texts(values),
    };
    let one = |value: &str| Choice::One(value.to_owned());
    let bindings = vec![
        binding("one", one("a.b"), "a.b", false),
        binding("odd", one(r#"q"\'x"#), "odd", false),
        binding("multi", Choice::Many(texts(&["a.b"])), "a.b", true),
        binding("two", Choice::Many(texts(&["a.b", "c|d"])), "a.b + c|d", true),
        binding("all", all(None, &["x", "y"]), "All", true),
        binding("star", all(Some(".*"), &["x"]), "All", true),
        binding("deep", all(Some("$one-.*"), &["x"]), "All", true),
        binding("empty", all(None, &[]), "All", true),
        binding("slash", one("a/b c&d"), "a/b c&d", false),
    ];
    let mut scope = Scope { outer: None, bindings };
    scope.bind_text("__interval", "15s");
    scope.bind_text("__dashboard", "Board");
    scope.bind_text("__dashboard.uid", "board");
    scope.bind_time("__from", 1_594_671_549_254);
    scope
}

#[test]
fn promql() {
    for (text, want) in [
        ("up", "up"),
        ("$one", "a.b"),
        (r#"{x="$one"}"#, r#"{x="a.b"}"#),
        (r#"{x="$odd"}"#, r#"{x="q\"\\'x"}"#),
        (r"{x='$odd'}", r#"{x='q"\\\'x'}"#),
        ("{x=`$odd`}", r#"{x=`q"\'x`}"#),
        (r#"{x=~"$multi"}"#, r#"{x=~"a\\.b"}"#),
        (r#"{x !~ "$multi"}"#, r#"{x !~ "a\\.b"}"#),
        ("{x=~`$multi`}", r"{x=~`a\.b`}"),
        (r#"{x="$multi"}"#, r#"{x="a.b"}"#),
        (r#"{x != "$multi"}"#, r#"{x != "a.b"}"#),
        (r#"{x=~"$two"}"#, r#"{x=~"(a\\.b|c\\|d)"}"#),
        (r#"{x=~"pre-[[two]]-post"}"#, r#"{x=~"pre-(a\\.b|c\\|d)-post"}"#),
        (r#"{x=~"$all"}"#, r#"{x=~"(x|y)"}"#),
        (r#"{x=~"$star"}"#, r#"{x=~".*"}"#),
        (r#"{x=~"$deep"}"#, r#"{x=~"a.b-.*"}"#),
        (r#"{x=~"$empty"}"#, r#"{x=~"()"}"#),
        ("histogram_quantile($multi, x)", "histogram_quantile(a.b, x)"),
        ("rate(x[$__interval])", "rate(x[15s])"),
        ("rate(x[${__interval}])", "rate(x[15s])"),
        (r#"label_replace(x, "a", "$1", "b", "(.*)")"#, r#"label_replace(x, "a", "$1", "b", "(.*)")"#),
        ("x # don't $one\n+ {y=\"$one\"}", "x # don't a.b\n+ {y=\"a.b\"}"),
        (r#"{x="\"$one"}"#, r#"{x="\"a.b"}"#),
        (
            "$unknown ${unknown:csv} [[unknown]] $ ${} [[]] ${one",
            "$unknown ${unknown:csv} [[unknown]] $ ${} [[]] ${one",
        ),
        ("x[5m:${__interval}]", "x[5m:15s]"),
        ("é$one\u{1F600}[[one]]", "éa.b\u{1F600}a.b"),
    ] {
        assert_eq!(interpolate(text, &scope(), Usual::Promql).as_deref(), Ok(want), "{text}");
    }
}

#[test]
fn formats() {
    for (text, want) in [
        ("${two:csv}", "a.b,c|d"),
        ("${two:raw}", "a.b,c|d"),
        ("${two:pipe}", "a.b|c|d"),
        ("${two:regex}", r"(a\.b|c\|d)"),
        ("${one:regex}", r"a\.b"),
        ("${slash:regex}", r"a\/b c&d"),
        ("${two:glob}", "{a.b,c|d}"),
        ("${one:glob}", "a.b"),
        ("${two:nonsense}", "{a.b,c|d}"),
        ("${two:json}", r#"["a.b","c|d"]"#),
        ("${one:json}", r#""a.b""#),
        ("${two:text}", "a.b + c|d"),
        ("${two.text}", "a.b + c|d"),
        ("${all:text}", "All"),
        ("${two:doublequote}", r#""a.b","c|d""#),
        ("${two:singlequote}", "'a.b','c|d'"),
        ("${odd:sqlstring}", r#"'q"\''x'"#),
        ("${two:percentencode}", "%7Ba.b%2Cc%7Cd%7D"),
        ("${slash:uriencode}", "a/b%20c&d"),
        ("${two:queryparam}", "var-two=a.b&var-two=c%7Cd"),
        ("${all:queryparam}", "var-all=%24__all"),
        ("${two:distributed}", "a.b,two=c|d"),
        ("${two:lucene}", r#"("a.b" OR "c\|d")"#),
        ("${two:join: + }", "a.b + c|d"),
        ("${star:csv}", ".*"),
        ("${star:text}", "All"),
        ("[[two:csv]]", "a.b,c|d"),
        ("${__from}", "1594671549254"),
        ("$__from", "1594671549254"),
        ("${__from:date}", "2020-07-13T20:19:09.254Z"),
        ("${__from:date:iso}", "2020-07-13T20:19:09.254Z"),
        ("${__from:date:seconds}", "1594671549"),
        ("${__from:date:YYYY-MM-DD HH:mm}", "2020-07-13 20:19"),
        ("$__dashboard ${__dashboard.uid}", "Board board"),
        ("${one.other}", "${one.other}"),
    ] {
        assert_eq!(interpolate(text, &scope(), Usual::Promql).as_deref(), Ok(want), "{text}");
    }
    let usual = |usual| interpolate("$two", &scope(), usual).unwrap();
    assert_eq!(usual(Usual::Text), "a.b + c|d");
    assert_eq!(usual(Usual::Glob), "{a.b,c|d}");
    assert_eq!(usual(Usual::Regex), r"(a\.b|c\|d)");
    assert_eq!(interpolate("$star", &scope(), Usual::Text).unwrap(), "All");
}

#[test]
fn an_endless_expansion_is_refused() {
    let mut scope = Scope::default();
    scope.bind_text("x", "y".repeat(1000));
    assert_eq!(interpolate(&"$x ".repeat(2000), &scope, Usual::Promql), Err(TooLong));
}

#[test]
fn names_are_found() {
    assert_eq!(references("a $x ${y:csv} [[z]] ${w.text} $ "), ["x", "y", "z", "w"]);
}
