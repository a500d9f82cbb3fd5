//! From a target to a body.

use http::HeaderMap;
use http::StatusCode;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use model::exposition::{Format, FormatError};
use stdx::http::{Client, HttpError, Request};

use super::{AGENT, Context};
use crate::config::JobSettings;
use crate::ingest::IngestError;
use crate::target::Target;

/// Tells the target how long it may take.
const TIMEOUT_HEADER: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// Why a scrape failed. Shown as the target's last error.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScrapeError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("server returned HTTP status {0}")]
    Status(StatusCode),
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error("{0}")]
    Forced(String),
    #[error("there is no source \"{0}\" within the process")]
    NoSource(String),
    #[error("reading the body ended early; this is a fault of weir, please report it")]
    Panicked,
}

/// How a job's targets are spoken to.
#[derive(Clone, Debug)]
pub(super) enum Reach {
    /// A source within the process.
    Local(String),
    /// HTTP.
    Http(Client),
    /// Not at all, and why.
    None(String),
}

// === impl Reach ===

impl Reach {
    pub(super) fn of(job: &JobSettings) -> Reach {
        match (&job.local, Client::new(job.http.clone())) {
            (Some(source), _) => Reach::Local(source.clone()),
            (None, Ok(client)) => Reach::Http(client),
            (None, Err(error)) => Reach::None(error.to_string()),
        }
    }

    /// The same with connections of its own.
    pub(super) fn separate(&self) -> Reach {
        match self {
            Reach::Http(client) => Reach::Http(client.separate()),
            other => other.clone(),
        }
    }

    /// Reads the target's body into `body`, and says what it is.
    pub(super) async fn fetch(
        &self,
        context: &Context,
        job: &JobSettings,
        target: &Target,
        body: &mut Vec<u8>,
    ) -> Result<Format, ScrapeError> {
        match self {
            Reach::None(reason) => Err(ScrapeError::Forced(reason.clone())),
            Reach::Local(name) => {
                let source = context.source(name).ok_or_else(|| ScrapeError::NoSource(name.clone()))?;
                let (content_type, text) = source();
                *body = text;
                Ok(Format::from_content_type(&content_type, job.fallback)?)
            }
            Reach::Http(client) => {
                let response = client.send(request(job, target), body).await?;
                if response.status != StatusCode::OK {
                    return Err(ScrapeError::Status(response.status));
                }
                let content_type = response.headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
                Ok(Format::from_content_type(&String::from_utf8_lossy(content_type), job.fallback)?)
            }
        }
    }
}

fn request(job: &JobSettings, target: &Target) -> Request {
    let mut headers = HeaderMap::new();
    let encoding = if job.compression { "gzip" } else { "identity" };
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(encoding));
    // Both are made of numbers and names of ours.
    if let Ok(accept) = HeaderValue::from_str(&job.accept) {
        headers.insert(ACCEPT, accept);
    }
    if let Ok(timeout) = HeaderValue::from_str(&target.timeout.seconds().to_string()) {
        headers.insert(TIMEOUT_HEADER, timeout);
    }
    let deadline = target.timeout.to_std();
    Request { headers, deadline, body_limit: job.body_limit, ..Request::get(target.url.clone()) }
}
