//! The cases of custom resources.

use std::collections::BTreeMap;

use kube_metrics::custom::Definition;
use kube_metrics::{Body, Form, LiveCustom, Options, Plan};
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

fn options(case: &Value) -> Result<Options, String> {
    let flags = texts(&case["flags"]);
    let flags = flags.iter().map(String::as_str);
    let read = |path: &str| match (&case["config"], case["name"].as_str()) {
        (Value::String(text), _) => Ok(text.clone()),
        (_, Some("empty-file")) => Ok(String::new()),
        _ => Err(format!("{path} is not there")),
    };
    Options::parse(flags, &read)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn ours(case: &Value, definitions: &[Definition], objects: &[Value], form: Form) -> Result<String, String> {
    Ok(Plan::new(&options(case)?).with_definitions(definitions.to_vec()).render(objects, form))
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

/// What watches of the same objects would give: each version of a kind is watched by itself.
fn live(options: &Options, definitions: &[Definition], objects: &[Value]) -> String {
    let mut live = LiveCustom::new(&Plan::new(options));
    for (key, custom) in live.define(definitions) {
        let own = objects.iter().filter(|object| {
            let api_version = text(object, "apiVersion");
            api_version.split('/').next() == Some(&custom.group) && text(object, "kind") == custom.kind
        });
        let version = format!("{}/{}", custom.group, custom.version);
        let own: Vec<Value> = own
            .map(|object| {
                let mut object = object.clone();
                object["apiVersion"] = Value::String(version.clone());
                object
            })
            .collect();
        own.iter().for_each(|object| live.apply(&key, object));
    }
    let mut body = Body::new(Form::Text);
    live.write(&mut body);
    body.finish()
}

#[test]
fn objects_that_come_and_go_give_the_same() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("crs");
    let definitions = definitions(&json(&folder.join("crds.json")));
    let objects: Vec<Value> =
        rows(&folder.join("objects.jsonl.zst")).iter().map(|row| row["object"].clone()).collect();
    let mut compared = 0;
    for case in rows(&folder.join("cases.jsonl.zst")) {
        let Ok(mut options) = options(&case) else { continue };
        options.custom_only = true;
        // Which objects are watched is the watches' business.
        if !options.namespaces.is_empty() {
            continue;
        }
        let whole = Plan::new(&options).with_definitions(definitions.clone()).render(&objects, Form::Text);
        assert_eq!(
            normal(&live(&options, &definitions, &objects)),
            normal(&whole),
            "{}",
            text(&case, "name")
        );
        compared += usize::from(!whole.is_empty());
    }
    assert!(compared > 20, "only {compared} cases have lines");
}
