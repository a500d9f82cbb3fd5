//! Serves a replay over HTTP: each target at `/NAME/metrics`, a list at `/`, discovery at `/targets`.

use std::convert::Infallible;
use std::sync::Arc;

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use model::Timestamp;
use model::labels::METRIC_NAME;
use stdx::Clock;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::{RecordedScrape, RecordedTarget, Recording, Replay, Served};

/// Connections at a time; more wait.
const MAX_CONNECTIONS: usize = 256;
/// How long a client may take for the head of a request.
const HEADER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// A recording that is replayed now.
pub struct ReplayServer {
    recording: Recording,
    replay: Replay,
    clock: Arc<dyn Clock>,
}

impl ReplayServer {
    /// Serves `recording` as `replay` and the clock say.
    pub fn new(recording: Recording, replay: Replay, clock: Arc<dyn Clock>) -> ReplayServer {
        ReplayServer { recording, replay, clock }
    }

    /// Accepts connections until the task is dropped.
    pub async fn run(self: Arc<Self>, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "The replay could not accept a connection.");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                }
            };
            let server = Arc::clone(&self);
            tokio::spawn(async move {
                let service = service_fn(move |request: Request<Incoming>| {
                    let server = Arc::clone(&server);
                    async move { Ok::<_, Infallible>(server.answer_off_thread(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADER_TIMEOUT)
                    .serve_connection(TokioIo::new(stream), service);
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "A connection to the replay broke.");
                }
                drop(place);
            });
        }
    }

    /// Reading a body decompresses it, which may take milliseconds.
    async fn answer_off_thread(self: Arc<Self>, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.unwrap_or_default().to_owned();
        let answer = tokio::task::spawn_blocking(move || self.answer(&method, &path, &host)).await;
        answer.unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "the replay failed to answer\n"))
    }

    fn answer(&self, method: &Method, path: &str, host: &str) -> Response<Full<Bytes>> {
        if method != Method::GET && method != Method::HEAD {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are served\n");
        }
        match path {
            "/" => self.list(),
            "/targets" => self.discovery(host),
            path => {
                let name = path.strip_prefix('/').and_then(|path| path.strip_suffix("/metrics"));
                let target =
                    self.recording.targets().iter().find(|target| Some(target.name.as_str()) == name);
                match target {
                    Some(target) => self.metrics(target),
                    None => plain(StatusCode::NOT_FOUND, "no such target; see / for those there are\n"),
                }
            }
        }
    }

    fn list(&self) -> Response<Full<Bytes>> {
        let line = |target: &RecordedTarget| format!("/{}/metrics {}\n", target.name, target.labels);
        let mut text: String = self.recording.targets().iter().map(line).collect();
        text.push_str("/targets (for http_sd_configs)\n");
        plain(StatusCode::OK, text)
    }

    /// What `http_sd_configs` reads: a group per target, with the labels of the recording.
    fn discovery(&self, host: &str) -> Response<Full<Bytes>> {
        let group = |target: &RecordedTarget| {
            let mut labels = serde_json::Map::new();
            for (name, value) in target.labels.iter().filter(|(name, _)| *name != METRIC_NAME) {
                labels.insert(name.to_owned(), value.into());
            }
            labels.insert("__metrics_path__".into(), format!("/{}/metrics", target.name).into());
            serde_json::json!({ "targets": [host], "labels": labels })
        };
        let groups: Vec<serde_json::Value> = self.recording.targets().iter().map(group).collect();
        respond(StatusCode::OK, "application/json", serde_json::Value::Array(groups).to_string())
    }

    fn metrics(&self, target: &RecordedTarget) -> Response<Full<Bytes>> {
        match self.replay.served(target, Timestamp(self.clock.now_ms())) {
            Served::Over => plain(StatusCode::SERVICE_UNAVAILABLE, "the recording is over\n"),
            Served::Scrape(scrape) => self.scrape(target, scrape),
        }
    }

    fn scrape(&self, target: &RecordedTarget, scrape: &RecordedScrape) -> Response<Full<Bytes>> {
        if let Some(error) = &scrape.error {
            return plain(StatusCode::SERVICE_UNAVAILABLE, format!("recorded failure: {error}\n"));
        }
        match self.recording.body(target, scrape) {
            Ok(body) => {
                let status = StatusCode::from_u16(scrape.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                respond(status, &scrape.content_type, body.unwrap_or_default())
            }
            Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
        }
    }
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    respond(status, "text/plain; charset=utf-8", text)
}

/// The content type as it was recorded; none if it was none.
fn respond(status: StatusCode, content_type: &str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    if let Some(value) = header::HeaderValue::from_str(content_type).ok().filter(|value| !value.is_empty()) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}
