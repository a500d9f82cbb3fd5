//! The notation of series and their values in Prometheus' tests: `up{job="a"} 1+1x4 _ stale`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::Span;
use crate::lexer::parse_number;
use crate::parser::{Features, ParseError, Parser};
use model::histogram::ResetHint;
use model::{Labels, NativeHistogram, STALE_NAN};

/// A series gets at most this many values.
const MAX_VALUES: usize = 1_000_000;

/// A series and its values, one per interval.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesDescription {
    /// The series' labels, its name among them.
    pub labels: Labels,
    /// The values from the first point on.
    pub values: Vec<SequenceValue>,
}

/// A value of a series description.
#[derive(Clone, Debug, PartialEq)]
pub enum SequenceValue {
    /// `_`: no sample at that point.
    Omitted,
    /// A float; `stale` is [`STALE_NAN`].
    Float(f64),
    /// `{{…}}`: a native histogram, and whether its counter reset hint was written.
    Histogram(Arc<NativeHistogram>, bool),
}

pub(super) fn parse(text: &str) -> Result<SeriesDescription, ParseError> {
    let end = metric_end(text);
    let mut parser = Parser::new(&text[..end], Features::default());
    let labels = parser.metric()?;
    let token = parser.peek()?;
    if parser.taken < end && token.kind != crate::lexer::TokenKind::Eof {
        return Err(parser.unexpected(token));
    }
    let mut items = Items { text, at: end, values: Vec::new() };
    items.all()?;
    Ok(SeriesDescription { labels, values: items.values })
}

/// Where the metric ends: behind the closing brace that is not in quotes, or at the first space.
fn metric_end(text: &str) -> usize {
    let mut quote = None;
    let mut in_braces = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open && !escaped => quote = None,
            Some(open) => {
                escaped = c == '\\' && !escaped && open != '`';
                continue;
            }
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if c == '{' => in_braces = true,
            None if c == '}' => return at + 1,
            None if c.is_ascii_whitespace() && !in_braces => return at,
            None => {}
        }
        escaped = false;
    }
    text.len()
}

/// Reads the values behind the metric.
struct Items<'a> {
    text: &'a str,
    at: usize,
    values: Vec<SequenceValue>,
}

