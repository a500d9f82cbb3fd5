//! The cases of custom resources.

use std::collections::BTreeMap;

use kube_metrics::custom::Definition;
use kube_metrics::{Form, Options, Plan};
use serde_json::Value;

use super::{folder, json, rows, text, texts};

fn definitions(crds: &Value) -> Vec<Definition> {
    let crds = crds.as_array().into_iter().flatten();
    crds.map(|crd| Definition {
        group: text(crd, "group").to_owned(),
        kind: text(crd, "kind").to_owned(),
        plural: text(crd, "plural").to_owned(),
        namespaced: crd["scope"] == "Namespaced",
        versions: crd["versions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|version| version["served"] == true)
            .map(|version| text(version, "name").to_owned())
            .collect(),
    })
    .collect()
}

/// What the real one printed, or `None` where it ended or made nothing because of the configuration.
fn expected(case: &Value) -> Option<&str> {
    let refused = texts(&case["log"]).iter().any(|line| {
        line.contains("failed to create metrics factory")
            || (case["kind"] == "invalid" && line.contains("failed to resolve GVK"))
    });
    if case["exit"].is_number() || refused { None } else { case["text"].as_str() }
}

fn ours(case: &Value, definitions: &[Definition], objects: &[Value], form: Form) -> Result<String, String> {
    let flags = texts(&case["flags"]);
    let flags = flags.iter().map(String::as_str);
    let read = |path: &str| match (&case["config"], case["name"].as_str()) {
        (Value::String(text), _) => Ok(text.clone()),
        (_, Some("empty-file")) => Ok(String::new()),
        _ => Err(format!("{path} is not there")),
    };
    let options = Options::parse(flags, &read)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    Ok(Plan::new(&options).with_definitions(definitions.to_vec()).render(objects, form))
}

/// Headers in their order with their sorted lines.
fn normal(body: &str) -> (Vec<&str>, BTreeMap<&str, usize>) {
    let lines = body.split('\n').filter(|line| !line.is_empty());
    let headers = lines.clone().filter(|line| line.starts_with('#')).collect();
    let mut counts = BTreeMap::new();
    for line in lines.filter(|line| !line.starts_with('#')) {
        *counts.entry(line).or_insert(0) += 1;
    }
    (headers, counts)
}

#[test]
fn cases_are_those_of_the_real_one() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("crs");
    let definitions = definitions(&json(&folder.join("crds.json")));
    let objects: Vec<Value> =
        rows(&folder.join("objects.jsonl.zst")).iter().map(|row| row["object"].clone()).collect();
    let cases = rows(&folder.join("cases.jsonl.zst"));
    let mut differences = Vec::new();
    for case in &cases {
        let name = text(case, "name");
        let (theirs, text_body) = (expected(case), ours(case, &definitions, &objects, Form::Text));
        match (theirs, &text_body) {
            (None, Err(_)) => {}
            (Some(theirs), Ok(ours)) if normal(theirs) == normal(ours) => {
                let open = match text(case, "openmetrics") {
                    "text + EOF" => format!("{theirs}# EOF\n"),
                    other => other.to_owned(),
                };
                let ours = self::ours(case, &definitions, &objects, Form::OpenMetrics).expect("as before");
                if normal(&open) != normal(&ours) {
                    differences.push(format!("{name}: OpenMetrics differs\n{open}\n{ours}"));
                }
            }
            (theirs, ours) => differences.push(format!("{name}: theirs {theirs:?}\nours {ours:?}")),
        }
    }
    println!("crs: {} of {} cases agree", cases.len() - differences.len(), cases.len());
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}
