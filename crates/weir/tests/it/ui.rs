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
        let (status, answer) =
            json(ui.port, "/api/v1/query?query=count(up%7Bjob=%22monitoring/flux-system%22%7D==1)");
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

#[test]
fn pages_and_dashboards_over_a_real_prometheus() {
    let Some(prometheus) = crate::peers::program("prometheus") else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let config = format!(
        "scrape_configs: [{{job_name: itself, scrape_interval: 1s, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\nrule_files: [rules.yml]\n"
    );
    fs::write(dir.path().join("prometheus.yml"), config).expect("written");
    let rules = "groups: [{name: g, interval: 1s, rules: [{alert: Always, expr: vector(1)}]}]\n";
    fs::write(dir.path().join("rules.yml"), rules).expect("written");
    let board = r#"{"uid": "mine", "title": "Mine", "templating": {"list": [
        {"name": "job", "type": "query", "query": "label_values(up, job)", "refresh": 1}]}, "panels": [
        {"id": 1, "type": "stat", "title": "Up", "gridPos": {"h": 4, "w": 4, "x": 0, "y": 0}, "targets": [{"refId": "A", "expr": "sum(up{job=\"$job\"})"}]}]}"#;
    fs::write(dir.path().join("mine.json"), board).expect("written");
    let child = Command::new(prometheus)
        .current_dir(dir.path())
        .args(["--config.file=prometheus.yml", "--storage.tsdb.path=tsdb"])
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("prometheus starts");
    let _prometheus = Ui { child, port };
    let ui = ui(
        dir.path(),
        &format!("http://127.0.0.1:{port}"),
        &["--dashboards=*.json", "--storage.tsdb.path=ui"],
    );
    eventually("its target is up", Duration::from_secs(45), || {
        let (status, answer) = json(ui.port, "/api/v1/query?query=up");
        let is_up = answer["data"]["result"][0]["value"][1] == "1";
        if is_up { Ok(()) } else { Err(format!("{status}: {answer}")) }
    });
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let body = format!(r#"{{"from": {}, "to": {now}}}"#, now - 300_000);
    let post = format!(
        "POST /api/dashboards/uid/mine/expand HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let expanded = request(ui.port, &post).expect("an answer").body;
    assert!(expanded.contains(r#"sum(up{job=\"itself\"})"#), "{expanded}");
    eventually("its alert is shown", Duration::from_secs(20), || {
        let (_, answer) = json(ui.port, "/api/v1/alerts");
        if answer.to_string().contains("Always") { Ok(()) } else { Err(answer.to_string()) }
    });
    // What the pages ask for, also where a Prometheus has no such thing.
    for (path, text) in [
        ("/api/v1/targets?state=any", "itself"),
        ("/api/v1/rules", "Always"),
        ("/api/v1/labels", "__name__"),
        ("/api/v1/label/__name__/values", "up"),
        ("/api/v1/metadata?metric=up", "success"),
        ("/api/v1/status/buildinfo", "version"),
        ("/api/v1/status/flags", "storage.tsdb.path"),
        ("/api/v1/status/config", "itself"),
        ("/api/v1/status/runtimeinfo", "startTime"),
        ("/api/v1/status/tsdb", "headStats"),
        ("/api/v1/status/weir", "success"),
        ("/api/v1/monitors", "objects"),
    ] {
        let answer = try_get(ui.port, path).expect("an answer");
        assert!(
            answer.status == 200 && answer.body.contains(text),
            "{path}: {} {}",
            answer.head,
            answer.body
        );
    }
}

#[test]
fn pages_and_dashboards_over_a_real_victoria_metrics() {
    let Some(victoria) = crate::peers::program("victoria-metrics") else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let config = format!(
        "scrape_configs: [{{job_name: itself, scrape_interval: 1s, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
    );
    fs::write(dir.path().join("scrape.yml"), config).expect("written");
    let child = Command::new(victoria)
        .current_dir(dir.path())
        .args(["-promscrape.config=scrape.yml", "-storageDataPath=data", "-retentionPeriod=1d"])
        .args(["-search.latencyOffset=0s", "-memory.allowedBytes=64MB"])
        .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("victoria-metrics starts");
    let _victoria = Ui { child, port };
    let url = format!("http://127.0.0.1:{port}");
    let ui = ui(dir.path(), &url, &["--storage.tsdb.path=ui"]);
    eventually("its target is up", Duration::from_secs(45), || {
        let (status, answer) = json(ui.port, "/api/v1/query?query=up");
        let is_up = answer["data"]["result"][0]["value"][1] == "1";
        if is_up { Ok(()) } else { Err(format!("{status}: {answer}")) }
    });
    // It has no rules and not every endpoint; what it refuses stays refused, in its words.
    for (path, status, text) in [
        ("/api/v1/query_range?query=up&start=-1m&step=15s", 200, "matrix"),
        ("/api/v1/query?query=up%7B", 422, "error"),
        ("/api/v1/targets?state=any", 200, "itself"),
        ("/api/v1/labels", 200, "__name__"),
        ("/api/v1/label/__name__/values", 200, "\"up\""),
        ("/api/v1/series?match[]=up", 200, "itself"),
        ("/api/v1/rules", 200, "groups"),
        ("/api/v1/status/tsdb", 200, "totalSeries"),
        ("/api/v1/status/weir", 200, "\"remote\":\"http://127.0.0.1:"),
        ("/api/v1/monitors", 200, "objects"),
        ("/api/v1/status/flags", 404, "has no /api/v1/status/flags: "),
    ] {
        let answer = try_get(ui.port, path).expect("an answer");
        let found = answer.status == status && answer.body.contains(text);
        assert!(found, "{path}: {} {}", answer.head, answer.body);
    }
}
