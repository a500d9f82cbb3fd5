//! Texts for values: `valueMaps` and `rangeMaps`, numbered mappings, and today's typed ones.

use serde_json::{Value, json};

use super::object::{Object, as_number, child_mut, list, number, set, text};
use crate::notes::Notes;

/// Plugin 8 (schema 30): `{type: 1, value, text}` and `{type: 2, from, to, text}` became typed mappings.
pub(super) fn typed_mappings(panel: &mut Object, _: &Notes) {
    let Some(config) = panel.get_mut("fieldConfig").and_then(Value::as_object_mut) else { return };
    if let Some(mappings) = child_mut(config, "defaults").get_mut("mappings") {
        retype(mappings);
    }
    let Some(Value::Array(overrides)) = config.get_mut("overrides") else { return };
    for set in overrides.iter_mut() {
        let Some(Value::Array(properties)) = set.get_mut("properties") else { continue };
        for property in properties.iter_mut().filter_map(Value::as_object_mut) {
            if text(property, "id") == "mappings"
                && let Some(value) = property.get_mut("value")
            {
                retype(value);
            }
        }
    }
}

/// Of singlestat and the old table: the kind that `mappingType` names, in today's form.
pub(super) fn from_maps(object: &Object) -> Vec<Value> {
    if number(object, "mappingType") == Some(2.0) {
        list(object, "rangeMaps").iter().filter_map(Value::as_object).filter_map(range).collect()
    } else {
        list(object, "valueMaps").iter().filter_map(Value::as_object).filter_map(value).collect()
    }
}

fn retype(mappings: &mut Value) {
    let Value::Array(list) = mappings else { return };
    for mapping in list.iter_mut() {
        let Some(old) = mapping.as_object() else { continue };
        let new = match old.get("type").and_then(as_number) {
            Some(1.0) => value(old),
            Some(2.0) => range(old),
            _ if old.contains_key("type") && old.get("type").is_some_and(Value::is_string) => None,
            _ if !text(old, "value").is_empty() => value(old),
            _ => None,
        };
        if let Some(new) = new {
            *mapping = new;
        }
    }
}

fn value(old: &Object) -> Option<Value> {
    let key = match old.get("value")? {
        Value::String(text) => text.clone(),
        Value::Null => "null".to_owned(),
        other => other.to_string(),
    };
    let shown = text(old, "text");
    if key == "null" {
        return Some(json!({"type": "special", "options": {"match": "null", "result": {"text": shown}}}));
    }
    let mut options = Object::new();
    set(&mut options, &key, json!({"text": shown}));
    Some(json!({"type": "value", "options": options}))
}

fn range(old: &Object) -> Option<Value> {
    let shown = text(old, "text");
    if text(old, "from") == "null" || text(old, "to") == "null" {
        return Some(json!({"type": "special", "options": {"match": "null", "result": {"text": shown}}}));
    }
    let (from, to) = (number(old, "from"), number(old, "to"));
    if from.is_none() && to.is_none() {
        return None;
    }
    Some(json!({"type": "range", "options": {"from": from, "to": to, "result": {"text": shown}}}))
}
