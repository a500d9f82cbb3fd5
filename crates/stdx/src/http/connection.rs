//! Connections: made, kept while the server keeps them, used again.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::{Client, HttpError, proxy};

/// Connections that are kept open without a request; more are closed, oldest first.
const MAX_IDLE: usize = 8;

/// Names that are looked up at once; the runtime has some hundred threads for this and for files.
static LOOKUPS: Semaphore = Semaphore::const_new(64);

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) https: bool,
    pub(super) host: Host<String>,
    pub(super) port: u16,
}

/// An open connection. Dropped, it is closed at once, whatever is still to come.
#[derive(Debug)]
pub(super) struct Connection {
    origin: Origin,
    sender: SendRequest<Full<Bytes>>,
    driver: AbortHandle,
    /// The proxy that forwards requests; none where the way leads to the origin itself.
    proxy: Option<Url>,
}

/// Connections without a request.
#[derive(Debug, Default)]
pub(super) struct Idle(Mutex<Vec<Connection>>);

// === impl Origin ===

impl Origin {
    pub(super) fn of(url: &Url) -> Result<Origin, HttpError> {
        let refused = |reason: &str| HttpError::Url { url: url.to_string(), reason: reason.to_owned() };
        let https = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(refused("the scheme must be http or https")),
        };
        let host = url.host().ok_or_else(|| refused("there is no host in it"))?.to_owned();
        let port = url.port_or_known_default().ok_or_else(|| refused("there is no port in it"))?;
        Ok(Origin { https, host, port })
    }

    /// As it stands in a `Host` header.
    pub(super) fn authority(&self) -> String {
        let default = if self.https { 443 } else { 80 };
        if self.port == default { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }

    /// Whether credentials for `self` may be sent to `other` too.
    pub(super) fn trusts(&self, other: &Origin) -> bool {
        self.host == other.host && (other.https || !self.https)
    }

    pub(super) async fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = match &self.host {
            Host::Domain(name) => TcpStream::connect(&addresses(name, self.port).await?[..]).await?,
            Host::Ipv4(address) => TcpStream::connect((*address, self.port)).await?,
            Host::Ipv6(address) => TcpStream::connect((*address, self.port)).await?,
        };
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    pub(super) fn server_name(&self) -> Result<ServerName<'static>, String> {
        match &self.host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|error| error.to_string()),
            Host::Ipv4(address) => Ok(ServerName::IpAddress((*address).into())),
            Host::Ipv6(address) => Ok(ServerName::IpAddress((*address).into())),
        }
    }
}

/// The addresses of a name. A lookup goes on when nobody waits for it any more, so that its permit is given
/// back by its thread: while DNS is down, lookups do not take the threads that other work needs.
async fn addresses(name: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    let permit = LOOKUPS.acquire().await.map_err(std::io::Error::other)?;
    let name = name.to_owned();
    let lookup = tokio::task::spawn_blocking(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect);
        drop(permit);
        found
    });
    lookup.await.map_err(std::io::Error::other)?
}

// === impl Connection ===

impl Connection {
    /// Opens a connection.
    pub(super) async fn open(client: &Client, origin: Origin) -> Result<Connection, HttpError> {
        if let Some(proxy) = proxy::choose(client.config(), &origin)? {
            return Box::pin(Connection::through(client, origin, proxy)).await;
        }
        let address = || format!("{}:{}", origin.host, origin.port);
        let stream =
            origin.connect().await.map_err(|source| HttpError::Connect { address: address(), source })?;
        if !origin.https {
            return Connection::over(stream, origin).await;
        }
        Connection::encrypted(client, stream, origin).await
    }

    async fn through(client: &Client, origin: Origin, proxy: Url) -> Result<Connection, HttpError> {
        let stream = proxy::connect(client, &proxy, &origin).await?;
        if origin.https {
            return Connection::encrypted(client, stream, origin).await;
        }
        let forwards = !proxy.scheme().starts_with("socks5");
        let mut connection = Connection::over(stream, origin).await?;
        connection.proxy = forwards.then_some(proxy);
        Ok(connection)
    }

    async fn encrypted<S>(client: &Client, stream: S, origin: Origin) -> Result<Connection, HttpError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let address = || format!("{}:{}", origin.host, origin.port);
        let name = match client.server_name() {
            "" => origin.server_name(),
            name => ServerName::try_from(name.to_owned()).map_err(|error| error.to_string()),
        };
        let name = name.map_err(|reason| HttpError::Url { url: address(), reason })?;
        let connector = TlsConnector::from(client.tls()?);
        let stream = connector
            .connect(name, stream)
            .await
            .map_err(|source| HttpError::Handshake { address: address(), source })?;
        Connection::over(stream, origin).await
    }

    async fn over<S>(stream: S, origin: Origin) -> Result<Connection, HttpError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(HttpError::Protocol)?;
        let driver = tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::trace!(%error, "connection ended");
            }
        });
        Ok(Connection { origin, sender, driver: driver.abort_handle(), proxy: None })
    }

    /// The proxy that is asked for whole URLs.
    pub(super) fn proxy(&self) -> Option<&Url> {
        self.proxy.as_ref()
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> hyper::Result<http::Response<hyper::body::Incoming>> {
        self.sender.ready().await?;
        self.sender.send_request(request).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

// === impl Idle ===

impl Idle {
    /// A connection to that origin that is still open.
    pub(super) fn take(&self, origin: &Origin) -> Option<Connection> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|connection| !connection.sender.is_closed());
        let at = all.iter().rposition(|connection| connection.origin == *origin)?;
        Some(all.remove(at))
    }

    /// Keeps a connection whose last answer was read to its end.
    pub(super) fn put(&self, connection: Connection) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_IDLE {
            all.remove(0);
        }
        all.push(connection);
    }
}
