//! The object form of a variable's query, as the visual editor writes it.

use crate::cursor::Cursor;

/// What the visual editor says that a query is; numbers are Grafana's `qryType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryKind {
    /// To be read from the text.
    #[default]
    Text,
    /// A bare selector: its series.
    Series,
    /// An expression: its result.
    Result,
}

/// The query's text, and what it is. Where the object has no text, it is put together of its fields.
pub(super) fn read(query: &Cursor<'_>) -> (String, QueryKind) {
    let text = query.get("query").text_or_empty();
    let kind = query.get("qryType").whole(0, 9);
    let known = |name: &str| query.get(name).text().filter(|text| !text.is_empty());
    match kind {
        Some(3) => match known("varQuery").or_else(|| known("expr")) {
            Some(expr) => (expr, QueryKind::Result),
            None => (text, QueryKind::Text),
        },
        Some(4) => match known("seriesQuery") {
            Some(series) => (series, QueryKind::Series),
            None if text.contains('(') => (text, QueryKind::Text),
            None => (text, QueryKind::Series),
        },
        _ if !text.is_empty() => (text, QueryKind::Text),
        Some(0) => ("label_names()".to_owned(), QueryKind::Text),
        Some(1) => match (known("metric"), known("label")) {
            (Some(metric), Some(label)) => (format!("label_values({metric},{label})"), QueryKind::Text),
            (None, Some(label)) => (format!("label_values({label})"), QueryKind::Text),
            _ => (text, QueryKind::Text),
        },
        Some(2) => (format!("metrics({})", known("metric").unwrap_or_default()), QueryKind::Text),
        Some(5) => (known("classicQuery").unwrap_or_default(), QueryKind::Text),
        _ => (known("expr").unwrap_or(text), QueryKind::Text),
    }
}
