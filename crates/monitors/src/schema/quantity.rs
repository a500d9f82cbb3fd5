//! Quantities as Kubernetes writes them: `3`, `"0.5"`, `"1500m"`, `"2Ki"`, `"1e3"`.

use serde_json::Value;

/// Ends of a quantity, and what they multiply with.
const UNITS: [(&str, f64); 16] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("", 1.0),
];

/// The number that a quantity is.
pub(crate) fn quantity(value: &Value) -> Option<f64> {
    if value.is_i64() || value.is_u64() {
        return value.as_f64();
    }
    let text = value.as_str()?;
    let (digits, factor) =
        UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))?;
    let is_plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let may_have_exponent = factor == 1.0 || is_plain;
    let is_number =
        digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'e' | b'E'));
    let number: f64 =
        digits.parse().ok().filter(|_| is_number && (may_have_exponent || is_signed(digits)))?;
    Some(number * factor)
}

/// A sign, and digits after it.
fn is_signed(digits: &str) -> bool {
    digits.strip_prefix(['+', '-']).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_numbers() {
        let rows = [
            (json!(3), Some(3.0)),
            (json!("0.5"), Some(0.5)),
            (json!("1500m"), Some(1.5)),
            (json!("-2Ki"), Some(-2048.0)),
            (json!("1e3"), Some(1000.0)),
            (json!(".5"), Some(0.5)),
            (json!("1E"), Some(1e18)),
            (json!("abc"), None),
            (json!("1e3k"), None),
            (json!("inf"), None),
            (json!(""), None),
            (json!(1.5), None),
            (json!(true), None),
        ];
        for (written, number) in rows {
            assert_eq!(quantity(&written), number, "{written}");
        }
    }
}
