//! Pages over the API of another server: Prometheus, Thanos, `VictoriaMetrics`, or Weir.
//!
//! Dashboards are ours; what they ask, and what the other pages show, is asked of the other server. Only endpoints that
//! read are passed on, with our credentials and never with the client's.

mod pass;
mod variables;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dashboard::api::{Dashboard, ExpandRequest, Expansion};
use dashboard::{Library, Settings};
use http::header::CONTENT_TYPE;
use model::{TimeRange, Timestamp};
use stdx::Registry;
use stdx::http::Client;
use tokio::sync::Semaphore;
use url::Url;

use crate::dashboards::{self, Boards};
use crate::metrics::Metrics;
use crate::{assets, compress, router};

/// So many requests are passed on at once; others wait.
const AT_ONCE: usize = 64;

/// The other server, and our dashboards.
pub struct Remote {
    /// Dashboards by uid.
    pub dashboards: RwLock<Library>,
    settings: RemoteSettings,
    registry: Registry,
    metrics: Metrics,
    failures: stdx::Counter,
    permits: Semaphore,
    runtime: tokio::runtime::Handle,
}

/// Where the other server is, and how it is asked.
#[derive(Clone, Debug)]
pub struct RemoteSettings {
    /// The address that `/api/v1` follows.
    pub url: Url,
    /// With credentials and TLS.
    pub client: Client,
    /// The longest an answer may take.
    pub timeout: Duration,
    /// The least step of dashboards.
    pub scrape_interval: model::Duration,
}

// === impl Remote ===

impl Remote {
    /// Pages over that server. Must be called within a runtime.
    pub fn new(settings: RemoteSettings, registry: &Registry) -> Remote {
        Remote {
            dashboards: RwLock::default(),
            settings,
            registry: registry.clone(),
            metrics: Metrics::new(registry),
            failures: registry.counter(
                "weir_ui_upstream_failures_total",
                "Requests that the server behind the pages did not answer.",
            ),
            permits: Semaphore::new(AT_ONCE),
            runtime: tokio::runtime::Handle::current(),
        }
    }

    /// Other dashboards from now on.
    pub fn show(&self, library: Library) {
        *self.dashboards.write().unwrap_or_else(PoisonError::into_inner) = library;
    }
}

impl Boards for Remote {
    fn library(&self) -> &RwLock<Library> {
        &self.dashboards
    }

    fn expanded(&self, dashboard: &Dashboard, request: &ExpandRequest) -> Expansion {
        let range = TimeRange { start: Timestamp(request.from), end: Timestamp(request.to) };
        let source = variables::RemoteVariables { remote: self, range };
        let settings = Settings { scrape_interval: self.settings.scrape_interval, ..Settings::default() };
        dashboard::expand(dashboard, request, &source, &settings)
    }
}

/// Pages, dashboards and the passed-on API.
pub fn remote_router(remote: Arc<Remote>) -> Router {
    let inner = Router::new()
        .route("/api/v1/{*path}", get(pass::pass).post(pass::pass))
        .route("/-/healthy", get(|| async { "Weir is Healthy.\n" }))
        .route("/-/ready", get(|| async { "Weir is Ready.\n" }))
        .route("/metrics", get(own_metrics))
        .merge(dashboards::routes::<Remote>())
        .merge(router::redirect_routes())
        .fallback(get(assets::page))
        .layer(from_fn(router::allow_origin))
        .layer(from_fn_with_state(Arc::clone(&remote), count))
        .layer(from_fn(compress::gzip))
        .with_state(remote);
    router::first_routes().fallback_service(inner)
}

async fn count(State(remote): State<Arc<Remote>>, request: Request, next: Next) -> Response {
    router::counted(&remote.metrics, request, next).await
}

async fn own_metrics(State(remote): State<Arc<Remote>>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
    ([(CONTENT_TYPE, kind)], remote.registry.render()).into_response()
}
