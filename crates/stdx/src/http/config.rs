//! How to speak to a server: the shape of a configuration, by Prometheus' names
//! (`HTTPClientConfig` of prometheus/common).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::secret::Secret;

/// Credentials, TLS and behavior of a client.
///
/// Where these fields stand among others of a larger shape, use [`crate::http_client_shape!`], which keeps
/// the places of errors.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpClientConfig {
    /// User name and password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic_auth: Option<BasicAuth>,
    /// The `Authorization` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Authorization>,
    /// The older form of `authorization`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer_token: Option<Secret>,
    /// The older form of `authorization` with a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer_token_file: Option<PathBuf>,
    /// A token by client credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<OAuth2>,
    /// Certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_config: Option<TlsConfig>,
    /// Whether redirects are followed; yes if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_redirects: Option<bool>,
    /// Accepted; HTTP/1.1 is spoken either way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_http2: Option<bool>,
    /// The proxy: `http`, `https` or `socks5`; "" is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    /// Hosts, addresses and networks that are reached without it, with commas between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_proxy: Option<String>,
    /// Whether `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_from_environment: Option<bool>,
    /// Headers that the proxy gets with CONNECT.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub proxy_connect_header: BTreeMap<String, Vec<Secret>>,
    /// Headers that every request carries.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub http_headers: BTreeMap<String, HeaderValues>,
}

/// `basic_auth`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct BasicAuth {
    /// The user.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub username: String,
    /// A file that holds the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_file: Option<PathBuf>,
    /// The password.
    #[serde(skip_serializing_if = "Secret::is_empty")]
    pub password: Secret,
    /// A file that holds the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

/// `authorization`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Authorization {
    /// `Bearer` if not said.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What follows the type.
    #[serde(skip_serializing_if = "Secret::is_empty")]
    pub credentials: Secret,
    /// A file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_file: Option<PathBuf>,
}

/// `oauth2`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OAuth2 {
    /// Who asks.
    pub client_id: String,
    /// The secret.
    #[serde(skip_serializing_if = "Secret::is_empty")]
    pub client_secret: Secret,
    /// A file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// What the token is for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Who gives it.
    pub token_url: String,
    /// Further parameters of the question.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoint_params: BTreeMap<String, String>,
    /// Certificates for `token_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_config: Option<TlsConfig>,
    /// As [`HttpClientConfig::proxy_url`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    /// As [`HttpClientConfig::no_proxy`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_proxy: Option<String>,
    /// As [`HttpClientConfig::proxy_from_environment`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_from_environment: Option<bool>,
    /// As [`HttpClientConfig::proxy_connect_header`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub proxy_connect_header: BTreeMap<String, Vec<Secret>>,
}

/// `tls_config`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// Certificate authorities, PEM; instead of the machine's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ca: String,
    /// A file that holds them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Our certificate, PEM.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cert: String,
    /// A file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_file: Option<PathBuf>,
    /// Our key, PEM.
    #[serde(skip_serializing_if = "Secret::is_empty")]
    pub key: Secret,
    /// A file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// The name that the server's certificate must have, instead of the URL's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub server_name: String,
    /// Any certificate will do.
    pub insecure_skip_verify: bool,
    /// `TLS10` to `TLS13`; below 1.2 is not spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_version: Option<TlsVersion>,
    /// `TLS10` to `TLS13`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_version: Option<TlsVersion>,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub enum TlsVersion {
    /// 1.0, not spoken.
    TLS10,
    /// 1.1, not spoken.
    TLS11,
    /// 1.2.
    TLS12,
    /// 1.3.
    TLS13,
}

/// The values of one header, in this order.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeaderValues {
    /// Plain values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Values that are not shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
    /// Files that hold values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PathBuf>,
}

/// Stands where a known option is that we refuse, whatever its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused;

