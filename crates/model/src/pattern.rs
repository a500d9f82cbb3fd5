//! Regular expressions with Go's (RE2's) meaning, anchored at both ends as Prometheus does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use std::fmt;

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Compiled regular expressions may take this much memory each; larger ones are refused.
const SIZE_LIMIT: usize = 10 << 20;

/// A fully anchored regular expression: `^(?s:PATTERN)$`.
///
/// Rust's and Go's syntax differ: Go's `\d \w \s \b` know ASCII only, and Go takes `{` as itself where it
/// begins no repetition. Patterns are translated; what Go refuses and Rust accepts stays accepted.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    /// All values that match, where they are few.
    literals: Option<Arc<[String]>>,
    /// Shared: a clone of a `Regex` would have buffers of its own. Compiled when it is needed, which is never for most
    /// patterns of literals: tens of kilobytes each.
    regex: OnceLock<Arc<Regex>>,
}

/// As many values are compared one by one.
const MOST_LITERALS: usize = 64;
/// What relabelling takes where no pattern is given.
const ALL: &str = "(.*)";

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
    /// Compiles a pattern, or finds that it stands for a few texts.
    pub fn new(text: &str) -> Result<Pattern, PatternError> {
        let (literals, regex) = (literals(text).map(Arc::from), OnceLock::new());
        if literals.is_none() {
            _ = regex.set(compiled(text)?);
        }
        Ok(Pattern { text: text.to_owned(), literals, regex })
    }

    /// Whether the whole value matches.
    pub fn is_match(&self, value: &str) -> bool {
        match &self.literals {
            Some(literals) => literals.iter().any(|literal| literal == value),
            None => self.regex().is_some_and(|regex| regex.is_match(value)),
        }
    }

    /// The pattern as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// All values that match, if the pattern stands for a few texts: `a|b`, `(a|b);true`.
    pub fn literals(&self) -> Option<&[String]> {
        self.literals.as_deref()
    }

    /// If the whole value matches, the replacement with `$1`, `${1}`, `$name` expanded as Go's
    /// `Regexp.ExpandString` does.
    pub fn expand(&self, value: &str, replacement: &str) -> Option<String> {
        if !replacement.contains('$') {
            return self.is_match(value).then(|| replacement.to_owned());
        }
        if self.text == ALL && replacement == "$1" {
            return Some(value.to_owned());
        }
        let captures = self.regex()?.captures(value)?;
        let mut expanded = String::new();
        captures.expand(replacement, &mut expanded);
        Some(expanded)
    }

    /// The compiled expression, anchors included. Texts that were found to be literals compile.
    fn regex(&self) -> Option<&Regex> {
        if let Some(regex) = self.regex.get() {
            return Some(regex);
        }
        let regex = compiled(&self.text).ok()?;
        Some(self.regex.get_or_init(|| regex))
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

/// The texts that a pattern stands for, if they are few.
fn literals(pattern: &str) -> Option<Vec<String>> {
    let mut parser = regex_syntax::ParserBuilder::new().dot_matches_new_line(true).build();
    let mut found = alternatives(&parser.parse(&translate(pattern)).ok()?)?;
    found.sort();
    found.dedup();
    Some(found)
}

fn alternatives(hir: &Hir) -> Option<Vec<String>> {
    let few = |found: Vec<String>| (found.len() <= MOST_LITERALS).then_some(found);
    match hir.kind() {
        HirKind::Empty => Some(vec![String::new()]),
        HirKind::Literal(literal) => Some(vec![String::from_utf8(literal.0.to_vec()).ok()?]),
        HirKind::Capture(capture) => alternatives(&capture.sub),
        HirKind::Alternation(parts) => {
            let all: Option<Vec<Vec<String>>> = parts.iter().map(alternatives).collect();
            few(all?.concat())
        }
        HirKind::Concat(parts) => parts.iter().try_fold(vec![String::new()], |before, part| {
            let after = alternatives(part)?;
            let joined =
                before.iter().flat_map(|left| after.iter().map(move |right| format!("{left}{right}")));
            few(joined.take(MOST_LITERALS + 1).collect())
        }),
        HirKind::Class(Class::Unicode(class)) => {
            let all = class.iter().flat_map(|range| range.start()..=range.end());
            few(all.take(MOST_LITERALS + 1).map(String::from).collect())
        }
        HirKind::Class(Class::Bytes(_)) | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
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
    fn few_texts_are_compared() {
        for (pattern, expected) in [
            ("", Some(vec![""])),
            ("a.b", None),
            (r"a\.b", Some(vec!["a.b"])),
            ("a|b", Some(vec!["a", "b"])),
            ("(shop);true", Some(vec!["shop;true"])),
            ("(Failed|Succeeded)", Some(vec!["Failed", "Succeeded"])),
            ("x(a|b)[12]", Some(vec!["xa1", "xa2", "xb1", "xb2"])),
            ("(?i)ab", Some(vec!["AB", "Ab", "aB", "ab"])),
            (r"\Qa|b\E", Some(vec!["a|b"])),
            ("a+", None),
            ("a?", None),
            ("^a", None),
            ("[a-z][a-z]", None),
            ("", Some(vec![""])),
        ] {
            let compiled = Pattern::new(pattern).expect(pattern);
            let found: Option<Vec<&str>> =
                compiled.literals().map(|all| all.iter().map(String::as_str).collect());
            assert_eq!(found, expected, "{pattern}");
            // The compiled expression agrees.
            let regex = compiled.regex().expect("it compiles");
            for text in expected.into_iter().flatten() {
                assert!(regex.is_match(text) && !regex.is_match(&format!("{text}x")), "{pattern}");
            }
        }
        assert_eq!(Pattern::new("(a|b)").expect("valid").expand("a", "x$1"), Some("xa".to_owned()));
        assert_eq!(Pattern::new("a|b").expect("valid").expand("c", "x"), None);
    }

    #[test]
    fn expands_groups() {
        let pattern = Pattern::new("(.*)-(?P<x>.*)").expect("valid");
        assert_eq!(pattern.expand("a-b", "${2}/$1/$x/$$"), Some("b/a/b/$".to_owned()));
        assert_eq!(pattern.expand("ab", "$1"), None);
    }
}
