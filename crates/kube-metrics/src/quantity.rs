//! Kubernetes quantities (`1536Mi`, `250m`, `1e3`) and what its methods make of them.
//!
//! A quantity of few digits is a 64-bit integer with a decimal exponent; any other is a decimal of any size.
//! The two overflow differently where a value does not fit in 64 bits, and so do these.

#[cfg(test)]
mod tests;

/// Decimal places that are kept: below a billionth is rounded up.
const NANO: i32 = -9;
/// Digits that surely fit in 64 bits.
const SAFE_DIGITS: i32 = 18;
/// No text of a quantity that a server accepted is longer than this.
const LONGEST: usize = 64;

/// From this value on thousandths do not fit in 64 bits.
const TOO_MANY_MILLIS: f64 = 9_223_372_036_854_776.0;

/// A number that was written as a quantity: `unscaled` × 10^`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    unscaled: i128,
    scale: i32,
    /// Whether it is kept as a 64-bit integer.
    small: bool,
}

impl Quantity {
    /// Reads a quantity. `None` where it is none.
    pub fn parse(text: &str) -> Option<Quantity> {
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, text.get(1..)?),
            Some(b'+') => (false, text.get(1..)?),
            _ => (false, text),
        };
        let digits_end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(digits_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let (base, exponent) = suffix_of(suffix)?;
        let whole = whole.trim_start_matches('0');
        let magnitude = if let Some(small) = small(whole, fraction, base, exponent) {
            small
        } else {
            large(whole, fraction, base, exponent)?
        };
        Some(Quantity {
            unscaled: if negative { -magnitude.unscaled } else { magnitude.unscaled },
            ..magnitude
        })
    }

    /// The value as a whole number, rounded away from zero.
    pub fn value(self) -> f64 {
        self.scaled(0)
    }

    /// The value in thousandths, rounded away from zero, over a thousand.
    pub fn milli_value(self) -> f64 {
        self.scaled(-3) / 1000.0
    }

    /// The value rounded to a thousandth, or to a whole number where thousandths would not fit in 64 bits.
    pub fn float(self) -> f64 {
        let whole = self.value();
        if whole >= TOO_MANY_MILLIS { whole } else { self.milli_value() }
    }

    /// The value as a float, as near as mantissa times power of ten comes.
    pub fn approximate(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
        let base = self.unscaled as f64;
        let power: f64 = format!("1e{}", self.scale).parse().unwrap_or(1.0);
        if self.scale == 0 { base } else { base * power }
    }

    #[expect(clippy::cast_precision_loss, reason = "samples are floats")]
    fn scaled(self, scale: i32) -> f64 {
        let shift = self.scale - scale;
        let Some(power) = 10i128.checked_pow(shift.unsigned_abs()) else { return 0.0 };
        if shift < 0 {
            // What is below the last place is rounded away from zero.
            let inexact = i128::from(self.unscaled % power != 0);
            let away = self.unscaled / power + inexact * self.unscaled.signum();
            return if self.small { away as f64 } else { wrapped(away) };
        }
        match (self.unscaled.checked_mul(power), self.small) {
            (Some(value), true) => i64::try_from(value).map_or(0.0, |value| value as f64),
            (Some(value), false) => wrapped(value),
            (None, _) => 0.0,
        }
    }
}

/// The low 64 bits, which is what Go's `big.Int` gives for a number that is too large.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "truncation is the rule")]
fn wrapped(value: i128) -> f64 {
    (value as i64) as f64
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
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| exponent.parse().ok()).flatten().map(|exponent| (10, exponent))
}

fn small(whole: &str, fraction: &str, base: u8, exponent: i32) -> Option<Quantity> {
    let digits = i32::try_from(whole.len() + fraction.len()).ok()?;
    let (mantissa, mut scale) = match base {
        10 if SAFE_DIGITS >= digits => (1i64, exponent),
        2 if fraction.is_empty() && 15 - digits - exponent * 3 / 10 > 0 => (1i64 << exponent, 0),
        _ => return None,
    };
    scale -= i32::try_from(fraction.len()).ok()?;
    if scale < NANO {
        return None;
    }
    let joined = format!("{whole}{fraction}");
    let value: i64 = if joined.is_empty() { 0 } else { joined.parse().ok()? };
    let unscaled = value.checked_mul(mantissa)?;
    Some(Quantity {
        unscaled: i128::from(unscaled),
        scale: if unscaled == 0 { 0 } else { scale },
        small: true,
    })
}

fn large(whole: &str, fraction: &str, base: u8, exponent: i32) -> Option<Quantity> {
    let capped = Quantity { unscaled: i128::from(i64::MAX), scale: 0, small: false };
    let joined = format!("{whole}{fraction}");
    let digits = joined.trim_start_matches('0');
    if digits.is_empty() {
        return Some(Quantity { unscaled: 0, scale: 0, small: false });
    }
    let places = i32::try_from(fraction.len()).ok()?;
    let power = if base == 10 { exponent } else { 0 };
    let magnitude = i32::try_from(digits.len()).ok()?.checked_add(power)?.checked_sub(places)?;
    if magnitude > 20 {
        return Some(capped);
    }
    let mut scale = power - places;
    let mut unscaled: i128 = if digits.len() > 30 {
        scale += i32::try_from(digits.len() - 30).ok()?;
        digits.get(..30)?.parse::<i128>().ok()? + 1
    } else {
        digits.parse().ok()?
    };
    if base == 2 {
        unscaled = unscaled.checked_mul(1i128 << exponent)?;
    }
    if scale < NANO {
        let down = u32::try_from((NANO - scale).min(38)).ok()?;
        let divisor = 10i128.checked_pow(down)?;
        unscaled = unscaled / divisor + i128::from(unscaled % divisor != 0);
        scale = NANO;
    }
    let whole_value = if scale >= 0 {
        unscaled.checked_mul(10i128.checked_pow(u32::try_from(scale).ok()?)?)
    } else {
        unscaled.checked_div(10i128.checked_pow(scale.unsigned_abs())?)
    };
    match whole_value {
        Some(value) if value < i128::from(i64::MAX) => Some(Quantity { unscaled, scale, small: false }),
        _ => Some(capped),
    }
}
