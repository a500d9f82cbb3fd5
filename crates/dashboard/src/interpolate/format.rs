//! How a value is written: the formats after the colon.

use std::fmt::Write as _;

use super::{Binding, Choice, time};

/// A format; those that take a parameter hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Raw,
    Text,
    Csv,
    Pipe,
    Regex,
    Glob,
    Json,
    Lucene,
    Html,
    SingleQuote,
    DoubleQuote,
    SqlString,
    PercentEncode,
    UriEncode,
    QueryParam,
    Distributed,
    Join(String),
    Date(String),
}

// === impl Format ===

impl Format {
    /// Reads what stands after the colon; what is unknown is written as a glob, as Grafana does.
    pub(super) fn read(text: &str) -> Format {
        let (name, parameter) = text.split_once(':').unwrap_or((text, ""));
        match name {
            "raw" => Format::Raw,
            "text" => Format::Text,
            "csv" => Format::Csv,
            "pipe" => Format::Pipe,
            "regex" => Format::Regex,
            "json" => Format::Json,
            "lucene" => Format::Lucene,
            "html" => Format::Html,
            "singlequote" => Format::SingleQuote,
            "doublequote" => Format::DoubleQuote,
            "sqlstring" => Format::SqlString,
            "percentencode" => Format::PercentEncode,
            "uriencode" => Format::UriEncode,
            "queryparam" | "customqueryparam" => Format::QueryParam,
            "distributed" => Format::Distributed,
            "join" => Format::Join(if parameter.is_empty() { "," } else { parameter }.to_owned()),
            "date" => Format::Date(parameter.to_owned()),
            _ => Format::Glob,
        }
    }

    /// Writes the binding.
    pub(super) fn write(&self, binding: &Binding) -> String {
        if *self == Format::Text {
            return binding.text.clone();
        }
        let values = binding.choice.values();
        let each = |write: &dyn Fn(&str) -> String, between: &str| {
            values.iter().map(|value| write(value)).collect::<Vec<_>>().join(between)
        };
        match self {
            Format::Text | Format::Raw | Format::Csv => values.join(","),
            Format::Pipe => values.join("|"),
            Format::Join(between) => values.join(between),
            Format::Regex => match values.as_ref() {
                [one] => escape_regex(one, true),
                _ => format!("({})", each(&|value| escape_regex(value, true), "|")),
            },
            Format::Glob => glob(&values),
            Format::Json => json(binding, &values),
            Format::Lucene => match values.as_ref() {
                [one] => lucene(one),
                _ => format!("({})", each(&|value| format!("\"{}\"", lucene(value)), " OR ")),
            },
            Format::Html => each(&html, ", "),
            Format::SingleQuote => each(&|value| format!("'{}'", value.replace('\'', "\\'")), ","),
            Format::DoubleQuote => each(&|value| format!("\"{}\"", value.replace('"', "\\\"")), ","),
            Format::SqlString => each(&|value| format!("'{}'", value.replace('\'', "''")), ","),
            Format::PercentEncode => percent_encode(&glob(&values), ""),
            Format::UriEncode => percent_encode(&glob(&values), ";/?:@&=+$,#"),
            Format::QueryParam => query_param(binding, &values),
            Format::Distributed => {
                let rest = values.iter().skip(1).map(|value| format!("{}={value}", binding.name));
                values.first().cloned().into_iter().chain(rest).collect::<Vec<_>>().join(",")
            }
            Format::Date(pattern) => match binding.choice {
                Choice::Time(ms) => time::write(ms, pattern),
                _ => values.join(","),
            },
        }
    }
}

/// Escapes what has a meaning in a regular expression; `slash`: `/` too.
pub(super) fn escape_regex(text: &str, slash: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let special =
            matches!(c, '\\' | '^' | '$' | '*' | '+' | '?' | '.' | '(' | ')' | '|' | '[' | ']' | '{' | '}');
        if special || (slash && c == '/') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn glob(values: &[String]) -> String {
    match values {
        [one] => one.clone(),
        several => format!("{{{}}}", several.join(",")),
    }
}

/// A single value is a JSON text; of several, a list.
fn json(binding: &Binding, values: &[String]) -> String {
    let value = match (&binding.choice, values) {
        (Choice::One(_) | Choice::Time(_), [one]) => serde_json::Value::from(one.as_str()),
        _ => serde_json::Value::from(values),
    };
    value.to_string()
}

fn lucene(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "!*+-/|=&<>()[]{}^~?:\\\"".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// As `var-name=a&var-name=b` in the page's address.
fn query_param(binding: &Binding, values: &[String]) -> String {
    let name = percent_encode(&binding.name, "");
    let of = |value: &str| format!("var-{name}={}", percent_encode(value, ""));
    match &binding.choice {
        Choice::All { .. } => of(crate::variable::ALL),
        _ => values.iter().map(|value| of(value)).collect::<Vec<_>>().join("&"),
    }
}

/// Percent-encodes all but letters, digits, `-_.~` and what is in `keep`.
fn percent_encode(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') || keep.contains(c) {
            out.push(c);
        } else {
            write!(out, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    out
}
