//! Requests that are passed on to the other server.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use serde_json::json;
use url::Url;

use super::Remote;
use crate::envelope::{Answer, ApiError, ErrorType};

/// A form may have this many bytes, as in our own API.
const BODY_LIMIT: usize = 10 << 20;
/// An answer may have this many, decompressed.
const ANSWER_LIMIT: u64 = 256 << 20;

/// So many bytes of an answer that is not JSON are shown.
const WORDS: usize = 200;

/// Endpoints that read; a star is one or more parts of the path. Nothing else is passed on, since the other server
/// takes us for somebody who may do more.
const READING: &[&str] = &[
    "query",
    "query_range",
    "query_exemplars",
    "format_query",
    "parse_query",
    "labels",
    "label/*",
    "series",
    "metadata",
    "targets",
    "targets/metadata",
    "scrape_pools",
    "monitors",
    "rules",
    "alerts",
    "alertmanagers",
    "selector_liveness",
    "status/*",
    "features",
    "notifications",
];

/// Makes the data of an answer.
type StandIn = fn(&Remote) -> serde_json::Value;

/// What Weir alone has, and what stands in its place where the other server is not Weir.
const OWN: &[(&str, StandIn)] = &[
    ("status/weir", |remote| {
        json!({
            "version": env!("CARGO_PKG_VERSION"), "revision": "", "demo": false, "demoHint": "",
            "scrapeIntervalMs": remote.settings.scrape_interval.0,
            "alertmanagers": [], "webhooks": [], "recentNotifications": [],
            "remote": remote.shown().as_str(),
        })
    }),
    ("monitors", |_| json!({"prometheus": "", "failure": "", "notes": [], "objects": []})),
    ("selector_liveness", |_| json!([])),
];

pub(super) async fn pass(
    State(remote): State<Arc<Remote>>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    if !READING.iter().any(|pattern| matches(pattern, &path)) {
        let why = format!("/api/v1/{path} is not passed on: only endpoints that read are");
        return ApiError::not_found(why).into_response();
    }
    let query = request.uri().query().map(str::to_owned);
    let (method, kind) = (request.method().clone(), request.headers().get(CONTENT_TYPE).cloned());
    let Ok(body) = to_bytes(request.into_body(), BODY_LIMIT).await else {
        return ApiError::bad_data(format!("the request body has more than {BODY_LIMIT} bytes"))
            .into_response();
    };
    let mut asked = remote.request(&path, query.as_deref());
    if method == Method::POST {
        asked.method = Method::POST;
        asked.body = body;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        asked.headers.insert(CONTENT_TYPE, kind.unwrap_or(form));
    }
    match remote.ask(asked).await {
        Ok((status, kind, body)) if is_unknown(status, &kind) => stand_in(&remote, &path, &body),
        Ok((status, kind, body)) => {
            // A browser would ask its user for a login that is ours to know.
            let status = if status == StatusCode::UNAUTHORIZED { StatusCode::BAD_GATEWAY } else { status };
            (status, [(CONTENT_TYPE, kind)], body).into_response()
        }
        Err(error) => error.into_response(),
    }
}

impl Remote {
    /// A GET of an endpoint.
    pub(super) fn request(&self, path: &str, query: Option<&str>) -> stdx::http::Request {
        let mut url: Url = self.settings.url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/api/v1/{path}"));
        url.set_query(query);
        let mut request = stdx::http::Request::get(url);
        request.deadline = self.settings.timeout;
        request.body_limit = ANSWER_LIMIT;
        request.headers.insert(http::header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        request
    }

    /// The other server's address as people may see it.
    fn shown(&self) -> Url {
        let mut shown = self.settings.url.clone();
        // An address that has none of the two cannot lose it: nothing is left to do then.
        let _ = shown.set_password(None);
        shown
    }

    /// Status, type and body of the answer.
    pub(super) async fn ask(
        &self,
        request: stdx::http::Request,
    ) -> Result<(StatusCode, HeaderValue, Bytes), ApiError> {
        let _permit = self.permits.acquire().await;
        match self.settings.client.fetch(request).await {
            Ok((answer, body)) => {
                let json = HeaderValue::from_static("application/json");
                let kind = answer.headers.get(CONTENT_TYPE).cloned().unwrap_or(json);
                Ok((answer.status, kind, Bytes::from(body)))
            }
            Err(error) => {
                self.failures.inc();
                let shown = self.shown();
                let why = format!("the server behind these pages, {shown}, does not answer: {error}");
                Err(ApiError::new(ErrorType::Unavailable, why))
            }
        }
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => {
            path.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && !rest.contains(".."))
        }
        None => pattern == path,
    }
}

/// How servers answer that do not know an endpoint: text, where an endpoint that is known refuses a request in JSON.
/// `VictoriaMetrics` says 400, others 404 or 405.
fn is_unknown(status: StatusCode, kind: &HeaderValue) -> bool {
    let is_json = kind.to_str().is_ok_and(|kind| kind.starts_with("application/json"));
    matches!(status.as_u16(), 400 | 404 | 405) && !is_json
}

fn own(path: &str) -> Option<StandIn> {
    OWN.iter().find(|(name, _)| *name == path).map(|(_, answer)| *answer)
}

/// What stands for an endpoint that the other server does not know; else an error with the beginning of its words.
fn stand_in(remote: &Remote, path: &str, words: &[u8]) -> Response {
    match own(path) {
        Some(answer) => match Answer::of(&answer(remote)) {
            Ok(answer) => answer.into_response(),
            Err(error) => error.into_response(),
        },
        None => {
            let words = String::from_utf8_lossy(&words[..words.len().min(WORDS)]);
            let who = remote.shown();
            let why =
                format!("the server behind these pages, {who}, has no /api/v1/{path}: {}", words.trim());
            ApiError::not_found(why).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reading_is_passed_on() {
        let passes = |path: &str| READING.iter().any(|pattern| matches(pattern, path));
        for path in ["query", "label/job/values", "status/tsdb"] {
            assert!(passes(path), "{path}");
        }
        for path in
            ["admin/tsdb/delete_series", "write", "otlp/v1/metrics", "query/x", "label/", "status/../write"]
        {
            assert!(!passes(path), "{path}");
        }
    }
}
