//! HTTP clients of receivers: JSON out, success or an error without secrets back.

use std::time::Duration;

use http::header::{HeaderValue, USER_AGENT};
use stdx::http::{Client, HttpClientConfig, HttpConfigError, HttpError, Request};
use url::Url;

use crate::delivery::DeliveryError;
use crate::manager::Settings;

/// So many characters of an answer that is no success are shown.
const SHOWN: usize = 200;

/// Why settings could not be put in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The HTTP client of a receiver cannot be made.
    #[error("http client of {receiver}: {source}")]
    Client {
        /// Which one.
        receiver: String,
        /// What is wrong.
        source: HttpConfigError,
    },
}

/// The clients of all receivers, in the order of the configuration.
#[derive(Default)]
pub(crate) struct Posters {
    pub(crate) alertmanagers: Vec<Poster>,
    pub(crate) webhooks: Vec<Poster>,
}

/// Posts JSON with a receiver's credentials. Clones share connections.
#[derive(Clone)]
pub(crate) struct Poster(Client);

// === impl Posters ===

impl Posters {
    pub(crate) fn make(settings: &Settings) -> Result<Posters, ApplyError> {
        let mut posters = Posters::default();
        for (set, config) in settings.alerting.alertmanagers.iter().enumerate() {
            posters.alertmanagers.push(Poster::make(&config.http, || format!("alertmanagers[{set}]"))?);
        }
        for config in &settings.webhooks {
            posters.webhooks.push(Poster::make(&config.http, || format!("webhook \"{}\"", config.name))?);
        }
        Ok(posters)
    }
}

// === impl Poster ===

impl Poster {
    fn make(config: &HttpClientConfig, receiver: impl Fn() -> String) -> Result<Poster, ApplyError> {
        let failed = |source| ApplyError::Client { receiver: receiver(), source };
        Client::new(config.clone()).map(Poster).map_err(failed)
    }

    /// Posts a body; success is any 2xx answer.
    pub(crate) async fn post(
        &self,
        url: &str,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<(), DeliveryError> {
        let url = Url::parse(url).map_err(|error| DeliveryError::Unusable(format!("url: {error}")))?;
        let mut request = Request::post(url, "application/json", body);
        request
            .headers
            .insert(USER_AGENT, HeaderValue::from_static(concat!("Weir/", env!("CARGO_PKG_VERSION"))));
        request.deadline = timeout;
        let (response, answer) = self.0.fetch(request).await.map_err(failure)?;
        if response.status.is_success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&answer).trim().chars().take(SHOWN).collect();
        Err(DeliveryError::Status { code: response.status.as_u16(), text })
    }
}

/// The error without the address, which may be a secret.
fn failure(error: HttpError) -> DeliveryError {
    match error {
        HttpError::Url { reason, .. } => DeliveryError::Unusable(format!("no address to send to: {reason}")),
        error @ (HttpError::Header(_) | HttpError::Redirects { .. } | HttpError::TooLarge { .. }) => {
            DeliveryError::Unusable(error.to_string())
        }
        error => DeliveryError::Failed(error.to_string()),
    }
}
