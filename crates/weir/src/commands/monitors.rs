//! `weir monitors render`: the configuration that objects in files mean.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Result;
use monitors::{Objects, Outcome, Rendered, Settings, Unknown};
use serde_json::{Value, json};

use super::kube_metrics::texts;
use crate::cli::{Format, MonitorsFlags};
use crate::console;

/// Objects that are rendered together.
struct Set {
    name: String,
    objects: Vec<Value>,
}

/// Refused objects are named on standard error; the others are printed all the same.
pub(super) fn render(flags: &MonitorsFlags) -> Result<ExitCode> {
    let settings = Settings {
        prometheus: flags.prometheus.clone(),
        files: flags.files_folder.trim_end_matches('/').to_owned(),
        unknown: if flags.keep_unknown { Unknown::Report } else { Unknown::Refuse },
    };
    let (sets, mut is_whole) = read(flags);
    for set in &sets {
        let rendered = monitors::render(&Objects::from_values(&set.objects), &settings);
        is_whole &= report(set, &rendered);
        match flags.output {
            Format::Yaml => console::text(&yaml(set, &rendered, sets.len() > 1)?),
            Format::Json => console::line(&as_json(set, &rendered).to_string()),
        }
    }
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) fn crds() -> Result<ExitCode> {
    for crd in monitors::crds() {
        console::text(&format!("---\n{}", serde_saphyr::to_string(&crd)?));
    }
    Ok(ExitCode::SUCCESS)
}

/// The sets, and whether all could be read. All files together are one set. A JSON object with a list `objects` is a
/// set of its own: a recorded case.
fn read(flags: &MonitorsFlags) -> (Vec<Set>, bool) {
    let (mut all, mut sets) = (Set { name: String::new(), objects: Vec::new() }, Vec::new());
    let (files, mut is_whole) = texts(&flags.files);
    for (name, body) in files {
        if let Some(cases) = cases(&body) {
            sets.extend(cases);
            continue;
        }
        let (objects, faults) = kube_metrics::objects_of(&body, &name);
        all.objects.extend(objects);
        for fault in &faults {
            console::error(&fault.to_string());
            is_whole = false;
        }
    }
    if !all.objects.is_empty() || sets.is_empty() {
        sets.insert(0, all);
    }
    (sets, is_whole)
}

fn cases(body: &str) -> Option<Vec<Set>> {
    let values: Vec<Value> = match serde_json::from_str(body) {
        Ok(Value::Array(items)) => items,
        Ok(value) => vec![value],
        Err(_) => body
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .ok()?,
    };
    let set = |value: &Value| {
        let mut objects = value.get("objects")?.as_array()?.clone();
        objects.extend(value.get("prometheus").filter(|object| object.is_object()).cloned());
        Some(Set { name: value.get("name").and_then(Value::as_str).unwrap_or("").to_owned(), objects })
    };
    if values.is_empty() { None } else { values.iter().map(set).collect() }
}

/// Says what was refused. `false` if anything was, or if there is no configuration.
fn report(set: &Set, rendered: &Rendered) -> bool {
    let prefix = if set.name.is_empty() { String::new() } else { format!("{}: ", set.name) };
    for verdict in &rendered.verdicts {
        let name = format!("{prefix}{} {}/{}", verdict.kind.name(), verdict.namespace, verdict.name);
        match &verdict.outcome {
            Outcome::Accepted(_) => {}
            Outcome::NotSelected(reason) => console::note(&format!("{name}: not selected: {reason}")),
            Outcome::Refused(reason) | Outcome::Malformed(reason) => {
                console::error(&format!("{name}: refused: {reason}"));
            }
        }
        for field in &verdict.unknown {
            console::note(&format!("{name}: {field}: unknown field, not honored"));
        }
    }
    for note in &rendered.notes {
        console::note(&format!("{prefix}{note}"));
    }
    if let Some(failure) = &rendered.failure {
        console::error(&format!("{prefix}no configuration: {failure}"));
    }
    let is_refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_) | Outcome::Malformed(_));
    rendered.failure.is_none() && !rendered.verdicts.iter().any(|verdict| is_refused(&verdict.outcome))
}

fn yaml(set: &Set, rendered: &Rendered, is_one_of_many: bool) -> Result<String> {
    let mut out = String::new();
    if is_one_of_many {
        writeln!(out, "# {}", set.name)?;
    }
    if let Some(config) = &rendered.config {
        write!(out, "---\n# prometheus.yml\n{}", serde_saphyr::to_string(config)?)?;
    }
    for (name, file) in &rendered.rules {
        write!(out, "---\n# rules/{name}\n{}", serde_saphyr::to_string(file)?)?;
    }
    Ok(out)
}

fn as_json(set: &Set, rendered: &Rendered) -> Value {
    let verdict = |verdict: &monitors::Verdict| {
        let (outcome, said) = match &verdict.outcome {
            Outcome::Accepted(names) => ("accepted", json!(names)),
            Outcome::NotSelected(reason) => ("not_selected", json!(reason)),
            Outcome::Refused(reason) => ("refused", json!(reason)),
            Outcome::Malformed(reason) => ("malformed", json!(reason)),
        };
        let said_as = if outcome == "accepted" { "made" } else { "reason" };
        json!({
            "kind": verdict.kind.name(), "namespace": verdict.namespace, "name": verdict.name,
            "outcome": outcome, said_as: said, "unknown": verdict.unknown,
        })
    };
    let files: serde_json::Map<_, _> = rendered
        .files
        .iter()
        .map(|(path, bytes)| (path.clone(), json!(String::from_utf8_lossy(bytes))))
        .collect();
    json!({
        "name": set.name, "prometheus": rendered.prometheus, "config": rendered.config, "rules": rendered.rules,
        "files": files, "failure": rendered.failure, "notes": rendered.notes,
        "objects": rendered.verdicts.iter().map(verdict).collect::<Vec<_>>(),
    })
}
