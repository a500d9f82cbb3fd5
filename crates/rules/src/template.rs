//! Labels and annotations through Go's text/template, with Prometheus' functions (`template/template.go`).

use std::sync::Arc;

use gotmpl::{CallError, Functions, MissingKey, Options, ParseError, Template, Value};
use model::storage::Storage;
use model::{Labels, Timestamp};
use promql::QueryValue;

use crate::group::Context;

mod functions;
mod humanize;

/// What Prometheus puts before each text, so that `$labels` and `$value` are there.
const DEFINITIONS: &str = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}\
    {{$externalURL := .ExternalURL}}{{$value := .Value}}";

/// Expands the templates of one evaluation.
pub(crate) struct Templates {
    functions: Functions,
    external_labels: Value,
    external_url: String,
}

/// What the functions that ask the outside see.
#[derive(Clone, Default)]
pub(crate) struct Outside {
    /// Where `query` reads; none while a text is only checked.
    pub(crate) storage: Option<Arc<dyn Storage>>,
    /// Bounds of queries.
    pub(crate) options: promql::Options,
    /// When the rule is evaluated.
    pub(crate) at: Timestamp,
    /// Where this server is seen from outside.
    pub(crate) external_url: String,
}

/// Whether a text can be parsed, and names only functions that there are.
pub fn check(alert: &str, text: &str) -> Result<(), ParseError> {
    let functions = functions::table(&Outside::default());
    Template::parse(&template_name(alert), &format!("{DEFINITIONS}{text}"), &functions).map(|_| ())
}

// === impl Templates ===

impl Templates {
    pub(crate) fn new(context: &Context<'_>, at: Timestamp) -> Templates {
        let outside = Outside {
            storage: Some(Arc::clone(context.storage)),
            options: context.options.clone(),
            at,
            external_url: context.external_url.to_owned(),
        };
        Templates {
            functions: functions::table(&outside),
            external_labels: Value::string_map(context.external_labels),
            external_url: context.external_url.to_owned(),
        }
    }

    /// The text expanded; an error stands in its place, as in Prometheus, so that the alert still goes out.
    pub(crate) fn expand(&self, alert: &str, text: &str, labels: &Labels, value: f64) -> String {
        if !text.contains("{{") {
            return text.to_owned();
        }
        self.try_expand(alert, text, labels, value).unwrap_or_else(|error| {
            tracing::warn!(alert, %error, "Expanding a template of an alert failed");
            format!("<error expanding template: {error}>")
        })
    }

    fn try_expand(&self, alert: &str, text: &str, labels: &Labels, value: f64) -> Result<String, String> {
        let template =
            Template::parse(&template_name(alert), &format!("{DEFINITIONS}{text}"), &self.functions)
                .map_err(|error| error.to_string())?;
        let data: gotmpl::Map = [
            ("Labels", Value::string_map(labels)),
            ("ExternalLabels", self.external_labels.clone()),
            ("ExternalURL", Value::from(self.external_url.as_str())),
            ("Value", Value::Float(value)),
        ]
        .into_iter()
        .collect();
        let options = Options { missing_key: MissingKey::Zero, ..Options::default() };
        template.execute(&Value::Map(data), &options).map_err(|error| error.to_string())
    }
}

// === impl Outside ===

impl Outside {
    /// The result of a query, as the `query` function gives it: series with `Labels` and `Value`.
    pub(crate) fn query(&self, text: &str) -> Result<Value, CallError> {
        let Some(storage) = &self.storage else { return Ok(Value::list(Vec::new())) };
        let expr = promql::parse(text).map_err(|error| error.to_string())?;
        let answer = promql::instant(storage.as_ref(), &expr, self.at, &self.options)
            .map_err(|error| error.to_string())?;
        let samples = match answer.value {
            QueryValue::Vector(samples) => {
                samples.into_iter().map(|sample| sample_value(&sample.labels, sample.value)).collect()
            }
            QueryValue::Scalar(_, value) => vec![sample_value(&Labels::empty(), value)],
            QueryValue::Matrix(_) | QueryValue::String(..) => {
                return Err("query result is not a vector or scalar".into());
            }
        };
        Ok(Value::list(samples))
    }
}

fn sample_value(labels: &Labels, value: f64) -> Value {
    let pairs = [("Labels", Value::string_map(labels)), ("Value", Value::Float(value))];
    Value::Map(pairs.into_iter().collect())
}

fn template_name(alert: &str) -> String {
    format!("__alert_{alert}")
}

#[cfg(test)]
mod tests;
