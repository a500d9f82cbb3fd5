//! `/api/v1/status/*`, readiness, reload and own metrics.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;
use tokio::sync::oneshot;

use crate::app::{App, ReloadRequest};
use crate::envelope::{Answer, ApiError, ApiResult};
use crate::params::Params;

/// The largest `limit` of `/status/tsdb`.
const TSDB_LIMIT_MAX: usize = 10_000;

pub(crate) async fn config(State(app): State<Arc<App>>) -> ApiResult {
    let yaml = app.config_yaml.read().unwrap_or_else(PoisonError::into_inner).clone();
    Answer::of(&json!({ "yaml": yaml }))
}

pub(crate) async fn flags(State(app): State<Arc<App>>) -> ApiResult {
    Answer::of(&app.facts().flags)
}

pub(crate) async fn build(State(app): State<Arc<App>>) -> ApiResult {
    let facts = app.facts();
    Answer::of(&json!({
        // Clients such as Grafana choose features by Prometheus' version; ours is beside it.
        "version": "3.14.0",
        "revision": facts.revision,
        "branch": "main",
        "buildUser": "weir",
        "buildDate": "",
        "goVersion": format!("rust (weir {})", facts.version),
    }))
}

pub(crate) async fn runtime(State(app): State<Arc<App>>) -> ApiResult {
    let facts = app.facts();
    Answer::of(&json!({
        "startTime": rfc3339(facts.started_ms),
        "CWD": facts.working_directory,
        "hostname": facts.hostname,
        "serverTime": rfc3339(app.now().0),
        "reloadConfigSuccess": app.lifecycle.last_reload_ok.load(Ordering::Relaxed),
        "lastConfigTime": rfc3339(app.lifecycle.last_reload_ms.load(Ordering::Relaxed)),
        "corruptionCount": app.store.stats(0).wal_corruptions,
        "goroutineCount": 0,
        "GOMAXPROCS": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        "GOMEMLIMIT": 0,
        "GOGC": "",
        "GODEBUG": "",
        "storageRetention": facts.retention,
    }))
}

pub(crate) async fn tsdb(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    let limit = match params.get("limit") {
        "" => 10,
        text => match text.parse::<usize>() {
            Ok(n) if (1..=TSDB_LIMIT_MAX).contains(&n) => n,
            _ => return Err(ApiError::bad_data("limit must be a positive number up to 10000")),
        },
    };
    let store = Arc::clone(&app.store);
    let stats = tokio::task::spawn_blocking(move || store.stats(limit))
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?;
    let list = |rows: &[(String, u64)]| {
        rows.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>()
    };
    Answer::of(&json!({
        "headStats": {
            "numSeries": stats.series,
            "numLabelPairs": stats.label_pairs,
            "chunkCount": stats.chunks,
            "minTime": stats.min_time_ms,
            "maxTime": stats.max_time_ms,
        },
        "seriesCountByMetricName": list(&stats.series_by_metric_name),
        "labelValueCountByLabelName": list(&stats.values_by_label_name),
        "memoryInBytesByLabelName": list(&stats.bytes_by_label_name),
        "seriesCountByLabelValuePair": list(&stats.series_by_label_pair),
    }))
}

/// What clients may rely on, by Prometheus' names of features.
pub(crate) async fn features(State(app): State<Arc<App>>) -> ApiResult {
    Answer::of(&json!({
        "api": {
            "admin": false,
            "exclude_alerts": true,
            "label_values_match": true,
            "lifecycle": app.lifecycle.enabled,
            "query_warnings": true,
            "remote_write_receiver": false,
            "otlp_write_receiver": false,
            "time_range_labels": true,
            "time_range_series": true,
        },
        "promql": { "at_modifier": true, "negative_offset": true, "subqueries": true },
        "rules": { "keep_firing_for": true, "query_offset": true },
        "scrape": { "utf8_names": true, "native_histograms": false },
    }))
}

/// Notices for people; weir's own are on its pages.
pub(crate) async fn notifications() -> ApiResult {
    Answer::of(&json!([]))
}

/// The version alone, as Prometheus gives it.
pub(crate) async fn version(State(app): State<Arc<App>>) -> Response {
    let facts = app.facts();
    let answer = json!({ "version": facts.version, "revision": facts.revision, "branch": "main", "buildUser": "weir", "buildDate": "", "goVersion": "" });
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{answer}\n")).into_response()
}

pub(crate) async fn wal_replay(State(app): State<Arc<App>>) -> ApiResult {
    let done = i32::from(app.is_ready());
    Answer::of(&json!({ "min": 0, "max": 1, "current": done }))
}

/// What the pages show of Weir itself: the demo, and where alerts go.
pub(crate) async fn weir(State(app): State<Arc<App>>) -> ApiResult {
    let (notify, facts) = (app.notify.status(), app.facts());
    Answer::of(&json!({
        "version": facts.version,
        "revision": facts.revision,
        "demo": facts.demo,
        "demoHint": facts.demo_hint,
        "scrapeIntervalMs": facts.scrape_interval.0,
        "alertmanagers": notify.alertmanagers,
        "webhooks": notify.webhooks,
        "recentNotifications": notify.recent,
    }))
}

pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    if app.is_ready() {
        "Weir is Ready.\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable\n").into_response()
    }
}

pub(crate) async fn reload(State(app): State<Arc<App>>) -> Response {
    if !app.lifecycle.enabled {
        return (StatusCode::FORBIDDEN, "Lifecycle API is not enabled.\n").into_response();
    }
    let (done, outcome) = oneshot::channel();
    let asked = app.lifecycle.reload.send(ReloadRequest { done }).await;
    let result = match (asked, outcome.await) {
        (Ok(()), Ok(result)) => result,
        _ => Err("weir is shutting down".to_owned()),
    };
    match result {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("failed to reload config: {error}\n")).into_response()
        }
    }
}

pub(crate) async fn own_metrics(State(app): State<Arc<App>>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
    ([(CONTENT_TYPE, kind)], app.registry.render()).into_response()
}

/// Where the demo's notifications go: they arrive, and that is all.
pub(crate) async fn demo_webhook(State(app): State<Arc<App>>) -> StatusCode {
    if app.facts().demo { StatusCode::OK } else { StatusCode::NOT_FOUND }
}

/// A point in time as Go's `time.Time` marshals in UTC.
pub(crate) fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |time| time.to_string())
}
