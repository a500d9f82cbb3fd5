//! Options of gauge, bar gauge and stat before `fieldConfig`.

use serde_json::{Value, json};

use super::object::{Object, child_mut, defaults_mut, overrides_mut, set, set_some, text};
use crate::notes::Notes;

/// Panels that had their own field options.
fn is_single_value(panel: &Object) -> bool {
    matches!(text(panel, "type"), "gauge" | "bargauge" | "stat")
}

/// Plugin 6.0: `valueOptions`, `minValue`, `thresholds`, `valueMappings` lay in the options.
pub(super) fn value_options(panel: &mut Object, _: &Notes) {
    if !is_single_value(panel) {
        return;
    }
    let options = child_mut(panel, "options");
    let old = options.clone();
    let Some(values) = old.get("valueOptions").and_then(Value::as_object) else { return };
    let stat = match text(values, "stat") {
        "" => text(&old, "stat"),
        stat => stat,
    };
    let calc = if stat.is_empty() { "lastNotNull" } else { super::object::reducer(stat) };
    set(options, "reduceOptions", json!({"calcs": [calc], "fields": "", "values": false}));
    for key in ["valueOptions", "minValue", "maxValue", "thresholds", "valueMappings", "mappings"] {
        options.remove(key);
    }
    let field = defaults_mut(panel);
    set_some(field, "unit", values.get("unit").cloned());
    set_some(field, "decimals", values.get("decimals").cloned());
    set_some(field, "min", old.get("minValue").cloned());
    set_some(field, "max", old.get("maxValue").cloned());
    set_some(field, "thresholds", old.get("thresholds").cloned());
    set_some(field, "mappings", old.get("valueMappings").or_else(|| old.get("mappings")).cloned());
}

/// Plugin 7: `options.fieldOptions` became `fieldConfig` and `options.reduceOptions`.
pub(super) fn field_options(panel: &mut Object, _: &Notes) {
    let options = child_mut(panel, "options");
    let Some(Value::Object(old)) = options.remove("fieldOptions") else { return };
    if !options.contains_key("reduceOptions") {
        let mut reduce = Object::new();
        for key in ["calcs", "values", "limit", "fields"] {
            set_some(&mut reduce, key, old.get(key).cloned());
        }
        set(options, "reduceOptions", reduce);
    }
    let field = defaults_mut(panel);
    for part in ["override", "defaults"] {
        let Some(values) = old.get(part).and_then(Value::as_object) else { continue };
        for (key, value) in values {
            let key = if key == "title" { "displayName" } else { key };
            set_some(field, key, Some(value.clone()));
        }
    }
    for key in ["thresholds", "mappings"] {
        if !field.contains_key(key) {
            set_some(field, key, old.get(key).cloned());
        }
    }
    if let Some(Value::Array(list)) = old.get("overrides") {
        overrides_mut(panel).extend(list.iter().cloned());
    }
}

/// Plugin 6.x: a list of thresholds became `{mode, steps}`; the list may run downwards.
pub(super) fn threshold_lists(panel: &mut Object, _: &Notes) {
    let Some(config) = panel.get_mut("fieldConfig").and_then(Value::as_object_mut) else { return };
    let field = child_mut(config, "defaults");
    let Some(Value::Array(list)) = field.get("thresholds") else { return };
    let mut steps: Vec<Value> = list.iter().filter(|step| step.is_object()).cloned().collect();
    let key = |step: &Value| step.get("value").and_then(Value::as_f64).unwrap_or(f64::NEG_INFINITY);
    steps.sort_by(|a, b| key(a).total_cmp(&key(b)));
    if let Some(first) = steps.first_mut().and_then(Value::as_object_mut) {
        set(first, "value", Value::Null);
    }
    set(field, "thresholds", json!({"mode": "absolute", "steps": steps}));
}
