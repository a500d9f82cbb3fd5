//! Kubernetes quantities (`1536Mi`, `250m`, `1e3`) and what its methods make of them.
//!
//! A quantity of few digits is a 64-bit integer with a decimal exponent; any other is a decimal of any size, in
//! billionths. The two round and overflow differently, and so do these.

mod digits;

#[cfg(test)]
mod tests;

use self::digits::Digits;

/// Decimal places that are kept: below a billionth is rounded up.
const NANO: i32 = -9;
/// Decimal places of a large quantity.
const PLACES: usize = 9;
/// Digits that surely fit in 64 bits.
const SAFE_DIGITS: i32 = 18;
/// No quantity with more zeros than this is worked out.
const MOST_ZEROS: i64 = 4096;
/// From this value on thousandths do not fit in 64 bits.
const MOST_MILLIS: i64 = i64::MAX / 1000;

/// A number that was written as a quantity, in the forms in which it is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    whole: i64,
    millis: i64,
    approximate: f64,
}

impl Quantity {
    /// Reads a quantity. `None` where it is none. Like the original it takes a sign or a suffix alone for a zero.
    pub fn parse(text: &str) -> Option<Quantity> {
        if text.is_empty() {
            return None;
        }
        let negative = text.starts_with('-');
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, rest) = split_digits(unsigned);
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => split_digits(rest),
            None => ("", rest),
        };
        let (base, exponent) = suffix_of(suffix)?;
        let is_bare = whole.is_empty() && fraction.is_empty();
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        match small(whole, fraction, base, exponent) {
            Some((unscaled, scale)) => {
                Some(Quantity::small(if negative { -unscaled } else { unscaled }, scale))
            }
            None if is_bare => None,
            None => large(whole, fraction, base, exponent, negative),
        }
    }

    /// The value as a whole number, rounded away from zero.
    #[expect(clippy::cast_precision_loss, reason = "samples are floats")]
    pub fn value(self) -> f64 {
        self.whole as f64
    }

    /// The value in thousandths, rounded away from zero, over a thousand.
    #[expect(clippy::cast_precision_loss, reason = "samples are floats")]
    pub fn milli_value(self) -> f64 {
        self.millis as f64 / 1000.0
    }

    /// The value rounded to a thousandth, or to a whole number where thousandths would not fit in 64 bits.
    pub fn float(self) -> f64 {
        if self.whole > MOST_MILLIS { self.value() } else { self.milli_value() }
    }

    /// The value as a float, as near as mantissa times power of ten comes.
    pub fn approximate(self) -> f64 {
        self.approximate
    }

    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    fn small(unscaled: i64, scale: i32) -> Quantity {
        let base = unscaled as f64;
        Quantity {
            whole: rescaled(unscaled, i64::from(scale)),
            millis: rescaled(unscaled, i64::from(scale) + 3),
            approximate: if scale == 0 { base } else { base * power_of_ten(scale) },
        }
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// Base (10 or 2) and exponent of a suffix.
fn suffix_of(suffix: &str) -> Option<(u8, i32)> {
    const SUFFIXES: &[(&str, u8, i32)] = &[
        ("", 10, 0),
        ("n", 10, -9),
        ("u", 10, -6),
        ("m", 10, -3),
        ("k", 10, 3),
        ("M", 10, 6),
        ("G", 10, 9),
        ("T", 10, 12),
        ("P", 10, 15),
        ("E", 10, 18),
        ("Ki", 2, 10),
        ("Mi", 2, 20),
        ("Gi", 2, 30),
        ("Ti", 2, 40),
        ("Pi", 2, 50),
        ("Ei", 2, 60),
    ];
    if let Some((_, base, exponent)) = SUFFIXES.iter().find(|(name, ..)| *name == suffix) {
        return Some((*base, *exponent));
    }
    let exponent: i64 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "the original truncates too")]
    Some((10, exponent as i32))
}

/// Mantissa and exponent of ten, where they fit.
fn small(whole: &str, fraction: &str, base: u8, exponent: i32) -> Option<(i64, i32)> {
    let digits = i32::try_from(whole.len() + fraction.len()).ok()?;
    let (mantissa, scale) = match base {
        10 if digits <= SAFE_DIGITS => (1, exponent),
        2 if fraction.is_empty() && 15 - digits - exponent * 3 / 10 > 0 => (1i64 << exponent, 0),
        _ => return None,
    };
    let scale = scale.checked_sub(i32::try_from(fraction.len()).ok()?).filter(|scale| *scale >= NANO)?;
    let value: i64 = format!("{whole}{fraction}").parse().ok()?;
    Some((value.checked_mul(mantissa)?, scale))
}

fn large(whole: &str, fraction: &str, base: u8, exponent: i32, negative: bool) -> Option<Quantity> {
    let mut digits = Digits::new(&[whole, fraction])?;
    let mut places = i64::try_from(fraction.len()).ok()?;
    if base == 10 {
        places -= i64::from(exponent);
    } else {
        digits.multiply(1u64 << exponent);
    }
    if digits.is_zero() {
        let scale = i32::try_from(-places).unwrap_or(i32::MAX);
        return Some(Quantity { approximate: 0.0 * power_of_ten(scale), ..Quantity::small(0, 0) });
    }
    let shift = PLACES as i64 - places;
    if shift > MOST_ZEROS {
        return None;
    }
    digits.shift_up(shift);
    // Only powers of two have a bound.
    if base == 2 && digits.exceeds(i64::MAX, PLACES) {
        digits = Digits::of(i64::MAX);
        return Some(Quantity {
            whole: if negative { -i64::MAX } else { i64::MAX },
            millis: digits.wrapped(negative).wrapping_mul(1000),
            approximate: digits.float(negative),
        });
    }
    Some(Quantity {
        whole: digits.without_places(PLACES, negative),
        millis: digits.without_places(PLACES - 3, negative),
        approximate: digits.float(negative) * power_of_ten(NANO),
    })
}

/// What a 64-bit quantity is in units that are `shift` powers of ten smaller: rounded away from zero. Where it does not
/// fit, it is 0, but for the usual powers what is left in 64 bits.
fn rescaled(unscaled: i64, shift: i64) -> i64 {
    if unscaled == 0 {
        return 0;
    }
    let power = u32::try_from(shift.unsigned_abs()).ok().and_then(|shift| 10i64.checked_pow(shift));
    match (shift < 0, power) {
        (true, Some(power)) => unscaled / power + i64::from(unscaled % power != 0) * unscaled.signum(),
        (true, None) => unscaled.signum(),
        (false, Some(power)) if matches!(shift, 1..=3 | 6 | 9) => unscaled.wrapping_mul(power),
        (false, Some(power)) => unscaled.checked_mul(power).unwrap_or(0),
        (false, None) => 0,
    }
}

/// Go's power of ten: exact up to 1e31, above and below it the product of two.
fn power_of_ten(exponent: i32) -> f64 {
    let of = |exponent: i32| format!("1e{exponent}").parse::<f64>().unwrap_or(f64::NAN);
    match exponent {
        309.. => f64::INFINITY,
        0..=308 => of(exponent / 32 * 32) * of(exponent % 32),
        -323..0 => of(exponent / 32 * 32) / of(-exponent % 32),
        _ => 0.0,
    }
}
