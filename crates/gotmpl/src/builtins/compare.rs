//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`: Go's rules, by kind and not by coercion.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Answer;
use crate::error::CallError;
use crate::value::Value;

/// Equal to any of the others?
pub(super) fn eq(args: &[Value]) -> Answer {
    let Some((left, others)) = args.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err("missing argument for comparison".into());
    };
    for right in others {
        if equal(left, right)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn ne(args: &[Value]) -> Answer {
    let [left, right] = args else {
        return Err("missing argument for comparison".into());
    };
    Ok(Value::Bool(!equal(left, right)?))
}

pub(super) fn lt(args: &[Value]) -> Answer {
    Ok(Value::Bool(order(args)? == Some(Ordering::Less)))
}

pub(super) fn le(args: &[Value]) -> Answer {
    Ok(Value::Bool(matches!(order(args)?, Some(Ordering::Less | Ordering::Equal))))
}

/// As in Go: not less or equal, which is true of NaN.
pub(super) fn gt(args: &[Value]) -> Answer {
    Ok(Value::Bool(!matches!(order(args)?, Some(Ordering::Less | Ordering::Equal))))
}

pub(super) fn ge(args: &[Value]) -> Answer {
    Ok(Value::Bool(order(args)? != Some(Ordering::Less)))
}

fn equal(left: &Value, right: &Value) -> Result<bool, CallError> {
    match (left.plain(), right.plain()) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Int(a), Value::Int(b)) => Ok(a == b),
        (Value::Uint(a), Value::Uint(b)) => Ok(a == b),
        (Value::Int(a), Value::Uint(b)) | (Value::Uint(b), Value::Int(a)) => Ok(u64::try_from(a) == Ok(b)),
        (Value::Float(a), Value::Float(b)) => Ok(a == b),
        (Value::String(a), Value::String(b)) => Ok(a == b),
        (Value::Nil, Value::Nil) => Ok(true),
        (Value::Nil, _) | (_, Value::Nil) => Ok(false),
        (Value::Object(a), Value::Object(b)) => Ok(Arc::ptr_eq(&a, &b)),
        (a, b) if is_basic(&a) || is_basic(&b) => Err(incompatible(left, right)),
        (a, _) => Err(format!(
            "non-comparable types {}: {}, {}: {}",
            crate::fmt::sprint(&[a]),
            left.type_name(),
            right.type_name(),
            crate::fmt::sprint(std::slice::from_ref(right)),
        )
        .into()),
    }
}

/// The order of two values, and nothing if they have none (NaN).
fn order(args: &[Value]) -> Result<Option<Ordering>, CallError> {
    let [left, right] = args else {
        return Err("missing argument for comparison".into());
    };
    let order = match (left.plain(), right.plain()) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(&b)),
        (Value::Uint(a), Value::Uint(b)) => Some(a.cmp(&b)),
        (Value::Int(a), Value::Uint(b)) => Some(i128::from(a).cmp(&i128::from(b))),
        (Value::Uint(a), Value::Int(b)) => Some(i128::from(a).cmp(&i128::from(b))),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(&b),
        (Value::String(a), Value::String(b)) => Some(a.cmp(&b)),
        (a, b) if is_basic(&a) && is_basic(&b) && !matches!((&a, &b), (Value::Bool(_), Value::Bool(_))) => {
            return Err(incompatible(left, right));
        }
        _ => return Err("invalid type for comparison".into()),
    };
    Ok(order)
}

fn is_basic(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Float(_) | Value::String(_))
}

fn incompatible(left: &Value, right: &Value) -> CallError {
    let (left, right) = (left.type_name(), right.type_name());
    format!("incompatible types for comparison: {left} and {right}").into()
}
