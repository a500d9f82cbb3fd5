//! Tree to text: the form that Prometheus prints, in one line or indented.

use std::fmt::{self, Display, Formatter, Write};

use crate::ast::{
    Aggregate, At, Binary, BinaryOp, Cardinality, DurationExpr, Expr, ExprKind, Extension, MatrixSelector,
    QueryDuration, Subquery, VectorMatching, VectorSelector,
};
use model::Duration;
use model::MatchOp;
use model::labels::{METRIC_NAME, Quoted, is_label_name};
use model::value::{GoFloat, PlainFloat};

mod json;
mod pretty;

pub use json::to_json;
pub use pretty::pretty;

/// Prometheus' own text of an expression; parsing it gives the same tree again, spans aside.
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number { value, as_duration: true } => write_seconds(f, *value),
            ExprKind::Number { value, .. } => write!(f, "{}", PlainFloat(*value)),
            ExprKind::String(text) => write!(f, "{}", Quoted(text)),
            ExprKind::Paren(inner) => write!(f, "({inner})"),
            ExprKind::Unary { negate, expr } => write!(f, "{}{expr}", sign(*negate)),
            ExprKind::Binary(binary) => {
                write!(f, "{} {} {}", Left(binary), Operator(binary), binary.right)
            }
            ExprKind::Aggregate(aggregate) => {
                write!(f, "{}(", Head(aggregate))?;
                if let Some(param) = &aggregate.param {
                    write!(f, "{param}, ")?;
                }
                write!(f, "{})", aggregate.expr)
            }
            ExprKind::Call(call) => {
                write!(f, "{}(", call.function.name)?;
                for (position, arg) in call.args.iter().enumerate() {
                    write!(f, "{}{arg}", if position == 0 { "" } else { ", " })?;
                }
                f.write_char(')')
            }
            ExprKind::Vector(selector) => Display::fmt(selector, f),
            ExprKind::Matrix(matrix) => Display::fmt(matrix, f),
            ExprKind::Subquery(subquery) => write!(f, "{}{}", subquery.expr, Suffix(subquery)),
            ExprKind::StepInvariant(inner) => Display::fmt(inner, f),
        }
    }
}

impl Display for VectorSelector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_series(f, self)?;
        write_at(f, self.at)?;
        write_extension(f, self.extension)?;
        write_offset(f, &self.offset)
    }
}

impl Display for MatrixSelector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_series(f, &self.selector)?;
        write!(f, "[{}]", self.range)?;
        write_extension(f, self.selector.extension)?;
        write_at(f, self.selector.at)?;
        write_offset(f, &self.selector.offset)
    }
}

impl Display for QueryDuration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            QueryDuration::Fixed(span) => write!(f, "{span}"),
            QueryDuration::Computed(expr) => write!(f, "{expr}"),
        }
    }
}

impl Display for DurationExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            DurationExpr::Literal { seconds, as_duration: true } => write_seconds(f, *seconds),
            DurationExpr::Literal { seconds, .. } => write!(f, "{}", PlainFloat(*seconds)),
            DurationExpr::Step => f.write_str("step()"),
            DurationExpr::Range => f.write_str("range()"),
            DurationExpr::Unary { negate: true, expr } => write!(f, "-{expr}"),
            DurationExpr::Unary { expr, .. } => write!(f, "+{expr}"),
            DurationExpr::Binary { op, left, right } => write!(f, "{left} {} {right}", op.as_str()),
            DurationExpr::MinOf(a, b) => write!(f, "min_of({a}, {b})"),
            DurationExpr::MaxOf(a, b) => write!(f, "max_of({a}, {b})"),
            DurationExpr::Paren(inner) => write!(f, "({inner})"),
        }
    }
}

/// What stands before the parentheses of an aggregation.
struct Head<'a>(&'a Aggregate);

impl Display for Head<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.op.as_str())?;
        if self.0.without {
            write!(f, " without ({}) ", LabelList(&self.0.grouping))
        } else if self.0.grouping.is_empty() {
            Ok(())
        } else {
            write!(f, " by ({}) ", LabelList(&self.0.grouping))
        }
    }
}

/// The left operand. A sign binds less than `^`, so that the number `+Inf` has none before it.
struct Left<'a>(&'a Binary);

