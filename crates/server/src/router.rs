//! Paths to handlers.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, LOCATION, ORIGIN,
};
use http::{HeaderValue, Method, StatusCode, Uri};

use crate::app::App;
use crate::metrics::Metrics;
use crate::{assets, compress, dashboards, federate, monitors, query, rules_api, select, status, targets};

/// Everything: the API, federation, own metrics and the pages.
pub fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .merge(query_routes())
        .merge(service_routes())
        .merge(status_routes())
        .layer(from_fn_with_state(Arc::clone(&app), require_ready));
    Router::new()
        .nest("/api/v1", api)
        .merge(lifecycle_routes())
        .merge(dashboards::routes::<App>())
        .merge(redirect_routes())
        .fallback(get(assets::page))
        .method_not_allowed_fallback(|| async { (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n") })
        .layer(from_fn(allow_origin))
        .layer(from_fn_with_state(Arc::clone(&app), count))
        .layer(from_fn(compress::gzip))
        .with_state(app)
}

/// What the dashboards' own port serves: the same, with the list of dashboards as the first page, as people
/// who forward Grafana's port expect.
pub fn dashboards_router(app: Arc<App>) -> Router {
    first_routes().fallback_service(router(app))
}

/// The first page and the health of a server of dashboards.
pub(crate) fn first_routes() -> Router {
    let health = get(|| async { axum::Json(serde_json::json!({"database": "ok", "version": "weir"})) });
    let first = get(|| async { found("/dashboards") });
    Router::new().route("/api/health", health).route("/", first)
}

fn query_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/query", get(query::instant).post(query::instant))
        .route("/query_range", get(query::range).post(query::range))
        .route("/query_exemplars", get(query::exemplars).post(query::exemplars))
        .route("/format_query", get(query::format_query).post(query::format_query))
        .route("/parse_query", get(query::parse_query).post(query::parse_query))
        .route("/labels", get(select::label_names).post(select::label_names))
        .route("/label/{name}/values", get(select::label_values))
        .route("/series", get(select::series).post(select::series))
        .route("/metadata", get(select::metadata))
}

fn service_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/targets", get(targets::targets))
        .route("/targets/metadata", get(targets::metadata))
        .route("/scrape_pools", get(targets::pools))
        .route("/monitors", get(monitors::monitors))
        .route("/rules", get(rules_api::rules))
        .route("/alerts", get(rules_api::alerts))
        .route("/alertmanagers", get(rules_api::alertmanagers))
        .route("/selector_liveness", get(rules_api::selector_liveness).post(rules_api::selector_liveness))
}

fn status_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/status/config", get(status::config))
        .route("/status/flags", get(status::flags))
        .route("/status/buildinfo", get(status::build))
        .route("/status/runtimeinfo", get(status::runtime))
        .route("/status/tsdb", get(status::tsdb))
        .route("/status/walreplay", get(status::wal_replay))
        .route("/status/weir", get(status::weir))
        .route("/features", get(status::features))
        .route("/notifications", get(status::notifications))
}

fn lifecycle_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/-/healthy", get(|| async { "Weir is Healthy.\n" }))
        .route("/-/ready", get(status::ready))
        .route("/-/reload", post(status::reload).put(status::reload))
        .route("/version", get(status::version))
        .route("/metrics", get(status::own_metrics))
        .route("/demo/webhook", post(status::demo_webhook))
        .route("/federate", get(federate::federate))
}

/// Prometheus' old addresses; the query string is kept.
pub(crate) fn redirect_routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let to = |path: &'static str| {
        get(move |uri: Uri| async move {
            found(&uri.query().map_or(path.to_owned(), |query| format!("{path}?{query}")))
        })
    };
    Router::new()
        .route("/graph", to("/explore"))
        .route("/query", to("/explore"))
        .route("/rules", to("/alerts"))
}

/// A redirect that browsers do not remember.
pub(crate) fn found(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(value) => (StatusCode::FOUND, [(LOCATION, value)]).into_response(),
        Err(_) => {
            (StatusCode::BAD_REQUEST, "the address has characters that no header can carry\n").into_response()
        }
    }
}

/// Until the store is read, the API answers as Prometheus' does while its WAL is replayed.
async fn require_ready(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.is_ready() || request.uri().path().starts_with("/status/") {
        return next.run(request).await;
    }
    (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable").into_response()
}

/// Any page may read the API, as Prometheus allows by default.
/// Pages of other origins may use the API, as Prometheus lets them by default.
pub(crate) async fn allow_origin(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/v1/") {
        return next.run(request).await;
    }
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        let allowed = [
            (ACCESS_CONTROL_ALLOW_HEADERS, "Accept, Authorization, Content-Type, Origin"),
            (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        ];
        (StatusCode::NO_CONTENT, allowed).into_response()
    } else {
        next.run(request).await
    };
    if let Some(origin) = origin {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    counted(&app.metrics, request, next).await
}

/// Counts a request and its answer.
pub(crate) async fn counted(metrics: &Metrics, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let path = request.extensions().get::<MatchedPath>().map_or("/*", |path| path.as_str()).to_owned();
    let response = next.run(request).await;
    metrics.requests.with(&[&path, response.status().as_str()]).inc();
    metrics.request_seconds.with(&[&path]).observe(begun.elapsed().as_secs_f64());
    response
}
