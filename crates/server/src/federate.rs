//! `/federate`: the newest sample of the series that match, as exposition text.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE};
use model::exposition::{Format, NameForm, Writer};
use model::labels::METRIC_NAME;
use model::storage::{Samples, SelectError, Storage};
use model::{Labels, Matcher, Metadata, TimeRange, Timestamp, is_stale};

use crate::app::App;
use crate::envelope::{ApiError, ErrorType};
use crate::params::Params;
use crate::select::raw_selectors;

/// The label that a federating server would set from its target.
const INSTANCE: &str = "instance";

/// Time and value by metric name and labels, in the order of the page.
type Newest = BTreeMap<(String, Labels), (i64, f64)>;

pub(crate) async fn federate(State(app): State<Arc<App>>, headers: HeaderMap, params: Params) -> Response {
    let selectors = match raw_selectors(&params).map_err(ApiError::bad_data) {
        Ok(selectors) => selectors,
        Err(error) => return plain(&error),
    };
    let range = TimeRange { start: app.now() - app.limits.lookback, end: app.now() };
    let external = app.facts().external_labels.clone();
    let (kind, names) = negotiate(&headers);
    let written = app.blocking(move |storage| {
        let found = newest(storage, &selectors, range)?;
        Ok(write(&found, &external, names))
    });
    match written.await {
        Ok(body) => ([(CONTENT_TYPE, kind)], body).into_response(),
        Err(error) => plain(&error),
    }
}

/// Errors of this endpoint are plain text, as Prometheus' are.
fn plain(error: &ApiError) -> Response {
    let status = if error.kind == ErrorType::BadData {
        http::StatusCode::BAD_REQUEST
    } else {
        http::StatusCode::INTERNAL_SERVER_ERROR
    };
    (status, format!("{}\n", error.message)).into_response()
}

/// Names in quotes are only for clients that say they take them.
fn negotiate(headers: &HeaderMap) -> (&'static str, NameForm) {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    if accept.contains("escaping=allow-utf-8") && accept.contains("text/plain;version=1.0.0") {
        ("text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8", NameForm::Quoted)
    } else {
        ("text/plain; version=0.0.4; charset=utf-8; escaping=underscores", NameForm::Underscores)
    }
}

/// The newest sample of each series, by metric name and labels.
fn newest(
    storage: &dyn Storage,
    selectors: &[Vec<Matcher>],
    range: TimeRange,
) -> Result<Newest, SelectError> {
    let querier = storage.querier(range)?;
    let mut found = Newest::new();
    let mut samples = Samples::default();
    for matchers in selectors {
        for series in querier.select(matchers, range)? {
            querier.read(series.series, range, &mut samples)?;
            let last = samples.timestamps.last().zip(samples.values.last());
            if let Some((at, value)) = last.filter(|(_, value)| !is_stale(**value)) {
                let name = series.labels.metric_name().to_owned();
                found.insert((name, series.labels), (*at, *value));
            }
        }
    }
    Ok(found)
}

fn write(found: &Newest, external: &[(String, String)], names: NameForm) -> String {
    let mut out = String::new();
    let mut writer = Writer::new(&mut out, Format::Text, names);
    let mut family = "";
    for ((name, labels), (at, value)) in found {
        if name.is_empty() {
            // Prometheus drops series without a name too.
            continue;
        }
        if name != family {
            writer.family(name, &Metadata::default());
            family = name;
        }
        writer.sample_of(name, with_external(labels, external), *value, Some(Timestamp(*at)));
    }
    writer.finish();
    out
}

/// Labels but for the name, then the external labels that the series does not have. `instance` is always there,
/// if empty, so that the federating server does not take it from its target.
fn with_external<'l>(
    labels: &'l Labels,
    external: &'l [(String, String)],
) -> impl Iterator<Item = (&'l str, &'l str)> {
    let no_instance = external.iter().all(|(name, _)| name != INSTANCE);
    let outside = external.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let added = no_instance.then_some((INSTANCE, "")).into_iter().chain(outside);
    let own = labels.iter().filter(|(name, _)| *name != METRIC_NAME);
    own.chain(added.filter(|(name, _)| *name != METRIC_NAME && labels.find(name).is_none()))
}
