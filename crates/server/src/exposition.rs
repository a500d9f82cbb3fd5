//! A port of its own for an exposition that others scrape, as kube-state-metrics has one.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::routing::get;

/// The text of a scrape; whether it is asked for as OpenMetrics.
pub type ExpositionSource = Arc<dyn Fn(bool) -> String + Send + Sync>;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `/metrics`, and the paths that probes ask.
pub fn exposition_router(source: ExpositionSource) -> Router {
    let alive = || async { "OK" };
    let router = Router::new()
        .route("/", get(|| async { "Metrics of Kubernetes objects are at /metrics.\n" }))
        .route("/metrics", get(metrics))
        .route("/healthz", get(alive))
        .route("/livez", get(alive));
    router.layer(axum::middleware::from_fn(crate::compress::gzip)).with_state(source)
}

async fn metrics(State(source): State<ExpositionSource>, headers: HeaderMap) -> impl IntoResponse {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let open = accept.contains("application/openmetrics-text");
    // Of a large cluster this takes tens of milliseconds.
    let made = tokio::task::spawn_blocking(move || source(open)).await;
    ([(header::CONTENT_TYPE, if open { OPEN_METRICS } else { TEXT })], made.unwrap_or_default())
}
