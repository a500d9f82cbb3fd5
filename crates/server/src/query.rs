//! `/api/v1/query`, `query_range`, `query_exemplars`, `format_query` and `parse_query`.

use std::sync::Arc;

use axum::extract::State;
use model::Timestamp;
use model::storage::{Exemplar, Storage};
use model::{Labels, TimeRange};
use promql::Expr;
use promql::ast::ValueType;

use crate::app::App;
use crate::envelope::{Answer, ApiError, ApiResult, ErrorType};
use crate::json;
use crate::params::{Params, invalid};

/// More points per series than these are refused, as Prometheus does.
const POINTS_MAX: i64 = 11_000;

pub(crate) async fn instant(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    let at = params.time("time")?.unwrap_or_else(|| app.now());
    let expr = parse(params.get("query"))?;
    let limit = params.limit()?;
    let evaluate =
        move |storage: &dyn Storage, options: &promql::Options| promql::instant(storage, &expr, at, options);
    let answer = app.evaluate("query", &params, evaluate).await?;
    Ok(query_answer(answer, limit))
}

pub(crate) async fn range(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    let (start, end) = (params.required_time("start")?, params.required_time("end")?);
    if end < start {
        return Err(invalid("end", "end timestamp must not be before start time"));
    }
    let step =
        params.duration("step")?.ok_or_else(|| invalid("step", "cannot parse \"\" to a valid duration"))?;
    if step.0 <= 0 {
        let why = "zero or negative query resolution step widths are not accepted. Try a positive integer";
        return Err(invalid("step", why));
    }
    // Differences of extreme times would not fit; such a range has too many points for any step.
    if end.0.saturating_sub(start.0) / step.0 > POINTS_MAX {
        return Err(ApiError::bad_data(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
        ));
    }
    let expr = parse(params.get("query"))?;
    if !matches!(expr.value_type(), ValueType::Vector | ValueType::Scalar) {
        let kind = expr.value_type().as_str();
        let why =
            format!("invalid expression type \"{kind}\" for range query, must be Scalar or instant Vector");
        return Err(invalid("query", &why));
    }
    let limit = params.limit()?;
    let evaluate = move |storage: &dyn Storage, options: &promql::Options| {
        promql::range(storage, &expr, start, end, step, options)
    };
    let answer = app.evaluate("query_range", &params, evaluate).await?;
    Ok(query_answer(answer, limit))
}

pub(crate) async fn exemplars(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    let start = params.time("start")?.unwrap_or(Timestamp::MIN);
    let end = params.time("end")?.unwrap_or(Timestamp::MAX);
    if end < start {
        return Err(ApiError::bad_data("end timestamp must not be before start timestamp"));
    }
    let selectors = rules::liveness::selectors(&parse(params.get("query"))?);
    let data = app
        .blocking(move |storage| {
            let range = TimeRange { start, end };
            let querier = storage.querier(range)?;
            let mut found = Vec::new();
            for selector in &selectors {
                found.extend(querier.exemplars(&selector.matchers, range)?);
            }
            Ok(exemplars_data(&found))
        })
        .await?;
    Ok(Answer::raw(data))
}

pub(crate) async fn format_query(params: Params) -> ApiResult {
    let expr = parse(params.get("query"))?;
    Answer::of(&promql::pretty(&expr))
}

pub(crate) async fn parse_query(params: Params) -> ApiResult {
    let expr = parse(params.get("query"))?;
    Answer::of(&promql::to_json(&expr))
}

/// Reads the `query` parameter; the error names it.
pub(crate) fn parse(text: &str) -> Result<Expr, ApiError> {
    promql::parse(text).map_err(|error| invalid("query", &error.to_string()))
}

impl From<promql::EvalError> for ApiError {
    fn from(error: promql::EvalError) -> ApiError {
        let kind = match &error {
            promql::EvalError::Timeout => ErrorType::Timeout,
            promql::EvalError::Canceled => ErrorType::Canceled,
            promql::EvalError::Storage(_) => ErrorType::Internal,
            _ => ErrorType::Execution,
        };
        ApiError::new(kind, error.to_string())
    }
}

fn query_answer(answer: promql::Answer, limit: usize) -> Answer {
    let length = match &answer.value {
        promql::QueryValue::Vector(samples) => samples.len(),
        promql::QueryValue::Matrix(series) => series.len(),
        promql::QueryValue::Scalar(..) | promql::QueryValue::String(..) => 0,
    };
    let mut warnings = answer.warnings;
    if limit > 0 && length > limit {
        warnings.push("results truncated due to limit".to_owned());
    }
    Answer { data: json::query_data(&answer.value, limit), warnings, infos: answer.infos }
}

fn exemplars_data(found: &[(Labels, Vec<Exemplar>)]) -> String {
    let mut out = String::new();
    json::push_list(&mut out, found, |out, (labels, exemplars)| {
        out.push_str("{\"seriesLabels\":");
        json::push_labels(out, labels);
        out.push_str(",\"exemplars\":");
        json::push_list(out, exemplars, |out, exemplar| {
            out.push_str("{\"labels\":");
            json::push_labels(out, &exemplar.labels);
            out.push_str(",\"value\":");
            json::push_string(out, &model::value::ApiFloat(exemplar.value).to_string());
            out.push_str(",\"timestamp\":");
            json::push_seconds(out, exemplar.timestamp.0);
            out.push('}');
        });
        out.push('}');
    });
    out
}
