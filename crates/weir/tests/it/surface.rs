//! What clients send that they should not, and what is there without a configuration file.

use std::fs;
use std::time::Duration;

use crate::harness::{Webhook, Weir, escape, eventually, request, try_get};

const EMPTY: &str = "scrape_configs: []\n";

/// Path, status, and what the body or the head holds.
fn hostile_paths() -> Vec<(String, u16, &'static str)> {
    vec![
        ("/api/v1/query?query=up%7B".to_owned(), 400, "parse error"),
        ("/api/v1/query".to_owned(), 400, "bad_data"),
        ("/api/v1/query?query=up&time=x".to_owned(), 400, "cannot parse"),
        ("/api/v1/query_range?query=up&start=0&end=11001&step=1".to_owned(), 400, "11,000 points"),
        (
            "/api/v1/query_range?query=up&start=2&end=1&step=1".to_owned(),
            400,
            "end timestamp must not be before start time",
        ),
        (
            "/api/v1/query_range?query=up&start=0&end=1&step=0".to_owned(),
            400,
            "zero or negative query resolution",
        ),
        ("/api/v1/series".to_owned(), 400, "no match[] parameter provided"),
        ("/api/v1/rules?type=x".to_owned(), 400, r#"invalid parameter \"type\": not supported value \"x\""#),
        (
            "/api/v1/query_range?query=up%5B5m%5D&start=1&end=2&step=1".to_owned(),
            400,
            r#"invalid parameter \"query\": invalid expression type \"range vector\""#,
        ),
        (
            "/api/v1/query?query=up&lookback_delta=x".to_owned(),
            400,
            "error parsing lookback delta duration: cannot parse",
        ),
        ("/api/v1/query?query=vector(1)>0".to_owned(), 200, "success"),
        ("/api/v1/series?match[]={__name__=\"no_such\"}".to_owned(), 200, "success"),
        ("/api/v1/metadata?limit=x".to_owned(), 400, "limit must be a number"),
        (
            "/api/v1/labels?match[]=%7B".to_owned(),
            400,
            r#""error":"1:2: parse error: unexpected end of input inside braces""#,
        ),
        ("/federate?match[]=%7B".to_owned(), 400, "1:2: parse error: unexpected end of input inside braces"),
        ("/api/v1/label/%20/values?start=x".to_owned(), 400, "cannot parse"),
        (
            format!(
                "/api/v1/query?query={}",
                escape("vector(1) + on() group_left() vector(2) or absent(nothing{a=\"b\"})")
            ),
            200,
            "success",
        ),
        ("/api/v1/selector_liveness?query=up&start=-9e14&end=9e14".to_owned(), 200, "matchesNow"),
        ("/api/v1/selector_liveness?query=up&end=-9e14".to_owned(), 200, "matchesNow"),
        ("/api/v1/series?match[]=up&start=-9e14&end=9e14".to_owned(), 200, "success"),
        ("/api/v1/query?query=up&time=9e14".to_owned(), 200, "success"),
        ("/api/v1/nothing".to_owned(), 404, "404"),
        ("/d/nothing".to_owned(), 200, "html"),
        ("/api/dashboards/uid/nothing".to_owned(), 404, "there is no dashboard"),
    ]
}

#[test]
fn hostile_requests_get_clear_errors_and_the_rest_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let weir = Weir::start(dir.path(), Some(EMPTY), &[]);
    let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    for (path, status, text) in hostile_paths() {
        let answer = weir.get(&path);
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(answer.body.contains(text) || answer.head.contains(text), "{path}: {}", answer.body);
    }
    let post = |query: &str| {
        let form = format!("query={}", escape(query));
        let text = format!(
            "POST /api/v1/query HTTP/1.0\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        );
        request(weir.port, &text).expect("an answer")
    };
    for query in [deep, "(".repeat(1 << 20), format!("1{}", "+1".repeat(200_000)), "-".repeat(1 << 20)] {
        let answer = post(&query);
        assert!(
            [200, 400, 422].contains(&answer.status),
            "{}: {}",
            answer.status,
            &answer.body[..answer.body.len().min(300)]
        );
    }
    let wrong = request(weir.port, "DELETE /api/v1/query HTTP/1.0\r\n\r\n").expect("an answer");
    assert_eq!((wrong.status, wrong.body.as_str()), (405, "Method Not Allowed\n"));
    let before =
        request(weir.port, "OPTIONS /api/v1/query HTTP/1.0\r\norigin: http://a\r\n\r\n").expect("an answer");
    assert!(before.status == 204 && before.head.contains("access-control-allow-methods"), "{}", before.head);
    assert_eq!(weir.get("/-/healthy").status, 200);
}

#[test]
fn a_bad_configuration_says_where_and_a_bad_reload_changes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut refused = Weir::launch(dir.path(), Some("global: {scrap_interval: 5s}\n"), &[]);
    refused.wait_end();
    let log = refused.log();
    assert!(log.contains("weir.yml:1:") && log.contains("did you mean \"scrape_interval\""), "{log}");
    let dir = tempfile::tempdir().expect("a folder");
    let weir = Weir::start(dir.path(), Some("rule_files: ['*.yml.rules']\n"), &[]);
    fs::write(
        dir.path().join("a.yml.rules"),
        "groups: [{name: a, rules: [{record: one, expr: 'vector(1)'}]}]",
    )
    .expect("written");
    let reload =
        || request(weir.port, "POST /-/reload HTTP/1.0\r\ncontent-length: 0\r\n\r\n").expect("an answer");
    assert_eq!(reload().status, 200);
    let groups = || weir.api("/api/v1/rules")["groups"].as_array().map_or(0, Vec::len);
    assert_eq!(groups(), 2, "ours and the built-in one");
    fs::write(dir.path().join("a.yml.rules"), "groups: [{name: a, rules: [{record: one, expr: 'vector('}]}]")
        .expect("written");
    let answer = reload();
    assert!(answer.status == 500 && answer.body.contains("group \"a\", rule 1, \"one\""), "{}", answer.body);
    assert_eq!(groups(), 2);
    fs::remove_file(dir.path().join("a.yml.rules")).expect("removed");
    weir.hangup();
    eventually("SIGHUP reloads", Duration::from_secs(5), || {
        if groups() == 1 { Ok(()) } else { Err(groups().to_string()) }
    });
}