/// Why a client's configuration was refused; texts as Prometheus has them where it has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpConfigError {
    /// Options that exclude each other.
    #[error("at most one of {0} must be configured")]
    Exclusive(&'static str),
    /// `authorization` with the type that has a form of its own.
    #[error("authorization type cannot be set to \"basic\", use \"basic_auth\" instead")]
    BasicType,
    /// A certificate without its key, or the other way round.
    #[error("exactly one of {0} must be configured when a client certificate is configured")]
    Incomplete(&'static str),
    /// A header that the client sets itself.
    #[error("setting header \"{0}\" is not allowed")]
    ReservedHeader(String),
    /// A name that is none.
    #[error("\"{0}\" is not a header name")]
    HeaderName(String),
    /// TLS 1.0 and 1.1 are not spoken, or the bounds leave nothing.
    #[error("tls_config: max_version must be TLS12 or TLS13 and not below min_version")]
    TlsVersions,
    /// An option without one that it needs.
    #[error("{0}")]
    Needs(&'static str),
    /// A proxy's address is none.
    #[error("proxy_url: {0}")]
    Proxy(String),
}

/// Headers that a configuration may not set.
const RESERVED: [&str; 22] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "keep-alive",
    "origin",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-prometheus-scrape-timeout-seconds",
];

/// Declares a shape for a configuration that has the fields of [`HttpClientConfig`] among its own, and a
/// method `http_client(&self) -> HttpClientConfig`. (`serde(flatten)` would lose the places of errors and the
/// names that are known.)
#[macro_export]
macro_rules! http_client_shape {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $kind:ty,)*
    }) => {
        $(#[$meta])* $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $kind,)*
            basic_auth: Option<$crate::http::BasicAuth>,
            authorization: Option<$crate::http::Authorization>,
            bearer_token: Option<$crate::http::Secret>,
            bearer_token_file: Option<std::path::PathBuf>,
            oauth2: Option<$crate::http::OAuth2>,
            tls_config: Option<$crate::http::TlsConfig>,
            follow_redirects: Option<bool>,
            enable_http2: Option<bool>,
            proxy_url: Option<String>,
            no_proxy: Option<String>,
            proxy_from_environment: Option<bool>,
            proxy_connect_header: std::collections::BTreeMap<String, Vec<$crate::http::Secret>>,
            http_headers: std::collections::BTreeMap<String, $crate::http::HeaderValues>,
        }

        impl $name {
            /// The part that says how to speak to the server.
            $vis fn http_client(&self) -> $crate::http::HttpClientConfig {
                $crate::http::HttpClientConfig {
                    basic_auth: self.basic_auth.clone(),
                    authorization: self.authorization.clone(),
                    bearer_token: self.bearer_token.clone(),
                    bearer_token_file: self.bearer_token_file.clone(),
                    oauth2: self.oauth2.clone(),
                    tls_config: self.tls_config.clone(),
                    follow_redirects: self.follow_redirects,
                    enable_http2: self.enable_http2,
                    proxy_url: self.proxy_url.clone(),
                    no_proxy: self.no_proxy.clone(),
                    proxy_from_environment: self.proxy_from_environment,
                    proxy_connect_header: self.proxy_connect_header.clone(),
                    http_headers: self.http_headers.clone(),
                }
            }
        }
    };
}

impl<'de> Deserialize<'de> for Refused {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Refused, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Refused)
    }
}

// === impl HttpClientConfig ===

impl HttpClientConfig {
    /// Whether redirects are followed.
    pub fn follows_redirects(&self) -> bool {
        self.follow_redirects.unwrap_or(true)
    }

    /// Whether the options fit together and are ones we have.
    ///
    /// # Errors
    /// The first that does not.
    pub fn validate(&self) -> Result<(), HttpConfigError> {
        self.validate_credentials()?;
        let headers = &self.proxy_connect_header;
        validate_proxy(
            self.proxy_url.as_deref(),
            self.no_proxy.as_deref(),
            self.proxy_from_environment,
            headers,
        )?;
        if let Some(oauth2) = &self.oauth2 {
            oauth2.validate()?;
        }
        if let Some(tls) = &self.tls_config {
            tls.validate()?;
        }
        for name in self.http_headers.keys() {
            if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(HttpConfigError::ReservedHeader(name.clone()));
            }
            if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
                return Err(HttpConfigError::HeaderName(name.clone()));
            }
        }
        Ok(())
    }

    /// Makes relative paths of files relative to `base`, the folder of the configuration file.
    pub fn resolve_paths(&mut self, base: &Path) {
        let basic = self.basic_auth.iter_mut().flat_map(|b| [&mut b.username_file, &mut b.password_file]);
        let authorization = self.authorization.iter_mut().map(|a| &mut a.credentials_file);
        let tls =
            self.tls_config.iter_mut().flat_map(|t| [&mut t.ca_file, &mut t.cert_file, &mut t.key_file]);
        let token = self.oauth2.iter_mut().flat_map(|oauth2| {
            let tls = oauth2.tls_config.iter_mut();
            let tls = tls.flat_map(|t| [&mut t.ca_file, &mut t.cert_file, &mut t.key_file]);
            tls.chain([&mut oauth2.client_secret_file])
        });
        let single = basic.chain(authorization).chain(tls).chain(token).chain([&mut self.bearer_token_file]);
        let single = single.flatten();
        let headers = self.http_headers.values_mut().flat_map(|header| &mut header.files);
        for path in single.chain(headers) {
            *path = base.join(&*path);
        }
    }

    fn validate_credentials(&self) -> Result<(), HttpConfigError> {
        use HttpConfigError::Exclusive;
        let bearer = self.bearer_token.is_some() || self.bearer_token_file.is_some();
        if self.bearer_token.is_some() && self.bearer_token_file.is_some() {
            return Err(Exclusive("bearer_token & bearer_token_file"));
        }
        if let Some(basic) = &self.basic_auth {
            if bearer {
                return Err(Exclusive("basic_auth, oauth2, bearer_token & bearer_token_file"));
            }
            if self.oauth2.is_some() {
                return Err(Exclusive("basic_auth, oauth2 & authorization"));
            }
            if !basic.username.is_empty() && basic.username_file.is_some() {
                return Err(Exclusive("basic_auth username & username_file"));
            }
            if !basic.password.is_empty() && basic.password_file.is_some() {
                return Err(Exclusive("basic_auth password & password_file"));
            }
        }
        if bearer && self.oauth2.is_some() {
            return Err(Exclusive("basic_auth, oauth2, bearer_token & bearer_token_file"));
        }
        let Some(authorization) = &self.authorization else { return Ok(()) };
        if bearer {
            return Err(Exclusive("authorization, bearer_token & bearer_token_file"));
        }
        if self.basic_auth.is_some() || self.oauth2.is_some() {
            return Err(Exclusive("basic_auth, oauth2 & authorization"));
        }
        if !authorization.credentials.is_empty() && authorization.credentials_file.is_some() {
            return Err(Exclusive("authorization credentials & credentials_file"));
        }
        if authorization.kind.as_deref().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("basic")) {
            return Err(HttpConfigError::BasicType);
        }
        Ok(())
    }
}

