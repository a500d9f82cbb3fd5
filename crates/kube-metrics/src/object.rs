//! Reading fields of Kubernetes objects: a missing or wrongly typed field reads as absent, never as an error.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Seconds since 1970 of Go's zero time, which is what an absent time reads as where it is printed all the same.
pub(crate) const ZERO_TIME: f64 = -62_135_596_800.0;

/// Fields of a map that are looked at one by one.
const FEW: usize = 24;

/// The field at a dotted path. No field name of the built-in kinds has a dot.
pub(crate) fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let mut value = object;
    for key in path.split('.') {
        value = field(value, key)?;
    }
    Some(value).filter(|value| !value.is_null())
}

/// Most maps have so few fields that looking at each is faster than hashing the name.
fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) if map.len() <= FEW => {
            map.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
        }
        _ => value.get(name),
    }
}

/// The elements of a list; none where there is no list.
pub(crate) fn list<'a>(object: &'a Value, path: &str) -> &'a [Value] {
    at(object, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries of a map.
pub(crate) fn map<'a>(object: &'a Value, path: &str) -> Option<&'a Map<String, Value>> {
    at(object, path).and_then(Value::as_object)
}

/// A string; empty where it is absent.
pub(crate) fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    at(object, path).and_then(Value::as_str).unwrap_or("")
}

/// A string, number or boolean as a label value; empty where it is absent.
pub(crate) fn label<'a>(object: &'a Value, path: &str) -> Cow<'a, str> {
    at(object, path).map_or(Cow::Borrowed(""), scalar)
}

/// A number; none where it is absent.
pub(crate) fn number(object: &Value, path: &str) -> Option<f64> {
    at(object, path).and_then(Value::as_f64)
}

/// A boolean; none where it is absent.
pub(crate) fn flag(object: &Value, path: &str) -> Option<bool> {
    at(object, path).and_then(Value::as_bool)
}

/// A time in seconds since 1970; none where it is absent or no time.
pub(crate) fn time(object: &Value, path: &str) -> Option<f64> {
    at(object, path).and_then(Value::as_str).and_then(seconds)
}

/// A time that is printed even where it is absent.
pub(crate) fn time_or_zero(object: &Value, path: &str) -> f64 {
    time(object, path).unwrap_or(ZERO_TIME)
}

/// Whole seconds since 1970 of an RFC 3339 time.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || !bytes.first().is_some_and(u8::is_ascii_digit) || bytes.get(10) != Some(&b'T') {
        return None;
    }
    let zoned = bytes.ends_with(b"Z") || offset_of(bytes.get(bytes.len() - 6..)?);
    if !zoned {
        return None;
    }
    let instant: jiff::Timestamp = text.parse().ok()?;
    let nanosecond = instant.as_nanosecond();
    #[expect(clippy::cast_precision_loss, reason = "seconds of years 0 to 9999 are far below 2^53")]
    let whole = nanosecond.div_euclid(1_000_000_000) as f64;
    Some(whole)
}

fn offset_of(tail: &[u8]) -> bool {
    matches!(tail, [b'+' | b'-', a, b, b':', c, d] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()))
}

fn scalar(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Number(number) => Cow::Owned(number.to_string()),
        _ => Cow::Borrowed(""),
    }
}