impl<'a> Items<'a> {
    fn all(&mut self) -> Result<(), ParseError> {
        while !self.rest().is_empty() {
            let spaces = self.rest().len() - self.rest().trim_start().len();
            if spaces == 0 {
                return self.unexpected("");
            }
            self.at += spaces;
            if !self.rest().is_empty() {
                self.item()?;
            }
        }
        Ok(())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn accept(&mut self, wanted: &str) -> bool {
        let accepted = self.rest().starts_with(wanted);
        if accepted {
            self.at += wanted.len();
        }
        accepted
    }

    fn unexpected<T>(&self, expected: &str) -> Result<T, ParseError> {
        let found = self.rest().split_whitespace().next().unwrap_or("end of input");
        let found: String = found.chars().take(20).collect();
        let expected = if expected.is_empty() { String::new() } else { format!(", expected {expected}") };
        let span = Span { start: self.at, end: self.text.len() };
        Err(ParseError::new(self.text, span, format!("unexpected {found} in series values{expected}")))
    }

    fn item(&mut self) -> Result<(), ParseError> {
        if self.accept("_") {
            let count = self.repetition()?.unwrap_or(1);
            return self.push(count, || SequenceValue::Omitted);
        }
        if self.rest().starts_with("{{") {
            return self.histograms();
        }
        let mut value = self.value()?;
        let step = if self.rest().starts_with(['+', '-']) { self.value()? } else { 0.0 };
        let stepped = step != 0.0;
        let count = match self.repetition()? {
            Some(count) => count + 1,
            None if stepped => return self.unexpected("repetition"),
            None => 1,
        };
        self.push(count, || {
            let current = value;
            if stepped {
                value += step;
            }
            SequenceValue::Float(current)
        })
    }

    fn push(&mut self, count: usize, mut value: impl FnMut() -> SequenceValue) -> Result<(), ParseError> {
        if count > MAX_VALUES - self.values.len() {
            let span = Span { start: self.at, end: self.text.len() };
            let message = format!("series has more than {MAX_VALUES} values");
            return Err(ParseError::new(self.text, span, message));
        }
        self.values.extend((0..count).map(|_| value()));
        Ok(())
    }

    /// A number with an optional sign, or `stale`.
    fn value(&mut self) -> Result<f64, ParseError> {
        let start = self.at;
        let negate = self.accept("-");
        let signed = negate || self.accept("+");
        let length = number_length(self.rest());
        let word = &self.rest()[..length];
        if word == "stale" && !signed {
            self.at += length;
            return Ok(STALE_NAN);
        }
        match parse_number(word) {
            Ok(value) => {
                self.at += length;
                Ok(if negate { -value } else { value })
            }
            Err(_) => {
                self.at = start;
                self.unexpected("number or \"stale\"")
            }
        }
    }

    /// `xN`
    fn repetition(&mut self) -> Result<Option<usize>, ParseError> {
        if !self.accept("x") {
            return Ok(None);
        }
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        match self.rest()[..digits].parse::<u32>() {
            Ok(count) => {
                self.at += digits;
                Ok(Some(count as usize))
            }
            Err(_) => self.unexpected("a count of repetitions"),
        }
    }

    /// `{{…}}`, `{{…}}xN` or `{{…}}+{{…}}xN`
    fn histograms(&mut self) -> Result<(), ParseError> {
        let (mut current, mut hint_written) = self.histogram()?;
        let sign = self.rest().chars().next().filter(|c| matches!(c, '+' | '-'));
        let mut change = None;
        if sign.is_some() {
            self.at += 1;
            let (histogram, written) = self.histogram()?;
            hint_written = written;
            change = Some(histogram);
        }
        let count = self.repetition()?.map_or(1, |count| count + 1);
        self.push(count, || {
            let value = SequenceValue::Histogram(Arc::new(current.clone()), hint_written);
            if let Some(change) = &change {
                // Histograms that cannot be joined stay as they are.
                let _ = if sign == Some('-') { current.subtract(change) } else { current.add(change) };
            }
            value
        })
    }

    /// `{{ key:value … }}`, and whether it has a counter reset hint.
    fn histogram(&mut self) -> Result<(NativeHistogram, bool), ParseError> {
        let body = self.rest().strip_prefix("{{").and_then(|body| Some(&body[..body.find("}}")?]));
        let Some(body) = body else { return self.unexpected("a histogram that ends in \"}}\"") };
        let Some(read) = read_histogram(body) else {
            return self.unexpected("histogram description key, e.g. buckets:[5 10 7]");
        };
        self.at += body.len() + 4;
        Ok(read)
    }
}

/// The keys and values between `{{` and `}}`.
fn read_histogram(body: &str) -> Option<(NativeHistogram, bool)> {
    let mut histogram = NativeHistogram::default();
    let (mut buckets, mut negative) = (Vec::new(), Vec::new());
    let (mut offset, mut negative_offset, mut hint_written) = (0, 0, false);
    let mut rest = body.trim();
    while !rest.is_empty() {
        let (key, behind) = rest.split_once(':')?;
        let length = match behind.strip_prefix('[') {
            Some(list) => list.find(']')? + 2,
            None => behind.find(char::is_whitespace).unwrap_or(behind.len()),
        };
        let value = &behind[..length];
        rest = behind[length..].trim_start();
        match key {
            "schema" => histogram.schema = value.parse().ok()?,
            "sum" => histogram.sum = signed(value)?,
            "count" => histogram.count = signed(value)?,
            "z_bucket" => histogram.zero_count = signed(value)?,
            "z_bucket_w" => histogram.zero_threshold = signed(value)?,
            "custom_values" => histogram.bounds = list(value)?,
            "buckets" => buckets = list(value)?,
            "n_buckets" => negative = list(value)?,
            "offset" => offset = value.parse().ok()?,
            "n_offset" => negative_offset = value.parse().ok()?,
            "counter_reset_hint" => {
                hint_written = true;
                histogram.hint = hint(value)?;
            }
            _ => return None,
        }
    }
    histogram.positive = indexed(&buckets, offset);
    histogram.negative = indexed(&negative, negative_offset);
    Some((histogram, hint_written))
}

fn hint(word: &str) -> Option<ResetHint> {
    Some(match word {
        "unknown" => ResetHint::Unknown,
        "reset" => ResetHint::Reset,
        "not_reset" => ResetHint::NotReset,
        "gauge" => ResetHint::Gauge,
        _ => return None,
    })
}

fn signed(text: &str) -> Option<f64> {
    match text.strip_prefix('-') {
        Some(rest) => parse_number(rest).ok().map(|value| -value),
        None => parse_number(text.strip_prefix('+').unwrap_or(text)).ok(),
    }
}

/// `[1 2 3]`
fn list(text: &str) -> Option<Vec<f64>> {
    text.strip_prefix('[')?.strip_suffix(']')?.split_whitespace().map(signed).collect()
}

/// Counts from an index on; buckets without observations are not kept.
fn indexed(counts: &[f64], first: i32) -> BTreeMap<i32, f64> {
    (first..).zip(counts.iter().copied()).filter(|(_, count)| *count != 0.0).collect()
}

/// How long the number or word at the start is: letters, or digits with point, underscores and exponent.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first().is_some_and(u8::is_ascii_alphabetic) {
        return bytes
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count()
            .min(text.find('x').unwrap_or(usize::MAX));
    }
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let exponent_sign =
            matches!(byte, b'+' | b'-') && length > 0 && matches!(bytes[length - 1], b'e' | b'E');
        if !(byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'e' | b'E') || exponent_sign) {
            break;
        }
        length += 1;
    }
    length
}
