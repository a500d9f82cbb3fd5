//! Real clients: Debian's promtool asks us, a real Prometheus federates from us.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::harness::{Weir, eventually, free_port, try_get};

/// A program of the machine, or a line that says what is skipped.
pub(crate) fn program(name: &str) -> Option<String> {
    let found = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    match found {
        Ok(status) if status.success() => Some(name.to_owned()),
        _ => {
            let package = if name == "victoria-metrics" { name } else { "prometheus" };
            eprintln!("skipped: {name} is absent (Debian: apt-get install {package})");
            None
        }
    }
}

/// A target with one series of each type.
fn target() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let body = "# TYPE requests_total counter\nrequests_total{code=\"200\"} 5\n# TYPE temperature gauge\ntemperature 20.5\n";
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let _ = std::io::Read::read(&mut stream, &mut head);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

fn start(dir: &std::path::Path) -> Weir {
    let config = format!(
        "global: {{scrape_interval: 1s, external_labels: {{site: here}}}}\nscrape_configs: [{{job_name: t, static_configs: [{{targets: ['{}']}}]}}]\n",
        target()
    );
    let weir = Weir::start(dir, Some(&config), &[]);
    eventually("a scrape", Duration::from_secs(20), || {
        weir.scalar("temperature").ok_or_else(|| "none".to_owned())
    });
    weir
}

#[test]
fn promtool_asks_and_checks() {
    let Some(promtool) = program("promtool") else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let weir = start(dir.path());
    let url = format!("http://127.0.0.1:{}", weir.port);
    let ask = |arguments: &[&str]| {
        let output = Command::new(&promtool).args(arguments).output().expect("promtool runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    };
    assert!(ask(&["query", "instant", &url, "temperature"]).contains("20.5"));
    assert!(ask(&["query", "range", &url, "requests_total", "--step=1s"]).contains("5 @["));
    assert!(ask(&["query", "series", &url, "--match=requests_total"]).contains("code=\"200\""));
    assert!(ask(&["query", "labels", &url, "job"]).contains('t'));
    let mut check = Command::new(&promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool runs");
    check.stdin.take().expect("a pipe").write_all(weir.get("/metrics").body.as_bytes()).expect("written");
    let output = check.wait_with_output().expect("it ends");
    let complaints =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!complaints.contains("error while linting"), "{complaints}");
}

#[test]
fn a_real_prometheus_federates() {
    let Some(prometheus) = program("prometheus") else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let weir = start(dir.path());
    let config = format!(
        "scrape_configs:\n- job_name: federate\n  honor_labels: true\n  metrics_path: /federate\n  scrape_interval: 1s\n  params: {{'match[]': ['{{job=\"t\"}}']}}\n  static_configs: [{{targets: ['127.0.0.1:{}']}}]\n",
        weir.port
    );
    std::fs::write(dir.path().join("prometheus.yml"), config).expect("written");
    let port = free_port();
    let mut child = Command::new(prometheus)
        .current_dir(dir.path())
        .args([
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=prometheus",
            &format!("--web.listen-address=127.0.0.1:{port}"),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("prometheus starts");
    let asked = std::panic::catch_unwind(|| {
        eventually("the federated series", Duration::from_secs(60), || {
            let body = try_get(port, "/api/v1/query?query=temperature")?.body;
            let whole = body.contains("\"20.5\"")
                && body.contains("\"site\":\"here\"")
                && body.contains("\"job\":\"t\"");
            if whole { Ok(()) } else { Err(body) }
        });
    });
    let _ = child.kill();
    let _ = child.wait();
    assert!(asked.is_ok(), "the federation failed");
}
