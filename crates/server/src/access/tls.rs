//! TLS of the server: certificate and key from files that may be replaced while it runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, version};

/// So often at most the files are looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Where certificate and key are, and what clients must show.
#[derive(Clone, Debug, Default)]
pub struct TlsSource {
    /// PEM, the server's first.
    pub cert_file: PathBuf,
    /// PEM.
    pub key_file: PathBuf,
    /// PEM of the authorities of clients' certificates; none are asked for where there is no file.
    pub client_ca_file: Option<PathBuf>,
    /// Whether clients without a certificate may connect too.
    pub client_optional: bool,
    /// Whether TLS 1.2 is refused.
    pub only_tls13: bool,
}

/// TLS that follows its files.
pub struct ServerTls {
    source: TlsSource,
    state: Mutex<State>,
}

struct State {
    acceptor: TlsAcceptor,
    stamps: Vec<Option<SystemTime>>,
    looked: Instant,
}

// === impl ServerTls ===

impl ServerTls {
    /// Reads the files.
    ///
    /// # Errors
    /// Where a file cannot be read or is not PEM, or key and certificate do not fit; the error names the file.
    pub fn load(source: TlsSource) -> Result<ServerTls, String> {
        let (acceptor, stamps) = (source.acceptor()?, source.stamps());
        Ok(ServerTls { source, state: Mutex::new(State { acceptor, stamps, looked: Instant::now() }) })
    }

    /// For the next connection. Files that have changed are read again; if they are not valid, what was read before
    /// stays.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.looked.elapsed() >= LOOK_AGAIN {
            state.looked = Instant::now();
            let stamps = self.source.stamps();
            if stamps != state.stamps {
                state.stamps = stamps;
                match self.source.acceptor() {
                    Ok(acceptor) => {
                        state.acceptor = acceptor;
                        tracing::info!("The server's certificate was read anew");
                    }
                    Err(error) => {
                        tracing::error!(
                            error,
                            "The server's new certificate is not valid; the old one stays"
                        );
                    }
                }
            }
        }
        state.acceptor.clone()
    }
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerTls").field("source", &self.source).finish_non_exhaustive()
    }
}

// === impl TlsSource ===

impl TlsSource {
    /// The files of a mounted Secret of type `kubernetes.io/tls`.
    pub fn folder(folder: &Path) -> TlsSource {
        TlsSource {
            cert_file: folder.join("tls.crt"),
            key_file: folder.join("tls.key"),
            ..TlsSource::default()
        }
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.cert_file, &self.key_file].into_iter().chain(&self.client_ca_file)
    }

    fn stamps(&self) -> Vec<Option<SystemTime>> {
        self.files().map(|file| std::fs::metadata(file).and_then(|meta| meta.modified()).ok()).collect()
    }

    fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let chain = certificates(&self.cert_file)?;
        let key = PrivateKeyDer::from_pem_slice(&content(&self.key_file)?)
            .map_err(|error| format!("{}: not a private key in PEM: {error}", self.key_file.display()))?;
        let provider = Arc::new(ring::default_provider());
        let versions: &[_] =
            if self.only_tls13 { &[&version::TLS13] } else { &[&version::TLS13, &version::TLS12] };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .map_err(|error| error.to_string())?;
        let builder = match self.verifier(provider)? {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| {
            format!("{} and {}: {error}", self.cert_file.display(), self.key_file.display())
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    fn verifier(
        &self,
        provider: Arc<tokio_rustls::rustls::crypto::CryptoProvider>,
    ) -> Result<Option<Arc<dyn ClientCertVerifier>>, String> {
        let Some(file) = &self.client_ca_file else { return Ok(None) };
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let mut roots = RootCertStore::empty();
        for certificate in certificates(file)? {
            roots.add(certificate).map_err(|error| failed(&error))?;
        }
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let builder = if self.client_optional { builder.allow_unauthenticated() } else { builder };
        builder.build().map(Some).map_err(|error| failed(&error))
    }
}

fn content(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = content(file)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(format!("{}: there is no certificate in it", file.display())),
        Err(error) => Err(format!("{}: not PEM: {error}", file.display())),
    }
}
