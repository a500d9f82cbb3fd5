//! `/api/v1/labels`, `label/{name}/values`, `series` and `metadata`.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use model::storage::{Querier, SelectError};
use model::{Labels, Matcher, TimeRange, Timestamp};
use serde::Serialize;

use crate::app::App;
use crate::envelope::{Answer, ApiError, ApiResult};
use crate::json;
use crate::params::{Params, invalid};

const TRUNCATED: &str = "results truncated due to limit";

pub(crate) async fn label_names(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    let request = Request::of(&params)?;
    let read = |querier: &dyn Querier, matchers: &[Matcher], range| querier.label_names(matchers, range);
    texts(&app, request, read).await
}

pub(crate) async fn label_values(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    params: Params,
) -> ApiResult {
    let name = unescape_name(&name);
    if name.is_empty() {
        return Err(ApiError::bad_data(format!("invalid label name: \"{name}\"")));
    }
    let request = Request::of(&params)?;
    let read = move |querier: &dyn Querier, matchers: &[Matcher], range| {
        querier.label_values(&name, matchers, range)
    };
    texts(&app, request, read).await
}

pub(crate) async fn series(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    parse_selectors(&params)?;
    let request = Request::of(&params)?;
    if request.selectors.is_empty() {
        return Err(ApiError::bad_data("no match[] parameter provided"));
    }
    let limit = request.limit;
    let found = app
        .blocking(move |storage| {
            let querier = storage.querier(request.range)?;
            let mut found = BTreeSet::new();
            for matchers in &request.selectors {
                let selected = querier.select(matchers, request.range)?;
                found.extend(selected.into_iter().map(|series| series.labels));
            }
            Ok(found.into_iter().collect::<Vec<Labels>>())
        })
        .await?;
    let mut data = String::new();
    json::push_list(&mut data, json::limited(&found, limit), json::push_labels);
    Ok(Answer { data, warnings: truncation(found.len(), limit), infos: Vec::new() })
}

pub(crate) async fn metadata(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    #[derive(Serialize)]
    struct Entry {
        r#type: &'static str,
        help: String,
        unit: String,
    }
    let limit = match params.get("limit") {
        "" => 0,
        text => text.parse().map_err(|_| ApiError::bad_data("limit must be a number"))?,
    };
    let per_metric = match params.get("limit_per_metric") {
        "" => 0,
        text => text.parse().map_err(|_| invalid("limit_per_metric", "must be a number"))?,
    };
    let family = Some(params.get("metric")).filter(|name| !name.is_empty());
    let all = app.storage.metadata(family);
    let mut answer = serde_json::Map::new();
    for (family, entries) in json::limited(&all, limit) {
        let entries: Vec<Entry> = json::limited(entries, per_metric)
            .iter()
            .map(|m| Entry { r#type: m.kind.as_str(), help: m.help.clone(), unit: m.unit.clone() })
            .collect();
        let value = serde_json::to_value(entries).map_err(|error| ApiError::internal(error.to_string()))?;
        answer.insert(family.clone(), value);
    }
    Answer::of(&answer)
}

/// What the four endpoints have in common.
struct Request {
    selectors: Vec<Vec<Matcher>>,
    range: TimeRange,
    limit: usize,
}

impl Request {
    fn of(params: &Params) -> Result<Request, ApiError> {
        let start = params.time("start")?.unwrap_or(Timestamp(i64::MIN / 1000));
        let end = params.time("end")?.unwrap_or(Timestamp(i64::MAX / 1000));
        let selectors = raw_selectors(params).map_err(ApiError::bad_data)?;
        Ok(Request { selectors, range: TimeRange { start, end }, limit: params.limit()? })
    }
}

/// The `match[]` parameters; the error names the parameter.
pub(crate) fn parse_selectors(params: &Params) -> Result<Vec<Vec<Matcher>>, ApiError> {
    raw_selectors(params).map_err(|error| invalid("match[]", &error))
}

/// The same with the parser's bare error, as labels, their values and federation give it.
pub(crate) fn raw_selectors(params: &Params) -> Result<Vec<Vec<Matcher>>, String> {
    params.all("match[]").map(|text| promql::parse_selector(text).map_err(|e| e.to_string())).collect()
}

/// Sorted texts that are read for each selector, or once for all series.
async fn texts(
    app: &App,
    request: Request,
    read: impl Fn(&dyn Querier, &[Matcher], TimeRange) -> Result<Vec<String>, SelectError> + Send + 'static,
) -> ApiResult {
    let limit = request.limit;
    let found = app
        .blocking(move |storage| {
            let querier = storage.querier(request.range)?;
            if request.selectors.is_empty() {
                return read(querier.as_ref(), &[], request.range);
            }
            let mut found = BTreeSet::new();
            for matchers in &request.selectors {
                found.extend(read(querier.as_ref(), matchers, request.range)?);
            }
            Ok(found.into_iter().collect())
        })
        .await?;
    let mut data = String::new();
    json::push_list(&mut data, json::limited(&found, limit), |out, text| json::push_string(out, text));
    Ok(Answer { data, warnings: truncation(found.len(), limit), infos: Vec::new() })
}

fn truncation(found: usize, limit: usize) -> Vec<String> {
    if limit > 0 && found > limit { vec![TRUNCATED.to_owned()] } else { Vec::new() }
}

/// Undoes `U__` escaping (values scheme of prometheus/common): `__` is `_`, `_HEX_` a code point.
fn unescape_name(name: &str) -> String {
    let Some(mut rest) = name.strip_prefix("U__") else { return name.to_owned() };
    let mut out = String::new();
    while let Some(c) = rest.chars().next() {
        if c != '_' {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else if let Some(after) = rest.strip_prefix("__") {
            out.push('_');
            rest = after;
        } else {
            let Some((hex, after)) = rest[1..].split_once('_') else { return name.to_owned() };
            let Some(code) = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32) else {
                return name.to_owned();
            };
            out.push(code);
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescapes_names() {
        for (escaped, name) in
            [("job", "job"), ("U__a_2e_b", "a.b"), ("U__a__b", "a_b"), ("U__a_zz_", "U__a_zz_")]
        {
            assert_eq!(unescape_name(escaped), name);
        }
    }
}
