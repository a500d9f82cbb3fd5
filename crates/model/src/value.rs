//! Sample values: the staleness marker and how Prometheus writes and reads floats.

use std::fmt;

/// The NaN that marks a series as gone (`StaleNaN` of Prometheus' `model/value`).
pub const STALE_NAN: f64 = f64::from_bits(0x7ff0_0000_0000_0002);
/// The NaN that arithmetic and parsing give (`NormalNaN` of Prometheus' `model/value`).
pub const NORMAL_NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0001);

/// Whether a value is the staleness marker; other NaNs are ordinary values.
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_NAN.to_bits()
}

/// Reads a float as Go's `strconv.ParseFloat` does: decimal, exponent, hexadecimal float, underscores only
/// with a base prefix, `Inf`/`Infinity`/`NaN` in any case.
pub fn parse_float(text: &str) -> Option<f64> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = rest.to_ascii_lowercase();
    let magnitude = match lower.as_str() {
        "nan" => return Some(NORMAL_NAN),
        "inf" | "infinity" => f64::INFINITY,
        hex if hex.starts_with("0x") => parse_hex_float(&hex[2..])?,
        digits if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            fast_float2::parse(digits.as_bytes()).ok()?
        }
        _ => return None,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Writes a float as Prometheus' HTTP API does: shortest digits that round-trip, an exponent only below 1e-6
/// and from 1e21 on (`encoding/json`'s rule), `+Inf`, `-Inf`, `NaN`.
pub struct ApiFloat(pub f64);

/// Writes a float as Go's `%v` does: shortest digits, an exponent below 1e-4 and from 1e21 on.
pub struct GoFloat(pub f64);

/// Writes a float as Go's `strconv.FormatFloat(v, 'g', -1, 64)` does: shortest digits, an exponent below
/// 1e-4 and from 1e6 on. Exposition and label values such as `le` use it.
pub struct ExpositionFloat(pub f64);

/// Writes a float as Go's `strconv.FormatFloat(v, 'f', -1, 64)` does: shortest digits, never an exponent.
pub struct PlainFloat(pub f64);

impl fmt::Display for ApiFloat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_float(f, self.0, |exponent| !(-6..21).contains(&exponent))
    }
}

impl fmt::Display for GoFloat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_float(f, self.0, |exponent| !(-4..21).contains(&exponent))
    }
}

impl fmt::Display for ExpositionFloat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_float(f, self.0, |exponent| !(-4..6).contains(&exponent))
    }
}

impl fmt::Display for PlainFloat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_float(f, self.0, |_| false)
    }
}

/// Shortest decimal digits of a finite number other than zero, and the exponent of the first digit.
fn shortest_digits(magnitude: f64, digits: &mut String) -> i32 {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(magnitude);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().unwrap_or(0)),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits.push_str(whole);
    digits.push_str(fraction);
    let leading = digits.bytes().take_while(|b| *b == b'0').count();
    let first = whole.len() as i32 - 1 - leading as i32 + exponent;
    digits.drain(..leading);
    let kept = digits.trim_end_matches('0').len();
    digits.truncate(kept);
    first
}

fn write_float(f: &mut fmt::Formatter<'_>, value: f64, scientific: impl Fn(i32) -> bool) -> fmt::Result {
    if value.is_nan() {
        return f.write_str("NaN");
    }
    if value.is_infinite() {
        return f.write_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    }
    if value == 0.0 {
        return f.write_str(if value.is_sign_negative() { "-0" } else { "0" });
    }
    if value.is_sign_negative() {
        f.write_str("-")?;
    }
    let mut digits = String::with_capacity(24);
    let exponent = shortest_digits(value.abs(), &mut digits);
    if scientific(exponent) {
        write_scientific(f, &digits, exponent)
    } else {
        write_positional(f, &digits, exponent)
    }
}

fn write_scientific(f: &mut fmt::Formatter<'_>, digits: &str, exponent: i32) -> fmt::Result {
    let (first, rest) = digits.split_at(1);
    f.write_str(first)?;
    if !rest.is_empty() {
        write!(f, ".{rest}")?;
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(f, "e{sign}{:02}", exponent.abs())
}

fn write_positional(f: &mut fmt::Formatter<'_>, digits: &str, exponent: i32) -> fmt::Result {
    if exponent < 0 {
        return write!(f, "0.{:0>width$}", digits, width = digits.len() + (-exponent - 1) as usize);
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return write!(f, "{digits:0<whole$}");
    }
    write!(f, "{}.{}", &digits[..whole], &digits[whole..])
}

/// Hexadecimal digits after `0x`, with optional point and `p` exponent; underscores between digits.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once('p') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (mut value, mut seen) = (0.0f64, false);
    for c in whole.chars().chain(fraction.chars()).filter(|c| *c != '_') {
        value = value * 16.0 + f64::from(c.to_digit(16)?);
        seen = true;
    }
    let fraction_digits = fraction.chars().filter(|c| *c != '_').count() as i32;
    seen.then(|| value * 2f64.powi(exponent - 4 * fraction_digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_floats_as_go_does() {
        let rows: [(f64, &str, &str); 12] = [
            (0.0, "0", "0"),
            (-0.0, "-0", "-0"),
            (1.0, "1", "1"),
            (1_048_576.0, "1048576", "1048576"),
            (1e21, "1e+21", "1e+21"),
            (1e20, "100000000000000000000", "100000000000000000000"),
            (0.00001, "0.00001", "1e-05"),
            (0.000_000_1, "1e-07", "1e-07"),
            (-2.5, "-2.5", "-2.5"),
            (0.038_363_583_488_692_544, "0.038363583488692544", "0.038363583488692544"),
            (f64::INFINITY, "+Inf", "+Inf"),
            (1_799.999_999_999_998_6, "1799.9999999999986", "1799.9999999999986"),
        ];
        for (value, api, go) in rows {
            assert_eq!(ApiFloat(value).to_string(), api);
            assert_eq!(GoFloat(value).to_string(), go);
        }
        assert_eq!(PlainFloat(1e-7).to_string(), "0.0000001");
        assert_eq!(PlainFloat(1e22).to_string(), "10000000000000000000000");
    }

    #[test]
    fn reads_floats_as_go_does() {
        let rows = [
            ("1", 1.0),
            ("-1.5e3", -1500.0),
            ("+Inf", f64::INFINITY),
            ("0x1p4", 16.0),
            ("0xA", 10.0),
            (".5", 0.5),
        ];
        for (text, value) in rows {
            assert_eq!(parse_float(text), Some(value), "{text}");
        }
        assert!(parse_float("nan").is_some_and(f64::is_nan));
        for text in ["", "1a", "--1", "1_0", "e5", "0x", "infi"] {
            assert_eq!(parse_float(text), None, "{text}");
        }
    }
}
