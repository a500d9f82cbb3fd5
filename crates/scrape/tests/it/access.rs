//! Credentials, TLS, headers, compression, connections, sources within the process.

use std::sync::Arc;

use model::Labels;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use scrape::config::JobSettings;
use scrape::manager::Health;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use crate::server::{Answer, Server, TEXT, gzipped, head, text};
use crate::{House, eventually};

/// An acceptor for 127.0.0.1, and the authority that its certificate is from, as PEM.
fn tls() -> (TlsAcceptor, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "weir.test".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

#[tokio::test]
async fn certificates_are_checked() {
    let (acceptor, authority) = tls();
    let server = Server::tls(acceptor, |_| text("a 1\n")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority).unwrap();
    let file = file.display();
    let entry = |name: &str, tls: &str| {
        format!(
            "- {{job_name: {name}, scheme: https, scrape_interval: 2s, scrape_timeout: 2s, tls_config: {{{tls}}}, static_configs: [{{targets: ['{}']}}]}}\n",
            server.address
        )
    };
    let yaml = [
        entry("known", &format!("ca_file: {file}")),
        entry("named", &format!("ca_file: {file}, server_name: weir.test")),
        entry("any", "insecure_skip_verify: true"),
        entry("unknown", ""),
        entry("misnamed", &format!("ca_file: {file}, server_name: other.test")),
        entry("lost", "ca_file: /no/such/file"),
    ];
    let house = House::with(&yaml.concat()).await;
    for (name, error) in [
        ("known", ""),
        ("named", ""),
        ("any", ""),
        ("unknown", "tls"),
        ("misnamed", "not valid for name"),
        ("lost", "ca_file /no/such/file"),
    ] {
        let target = house.scraped(name).await;
        assert_eq!(target.health == Health::Up, error.is_empty(), "{name}: {}", target.last_error);
        let said = target.last_error.to_lowercase();
        assert!(said.contains(error), "{name}: {}", target.last_error);
    }
}

#[tokio::test]
async fn credentials_are_sent_and_read_anew() {
    let server = Server::start(|request| {
        let known = [
            "authorization: Basic dTpw\r\n",
            "authorization: Bearer first\r\n",
            "authorization: Bearer second\r\n",
        ];
        if known.iter().any(|header| request.contains(header)) {
            text("a 1\n")
        } else {
            Answer::Raw(head("401 Unauthorized", &["Content-Length: 0"]))
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "first\n").unwrap();
    let entry = |name: &str, how: &str| {
        format!("- {{job_name: {name}, {how}, static_configs: [{{targets: ['{}']}}]}}\n", server.address)
    };
    let yaml = [
        entry("basic", "basic_auth: {username: u, password: p}"),
        entry("bearer", &format!("authorization: {{credentials_file: {}}}", token.display())),
        entry("none", "honor_labels: false"),
    ];
    let house = House::with(&yaml.concat()).await;
    assert_eq!(house.scraped("basic").await.health, Health::Up);
    assert_eq!(house.scraped("bearer").await.health, Health::Up);
    assert!(house.scraped("none").await.last_error.contains("401 Unauthorized"));
    std::fs::write(&token, "second").unwrap();
    let second = || server.heads().iter().any(|head| head.contains("Bearer second"));
    eventually("the new token is sent", second).await;
}

#[tokio::test]
async fn requests_say_what_is_wanted_and_connections_are_kept() {
    let server = Server::start(|request| {
        if request.contains("accept-encoding: gzip") { Answer::Raw(gzipped(b"a 1\n")) } else { text("a 2\n") }
    })
    .await;
    let yaml = format!(
        "- {{job_name: packed, params: {{x: [y]}}, static_configs: [{{targets: ['{0}']}}]}}
- {{job_name: plain, enable_compression: false, scrape_protocols: [PrometheusText0.0.4], static_configs: [{{targets: ['{0}']}}]}}",
        server.address
    );
    let house = House::with(&yaml).await;
    eventually("five scrapes", || house.memory.samples("packed", "a").len() >= 5).await;
    eventually("one scrape", || !house.memory.samples("plain", "a").is_empty()).await;
    assert_eq!((house.memory.last("packed", "a"), house.memory.last("plain", "a")), (Some(1.0), Some(2.0)));
    assert_eq!(server.connections(), 2, "one for each target");
    let heads = server.heads();
    let packed = heads.iter().find(|head| head.starts_with("GET /metrics?x=y HTTP/1.1\r\n")).expect("sent");
    assert!(packed.contains("x-prometheus-scrape-timeout-seconds: 0.15\r\n"), "{packed}");
    assert!(
        packed.contains("accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6"),
        "{packed}"
    );
    assert!(
        packed.contains("user-agent: weir/") && packed.contains(&format!("host: {}\r\n", server.address)),
        "{packed}"
    );
    assert!(heads.iter().any(|head| head.contains("accept: text/plain;version=0.0.4;q=0.6,*/*;q=0.5\r\n")));
}

#[tokio::test]
async fn samples_bear_the_times_at_which_they_were_due() {
    let server = Server::start(|_| text("a 1\n")).await;
    let house =
        House::with(&format!("- {{job_name: a, static_configs: [{{targets: ['{}']}}]}}", server.address))
            .await;
    eventually("ten scrapes", || house.memory.samples("a", "a").len() >= 10).await;
    let times: Vec<i64> = house.memory.samples("a", "a").iter().map(|(at, _)| *at).collect();
    let mut phases: Vec<i64> = times.iter().map(|at| at.rem_euclid(200)).collect();
    phases.sort_unstable();
    let middle = phases[phases.len() / 2];
    let aligned = phases.iter().filter(|phase| **phase == middle).count();
    // A busy machine wakes us late now and then; such samples bear their own time.
    assert!(aligned * 2 >= times.len(), "{times:?}");
    assert!(times.windows(2).all(|two| two[0] < two[1]), "{times:?}");
}

#[tokio::test]
async fn a_source_within_the_process_needs_no_socket() {
    let mut house = House::new();
    house.manager.register_local("own", Arc::new(|| (TEXT.to_owned(), b"own_total 3\n".to_vec())));
    let labels = Labels::from_pairs([("job", "weir"), ("instance", "here:1")]);
    let mut known = JobSettings::local("own", labels.clone());
    known.interval = model::Duration(200);
    known.timeout = model::Duration(100);
    let mut unknown = JobSettings::local("other", labels.with("job", "b"));
    (unknown.interval, unknown.timeout) = (known.interval, known.timeout);
    house.manager.apply(vec![known, unknown]).await;
    let target = house.scraped("weir").await;
    assert_eq!((target.health, target.labels), (Health::Up, labels));
    assert_eq!(house.memory.last("weir", "own_total"), Some(3.0));
    assert!(house.scraped("b").await.last_error.contains("no source \"other\""));
}

/// A proxy that knows only CONNECT, and passes on what comes after it; gives the heads that it saw.
async fn tunnels() -> (std::net::SocketAddr, Arc<std::sync::Mutex<Vec<String>>>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heads = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(near.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let to = head.split(' ').nth(1).unwrap().to_owned();
                seen.lock().unwrap().push(head);
                let mut far = tokio::net::TcpStream::connect(to).await.unwrap();
                near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    (address, heads)
}

#[tokio::test]
async fn targets_behind_a_proxy_are_reached_through_it() {
    let (acceptor, _) = tls();
    let server = Server::tls(acceptor, |_| text("a 1\n")).await;
    let (proxy, heads) = tunnels().await;
    let yaml = format!(
        "- {{job_name: far, scheme: https, scrape_interval: 1s, scrape_timeout: 1s, proxy_url: 'http://u:p@{proxy}', tls_config: {{insecure_skip_verify: true}}, static_configs: [{{targets: ['{}']}}]}}\n",
        server.address
    );
    let house = House::with(&yaml).await;
    eventually("the target is up", || {
        house.handle.targets().iter().any(|target| target.health == Health::Up)
    })
    .await;
    let heads = heads.lock().unwrap().clone();
    assert_eq!(heads.len(), 1, "one connection for all scrapes: {heads:?}");
    assert!(heads[0].starts_with(&format!("CONNECT {} HTTP/1.1", server.address)), "{heads:?}");
    assert!(heads[0].contains("Proxy-Authorization: Basic dTpw"), "{heads:?}");
}
