//! From a `tls_config` to the settings of a TLS client.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme, SupportedProtocolVersion, version,
};

use super::config::{TlsConfig, TlsVersion};

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("tls_config: {field} {path}: {source}", path = path.display())]
    File {
        /// The option that names it.
        field: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What should be PEM is not, or holds nothing of use.
    #[error("tls_config: {field} holds no valid PEM: {reason}")]
    Pem {
        /// The option.
        field: &'static str,
        /// Why.
        reason: String,
    },
    /// No authority is known.
    #[error("tls_config: this machine has no certificate authorities; set ca_file")]
    NoRoots,
    /// Certificate and key do not fit, or the versions leave nothing.
    #[error("tls_config: {0}")]
    Rustls(#[from] rustls::Error),
}

/// The settings for a TLS client. Files are read now.
pub(super) fn client_config(tls: &TlsConfig) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let versions = versions(tls);
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_protocol_versions(&versions)?;
    let builder = if tls.insecure_skip_verify {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer(provider)))
    } else {
        builder.with_root_certificates(roots(tls)?)
    };
    let cert = text("cert_file", &tls.cert, tls.cert_file.as_deref())?;
    let key = text("key_file", tls.key.reveal(), tls.key_file.as_deref())?;
    let config = match (cert, key) {
        (Some(cert), Some(key)) => {
            let key = PrivateKeyDer::from_pem_slice(&key)
                .map_err(|error| TlsError::Pem { field: "key", reason: error.to_string() })?;
            builder.with_client_auth_cert(certificates("cert", &cert)?, key)?
        }
        _ => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

fn versions(tls: &TlsConfig) -> Vec<&'static SupportedProtocolVersion> {
    let min = tls.min_version.unwrap_or(TlsVersion::TLS12);
    let max = tls.max_version.unwrap_or(TlsVersion::TLS13);
    [(TlsVersion::TLS13, &version::TLS13), (TlsVersion::TLS12, &version::TLS12)]
        .into_iter()
        .filter(|(name, _)| (min..=max).contains(name))
        .map(|(_, version)| version)
        .collect()
}

fn roots(tls: &TlsConfig) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    match text("ca_file", &tls.ca, tls.ca_file.as_deref())? {
        Some(pem) => {
            for certificate in certificates("ca", &pem)? {
                roots.add(certificate)?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                // An image of nothing but the binary has none: those that Mozilla trusts.
                roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            }
        }
    }
    if roots.is_empty() { Err(TlsError::NoRoots) } else { Ok(roots) }
}

fn certificates(field: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let invalid = |reason: String| TlsError::Pem { field, reason };
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all = all.map_err(|error| invalid(error.to_string()))?;
    if all.is_empty() { Err(invalid("there is no certificate in it".to_owned())) } else { Ok(all) }
}

/// The text, else the file's; none if neither is set.
fn text(field: &'static str, text: &str, file: Option<&Path>) -> Result<Option<Vec<u8>>, TlsError> {
    match file {
        Some(path) => std::fs::read(path).map(Some).map_err(|source| TlsError::File {
            field,
            path: path.to_owned(),
            source,
        }),
        None if text.is_empty() => Ok(None),
        None => Ok(Some(text.as_bytes().to_vec())),
    }
}

/// `insecure_skip_verify`: takes any certificate, but still checks that the server has its key.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
