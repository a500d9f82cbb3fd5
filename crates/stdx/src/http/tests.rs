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
        ("oauth2: {client_id: a}", Err("oauth2 token_url must be configured")),
        ("oauth2: {client_id: a, token_url: 'http://t'}", Ok(())),
        (
            "oauth2: {client_id: a, token_url: 'http://t'}\nbasic_auth: {username: a}",
            Err("at most one of basic_auth, oauth2 & authorization must be configured"),
        ),
        ("proxy_url: 'http://p:3128'\nno_proxy: 10.0.0.0/8", Ok(())),
        ("no_proxy: a", Err("no_proxy needs proxy_url")),
        (
            "proxy_from_environment: true\nproxy_url: p",
            Err("at most one of proxy_from_environment & proxy_url must be configured"),
        ),
        (
            "proxy_url: 'ftp://p'",
            Err("proxy_url: \"ftp://p\": a proxy is spoken to by http, https, socks5 or socks5h"),
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

fn json(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn tokens_are_fetched_once_and_sent() {
    let refused = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_owned();
    let token = json("{\"access_token\": \"T1\", \"token_type\": \"bearer\", \"expires_in\": \"3600\"}");
    let (token_url, asked) = server(vec![refused, token]).await;
    let (url, heads) = server(vec![ok("a"), ok("b")]).await;
    let yaml = format!(
        "oauth2: {{client_id: me, client_secret: 'p w', token_url: '{token_url}', scopes: [a, b], endpoint_params: {{audience: x}}}}"
    );
    let client = Client::new(config(&yaml).expect("valid")).expect("valid");
    for body in ["a", "b"] {
        assert_eq!(client.fetch(Request::get(url.clone())).await.expect("an answer").1, body.as_bytes());
    }
    let asked = asked.await.expect("asked twice: in the header, then in the form");
    let header = asked[0].to_lowercase();
    assert!(header.contains("authorization: basic bwu6cct3") && asked[0].contains("audience=x"), "{header}");
    assert!(asked[1].contains("grant_type=client_credentials&scope=a+b"), "{}", asked[1]);
    assert!(asked[1].contains("client_id=me&client_secret=p+w"), "{}", asked[1]);
    let heads = heads.await.expect("asked twice");
    assert!(heads.iter().all(|head| head.contains("authorization: Bearer T1")), "{heads:?}");
}

#[tokio::test]
async fn a_refused_token_says_why() {
    let answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 27\r\n\r\n{\"error\": \"invalid_client\"}";
    let (token_url, _asked) = server(vec![answer.to_owned()]).await;
    let yaml = format!("oauth2: {{client_id: me, token_url: '{token_url}'}}");
    let client = Client::new(config(&yaml).expect("valid")).expect("valid");
    let (url, _heads) = server(vec![ok("a")]).await;
    let error = client.fetch(Request::get(url)).await.expect_err("no token").to_string();
    assert_eq!(
        error,
        format!("oauth2: cannot fetch token from {token_url}: HTTP status 403: invalid_client")
    );
}

#[tokio::test]
async fn a_proxy_is_asked_for_whole_urls() {
    let (proxy, heads) = server(vec![ok("a"), ok("b")]).await;
    let yaml = format!("proxy_url: 'http://u:p@{}'", proxy.authority());
    let client = Client::new(config(&yaml).expect("valid")).expect("valid");
    let url = Url::parse("http://far.example:9100/metrics?x=1").expect("a URL");
    for body in ["a", "b"] {
        assert_eq!(client.fetch(Request::get(url.clone())).await.expect("an answer").1, body.as_bytes());
    }
    for head in heads.await.expect("asked twice on one connection") {
        assert!(head.starts_with("GET http://far.example:9100/metrics?x=1 HTTP/1.1"), "{head}");
        assert!(head.contains("host: far.example:9100") && head.contains("proxy-authorization: Basic dTpw"));
    }
}

#[tokio::test]
async fn a_proxy_that_does_not_let_us_through_is_named() {
    let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n".to_owned();
    let (proxy, heads) = server(vec![refusal]).await;
    let yaml = format!(
        "proxy_url: 'http://{}'\nproxy_connect_header: {{X-Team: [a]}}\nno_proxy: near.example",
        proxy.authority()
    );
    let client = Client::new(config(&yaml).expect("valid")).expect("valid");
    let url = Url::parse("https://far.example/").expect("a URL");
    let error = client.fetch(Request::get(url)).await.expect_err("no way").to_string();
    let said = "it answered CONNECT far.example:443 with \"HTTP/1.1 407 Proxy Authentication Required\"";
    assert_eq!(error, format!("proxy {}: {said}", proxy.authority()));
    assert!(heads.await.expect("asked")[0].contains("X-Team: a"));
}

#[tokio::test]
async fn socks_leads_to_names_that_the_proxy_knows() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let proxy = listener.local_addr().expect("bound");
    let serving = tokio::spawn(async move {
        let mut stream = listener.accept().await.expect("accept").0;
        let mut buffer = [0; 512];
        let mut said = Vec::new();
        for answer in [&[5, 0][..], &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0], ok("a").as_bytes()] {
            let n = stream.read(&mut buffer).await.expect("a question");
            said.push(buffer[..n].to_vec());
            stream.write_all(answer).await.expect("write");
        }
        said
    });
    let client =
        Client::new(config(&format!("proxy_url: 'socks5://{proxy}'")).expect("valid")).expect("valid");
    let url = Url::parse("http://far.example:80/").expect("a URL");
    assert_eq!(client.fetch(Request::get(url)).await.expect("an answer").1, b"a");
    let said = serving.await.expect("three questions");
    assert_eq!(said[0], [5, 1, 0]);
    assert_eq!(said[1], [&[5, 1, 0, 3, 11][..], b"far.example", &[0, 80]].concat());
    assert!(said[2].starts_with(b"GET / HTTP/1.1"), "the proxy does not see the request");
}
