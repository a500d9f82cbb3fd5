//! The web configuration file that Prometheus and its exporters share: `tls_server_config`, `http_server_config`,
//! `basic_auth_users`. Source: exporter-toolkit, docs/web-configuration.md.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use http::header::{HeaderName, HeaderValue};
use serde::Deserialize;

use super::credentials::Credentials;
use super::tls::TlsSource;

/// Headers that the file may set, as in the toolkit.
const HEADERS: &[&str] = &[
    "content-security-policy",
    "x-frame-options",
    "x-content-type-options",
    "x-xss-protection",
    "strict-transport-security",
    "permissions-policy",
    "cache-control",
];

/// What the file comes to.
#[derive(Clone, Debug, Default)]
pub struct WebConfig {
    /// TLS, if it is on.
    pub tls: Option<TlsSource>,
    /// Users, if there are any.
    pub users: Option<Credentials>,
    /// Headers of every answer.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What the file says and is passed over.
    pub ignored: Vec<&'static str>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Shape {
    tls_server_config: Option<TlsShape>,
    http_server_config: HttpShape,
    basic_auth_users: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct HttpShape {
    http2: Option<bool>,
    headers: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct TlsShape {
    cert_file: String,
    key_file: String,
    client_auth_type: String,
    client_ca_file: String,
    client_allowed_sans: Vec<String>,
    min_version: String,
    max_version: String,
    cipher_suites: Vec<String>,
    prefer_server_cipher_suites: Option<bool>,
    curve_preferences: Vec<String>,
}

/// Reads the text of a web configuration file; files that it names are relative to `folder`.
///
/// # Errors
/// The first thing that is wrong, with the field, and the remedy.
pub fn read(text: &str, name: &str, folder: &Path) -> Result<WebConfig, String> {
    let shape: Shape = stdx::yaml::from_str(text, name).map_err(|error| error.to_string())?;
    let failed = |reason: String| format!("{name}: {reason}");
    let mut config = WebConfig::default();
    if let Some(tls) = &shape.tls_server_config {
        config.tls = Some(tls_source(tls, folder).map_err(failed)?);
        let tuned = !tls.cipher_suites.is_empty()
            || !tls.curve_preferences.is_empty()
            || tls.prefer_server_cipher_suites.is_some();
        if tuned {
            config.ignored.push(
                "cipher_suites, curve_preferences and prefer_server_cipher_suites (the safe ones are on)",
            );
        }
    }
    if shape.http_server_config.http2 == Some(true) {
        config.ignored.push("http2 (HTTP/1.1 is spoken)");
    }
    for (name, value) in &shape.http_server_config.headers {
        config.headers.push(header(name, value).map_err(failed)?);
    }
    if !shape.basic_auth_users.is_empty() {
        let users =
            Credentials::of_hashes(shape.basic_auth_users).map_err(|error| failed(error.to_string()))?;
        config.users = Some(users);
    }
    Ok(config)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let place = format!("http_server_config.headers, \"{name}\"");
    let lower = name.to_ascii_lowercase();
    if !HEADERS.contains(&lower.as_str()) {
        return Err(format!("{place}: this header cannot be set; known are {}", HEADERS.join(", ")));
    }
    let read = HeaderName::from_bytes(lower.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
    read.ok_or_else(|| format!("{place}: the value has characters that no header may have"))
}

fn tls_source(tls: &TlsShape, folder: &Path) -> Result<TlsSource, String> {
    let named = |field: &str, text: &str| match text {
        "" => Err(format!("tls_server_config: {field} is missing")),
        text => Ok(folder.join(text)),
    };
    let client_ca = Some(folder.join(&tls.client_ca_file)).filter(|_| !tls.client_ca_file.is_empty());
    let (client_ca_file, client_optional) = client_auth(&tls.client_auth_type, client_ca)?;
    if !tls.client_allowed_sans.is_empty() {
        return Err("tls_server_config.client_allowed_sans: not supported; use an authority that signs only those clients".to_owned());
    }
    if !matches!(tls.max_version.as_str(), "" | "TLS13") {
        return Err(format!(
            "tls_server_config.max_version: \"{}\" is not TLS13, which is always spoken",
            tls.max_version
        ));
    }
    let only_tls13 = match tls.min_version.as_str() {
        "" | "TLS12" => false,
        "TLS13" => true,
        other => {
            return Err(format!(
                "tls_server_config.min_version: \"{other}\" is neither TLS12 nor TLS13; older ones are not safe"
            ));
        }
    };
    Ok(TlsSource {
        cert_file: named("cert_file", &tls.cert_file)?,
        key_file: named("key_file", &tls.key_file)?,
        client_ca_file,
        client_optional,
        only_tls13,
    })
}

/// By Go's names of `tls.ClientAuthType`.
fn client_auth(kind: &str, ca: Option<PathBuf>) -> Result<(Option<PathBuf>, bool), String> {
    let needed = |ca: Option<PathBuf>| {
        ca.ok_or_else(|| format!("tls_server_config.client_auth_type: {kind} needs client_ca_file"))
    };
    match kind {
        "" | "NoClientCert" if ca.is_some() => Err(
            "tls_server_config: client_ca_file needs client_auth_type, such as RequireAndVerifyClientCert"
                .to_owned(),
        ),
        "" | "NoClientCert" => Ok((None, false)),
        "RequireAndVerifyClientCert" => Ok((Some(needed(ca)?), false)),
        "VerifyClientCertIfGiven" => Ok((Some(needed(ca)?), true)),
        "RequestClientCert" | "RequireAnyClientCert" => Err(format!(
            "tls_server_config.client_auth_type: {kind} takes certificates unseen; use VerifyClientCertIfGiven or RequireAndVerifyClientCert"
        )),
        other => Err(format!(
            "tls_server_config.client_auth_type: \"{other}\" is unknown; known are NoClientCert, VerifyClientCertIfGiven and RequireAndVerifyClientCert"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_the_field() {
        for (text, expected) in [
            ("tls_server_config: {}", "w.yml: tls_server_config: cert_file is missing"),
            ("tls_server_config: {cert_file: a, key_file: b, min_version: TLS10}", "min_version: \"TLS10\""),
            ("tls_server_config: {client_auth_type: RequireAndVerifyClientCert}", "needs client_ca_file"),
            ("tls_server_config: {client_ca_file: x}", "needs client_auth_type"),
            ("tls_server_config: {client_auth_type: RequestClientCert}", "takes certificates unseen"),
            ("basic_auth_users: {ann: secret}", "user \"ann\": not a bcrypt hash"),
            ("http_server_config: {headers: {X-Mine: a}}", "\"X-Mine\": this header cannot be set"),
            ("basic_auth_user: {}", "did you mean \"basic_auth_users\"?"),
        ] {
            let error = read(text, "w.yml", Path::new("/etc")).expect_err(text);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_whole_file_is_read() {
        let text = "tls_server_config: {cert_file: a.pem, key_file: /b.pem, min_version: TLS13, client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem}\n\
            http_server_config: {http2: true, headers: {X-Frame-Options: deny}}\n";
        let config = read(text, "w.yml", Path::new("/etc")).expect("valid");
        let tls = config.tls.expect("TLS");
        assert_eq!(
            (tls.cert_file.as_path(), tls.key_file.as_path()),
            (Path::new("/etc/a.pem"), Path::new("/b.pem"))
        );
        assert!(tls.only_tls13 && tls.client_optional && tls.client_ca_file.is_some());
        assert_eq!((config.headers.len(), config.ignored.len(), config.users.is_none()), (1, 1, true));
    }
}
