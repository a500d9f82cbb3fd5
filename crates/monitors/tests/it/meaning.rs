//! What single fields of objects mean, and which are refused, as the real operator answers them: rows of our own.
//!
//! A row of `meaning.jsonl` is a `kind`, fields of its `spec` over the plainest ones, fields of `prometheus`, and what
//! is expected: values at JSON pointers into its first `job`, into the `config` or into its `rules` file (null is
//! nothing), how many `files` it names; or words of the reason for which it is `refused`, for which an API server would refuse it (`malformed`),
//! or for which there is no configuration (`failure`).

use monitors::{Objects, Outcome, Rendered, Settings, Unknown, render};
use serde_json::{Map, Value, json};

const ROWS: &str = include_str!("meaning.jsonl");

/// An empty sequence, which is as much of a certificate as is looked at.
const CA: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

/// The plainest object of a kind.
fn plain(kind: &str) -> Value {
    match kind {
        "PodMonitor" => json!({"selector": {}, "podMetricsEndpoints": [{"port": "http"}]}),
        "ServiceMonitor" => json!({"selector": {}, "endpoints": [{"port": "http"}]}),
        "Probe" => json!({"prober": {"url": "bb:9115"}, "targets": {"staticConfig": {"static": ["shop"]}}}),
        "PrometheusRule" => json!({"groups": []}),
        _ => json!({"staticConfigs": [{"targets": ["shop:80"]}]}),
    }
}

/// Fields of mappings are laid over one another; a list's only item is too.
fn overlay(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                overlay(under.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(under), Value::Array(over)) if under.len() == 1 && over.len() == 1 => {
            overlay(&mut under[0], &over[0]);
        }
        (under, over) => *under = over.clone(),
    }
}

fn rendered(kind: &str, spec: &Value, prometheus: &Value) -> Rendered {
    let object = |kind: &str, name: &str, spec: Value| {
        let version = if kind == "ScrapeConfig" { "v1alpha1" } else { "v1" };
        let meta = json!({"namespace": "shop", "name": name});
        json!({
            "apiVersion": format!("monitoring.coreos.com/{version}"), "kind": kind, "metadata": meta, "spec": spec,
        })
    };
    let mut own = plain(kind);
    overlay(&mut own, spec);
    let mut selects = Map::new();
    for stem in ["serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule"] {
        selects.insert(format!("{stem}Selector"), json!({}));
    }
    let mut selects = Value::Object(selects);
    if !prometheus.is_null() {
        overlay(&mut selects, prometheus);
    }
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "shop", "name": "keys"},
        "stringData": {"token": "t-1", "words": "no certificate", "ca": CA},
    });
    let objects = [object(kind, "till", own), object("Prometheus", "main", selects), secret];
    let settings = Settings { prometheus: None, files: "/tls".to_owned(), unknown: Unknown::Refuse };
    render(&Objects::from_values(&objects), &settings)
}

fn faults(row: &Value) -> Vec<String> {
    let kind = row["kind"].as_str().expect("a kind");
    let rendered = rendered(kind, &row["spec"], &row["prometheus"]);
    let config = rendered.config.clone().unwrap_or_default();
    let file = rendered.rules.values().next().cloned().unwrap_or_default();
    let outcome = rendered.verdicts.first().map(|verdict| verdict.outcome.clone());
    let reason = |what: &str| match (what, &outcome) {
        ("refused", Some(Outcome::Refused(reason))) | ("malformed", Some(Outcome::Malformed(reason))) => {
            reason.clone()
        }
        ("failure", _) => rendered.failure.clone().unwrap_or_default(),
        _ => String::new(),
    };
    let mut faults = Vec::new();
    let files = rendered.files.len() as u64;
    if row["files"].as_u64().is_some_and(|wanted| wanted != files) {
        faults.push(format!("{files} files, not {}", row["files"]));
    }
    for (what, wanted) in row.as_object().expect("a row") {
        let values = match what.as_str() {
            "job" => &config["scrape_configs"][0],
            "config" => &config,
            "rules" => &file,
            _ => &Value::Null,
        };
        for (pointer, wanted) in wanted.as_object().filter(|_| !values.is_null()).into_iter().flatten() {
            let found = values.pointer(pointer).unwrap_or(&Value::Null);
            if found != wanted {
                faults.push(format!("{pointer} is {found}, not {wanted}"));
            }
        }
        for word in wanted.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !reason(what).contains(word) {
                faults.push(format!("{what} says nothing of {word:?}: {:?}", reason(what)));
            }
        }
        if matches!(what.as_str(), "job" | "config" | "rules") && values.is_null() {
            faults.push(format!("there is no {what}: {outcome:?}, {:?}", rendered.failure));
        }
    }
    faults
}

#[test]
fn fields_mean_what_they_mean_to_the_operator() {
    let mut found = Vec::new();
    for line in ROWS.lines() {
        let row = serde_json::from_str(line).expect("JSON");
        found.extend(faults(&row).into_iter().map(|fault| format!("{line}\n  {fault}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
