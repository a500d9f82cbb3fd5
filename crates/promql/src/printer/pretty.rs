//! Expressions in several lines, as Prometheus' `/api/v1/format_query` gives them.

use super::{Head, Left, Operator, Suffix, sign};
use crate::ast::{Expr, ExprKind};

/// Expressions longer than this are split.
const LINE: usize = 100;

/// An expression in Prometheus' indented form; one line if it is short.
pub fn pretty(expr: &Expr) -> String {
    let mut out = String::new();
    push(&mut out, expr, 0);
    out
}

fn push(out: &mut String, expr: &Expr, level: usize) {
    if let ExprKind::StepInvariant(inner) = &expr.kind {
        return push(out, inner, level);
    }
    if let ExprKind::Unary { negate, expr } = &expr.kind {
        let mut child = String::new();
        push(&mut child, expr, level);
        indent(out, level);
        out.push(sign(*negate));
        out.push_str(child.trim());
        return;
    }
    let line = expr.to_string();
    if line.len() <= LINE {
        // A short subquery is not indented, as in Prometheus.
        if !matches!(expr.kind, ExprKind::Subquery(_)) {
            indent(out, level);
        }
        out.push_str(&line);
        return;
    }
    match &expr.kind {
        ExprKind::Aggregate(aggregate) => {
            indent(out, level);
            out.push_str(&Head(aggregate).to_string());
            let parts = aggregate.param.iter().chain([&aggregate.expr]);
            push_list(out, parts, level);
        }
        ExprKind::Call(call) => {
            indent(out, level);
            out.push_str(call.function.name);
            push_list(out, call.args.iter(), level);
        }
        ExprKind::Paren(inner) => {
            indent(out, level);
            push_list(out, [&**inner].into_iter(), level);
        }
        ExprKind::Binary(binary) => {
            if let ExprKind::Number { .. } = binary.left.kind {
                indent(out, level + 1);
                out.push_str(&Left(binary).to_string());
            } else {
                push(out, &binary.left, level + 1);
            }
            out.push('\n');
            indent(out, level);
            out.push_str(&Operator(binary).to_string());
            out.push('\n');
            push(out, &binary.right, level + 1);
        }
        ExprKind::Subquery(subquery) => {
            push(out, &subquery.expr, level);
            out.push_str(&Suffix(subquery).to_string());
        }
        _ => {
            indent(out, level);
            out.push_str(&line);
        }
    }
}

/// Expressions in parentheses, each on lines of its own.
fn push_list<'e>(out: &mut String, parts: impl Iterator<Item = &'e Expr>, level: usize) {
    out.push('(');
    for (position, part) in parts.enumerate() {
        out.push_str(if position == 0 { "\n" } else { ",\n" });
        push(out, part, level + 1);
    }
    out.push('\n');
    indent(out, level);
    out.push(')');
}

fn indent(out: &mut String, level: usize) {
    for _ in 0..level {
        out.push_str("  ");
    }
}
