//! The client: requests with credentials, redirects and a deadline.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio_rustls::rustls::ClientConfig;
use url::Url;

use super::config::{HttpClientConfig, HttpConfigError};
use super::connection::{Connection, Idle, Origin};
use super::oauth2::Tokens;
use super::secret::Secret;
use super::{HttpError, body, proxy, tls};

/// As Go's client.
const MAX_REDIRECTS: usize = 10;

/// What to send.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers beside those that the client sets (`Host`, `Authorization`, `http_headers`).
    pub headers: HeaderMap,
    /// The body; empty for `GET`.
    pub body: Bytes,
    /// All of it, redirects and the answer's body too, must be done by then.
    pub deadline: Duration,
    /// The most bytes of the answer's body, after decompression.
    pub body_limit: u64,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status; redirects only where they are not followed.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Bytes of the body as they were sent, which is less than there are where they were compressed.
    pub wire_bytes: u64,
}

/// Sends requests, with connections of its own that are kept open between them. Clones share these.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
    idle: Arc<Idle>,
}

#[derive(Debug)]
struct Shared {
    config: HttpClientConfig,
    /// Kept only where no file is named: files are read for each connection, as they may change.
    tls: OnceLock<Arc<ClientConfig>>,
    tokens: Option<Tokens>,
}

/// The answer's head, and the connection that the rest comes from.
struct Answer {
    head: http::response::Parts,
    body: Incoming,
    connection: Connection,
}

impl Request {
    /// A `GET` without headers: 10 s, 16 MiB.
    pub fn get(url: Url) -> Request {
        Request {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            deadline: Duration::from_secs(10),
            body_limit: 16 << 20,
        }
    }

    /// A `POST` of a body of that type: 10 s, 16 MiB.
    pub fn post(url: Url, content_type: &'static str, body: impl Into<Bytes>) -> Request {
        let mut request = Request { method: Method::POST, body: body.into(), ..Request::get(url) };
        request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        request
    }

    fn is_body_free(&self) -> bool {
        self.body.is_empty() && self.method != Method::POST
    }
}

// === impl Client ===

impl Client {
    /// A client with these settings. Files of secrets and certificates are read when they are needed.
    ///
    /// # Errors
    /// As [`HttpClientConfig::validate`].
    pub fn new(config: HttpClientConfig) -> Result<Client, HttpConfigError> {
        config.validate()?;
        let tokens = config.oauth2.as_ref().map(Tokens::new).transpose()?;
        let shared = Arc::new(Shared { config, tls: OnceLock::new(), tokens });
        Ok(Client { shared, idle: Arc::default() })
    }

    /// A client with the same settings and connections of its own.
    pub fn separate(&self) -> Client {
        Client { shared: self.shared.clone(), idle: Arc::default() }
    }

    /// Sends a request and reads the answer's body into `out`, whatever the status; `out` is emptied first,
    /// keeps its allocation, and holds part of the body after an error.
    ///
    /// # Errors
    /// Any way in which there was no complete answer in time.
    pub async fn send(&self, request: Request, out: &mut Vec<u8>) -> Result<Response, HttpError> {
        out.clear();
        let deadline = request.deadline;
        match tokio::time::timeout(deadline, self.send_all(request, out)).await {
            Ok(done) => done,
            Err(_) => Err(HttpError::TimedOut { after: deadline }),
        }
    }

