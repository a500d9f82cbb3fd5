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
    let percent = plain.then(|| digits.parse::<f64>().ok()).flatten();
    percent.filter(|percent| percent.is_finite()).map(|percent| percent / 100.0)
}

/// A number as Go reads it: digits may be parted by underscores, what is too large is no number, and `nan` has no sign.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned.to_ascii_lowercase().as_str() {
        "nan" => (unsigned == text).then_some(f64::NAN),
        "inf" | "infinity" => Some(sign * f64::INFINITY),
        _ if !parts_digits(unsigned) => None,
        _ => text.replace('_', "").parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// Whether each underscore stands between two digits.
fn parts_digits(text: &str) -> bool {
    let ends = |part: &str, last: bool| {
        let byte = if last { part.bytes().last() } else { part.bytes().next() };
        byte.is_some_and(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<&str> = text.split('_').collect();
    parts.windows(2).all(|pair| matches!(pair, [before, after] if ends(before, true) && ends(after, false)))
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

#[cfg(test)]
mod tests {
    use super::string_number;

    #[test]
    fn strings_are_numbers_as_in_go() {
        let rows = [
            ("TRUE", Some(1.0)),
            ("Unknown", Some(0.0)),
            ("2026-01-01T00:00:00Z", Some(1_767_225_600.0)),
            ("1.5Gi", Some(1_610_612_736.0)),
            ("42%", Some(0.42)),
            ("-42%", None),
            ("M", Some(0.0)),
            ("1_000.5", Some(1000.5)),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("1e400", Some(f64::INFINITY)),
            ("1.5_0e400", None),
            ("+nan", None),
            ("three", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(string_number(text), expected, "{text}");
        }
        assert!(string_number("NaN").is_some_and(f64::is_nan));
    }
}
