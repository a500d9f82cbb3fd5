//! Trees as JSON: the answer of Prometheus' `/api/v1/parse_query`.

use serde_json::{Value, json};

use crate::ast::{
    At, Binary, Call, DurationExpr, Expr, ExprKind, Extension, QueryDuration, Subquery, ValueType,
    VectorMatching, VectorSelector,
};
use model::Matcher;
use model::value::PlainFloat;

/// An expression in the shape of Prometheus' `/api/v1/parse_query`; keys are sorted, as there.
pub fn to_json(expr: &Expr) -> Value {
    match &expr.kind {
        ExprKind::Number { value, .. } => {
            json!({"type": "numberLiteral", "val": PlainFloat(*value).to_string()})
        }
        ExprKind::String(text) => json!({"type": "stringLiteral", "val": text}),
        ExprKind::Paren(inner) => json!({"expr": to_json(inner), "type": "parenExpr"}),
        ExprKind::Unary { negate, expr } => {
            json!({"expr": to_json(expr), "op": if *negate { "-" } else { "+" }, "type": "unaryExpr"})
        }
        ExprKind::Binary(binary) => binary_json(binary),
        ExprKind::Aggregate(aggregate) => json!({
            "expr": to_json(&aggregate.expr),
            "grouping": aggregate.grouping,
            "op": aggregate.op.as_str(),
            "param": aggregate.param.as_ref().map(to_json),
            "type": "aggregation",
            "without": aggregate.without,
        }),
        ExprKind::Call(call) => call_json(call),
        ExprKind::Vector(selector) => selector_json(selector, None),
        ExprKind::Matrix(matrix) => selector_json(&matrix.selector, Some(&matrix.range)),
        ExprKind::Subquery(subquery) => subquery_json(subquery),
        ExprKind::StepInvariant(inner) => to_json(inner),
    }
}

fn binary_json(binary: &Binary) -> Value {
    json!({
        "bool": binary.return_bool,
        "lhs": to_json(&binary.left),
        "matching": binary.matching.as_ref().map(matching_json),
        "op": binary.op.as_str(),
        "rhs": to_json(&binary.right),
        "type": "binaryExpr",
    })
}

fn matching_json(matching: &VectorMatching) -> Value {
    json!({
        "card": matching.cardinality.as_str(),
        "fillValues": {
            "lhs": matching.fill_left.map(number_json),
            "rhs": matching.fill_right.map(number_json),
        },
        "include": matching.include,
        "labels": matching.labels,
        "on": matching.on,
    })
}

/// A number as Go's `encoding/json` writes it: whole numbers without a point.
fn number_json(value: f64) -> Value {
    let whole = value.fract() == 0.0 && value.abs() < 9e15;
    if whole { json!(value as i64) } else { json!(value) }
}

fn call_json(call: &Call) -> Value {
    let function = call.function;
    json!({
        "args": call.args.iter().map(to_json).collect::<Vec<Value>>(),
        "func": {
            "argTypes": function.args.iter().map(|kind| ValueType::api_name(*kind)).collect::<Vec<&str>>(),
            "name": function.name,
            "returnType": function.returns.api_name(),
            "variadic": function.variadic,
        },
        "type": "call",
    })
}

fn selector_json(selector: &VectorSelector, range: Option<&QueryDuration>) -> Value {
    let mut value = json!({
        "anchored": selector.extension == Some(Extension::Anchored),
        "matchers": selector.matchers.iter().map(matcher_json).collect::<Vec<Value>>(),
        "name": selector.name.as_deref().unwrap_or(""),
        "offset": milliseconds(&selector.offset),
        "offsetExpr": computed(&selector.offset),
    });
    if let Some(range) = range {
        value["range"] = milliseconds(range);
        value["rangeExpr"] = computed(range);
    }
    value["smoothed"] = json!(selector.extension == Some(Extension::Smoothed));
    value["startOrEnd"] = start_or_end(selector.at);
    value["timestamp"] = timestamp(selector.at);
    value["type"] = json!(if range.is_some() { "matrixSelector" } else { "vectorSelector" });
    value
}

fn matcher_json(matcher: &Matcher) -> Value {
    json!({"name": matcher.name, "type": matcher.op.as_str(), "value": matcher.value})
}

fn subquery_json(subquery: &Subquery) -> Value {
    json!({
        "expr": to_json(&subquery.expr),
        "offset": milliseconds(&subquery.offset),
        "offsetExpr": computed(&subquery.offset),
        "range": milliseconds(&subquery.range),
        "rangeExpr": computed(&subquery.range),
        "startOrEnd": start_or_end(subquery.at),
        "step": subquery.step.as_ref().map_or(json!(0), milliseconds),
        "stepExpr": subquery.step.as_ref().map_or(Value::Null, computed),
        "timestamp": timestamp(subquery.at),
        "type": "subquery",
    })
}

fn milliseconds(duration: &QueryDuration) -> Value {
    match duration {
        QueryDuration::Fixed(span) => json!(span.0),
        QueryDuration::Computed(_) => json!(0),
    }
}

fn computed(duration: &QueryDuration) -> Value {
    match duration {
        QueryDuration::Fixed(_) => Value::Null,
        QueryDuration::Computed(expr) => duration_json(expr, false),
    }
}

fn duration_json(expr: &DurationExpr, wrapped: bool) -> Value {
    let (op, lhs, rhs) = match expr {
        DurationExpr::Literal { seconds, as_duration } => {
            let val = PlainFloat(*seconds).to_string();
            return json!({"duration": as_duration, "type": "numberLiteral", "val": val});
        }
        DurationExpr::Paren(inner) => return duration_json(inner, true),
        DurationExpr::Step => ("step", None, None),
        DurationExpr::Range => ("range", None, None),
        DurationExpr::Unary { negate, expr } => (if *negate { "-" } else { "+" }, None, Some(expr)),
        DurationExpr::Binary { op, left, right } => (op.as_str(), Some(left), Some(right)),
        DurationExpr::MinOf(a, b) => ("min_of", Some(a), Some(b)),
        DurationExpr::MaxOf(a, b) => ("max_of", Some(a), Some(b)),
    };
    let side = |side: Option<&Box<DurationExpr>>| side.map(|expr| duration_json(expr, false));
    json!({"lhs": side(lhs), "op": op, "rhs": side(rhs), "type": "durationExpr", "wrapped": wrapped})
}

fn start_or_end(at: Option<At>) -> Value {
    match at {
        Some(At::Start) => json!("start"),
        Some(At::End) => json!("end"),
        Some(At::Time(_)) | None => Value::Null,
    }
}

fn timestamp(at: Option<At>) -> Value {
    match at {
        Some(At::Time(time)) => json!(time.0),
        _ => Value::Null,
    }
}
