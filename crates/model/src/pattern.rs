//! Regular expressions with Go's (RE2's) meaning, anchored at both ends as Prometheus does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use std::fmt;

use regex::Regex;

/// Compiled regular expressions may take this much memory each; larger ones are refused.
const SIZE_LIMIT: usize = 10 << 20;

/// A fully anchored regular expression: `^(?s:PATTERN)$`.
///
/// Rust's and Go's syntax differ: Go's `\d \w \s \b` know ASCII only, and Go takes `{` as itself where it
/// begins no repetition. Patterns are translated; what Go refuses and Rust accepts stays accepted.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    /// Shared: a clone of a `Regex` would have buffers of its own.
    regex: Arc<Regex>,
    literals: Option<Vec<String>>,
}

/// Why a regular expression was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {message}: `{pattern}`")]
pub struct PatternError {
    /// The pattern as given.
    pub pattern: String,
    /// What is wrong.
    pub message: String,
}

/// Compiled patterns by text. The jobs of many monitors have the same few patterns, and a compiled one is large.
/// When full, all are forgotten: those in use live on where they are used.
static COMPILED: Mutex<BTreeMap<String, Arc<Regex>>> = Mutex::new(BTreeMap::new());
/// Patterns that are remembered.
const COMPILED_MOST: usize = 1024;

fn compiled(text: &str) -> Result<Arc<Regex>, PatternError> {
    let mut known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = known.get(text) {
        return Ok(Arc::clone(regex));
    }
    let regex = regex::RegexBuilder::new(&format!("^(?s:{})$", translate(text)))
        .size_limit(SIZE_LIMIT)
        .build()
        .map(Arc::new)
        .map_err(|error| refusal(text, &error))?;
    if known.len() >= COMPILED_MOST {
        known.clear();
    }
    known.insert(text.to_owned(), Arc::clone(&regex));
    Ok(regex)
}

impl Pattern {
    /// Compiles a pattern.
    pub fn new(text: &str) -> Result<Pattern, PatternError> {
        let regex = compiled(text)?;
        Ok(Pattern { text: text.to_owned(), regex, literals: plain_alternatives(text) })
    }

    /// Whether the whole value matches.
    pub fn is_match(&self, value: &str) -> bool {
        match &self.literals {
            Some(literals) => literals.iter().any(|literal| literal == value),
            None => self.regex.is_match(value),
        }
    }

    /// The pattern as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The alternatives, if the pattern is nothing but literal text separated by `|`.
    pub fn literals(&self) -> Option<&[String]> {
        self.literals.as_deref()
    }

    /// If the whole value matches, the replacement with `$1`, `${1}`, `$name` expanded as Go's
    /// `Regexp.ExpandString` does.
    pub fn expand(&self, value: &str, replacement: &str) -> Option<String> {
        let captures = self.regex.captures(value)?;
        let mut expanded = String::new();
        captures.expand(replacement, &mut expanded);
        Some(expanded)
    }

    /// The compiled expression, anchors included.
    pub fn regex(&self) -> &Regex {
        &self.regex
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.text)
    }
}

/// Rewrites a pattern in Go's syntax into Rust's. Not anchored; other callers (templates) use it alone.
pub fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\\' => push_escape(&mut out, rest, in_class),
            '{' if !in_class && !is_repetition(rest) => push(&mut out, "\\{", 1),
            '[' if in_class && !rest.starts_with("[:") => push(&mut out, "\\[", 1),
            '[' if in_class => push_posix_class(&mut out, rest),
            '[' => {
                in_class = true;
                push_class_start(&mut out, rest)
            }
            ']' if in_class => {
                in_class = false;
                push(&mut out, "]", 1)
            }
            '&' | '~' if in_class => {
                out.push('\\');
                push(&mut out, &rest[..1], 1)
            }
            c => push(&mut out, &rest[..c.len_utf8()], c.len_utf8()),
        };
        rest = &rest[taken..];
    }
    out
}

fn push(out: &mut String, text: &str, taken: usize) -> usize {
    out.push_str(text);
    taken
}

