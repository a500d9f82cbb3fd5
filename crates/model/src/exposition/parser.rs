//! The line-by-line parser.

use std::borrow::Cow;

use super::series::{self, Braces, LabelPairs, Piece};
use super::{Fault, Format, ParseError, number};
use crate::metadata::MetricType;
use crate::time::Timestamp;

/// Reads a body entry by entry. After an error the rest of the body has no meaning.
#[derive(Clone, Debug)]
pub struct Parser<'a> {
    body: &'a [u8],
    at: usize,
    format: Format,
    kind: MetricType,
    /// `# EOF` was read.
    ended: bool,
}

/// One line of a body; comments and empty lines are passed over.
#[derive(Clone, Debug)]
pub enum Entry<'a> {
    /// A sample.
    Series(Series<'a>),
    /// `# TYPE`: family and type.
    Type(Cow<'a, str>, MetricType),
    /// `# HELP`: family and text, unescaped.
    Help(Cow<'a, str>, Cow<'a, str>),
    /// `# UNIT` of OpenMetrics: family and unit.
    Unit(Cow<'a, str>, &'a str),
}

/// A sample: the text of its series, and what follows it.
#[derive(Clone, Debug)]
pub struct Series<'a> {
    body: &'a [u8],
    text: &'a str,
    start: usize,
    format: Format,
    kind: MetricType,
    /// Value, timestamp and exemplar.
    pub tail: Tail<'a>,
}

/// What follows the text of a series in its line.
#[derive(Clone, Debug)]
pub struct Tail<'a> {
    /// The value; NaN is always [`crate::NORMAL_NAN`].
    pub value: f64,
    /// The sample's own timestamp.
    pub timestamp: Option<Timestamp>,
    /// The exemplar of OpenMetrics.
    pub exemplar: Option<Exemplar<'a>>,
    /// Where the next line begins in the body.
    pub end: usize,
}

/// An exemplar whose labels are not read yet.
#[derive(Clone, Debug)]
pub struct Exemplar<'a> {
    body: &'a [u8],
    labels: &'a str,
    labels_at: usize,
    /// The observed value.
    pub value: f64,
    /// When it was observed, if said.
    pub timestamp: Option<Timestamp>,
}

// === impl Parser ===

impl<'a> Parser<'a> {
    /// A parser at the start of a body.
    pub fn new(body: &'a [u8], format: Format) -> Parser<'a> {
        Parser { body, at: 0, format, kind: MetricType::Unknown, ended: false }
    }

    /// Where the parser stands in the body: at the start of a line.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Passes over whole lines that were parsed before, up to `position`, which is the start of a line.
    /// `kind` is the type that they declare last, if they do.
    pub fn skip_to(&mut self, position: usize, kind: Option<MetricType>) {
        self.at = position;
        self.kind = kind.unwrap_or(self.kind);
    }

    /// The type that the last `# TYPE` declared. Like Prometheus, we do not ask for whose name.
    pub fn kind(&self) -> MetricType {
        self.kind
    }

    /// The next entry; `None` at the end of the body.
    pub fn next_entry(&mut self) -> Result<Option<Entry<'a>>, ParseError> {
        let entry = match self.format {
            Format::Text => self.next_text(),
            Format::OpenMetrics => self.next_openmetrics(),
        };
        entry.map_err(|fault| fault.locate(self.body))
    }

