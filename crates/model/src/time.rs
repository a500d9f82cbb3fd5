//! Points in time and spans, in milliseconds, and Prometheus' duration text.

use std::fmt;

/// A point in time: milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A span in milliseconds; may be negative (`offset -5m`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub i64);

/// Points from `start` to `end`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// The first point.
    pub start: Timestamp,
    /// The last point.
    pub end: Timestamp,
}

/// Why a duration text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// The text is empty.
    #[error("empty duration string")]
    Empty,
    /// The text does not follow `1y2w3d4h5m6s7ms`.
    #[error("not a valid duration string: \"{0}\"")]
    Invalid(String),
    /// A unit that is none of `y w d h m s ms`.
    #[error("unknown unit \"{unit}\" in duration \"{text}\"")]
    UnknownUnit {
        /// What stands where a unit should.
        unit: String,
        /// The whole text.
        text: String,
    },
    /// The value does not fit.
    #[error("duration out of range")]
    OutOfRange,
}

// === impl Timestamp ===

impl Timestamp {
    /// The earliest point.
    pub const MIN: Timestamp = Timestamp(i64::MIN);
    /// The latest point.
    pub const MAX: Timestamp = Timestamp(i64::MAX);

    /// From seconds since the epoch, rounded to the nearest millisecond.
    pub fn from_seconds(seconds: f64) -> Timestamp {
        Timestamp((seconds * 1000.0).round() as i64)
    }

    /// Seconds since the epoch.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Timestamp;
    fn sub(self, span: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }
}

impl std::ops::Sub for Timestamp {
    type Output = Duration;
    fn sub(self, other: Timestamp) -> Duration {
        Duration(self.0.saturating_sub(other.0))
    }
}

// === impl Duration ===

/// Unit, its milliseconds; largest first, as the text must have them.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);

    /// From whole seconds.
    pub const fn from_secs(seconds: i64) -> Duration {
        Duration(seconds * 1000)
    }

    /// In seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Reads Prometheus' form, such as `1h30m` or `0` (`model.ParseDuration` of prometheus/common): units in
    /// falling order, each at most once, whole numbers.
    pub fn parse(text: &str) -> Result<Duration, DurationError> {
        let invalid = || DurationError::Invalid(text.to_owned());
        match text {
            "" => return Err(DurationError::Empty),
            "0" => return Ok(Duration::ZERO),
            _ => {}
        }
        let (mut rest, mut total, mut next_unit) = (text, 0i64, 0);
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let letters = rest[digits..].bytes().take_while(|b| !b.is_ascii_digit()).count();
            if digits == 0 || letters == 0 {
                return Err(invalid());
            }
            let unit = &rest[digits..digits + letters];
            let unknown = || DurationError::UnknownUnit { unit: unit.to_owned(), text: text.to_owned() };
            let position = UNITS.iter().position(|(name, _)| *name == unit).ok_or_else(unknown)?;
            if position < next_unit {
                return Err(invalid());
            }
            let count: i64 = rest[..digits].parse().map_err(|_| invalid())?;
            let span = count.checked_mul(UNITS[position].1).ok_or(DurationError::OutOfRange)?;
            total = total.checked_add(span).ok_or(DurationError::OutOfRange)?;
            next_unit = position + 1;
            rest = &rest[digits + letters..];
        }
        // Go holds durations as nanoseconds in an i64.
        if total > i64::MAX / 1_000_000 { Err(DurationError::OutOfRange) } else { Ok(Duration(total)) }
    }

    /// As the standard library's duration; negative spans become zero.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

/// Prometheus' form: `1d1h30m`; years and weeks only where the rest is nothing (`model.Duration.String`).
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (index, (unit, size)) in UNITS.into_iter().enumerate() {
            let size = size.unsigned_abs();
            let exact_only = index < 2;
            if rest == 0 || (exact_only && !rest.is_multiple_of(size)) || rest < size {
                continue;
            }
            write!(f, "{}{unit}", rest / size)?;
            rest %= size;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_round_trip_as_prometheus_writes_them() {
        for (text, ms, printed) in [
            ("0", 0, "0s"),
            ("0s", 0, "0s"),
            ("324ms", 324, "324ms"),
            ("3s", 3000, "3s"),
            ("5m", 300_000, "5m"),
            ("1h30m", 5_400_000, "1h30m"),
            ("4d", 345_600_000, "4d"),
            ("4d1h", 349_200_000, "4d1h"),
            ("14d", 1_209_600_000, "2w"),
            ("3w2d1h", 1_990_800_000, "23d1h"),
            ("10y", 315_360_000_000, "10y"),
        ] {
            assert_eq!(Duration::parse(text), Ok(Duration(ms)), "{text}");
            assert_eq!(Duration(ms).to_string(), printed);
        }
        for bad in ["", "1", "-1w", "1.5d", "1s1m", "1m1m", "d", "1mm", "294y"] {
            assert!(Duration::parse(bad).is_err(), "{bad}");
        }
    }
}
