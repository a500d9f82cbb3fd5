//! An HTTP/1.1 client that trusts no server: every answer has a deadline and a bound, compressed or not.
//!
//! [`HttpClientConfig`] is the shape of a configuration; [`Client`] sends [`Request`]s. Connections are kept
//! open between requests. Files that hold secrets are read at each use, those of certificates for each
//! connection, so that what rotates needs no restart. Credentials do not follow a redirect to another host or
//! from `https` to `http`.

mod body;
mod client;
mod config;
mod connection;
mod oauth2;
mod proxy;
mod secret;
mod tls;

use std::path::PathBuf;
use std::time::Duration;

pub use client::{Client, Request, Response};
pub use config::{
    Authorization, BasicAuth, HeaderValues, HttpClientConfig, HttpConfigError, OAuth2, Refused, TlsConfig,
    TlsVersion,
};
pub use secret::{HIDDEN, Secret};
pub use tls::TlsError;

/// Why there was no complete answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address is none.
    #[error("\"{url}\" is no address to send to: {reason}")]
    Url {
        /// As given.
        url: String,
        /// Why.
        reason: String,
    },
    /// A file that holds a secret cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A value that cannot stand in a header.
    #[error("the value of header \"{0}\" has characters that no header may have")]
    Header(String),
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The name does not resolve, or nobody listens there.
    #[error("connect to {address}: {source}")]
    Connect {
        /// Host and port.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The TLS handshake failed.
    #[error("TLS with {address}: {source}")]
    Handshake {
        /// Host and port.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The proxy did not let us through.
    #[error("proxy {address}: {reason}")]
    Proxy {
        /// Host and port of the proxy.
        address: String,
        /// Why.
        reason: String,
    },
    /// No token was given.
    #[error("oauth2: cannot fetch token from {url}: {reason}")]
    Token {
        /// Who gives tokens.
        url: String,
        /// Why.
        reason: String,
    },
    /// It took too long.
    #[error("context deadline exceeded: no complete answer within {after:?}")]
    TimedOut {
        /// The deadline.
        after: Duration,
    },
    /// What the server sent is not HTTP, or ended too early.
    #[error("{}", chain(.0))]
    Protocol(hyper::Error),
    /// The body is larger than it may.
    #[error("body size limit exceeded: more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The compressed body is broken.
    #[error("gzip: {0}")]
    Gzip(std::io::Error),
    /// A compression that was not asked for.
    #[error("unsupported Content-Encoding \"{0}\": gzip or none is understood")]
    Encoding(String),
    /// Redirects without end.
    #[error("stopped after {most} redirects")]
    Redirects {
        /// How many were followed.
        most: usize,
    },
}

/// The error with its causes, since hyper's own text leaves them out.
fn chain(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests;
