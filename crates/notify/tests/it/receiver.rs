//! An HTTP server that keeps what it gets and fails when told to.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

/// One post.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) path: String,
    pub(crate) content_type: String,
    pub(crate) authorization: String,
    pub(crate) body: Value,
    pub(crate) answered: u16,
}

pub(crate) struct Receiver {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    posts: Vec<Post>,
    failures: VecDeque<u16>,
}

impl Receiver {
    pub(crate) async fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                let service = hyper::service::service_fn(move |request| answer(Arc::clone(&shared), request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Receiver { address, state }
    }

    /// An address where nobody listens.
    pub(crate) async fn closed_address() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().to_string()
    }

    /// The next posts are answered with these.
    pub(crate) fn fail_next(&self, codes: &[u16]) {
        self.state.lock().unwrap().failures.extend(codes);
    }

    pub(crate) fn posts(&self) -> Vec<Post> {
        self.state.lock().unwrap().posts.clone()
    }

    /// Alerts that came to a path in arrays, or posts of other shape.
    pub(crate) fn count(&self, path: &str) -> usize {
        let posts = self.posts();
        posts
            .iter()
            .filter(|post| post.path == path)
            .map(|post| post.body.as_array().map_or(1, Vec::len))
            .sum()
    }

    /// Instances of all alerts that came in arrays.
    pub(crate) fn instances(&self) -> Vec<String> {
        let posts = self.posts();
        let alerts = posts.iter().filter_map(|post| post.body.as_array()).flatten();
        alerts.map(|alert| alert["labels"]["instance"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

async fn answer(
    state: Arc<Mutex<State>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let mut state = state.lock().unwrap();
    let answered = state.failures.pop_front().unwrap_or(200);
    let header = |name| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    state.posts.push(Post {
        path: parts.uri.path().to_owned(),
        content_type: header("content-type"),
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        answered,
    });
    let text = if answered == 200 { "ok" } else { "no" };
    Ok(Response::builder().status(answered).body(Full::from(text)).unwrap())
}
