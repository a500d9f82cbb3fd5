//! Servers on a free port that answer as they are told, well or badly.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What a request gets.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Status 200 with this type and body.
    Ok(&'static str, String),
    /// These bytes.
    Raw(Vec<u8>),
    /// These bytes, then the end of the connection.
    Close(Vec<u8>),
    /// The first bytes, then the second ones for ever.
    Endless(Vec<u8>, Vec<u8>),
    /// A byte every so often.
    Drip(Vec<u8>, Duration),
    /// These bytes, and after a while the end of the connection.
    After(Duration, Vec<u8>),
    /// Nothing.
    Silence,
}

type Respond = Arc<dyn Fn(&str) -> Answer + Send + Sync>;

/// A running server.
pub(crate) struct Server {
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    heads: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
    task: tokio::task::JoinHandle<()>,
}

/// The prometheus text format.
pub(crate) const TEXT: &str = "text/plain; version=0.0.4";

/// Status 200 with this body as text.
pub(crate) fn text(body: &str) -> Answer {
    Answer::Ok(TEXT, body.to_owned())
}

/// The head of an answer with these headers.
pub(crate) fn head(status: &str, headers: &[&str]) -> Vec<u8> {
    let lines: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{lines}\r\n").into_bytes()
}

/// Bytes, gzipped, as an answer.
pub(crate) fn gzipped(body: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(body).unwrap();
    let packed = encoder.finish().unwrap();
    let length = format!("Content-Length: {}", packed.len());
    let mut answer =
        head("200 OK", &["Content-Type: text/plain; version=0.0.4", "Content-Encoding: gzip", &length]);
    answer.extend(packed);
    answer
}

impl Server {
    pub(crate) async fn start(respond: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Server {
        Server::bind(Arc::new(respond), None).await
    }

    pub(crate) async fn tls(
        acceptor: TlsAcceptor,
        respond: impl Fn(&str) -> Answer + Send + Sync + 'static,
    ) -> Server {
        Server::bind(Arc::new(respond), Some(acceptor)).await
    }

    /// Heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    async fn bind(respond: Respond, tls: Option<TlsAcceptor>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (heads, connections) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<Mutex<usize>>::default());
        let (seen, count) = (heads.clone(), connections.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap() += 1;
                let (respond, seen, tls) = (respond.clone(), seen.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => converse(stream, respond, seen).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                converse(stream, respond, seen).await;
                            }
                        }
                    }
                });
            }
        });
        Server { address, heads, connections, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse<S>(mut stream: S, respond: Respond, seen: Arc<Mutex<Vec<String>>>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = vec![0; 16 << 10];
    loop {
        let Ok(n @ 1..) = stream.read(&mut buffer).await else { return };
        let request = String::from_utf8_lossy(&buffer[..n]).into_owned();
        let answer = respond(&request);
        seen.lock().unwrap().push(request);
        let done = match answer {
            Answer::Ok(content_type, body) => {
                let length = format!("Content-Length: {}", body.len());
                let mut bytes = head("200 OK", &[&format!("Content-Type: {content_type}"), &length]);
                bytes.extend(body.as_bytes());
                stream.write_all(&bytes).await
            }
            Answer::Raw(bytes) => stream.write_all(&bytes).await,
            Answer::Close(bytes) => {
                // Whether the client still listens does not matter.
                let _ = stream.write_all(&bytes).await;
                return;
            }
            Answer::After(pause, bytes) => {
                let _ = stream.write_all(&bytes).await;
                tokio::time::sleep(pause).await;
                return;
            }
            Answer::Endless(first, then) => {
                let mut done = stream.write_all(&first).await;
                while done.is_ok() {
                    done = stream.write_all(&then).await;
                }
                done
            }
            Answer::Drip(bytes, pause) => {
                for byte in bytes {
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(pause).await;
                }
                Ok(())
            }
            Answer::Silence => std::future::pending().await,
        };
        if done.is_err() {
            return;
        }
    }
}
