//! Relabel steps: checked and written as Prometheus takes them.

use serde_json::{Value, json};

use crate::read::{Fields, at, is_empty, text};

/// Actions, and which fields they need or refuse beyond the common ones.
const NEEDS_TARGET: [&str; 6] = ["replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"];

/// Writes the steps of a list; `place` names it in errors.
pub(crate) fn steps(list: &[Value], place: &str) -> Result<Vec<Value>, String> {
    let named = |(i, step): (usize, &Value)| one(step).map_err(|error| format!("{place}[{i}]: {error}"));
    list.iter().enumerate().map(named).collect()
}

/// Writes steps without looking whether they make sense, as the operator does it for remote write.
pub(crate) fn unchecked(list: &[Value]) -> Vec<Value> {
    list.iter().map(write).collect()
}

fn one(step: &Value) -> Result<Value, String> {
    check(step)?;
    Ok(write(step))
}

fn action(step: &Value) -> String {
    match text(step, "action") {
        "" => "replace".to_owned(),
        action => action.to_lowercase(),
    }
}

fn write(step: &Value) -> Value {
    let mut fields = Fields::default();
    fields.copy(step, &[("source_labels", "sourceLabels")]);
    for (ours, theirs) in [("separator", "separator")] {
        if let Value::String(text) = at(step, theirs) {
            fields.set(ours, text.clone());
        }
    }
    fields.copy(step, &[("target_label", "targetLabel"), ("regex", "regex")]);
    if at(step, "modulus").as_u64().unwrap_or(0) > 0 {
        fields.set("modulus", at(step, "modulus").clone());
    }
    if let Value::String(text) = at(step, "replacement") {
        fields.set("replacement", text.clone());
    }
    fields.set("action", action(step));
    fields.value()
}

fn check(step: &Value) -> Result<(), String> {
    let action = action(step);
    let pattern = text(step, "regex");
    if let Err(error) = model::Pattern::new(pattern) {
        return Err(format!("regex \"{pattern}\" is not valid: {}", error.message));
    }
    if action == "hashmod" && at(step, "modulus").as_u64().unwrap_or(0) == 0 {
        return Err("action hashmod needs a modulus above 0".to_owned());
    }
    if NEEDS_TARGET.contains(&action.as_str()) && text(step, "targetLabel").is_empty() {
        return Err(format!("action {action} needs targetLabel"));
    }
    let given = |names: &[&str]| names.iter().find(|name| !is_empty(at(step, name))).map(ToString::to_string);
    match action.as_str() {
        "labeldrop" | "labelkeep" => {
            let others = ["sourceLabels", "targetLabel", "modulus", "separator", "replacement"];
            if let Some(other) = given(&others) {
                return Err(format!("action {action} takes regex only; remove {other}"));
            }
        }
        "keepequal" | "dropequal" => {
            if let Some(other) = given(&["regex", "modulus", "separator", "replacement"]) {
                return Err(format!(
                    "action {action} takes sourceLabels and targetLabel only; remove {other}"
                ));
            }
        }
        _ => {}
    }
    Ok(())
}

/// `target ← replacement`
pub(crate) fn fixed(target: &str, replacement: &str) -> Value {
    json!({"target_label": target, "replacement": replacement})
}

/// `target ← source`
pub(crate) fn copied(source: &str, target: &str) -> Value {
    json!({"source_labels": [source], "target_label": target})
}

/// `target ← source`, unless the source is empty.
pub(crate) fn copied_if_there(source: &str, target: &str) -> Value {
    json!({"source_labels": [source], "target_label": target, "regex": "(.+)", "replacement": "${1}"})
}

/// Keeps what has this value.
pub(crate) fn keep(source: &str, regex: impl Into<Value>) -> Value {
    json!({"action": "keep", "source_labels": [source], "regex": regex.into()})
}

/// The step that every job begins with.
pub(crate) fn first() -> Value {
    copied("job", "__tmp_prometheus_job_name")
}

/// Pods that have ended are not scraped.
pub(crate) fn running() -> Value {
    json!({"action": "drop", "source_labels": ["__meta_kubernetes_pod_phase"], "regex": "(Failed|Succeeded)"})
}
