//! Label sets: sorted by name, unique names, no empty values, cheap to clone.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The label that holds the metric's name.
pub const METRIC_NAME: &str = "__name__";
/// The label that holds a classic histogram bucket's upper bound.
pub const BUCKET: &str = "le";
/// The label that holds a summary's quantile.
pub const QUANTILE: &str = "quantile";

/// An immutable label set in one shared allocation.
///
/// Encoding: for each label its name, then its value, each preceded by its byte length as ASCII base-64
/// digits, least significant first (`0x40` set on all but the last). All of it is valid UTF-8, so that one
/// `Arc<str>` is enough, and equal sets have equal bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Labels(Arc<str>);

/// Collects labels in any order and makes [`Labels`] of them.
///
/// The last value set for a name wins; an empty value removes the label, since in Prometheus' data model an
/// empty label and an absent one are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelsBuilder {
    pairs: Vec<(String, String)>,
}

// === impl Labels ===

impl Labels {
    /// The empty label set.
    pub fn empty() -> Labels {
        Labels(Arc::from(""))
    }

    /// Makes a label set of pairs in any order; see [`LabelsBuilder`] for duplicates and empty values.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Labels {
        let mut builder = LabelsBuilder::default();
        for (name, value) in pairs {
            builder.set(name, value);
        }
        builder.build()
    }

    /// Makes a label set of pairs that are sorted by name, unique and not empty; anything else falls back to
    /// [`Labels::from_pairs`]. The fast way for parsers and stores.
    pub fn from_sorted(pairs: &[(&str, &str)]) -> Labels {
        let sorted = pairs.windows(2).all(|two| two[0].0 < two[1].0);
        if !sorted || pairs.iter().any(|(name, value)| name.is_empty() || value.is_empty()) {
            return Labels::from_pairs(pairs.iter().copied());
        }
        let size = pairs.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let mut text = String::with_capacity(size);
        for (name, value) in pairs {
            push_field(&mut text, name);
            push_field(&mut text, value);
        }
        Labels(Arc::from(text))
    }

    /// The value of a label, or "" where it is absent.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or("")
    }

    /// The value of a label, if the set has it.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.iter().take_while(|(n, _)| *n <= name).find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// The metric name, or "" where there is none.
    pub fn metric_name(&self) -> &str {
        self.get(METRIC_NAME)
    }

    /// All labels, sorted by name.
    pub fn iter(&self) -> LabelsIter<'_> {
        LabelsIter { rest: &self.0 }
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes on the heap that this set takes (shared by its clones).
    pub fn heap_bytes(&self) -> usize {
        self.0.len() + 16
    }

    /// A builder that begins with these labels.
    pub fn to_builder(&self) -> LabelsBuilder {
        LabelsBuilder { pairs: self.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect() }
    }

    /// This set with one label changed; an empty value removes it.
    pub fn with(&self, name: &str, value: &str) -> Labels {
        let mut builder = self.to_builder();
        builder.set(name, value);
        builder.build()
    }

    /// This set without some labels.
    pub fn without(&self, names: &[&str]) -> Labels {
        self.filtered(|name| !names.contains(&name))
    }

    /// This set with no other labels than these.
    pub fn only(&self, names: &[&str]) -> Labels {
        self.filtered(|name| names.contains(&name))
    }

    /// This set without its metric name.
    pub fn without_metric_name(&self) -> Labels {
        self.without(&[METRIC_NAME])
    }

    /// The labels whose name passes.
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Labels {
        let pairs: Vec<(&str, &str)> = self.iter().filter(|(name, _)| keep(name)).collect();
        Labels::from_sorted(&pairs)
    }
}

impl Default for Labels {
    fn default() -> Labels {
        Labels::empty()
    }
}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Prometheus' order: label by label, first by name, then by value; a prefix sorts first.
impl Ord for Labels {
    fn cmp(&self, other: &Labels) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Labels) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Prometheus' text form: `{a="b", c="d"}`, the metric name among the others; names that are not plain
/// identifiers are quoted.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, (name, value)) in self.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            if is_label_name(name) {
                write!(f, "{comma}{name}={}", Quoted(value))?;
            } else {
                write!(f, "{comma}{}={}", Quoted(name), Quoted(value))?;
            }
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a str, &'a str);
    type IntoIter = LabelsIter<'a>;
    fn into_iter(self) -> LabelsIter<'a> {
        self.iter()
    }
}

/// Iterates over name and value of each label.
#[derive(Clone, Debug)]
pub struct LabelsIter<'a> {
    rest: &'a str,
}

impl<'a> Iterator for LabelsIter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        if self.rest.is_empty() {
            return None;
        }
        let (name, rest) = take_field(self.rest)?;
        let (value, rest) = take_field(rest)?;
        self.rest = rest;
        Some((name, value))
    }
}

// === impl LabelsBuilder ===

impl LabelsBuilder {
    /// Sets a label; an empty value removes it.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut LabelsBuilder {
        let (name, value) = (name.into(), value.into());
        match self.pairs.iter_mut().find(|(n, _)| *n == name) {
            Some(pair) => pair.1 = value,
            None => self.pairs.push((name, value)),
        }
        self
    }

    /// Removes a label.
    pub fn remove(&mut self, name: &str) -> &mut LabelsBuilder {
        self.pairs.retain(|(n, _)| n != name);
        self
    }

    /// The value as set so far, or "".
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The labels so far, in the order of their first setting; those with empty values too.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Keeps the labels whose name passes.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.pairs.retain(|(name, _)| keep(name));
    }

    /// The label set.
    pub fn build(&self) -> Labels {
        let mut pairs: Vec<(&str, &str)> =
            self.iter().filter(|(name, value)| !name.is_empty() && !value.is_empty()).collect();
        pairs.sort_unstable();
        Labels::from_sorted(&pairs)
    }
}

/// Whether a name can be written bare as a label name: `[a-zA-Z_][a-zA-Z0-9_]*`.
pub fn is_label_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether a name can be written bare as a metric name: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
pub fn is_metric_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
}

/// Writes a string as Go's `strconv.Quote` does: double quotes, escapes for control and unprintable runes.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\u{7}' => f.write_str("\\a")?,
                '\u{8}' => f.write_str("\\b")?,
                '\u{c}' => f.write_str("\\f")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\u{b}' => f.write_str("\\v")?,
                c if (c as u32) < 0x20 || c as u32 == 0x7f => write!(f, "\\x{:02x}", c as u32)?,
                '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffd}' => {
                    write!(f, "\\u{:04x}", c as u32)?;
                }
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

fn push_field(text: &mut String, field: &str) {
    let mut rest = field.len();
    while rest >= 0x40 {
        text.push(char::from(0x40 | (rest & 0x3f) as u8));
        rest >>= 6;
    }
    text.push(char::from(rest as u8));
    text.push_str(field);
}

fn take_field(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let (mut length, mut shift, mut at) = (0usize, 0u32, 0usize);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        length |= usize::from(byte & 0x3f) << shift;
        shift += 6;
        if byte & 0x40 == 0 {
            break;
        }
    }
    Some((text.get(at..at + length)?, text.get(at + length..)?))
}

#[cfg(test)]
mod tests;
