//! Types, counts of arguments and matchers: what the grammar alone does not say.

use crate::ast::{
    Aggregate, AggregateOp, Binary, Call, Cardinality, Expr, ExprKind, Span, ValueType, VectorSelector,
};
use crate::parser::ParseError;
use model::labels::{METRIC_NAME, Quoted};

const OPERANDS: &str = "binary expression must contain only scalar and instant vector types";

/// Checks a whole tree, completes the matching of its binary expressions, and gives its type.
pub(super) fn check(text: &str, expr: &mut Expr) -> Result<ValueType, ParseError> {
    Check { text }.expr(expr)
}

struct Check<'a> {
    text: &'a str,
}

impl Check<'_> {
    fn error<T>(&self, span: Span, message: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError::new(self.text, span, message))
    }

    fn expr(&self, expr: &mut Expr) -> Result<ValueType, ParseError> {
        let span = expr.span;
        match &mut expr.kind {
            ExprKind::Number { .. } => Ok(ValueType::Scalar),
            ExprKind::String(_) => Ok(ValueType::String),
            ExprKind::Paren(inner) | ExprKind::StepInvariant(inner) => self.expr(inner),
            ExprKind::Unary { expr: inner, .. } => self.unary(inner, span),
            ExprKind::Binary(binary) => self.binary(binary, span),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
            ExprKind::Call(call) => self.call(call, span),
            ExprKind::Vector(selector) => {
                self.selector(selector, span)?;
                Ok(ValueType::Vector)
            }
            ExprKind::Matrix(matrix) => {
                self.selector(&matrix.selector, span)?;
                Ok(ValueType::Matrix)
            }
            ExprKind::Subquery(subquery) => match self.expr(&mut subquery.expr)? {
                ValueType::Vector => Ok(ValueType::Matrix),
                other => {
                    let got = other.api_name();
                    self.error(span, format!("subquery is only allowed on instant vector, got {got} instead"))
                }
            },
        }
    }

    fn unary(&self, inner: &mut Expr, span: Span) -> Result<ValueType, ParseError> {
        match self.expr(inner)? {
            kind @ (ValueType::Scalar | ValueType::Vector) => Ok(kind),
            other => {
                let got = Quoted(other.as_str());
                let message = "unary expression only allowed on expressions of type scalar or instant vector";
                self.error(span, format!("{message}, got {got}"))
            }
        }
    }

    fn aggregate(&self, aggregate: &mut Aggregate) -> Result<ValueType, ParseError> {
        self.expect(&mut aggregate.expr, ValueType::Vector, "aggregation expression")?;
        if let Some(param) = &mut aggregate.param {
            let text = aggregate.op == AggregateOp::CountValues;
            let wanted = if text { ValueType::String } else { ValueType::Scalar };
            self.expect(param, wanted, "aggregation parameter")?;
        }
        Ok(ValueType::Vector)
    }

    fn expect(&self, expr: &mut Expr, wanted: ValueType, place: &str) -> Result<(), ParseError> {
        let got = self.expr(expr)?;
        if got == wanted {
            return Ok(());
        }
        let (wanted, got) = (wanted.as_str(), got.as_str());
        self.error(expr.span, format!("expected type {wanted} in {place}, got {got}"))
    }

    fn binary(&self, binary: &mut Binary, span: Span) -> Result<ValueType, ParseError> {
        let left = self.expr(&mut binary.left)?;
        let right = self.expr(&mut binary.right)?;
        let op = binary.op;
        let scalars = left == ValueType::Scalar && right == ValueType::Scalar;
        if binary.return_bool && !op.is_comparison() {
            let message = "bool modifier can only be used on comparison operators";
            return self.error(self.operator_span(binary), message);
        }
        if op.is_comparison() && !binary.return_bool && scalars {
            let message = "comparisons between scalars must use BOOL modifier";
            return self.error(self.operator_span(binary), message);
        }
        self.matching_labels(binary)?;
        for (kind, operand) in [(left, &binary.left), (right, &binary.right)] {
            if !matches!(kind, ValueType::Scalar | ValueType::Vector) {
                return self.error(operand.span, OPERANDS);
            }
        }
        self.matching(binary, left == ValueType::Vector && right == ValueType::Vector, span)?;
        let any_scalar = left == ValueType::Scalar || right == ValueType::Scalar;
        if any_scalar && op.is_set_operator() {
            let message =
                format!("set operator {} not allowed in binary scalar expression", Quoted(op.as_str()));
            return self.error(span, message);
        }
        Ok(if scalars { ValueType::Scalar } else { ValueType::Vector })
    }

    fn matching_labels(&self, binary: &Binary) -> Result<(), ParseError> {
        let Some(matching) = binary.matching.as_ref().filter(|matching| matching.on) else { return Ok(()) };
        let Some(label) = matching.labels.iter().find(|label| matching.include.contains(label)) else {
            return Ok(());
        };
        let label = Quoted(label);
        self.error(
            self.operator_span(binary),
            format!("label {label} must not occur in ON and GROUP clause at once"),
        )
    }

    /// Matching exists between vectors only; set operators match many to many.
    fn matching(&self, binary: &mut Binary, vectors: bool, span: Span) -> Result<(), ParseError> {
        let op = binary.op;
        let Some(matching) = &mut binary.matching else { return Ok(()) };
        let filled = matching.fill_left.is_some() || matching.fill_right.is_some();
        if !vectors {
            if !matching.labels.is_empty() {
                return self.error(span, "vector matching only allowed between instant vectors");
            }
            if filled {
                return self.error(span, "filling in missing series only allowed between instant vectors");
            }
            binary.matching = None;
        } else if op.is_set_operator() {
            if matching.cardinality != Cardinality::OneToOne {
                return self
                    .error(span, format!("no grouping allowed for {} operation", Quoted(op.as_str())));
            }
            if filled {
                return self.error(span, "filling in missing series not allowed for set operators");
            }
            matching.cardinality = Cardinality::ManyToMany;
        }
        Ok(())
    }

    fn call(&self, call: &mut Call, span: Span) -> Result<ValueType, ParseError> {
        let function = call.function;
        self.count_of_arguments(call, span)?;
        if function.name == "info" && call.args.len() > 1 {
            self.info_selector(&call.args[1], span)?;
        }
        for (position, arg) in call.args.iter_mut().enumerate() {
            let data_labels = function.name == "info" && position == 1;
            let got = if data_labels { ValueType::Vector } else { self.expr(arg)? };
            let wanted = function.arg_type(position).unwrap_or(got);
            if got != wanted {
                let (wanted, name, got) = (wanted.as_str(), Quoted(function.name), got.as_str());
                return self.error(
                    arg.span,
                    format!("expected type {wanted} in call to function {name}, got {got}"),
                );
            }
        }
        Ok(function.returns)
    }

    fn count_of_arguments(&self, call: &Call, span: Span) -> Result<(), ParseError> {
        let function = call.function;
        let (got, name) = (call.args.len(), Quoted(function.name));
        let (least, most) = (function.min_args(), function.max_args());
        if function.variadic == 0 && got != least {
            return self.error(span, format!("expected {least} argument(s) in call to {name}, got {got}"));
        }
        if got < least {
            return self
                .error(span, format!("expected at least {least} argument(s) in call to {name}, got {got}"));
        }
        match most {
            Some(most) if got > most => {
                self.error(span, format!("expected at most {most} argument(s) in call to {name}, got {got}"))
            }
            _ => Ok(()),
        }
    }

    /// The second argument of `info` holds label matchers only, which may all pass an absent label.
    fn info_selector(&self, arg: &Expr, span: Span) -> Result<(), ParseError> {
        let kind = arg.value_type();
        if kind != ValueType::Vector {
            let got = kind.as_str();
            let message = format!("expected type instant vector in call to function \"info\", got {got}");
            return self.error(span, message);
        }
        match &arg.kind {
            ExprKind::Vector(selector) if selector.name.is_none() => Ok(()),
            ExprKind::Vector(_) => {
                self.error(arg.span, "expected label selectors only, got vector selector instead")
            }
            _ => self.error(arg.span, "expected label selectors only"),
        }
    }

    fn selector(&self, selector: &VectorSelector, span: Span) -> Result<(), ParseError> {
        if let Some(name) = &selector.name {
            let named = selector.matchers.iter().filter(|matcher| matcher.name == METRIC_NAME);
            let inside = named.clone().next().filter(|_| named.count() > 1);
            return match inside {
                None => Ok(()),
                Some(matcher) => {
                    let (name, other) = (Quoted(name), Quoted(&matcher.value));
                    self.error(span, format!("metric name must not be set twice: {name} or {other}"))
                }
            };
        }
        if selector.matchers.iter().all(model::Matcher::matches_empty) {
            return self.error(span, "vector selector must contain at least one non-empty matcher");
        }
        Ok(())
    }

    /// Where the operator and its modifiers stand.
    fn operator_span(&self, binary: &Binary) -> Span {
        let (start, end) = (binary.left.span.end, binary.right.span.start);
        let between = self.text.get(start..end).unwrap_or("");
        Span { start: end - between.trim_start().len(), end: start + between.trim_end().len() }
    }
}