// === impl OAuth2 ===

impl OAuth2 {
    fn validate(&self) -> Result<(), HttpConfigError> {
        use HttpConfigError::{Exclusive, Needs};
        if self.client_id.is_empty() {
            return Err(Needs("oauth2 client_id must be configured"));
        }
        if self.token_url.is_empty() {
            return Err(Needs("oauth2 token_url must be configured"));
        }
        if !self.client_secret.is_empty() && self.client_secret_file.is_some() {
            return Err(Exclusive("oauth2 client_secret & client_secret_file"));
        }
        if let Some(tls) = &self.tls_config {
            tls.validate()?;
        }
        let headers = &self.proxy_connect_header;
        validate_proxy(
            self.proxy_url.as_deref(),
            self.no_proxy.as_deref(),
            self.proxy_from_environment,
            headers,
        )
    }
}

fn validate_proxy(
    url: Option<&str>,
    exceptions: Option<&str>,
    from_environment: Option<bool>,
    headers: &BTreeMap<String, Vec<Secret>>,
) -> Result<(), HttpConfigError> {
    use HttpConfigError::Needs;
    let (url, exceptions) = (url.unwrap_or(""), exceptions.unwrap_or(""));
    let from_environment = from_environment == Some(true);
    if !headers.is_empty() && !from_environment && url.is_empty() {
        return Err(Needs("proxy_connect_header needs proxy_url or proxy_from_environment"));
    }
    if from_environment && !url.is_empty() {
        return Err(HttpConfigError::Exclusive("proxy_from_environment & proxy_url"));
    }
    if from_environment && !exceptions.is_empty() {
        return Err(HttpConfigError::Exclusive("proxy_from_environment & no_proxy"));
    }
    if url.is_empty() && !exceptions.is_empty() {
        return Err(Needs("no_proxy needs proxy_url"));
    }
    if !url.is_empty() {
        super::proxy::parse(url).map_err(|reason| HttpConfigError::Proxy(format!("\"{url}\": {reason}")))?;
    }
    for name in headers.keys() {
        if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err(HttpConfigError::HeaderName(name.clone()));
        }
    }
    Ok(())
}

// === impl TlsConfig ===

impl TlsConfig {
    fn validate(&self) -> Result<(), HttpConfigError> {
        use HttpConfigError::{Exclusive, Incomplete};
        if !self.ca.is_empty() && self.ca_file.is_some() {
            return Err(Exclusive("ca and ca_file"));
        }
        if !self.cert.is_empty() && self.cert_file.is_some() {
            return Err(Exclusive("cert and cert_file"));
        }
        if !self.key.is_empty() && self.key_file.is_some() {
            return Err(Exclusive("key and key_file"));
        }
        let has_cert = !self.cert.is_empty() || self.cert_file.is_some();
        let has_key = !self.key.is_empty() || self.key_file.is_some();
        if has_cert && !has_key {
            return Err(Incomplete("key or key_file"));
        }
        if has_key && !has_cert {
            return Err(Incomplete("cert or cert_file"));
        }
        let max = self.max_version.unwrap_or(TlsVersion::TLS13);
        if max < TlsVersion::TLS12 || self.min_version.is_some_and(|min| min > max) {
            return Err(HttpConfigError::TlsVersions);
        }
        Ok(())
    }
}
