//! Numbers as Go prints them with `%g`: the shortest digits that read back the same.

use std::fmt::Write;

/// Decimal exponents from which Go's `strconv` writes `1e+06` in its format `g`.
const LARGE: i32 = 6;
/// Decimal exponents below which it writes `1e-05`.
const SMALL: i32 = -4;

/// Appends a number.
pub fn write_number(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str("NaN");
        return;
    }
    if value.is_infinite() {
        out.push_str(if value > 0.0 { "+Inf" } else { "-Inf" });
        return;
    }
    if value.abs() < 1e6 && value.fract() == 0.0 && !(value == 0.0 && value.is_sign_negative()) {
        // Nearly all values are small whole numbers.
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
        let whole = value as i32;
        match whole {
            0 => out.push('0'),
            1 => out.push('1'),
            _ => drop(write!(out, "{whole}")),
        }
        return;
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if (SMALL..LARGE).contains(&power) {
        let _ = write!(out, "{value}");
    } else {
        let sign = if power < 0 { '-' } else { '+' };
        let _ = write!(out, "{digits}e{sign}{:02}", power.unsigned_abs());
    }
}

/// A number as text.
pub fn number_text(value: f64) -> String {
    let mut out = String::new();
    write_number(&mut out, value);
    out
}

#[cfg(test)]
mod tests {
    use super::number_text;

    #[test]
    fn numbers_look_like_go() {
        let rows = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.0, "-1"),
            (999_999.0, "999999"),
            (1e6, "1e+06"),
            (1_795_364_920.0, "1.79536492e+09"),
            (0.0001, "0.0001"),
            (0.00012, "0.00012"),
            (1e-7, "1e-07"),
            (-62_135_596_800.0, "-6.21355968e+10"),
            (1e100, "1e+100"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ];
        for (value, text) in rows {
            assert_eq!(number_text(value), text);
        }
    }
}
