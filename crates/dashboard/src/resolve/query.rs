//! The forms of a variable's query.

use model::Labels;

use super::VariableSource;
use crate::variable::QueryKind;

/// A query as its text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form<'a> {
    /// `label_names()`, `label_names(selector)`.
    LabelNames { selector: Option<&'a str> },
    /// `label_values(label)`, `label_values(selector, label)`.
    LabelValues { selector: Option<&'a str>, label: &'a str },
    /// `metrics(regex)`.
    Metrics { regex: &'a str },
    /// `query_result(expression)`.
    QueryResult { expr: &'a str },
    /// Anything else: a selector.
    Series { selector: &'a str },
}

/// Asks the query; the values in the order in which they came.
pub(super) fn run(text: &str, kind: QueryKind, source: &dyn VariableSource) -> Result<Vec<String>, String> {
    let text = text.trim();
    let form = match kind {
        QueryKind::Text => form(text)?,
        QueryKind::Series => Form::Series { selector: text },
        QueryKind::Result => Form::QueryResult { expr: text },
    };
    match form {
        Form::LabelNames { selector } => source.label_names(selector),
        Form::LabelValues { selector, label } => source.label_values(selector, label),
        Form::Metrics { regex } => {
            let regex = super::shape::build_regex(regex)?;
            let names = source.label_values(None, "__name__")?;
            Ok(names.into_iter().filter(|name| regex.is_match(name)).collect())
        }
        Form::QueryResult { expr } => {
            let vector = source.query(expr)?;
            Ok(vector
                .iter()
                .map(|(labels, value, at)| format!("{} {} {at}", flat(labels), number(*value)))
                .collect())
        }
        Form::Series { selector: "" } => Ok(Vec::new()),
        Form::Series { selector } => Ok(source.series(selector)?.iter().map(flat).collect()),
    }
}

fn form(text: &str) -> Result<Form<'_>, String> {
    let argument = |name: &str| {
        let rest = text.strip_prefix(name)?.trim_start().strip_prefix('(')?;
        Some(rest.trim_end().strip_suffix(')')?.trim())
    };
    if let Some(inner) = argument("label_names") {
        return Ok(Form::LabelNames { selector: (!inner.is_empty()).then_some(inner) });
    }
    if let Some(inner) = argument("label_values") {
        let (selector, label) = match inner.rsplit_once(',') {
            Some((selector, label)) => (Some(selector.trim()), label.trim()),
            None => (None, inner),
        };
        let label = label.trim_matches('"');
        let selector = selector.filter(|selector| !selector.is_empty());
        return match label.is_empty() || label.contains(['{', '}', '(', ')']) {
            true => Err(format!("{text}: label_values takes a selector and a label name")),
            false => Ok(Form::LabelValues { selector, label }),
        };
    }
    if let Some(regex) = argument("metrics") {
        return Ok(Form::Metrics { regex });
    }
    if let Some(expr) = argument("query_result") {
        return Ok(Form::QueryResult { expr });
    }
    Ok(Form::Series { selector: text })
}

/// `name{a="1",b="2"}`, as regular expressions of dashboards expect series.
fn flat(labels: &Labels) -> String {
    let rest = labels.without_metric_name();
    let pairs: Vec<String> = rest.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    format!("{}{{{}}}", labels.metric_name(), pairs.join(","))
}

/// As Prometheus' API writes numbers.
fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}