    /// As [`Client::send`], with a buffer of its own.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn fetch(&self, request: Request) -> Result<(Response, Vec<u8>), HttpError> {
        let mut out = Vec::new();
        let response = self.send(request, &mut out).await?;
        Ok((response, out))
    }

    pub(super) fn config(&self) -> &HttpClientConfig {
        &self.shared.config
    }

    pub(super) fn server_name(&self) -> &str {
        self.shared.config.tls_config.as_ref().map_or("", |tls| tls.server_name.as_str())
    }

    pub(super) fn tls(&self) -> Result<Arc<ClientConfig>, HttpError> {
        let settings = self.shared.config.tls_config.clone().unwrap_or_default();
        if let Some(made) = self.shared.tls.get() {
            return Ok(made.clone());
        }
        let made = tls::client_config(&settings)?;
        let files = [&settings.ca_file, &settings.cert_file, &settings.key_file];
        if files.iter().all(|file| file.is_none()) {
            return Ok(self.shared.tls.get_or_init(|| made).clone());
        }
        Ok(made)
    }

    async fn send_all(&self, mut request: Request, out: &mut Vec<u8>) -> Result<Response, HttpError> {
        let first = Origin::of(&request.url)?;
        let mut trusted = true;
        for _ in 0..=MAX_REDIRECTS {
            let origin = Origin::of(&request.url)?;
            // Once a redirect led away, later ones get no credentials either.
            trusted = trusted && first.trusts(&origin);
            let answer = self.send_once(&request, origin, trusted).await?;
            match self.redirect(&request, &answer.head)? {
                Some(url) => {
                    let keeps_method = matches!(answer.head.status.as_u16(), 307 | 308);
                    if !keeps_method && request.method == Method::POST {
                        request.method = Method::GET;
                        request.body = Bytes::new();
                        request.headers.remove(header::CONTENT_TYPE);
                    }
                    if !trusted {
                        request.headers.remove(header::AUTHORIZATION);
                        request.headers.remove(header::COOKIE);
                    }
                    request.url = url;
                }
                None => return self.read(answer, request.body_limit, out).await,
            }
        }
        Err(HttpError::Redirects { most: MAX_REDIRECTS })
    }

    /// Where the answer leads to; none if it is the last.
    fn redirect(&self, request: &Request, head: &http::response::Parts) -> Result<Option<Url>, HttpError> {
        let redirects = matches!(head.status.as_u16(), 301 | 302 | 303 | 307 | 308);
        let Some(location) = head.headers.get(header::LOCATION) else { return Ok(None) };
        if !redirects || !self.shared.config.follows_redirects() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(location.as_bytes());
        let invalid =
            |error: url::ParseError| HttpError::Url { url: text.to_string(), reason: error.to_string() };
        request.url.join(&text).map(Some).map_err(invalid)
    }

    async fn send_once(&self, request: &Request, origin: Origin, trusted: bool) -> Result<Answer, HttpError> {
        if let Some(mut connection) = self.idle.take(&origin) {
            match connection.send(self.build(request, &origin, trusted, connection.proxy()).await?).await {
                Ok(response) => return Ok(Answer::new(response, connection)),
                // The server may have closed the connection meanwhile; what was not sent or changes nothing
                // is sent again, on a new one.
                Err(error) if error.is_canceled() || request.is_body_free() => {}
                Err(error) => return Err(HttpError::Protocol(error)),
            }
        }
        let mut connection = Connection::open(self, origin.clone()).await?;
        let built = self.build(request, &origin, trusted, connection.proxy()).await?;
        let response = connection.send(built).await.map_err(HttpError::Protocol)?;
        Ok(Answer::new(response, connection))
    }

    async fn build(
        &self,
        request: &Request,
        origin: &Origin,
        trusted: bool,
        proxy: Option<&Url>,
    ) -> Result<http::Request<Full<Bytes>>, HttpError> {
        let mut built = http::Request::new(Full::new(request.body.clone()));
        *built.method_mut() = request.method.clone();
        let path = &request.url[url::Position::BeforePath..url::Position::AfterQuery];
        // A proxy that forwards is asked for the whole URL.
        let whole = proxy.map(|_| format!("{}://{}{path}", request.url.scheme(), origin.authority()));
        let invalid = |reason: String| HttpError::Url { url: request.url.to_string(), reason };
        *built.uri_mut() = whole
            .as_deref()
            .unwrap_or(path)
            .parse()
            .map_err(|error: http::uri::InvalidUri| invalid(error.to_string()))?;
        let headers = built.headers_mut();
        let host = HeaderValue::from_str(&origin.authority()).map_err(|error| invalid(error.to_string()))?;
        headers.insert(header::HOST, host);
        headers.extend(request.headers.clone());
        if let Some(value) = proxy.and_then(proxy::authorization) {
            headers.insert(header::PROXY_AUTHORIZATION, hidden_value("proxy-authorization", &value)?);
        }
        if trusted {
            self.add_credentials(headers, &request.url).await?;
        }
        Ok(built)
    }

    async fn add_credentials(&self, headers: &mut HeaderMap, url: &Url) -> Result<(), HttpError> {
        let config = &self.shared.config;
        let authorization = if let Some(basic) = &config.basic_auth {
            let user = text(&basic.username, basic.username_file.as_deref()).await?;
            let password = text(basic.password.reveal(), basic.password_file.as_deref()).await?;
            Some(basic_credentials(&user, &password))
        } else if let Some(authorization) = &config.authorization {
            let kind = authorization.kind.as_deref().map_or("Bearer", str::trim);
            let file = authorization.credentials_file.as_deref();
            Some(format!("{kind} {}", text(authorization.credentials.reveal(), file).await?))
        } else if config.bearer_token.is_some() || config.bearer_token_file.is_some() {
            let token = config.bearer_token.as_ref().map_or("", |token| token.reveal());
            Some(format!("Bearer {}", text(token, config.bearer_token_file.as_deref()).await?))
        } else if let Some(tokens) = &self.shared.tokens {
            Some(tokens.authorization().await?.reveal().to_owned())
        } else if url.username().is_empty() && url.password().is_none() {
            None
        } else {
            Some(basic_credentials(&decoded(url.username()), &decoded(url.password().unwrap_or_default())))
        };
        if let Some(authorization) = authorization {
            headers.insert(header::AUTHORIZATION, hidden_value("authorization", &authorization)?);
        }
        for (name, header) in &config.http_headers {
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HttpError::Header(name.clone()))?;
            headers.remove(&key);
            for value in
                header.values.iter().map(String::as_str).chain(header.secrets.iter().map(Secret::reveal))
            {
                headers.append(&key, hidden_value(name, value)?);
            }
            for path in &header.files {
                headers.append(&key, hidden_value(name, &text("", Some(path)).await?)?);
            }
        }
        Ok(())
    }

    async fn read(&self, answer: Answer, limit: u64, out: &mut Vec<u8>) -> Result<Response, HttpError> {
        let encoding = answer.head.headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes);
        let gzip = match encoding {
            None | Some(b"" | b"identity") => false,
            Some(name) if name.eq_ignore_ascii_case(b"gzip") => true,
            Some(name) => return Err(HttpError::Encoding(String::from_utf8_lossy(name).into_owned())),
        };
        let wire_bytes = body::read(answer.body, gzip, limit, out).await?;
        self.idle.put(answer.connection);
        Ok(Response { status: answer.head.status, headers: answer.head.headers, wire_bytes })
    }
}

impl Answer {
    fn new(response: http::Response<Incoming>, connection: Connection) -> Answer {
        let (head, body) = response.into_parts();
        Answer { head, body, connection }
    }
}

pub(super) fn basic_credentials(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn hidden_value(name: &str, value: &str) -> Result<HeaderValue, HttpError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| HttpError::Header(name.to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The text, or what the file holds without the space around it.
pub(super) async fn text(text: &str, file: Option<&Path>) -> Result<String, HttpError> {
    let Some(path) = file else { return Ok(text.to_owned()) };
    match tokio::fs::read_to_string(path).await {
        Ok(held) => Ok(held.trim().to_owned()),
        Err(source) => Err(HttpError::SecretFile { path: PathBuf::from(path), source }),
    }
}

pub(super) fn decoded(percent: &str) -> String {
    let pairs = format!("x={}", percent.replace('+', "%2B"));
    url::form_urlencoded::parse(pairs.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
