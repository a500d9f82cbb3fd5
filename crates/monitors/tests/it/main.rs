//! The cases of a real Prometheus Operator: what it made of objects, and which it refused.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what failed, what agrees and what it skips"
)]

mod crds;
mod meaning;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use monitors::{Objects, Outcome, Settings, Unknown, render};
use serde_json::{Value, json};

const GROUPS: [(&str, usize); 7] = [
    ("podmonitor", 106),
    ("servicemonitor", 112),
    ("probe", 22),
    ("scrapeconfig", 33),
    ("rule", 39),
    ("selection", 13),
    ("prometheus", 28),
];

fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("WEIR_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("conformance/prometheus-operator");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is absent", folder.display());
    None
}

fn cases(folder: &Path, group: &str) -> Vec<Value> {
    let plain = folder.join(format!("cases-{group}.jsonl"));
    let bytes = if plain.is_file() {
        std::fs::read(&plain).expect("readable")
    } else {
        let packed = folder.join(format!("cases-{group}.jsonl.zst"));
        let file =
            std::fs::File::open(&packed).unwrap_or_else(|error| panic!("{}: {error}", packed.display()));
        zstd::stream::decode_all(file).expect("zstd")
    };
    let text = String::from_utf8(bytes).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn is_shard_step(step: &Value) -> bool {
    let text = step.to_string();
    text.contains("__tmp_hash") || text.contains("__tmp_current_shard")
}

/// Without shards; a regex that is a number is the same as its text.
fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().filter(|item| !is_shard_step(item)).map(normal).collect(),
        Value::Object(map) => map
            .iter()
            .filter(|(key, value)| {
                !value.is_null() && (*key != "relabel_configs" || normal(value) != json!([]))
            })
            .map(|(key, value)| match value {
                Value::Number(number) if key == "regex" => (key.clone(), Value::String(number.to_string())),
                Value::Number(number) => (key.clone(), json!(number.as_f64())),
                other => (key.clone(), normal(other)),
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

fn differences(case: &Value) -> Vec<String> {
    let mut values: Vec<Value> = case["objects"].as_array().expect("objects").clone();
    values.push(case["prometheus"].clone());
    let objects = Objects::from_values(&values);
    let settings =
        Settings { prometheus: None, files: "/etc/prometheus/certs".to_owned(), unknown: Unknown::Refuse };
    let ours = render(&objects, &settings);
    let mut found = Vec::new();
    let mut compare = |what: &str, theirs: Value, ours: Value| {
        if theirs != ours {
            found.push(format!("{what}:\n  theirs {theirs}\n  ours   {ours}"));
        }
    };
    compare("has a configuration", json!(!case["config"].is_null()), json!(ours.config.is_some()));
    if let (false, Some(config)) = (case["config"].is_null(), &ours.config) {
        for part in ["scrape_configs", "alerting", "remote_write", "remote_read"] {
            let theirs = case["config"].get(part).cloned().unwrap_or(json!([]));
            let ours = config.get(part).cloned().unwrap_or(json!([]));
            if part == "scrape_configs" {
                compare_jobs(&theirs, &ours, &mut compare);
            } else {
                compare(part, normal(&theirs), normal(&ours));
            }
        }
        let global = |value: &Value| {
            let mut value = normal(value);
            let map = value.as_object_mut().expect("a mapping");
            // Where logs go belongs to the operator's deployment.
            map.retain(|key, _| !key.ends_with("_log_file"));
            value
        };
        compare("global", global(&case["config"]["global"]), global(&config["global"]));
    }
    compare("rules", their_rules(case), json!(ours.rules));
    if !case["config"].is_null() {
        compare("refused", json!(their_refusals(case)), json!(our_refusals(&ours)));
    }
    compare(
        "files",
        case.get("files").cloned().unwrap_or(json!({})).as_object().map_or(0, serde_json::Map::len).into(),
        ours.files.len().into(),
    );
    found
}

fn compare_jobs(theirs: &Value, ours: &Value, compare: &mut dyn FnMut(&str, Value, Value)) {
    let names = |jobs: &Value| -> Vec<Value> {
        jobs.as_array().into_iter().flatten().map(|job| job["job_name"].clone()).collect()
    };
    compare("jobs", json!(names(theirs)), json!(names(ours)));
    for (theirs, ours) in theirs.as_array().into_iter().flatten().zip(ours.as_array().into_iter().flatten()) {
        let (theirs, ours) = (normal(theirs), normal(ours));
        let keys: BTreeSet<&String> = theirs
            .as_object()
            .into_iter()
            .flatten()
            .chain(ours.as_object().into_iter().flatten())
            .map(|e| e.0)
            .collect();
        for key in keys {
            compare(&format!("{} {key}", theirs["job_name"]), theirs[key].clone(), ours[key].clone());
        }
    }
}

fn their_rules(case: &Value) -> Value {
    let files =
        case["rules"].as_object().into_iter().flatten().flat_map(|(_, files)| files.as_object().cloned());
    let named = files.flatten().map(|(name, file)| (name.replace("-<uid>", ""), file));
    Value::Object(named.collect())
}

fn their_refusals(case: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for event in case["events"].as_array().into_iter().flatten() {
        if event["reason"] == "InvalidConfiguration" {
            names.insert(event["object"].as_str().unwrap_or("").to_owned());
        }
    }
    for row in case["rejected"].as_array().into_iter().flatten() {
        names.insert(row["object"].as_str().unwrap_or("").to_owned());
    }
    names
}

fn our_refusals(ours: &monitors::Rendered) -> BTreeSet<String> {
    ours.verdicts
        .iter()
        .filter(|verdict| matches!(verdict.outcome, Outcome::Refused(_) | Outcome::Malformed(_)))
        .map(|verdict| format!("{}/{}/{}", verdict.kind.name(), verdict.namespace, verdict.name))
        .collect()
}

#[test]
fn objects_mean_what_the_real_operator_makes_of_them() {
    let Some(folder) = folder() else { return };
    let (mut agreed, mut failed) = (0, Vec::new());
    for (group, count) in GROUPS {
        let cases = cases(&folder, group);
        assert_eq!(cases.len(), count, "{group}");
        for case in cases {
            let found = differences(&case);
            if found.is_empty() {
                agreed += 1;
            } else {
                failed.push(format!("{}: {}", case["name"], found.join("\n ")));
            }
        }
    }
    println!("{agreed} cases agree, {} do not", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
