//! Watches over real sockets, against a server that fails as API servers do.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cluster::{Access, Cluster, Error, Followed, Kind, Metrics, Sink};
use serde_json::{Value, json};
use stdx::Registry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the server answers to the n-th list, and to watches.
type Answer = dyn Fn(&str, usize) -> (u16, String) + Send + Sync;

/// Stands for the number of a question for a streaming list.
const STREAMED: usize = usize::MAX;
/// The code by which an answer to one is meant.
const STREAMS: u16 = 299;

#[derive(Default)]
struct Seen {
    names: Mutex<Vec<String>>,
    errors: Mutex<Vec<String>>,
}

fn name(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or("").to_owned()
}

impl Sink for Seen {
    fn replaced(&self, _: &str, objects: Vec<Value>) {
        *self.names.lock().unwrap() = objects.iter().map(name).collect();
    }

    fn applied(&self, object: Value) {
        self.names.lock().unwrap().push(name(&object));
    }

    fn deleted(&self, object: &Value) {
        self.names.lock().unwrap().retain(|known| *known != name(object));
    }

    fn failed(&self, error: &Error) {
        self.errors.lock().unwrap().push(error.to_string());
    }
}

/// Serves one request a connection.
async fn serve(answer: Arc<Answer>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(one(stream, Arc::clone(&answer), Arc::clone(&asked)));
        }
    });
    url
}

async fn one(mut stream: TcpStream, answer: Arc<Answer>, asked: Arc<AtomicUsize>) {
    let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => head.extend_from_slice(&buffer[..read]),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("");
    // Servers do not have streaming lists, unless a test is about them.
    let (code, body) = if path.contains("sendInitialEvents=true") {
        match answer(path, STREAMED) {
            (STREAMS, body) => (200, body),
            _ => refusal(
                422,
                "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
            ),
        }
    } else {
        answer(path, asked.fetch_add(1, Ordering::Relaxed))
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}

fn pod(name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "a", "resourceVersion": "5"}})
}

fn list(names: &[&str]) -> (u16, String) {
    let items: Vec<Value> = names.iter().map(|name| pod(name)).collect();
    let list =
        json!({"apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": "5"}, "items": items});
    (200, list.to_string())
}

fn refusal(code: u16, message: &str) -> (u16, String) {
    let status = json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "X", "message": message, "code": code});
    (code, status.to_string())
}

fn event(kind: &str, object: &Value) -> String {
    let mut object = object.clone();
    object["apiVersion"] = json!("v1");
    object["kind"] = json!("Pod");
    format!("{}\n", json!({"type": kind, "object": object}))
}

async fn follow(kind: Kind, answer: Arc<Answer>) -> (Arc<Seen>, Registry, cluster::Follow) {
    let url = serve(answer).await;
    let registry = Registry::new();
    let access = Access::Server(url, Box::default());
    let cluster = Cluster::connect(&access, Metrics::new(&registry)).await.expect("a client");
    let seen = Arc::new(Seen::default());
    let sink: Arc<dyn Sink> = Arc::<Seen>::clone(&seen);
    let followed = Followed { kind, namespaces: Vec::new(), labels: String::new(), keep: |object| object };
    let follow = cluster.follow(&followed, &sink);
    (seen, registry, follow)
}

