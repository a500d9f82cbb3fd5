//! The text of a scrape: headers, then the lines of each family.

use std::collections::HashSet;

use crate::family::{Family, MetricKind, Sample, Stability};
use crate::number::write_number;

/// The format that the scraper asked for. Any other than OpenMetrics is text 0.0.4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Prometheus' text 0.0.4.
    #[default]
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

/// The body of a scrape, written family by family.
#[derive(Debug, Default)]
pub struct Body {
    form: Form,
    text: String,
    /// Families with a header: a name has one, however many kinds have it.
    seen: HashSet<String>,
}

impl Body {
    /// Nothing is written yet.
    pub fn new(form: Form) -> Body {
        Body { form, ..Body::default() }
    }

    /// A header, unless the name has had one.
    pub(crate) fn header(&mut self, name: &str, help: &str, kind: MetricKind) {
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        self.text.push_str("# HELP ");
        self.text.push_str(name);
        self.text.push(' ');
        escape(&mut self.text, help, false);
        self.text.push_str("\n# TYPE ");
        self.text.push_str(name);
        self.text.push(' ');
        self.text.push_str(match self.form {
            Form::Text => kind.text_name(),
            Form::OpenMetrics => kind.open_metrics_name(),
        });
        self.text.push('\n');
    }

    pub(crate) fn push_str(&mut self, lines: &str) {
        self.text.push_str(lines);
    }

    /// The text.
    pub fn finish(mut self) -> String {
        if self.form == Form::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }
}

impl Family {
    /// The help of the header: stability and deprecation come first.
    pub fn header_help(&self) -> String {
        let stability = if self.stability == Stability::Stable { "[STABLE] " } else { "" };
        let deprecated =
            self.deprecated.map(|version| format!("(Deprecated since {version}) ")).unwrap_or_default();
        format!("{stability}{deprecated}{}", self.help)
    }
}

impl Sample<'_> {
    /// Appends the line of the exposition, with its end.
    pub fn write(&self, out: &mut String) {
        out.push_str(&self.name);
        if !self.labels.is_empty() {
            out.push('{');
            let mut is_first = true;
            for (name, value) in &self.labels {
                write_label(out, &mut is_first, name, value);
            }
            out.push('}');
        }
        out.push(' ');
        write_number(out, unsigned_zero(self.value));
        out.push('\n');
    }

    /// The line of the exposition, without its end.
    pub fn line(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out.pop();
        out
    }
}

/// No sample is a negative zero.
pub(crate) fn unsigned_zero(value: f64) -> f64 {
    value + 0.0
}

/// A label, with a comma before it unless it is the first.
pub(crate) fn write_label(out: &mut String, is_first: &mut bool, name: &str, value: &str) {
    if !std::mem::replace(is_first, false) {
        out.push(',');
    }
    out.push_str(name);
    out.push_str("=\"");
    escape(out, value, true);
    out.push('"');
}

/// Backslash and line feed are escaped everywhere, quotes in label values; other characters go out as they are.
fn escape(out: &mut String, text: &str, quotes: bool) {
    if !text.bytes().any(|byte| matches!(byte, b'\\' | b'\n' | b'"')) {
        return out.push_str(text);
    }
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quotes => out.push_str("\\\""),
            other => out.push(other),
        }
    }
}
