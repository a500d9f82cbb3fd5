//! The web pages, embedded at build time.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{StatusCode, Uri};
use rust_embed::RustEmbed;

/// What `npm run build` made; empty if it never ran, which `make run` sees to.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct WebPages;

/// Shown in place of the pages by a binary that was built without them.
const NO_PAGES: &str = "<!doctype html><title>weir</title><p>This binary was built without its web pages. \
    Build them with <code>make web</code>, then build weir again. The HTTP API works: \
    <a href=\"/api/v1/targets\">/api/v1/targets</a>.";

/// Scripts and styles come from ourselves alone; dashboards cannot bring any.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    object-src 'none'; base-uri 'self'; frame-ancestors 'self'";

/// Whether the binary holds the pages.
pub fn has_web_pages() -> bool {
    WebPages::get("index.html").is_some()
}

/// A file of the pages, or the page itself for any other path: routes are the browser's.
pub(crate) async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") || path.starts_with("-/") {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    }
    if let Some(response) = file(path) {
        return response;
    }
    if path.starts_with("assets/") {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    }
    file("index.html")
        .unwrap_or_else(|| ([(CONTENT_TYPE, "text/html; charset=utf-8")], NO_PAGES).into_response())
}

fn file(path: &str) -> Option<Response> {
    let found = WebPages::get(path)?;
    // Names under assets/ carry a hash of their content.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (CONTENT_TYPE, found.metadata.mimetype().to_owned()),
        (CACHE_CONTROL, cache.to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
    ];
    Some((headers, found.data.into_owned()).into_response())
}
