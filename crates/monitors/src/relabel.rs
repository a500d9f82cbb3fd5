//! Relabel steps: checked and written as Prometheus takes them.

use serde_json::{Value, json};

use crate::read::{Fields, at, is_empty, text};
use crate::version::{self, Since, Version};

const NEEDS_TARGET: [&str; 6] = ["replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"];
/// Actions that came later.
const NEWER: [([&str; 2], Since); 2] =
    [(["lowercase", "uppercase"], (2, 36, 0)), (["keepequal", "dropequal"], (2, 41, 0))];
/// Actions that take little: in words, and the fields that must be as if they were absent.
const ALONE: [([&str; 2], &str, &[&str]); 2] = [
    (
        ["labeldrop", "labelkeep"],
        "regex",
        &["sourceLabels", "targetLabel", "modulus", "separator", "replacement"],
    ),
    (
        ["keepequal", "dropequal"],
        "sourceLabels and targetLabel",
        &["regex", "modulus", "separator", "replacement"],
    ),
];
/// What fields are when they are absent.
const DEFAULTS: [(&str, &str); 3] = [("separator", ";"), ("replacement", "$1"), ("regex", "(.*)")];
const NAME_RULE: &str = "before version 3 of Prometheus it is letters, digits and _, and no digit first";

/// Writes the steps of a list; `place` names it in errors.
pub(crate) fn steps(list: &[Value], place: &str, version: Version) -> Result<Vec<Value>, String> {
    let named = |(i, step): (usize, &Value)| match check(step, version) {
        Ok(()) => Ok(write(step)),
        Err(error) => Err(format!("{place}[{i}]: {error}")),
    };
    list.iter().enumerate().map(named).collect()
}

/// Writes steps without looking whether they make sense, as the operator does it for remote write.
pub(crate) fn unchecked(list: &[Value]) -> Vec<Value> {
    list.iter().map(write).collect()
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
    fields.keep(step, &[("separator", "separator")]);
    fields.copy(step, &[("target_label", "targetLabel"), ("regex", "regex")]);
    if at(step, "modulus").as_u64().unwrap_or(0) > 0 {
        fields.set("modulus", at(step, "modulus").clone());
    }
    fields.keep(step, &[("replacement", "replacement")]);
    fields.set("action", action(step));
    fields.value()
}

fn check(step: &Value, version: Version) -> Result<(), String> {
    let action = action(step);
    let action = action.as_str();
    let known = NEWER.iter().find(|(names, _)| names.contains(&action));
    if let Some((_, since)) = known.filter(|(_, since)| !version.has(*since)) {
        return Err(format!("action {action} {}", version::needs(*since)));
    }
    let pattern = text(step, "regex");
    if let Err(error) = model::Pattern::new(pattern) {
        return Err(format!("regex \"{pattern}\" is not valid: {}", error.message));
    }
    if action == "hashmod" && at(step, "modulus").as_u64().unwrap_or(0) == 0 {
        return Err("action hashmod needs a modulus above 0".to_owned());
    }
    target(step, action, version)?;
    let Some((_, takes, others)) = ALONE.iter().find(|(names, ..)| names.contains(&action)) else {
        return Ok(());
    };
    match others.iter().find(|name| !is_default(step, name)) {
        Some(other) => Err(format!("action {action} takes {takes} only; remove {other}")),
        None => Ok(()),
    }
}

/// The label that is written, and what a `labelmap` makes of names.
fn target(step: &Value, action: &str, version: Version) -> Result<(), String> {
    let label = text(step, "targetLabel");
    if NEEDS_TARGET.contains(&action) {
        if label.is_empty() {
            return Err(format!("action {action} needs targetLabel"));
        }
        if !version.allows_label(label) {
            return Err(format!("targetLabel \"{label}\" is no name of a label; {NAME_RULE}"));
        }
    }
    let made = at(step, "replacement");
    let may_be = |made: &str| version.has((3, 0, 0)) && !made.is_empty() || is_template(made);
    if action == "labelmap" && made.as_str().is_some_and(|made| !may_be(made)) {
        return Err(format!("replacement {made} makes no name of a label; {NAME_RULE}"));
    }
    if matches!(action, "lowercase" | "uppercase") && !is_default(step, "replacement") {
        return Err(format!("action {action} takes no replacement; remove it"));
    }
    Ok(())
}

/// Letters, digits, `_`, and `$1` or `${1}`, as far as a version before 3.0 takes it; no digit at the start.
fn is_template(made: &str) -> bool {
    let plain: String = made.chars().filter(|c| !matches!(c, '$' | '{' | '}')).collect();
    let is_word = plain.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    !plain.is_empty() && is_word && !made.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a field is absent, or what it is when absent.
fn is_default(step: &Value, name: &str) -> bool {
    let value = at(step, name);
    let default = DEFAULTS.iter().find(|row| row.0 == name).map(|row| row.1);
    match value {
        Value::Null => true,
        Value::String(text) if matches!(name, "separator" | "replacement") => default == Some(text),
        Value::String(text) => text.is_empty() || default == Some(text),
        Value::Number(number) => number.as_i64() == Some(0),
        other => is_empty(other),
    }
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
