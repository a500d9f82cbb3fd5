//! Starts `weir`, talks to it, listens for its notifications.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A running `weir up` in a folder of its own; killed when dropped.
pub(crate) struct Weir {
    child: Child,
    pub port: u16,
    pub dir: PathBuf,
}

/// An HTTP answer.
pub(crate) struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// A webhook that keeps what it is sent.
pub(crate) struct Webhook {
    pub url: String,
    bodies: Arc<Mutex<Vec<Value>>>,
}

/// The folder of shared test data, or a line that says what is skipped.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WEIR_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let full = root.join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("skipped: {} is absent", full.display());
    None
}

/// Whether slow suites run.
pub(crate) fn slow(what: &str) -> bool {
    let wanted = std::env::var_os("WEIR_SLOW").is_some();
    if !wanted {
        eprintln!("skipped: {what} is slow; set WEIR_SLOW=1");
    }
    wanted
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

/// Asks until the answer passes, or panics with the last one.
pub(crate) fn eventually<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(error) if begun.elapsed() > limit => panic!("{what}: not within {limit:?}: {error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

impl Weir {
    /// Starts with that configuration; it is ready when this returns.
    pub(crate) fn start(dir: &Path, config: Option<&str>, flags: &[&str]) -> Weir {
        let weir = Weir::launch(dir, config, flags);
        weir.wait_ready();
        weir
    }

    /// Starts without waiting.
    pub(crate) fn launch(dir: &Path, config: Option<&str>, flags: &[&str]) -> Weir {
        let port = free_port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.current_dir(dir).arg("up");
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        command.arg("--web.dashboards-address=off");
        command.arg(format!("--storage.tsdb.path={}", dir.join("data").display()));
        if let Some(config) = config {
            fs::write(dir.join("weir.yml"), config).expect("config written");
            command.arg("--config.file=weir.yml");
        }
        let log = File::options().create(true).append(true).open(dir.join("log")).expect("log file");
        command.args(flags).stdout(Stdio::null()).stderr(log).stdin(Stdio::null());
        let child = command.spawn().expect("weir starts");
        Weir { child, port, dir: dir.to_path_buf() }
    }

    pub(crate) fn wait_ready(&self) {
        eventually("ready", Duration::from_secs(30), || {
            let answer = try_get(self.port, "/-/ready").map_err(|e| format!("{e}; log: {}", self.log()))?;
            if answer.status == 200 { Ok(()) } else { Err(format!("{}; log: {}", answer.status, self.log())) }
        });
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        try_get(self.port, path).unwrap_or_else(|error| panic!("GET {path}: {error}; log: {}", self.log()))
    }

    /// The `data` of a success answer.
    pub(crate) fn api(&self, path: &str) -> Value {
        let answer = self.get(path);
        let json: Value =
            serde_json::from_str(&answer.body).unwrap_or_else(|e| panic!("{path}: {e}: {}", answer.body));
        assert_eq!(json["status"], "success", "{path}: {}", answer.body);
        json["data"].clone()
    }

    /// The instant vector of a query: labels and value.
    pub(crate) fn vector(&self, query: &str) -> Vec<(Value, f64)> {
        let data = self.api(&format!("/api/v1/query?query={}", escape(query)));
        let rows = data["result"].as_array().expect("a vector").clone();
        rows.iter().map(|row| (row["metric"].clone(), number(&row["value"][1]))).collect()
    }

    /// The one value of a query, if it has one.
    pub(crate) fn scalar(&self, query: &str) -> Option<f64> {
        self.vector(query).first().map(|(_, value)| *value)
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("reaped");
    }

    /// SIGTERM, and wait for an orderly end.
    pub(crate) fn terminate(mut self) -> std::process::ExitStatus {
        let pid = self.child.id().to_string();
        Command::new("kill").arg(pid).status().expect("kill runs");
        self.child.wait().expect("reaped")
    }

    /// Waits for an end that comes by itself.
    pub(crate) fn wait_end(&mut self) {
        let status = self.child.wait().expect("reaped");
        assert!(!status.success(), "it was meant to fail");
    }

    pub(crate) fn hangup(&self) {
        Command::new("kill").args(["-HUP", &self.child.id().to_string()]).status().expect("kill runs");
    }
}

impl Drop for Weir {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Webhook {
    pub(crate) fn start() -> Webhook {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || while receive(&stream, &kept) {});
            }
        });
        Webhook { url, bodies }
    }

    pub(crate) fn bodies(&self) -> Vec<Value> {
        self.bodies.lock().expect("not poisoned").clone()
    }

    /// All alerts so far: name, status, labels.
    pub(crate) fn alerts(&self) -> Vec<(String, String, Value)> {
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let bodies = self.bodies();
        let alerts = bodies.iter().flat_map(|body| body["alerts"].as_array().cloned().unwrap_or_default());
        alerts.map(|a| (text(&a["labels"]["alertname"]), text(&a["status"]), a["labels"].clone())).collect()
    }
}

/// Reads one request off the connection and answers 200; false when the connection has ended.
fn receive(mut stream: &TcpStream, kept: &Mutex<Vec<Value>>) -> bool {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return false,
        }
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length =
        head.lines().find_map(|l| l.strip_prefix("content-length:")).and_then(|n| n.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if stream.read_exact(&mut body).is_err() {
        return false;
    }
    if let Ok(json) = serde_json::from_slice(&body) {
        kept.lock().expect("not poisoned").push(json);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_ok()
}

pub(crate) fn try_get(port: u16, path: &str) -> Result<Answer, String> {
    request(port, &format!("GET {path} HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\n\r\n"))
}

/// Sends raw bytes and reads all that comes.
pub(crate) fn request(port: u16, text: &str) -> Result<Answer, String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(|e| e.to_string())?;
    stream.set_read_timeout(Some(Duration::from_secs(120))).map_err(|e| e.to_string())?;
    // A server that refuses early closes before all is sent; its answer is there all the same.
    let _ = stream.write_all(text.as_bytes());
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| format!("no answer: {text:?}"))?;
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or("no status")?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

pub(crate) fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

pub(crate) fn number(value: &Value) -> f64 {
    match value.as_str().unwrap_or("") {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        text => text.parse().unwrap_or(f64::NAN),
    }
}
