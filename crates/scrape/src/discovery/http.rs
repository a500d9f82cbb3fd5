//! A URL that lists targets as JSON.

use ::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use model::Duration;
use stdx::http::{Client, HttpClientConfig, Request};
use url::Url;

use super::shape::StaticShape;
use super::{MAX_LIST_BYTES, Post, TargetGroup};
use crate::manager::AGENT;

/// An entry of `http_sd_configs`.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpConfig {
    /// Where the list is.
    pub url: Url,
    /// How the server is spoken to.
    pub http: HttpClientConfig,
    /// How often it is asked; also how long it may take.
    pub refresh_interval: Duration,
}

/// Asks for ever.
pub(super) async fn follow(config: HttpConfig, post: Post) {
    let client = match Client::new(config.http.clone()) {
        Ok(client) => client,
        Err(error) => return post.failed("http", &error),
    };
    let mut refresh = tokio::time::interval(config.refresh_interval.to_std());
    refresh.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        refresh.tick().await;
        match fetch(&client, &config).await {
            Ok(groups) => post.found(groups),
            Err(error) => post.failed("http", &error),
        }
    }
}

async fn fetch(client: &Client, config: &HttpConfig) -> Result<Vec<TargetGroup>, String> {
    let mut request = Request::get(config.url.clone());
    request.deadline = config.refresh_interval.to_std();
    request.body_limit = MAX_LIST_BYTES;
    request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    request.headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    let seconds = config.refresh_interval.seconds().to_string();
    if let Ok(seconds) = HeaderValue::from_str(&seconds) {
        request.headers.insert("x-prometheus-refresh-interval-seconds", seconds);
    }
    let (response, body) = client.fetch(request).await.map_err(|error| error.to_string())?;
    if response.status.as_u16() != 200 {
        return Err(format!("server returned HTTP status {}", response.status));
    }
    let content_type = response.headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let content_type = String::from_utf8_lossy(content_type);
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(format!("unsupported content type \"{content_type}\": it must be application/json"));
    }
    parse(&body, &shown(&config.url))
}

fn parse(body: &[u8], url: &str) -> Result<Vec<TargetGroup>, String> {
    let shapes: Vec<StaticShape> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let group = |(index, shape): (usize, &StaticShape)| {
        let mut group = shape.group(format!("{url}:{index}")).map_err(|error| error.to_string())?;
        group.labels = group.labels.with("__meta_url", url);
        Ok(group)
    };
    shapes.iter().enumerate().map(group).collect()
}

/// The URL without a password.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    if url.password().is_some() {
        // It has a host, so that setting a password cannot fail.
        let _ = url.set_password(Some("xxxxx"));
    }
    url.to_string()
}
