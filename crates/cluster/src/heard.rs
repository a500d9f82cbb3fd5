//! When the server was last heard of: every part of an answer counts, also the bookmarks of a quiet watch.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};

use http::{Method, Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Bytes;
use kube::client::Body;
use stdx::GaugeFamily;
use tower::{Layer, Service};

/// Times by resource, `deployments.apps`; in seconds since the epoch. Clones share everything.
#[derive(Clone, Debug)]
pub struct Heard {
    times: Arc<Mutex<BTreeMap<String, f64>>>,
    gauges: GaugeFamily,
    /// What the gauges have beside the resource.
    prefix: Option<String>,
}

/// Notes what a client hears.
pub(crate) struct HeardLayer(pub(crate) Heard);

#[derive(Clone)]
pub(crate) struct HeardService<S> {
    inner: S,
    heard: Heard,
}

// === impl Heard ===

impl Heard {
    /// Sets gauges with the label `resource`, after another one with the value `prefix` if there is one.
    pub fn new(gauges: GaugeFamily, prefix: Option<&str>) -> Heard {
        Heard { times: Arc::default(), gauges, prefix: prefix.map(str::to_owned) }
    }

    /// Resources and when the server last said anything of them.
    pub fn times(&self) -> BTreeMap<String, f64> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Nobody asks for a resource any more.
    pub fn forget(&self, resource: &str) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).remove(resource);
        self.gauges.remove(&self.labels(resource));
    }

    fn note(&self, resource: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        self.gauges.with(&self.labels(resource)).set(now);
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        match times.get_mut(resource) {
            Some(time) => *time = now,
            None => _ = times.insert(resource.to_owned(), now),
        }
    }

    fn labels<'a>(&'a self, resource: &'a str) -> Vec<&'a str> {
        self.prefix.as_deref().into_iter().chain([resource]).collect()
    }
}

// === impl HeardLayer ===

impl<S> Layer<S> for HeardLayer {
    type Service = HeardService<S>;

    fn layer(&self, inner: S) -> HeardService<S> {
        HeardService { inner, heard: self.0.clone() }
    }
}

impl<S, B> Service<Request<Body>> for HeardService<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
    B: BodyExt<Data = Bytes> + Send + 'static,
{
    type Response = Response<UnsyncBoxBody<Bytes, B::Error>>;
    type Error = S::Error;
    type Future = futures_util::future::BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let resource = if request.method() == Method::GET { resource(request.uri().path()) } else { None };
        let heard = self.heard.clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            let resource = resource.filter(|_| answer.status().is_success());
            if let Some(resource) = &resource {
                heard.note(resource);
            }
            let note = move |frame| {
                if let Some(resource) = &resource {
                    heard.note(resource);
                }
                frame
            };
            Ok(answer.map(|body| body.map_frame(note).boxed_unsync()))
        })
    }
}

/// What a path lists: `/apis/apps/v1/namespaces/a/deployments` is `deployments.apps`. Single objects are nothing.
fn resource(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (group, rest) = match parts.as_slice() {
        ["api", "v1", rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => return None,
    };
    match rest {
        [plural] | ["namespaces", _, plural] if group.is_empty() => Some((*plural).to_owned()),
        [plural] | ["namespaces", _, plural] => Some(format!("{plural}.{group}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::resource;

    #[test]
    fn paths_name_resources() {
        for (path, expected) in [
            ("/api/v1/pods", Some("pods")),
            ("/api/v1/namespaces", Some("namespaces")),
            ("/api/v1/namespaces/a/pods", Some("pods")),
            ("/apis/apps/v1/deployments", Some("deployments.apps")),
            ("/apis/apps/v1/namespaces/a/deployments", Some("deployments.apps")),
            ("/api/v1/namespaces/a/secrets/b", None),
            ("/api/v1/namespaces/a", None),
            ("/apis/apps/v1", None),
            ("/version", None),
        ] {
            assert_eq!(resource(path).as_deref(), expected, "{path}");
        }
    }
}
