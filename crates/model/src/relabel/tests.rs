use super::*;
use crate::labels::Labels;

type Fields = &'static [(&'static str, &'static str)];

/// A rule from `field: value` pairs; `source_labels` is a list separated by blanks.
fn rule(fields: &[(&str, &str)]) -> Result<RelabelRule, RelabelError> {
    let get =
        |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| (*value).to_owned());
    RelabelRule::try_from(RawRule {
        source_labels: get("source_labels").map(|list| list.split(' ').map(str::to_owned).collect()),
        separator: get("separator"),
        regex: get("regex"),
        modulus: get("modulus").and_then(|text| text.parse().ok()),
        target_label: get("target_label"),
        replacement: get("replacement"),
        action: get("action"),
    })
}

fn labels(text: &str) -> Labels {
    Labels::from_pairs(text.split_terminator(' ').filter_map(|pair| pair.split_once('=')))
}

const SOURCE: &str = "a=foo b=bar c=baz __name__=m";

/// Source labels, other fields, and what becomes of [`SOURCE`]; none if it is dropped.
const ACTION_ROWS: [(&str, Fields, Option<&str>); 30] = [
    (
        "a",
        &[("regex", "f(.*)"), ("target_label", "d"), ("replacement", "ch${1}-ch${1}")],
        Some("a=foo b=bar c=baz d=choo-choo __name__=m"),
    ),
    (
        "a b",
        &[("regex", "f(.*);(.*)r"), ("target_label", "a"), ("replacement", "b${1}${2}m")],
        Some("a=boobam b=bar c=baz __name__=m"),
    ),
    ("a b", &[("separator", ""), ("target_label", "d")], Some("a=foo b=bar c=baz d=foobar __name__=m")),
    ("a", &[("regex", "o"), ("target_label", "d")], Some(SOURCE)),
    (
        "a",
        &[("regex", "(?i)FOO|x"), ("target_label", "d"), ("replacement", "y")],
        Some("a=foo b=bar c=baz d=y __name__=m"),
    ),
    ("a", &[("target_label", "a"), ("replacement", "")], Some("b=bar c=baz __name__=m")),
    (
        "zz",
        &[("target_label", "d"), ("replacement", "always")],
        Some("a=foo b=bar c=baz d=always __name__=m"),
    ),
    ("zz", &[("target_label", "a")], Some("b=bar c=baz __name__=m")),
    (
        "a",
        &[("regex", "(f)(.*)"), ("target_label", "${2}_$1"), ("replacement", "$2$$")],
        Some("a=foo b=bar c=baz oo_f=oo$ __name__=m"),
    ),
    ("a", &[("regex", "(f).*"), ("target_label", "$2"), ("replacement", "x")], Some(SOURCE)),
    (
        "a",
        &[("target_label", "${1}.dot"), ("replacement", "x")],
        Some("a=foo b=bar c=baz foo.dot=x __name__=m"),
    ),
    ("a", &[("action", "keep"), ("regex", "fo+")], Some(SOURCE)),
    ("a", &[("action", "KEEP"), ("regex", "fo")], None),
    ("a b", &[("action", "drop"), ("regex", "foo;b.*")], None),
    ("a", &[("action", "Drop"), ("regex", "bar")], Some(SOURCE)),
    ("a", &[("action", "keepequal"), ("target_label", "b")], None),
    ("a", &[("action", "dropequal"), ("target_label", "b")], Some(SOURCE)),
    ("a", &[("action", "dropequal"), ("target_label", "a")], None),
    ("zz", &[("action", "keepequal"), ("target_label", "yy")], Some(SOURCE)),
    (
        "c",
        &[("action", "hashmod"), ("target_label", "d"), ("modulus", "1000")],
        Some("a=foo b=bar c=baz d=976 __name__=m"),
    ),
    (
        "a",
        &[("action", "labelmap"), ("regex", "(b.*|c)"), ("replacement", "x_$1")],
        Some("a=foo b=bar c=baz x_b=bar x_c=baz __name__=m"),
    ),
    (
        "a",
        &[("action", "labelmap"), ("regex", "b"), ("replacement", "c")],
        Some("a=foo b=bar c=bar __name__=m"),
    ),
    ("", &[("action", "labeldrop"), ("regex", "(b.*)")], Some("a=foo c=baz __name__=m")),
    ("", &[("action", "labelkeep"), ("regex", "a|__name__")], Some("a=foo __name__=m")),
    (
        "a b",
        &[("action", "uppercase"), ("target_label", "d")],
        Some("a=foo b=bar c=baz d=FOO;BAR __name__=m"),
    ),
    ("a", &[("action", "lowercase"), ("target_label", "b")], Some("a=foo b=foo c=baz __name__=m")),
    (
        "a",
        &[("regex", "f.o"), ("target_label", "b"), ("replacement", "$0")],
        Some("a=foo b=foo c=baz __name__=m"),
    ),
    (
        "a",
        &[("regex", "(?P<x>fo)o"), ("target_label", "b"), ("replacement", "${x}$y")],
        Some("a=foo b=fo c=baz __name__=m"),
    ),
    ("a", &[("regex", ""), ("target_label", "b"), ("replacement", "x")], Some(SOURCE)),
    ("zz", &[("regex", ""), ("target_label", "b"), ("replacement", "x")], Some("a=foo b=x c=baz __name__=m")),
];