async fn eventually(what: &str, check: impl Fn() -> bool) {
    let begun = Instant::now();
    while !check() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it did not come true in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn bursts_of_errors_and_closed_watches_are_outlived() {
    // Two refusals, a list, watches that end at once with one event each.
    let answer = |path: &str, asked: usize| match (asked, path.contains("watch=")) {
        (0, _) => refusal(500, "etcd has no leader"),
        (1, _) => refusal(429, "too many requests"),
        (_, false) => list(&["one"]),
        (3, true) => (200, event("ADDED", &pod("two"))),
        (4, true) => (200, event("DELETED", &pod("one"))),
        (_, true) => (200, String::new()),
    };
    let (seen, registry, _follow) = follow(Kind::POD, Arc::new(answer)).await;
    eventually("what the watches told", || *seen.names.lock().unwrap() == ["two"]).await;
    let errors = seen.errors.lock().unwrap().clone();
    assert!(
        errors.iter().any(|error| error.contains("pods: the API server says 500: etcd has no leader")),
        "{errors:?}"
    );
    assert!(registry.render().contains("weir_cluster_objects{resource=\"pods\"} 1"));
}

#[tokio::test]
async fn what_is_forbidden_names_the_missing_rule() {
    let answer = |_: &str, _: usize| refusal(403, "pods is forbidden");
    let (seen, _registry, _follow) = follow(Kind::POD, Arc::new(answer)).await;
    eventually("an error", || !seen.errors.lock().unwrap().is_empty()).await;
    let said = "pods: not allowed: give the ServiceAccount a role with the verbs list, watch on pods of API group \"\"";
    assert_eq!(seen.errors.lock().unwrap().first().map(String::as_str), Some(said));
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(seen.errors.lock().unwrap().len(), 1, "an outage is told once");
}

#[tokio::test]
async fn a_kind_that_comes_and_goes() {
    let kind = Kind::fixed("monitoring.coreos.com", "v1", "PodMonitor", "podmonitors", true);
    // Not there; there; its watch is too old, and then the kind is gone.
    let answer = |path: &str, asked: usize| match (asked, path.contains("watch=")) {
        (0, _) => refusal(404, "the server could not find the requested resource"),
        (1, _) => list(&["one"]),
        (2, true) => (
            200,
            format!(
                "{}\n",
                json!({"type": "ERROR", "object": {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "message": "too old resource version", "code": 410}})
            ),
        ),
        _ => refusal(404, "the server could not find the requested resource"),
    };
    let (seen, _registry, _follow) = follow(kind, Arc::new(answer)).await;
    eventually("the kind is there", || *seen.names.lock().unwrap() == ["one"]).await;
    eventually("the kind is gone", || seen.names.lock().unwrap().is_empty()).await;
    let errors = seen.errors.lock().unwrap().clone();
    assert!(
        errors
            .iter()
            .all(|error| error.contains("the cluster does not serve podmonitors.monitoring.coreos.com")),
        "{errors:?}"
    );
}

#[tokio::test]
async fn a_streamed_list_is_a_list() {
    let end = json!({"type": "BOOKMARK", "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"resourceVersion": "7", "annotations": {"k8s.io/initial-events-end": "true"}}}});
    let streamed = format!("{}{}{end}\n", event("ADDED", &pod("one")), event("ADDED", &pod("two")));
    let answer = move |path: &str, asked: usize| match (asked, path.contains("watch=")) {
        (STREAMED, _) => (STREAMS, streamed.clone()),
        (0, true) => (200, event("DELETED", &pod("one"))),
        (_, true) => (200, String::new()),
        (_, false) => refusal(500, "nobody asks for a list"),
    };
    let (seen, registry, _follow) = follow(Kind::POD, Arc::new(answer)).await;
    eventually("the list and what came after it", || *seen.names.lock().unwrap() == ["two"]).await;
    assert_eq!(seen.errors.lock().unwrap().as_slice(), [""; 0]);
    assert!(registry.render().contains("weir_cluster_last_contact_timestamp_seconds{resource=\"pods\"} 1"));
}

#[tokio::test]
async fn a_stream_that_ends_too_early_is_a_list_in_pages() {
    let answer = |path: &str, asked: usize| match (asked, path.contains("watch=")) {
        (STREAMED, _) => (STREAMS, event("ADDED", &pod("one"))),
        (_, false) => list(&["one", "two"]),
        (_, true) => (200, String::new()),
    };
    let (seen, _registry, _follow) = follow(Kind::POD, Arc::new(answer)).await;
    eventually("the whole list", || *seen.names.lock().unwrap() == ["one", "two"]).await;
}

#[tokio::test]
async fn an_expired_token_leaves_what_is_known() {
    // Known by name until the token expires; it is renewed after two refusals.
    let answer = |path: &str, asked: usize| match (asked, path.contains("watch=")) {
        (STREAMED, _) => refusal(422, "no"),
        (0, false) => list(&["one"]),
        (1..=2, true) => refusal(401, "Unauthorized"),
        (3, true) => (200, event("ADDED", &pod("two"))),
        (_, true) => (200, String::new()),
        (_, false) => list(&["one", "two"]),
    };
    let (seen, registry, _follow) = follow(Kind::POD, Arc::new(answer)).await;
    eventually("an error", || !seen.errors.lock().unwrap().is_empty()).await;
    let said = "pods: the API server does not know us (401): the token has expired or is of another cluster";
    assert_eq!(seen.errors.lock().unwrap().as_slice(), [said]);
    assert_eq!(seen.names.lock().unwrap().as_slice(), ["one"], "what is known stays");
    eventually("what came after the token was renewed", || *seen.names.lock().unwrap() == ["one", "two"])
        .await;
    assert!(registry.render().contains("weir_cluster_watch_failures_total{resource=\"pods\"} 2"));
}

/// Takes the objects of a list one by one.
#[derive(Default)]
struct Parts(Seen);

impl Sink for Parts {
    fn takes_parts(&self) -> bool {
        true
    }

    fn listed(&self, _: &str, names: &std::collections::HashSet<String>) {
        self.0.names.lock().unwrap().retain(|known| names.contains(&format!("a/{known}")));
    }

    fn replaced(&self, _: &str, _: Vec<Value>) {
        self.0.names.lock().unwrap().clear();
    }

    fn applied(&self, object: Value) {
        let mut names = self.0.names.lock().unwrap();
        names.retain(|known| *known != name(&object));
        names.push(name(&object));
    }

    fn deleted(&self, object: &Value) {
        self.0.deleted(object);
    }

    fn failed(&self, error: &Error) {
        self.0.failed(error);
    }
}

#[tokio::test]
async fn a_list_in_parts_forgets_what_it_does_not_have() {
    let expired = json!({"type": "ERROR", "object": {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "message": "too old", "code": 410}});
    let answer = move |path: &str, asked: usize| match (asked, path.contains("watch=")) {
        (0, false) => list(&["one", "two"]),
        (1, true) => (200, format!("{}{expired}\n", event("ADDED", &pod("three")))),
        (_, false) => list(&["two", "four"]),
        (_, true) => (200, String::new()),
    };
    let url = serve(Arc::new(answer)).await;
    let access = Access::Server(url, Box::default());
    let cluster = Cluster::connect(&access, Metrics::new(&Registry::new())).await.expect("a client");
    let seen = Arc::new(Parts::default());
    let sink: Arc<dyn Sink> = Arc::<Parts>::clone(&seen);
    let kind = Kind::POD;
    let followed = Followed { kind, namespaces: Vec::new(), labels: String::new(), keep: |object| object };
    let _follow = cluster.follow(&followed, &sink);
    eventually("the second list", || *seen.0.names.lock().unwrap() == ["two", "four"]).await;
}
