//! HTTP clients of receivers.

use std::sync::Arc;

use http::Request;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::delivery::{DeliveryError, Posting, Transport};
use crate::manager::Settings;

/// So much of an answer is read.
const ANSWER: usize = 4096;

/// Why settings could not be put in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The HTTP client of a receiver cannot be made.
    #[error("http client of {receiver}: {reason}")]
    Client {
        /// Which one.
        receiver: String,
        /// What is wrong.
        reason: String,
    },
}

/// The clients of all receivers, in the order of the configuration.
#[derive(Default)]
pub(crate) struct Transports {
    pub(crate) alertmanagers: Vec<Arc<dyn Transport>>,
    pub(crate) webhooks: Vec<Arc<dyn Transport>>,
}

struct Plain;

impl Transports {
    pub(crate) fn make(settings: &Settings) -> Result<Transports, ApplyError> {
        let plain = || -> Arc<dyn Transport> { Arc::new(Plain) };
        Ok(Transports {
            alertmanagers: settings.alerting.alertmanagers.iter().map(|_| plain()).collect(),
            webhooks: settings.webhooks.iter().map(|_| plain()).collect(),
        })
    }
}

impl Transport for Plain {
    fn post<'a>(&'a self, url: &'a str, body: Vec<u8>) -> Posting<'a> {
        Box::pin(post(url, body))
    }
}

async fn post(url: &str, body: Vec<u8>) -> Result<(), DeliveryError> {
    let unusable = |text: String| DeliveryError::Unusable(text);
    let uri: http::Uri = url.parse().map_err(|_| unusable("the URL is not valid".to_owned()))?;
    let authority = uri.authority().ok_or_else(|| unusable("the URL names no host".to_owned()))?.clone();
    if uri.scheme_str() != Some("http") {
        return Err(unusable("only http is supported".to_owned()));
    }
    let failed =
        |what: &str, error: &dyn std::fmt::Display| DeliveryError::Failed(format!("{what}: {error}"));
    let address = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80));
    let stream = TcpStream::connect(address).await.map_err(|error| failed("connect", &error))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|e| failed("connect", &e))?;
    tokio::spawn(connection);
    let request = Request::post(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(http::header::HOST, authority.as_str())
        .header(http::header::CONTENT_TYPE, "application/json")
        .header(http::header::USER_AGENT, concat!("Weir/", env!("CARGO_PKG_VERSION")))
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| unusable(error.to_string()))?;
    let response = sender.send_request(request).await.map_err(|error| failed("post", &error))?;
    let status = response.status();
    let answer = Limited::new(response.into_body(), ANSWER).collect().await.map(http_body_util::Collected::to_bytes);
    if status.is_success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&answer.unwrap_or_default()).trim().chars().take(200).collect();
    Err(DeliveryError::Status { code: status.as_u16(), text })
}
