//! A Kubernetes API server as far as `weir up --kubernetes` asks it, that fails when it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What is served as lists and watches.
pub(crate) const SCRAPE_CONFIGS: &str = "/apis/monitoring.coreos.com/v1alpha1/scrapeconfigs";
pub(crate) const PROMETHEUSES: &str = "/apis/monitoring.coreos.com/v1/prometheuses";
const NAMESPACES: &str = "/api/v1/namespaces";
/// So long a watch is held open.
const WATCH: Duration = Duration::from_millis(300);

pub(crate) struct ApiServer {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub(crate) struct State {
    version: u64,
    /// By collection, then `namespace/name`.
    objects: BTreeMap<&'static str, BTreeMap<String, Value>>,
    changes: Vec<(u64, &'static str, &'static str, Value)>,
    pub(crate) secrets: BTreeMap<String, Value>,
    /// Connections are closed without an answer.
    pub(crate) is_away: bool,
    /// The status that writes are answered with, if not 0.
    pub(crate) writes: u16,
    /// Only writes to paths with this in them are refused.
    pub(crate) writes_about: String,
    /// The status that reads of Secrets are answered with, if not 0.
    pub(crate) reads: u16,
    /// Method, path and body of what was written.
    pub(crate) written: Vec<(String, String, Value)>,
}

// === impl ApiServer ===

impl ApiServer {
    pub(crate) fn start() -> ApiServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let served = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = Arc::clone(&served);
                std::thread::spawn(move || _ = serve(stream, &served));
            }
        });
        ApiServer { port, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates or replaces an object.
    pub(crate) fn put(&self, collection: &'static str, mut object: Value) {
        let mut state = self.state();
        state.version += 1;
        let version = state.version;
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        object["metadata"]["generation"] = json!(version);
        let before = state.objects.entry(collection).or_default().insert(key(&object), object.clone());
        let change = if before.is_some() { "MODIFIED" } else { "ADDED" };
        state.changes.push((version, collection, change, object));
    }

    /// A kubeconfig that names this server.
    pub(crate) fn kubeconfig(&self, folder: &Path) -> PathBuf {
        let path = folder.join("kubeconfig");
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: test\nclusters: [{{name: test, cluster: {{server: \"http://127.0.0.1:{}\"}}}}]\n\
             users: [{{name: test, user: {{token: none}}}}]\ncontexts: [{{name: test, context: {{cluster: test, user: test, namespace: monitoring}}}}]\n",
            self.port
        );
        std::fs::write(&path, text).expect("written");
        path
    }
}

fn key(object: &Value) -> String {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or("").to_owned();
    format!("{}/{}", text("namespace"), text("name"))
}

/// Reads one request and answers it.
fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().to_lowercase().strip_prefix("content-length:") {
            Some(value) => length = value.trim().parse().unwrap_or(0),
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let body = serde_json::from_slice(&body).unwrap_or_default();
    if lock(state).is_away {
        return Ok(());
    }
    let (code, text) = answer(state, method, target, body);
    let head = format!(
        "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(text.as_bytes())
}

fn answer(state: &Mutex<State>, method: &str, target: &str, body: Value) -> (u16, String) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if method != "GET" {
        let mut state = lock(state);
        if state.writes != 0 && path.contains(&state.writes_about) {
            return refusal(state.writes, "no writes now");
        }
        state.written.push((method.to_owned(), path.to_owned(), body.clone()));
        let name = path.rsplit('/').nth(1).unwrap_or("");
        let mut object = json!({"apiVersion": "v1", "kind": "X", "metadata": {"name": name}});
        if method == "POST" {
            object = body;
        }
        return (200, object.to_string());
    }
    if path == "/apis" {
        return (200, json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}).to_string());
    }
    if let Some((namespace, name)) = secret(path) {
        let state = lock(state);
        if state.reads != 0 {
            return refusal(state.reads, "no reads now");
        }
        return match state.secrets.get(&format!("{namespace}/{name}")) {
            Some(secret) => (200, secret.to_string()),
            None => refusal(404, "no such Secret"),
        };
    }
    let Some(collection) =
        [SCRAPE_CONFIGS, PROMETHEUSES, NAMESPACES].into_iter().find(|known| *known == path)
    else {
        return refusal(404, "the server could not find the requested resource");
    };
    match (parameter("sendInitialEvents"), parameter("watch")) {
        (Some(_), _) => refusal(422, "sendInitialEvents is forbidden"),
        (_, Some(_)) => {
            let from = parameter("resourceVersion").and_then(|text| text.parse().ok()).unwrap_or(0);
            (200, changes(state, collection, from))
        }
        _ => {
            let state = lock(state);
            let items: Vec<&Value> =
                state.objects.get(collection).into_iter().flat_map(BTreeMap::values).collect();
            let version = json!({"resourceVersion": state.version.to_string()});
            (
                200,
                json!({"kind": "List", "apiVersion": "v1", "metadata": version, "items": items}).to_string(),
            )
        }
    }
}

/// Waits for changes of a collection.
fn changes(state: &Mutex<State>, collection: &str, from: u64) -> String {
    let begun = Instant::now();
    loop {
        let known = lock(state);
        let new = known.changes.iter().filter(|(version, of, ..)| *version > from && *of == collection);
        let lines: Vec<String> = new
            .map(|(_, _, change, object)| format!("{}\n", json!({"type": change, "object": object})))
            .collect();
        drop(known);
        if !lines.is_empty() || begun.elapsed() > WATCH {
            return lines.concat();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Namespace and name of the Secret of a path.
fn secret(path: &str) -> Option<(&str, &str)> {
    let (namespace, name) = path.strip_prefix("/api/v1/namespaces/")?.split_once("/secrets/")?;
    Some((namespace, name))
}

fn refusal(code: u16, message: &str) -> (u16, String) {
    let reason = if code == 404 { "NotFound" } else { "Refused" };
    let status = json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": code});
    (code, status.to_string())
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
