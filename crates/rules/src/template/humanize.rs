//! Numbers for humans, digit for digit as Prometheus' `humanize` functions write them.

/// Prefixes from thousands up, and from thousandths down.
const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

/// `humanize`: powers of 1000.
pub(super) fn si(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return four_digits(value);
    }
    let (scaled, prefix) =
        if value.abs() >= 1.0 { scale_up(value, 1000.0, &LARGE) } else { scale_down(value) };
    format!("{}{prefix}", four_digits(scaled))
}

/// `humanize1024`: powers of 1024.
pub(super) fn binary(value: f64) -> String {
    if value.abs() <= 1.0 || !value.is_finite() {
        return four_digits(value);
    }
    let (scaled, prefix) = scale_up(value, 1024.0, &BINARY);
    format!("{}{prefix}", four_digits(scaled))
}

/// `humanizeDuration`: seconds as days, hours, minutes and seconds.
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return four_digits(seconds);
    }
    if seconds == 0.0 {
        return format!("{}s", four_digits(seconds));
    }
    if seconds.abs() < 1.0 {
        let (scaled, prefix) = scale_down(seconds);
        return format!("{}{prefix}s", four_digits(scaled));
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = seconds.abs() as u64;
    let (s, m, h, d) = (whole % 60, whole / 60 % 60, whole / 3600 % 24, whole / 86_400);
    match (d, h, m) {
        (0, 0, 0) => format!("{sign}{}s", four_digits(seconds.abs())),
        (0, 0, m) => format!("{sign}{m}m {s}s"),
        (0, h, m) => format!("{sign}{h}h {m}m {s}s"),
        (d, h, m) => format!("{sign}{d}d {h}h {m}m {s}s"),
    }
}

/// `humanizePercentage`: a ratio.
pub(super) fn percentage(ratio: f64) -> String {
    format!("{}%", four_digits(ratio * 100.0))
}

/// Go's `%.4g`.
pub(super) fn four_digits(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{value:.3e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..4).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim_zeros(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(3 - exponent).unwrap_or(0);
    trim_zeros(&format!("{value:.decimals$}")).to_owned()
}

fn scale_up(mut value: f64, base: f64, prefixes: &[&'static str; 8]) -> (f64, &'static str) {
    let mut prefix = "";
    for next in prefixes {
        if value.abs() < base {
            break;
        }
        prefix = next;
        value /= base;
    }
    (value, prefix)
}

fn scale_down(mut value: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for next in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        prefix = next;
        value *= 1000.0;
    }
    (value, prefix)
}

fn trim_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_as_prometheus_does() {
        for (value, si_text, binary_text, duration_text) in [
            (0.0, "0", "0", "0s"),
            (1.0, "1", "1", "1s"),
            (1_234_567.0, "1.235M", "1.177Mi", "14d 6h 56m 7s"),
            (0.5, "500m", "0.5", "500ms"),
            (0.000_025, "25u", "2.5e-05", "25us"),
            (61.0, "61", "61", "1m 1s"),
            (-3601.0, "-3.601k", "-3.517ki", "-1h 0m 1s"),
            (59.999_95, "60", "60", "60s"),
            (f64::INFINITY, "+Inf", "+Inf", "+Inf"),
        ] {
            let shown = (si(value), binary(value), duration(value));
            assert_eq!(
                shown,
                (si_text.to_owned(), binary_text.to_owned(), duration_text.to_owned()),
                "{value}"
            );
        }
        assert_eq!(percentage(0.123_456), "12.35%");
        assert_eq!(four_digits(123_456.0), "1.235e+05");
    }
}