impl Display for Left<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.left.kind {
            ExprKind::Number { value, .. } if *value == f64::INFINITY && self.0.op == BinaryOp::Pow => {
                f.write_str("Inf")
            }
            _ => Display::fmt(&self.0.left, f),
        }
    }
}

/// A binary operator with its modifiers.
struct Operator<'a>(&'a Binary);

impl Display for Operator<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.op.as_str())?;
        if self.0.return_bool {
            f.write_str(" bool")?;
        }
        match &self.0.matching {
            Some(matching) => write_matching(f, matching),
            None => Ok(()),
        }
    }
}

fn write_matching(f: &mut Formatter<'_>, matching: &VectorMatching) -> fmt::Result {
    let side = match matching.cardinality {
        Cardinality::ManyToOne => Some("left"),
        Cardinality::OneToMany => Some("right"),
        Cardinality::OneToOne | Cardinality::ManyToMany => None,
    };
    if !matching.labels.is_empty() || matching.on || side.is_some() {
        let word = if matching.on { "on" } else { "ignoring" };
        write!(f, " {word} ({})", LabelList(&matching.labels))?;
    }
    if let Some(side) = side {
        write!(f, " group_{side} ({})", LabelList(&matching.include))?;
    }
    match (matching.fill_left, matching.fill_right) {
        (Some(left), Some(right)) if left == right => write!(f, " fill ({})", GoFloat(left)),
        (left, right) => {
            if let Some(left) = left {
                write!(f, " fill_left ({})", GoFloat(left))?;
            }
            match right {
                Some(right) => write!(f, " fill_right ({})", GoFloat(right)),
                None => Ok(()),
            }
        }
    }
}

/// Labels between parentheses.
struct LabelList<'a>(&'a [String]);

impl Display for LabelList<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (position, label) in self.0.iter().enumerate() {
            f.write_str(if position == 0 { "" } else { ", " })?;
            if is_label_name(label) {
                f.write_str(label)?;
            } else {
                write!(f, "{}", Quoted(label))?;
            }
        }
        Ok(())
    }
}

/// What follows the expression of a subquery.
struct Suffix<'a>(&'a Subquery);

impl Display for Suffix<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "[{}:", self.0.range)?;
        if let Some(step) = &self.0.step {
            write!(f, "{step}")?;
        }
        f.write_char(']')?;
        write_at(f, self.0.at)?;
        write_offset(f, &self.0.offset)
    }
}

/// Name and matchers, these sorted by their text.
fn write_series(f: &mut Formatter<'_>, selector: &VectorSelector) -> fmt::Result {
    let name = selector.name.as_deref().unwrap_or("");
    f.write_str(name)?;
    let is_name = |matcher: &&model::Matcher| {
        matcher.name == METRIC_NAME
            && matcher.op == MatchOp::Equal
            && matcher.value == name
            && !name.is_empty()
    };
    let mut matchers: Vec<String> =
        selector.matchers.iter().filter(|matcher| !is_name(matcher)).map(ToString::to_string).collect();
    if matchers.is_empty() {
        return Ok(());
    }
    matchers.sort();
    write!(f, "{{{}}}", matchers.join(","))
}

fn write_at(f: &mut Formatter<'_>, at: Option<At>) -> fmt::Result {
    match at {
        None => Ok(()),
        Some(At::Time(time)) => write!(f, " @ {:.3}", time.seconds()),
        Some(At::Start) => f.write_str(" @ start()"),
        Some(At::End) => f.write_str(" @ end()"),
    }
}

fn write_extension(f: &mut Formatter<'_>, extension: Option<Extension>) -> fmt::Result {
    match extension {
        None => Ok(()),
        Some(extension) => write!(f, " {}", extension.as_str()),
    }
}

fn write_offset(f: &mut Formatter<'_>, offset: &QueryDuration) -> fmt::Result {
    match offset {
        QueryDuration::Fixed(Duration::ZERO) => Ok(()),
        other => write!(f, " offset {other}"),
    }
}

/// A number of seconds as a duration, rounded to milliseconds. (Prometheus cuts, and prints `1s5ms` as `1s4ms`.)
fn write_seconds(f: &mut Formatter<'_>, seconds: f64) -> fmt::Result {
    write!(f, "{}", Duration((seconds * 1e3).round() as i64))
}

fn sign(negate: bool) -> char {
    if negate { '-' } else { '+' }
}

#[cfg(test)]
mod tests;
