//! The guard before a router.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, StatusCode};
use stdx::{CounterFamily, Registry};
use tokio::sync::Semaphore;

use super::credentials::{Credentials, Verdict};

/// So many passwords are hashed at once; who waits longer than [`PATIENCE`] is sent away.
const HASHES_AT_ONCE: usize = 2;
const PATIENCE: Duration = Duration::from_secs(5);
/// So many headers that passed are remembered, so that a page's requests are not hashed one by one.
const REMEMBERED_MOST: usize = 100;
/// What probes ask, and what tells nothing.
const FREE: &[&str] = &["/-/healthy", "/-/ready", "/api/health", "/demo/webhook"];

/// Lets requests through that carry a login or a token.
#[derive(Debug)]
pub struct Guard {
    known: RwLock<Known>,
    passed: Mutex<HashSet<String>>,
    hashes: Semaphore,
    headers: Vec<(HeaderName, HeaderValue)>,
    refused: CounterFamily,
}

#[derive(Clone, Debug)]
enum Known {
    /// Everyone may pass.
    Open,
    /// Nobody may pass yet; why.
    Closed(String),
    Users(Arc<Credentials>),
}

// === impl Guard ===

impl Guard {
    /// A guard that lets everyone pass until [`Guard::close`] or [`Guard::set`]; with headers for all answers.
    pub fn new(registry: &Registry, headers: Vec<(HeaderName, HeaderValue)>) -> Guard {
        Guard {
            known: RwLock::new(Known::Open),
            passed: Mutex::default(),
            hashes: Semaphore::new(HASHES_AT_ONCE),
            headers,
            refused: registry.counters(
                "weir_http_logins_refused_total",
                "Requests without a valid login, by reason: missing, wrong, busy (too many at once), closed (the login is not known).",
                &["reason"],
            ),
        }
    }

    /// Nobody passes; why.
    pub fn close(&self, why: &str) {
        self.put(Known::Closed(why.to_owned()));
    }

    /// These pass, and nobody else.
    pub fn set(&self, credentials: Credentials) {
        let same = matches!(&*self.read(), Known::Users(known) if **known == credentials);
        if !same {
            self.put(Known::Users(Arc::new(credentials)));
        }
    }

    fn put(&self, known: Known) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// None if the request may pass.
    async fn refusal(&self, header: Option<&str>) -> Option<Response> {
        let known = match &*self.read() {
            Known::Open => return None,
            Known::Closed(why) => {
                self.refused.with(&["closed"]).inc();
                return Some(unavailable(&format!("The login is not known yet: {why}\n")));
            }
            Known::Users(known) => Arc::clone(known),
        };
        let verdict = match header {
            Some(header) if known.is_slow() => self.check_slowly(known, header).await,
            header => Some(known.check(header)),
        };
        let reason = match verdict {
            Some(Verdict::Granted) => return None,
            Some(Verdict::Missing) => "missing",
            Some(Verdict::Wrong) => "wrong",
            None => "busy",
        };
        self.refused.with(&[reason]).inc();
        Some(if reason == "busy" { unavailable("Too many logins at once\n") } else { unauthorized() })
    }

    /// None if too many others are being checked.
    async fn check_slowly(&self, known: Arc<Credentials>, header: &str) -> Option<Verdict> {
        let passed = || self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if passed().contains(header) {
            return Some(Verdict::Granted);
        }
        let _permit = tokio::time::timeout(PATIENCE, self.hashes.acquire()).await.ok()?.ok()?;
        let (given, asked) = (header.to_owned(), Arc::clone(&known));
        let verdict = tokio::task::spawn_blocking(move || asked.check(Some(&given))).await.ok()?;
        // Who was replaced meanwhile is not remembered.
        let current = matches!(&*self.read(), Known::Users(now) if Arc::ptr_eq(now, &known));
        if verdict == Verdict::Granted && current {
            let mut passed = passed();
            if passed.len() >= REMEMBERED_MOST {
                passed.clear();
            }
            passed.insert(header.to_owned());
        }
        Some(verdict)
    }
}

/// The router behind the guard.
pub fn guarded(router: Router, guard: Arc<Guard>) -> Router {
    Router::new().fallback_service(router).layer(from_fn_with_state(guard, check))
}

async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let refusal = if is_free(&request) { None } else { guard.refusal(header.as_deref()).await };
    let mut response = match refusal {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    for (name, value) in &guard.headers {
        response.headers_mut().insert(name, value.clone());
    }
    response
}

/// Browsers send no credentials with the question whether they may.
fn is_free(request: &Request) -> bool {
    let path = request.uri().path();
    FREE.contains(&path) || (request.method() == Method::OPTIONS && path.starts_with("/api/v1/"))
}

fn unauthorized() -> Response {
    let ask = [(WWW_AUTHENTICATE, "Basic realm=\"weir\", charset=\"UTF-8\"")];
    (StatusCode::UNAUTHORIZED, ask, "Unauthorized\n").into_response()
}

fn unavailable(text: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")], text.to_owned()).into_response()
}