/// `[`, `[^`, and a `]` right behind either, which is then itself.
fn push_class_start(out: &mut String, rest: &str) -> usize {
    let start = if rest.starts_with("[^") { "[^" } else { "[" };
    out.push_str(start);
    if rest[start.len()..].starts_with(']') {
        out.push_str("\\]");
        return start.len() + 1;
    }
    start.len()
}

fn push_posix_class(out: &mut String, rest: &str) -> usize {
    let end = rest.find(":]").map_or(2, |at| at + 2);
    push(out, &rest[..end], end)
}

/// Escapes whose meaning differs, and `\Q…\E`.
fn push_escape(out: &mut String, rest: &str, in_class: bool) -> usize {
    let Some(next) = rest[1..].chars().next() else { return push(out, "\\", 1) };
    let ascii = match (next, in_class) {
        ('d', false) => "[0-9]",
        ('D', false) => "[^0-9]",
        ('w', false) => "[0-9A-Za-z_]",
        ('W', false) => "[^0-9A-Za-z_]",
        ('s', false) => r"[\t\n\x0C\r ]",
        ('S', false) => r"[^\t\n\x0C\r ]",
        ('d', true) => "0-9",
        ('w', true) => "0-9A-Za-z_",
        ('s', true) => r"\t\n\x0C\r\x20",
        ('b', false) => r"(?-u:\b)",
        ('C', false) => "(?s:.)",
        ('Q', _) => return push_quoted_run(out, rest),
        _ => return push(out, &rest[..1 + next.len_utf8()], 1 + next.len_utf8()),
    };
    push(out, ascii, 2)
}

fn push_quoted_run(out: &mut String, rest: &str) -> usize {
    let body = &rest[2..];
    let (quoted, taken) = match body.find("\\E") {
        Some(end) => (&body[..end], end + 4),
        None => (body, rest.len()),
    };
    out.push_str(&regex_syntax::escape(quoted));
    taken
}

/// Whether `{…` at the start is a repetition: `{2}`, `{2,}` or `{2,3}`.
fn is_repetition(rest: &str) -> bool {
    let Some(end) = rest.find('}') else { return false };
    let body = &rest[1..end];
    let (low, high) = body.split_once(',').unwrap_or((body, "0"));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !low.is_empty() && digits(low) && digits(high)
}

fn plain_alternatives(pattern: &str) -> Option<Vec<String>> {
    let special = |c: char| r"\.+*?()[]{}^$".contains(c);
    (!pattern.contains(special)).then(|| pattern.split('|').map(str::to_owned).collect())
}

fn refusal(pattern: &str, error: &regex::Error) -> PatternError {
    let message = match error {
        regex::Error::CompiledTooBig(_) => "expression too large".to_owned(),
        other => {
            let text = other.to_string();
            text.lines().last().unwrap_or("invalid").trim_start_matches("error: ").to_owned()
        }
    };
    PatternError { pattern: pattern.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_go_does() {
        for (pattern, value, expected) in [
            ("a|b", "a", true),
            ("a|b", "ab", false),
            ("a.*", "a\nb", true),
            (r"\d+", "42", true),
            (r"\d+", "٤٢", false),
            ("a{,2}", "a{,2}", true),
            ("{x}", "{x}", true),
            ("[]a]+", "]a", true),
            ("[[:alpha:]]+", "ab", true),
            ("[a&&b]+", "a&b", true),
            (r"\Qa.b\E.", "a.bc", true),
            ("", "", true),
            ("", "x", false),
            ("(?i)ABC", "abc", true),
        ] {
            let compiled = Pattern::new(pattern).expect(pattern);
            assert_eq!(compiled.is_match(value), expected, "{pattern} on {value:?}");
        }
        assert!(Pattern::new("(").is_err());
        assert!(Pattern::new("(a{1000}){1000}").is_err());
    }

    #[test]
    fn expands_groups() {
        let pattern = Pattern::new("(.*)-(?P<x>.*)").expect("valid");
        assert_eq!(pattern.expand("a-b", "${2}/$1/$x/$$"), Some("b/a/b/$".to_owned()));
        assert_eq!(pattern.expand("ab", "$1"), None);
    }
}
