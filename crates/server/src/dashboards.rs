//! Dashboards: the list, the model, variables and queries expanded. Contract: docs/formats/dashboard-api.md.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use dashboard::api::{Dashboard, ExpandRequest, Expansion};
use dashboard::{Library, Settings, VariableSource};
use http::Uri;
use model::storage::Storage;
use model::{Labels, Matcher, TimeRange, Timestamp};
use promql::QueryValue;

use crate::app::App;
use crate::assets;
use crate::envelope::{ApiError, ErrorType};
use crate::router::found;

/// Who has dashboards, and can expand them.
pub(crate) trait Boards: Send + Sync + 'static {
    /// The dashboards by uid.
    fn library(&self) -> &RwLock<Library>;

    /// Variables resolved, queries with all variables replaced. May block.
    fn expanded(&self, dashboard: &Dashboard, request: &ExpandRequest) -> Expansion;
}

/// The endpoints and pages of dashboards.
pub(crate) fn routes<B: Boards>() -> Router<Arc<B>> {
    Router::new()
        .route("/api/dashboards", get(list::<B>))
        .route("/api/dashboards/uid/{uid}", get(one::<B>))
        .route("/api/dashboards/uid/{uid}/expand", post(expand::<B>))
        .route("/d/{uid}", get(redirect_bare::<B>))
        .route("/d/{uid}/{slug}", get(page::<B>))
}

async fn list<B: Boards>(State(boards): State<Arc<B>>) -> Response {
    axum::Json(boards.library().read().unwrap_or_else(PoisonError::into_inner).summaries()).into_response()
}

async fn one<B: Boards>(State(boards): State<Arc<B>>, Path(uid): Path<String>) -> Response {
    match found_board(boards.as_ref(), &uid) {
        Ok(dashboard) => axum::Json(dashboard).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn expand<B: Boards>(
    State(boards): State<Arc<B>>,
    Path(uid): Path<String>,
    body: axum::body::Bytes,
) -> Response {
    let request: ExpandRequest = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            return ApiError::bad_data(format!("the request body is not valid: {error}")).into_response();
        }
    };
    let dashboard = match found_board(boards.as_ref(), &uid) {
        Ok(dashboard) => dashboard,
        Err(error) => return error.into_response(),
    };
    let expanded = tokio::task::spawn_blocking(move || boards.expanded(&dashboard, &request)).await;
    match expanded {
        Ok(expansion) => axum::Json(expansion).into_response(),
        Err(error) => ApiError::internal(error.to_string()).into_response(),
    }
}

/// `/d/UID` goes to `/d/UID/SLUG`; the query string is kept.
async fn redirect_bare<B: Boards>(
    State(boards): State<Arc<B>>,
    Path(uid): Path<String>,
    uri: Uri,
) -> Response {
    match found_board(boards.as_ref(), &uid) {
        Ok(dashboard) => found(&address(&dashboard, &uri)),
        Err(_) => assets::page(uri).await,
    }
}

/// The page itself; a uid of another Flux release goes to the dashboard's own address.
async fn page<B: Boards>(
    State(boards): State<Arc<B>>,
    Path((uid, _slug)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    match found_board(boards.as_ref(), &uid) {
        Ok(dashboard) if dashboard.uid != uid => found(&address(&dashboard, &uri)),
        _ => assets::page(uri).await,
    }
}

fn found_board<B: Boards>(boards: &B, uid: &str) -> Result<Dashboard, ApiError> {
    let library = boards.library().read().unwrap_or_else(PoisonError::into_inner);
    library.get(uid).cloned().ok_or_else(|| {
        ApiError::new(ErrorType::NotFound, format!("there is no dashboard with uid \"{uid}\""))
    })
}

impl Boards for App {
    fn library(&self) -> &RwLock<Library> {
        &self.dashboards
    }

    fn expanded(&self, dashboard: &Dashboard, request: &ExpandRequest) -> Expansion {
        self.expand(dashboard, request)
    }
}

impl App {
    /// Variables resolved against the store, queries with all variables replaced.
    pub fn expand(&self, dashboard: &Dashboard, request: &ExpandRequest) -> Expansion {
        let range = TimeRange { start: Timestamp(request.from), end: Timestamp(request.to) };
        let source = StoredVariables { storage: self.storage.as_ref(), range, options: self.query_options() };
        let settings = Settings { scrape_interval: self.facts().scrape_interval, ..Settings::default() };
        dashboard::expand(dashboard, request, &source, &settings)
    }
}

/// The store as the source of variables.
struct StoredVariables<'a> {
    storage: &'a dyn Storage,
    range: TimeRange,
    options: promql::Options,
}

impl StoredVariables<'_> {
    fn matchers(selector: Option<&str>) -> Result<Vec<Matcher>, String> {
        selector.map_or(Ok(Vec::new()), |text| promql::parse_selector(text).map_err(|e| e.to_string()))
    }
}

impl VariableSource for StoredVariables<'_> {
    fn series(&self, selector: &str) -> Result<Vec<Labels>, String> {
        let matchers = Self::matchers(Some(selector))?;
        let querier = self.storage.querier(self.range).map_err(|e| e.to_string())?;
        let selected = querier.select(&matchers, self.range).map_err(|e| e.to_string())?;
        Ok(selected.into_iter().map(|series| series.labels).collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn label_values(&self, selector: Option<&str>, label: &str) -> Result<Vec<String>, String> {
        let matchers = Self::matchers(selector)?;
        let querier = self.storage.querier(self.range).map_err(|e| e.to_string())?;
        querier.label_values(label, &matchers, self.range).map_err(|e| e.to_string())
    }

    fn label_names(&self, selector: Option<&str>) -> Result<Vec<String>, String> {
        let matchers = Self::matchers(selector)?;
        let querier = self.storage.querier(self.range).map_err(|e| e.to_string())?;
        querier.label_names(&matchers, self.range).map_err(|e| e.to_string())
    }

    fn query(&self, expr: &str) -> Result<Vec<(Labels, f64, i64)>, String> {
        let expr = promql::parse(expr).map_err(|e| e.to_string())?;
        let answer =
            promql::instant(self.storage, &expr, self.range.end, &self.options).map_err(|e| e.to_string())?;
        Ok(match answer.value {
            QueryValue::Vector(samples) => {
                samples.into_iter().map(|s| (s.labels, s.value, s.timestamp.0)).collect()
            }
            QueryValue::Scalar(at, value) => vec![(Labels::empty(), value, at.0)],
            QueryValue::Matrix(_) | QueryValue::String(..) => {
                return Err("the query of a variable must give a vector or a scalar".to_owned());
            }
        })
    }
}

fn address(dashboard: &Dashboard, uri: &Uri) -> String {
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    format!("/d/{}/{}{query}", dashboard.uid, dashboard.slug)
}
