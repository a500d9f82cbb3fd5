//! Durations and sizes as texts.

use model::Duration;
use serde::{Deserialize, Deserializer};

/// A duration as Prometheus writes it (`1m30s`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span(pub Duration);

/// A number of bytes; units are powers of two, whether written `MB` or `MiB`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteSize(pub u64);

/// Why a size was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a size: \"{0}\"; write a number and a unit, such as 10MB")]
pub struct ByteSizeError(String);

/// Letters of units, and their powers of 1024.
const UNITS: [(char, u32); 6] = [('K', 1), ('M', 2), ('G', 3), ('T', 4), ('P', 5), ('E', 6)];

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        let text = String::deserialize(deserializer)?;
        Duration::parse(&text).map(Span).map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
        let text = String::deserialize(deserializer)?;
        ByteSize::parse(&text).map_err(serde::de::Error::custom)
    }
}

// === impl ByteSize ===

impl ByteSize {
    /// Reads `512MB`, `1.5GiB`, `1GB512MB` or `0`.
    ///
    /// # Errors
    /// Anything else, also a number without unit.
    pub fn parse(text: &str) -> Result<ByteSize, ByteSizeError> {
        let invalid = || ByteSizeError(text.to_owned());
        if text == "0" {
            return Ok(ByteSize(0));
        }
        let (mut rest, mut total) = (text, 0.0);
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
            let letters = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
            let number: f64 = rest[..digits].parse().map_err(|_| invalid())?;
            total += number * factor(&rest[digits..digits + letters]).ok_or_else(invalid)?;
            rest = &rest[digits + letters..];
        }
        if text.is_empty() || total > i64::MAX as f64 { Err(invalid()) } else { Ok(ByteSize(total as u64)) }
    }
}

fn factor(unit: &str) -> Option<f64> {
    let mut letters = unit.chars();
    let first = letters.next()?;
    match (first, letters.as_str()) {
        ('B', "") => Some(1.0),
        (_, "B" | "iB") => {
            let power = UNITS.iter().find(|(letter, _)| *letter == first)?.1;
            Some(1024f64.powi(i32::try_from(power).ok()?))
        }
        _ => None,
    }
}
