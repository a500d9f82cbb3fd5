//! Objects of a cluster in force, while the API server, Prometheus or a right goes and comes.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::api_server::{ApiServer, PROMETHEUSES, SCRAPE_CONFIGS};
use crate::harness::{Weir, eventually};

const SOON: Duration = Duration::from_secs(20);

fn start(api: &ApiServer, folder: &Path) -> Weir {
    let kubeconfig = format!("--kubernetes.kubeconfig={}", api.kubeconfig(folder).display());
    Weir::start(folder, Some("scrape_configs: []\n"), &["--kubernetes", &kubeconfig])
}

fn scrape_config(name: &str, with_login: bool) -> Value {
    let mut object = json!({
        "apiVersion": "monitoring.coreos.com/v1alpha1", "kind": "ScrapeConfig",
        "metadata": {"name": name, "namespace": "shop", "uid": name},
        "spec": {"staticConfigs": [{"targets": ["127.0.0.1:9"]}]},
    });
    if with_login {
        let key = |key: &str| json!({"name": "login", "key": key});
        object["spec"]["basicAuth"] = json!({"username": key("user"), "password": key("password")});
    }
    object
}

fn prometheus(spec: &Value) -> Value {
    json!({
        "apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus",
        "metadata": {"name": "main", "namespace": "monitoring", "uid": "main"}, "spec": spec,
    })
}

/// Everything is selected.
fn all() -> Value {
    json!({"scrapeConfigSelector": {}, "scrapeConfigNamespaceSelector": {}})
}

fn login() -> Value {
    // "someone", "secret"
    json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login", "namespace": "shop"},
        "data": {"user": "c29tZW9uZQ==", "password": "c2VjcmV0"},
    })
}

/// The jobs that have a target.
fn jobs(weir: &Weir) -> Vec<String> {
    let targets =
        weir.api("/api/v1/targets?state=active")["activeTargets"].as_array().cloned().unwrap_or_default();
    let mut jobs: Vec<String> = targets
        .iter()
        .filter_map(|target| {
            Some(target["scrapePool"].as_str()?.strip_prefix("scrapeConfig/shop/")?.to_owned())
        })
        .collect();
    jobs.sort();
    jobs
}

fn wait_for_jobs(weir: &Weir, expected: &[&str]) {
    eventually("the jobs", SOON, || {
        let found = jobs(weir);
        if found == expected { Ok(()) } else { Err(format!("{found:?}; log: {}", weir.log())) }
    });
}

/// Waits for a row of `/api/v1/monitors` that the test is content with.
fn wait_for_row(weir: &Weir, name: &str, field: &str, part: &str) {
    eventually("an answer", SOON, || {
        let rows = weir.api("/api/v1/monitors")["objects"].as_array().cloned().unwrap_or_default();
        let row = rows.iter().find(|row| row["name"] == name).cloned().unwrap_or_default();
        if row[field].as_str().is_some_and(|text| text.contains(part)) {
            Ok(())
        } else {
            Err(row.to_string())
        }
    });
}

fn wait_for_failure(weir: &Weir, expected: &str) {
    eventually("why the objects mean nothing", SOON, || {
        let failure = weir.api("/api/v1/monitors")["failure"].clone();
        if failure == expected { Ok(()) } else { Err(failure.to_string()) }
    });
}

#[test]
fn a_server_that_is_away_takes_no_target_away() {
    let (api, dir) = (ApiServer::start(), tempfile::tempdir().expect("a folder"));
    api.state().secrets.insert("shop/login".to_owned(), login());
    api.put(SCRAPE_CONFIGS, scrape_config("one", true));
    let weir = start(&api, dir.path());
    wait_for_jobs(&weir, &["one"]);
    api.state().is_away = true;
    // A reload asks for the Secret anew.
    weir.hangup();
    eventually("the reload", SOON, || match weir.log().contains("The configuration was read anew") {
        true => Ok(()),
        false => Err(weir.log()),
    });
    assert_eq!(jobs(&weir), ["one"], "log: {}", weir.log());
    api.state().is_away = false;
    api.put(SCRAPE_CONFIGS, scrape_config("two", true));
    wait_for_jobs(&weir, &["one", "two"]);
}

#[test]
fn a_secret_that_may_not_be_read_is_named_with_the_right() {
    let (api, dir) = (ApiServer::start(), tempfile::tempdir().expect("a folder"));
    api.state().secrets.insert("shop/login".to_owned(), login());
    api.state().reads = 403;
    api.put(SCRAPE_CONFIGS, scrape_config("one", true));
    api.put(SCRAPE_CONFIGS, scrape_config("two", false));
    let weir = start(&api, dir.path());
    wait_for_jobs(&weir, &["two"]);
    let expected = "Secret \"shop/login\" could not be read: secrets in namespace \"shop\": not allowed: give the ServiceAccount a role with the verbs get on secrets";
    wait_for_row(&weir, "one", "reason", expected);
    api.state().reads = 0;
    wait_for_jobs(&weir, &["one", "two"]);
}

