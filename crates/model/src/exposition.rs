//! Exposition text: Prometheus 0.0.4 and 1.0.0, OpenMetrics 0.0.1 and 1.0.
//!
//! [`Parser`] reads a body line by line without copying it and accepts what Prometheus 3 accepts; [`Writer`]
//! writes one. [`Format::from_content_type`] and [`accept_header`] are the two halves of the negotiation.
//!
//! Where Prometheus is lax by accident we are strict: a NUL byte at the start of a line is an error and not
//! the end of the body, and blanks before a metric name do not become part of the name.

mod negotiate;
mod number;
mod parser;
mod series;
mod write;

pub use negotiate::{FormatError, ScrapeProtocol, accept_header};
pub use number::parse_value;
pub use parser::{Entry, Exemplar, Parser, Series, Tail};
pub use series::LabelPairs;
pub use write::{NameForm, Writer};

/// The two families of exposition text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus text, 0.0.4 or 1.0.0: blanks are free, timestamps are whole milliseconds.
    Text,
    /// OpenMetrics text: strict blanks, timestamps are seconds, exemplars, ends with `# EOF`.
    OpenMetrics,
}

/// Why a body was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ParseError {
    /// 1 for the first line.
    pub line: usize,
    /// 1 for the first character of the line.
    pub column: usize,
    /// What was expected and what was found.
    pub message: String,
}

/// A fault at a byte of the body, before its line and column are known.
pub(crate) struct Fault {
    at: usize,
    message: String,
}

impl Fault {
    /// `expected X, found Y`, Y being what stands at that byte.
    fn expected(body: &[u8], at: usize, what: &str) -> Fault {
        Fault { at, message: format!("expected {what}, found {}", found(body, at)) }
    }

    fn new(at: usize, message: impl Into<String>) -> Fault {
        Fault { at, message: message.into() }
    }

    fn locate(self, body: &[u8]) -> ParseError {
        let before = &body[..self.at.min(body.len())];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let is_character_start = |byte: &&u8| (**byte & 0xc0) != 0x80;
        ParseError {
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: before[line_start..].iter().filter(is_character_start).count() + 1,
            message: self.message,
        }
    }
}

/// Names what stands at a byte of the body, in at most a few words.
fn found(body: &[u8], at: usize) -> String {
    const SHOWN: usize = 24;
    let rest = body.get(at..).unwrap_or_default();
    match rest.first() {
        None => return "the end of the body".to_owned(),
        Some(b'\n') => return "the end of the line".to_owned(),
        _ => {}
    }
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let word = line.iter().skip(1).position(|b| b" \t{}=,".contains(b)).map_or(line.len(), |n| n + 1);
    let text = String::from_utf8_lossy(&line[..word.min(SHOWN)]).into_owned();
    format!("{}{}", crate::labels::Quoted(&text), if word > SHOWN { "…" } else { "" })
}

#[cfg(test)]
mod tests;
