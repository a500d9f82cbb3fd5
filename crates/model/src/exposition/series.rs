//! The text of a series: metric name and labels.

use std::borrow::Cow;

use super::{Fault, Format, number};
use crate::labels::{BUCKET, METRIC_NAME, QUANTILE};
use crate::metadata::MetricType;

/// Names and values of a series' labels, unescaped, the metric name among them; in the order of the text.
pub type LabelPairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// A part of a series' text: where it stands in the body, without quotes, escapes not yet resolved.
#[derive(Clone, Copy)]
pub(crate) enum Piece {
    MetricName(Span),
    Label(Span, Span),
}

/// First byte, and the byte after the last.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// For each byte: [`IN_LABEL_NAME`] and [`COLON`].
static CLASSES: [u8; 256] = classes();
const IN_LABEL_NAME: u8 = 1;
const COLON: u8 = 2;

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    loop {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            classes[byte as usize] = IN_LABEL_NAME;
        }
        if byte == b':' {
            classes[byte as usize] = COLON;
        }
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

/// What the braces hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Braces {
    /// Labels of a series whose name stands before the brace.
    Labels,
    /// Labels of a series and, in quotes, its name.
    NameAndLabels,
    /// Labels of an exemplar.
    Exemplar,
}

/// Scans a series from its first byte on and returns the byte after it. UTF-8 is not looked at.
pub(crate) fn scan_series(
    body: &[u8],
    start: usize,
    format: Format,
    sink: &mut impl FnMut(usize, Piece) -> Result<(), Fault>,
) -> Result<usize, Fault> {
    let name_end = bare_name_end(body, start, true);
    if name_end == start {
        if body.get(start) != Some(&b'{') {
            return Err(Fault::expected(body, start, "a metric name"));
        }
        return scan_braces(body, start + 1, format, Braces::NameAndLabels, sink);
    }
    sink(start, Piece::MetricName(Span { start, end: name_end }))?;
    let brace = skip_blanks(body, name_end, format);
    if body.get(brace) == Some(&b'{') {
        return scan_braces(body, brace + 1, format, Braces::Labels, sink);
    }
    Ok(name_end)
}

/// Scans from behind the opening brace and returns the byte after the closing one.
pub(crate) fn scan_braces(
    body: &[u8],
    start: usize,
    format: Format,
    braces: Braces,
    sink: &mut impl FnMut(usize, Piece) -> Result<(), Fault>,
) -> Result<usize, Fault> {
    let mut name_at = (braces != Braces::NameAndLabels).then_some(start);
    let mut at = skip_blanks(body, start, format);
    loop {
        let quoted = match body.get(at) {
            Some(b'}') => break,
            byte => byte == Some(&b'"'),
        };
        let label_at = at;
        let (name, after) = if quoted {
            quoted_text(body, at, Format::Text)?
        } else {
            let end = bare_name_end(body, at, false);
            if end == at {
                return Err(Fault::expected(body, at, "a label name or \"}\""));
            }
            (Span { start: at, end }, end)
        };
        at = skip_blanks(body, after, format);
        if quoted && braces != Braces::Exemplar && matches!(body.get(at), Some(b',' | b'}')) {
            if name_at.replace(label_at).is_some() {
                return Err(Fault::new(label_at, "a second metric name in the same series"));
            }
            if name.is_empty() {
                return Err(Fault::new(label_at, "the metric name is empty"));
            }
            sink(label_at, Piece::MetricName(name))?;
        } else {
            let (value, after) = scan_label_value(body, at, format)?;
            if name.is_empty() {
                return Err(Fault::new(label_at, "the label name is empty"));
            }
            sink(label_at, Piece::Label(name, value))?;
            at = skip_blanks(body, after, format);
        }
        match body.get(at) {
            Some(b',') => at = skip_blanks(body, at + 1, format),
            Some(b'}') => break,
            // Prometheus' text parser does without commas between labels.
            Some(_) if format == Format::Text => {}
            _ => return Err(Fault::expected(body, at, "\",\" or \"}\"")),
        }
    }
    if name_at.is_none() {
        return Err(Fault::new(at, "the series has no metric name"));
    }
    Ok(at + 1)
}

/// Reads `="value"`.
fn scan_label_value(body: &[u8], at: usize, format: Format) -> Result<(Span, usize), Fault> {
    if body.get(at) != Some(&b'=') {
        return Err(Fault::expected(body, at, "\"=\" after the label name"));
    }
    let at = skip_blanks(body, at + 1, format);
    if body.get(at) != Some(&b'"') {
        return Err(Fault::expected(body, at, "a label value in double quotes"));
    }
    quoted_text(body, at, format)
}

/// The text between the quote at `start` and the one that closes it, and the byte after that. OpenMetrics
/// has no line breaks in label values.
pub(crate) fn quoted_text(body: &[u8], start: usize, format: Format) -> Result<(Span, usize), Fault> {
    let mut at = start + 1;
    let unclosed = || Fault::new(start, "the quote is not closed");
    loop {
        at += find_special(body.get(at..).unwrap_or_default()).ok_or_else(unclosed)?;
        match body[at] {
            b'"' => return Ok((Span { start: start + 1, end: at }, at + 1)),
            b'\n' if format == Format::Text => at += 1,
            b'\\' if !matches!(body.get(at + 1), None | Some(b'\n')) => at += 2,
            _ => return Err(unclosed()),
        }
    }
}

