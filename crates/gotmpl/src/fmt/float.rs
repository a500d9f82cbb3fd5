//! Floats as Go's `strconv.FormatFloat` writes them.

/// Which of Go's formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `e`: `1.5e+06`
    Exponent,
    /// `f`: `1500000`
    Fixed,
    /// `g`: exponent form for exponents below -4 or from the precision on (6 if none is given).
    General,
}

/// Format a number; without a precision, with as many digits as are needed to read the same number back.
/// For `e` and `f` the precision counts digits after the point, for `g` significant ones.
pub fn format_float(number: f64, form: Form, precision: Option<usize>) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Inf" } else { "-Inf" }.to_owned();
    }
    match (form, precision) {
        (Form::Fixed, None) => format!("{number}"),
        (Form::Fixed, Some(digits)) => format!("{number:.digits$}"),
        (Form::Exponent, None) => exponent_form(&format!("{number:e}")),
        (Form::Exponent, Some(digits)) => exponent_form(&format!("{number:.digits$e}")),
        (Form::General, precision) => general(number, precision),
    }
}

/// Rust's exponent to Go's: a sign and at least two digits.
fn exponent_form(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

fn general(number: f64, precision: Option<usize>) -> String {
    let scientific = match precision {
        None => format!("{number:e}"),
        Some(digits) => format!("{number:.0$e}", digits.max(1) - 1),
    };
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mantissa = match precision {
        Some(_) if mantissa.contains('.') => mantissa.trim_end_matches('0').trim_end_matches('.'),
        _ => mantissa,
    };
    let digits = i32::try_from(mantissa.bytes().filter(u8::is_ascii_digit).count()).unwrap_or(i32::MAX);
    let threshold = match precision {
        None => SHORTEST_THRESHOLD,
        Some(p) => {
            let p = i32::try_from(p.max(1)).unwrap_or(i32::MAX);
            if p > digits && digits > exponent { digits } else { p }
        }
    };
    if exponent < -4 || exponent >= threshold {
        return exponent_form(&format!("{mantissa}e{exponent}"));
    }
    match precision {
        None => format!("{number}"),
        Some(_) => {
            let decimals = usize::try_from((digits - 1 - exponent).max(0)).unwrap_or(0);
            format!("{number:.decimals$}")
        }
    }
}

/// Shortest output turns to the exponent form from this exponent on.
const SHORTEST_THRESHOLD: i32 = 6;
