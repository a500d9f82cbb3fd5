//! One matcher forced into every selector of an expression.

use model::Matcher;
use promql::ast::{Expr, ExprKind, VectorSelector};

/// Adds `label="value"` to every selector; another matcher of that label goes.
pub(crate) fn enforce(expr: &mut Expr, label: &str, value: &str) {
    match &mut expr.kind {
        ExprKind::Vector(selector) => select(selector, label, value),
        ExprKind::Matrix(matrix) => select(&mut matrix.selector, label, value),
        ExprKind::Paren(inner) | ExprKind::StepInvariant(inner) => enforce(inner, label, value),
        ExprKind::Unary { expr, .. } => enforce(expr, label, value),
        ExprKind::Subquery(subquery) => enforce(&mut subquery.expr, label, value),
        ExprKind::Binary(binary) => {
            enforce(&mut binary.left, label, value);
            enforce(&mut binary.right, label, value);
        }
        ExprKind::Aggregate(aggregate) => {
            enforce(&mut aggregate.expr, label, value);
            aggregate.param.iter_mut().for_each(|param| enforce(param, label, value));
        }
        ExprKind::Call(call) => call.args.iter_mut().for_each(|argument| enforce(argument, label, value)),
        ExprKind::Number { .. } | ExprKind::String(_) => {}
    }
}

fn select(selector: &mut VectorSelector, label: &str, value: &str) {
    selector.matchers.retain(|matcher| matcher.name != label);
    selector.matchers.push(Matcher::equal(label, value));
}