#[test]
fn applies_every_action() {
    for (sources, fields, expected) in ACTION_ROWS {
        let mut fields = fields.to_vec();
        if !sources.is_empty() {
            fields.push(("source_labels", sources));
        }
        let rule = rule(&fields).unwrap_or_else(|error| panic!("{fields:?}: {error}"));
        let mut builder = labels(SOURCE).to_builder();
        let kept = apply(&[rule], &mut builder).then(|| builder.build());
        assert_eq!(kept, expected.map(labels), "{fields:?}");
    }
}

#[test]
fn values_of_case_follow_go() {
    assert_eq!((lowercase("ÄBΣİ"), uppercase("äßz")), ("äbσi".to_owned(), "ÄßZ".to_owned()));
}

#[test]
fn refuses_what_prometheus_refuses() {
    let rows: [(Fields, &str); 12] = [
        (&[("action", "jump")], "unknown relabel action \"jump\""),
        (&[("target_label", "a"), ("regex", "(")], "error parsing regexp: unclosed group: `(`"),
        (&[], "relabel configuration for replace action requires 'target_label' value"),
        (
            &[("action", "hashmod"), ("target_label", "a")],
            "relabel configuration for hashmod requires non-zero modulus",
        ),
        (
            &[("action", "lowercase"), ("target_label", "a"), ("replacement", "x")],
            "'replacement' can not be set for lowercase action",
        ),
        (
            &[("action", "dropequal"), ("target_label", "a"), ("regex", "x")],
            "dropequal action requires only 'source_labels' and `target_label`, and no other fields",
        ),
        (
            &[("action", "keepequal"), ("target_label", "a"), ("separator", ",")],
            "keepequal action requires only 'source_labels' and `target_label`, and no other fields",
        ),
        (
            &[("action", "labeldrop"), ("source_labels", "a")],
            "labeldrop action requires only 'regex', and no other fields",
        ),
        (
            &[("action", "labelkeep"), ("target_label", "a")],
            "labelkeep action requires only 'regex', and no other fields",
        ),
        (&[("action", "labelmap"), ("replacement", "")], "\"\" is invalid 'replacement' for labelmap action"),
        (&[("target_label", "a"), ("source_labels", "")], "\"\" is not a valid label name"),
        (
            &[("action", "uppercase")],
            "relabel configuration for uppercase action requires 'target_label' value",
        ),
    ];
    for (fields, expected) in rows {
        let error = rule(fields).expect_err("refused").to_string();
        assert_eq!(error, expected, "{fields:?}");
    }
}

#[test]
fn legacy_names_are_checked_when_asked() {
    let rows = [
        ("replace", "a", true),
        ("replace", "a.b", false),
        ("replace", "${1}_x$2", true),
        ("replace", "$", false),
        ("replace", "${1}-x", false),
        ("lowercase", "a.b", false),
    ];
    for (action, target, valid) in rows {
        let rule = rule(&[("action", action), ("target_label", target)]).expect("valid in UTF-8");
        assert_eq!(rule.with_legacy_names().is_ok(), valid, "{action} {target}");
    }
}

#[test]
fn reads_prometheus_fields_and_no_others() {
    let read = |text: &str| serde_json::from_str::<RelabelRule>(text);
    let rule =
        read(r#"{"source_labels": ["x"], "target_label": "a", "replacement": "b", "action": "Replace"}"#);
    assert!(rule.is_ok_and(|rule| rule.action == Action::Replace && rule.replacement == "b"));
    let error = read(r#"{"target": "a"}"#).expect_err("unknown field").to_string();
    assert!(error.contains("unknown field `target`"), "{error}");
}
