//! Writes exposition text, for `/metrics` and `/federate`.

use std::borrow::Cow;
use std::fmt::Write;

use super::Format;
use crate::labels::{Labels, METRIC_NAME, is_label_name, is_metric_name};
use crate::metadata::{Metadata, MetricType};
use crate::time::Timestamp;
use crate::value::ExpositionFloat;

/// What becomes of names that are no plain identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameForm {
    /// Quoted in braces: for readers that accept `escaping=allow-utf-8`.
    Quoted,
    /// Every other character becomes `_`: for all other readers.
    Underscores,
}

/// Appends exposition text to a string: first a family, then its samples; [`Writer::finish`] last.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut String,
    format: Format,
    names: NameForm,
}

impl<'a> Writer<'a> {
    /// A writer in that format.
    pub fn new(out: &'a mut String, format: Format, names: NameForm) -> Writer<'a> {
        Writer { out, format, names }
    }

    /// Declares a family; help and unit only where they are not empty.
    pub fn family(&mut self, name: &str, metadata: &Metadata) {
        let shown = self.bare_name(name);
        let plain = is_metric_name(&shown);
        let shown = if plain { shown } else { Cow::Owned(quoted(&shown)) };
        if !metadata.help.is_empty() {
            let quotes = self.format == Format::OpenMetrics;
            let _ = writeln!(self.out, "# HELP {shown} {}", escape(&metadata.help, quotes));
        }
        let kind = match (self.format, metadata.kind) {
            (Format::OpenMetrics, kind) => kind.as_str(),
            (Format::Text, kind) => text_type(kind),
        };
        let _ = writeln!(self.out, "# TYPE {shown} {kind}");
        if self.format == Format::OpenMetrics && !metadata.unit.is_empty() {
            let _ = writeln!(self.out, "# UNIT {shown} {}", metadata.unit);
        }
    }

    /// Writes a sample; `labels` holds the metric name. The timestamp is left out where there is none.
    pub fn sample(&mut self, labels: &Labels, value: f64, timestamp: Option<Timestamp>) {
        let pairs = labels.iter().filter(|(name, _)| *name != METRIC_NAME);
        self.sample_of(labels.metric_name(), pairs, value, timestamp);
    }

    /// Writes a sample of a metric with labels in the order given; a label may be empty.
    pub fn sample_of<'l>(
        &mut self,
        name: &str,
        labels: impl Iterator<Item = (&'l str, &'l str)>,
        value: f64,
        timestamp: Option<Timestamp>,
    ) {
        let name = self.bare_name(name);
        let plain = is_metric_name(&name);
        let mut open = false;
        if plain {
            self.out.push_str(&name);
        } else {
            self.out.push('{');
            self.out.push_str(&quoted(&name));
            open = true;
        }
        for (name, value) in labels {
            self.out.push(if open { ',' } else { '{' });
            open = true;
            match self.names {
                NameForm::Quoted if !is_label_name(name) => self.out.push_str(&quoted(name)),
                NameForm::Quoted => self.out.push_str(name),
                NameForm::Underscores => self.out.push_str(&underscored(name, false)),
            }
            self.out.push('=');
            self.out.push_str(&quoted(value));
        }
        if open {
            self.out.push('}');
        }
        let _ = write!(self.out, " {}", ExpositionFloat(value));
        match (timestamp, self.format) {
            (None, _) => {}
            (Some(Timestamp(milliseconds)), Format::Text) => {
                let _ = write!(self.out, " {milliseconds}");
            }
            (Some(Timestamp(milliseconds)), Format::OpenMetrics) => {
                let sign = if milliseconds < 0 { "-" } else { "" };
                let whole = milliseconds.unsigned_abs();
                let _ = write!(self.out, " {sign}{}.{:03}", whole / 1000, whole % 1000);
            }
        }
        self.out.push('\n');
    }

    /// Ends the exposition.
    pub fn finish(self) {
        if self.format == Format::OpenMetrics {
            self.out.push_str("# EOF\n");
        }
    }

    fn bare_name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        match self.names {
            NameForm::Quoted => Cow::Borrowed(name),
            NameForm::Underscores => underscored(name, true),
        }
    }
}

/// The older text format knows fewer types.
fn text_type(kind: MetricType) -> &'static str {
    match kind {
        MetricType::Counter => "counter",
        MetricType::Gauge | MetricType::Info | MetricType::StateSet => "gauge",
        MetricType::Histogram => "histogram",
        MetricType::Summary => "summary",
        MetricType::GaugeHistogram | MetricType::Unknown => "untyped",
    }
}

fn underscored(name: &str, colons: bool) -> Cow<'_, str> {
    if is_label_name(name) || (colons && is_metric_name(name)) {
        return Cow::Borrowed(name);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':');
    let mut text: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) {
        text.replace_range(0..text.len().min(1), "_");
    }
    Cow::Owned(text)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escape(text, true))
}

fn escape(text: &str, quotes: bool) -> Cow<'_, str> {
    if !text.contains(['\\', '\n', '"']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if quotes => escaped.push_str("\\\""),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}
