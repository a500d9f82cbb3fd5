use super::*;
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

fn config(yaml: &str) -> Result<HttpClientConfig, String> {
    let config: HttpClientConfig = crate::yaml::from_str(yaml, "a.yml").map_err(|error| error.to_string())?;
    config.validate().map_err(|error| error.to_string())?;
    Ok(config)
}

/// Answers the n-th request with the n-th text, then closes; gives the requests' heads.
async fn server(answers: Vec<String>) -> (Url, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = Url::parse(&format!("http://{}/m?x=1", listener.local_addr().expect("bound"))).expect("url");
    let task = tokio::spawn(async move {
        let mut heads = Vec::new();
        let (mut stream, mut buffer) = (listener.accept().await.expect("accept").0, vec![0; 8192]);
        for answer in answers {
            let mut n = stream.read(&mut buffer).await.unwrap_or(0);
            if n == 0 {
                stream = listener.accept().await.expect("accept").0;
                n = stream.read(&mut buffer).await.unwrap_or(0);
            }
            heads.push(String::from_utf8_lossy(&buffer[..n]).into_owned());
            stream.write_all(answer.as_bytes()).await.expect("write");
        }
        heads
    });
    (url, task)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn configurations_are_checked() {
    for (yaml, expected) in [
        ("basic_auth: {username: a, password: b}", Ok(())),
        ("authorization: {credentials_file: x}", Ok(())),
        ("http_headers: {X-Scope: {values: [a], secrets: [b]}}", Ok(())),
        ("proxy_url: ''", Ok(())),
        (
            "basic_auth: {username: a, username_file: b}",
            Err("at most one of basic_auth username & username_file must be configured"),
        ),
        (
            "basic_auth: {username: a}\nauthorization: {credentials: b}",
            Err("at most one of basic_auth, oauth2 & authorization must be configured"),
        ),
        (
            "authorization: {type: Basic}",
            Err("authorization type cannot be set to \"basic\", use \"basic_auth\" instead"),
        ),
        (
            "oauth2: {client_id: a}",
            Err("oauth2 is not supported yet here; use authorization with a credentials_file"),
        ),
        (
            "tls_config: {cert_file: a}",
            Err("exactly one of key or key_file must be configured when a client certificate is configured"),
        ),
        (
            "tls_config: {max_version: TLS11}",
            Err("tls_config: max_version must be TLS12 or TLS13 and not below min_version"),
        ),
        ("http_headers: {Host: {values: [a]}}", Err("setting header \"Host\" is not allowed")),
        ("tls_confg: {}", Err("a.yml:1:1: unknown field \"tls_confg\"; did you mean \"tls_config\"?")),
    ] {
        assert_eq!(config(yaml).map(|_| ()), expected.map_err(str::to_owned), "{yaml}");
    }
}

#[test]
fn secrets_are_not_shown_and_paths_are_resolved() {
    let mut config =
        config("basic_auth: {username: a, password: hunter2}\ntls_config: {ca_file: ca.pem}").expect("valid");
    assert!(!format!("{config:?}").contains("hunter2"));
    config.resolve_paths(Path::new("/etc/x"));
    let tls = config.tls_config.clone().expect("set");
    assert_eq!(tls.ca_file.as_deref(), Some(Path::new("/etc/x/ca.pem")));
}

#[tokio::test]
async fn connections_are_used_again_and_credentials_sent() {
    let (url, server) = server(vec![ok("a"), ok("bc")]).await;
    let client =
        Client::new(config("basic_auth: {username: u, password: p}").expect("valid")).expect("valid");
    let mut body = Vec::new();
    let response = client.send(Request::get(url.clone()), &mut body).await.expect("answer");
    assert_eq!((response.status.as_u16(), body.as_slice()), (200, b"a".as_slice()));
    client.send(Request::post(url, "text/plain", "hello"), &mut body).await.expect("answer");
    assert_eq!(body, b"bc");
    let heads = server.await.expect("server");
    assert!(heads[0].starts_with("GET /m?x=1 HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(heads[0].contains("authorization: Basic dTpw\r\n"), "{}", heads[0]);
    assert!(heads[1].ends_with("hello") && heads[1].contains("content-length: 5"), "{}", heads[1]);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let close = ok("a").replace("Content-Length", "Connection: close\r\nContent-Length");
    let (url, server) = server(vec![close, ok("b")]).await;
    let client = Client::new(HttpClientConfig::default()).expect("valid");
    client.fetch(Request::get(url.clone())).await.expect("first");
    assert_eq!(client.fetch(Request::get(url)).await.expect("second").1, b"b");
    assert_eq!(server.await.expect("server").len(), 2);
}

#[tokio::test]
async fn credentials_do_not_follow_to_another_host() {
    let (there, other) = server(vec![ok("there")]).await;
    let location = there.to_string().replace("127.0.0.1", "localhost");
    let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    let (here, first) = server(vec![redirect.clone()]).await;
    let client = Client::new(config("authorization: {credentials: t0k}").expect("valid")).expect("valid");
    assert_eq!(client.fetch(Request::get(here)).await.expect("followed").1, b"there");
    assert!(first.await.expect("server")[0].contains("authorization: Bearer t0k"));
    assert!(!other.await.expect("server")[0].contains("t0k"));

    let (here, _first) = server(vec![redirect]).await;
    let client = Client::new(config("follow_redirects: false").expect("valid")).expect("valid");
    assert_eq!(client.fetch(Request::get(here)).await.expect("not followed").0.status.as_u16(), 302);
}

#[tokio::test]
async fn answers_are_bounded_in_size_and_time() {
    let (url, _server) = server(vec![ok(&"x".repeat(100))]).await;
    let client = Client::new(HttpClientConfig::default()).expect("valid");
    let error = client.fetch(Request { body_limit: 99, ..Request::get(url) }).await.expect_err("too large");
    assert_eq!(error.to_string(), "body size limit exceeded: more than 99 bytes");

    let (url, _server) =
        server(vec!["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab".to_owned(), String::new()]).await;
    let deadline = Duration::from_millis(50);
    let error = client.fetch(Request { deadline, ..Request::get(url) }).await.expect_err("too slow");
    assert!(matches!(error, HttpError::TimedOut { .. }), "{error}");
}