    /// What stands behind the text of a series that ends at `position`, read as [`Parser::next_entry`] would.
    /// The parser does not move.
    pub fn tail_at(&self, position: usize) -> Result<Tail<'a>, ParseError> {
        let tail = match self.format {
            Format::Text => self.text_tail(position),
            Format::OpenMetrics => self.openmetrics_tail(position),
        };
        tail.map_err(|fault| fault.locate(self.body))
    }

    fn next_text(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        loop {
            let at = series::skip_blanks(self.body, self.at, self.format);
            match self.body.get(at) {
                None => return Ok(None),
                Some(b'\n') => self.at = at + 1,
                Some(b'#') => {
                    if let Some(entry) = self.text_comment(at)? {
                        return Ok(Some(entry));
                    }
                }
                Some(_) => return self.series(at).map(Some),
            }
        }
    }

    fn next_openmetrics(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        match self.body.get(self.at) {
            Some(b'#') => self.openmetrics_comment(),
            Some(_) => self.series(self.at).map(Some),
            None if self.ended => Ok(None),
            None => Err(Fault::new(self.at, "data does not end with # EOF")),
        }
    }

    fn series(&mut self, start: usize) -> Result<Entry<'a>, Fault> {
        let end = series::scan_series(self.body, start, self.format, &mut |_, _| Ok(()))?;
        let tail = match self.format {
            Format::Text => self.text_tail(end)?,
            Format::OpenMetrics => self.openmetrics_tail(end)?,
        };
        self.at = tail.end;
        let (body, format, kind) = (self.body, self.format, self.kind);
        let text = series::text(body, start, end)?;
        Ok(Entry::Series(Series { body, text, start, format, kind, tail }))
    }

    /// The end of the line that `at` is in, and the start of the next one.
    fn line_end(&self, at: usize) -> (usize, usize) {
        match memchr::memchr(b'\n', &self.body[at..]) {
            Some(length) => (at + length, at + length + 1),
            None => (self.body.len(), self.body.len()),
        }
    }

    /// A comment of the text format that begins at `hash`; `None` if it says nothing of a family.
    fn text_comment(&mut self, hash: usize) -> Result<Option<Entry<'a>>, Fault> {
        let word = series::skip_blanks(self.body, hash + 1, self.format);
        let name_at = series::skip_blanks(self.body, word + 4, self.format);
        let keyword = self.body.get(word..word + 4).unwrap_or_default();
        let is_metadata = word > hash + 1 && name_at > word + 4 && matches!(keyword, b"HELP" | b"TYPE");
        let (line_end, next) = self.line_end(hash);
        if !is_metadata {
            self.at = next;
            return Ok(None);
        }
        let (family, name_end) = self.family_name(name_at)?;
        // The name, if quoted, may hold line breaks.
        let (line_end, next) = if name_end > line_end { self.line_end(name_end) } else { (line_end, next) };
        let is_blank = self.body[name_end..line_end].iter().all(|byte| matches!(byte, b' ' | b'\t'));
        let text_at = if is_blank { line_end } else { name_end + 1 };
        self.at = next;
        let entry = match keyword {
            b"HELP" => Entry::Help(family, self.help(text_at, line_end)?),
            _ => self.family_type(family, text_at, line_end)?,
        };
        Ok(Some(entry))
    }

    /// A comment of OpenMetrics; `None` at `# EOF`.
    fn openmetrics_comment(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        let start = self.at;
        let keyword = self.body.get(start..start + 7).unwrap_or_else(|| &self.body[start..]);
        if keyword.starts_with(b"# EOF") && (keyword.len() == 5 || keyword[5] == b'\n') {
            self.at = start + keyword.len().min(6);
            if self.at < self.body.len() {
                return Err(Fault::new(self.at, "unexpected data after # EOF"));
            }
            self.ended = true;
            return Ok(None);
        }
        if !matches!(keyword, b"# HELP " | b"# TYPE " | b"# UNIT ") {
            let expected = "\"# HELP \", \"# TYPE \", \"# UNIT \" or \"# EOF\"";
            return Err(Fault::expected(self.body, start, expected));
        }
        let (family, name_end) = self.family_name(start + 7)?;
        let Some(length) = memchr::memchr(b'\n', &self.body[name_end..]) else {
            return Err(Fault::new(self.body.len(), "data does not end with # EOF"));
        };
        let line_end = name_end + length;
        if self.body[name_end] != b' ' {
            return Err(Fault::expected(self.body, name_end, "a blank and text after the metric name"));
        }
        self.at = line_end + 1;
        let entry = match keyword {
            b"# HELP " => Entry::Help(family, self.help(name_end + 1, line_end)?),
            b"# TYPE " => self.family_type(family, name_end + 1, line_end)?,
            _ => self.unit(family, name_end + 1, line_end)?,
        };
        Ok(Some(entry))
    }

    fn family_name(&self, at: usize) -> Result<(Cow<'a, str>, usize), Fault> {
        if self.body.get(at) == Some(&b'"') {
            let (name, end) = series::quoted_text(self.body, at, Format::Text)?;
            return Ok((series::unescape(series::span_text(self.body, name)?, true), end));
        }
        let end = series::bare_name_end(self.body, at, true);
        if end == at {
            return Err(Fault::expected(self.body, at, "a metric name"));
        }
        Ok((Cow::Borrowed(series::text(self.body, at, end)?), end))
    }

    fn help(&self, start: usize, end: usize) -> Result<Cow<'a, str>, Fault> {
        let help = std::str::from_utf8(&self.body[start..end])
            .map_err(|error| Fault::new(start + error.valid_up_to(), "invalid UTF-8 in a help text"))?;
        Ok(series::unescape(help, self.format == Format::OpenMetrics))
    }

    fn family_type(&mut self, family: Cow<'a, str>, start: usize, end: usize) -> Result<Entry<'a>, Fault> {
        let openmetrics = self.format == Format::OpenMetrics;
        self.kind = match &self.body[start..end] {
            b"counter" => MetricType::Counter,
            b"gauge" => MetricType::Gauge,
            b"histogram" => MetricType::Histogram,
            b"summary" => MetricType::Summary,
            b"untyped" if !openmetrics => MetricType::Unknown,
            b"unknown" if openmetrics => MetricType::Unknown,
            b"gaugehistogram" if openmetrics => MetricType::GaugeHistogram,
            b"info" if openmetrics => MetricType::Info,
            b"stateset" if openmetrics => MetricType::StateSet,
            _ => return Err(Fault::expected(self.body, start, "a metric type")),
        };
        Ok(Entry::Type(family, self.kind))
    }

    fn unit(&self, family: Cow<'a, str>, start: usize, end: usize) -> Result<Entry<'a>, Fault> {
        let unit = series::text(self.body, start, end)?;
        let is_suffix = family.strip_suffix(unit).is_some_and(|stem| stem.ends_with('_'));
        if !unit.is_empty() && !is_suffix {
            return Err(Fault::new(start, format!("unit \"{unit}\" is not a suffix of metric \"{family}\"")));
        }
        Ok(Entry::Unit(family, unit))
    }

    fn text_tail(&self, position: usize) -> Result<Tail<'a>, Fault> {
        let body = self.body;
        let start = series::skip_blanks(body, position, Format::Text);
        let length = body[start..].iter().position(|b| b"{ \t\n".contains(b)).unwrap_or(body.len() - start);
        let value = self.value(start, start + length)?;
        let mut at = series::skip_blanks(body, start + length, Format::Text);
        let digits = body[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut timestamp = None;
        if digits > 0 {
            let text = series::text(body, at, at + digits)?;
            let milliseconds = text.parse().map_err(|_| Fault::new(at, "the timestamp is out of range"))?;
            timestamp = Some(Timestamp(milliseconds));
            at = series::skip_blanks(body, at + digits, Format::Text);
        }
        match body.get(at) {
            None => Ok(Tail { value, timestamp, exemplar: None, end: at }),
            Some(b'\n') => Ok(Tail { value, timestamp, exemplar: None, end: at + 1 }),
            Some(_) if timestamp.is_some() => Err(Fault::expected(body, at, "the end of the line")),
            Some(_) => Err(Fault::expected(body, at, "a timestamp in milliseconds or the end of the line")),
        }
    }

    fn openmetrics_tail(&self, position: usize) -> Result<Tail<'a>, Fault> {
        let (value_at, value_end) = self.word(position, "a blank and a value")?;
        let value = self.value(value_at, value_end)?;
        let (mut at, mut timestamp) = (value_end, None);
        if !self.body[at..].starts_with(b" # {") && self.body.get(at) == Some(&b' ') {
            let (start, end) = self.word(at, "a timestamp")?;
            timestamp = Some(self.seconds(start, end)?);
            at = end;
        }
        let mut exemplar = None;
        if self.body[at..].starts_with(b" # {") {
            let (found, end) = self.exemplar(at + 4)?;
            exemplar = Some(found);
            at = end;
        }
        match self.body.get(at) {
            Some(b'\n') => Ok(Tail { value, timestamp, exemplar, end: at + 1 }),
            None => Err(Fault::new(at, "data does not end with # EOF")),
            Some(_) => Err(Fault::expected(self.body, at, "the end of the line")),
        }
    }

    /// Reads from behind the opening brace; returns the end of the exemplar too.
    fn exemplar(&self, labels_at: usize) -> Result<(Exemplar<'a>, usize), Fault> {
        let ignore = &mut |_: usize, _: Piece| Ok(());
        let end = series::scan_braces(self.body, labels_at, self.format, Braces::Exemplar, ignore)?;
        let labels = series::text(self.body, labels_at, end)?;
        let (start, end) = self.word(end, "a blank and the exemplar's value")?;
        let value = self.value(start, end)?;
        if self.body.get(end) != Some(&b' ') {
            return Ok((Exemplar { body: self.body, labels, labels_at, value, timestamp: None }, end));
        }
        let (start, end) = self.word(end, "the exemplar's timestamp")?;
        let timestamp = Some(self.seconds(start, end)?);
        Ok((Exemplar { body: self.body, labels, labels_at, value, timestamp }, end))
    }

    /// One blank and what follows it up to the next blank or the end of the line.
    fn word(&self, blank: usize, what: &str) -> Result<(usize, usize), Fault> {
        let start = blank + 1;
        let rest = self.body.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| matches!(byte, b' ' | b'\n')).unwrap_or(rest.len());
        if self.body.get(blank) != Some(&b' ') || length == 0 {
            return Err(Fault::expected(self.body, blank, what));
        }
        Ok((start, start + length))
    }

    fn value(&self, start: usize, end: usize) -> Result<f64, Fault> {
        number::parse_value(&self.body[start..end])
            .ok_or_else(|| Fault::expected(self.body, start, "a value (a float)"))
    }

    fn seconds(&self, start: usize, end: usize) -> Result<Timestamp, Fault> {
        number::parse_seconds(&self.body[start..end])
            .map(Timestamp)
            .ok_or_else(|| Fault::expected(self.body, start, "a timestamp in seconds"))
    }
}

// === impl Series ===

impl<'a> Series<'a> {
    /// The text of the series as it stands: name and labels up to the closing brace.
    pub fn text(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// Where the text of the series begins and ends in the body.
    pub fn span(&self) -> (usize, usize) {
        (self.start, self.start + self.text.len())
    }

    /// The type of the family that it was declared in.
    pub fn kind(&self) -> MetricType {
        self.kind
    }

    /// Replaces `pairs` by the labels, the metric name among them. `le` and `quantile` are normalized as
    /// Prometheus 3 does. Refuses a name that occurs twice.
    pub fn labels(&self, pairs: &mut LabelPairs<'a>) -> Result<(), ParseError> {
        series::collect_series(self.body, (self.text, self.start), self.format, self.kind, pairs)
            .map_err(|fault| fault.locate(self.body))
    }
}

// === impl Exemplar ===

impl<'a> Exemplar<'a> {
    /// Replaces `pairs` by the labels.
    pub fn labels(&self, pairs: &mut LabelPairs<'a>) -> Result<(), ParseError> {
        series::collect_exemplar(self.body, (self.labels, self.labels_at), pairs)
            .map_err(|fault| fault.locate(self.body))
    }
}
