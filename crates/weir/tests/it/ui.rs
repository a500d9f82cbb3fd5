//! `weir ui` over the API of another process.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Weir, eventually, free_port, request, try_get};

/// Killed when dropped.
struct Ui {
    child: Child,
    port: u16,
}

impl Drop for Ui {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ui(dir: &Path, url: &str, flags: &[&str]) -> Ui {
    let port = free_port();
    let log = File::options().create(true).append(true).open(dir.join("ui.log")).expect("log file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.current_dir(dir).args(["ui", "--url", url]).arg(format!("--web.listen-address=127.0.0.1:{port}"));
    let child = command.args(flags).stdout(Stdio::null()).stderr(log).spawn().expect("weir starts");
    let ui = Ui { child, port };
    eventually("the pages are served", Duration::from_secs(20), || try_get(port, "/-/ready").map(|_| ()));
    ui
}

fn json(port: u16, path: &str) -> (u16, Value) {
    let answer = try_get(port, path).expect("an answer");
    (answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null))
}

#[test]
fn pages_and_dashboards_over_the_api_of_another_server() {
    let dir = tempfile::tempdir().expect("a folder");
    let weir = Weir::start(dir.path(), None, &["--web.login=on"]);
    let board = r#"{"uid": "mine", "title": "Mine", "panels": [], "templating": {"list": [
        {"name": "job", "type": "query", "query": "label_values(up, job)", "refresh": 1}]}}"#;
    fs::write(dir.path().join("mine.json"), board).expect("written");
    let url = format!("http://127.0.0.1:{}", weir.port);
    let flags = ["--url.login-folder=data/login", "--dashboards=*.json", "--storage.tsdb.path=ui"];
    let ui = ui(dir.path(), &url, &flags);
    let count = eventually("targets are up", Duration::from_secs(45), || {
        let (status, answer) = json(ui.port, "/api/v1/query?query=count(up==1)");
        let value = answer["data"]["result"][0]["value"][1].as_str().map(str::to_owned);
        value.filter(|text| text != "0").ok_or_else(|| format!("{status}: {answer}"))
    });
    assert!(count.parse::<f64>().is_ok_and(|n| n >= 1.0), "{count}");
    let (_, boards) = json(ui.port, "/api/dashboards");
    let uids: Vec<&str> =
        boards.as_array().expect("a list").iter().filter_map(|b| b["uid"].as_str()).collect();
    assert!(uids.contains(&"mine") && uids.len() >= 3, "{uids:?}");
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let body = format!(r#"{{"from": {}, "to": {now}}}"#, now - 300_000);
    let post = format!(
        "POST /api/dashboards/uid/mine/expand HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let expanded: Value =
        serde_json::from_str(&request(ui.port, &post).expect("an answer").body).expect("an expansion");
    assert!(expanded["variables"][0].to_string().contains("monitoring/flux-system"), "{expanded}");
    for (path, status, text) in [
        ("/", 302, "/dashboards"),
        ("/api/health", 200, "ok"),
        ("/api/v1/status/weir", 200, "\"demo\":true"),
        ("/api/v1/query?query=up%7B", 400, "parse error"),
        ("/api/v1/admin/tsdb/snapshot", 404, "not passed on"),
        ("/metrics", 200, "weir_ui_upstream_failures_total 0"),
        ("/d/gitops-toolkit-cluster", 302, "/d/gitops-toolkit-cluster/"),
    ] {
        let answer = try_get(ui.port, path).expect("an answer");
        let found = answer.body.contains(text) || answer.head.contains(text);
        assert!(answer.status == status && found, "{path}: {} {}", answer.head, answer.body);
    }
    weir.kill();
    let (status, answer) = json(ui.port, "/api/v1/query?query=1");
    assert!(status == 502 && answer.to_string().contains("does not answer"), "{answer}");
    assert_eq!(try_get(ui.port, "/-/ready").expect("an answer").status, 200, "the pages stay");
}
