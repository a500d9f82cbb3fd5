//! What the runner does to expressions: insert `@`, look for selectors and for what is experimental.

use model::{Matcher, Timestamp};

use crate::ast::{At, Expr, ExprKind, VectorSelector};

/// Functions whose result depends on the evaluated time even if their arguments do not.
const TIME_DEPENDENT: [&str; 15] = [
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "days_in_month",
    "end",
    "hour",
    "minute",
    "month",
    "predict_linear",
    "range",
    "start",
    "step",
    "time",
    "timestamp",
    "year",
];

/// The expression with `@ time` at every selector and subquery without a timestamp; what is inside a
/// subquery stays. None if the expression depends on the evaluated time all the same.
pub(super) fn with_at(expr: &Expr, time: Timestamp) -> Option<Expr> {
    let mut expr = expr.clone();
    let mut time_dependent = false;
    insert_at(&mut expr, time, &mut time_dependent);
    (!time_dependent).then_some(expr)
}

fn insert_at(expr: &mut Expr, time: Timestamp, time_dependent: &mut bool) {
    match &mut expr.kind {
        ExprKind::Vector(selector) => set_at(&mut selector.at, time),
        ExprKind::Matrix(matrix) => set_at(&mut matrix.selector.at, time),
        ExprKind::Subquery(subquery) => return set_at(&mut subquery.at, time),
        ExprKind::Call(call) => *time_dependent |= TIME_DEPENDENT.contains(&call.function.name),
        _ => {}
    }
    for child in children_mut(expr) {
        insert_at(child, time, time_dependent);
    }
}

fn set_at(at: &mut Option<At>, time: Timestamp) {
    if !matches!(at, Some(At::Time(_))) {
        *at = Some(At::Time(time));
    }
}

fn children_mut(expr: &mut Expr) -> Vec<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Paren(inner) | ExprKind::Unary { expr: inner, .. } | ExprKind::StepInvariant(inner) => {
            vec![inner]
        }
        ExprKind::Binary(binary) => vec![&mut binary.left, &mut binary.right],
        ExprKind::Aggregate(aggregate) => aggregate.param.iter_mut().chain([&mut aggregate.expr]).collect(),
        ExprKind::Call(call) => call.args.iter_mut().collect(),
        ExprKind::Subquery(subquery) => vec![&mut subquery.expr],
        ExprKind::Number { .. } | ExprKind::String(_) | ExprKind::Vector(_) | ExprKind::Matrix(_) => vec![],
    }
}

fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Paren(inner) | ExprKind::Unary { expr: inner, .. } | ExprKind::StepInvariant(inner) => {
            vec![inner]
        }
        ExprKind::Binary(binary) => vec![&binary.left, &binary.right],
        ExprKind::Aggregate(aggregate) => aggregate.param.iter().chain([&aggregate.expr]).collect(),
        ExprKind::Call(call) => call.args.iter().collect(),
        ExprKind::Subquery(subquery) => vec![&subquery.expr],
        ExprKind::Number { .. } | ExprKind::String(_) | ExprKind::Vector(_) | ExprKind::Matrix(_) => vec![],
    }
}

fn selector(expr: &Expr) -> Option<&VectorSelector> {
    match &expr.kind {
        ExprKind::Vector(selector) => Some(selector),
        ExprKind::Matrix(matrix) => Some(&matrix.selector),
        _ => None,
    }
}

/// The matchers of each selector in the expression.
pub(super) fn selections(expr: &Expr) -> Vec<&[Matcher]> {
    let mut found: Vec<&[Matcher]> =
        selector(expr).map(|selector| selector.matchers.as_slice()).into_iter().collect();
    found.extend(children(expr).into_iter().flat_map(selections));
    found
}

/// Whether something in the expression is behind a feature flag in Prometheus 3.14.
pub(super) fn is_experimental(expr: &Expr) -> bool {
    let here = match &expr.kind {
        ExprKind::Call(call) => call.function.experimental,
        ExprKind::Aggregate(aggregate) => aggregate.op.is_experimental(),
        ExprKind::Binary(binary) => {
            binary.matching.as_ref().is_some_and(|m| m.fill_left.is_some() || m.fill_right.is_some())
        }
        _ => selector(expr).is_some_and(|selector| selector.extension.is_some()),
    };
    here || children(expr).into_iter().any(is_experimental)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::{Features, parse_with};

    #[test]
    fn inserts_timestamps() {
        for (text, inserted) in [
            ("a + sum(b[5m] @ 3)", Some("a @ 10.000 + sum(b[5m] @ 3.000)")),
            ("rate(a[5m:1m]) offset 1m", None),
            ("max_over_time(rate(a[1m])[5m:])", Some("max_over_time(rate(a[1m])[5m:] @ 10.000)")),
            ("a @ start()", Some("a @ 10.000")),
            ("hour(a)", None),
        ] {
            let Ok(expr) = parse_with(text, &Features::ALL) else { continue };
            let printed = with_at(&expr, Timestamp(10_000)).map(|expr| expr.to_string());
            assert_eq!(printed.as_deref(), inserted, "{text}");
        }
    }

    #[test]
    fn knows_what_is_experimental() {
        for (text, experimental) in
            [("rate(a[5m])", false), ("limitk(1, a)", true), ("1 + (a smoothed)", true)]
        {
            let expr = parse_with(text, &Features::ALL).expect(text);
            assert_eq!(is_experimental(&expr), experimental, "{text}");
        }
    }
}
