//! `$var`, `${var}`, `${var:format}`, `[[var]]` and `[[var:format]]` in texts and queries.

mod format;
mod scan;
mod time;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use format::{Format, escape_regex};
pub(crate) use scan::references;
use scan::{Piece, Quote, Scanner};

/// An expanded text may have this many bytes.
pub(crate) const EXPANDED_MAX: usize = 1 << 20;
/// A verbatim value for All may use variables; theirs are not looked into.
const NESTING_MAX: usize = 2;

/// What a variable stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// A single value.
    One(String),
    /// Chosen values of a variable that can have several.
    Many(Vec<String>),
    /// All options; verbatim where the variable says how All is written.
    All { verbatim: Option<String>, values: Vec<String> },
    /// A point in time, milliseconds since the epoch.
    Time(i64),
}

/// A name and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) name: String,
    pub(crate) choice: Choice,
    /// For humans.
    pub(crate) text: String,
    /// Whether queries take it as a regular expression: it can have several values.
    pub(crate) is_regex: bool,
}

/// Bindings, and those around them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope<'a> {
    pub(crate) outer: Option<&'a Scope<'a>>,
    pub(crate) bindings: Vec<Binding>,
}

/// How a reference without a format is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usual {
    /// PromQL: several values as `(a|b)`, escaped as their place needs it.
    Promql,
    /// The text for humans, as in titles.
    Text,
    /// Several values as `{a,b}`, as in legends.
    Glob,
    /// Several values as `(a|b)`, as in the regular expression of a variable.
    Regex,
}

/// Why a text was not expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the expanded text is longer than {EXPANDED_MAX} bytes; choose fewer values")]
pub(crate) struct TooLong;

/// Replaces all references; those to unknown names stay as they are.
pub(crate) fn interpolate(text: &str, scope: &Scope<'_>, usual: Usual) -> Result<String, TooLong> {
    expand(text, scope, usual, 0)
}

fn expand(text: &str, scope: &Scope<'_>, usual: Usual, depth: usize) -> Result<String, TooLong> {
    let mut out = String::with_capacity(text.len());
    for piece in Scanner::new(text) {
        match piece {
            Piece::Plain(plain) => out.push_str(plain),
            Piece::Reference { whole, name, field, format, quote } => {
                match written(scope, name, field, format, quote, usual, depth)? {
                    Some(value) => out.push_str(&value),
                    None => out.push_str(whole),
                }
            }
        }
        if out.len() > EXPANDED_MAX {
            return Err(TooLong);
        }
    }
    Ok(out)
}

fn written(
    scope: &Scope<'_>,
    name: &str,
    field: Option<&str>,
    format: Option<&str>,
    quote: Quote,
    usual: Usual,
    depth: usize,
) -> Result<Option<String>, TooLong> {
    let (binding, format) = match field {
        None => (scope.find(name), format.map(Format::read)),
        Some("text") => (scope.find(name), Some(Format::Text)),
        Some("value") => (scope.find(name), format.map(Format::read)),
        Some(field) => (scope.find(&format!("{name}.{field}")), format.map(Format::read)),
    };
    let Some(binding) = binding else { return Ok(None) };
    if let Choice::All { verbatim: Some(all), .. } = &binding.choice {
        let as_text = matches!(format, Some(Format::Text | Format::QueryParam | Format::PercentEncode));
        if !as_text && (format.is_some() || usual != Usual::Text) {
            let inner = if depth < NESTING_MAX { expand(all, scope, usual, depth + 1)? } else { all.clone() };
            return Ok(Some(inner));
        }
    }
    Ok(Some(match (format, usual) {
        (Some(format), _) => format.write(binding),
        (None, Usual::Promql) => promql(binding, quote),
        (None, Usual::Text) => Format::Text.write(binding),
        (None, Usual::Glob) => Format::Glob.write(binding),
        (None, Usual::Regex) => Format::Regex.write(binding),
    }))
}

/// In a string of a query, values are escaped as the string needs it; where several values are possible, each
/// is a regular expression that means itself, but not in a comparison with `=` or `!=` for a single value.
/// Outside of strings values stand as they are.
fn promql(binding: &Binding, quote: Quote) -> String {
    let values = binding.choice.values();
    let literal =
        |value: &str| if quote.takes_regex() { escape_regex(value, false) } else { value.to_owned() };
    let plain = match values.as_ref() {
        [one] if !binding.is_regex => one.clone(),
        [one] => literal(one),
        several => {
            let escape =
                |value: &String| if quote.is_string() { escape_regex(value, false) } else { value.clone() };
            let parts: Vec<String> = several.iter().map(escape).collect();
            format!("({})", parts.join("|"))
        }
    };
    quote.escape(&plain)
}

// === impl Choice ===

impl Choice {
    /// All values.
    pub(crate) fn values(&self) -> Cow<'_, [String]> {
        match self {
            Choice::One(value) => Cow::Borrowed(std::slice::from_ref(value)),
            Choice::Many(values) | Choice::All { values, .. } => Cow::Borrowed(values),
            Choice::Time(ms) => Cow::Owned(vec![ms.to_string()]),
        }
    }
}

// === impl Scope ===

impl Scope<'_> {
    /// The innermost binding of the name.
    pub(crate) fn find(&self, name: &str) -> Option<&Binding> {
        let here = self.bindings.iter().rev().find(|binding| binding.name == name);
        here.or_else(|| self.outer.and_then(|outer| outer.find(name)))
    }

    /// Adds a name for a single plain text.
    pub(crate) fn bind_text(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let value = value.into();
        let (name, text) = (name.into(), value.clone());
        self.bindings.push(Binding { name, choice: Choice::One(value), text, is_regex: false });
    }

    /// Adds a name for a point in time.
    pub(crate) fn bind_time(&mut self, name: &str, ms: i64) {
        let (name, text) = (name.to_owned(), ms.to_string());
        self.bindings.push(Binding { name, choice: Choice::Time(ms), text, is_regex: false });
    }
}
