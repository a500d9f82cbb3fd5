//! Fields as numbers and as texts.

use serde_json::Value;

use crate::number::number_text;
use crate::object;
use crate::quantity::Quantity;

/// A field as a number: numbers, booleans, and strings that stand for one.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(true) => Some(1.0),
        Value::Bool(false) => Some(0.0),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => string_number(text),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A string as a number: truth, time, quantity, percentage, float, in this order.
pub(super) fn string_number(text: &str) -> Option<f64> {
    match text.to_lowercase().as_str() {
        "true" | "yes" => return Some(1.0),
        "false" | "no" | "unknown" => return Some(0.0),
        _ => {}
    }
    object::seconds(text)
        .or_else(|| Quantity::parse(text).map(Quantity::approximate))
        .or_else(|| percent(text))
        .or_else(|| float(text))
}

fn percent(text: &str) -> Option<f64> {
    let digits = text.strip_suffix('%').filter(|digits| !digits.is_empty())?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse::<f64>().ok()).flatten().map(|percent| percent / 100.0)
}

fn float(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let written = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    (value.is_finite() || written.starts_with('i') || written.starts_with('n')).then_some(value)
}

/// A field as Go's `%v` prints it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => integer.to_string(),
            (None, Some(float)) => number_text(float),
            (None, None) => number.to_string(),
        },
        Value::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            let entries: Vec<String> =
                entries.into_iter().map(|(key, value)| format!("{key}:{}", text(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}
