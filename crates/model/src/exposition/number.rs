//! Numbers of an exposition, and the text that Prometheus makes of bucket bounds and quantiles.

use crate::value::{ExpositionFloat, NORMAL_NAN};

/// Whole numbers of up to this many digits are exact in a float and cannot overflow on the way.
const EXACT_DIGITS: usize = 15;

/// Reads a sample's value as Prometheus does: Go's `strconv.ParseFloat` without hexadecimal floats and
/// underscores; a number too large for a float is refused; every NaN is the one that arithmetic gives.
pub fn parse_value(text: &[u8]) -> Option<f64> {
    if text.len() <= EXACT_DIGITS && !text.is_empty() {
        let digits = text.iter().try_fold(0u64, |whole, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then(|| whole * 10 + u64::from(digit))
        });
        if let Some(whole) = digits {
            return Some(whole as f64);
        }
    }
    let (negative, rest) = match text.first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = match rest.first()? {
        b'0'..=b'9' | b'.' => fast_float2::parse::<f64, _>(rest).ok().filter(|value| value.is_finite())?,
        _ if rest.eq_ignore_ascii_case(b"inf") || rest.eq_ignore_ascii_case(b"infinity") => f64::INFINITY,
        _ if text.eq_ignore_ascii_case(b"nan") => return Some(NORMAL_NAN),
        _ => return None,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Seconds of OpenMetrics as milliseconds, cut off as Prometheus does.
pub(crate) fn parse_seconds(text: &[u8]) -> Option<i64> {
    parse_value(text).filter(|seconds| seconds.is_finite()).map(|seconds| (seconds * 1000.0) as i64)
}

/// A bucket bound or quantile as Prometheus 3 stores it: OpenMetrics' form, "1" is "1.0" and "1048576" is
/// "1.048576e+06"; what is no number stays as it is.
pub(crate) fn normalize(text: &str) -> Option<String> {
    let value = parse_value(text.as_bytes())?;
    // Minus zero becomes plain zero.
    let mut normal = ExpositionFloat(if value == 0.0 { 0.0 } else { value }).to_string();
    if value.is_finite() && !normal.contains(['e', '.']) {
        normal.push_str(".0");
    }
    (normal != text).then_some(normal)
}
