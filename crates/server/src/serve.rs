//! The loop that accepts connections, in plain text or TLS.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::access::ServerTls;
use crate::lenient::Lenient;

/// A client has this long to send a request's head; a slower one is cut off.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// A client has this long to agree on TLS.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Open connections get this long to finish when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// What a listener serves.
#[derive(Clone, Debug)]
pub struct Served {
    /// The pages.
    pub router: Router,
    /// TLS, if it is spoken.
    pub tls: Option<Arc<ServerTls>>,
    /// The most connections at once; others wait.
    pub most: usize,
}

/// Accepts connections until `stop` turns true.
pub async fn serve(listener: TcpListener, served: Served, mut stop: watch::Receiver<bool>) {
    let permits = Arc::new(Semaphore::new(served.most));
    let mut open = tokio::task::JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of descriptors, or the client is gone already: give others time to finish.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        // Without it small answers wait for the client's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        let (router, tls, stopping) = (served.router.clone(), served.tls.clone(), stop.clone());
        open.spawn(async move {
            let _permit = permit;
            match tls {
                Some(tls) => encrypted(stream, &tls, router, stopping).await,
                None => connection(stream, router, stopping).await,
            }
        });
    }
    let drained = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN_TIMEOUT, drained).await.is_err() {
        tracing::warn!("Some connections were cut off at shutdown");
    }
}

async fn encrypted(stream: TcpStream, tls: &ServerTls, router: Router, stop: watch::Receiver<bool>) {
    let handshake = tls.acceptor().accept(stream);
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
        Ok(Ok(stream)) => connection(stream, router, stop).await,
        Ok(Err(error)) => tracing::debug!(%error, "A client did not agree on TLS"),
        Err(_) => tracing::debug!("A client took too long to agree on TLS"),
    }
}

async fn connection<S>(stream: S, router: Router, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router);
    let mut builder = hyper::server::conn::http1::Builder::new();
    let connection = builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(Lenient::new(stream)), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = &mut connection => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            // An error here is a client that went away.
            let _ = tokio::time::timeout(DRAIN_TIMEOUT, connection).await;
        }
    }
}

/// Ready once `stop` is true, or its sender is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which ends the server too.
    let _ = stop.wait_for(|stopped| *stopped).await;
}
