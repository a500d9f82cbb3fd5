//! Logins, tokens and TLS over real sockets.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use stdx::http::{BasicAuth, Client, HttpClientConfig, Request, Secret, TlsConfig};

use crate::harness::{Weir, eventually, free_port, request};

const EMPTY: &str = "scrape_configs: []\n";

/// The status of a GET with that Authorization header.
fn status(weir: &Weir, path: &str, authorization: &str) -> u16 {
    let header =
        if authorization.is_empty() { String::new() } else { format!("authorization: {authorization}\r\n") };
    request(weir.port, &format!("GET {path} HTTP/1.0\r\n{header}\r\n")).expect("an answer").status
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

#[test]
fn a_login_is_generated_asked_for_and_replaced() {
    let dir = tempfile::tempdir().expect("a folder");
    let weir = Weir::start(dir.path(), Some(EMPTY), &["--web.login=on"]);
    let folder = dir.path().join("data/login");
    let file = folder.join("admin-password");
    let password = fs::read_to_string(&file).expect("a password was generated");
    assert_eq!(password.len(), 24, "{password}");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(!weir.log().contains(&password), "the log tells the password");
    for (path, authorization, expected) in [
        ("/-/ready", String::new(), 200),
        ("/-/healthy", String::new(), 200),
        ("/api/v1/query?query=1", String::new(), 401),
        ("/metrics", String::new(), 401),
        ("/", String::new(), 401),
        ("/assets/none.js", String::new(), 401),
        ("/api/v1/query?query=1", basic("admin", &password), 200),
        ("/api/v1/query?query=1", basic("admin", "prom-operator"), 401),
        ("/api/v1/query?query=1", basic("root", &password), 401),
        ("/api/v1/query?query=1", "Bearer x".to_owned(), 401),
        ("/api/v1/query?query=1", "Basic \u{ff}".to_owned(), 401),
    ] {
        assert_eq!(status(&weir, path, &authorization), expected, "{path} {authorization}");
    }
    let asked = request(weir.port, "GET / HTTP/1.0\r\n\r\n").expect("an answer");
    assert!(asked.head.to_lowercase().contains("www-authenticate: basic realm=\"weir\""), "{}", asked.head);
    let token = "0123456789abcdef0123";
    fs::write(folder.join("tokens"), format!("# ci\n{token}\n")).expect("written");
    fs::write(&file, "another\n").expect("written");
    eventually("the new login counts", Duration::from_secs(20), || {
        match status(&weir, "/metrics", &basic("admin", "another")) {
            200 => Ok(()),
            other => Err(other.to_string()),
        }
    });
    assert_eq!(status(&weir, "/metrics", &basic("admin", &password)), 401, "the old one does not any more");
    let text = format!("GET /metrics HTTP/1.0\r\nauthorization: Bearer {token}\r\n\r\n");
    let metrics = request(weir.port, &text).expect("an answer").body;
    assert!(metrics.contains("weir_http_logins_refused_total{reason=\"wrong\"}"), "refusals are counted");
}

#[test]
fn localhost_asks_for_none_and_bad_files_are_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let weir = Weir::start(dir.path(), Some(EMPTY), &[]);
    assert_eq!(status(&weir, "/metrics", ""), 200);
    drop(weir);
    let exposed = format!("--web.listen-address=0.0.0.0:{}", free_port());
    let weir = Weir::start(dir.path(), Some(EMPTY), &[exposed.as_str()]);
    let port: u16 = exposed.rsplit(':').next().and_then(|text| text.parse().ok()).expect("a port");
    let answer = request(port, "GET /metrics HTTP/1.0\r\n\r\n").expect("an answer");
    assert_eq!((answer.status, status(&weir, "/metrics", "")), (401, 200), "only the exposed address asks");
    drop(weir);
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).expect("made");
    fs::write(dir.path().join("web.yml"), "basic_auth_users: {ann: secret}\n").expect("written");
    for (flags, text) in [
        (
            vec!["--web.login=on".to_owned(), format!("--web.login.folder={}", empty.display())],
            "holds neither admin-password nor tokens",
        ),
        (vec!["--web.config.file=web.yml".to_owned()], "user \"ann\": not a bcrypt hash"),
        (vec!["--web.login.secret=x".to_owned(), "--web.login=on".to_owned()], "needs --kubernetes"),
        (vec![format!("--web.tls.folder={}", empty.display())], "tls.crt"),
    ] {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        fs::write(dir.path().join("log"), "").expect("emptied");
        let mut refused = Weir::launch(dir.path(), Some(EMPTY), &flags);
        refused.wait_end();
        assert!(refused.log().contains(text), "{text}: {}", refused.log());
    }
}

/// Writes a certificate for localhost and its key.
fn certificate(folder: &Path) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    fs::write(folder.join("tls.crt"), made.cert.pem()).expect("written");
    fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).expect("written");
}

fn client(folder: &Path, password: &str) -> Client {
    let config = HttpClientConfig {
        basic_auth: Some(BasicAuth {
            username: "ann".to_owned(),
            password: Secret::new(password),
            ..BasicAuth::default()
        }),
        tls_config: Some(TlsConfig { ca_file: Some(folder.join("tls.crt")), ..TlsConfig::default() }),
        ..HttpClientConfig::default()
    };
    Client::new(config).expect("valid")
}

#[test]
fn a_web_configuration_file_sets_users_headers_and_tls() {
    let dir = tempfile::tempdir().expect("a folder");
    certificate(dir.path());
    let hash = bcrypt::hash("secret", 5).expect("hashed");
    let config = BTreeMap::from([
        ("tls_server_config", "{cert_file: tls.crt, key_file: tls.key, min_version: TLS13}".to_owned()),
        ("http_server_config", "{headers: {X-Frame-Options: deny}}".to_owned()),
        ("basic_auth_users", format!("{{ann: '{hash}'}}")),
    ]);
    let text: String = config.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
    fs::write(dir.path().join("web.yml"), text).expect("written");
    let weir = Weir::launch(dir.path(), Some(EMPTY), &["--web.config.file=web.yml"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let url = format!("https://localhost:{}/api/v1/query?query=1", weir.port);
    let get = |password: &str| {
        let client = client(dir.path(), password);
        runtime.block_on(client.fetch(Request::get(url.parse().expect("a URL"))))
    };
    let (answer, body) =
        eventually("TLS is spoken", Duration::from_secs(20), || get("secret").map_err(|e| e.to_string()));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&body));
    assert!(answer.headers.get("x-frame-options").is_some_and(|value| value == "deny"));
    assert_eq!(get("Secret").expect("an answer").0.status, 401);
    let plain = request(weir.port, "GET /-/ready HTTP/1.0\r\n\r\n");
    assert!(plain.is_err() || plain.is_ok_and(|answer| answer.status != 200), "plain text is not answered");
    // The certificate is replaced: clients that trust the new one alone can connect.
    certificate(dir.path());
    eventually("the new certificate is shown", Duration::from_secs(30), || match get("secret") {
        Ok((answer, _)) if answer.status == 200 => Ok(()),
        Ok((answer, _)) => Err(answer.status.to_string()),
        Err(error) => Err(error.to_string()),
    });
}