/// Finds the first quote, backslash or line break. Label values are short: a few words at a time without a
/// call, then [`memchr`].
#[inline]
fn find_special(rest: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const WORDS: usize = 4;
    let has = |word: u64, byte: u8| {
        let differing = word ^ (ONES * u64::from(byte));
        differing.wrapping_sub(ONES) & !differing & (ONES << 7)
    };
    let (words, _) = rest.as_chunks::<8>();
    for (index, chunk) in words.iter().take(WORDS).enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let found = has(word, b'"') | has(word, b'\\') | has(word, b'\n');
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let passed = words.len().min(WORDS) * 8;
    memchr::memchr3(b'"', b'\\', b'\n', &rest[passed..]).map(|length| passed + length)
}

/// The byte after a bare name that begins here; the same byte if none does.
#[inline]
pub(crate) fn bare_name_end(body: &[u8], start: usize, colons: bool) -> usize {
    let wanted = if colons { IN_LABEL_NAME | COLON } else { IN_LABEL_NAME };
    let rest = body.get(start..).unwrap_or_default();
    if rest.first().is_none_or(u8::is_ascii_digit) {
        return start;
    }
    let length = rest.iter().position(|byte| CLASSES[usize::from(*byte)] & wanted == 0);
    start + length.unwrap_or(rest.len())
}

/// Blanks are free in the text format, and nowhere allowed but where they are required in OpenMetrics.
#[inline]
pub(crate) fn skip_blanks(body: &[u8], at: usize, format: Format) -> usize {
    if format == Format::OpenMetrics {
        return at;
    }
    at + body.get(at..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Part of a body that is UTF-8, as a caller has checked.
fn slice(text: &str, text_at: usize, span: Span) -> &str {
    text.get(span.start - text_at..span.end - text_at).unwrap_or_default()
}

/// The span of a quoted or bare name as text; it must be UTF-8.
pub(crate) fn span_text(body: &[u8], span: Span) -> Result<&str, Fault> {
    text(body, span.start, span.end)
}

/// The bytes as text; they must be UTF-8.
pub(crate) fn text(body: &[u8], start: usize, end: usize) -> Result<&str, Fault> {
    std::str::from_utf8(&body[start..end])
        .map_err(|error| Fault::new(start + error.valid_up_to(), "invalid UTF-8 in a name or label value"))
}

/// Resolves `\\`, `\"` and `\n`; other escapes stay as they are.
pub(crate) fn unescape(raw: &str, quotes: bool) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut plain = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('\\') => plain.push('\\'),
            Some('n') => plain.push('\n'),
            Some('"') if quotes => plain.push('"'),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    Cow::Owned(plain)
}

/// The labels of a series whose text stands at `start`; `kind` is the family's, for `le` and `quantile`.
pub(crate) fn collect_series<'a>(
    body: &[u8],
    (text, start): (&'a str, usize),
    format: Format,
    kind: MetricType,
    pairs: &mut LabelPairs<'a>,
) -> Result<(), Fault> {
    pairs.clear();
    scan_series(body, start, format, &mut |at, piece| {
        let (name, value) = match piece {
            Piece::MetricName(name) => (Cow::Borrowed(METRIC_NAME), unescape(slice(text, start, name), true)),
            Piece::Label(name, value) => {
                let name = unescape(slice(text, start, name), true);
                let value = normal_value(kind, &name, unescape(slice(text, start, value), true));
                (name, value)
            }
        };
        push_unique(pairs, at, name, value)
    })?;
    Ok(())
}

/// The labels of an exemplar, whose text begins at `start`, behind the opening brace.
pub(crate) fn collect_exemplar<'a>(
    body: &[u8],
    (text, start): (&'a str, usize),
    pairs: &mut LabelPairs<'a>,
) -> Result<(), Fault> {
    pairs.clear();
    scan_braces(body, start, Format::OpenMetrics, Braces::Exemplar, &mut |at, piece| match piece {
        Piece::MetricName(_) => Ok(()),
        Piece::Label(name, value) => {
            let text = |span| unescape(slice(text, start, span), true);
            push_unique(pairs, at, text(name), text(value))
        }
    })?;
    Ok(())
}

fn push_unique<'a>(
    pairs: &mut LabelPairs<'a>,
    at: usize,
    name: Cow<'a, str>,
    value: Cow<'a, str>,
) -> Result<(), Fault> {
    if pairs.iter().any(|(other, _)| *other == name) {
        return Err(Fault::new(at, format!("label name \"{name}\" is not unique")));
    }
    pairs.push((name, value));
    Ok(())
}

fn normal_value<'a>(kind: MetricType, name: &str, value: Cow<'a, str>) -> Cow<'a, str> {
    let normalized =
        matches!((kind, name), (MetricType::Histogram, BUCKET) | (MetricType::Summary, QUANTILE));
    match normalized.then(|| number::normalize(&value)).flatten() {
        Some(normal) => Cow::Owned(normal),
        None => value,
    }
}
