//! Bad targets cost the good ones nothing.

use std::sync::LazyLock;
use std::time::Duration;

use scrape::manager::Health;

use crate::server::{Answer, Server, gzipped, head, text};
use crate::{House, eventually};

const TYPE: &str = "Content-Type: text/plain; version=0.0.4";

/// What each path answers.
fn answer(request: &str) -> Answer {
    static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| gzipped(&vec![b'\n'; 64 << 20]));
    let path = request.split(' ').nth(1).unwrap_or_default();
    let ok = |headers: &[&str]| head("200 OK", &[&[TYPE], headers].concat());
    match path {
        "/good" => text("good_total 5\n"),
        "/endless" => Answer::Endless(ok(&[]), b"a_total 1\n".repeat(1000)),
        "/long-line" => Answer::Endless(ok(&["Content-Length: 1000000000"]), vec![b'a'; 1 << 16]),
        "/chunks" => Answer::Endless(
            ok(&["Transfer-Encoding: chunked"]),
            [&b"fa0\r\n"[..], &b"a 1\n".repeat(1000), b"\r\n"].concat(),
        ),
        "/bomb" => Answer::Raw(BOMB.clone()),
        "/broken-gzip" => {
            let mut bytes = ok(&["Content-Encoding: gzip", "Content-Length: 8"]);
            bytes.extend(b"no gzip!");
            Answer::Raw(bytes)
        }
        "/cut-gzip" => {
            let whole = gzipped(b"a 1\nb 2\n");
            Answer::Close(whole[..whole.len() - 6].to_vec())
        }
        "/cut" => Answer::Close([ok(&["Content-Length: 100"]), b"a 1\nb ".to_vec()].concat()),
        "/cut-without-length" => Answer::Close([ok(&[]), b"a 1\nb{x=\"".to_vec()].concat()),
        "/drip" => Answer::Drip([ok(&[]), b"a 1\n".repeat(100)].concat(), Duration::from_millis(100)),
        "/image" => Answer::Ok("image/png", "a 1\n".to_owned()),
        "/no-type" => Answer::Raw([head("200 OK", &["Content-Length: 4"]), b"a 1\n".to_vec()].concat()),
        "/failing" => Answer::Raw(head("500 Internal Server Error", &["Content-Length: 0"])),
        "/loop" => Answer::Raw(head("302 Found", &["Location: /loop", "Content-Length: 0"])),
        "/no-http" => Answer::Close(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        "/headers" => Answer::Endless(head("200 OK", &[])[..15].to_vec(), b"\r\nX-A: b".repeat(1000)),
        "/brotli" => Answer::Raw(ok(&["Content-Encoding: br", "Content-Length: 0"])),
        _ => Answer::Silence,
    }
}

/// Path, and what its last error holds.
const BAD: [(&str, &str); 17] = [
    ("endless", "body size limit exceeded"),
    ("long-line", "body size limit exceeded"),
    ("chunks", "body size limit exceeded"),
    ("bomb", "body size limit exceeded"),
    ("broken-gzip", "gzip: "),
    ("cut-gzip", "message length"),
    ("cut", "message length"),
    ("cut-without-length", "line 2"),
    ("drip", "context deadline exceeded"),
    ("image", "unsupported Content-Type \"image/png\""),
    ("no-type", "blank Content-Type"),
    ("failing", "server returned HTTP status 500 Internal Server Error"),
    ("loop", "stopped after 10 redirects"),
    ("no-http", "invalid HTTP"),
    ("headers", ""),
    ("brotli", "unsupported Content-Encoding \"br\""),
    ("silence", "context deadline exceeded"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_targets_cost_the_good_one_nothing() {
    // The bomb is made before the clock runs.
    answer("GET /bomb");
    let server = Server::start(answer).await;
    let entry = |path: &str| {
        format!(
            "- job_name: {path}\n  metrics_path: /{path}\n  body_size_limit: 1MB\n  scrape_interval: 1s\n  scrape_timeout: 900ms\n  static_configs: [{{targets: ['{}']}}]\n",
            server.address
        )
    };
    let mut yaml: String = BAD.iter().map(|(path, _)| entry(path)).collect();
    yaml.push_str(&entry("good"));
    yaml.push_str("- job_name: refused\n  static_configs: [{targets: ['127.0.0.1:1']}]\n");
    let house = House::with(&yaml).await;
    for (path, error) in BAD.into_iter().chain([("refused", "connect to 127.0.0.1:1")]) {
        let target = house.scraped(path).await;
        assert_eq!(target.health, Health::Down, "{path}");
        assert!(target.last_error.contains(error), "{path}: {}", target.last_error);
        assert_eq!(house.memory.last(path, "up"), Some(0.0), "{path}");
        assert!(house.memory.samples(path, "a").is_empty(), "{path}: nothing of a failed scrape is stored");
    }
    let before = house.memory.samples("good", "up").len();
    eventually("three more scrapes", || house.memory.samples("good", "up").len() >= before + 3).await;
    let ups = house.memory.samples("good", "up");
    assert!(ups.iter().all(|(_, value)| *value == 1.0), "{ups:?}");
    let due = (ups[ups.len() - 1].0 - ups[0].0) / 1000 + 1;
    assert!(ups.len() as i64 * 2 >= due, "most scrapes of the good target are made: {ups:?}");
    let metrics = house.registry.render();
    let exceeded = "prometheus_target_scrapes_exceeded_body_size_limit_total ";
    let count = metrics.lines().find_map(|line| line.strip_prefix(exceeded)).expect("registered");
    assert!(count.parse::<u64>().unwrap() >= 4, "{count}");
    house.manager.stop().await;
}

#[tokio::test]
async fn a_fallback_reads_what_says_nothing() {
    let server = Server::start(answer).await;
    let address = &server.address;
    let yaml = format!(
        "- {{job_name: a, metrics_path: /no-type, fallback_scrape_protocol: PrometheusText0.0.4, static_configs: [{{targets: ['{address}']}}]}}"
    );
    let house = House::with(&yaml).await;
    let target = house.scraped("a").await;
    assert_eq!((target.health, target.last_error.as_str()), (Health::Up, ""));
    assert_eq!(house.memory.last("a", "a"), Some(1.0));
}
