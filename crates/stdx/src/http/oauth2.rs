//! Tokens by client credentials: RFC 6749 §4.4, asked for as Go's `clientcredentials` does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, HeaderValue};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::client::{Client, Request, basic_credentials, text};
use super::config::{HttpClientConfig, OAuth2};
use super::{HttpConfigError, HttpError, Secret};

/// A token that ends this soon is asked for anew.
const EARLY: Duration = Duration::from_secs(10);
/// A token server that takes longer has failed.
const DEADLINE: Duration = Duration::from_secs(10);
const MOST_BYTES: u64 = 1 << 20;
/// So long a token holds that says nothing of its end; one that does is not believed for longer either.
const LONGEST: Duration = Duration::from_secs(3600);

/// Gives tokens, and keeps one until it ends.
#[derive(Debug)]
pub(super) struct Tokens {
    config: OAuth2,
    client: Client,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    token: Option<(Arc<Secret>, Instant)>,
    /// Whether the server wants the credentials in the form, since it refused those in the header.
    in_form: bool,
}

// === impl Tokens ===

impl Tokens {
    pub(super) fn new(config: &OAuth2) -> Result<Tokens, HttpConfigError> {
        let client = Client::new(HttpClientConfig {
            tls_config: config.tls_config.clone(),
            proxy_url: config.proxy_url.clone(),
            no_proxy: config.no_proxy.clone(),
            proxy_from_environment: config.proxy_from_environment,
            proxy_connect_header: config.proxy_connect_header.clone(),
            ..HttpClientConfig::default()
        })?;
        Ok(Tokens { config: config.clone(), client, state: Mutex::default() })
    }

    /// The `Authorization` header: type and token.
    pub(super) async fn authorization(&self) -> Result<Arc<Secret>, HttpError> {
        // Whoever comes meanwhile waits for the same token.
        let mut state = self.state.lock().await;
        if let Some((token, until)) = &state.token
            && *until > Instant::now()
        {
            return Ok(token.clone());
        }
        let mut answer = self.ask(state.in_form).await?;
        if matches!(answer.0, 400 | 401) && !state.in_form {
            answer = self.ask(true).await?;
            state.in_form = answer.0 == 200;
        }
        let (token, lasts) = self.read(answer)?;
        let token = Arc::new(token);
        state.token = Some((token.clone(), Instant::now() + lasts.saturating_sub(EARLY)));
        Ok(token)
    }

    /// Status and body.
    async fn ask(&self, in_form: bool) -> Result<(u16, Vec<u8>), HttpError> {
        let config = &self.config;
        let secret = text(config.client_secret.reveal(), config.client_secret_file.as_deref()).await?;
        let request = self.request(&secret, in_form)?;
        // A client that has no tokens of its own; boxed, for a client within a client has no size.
        let (response, body) = Box::pin(self.client.fetch(request)).await?;
        Ok((response.status.as_u16(), body))
    }

    fn request(&self, secret: &str, in_form: bool) -> Result<Request, HttpError> {
        let config = &self.config;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if !config.scopes.is_empty() {
            form.append_pair("scope", &config.scopes.join(" "));
        }
        form.extend_pairs(&config.endpoint_params);
        if in_form {
            form.append_pair("client_id", &config.client_id).append_pair("client_secret", secret);
        }
        let url = Url::parse(&config.token_url)
            .map_err(|error| HttpError::Url { url: config.token_url.clone(), reason: error.to_string() })?;
        let mut request = Request::post(url, "application/x-www-form-urlencoded", form.finish());
        if !in_form {
            let escaped = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let value = basic_credentials(&escaped(&config.client_id), &escaped(secret));
            let value =
                HeaderValue::from_str(&value).map_err(|_| HttpError::Header("authorization".to_owned()))?;
            request.headers.insert(AUTHORIZATION, value);
        }
        (request.deadline, request.body_limit) = (DEADLINE, MOST_BYTES);
        Ok(request)
    }

    fn read(&self, (status, body): (u16, Vec<u8>)) -> Result<(Secret, Duration), HttpError> {
        let failed = |reason: String| HttpError::Token { url: self.config.token_url.clone(), reason };
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let said = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or("");
        if status != 200 || said("access_token").is_empty() {
            let why = [said("error"), said("error_description")].join(" ");
            let why = if why.trim().is_empty() { "no access_token in the answer" } else { why.trim() };
            return Err(failed(format!("HTTP status {status}: {why}")));
        }
        let kind = match said("token_type") {
            kind if kind.is_empty() || kind.eq_ignore_ascii_case("bearer") => "Bearer",
            kind => kind,
        };
        // Some servers send a number as a text.
        let lasts = answer.get("expires_in");
        let lasts = lasts.and_then(|lasts| lasts.as_u64().or_else(|| lasts.as_str()?.parse().ok()));
        let lasts = lasts.filter(|seconds| *seconds > 0).map_or(LONGEST, Duration::from_secs).min(LONGEST);
        Ok((Secret::new(format!("{kind} {}", said("access_token"))), lasts))
    }
}