#[test]
fn without_a_configuration_the_demo_runs_and_scrapes_itself() {
    let dir = tempfile::tempdir().expect("a folder");
    let weir = Weir::start(dir.path(), None, &[]);
    eventually("own metrics and the demo's targets", Duration::from_secs(45), || {
        let own = weir.scalar("process_resident_memory_bytes{job=\"weir\"}");
        let controllers = weir.scalar("count(up{demo=\"true\"} == 1)");
        match (own, controllers) {
            (Some(bytes), Some(n)) if bytes > 0.0 && n >= 4.0 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    let facts = weir.api("/api/v1/status/weir");
    assert_eq!(facts["demo"], true);
    let boards: serde_json::Value = serde_json::from_str(&weir.get("/api/dashboards").body).expect("JSON");
    let uids: Vec<&str> =
        boards.as_array().expect("a list").iter().filter_map(|b| b["uid"].as_str()).collect();
    assert!(
        uids.contains(&"gitops-toolkit-cluster") && uids.contains(&"gitops-toolkit-control-plane"),
        "{uids:?}"
    );
    let moved = try_get(weir.port, "/d/flux-cluster/x?from=now-1h").expect("an answer");
    assert!(
        moved.head.to_lowercase().contains("location: /d/gitops-toolkit-cluster/")
            && moved.head.contains("from=now-1h"),
        "{}",
        moved.head
    );
}

/// The pages of flags and metrics name what there is.
#[test]
fn the_documentation_names_every_flag_and_metric() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/user");
    let flags = fs::read_to_string(root.join("flags.md")).expect("docs/user/flags.md");
    for command in
        ["up", "ui", "record", "replay", "cut", "promqltest", "compare-queries", "kube-metrics render"]
    {
        let help = std::process::Command::new(env!("CARGO_BIN_EXE_weir"))
            .args(command.split(' ').chain(["--help"]))
            .output()
            .expect("help");
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        for flag in help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2) {
            let name =
                flag.split('[').next().unwrap_or(flag).trim_end_matches([',', '.', ')', ']', ';', ':']);
            assert!(
                name == "--help" || flags.contains(name),
                "{command} {name} is not in docs/user/flags.md"
            );
        }
    }
    let dir = tempfile::tempdir().expect("a folder");
    let weir = Weir::start(dir.path(), Some(EMPTY), &[]);
    let page = fs::read_to_string(root.join("metrics.md")).expect("docs/user/metrics.md");
    for line in weir.get("/metrics").body.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap_or("");
        assert!(page.contains(&format!("`{name}`")), "{name} is not in docs/user/metrics.md");
    }
}

#[test]
fn alertmanagers_are_found_by_discovery() {
    let dir = tempfile::tempdir().expect("a folder");
    let webhook = Webhook::start();
    let address = webhook.url.trim_start_matches("http://").trim_end_matches("/hook").to_owned();
    fs::write(
        dir.path().join("a.rules.yaml"),
        "groups: [{name: a, rules: [{alert: Always, expr: 'vector(1)'}]}]",
    )
    .expect("written");
    let config = "global: {evaluation_interval: 1s}\nrule_files: ['*.rules.yaml']\n\
                  alerting: {alertmanagers: [{file_sd_configs: [{files: ['am-*.json']}]}]}\n";
    fs::write(dir.path().join("am-1.json"), format!(r#"[{{"targets": ["{address}"]}}]"#)).expect("written");
    let weir = Weir::start(dir.path(), Some(config), &[]);
    eventually("the alert arrives", Duration::from_secs(20), || {
        let alerts: Vec<_> =
            webhook.bodies().iter().filter_map(|body| body.as_array().cloned()).flatten().collect();
        if alerts.iter().any(|alert| alert["labels"]["alertname"] == "Always") {
            Ok(())
        } else {
            Err(format!("{alerts:?}"))
        }
    });
    let known = weir.api("/api/v1/alertmanagers");
    assert_eq!(known["activeAlertmanagers"][0]["url"], format!("http://{address}/api/v2/alerts"));
}

/// Records a running server, then reads the recording back.
#[test]
fn what_was_recorded_can_be_stored() {
    let dir = tempfile::tempdir().expect("a folder");
    let weir = Weir::start(dir.path(), Some(EMPTY), &[]);
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_weir"))
            .args(arguments)
            .current_dir(dir.path())
            .output()
            .expect("weir runs");
        (
            output.status.success(),
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        )
    };
    let (own, away) =
        (format!("self=http://127.0.0.1:{}/metrics", weir.port), "away=http://127.0.0.1:1/metrics");
    let (ok, printed) = run(&["record", &own, away, "--interval=200ms", "--for=300ms", "--out=rec.tar.zst"]);
    assert!(ok && printed.contains("4 scrapes, 2 failed"), "{printed}");
    let (ok, printed) = run(&["replay", "rec.tar.zst", "--backfill", "--storage.tsdb.path=other"]);
    assert!(ok && printed.contains("4 scrapes appended, 2 failed ones"), "{printed}");
    let (ok, printed) = run(&["replay", "no-such.tar.zst"]);
    assert!(!ok && printed.matches("No such file").count() == 1, "{printed}");
}
