//! Our CustomResourceDefinitions take what those of the real operator take.

use regex::Regex;
use serde_json::Value;

use super::{GROUPS, cases, folder};

/// What a schema refuses, as far as ours say anything.
fn refusals(place: &str, schema: &Value, value: &Value, found: &mut Vec<String>) {
    let typed = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => schema["x-kubernetes-int-or-string"] != true || value.is_string() || value.is_i64(),
    };
    if !typed {
        return found.push(format!("{place}: {value} is not {}", schema["type"]));
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        && !Regex::new(pattern).expect("a pattern").is_match(text)
    {
        found.push(format!("{place}: {text} does not match {pattern}"));
    }
    if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
        found.push(format!("{place}: {value} is not one of {}", schema["enum"]));
    }
    if schema["minimum"].as_i64().is_some_and(|least| value.as_i64().is_some_and(|number| number < least)) {
        found.push(format!("{place}: {value} is too small"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            found.push(format!("{place}.{name} is missing"));
        }
    }
    if let Some(items) = value.as_array() {
        if (items.len() as u64) < schema["minItems"].as_u64().unwrap_or(0) {
            found.push(format!("{place}: too few items"));
        }
        for (i, item) in items.iter().enumerate() {
            refusals(&format!("{place}[{i}]"), &schema["items"], item, found);
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten().filter(|(_, inner)| !inner.is_null()) {
        let schema = schema["properties"].get(key).unwrap_or(&schema["additionalProperties"]);
        refusals(&format!("{place}.{key}"), schema, inner, found);
    }
}

#[test]
fn what_the_real_definitions_take_ours_take_too() {
    let Some(folder) = folder() else { return };
    let crds = monitors::crds();
    let schema = |kind: &Value| {
        let crd = crds.iter().find(|crd| &crd["spec"]["names"]["kind"] == kind)?;
        Some(&crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    };
    let (mut taken, mut refused, mut missed, mut wrong) = (0, 0, 0, Vec::new());
    for case in GROUPS.iter().flat_map(|(group, _)| cases(&folder, group)) {
        let rejected: Vec<&str> = case["rejected"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|row| row["object"].as_str())
            .collect();
        for object in case["objects"].as_array().expect("objects") {
            let Some(schema) = schema(&object["kind"]) else { continue };
            let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or("");
            let named =
                format!("{}/{}/{}", text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
            let mut found = Vec::new();
            refusals("", schema, object, &mut found);
            match (rejected.contains(&named.as_str()), found.is_empty()) {
                (false, true) => taken += 1,
                (true, false) => refused += 1,
                (true, true) => missed += 1,
                (false, false) => wrong.push(format!("{} {named}: {}", case["name"], found.join(", "))),
            }
        }
    }
    println!("{taken} objects are taken by both, {refused} refused by both, {missed} by the real ones alone");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(taken > 300 && refused > missed, "{taken} taken, {refused} refused, {missed} missed");
}