#[test]
fn a_faulty_prometheus_changes_nothing_and_is_told() {
    let (api, dir) = (ApiServer::start(), tempfile::tempdir().expect("a folder"));
    api.put(PROMETHEUSES, prometheus(&all()));
    api.put(SCRAPE_CONFIGS, scrape_config("one", false));
    let weir = start(&api, dir.path());
    wait_for_jobs(&weir, &["one"]);
    let mut faulty = all();
    faulty["scrapeConfigSelector"] = json!({"matchExpressions": [{"key": "a", "operator": "Sometimes"}]});
    api.put(PROMETHEUSES, prometheus(&faulty));
    let about_it = |(_, _, body): &(String, String, Value)| {
        body["regarding"]["kind"] == "Prometheus"
            && body["note"].as_str().is_some_and(|note| note.contains("Sometimes"))
    };
    eventually("an Event", SOON, || {
        let written = api.state().written.clone();
        if written.iter().any(about_it) { Ok(()) } else { Err(format!("{written:?}")) }
    });
    assert_eq!(jobs(&weir), ["one"]);
    assert!(weir.api("/api/v1/monitors")["failure"].as_str().is_some_and(|text| text.contains("Sometimes")));
    api.put(PROMETHEUSES, prometheus(&all()));
    api.put(SCRAPE_CONFIGS, scrape_config("two", false));
    wait_for_jobs(&weir, &["one", "two"]);
    wait_for_failure(&weir, "");
}

#[test]
fn a_paused_prometheus_keeps_what_is_in_force() {
    let (api, dir) = (ApiServer::start(), tempfile::tempdir().expect("a folder"));
    let mut paused = all();
    paused["paused"] = json!(true);
    api.put(PROMETHEUSES, prometheus(&paused));
    api.put(SCRAPE_CONFIGS, scrape_config("one", false));
    let weir = start(&api, dir.path());
    // Nothing is known that could stay: what is there when we begin counts.
    wait_for_jobs(&weir, &["one"]);
    api.put(SCRAPE_CONFIGS, scrape_config("two", false));
    wait_for_failure(&weir, "Prometheus is paused");
    assert_eq!(jobs(&weir), ["one"]);
    api.put(PROMETHEUSES, prometheus(&all()));
    wait_for_jobs(&weir, &["one", "two"]);
}

fn wait_for_failed_answer(weir: &Weir) {
    eventually("a failure", SOON, || {
        let metrics = weir.get("/metrics").body;
        let line = metrics.lines().find(|line| line.starts_with("weir_monitors_answer_failures_total"));
        match line {
            Some(line) if !line.ends_with(" 0") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

fn wait_for_status(api: &ApiServer, name: &str) {
    let path_end = format!("/namespaces/shop/scrapeconfigs/{name}/status");
    eventually("the status", SOON, || {
        let written = api.state().written.clone();
        let is_status = |(method, path, body): &(String, String, Value)| {
            method == "PATCH"
                && path.ends_with(&path_end)
                && body["status"]["bindings"][0]["conditions"][0]["status"] == "True"
        };
        if written.iter().any(is_status) { Ok(()) } else { Err(format!("{written:?}")) }
    });
}

#[test]
fn an_answer_that_cannot_be_written_is_written_later() {
    let (api, dir) = (ApiServer::start(), tempfile::tempdir().expect("a folder"));
    api.state().writes = 500;
    api.put(SCRAPE_CONFIGS, scrape_config("one", false));
    let weir = start(&api, dir.path());
    wait_for_failed_answer(&weir);
    api.state().writes = 0;
    wait_for_status(&api, "one");
}

#[test]
fn an_object_that_may_not_be_answered_does_not_hold_up_others() {
    let (api, dir) = (ApiServer::start(), tempfile::tempdir().expect("a folder"));
    api.state().writes = 403;
    api.state().writes_about = "/one/".to_owned();
    api.put(SCRAPE_CONFIGS, scrape_config("one", false));
    let weir = start(&api, dir.path());
    wait_for_failed_answer(&weir);
    // The first is tried again in a minute; this one at once.
    api.put(SCRAPE_CONFIGS, scrape_config("two", false));
    wait_for_status(&api, "two");
}

#[test]
fn the_definitions_in_deploy_are_those_of_this_binary() {
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_weir")).args(["monitors", "crds"]).output();
    let printed = printed.expect("weir runs").stdout;
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/crds/monitoring.yaml");
    let kept = std::fs::read(&kept).expect("readable");
    assert!(printed == kept, "write it anew: weir monitors crds > deploy/crds/monitoring.yaml");
}
