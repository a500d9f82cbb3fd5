//! Old shapes of variables.

use serde_json::Value;

use super::object::{Object, set, text, truth};
use crate::notes::Notes;

/// Schema 12: two flags became `hide` 0, 1, 2.
pub(super) fn hide_flags(variable: &mut Object, _: &Notes) {
    if truth(variable, "hideVariable") {
        set(variable, "hide", 2);
    } else if truth(variable, "hideLabel") {
        set(variable, "hide", 1);
    }
}

/// Before 2.0, `type: filter` was `query` and `time` was `interval`, and All had its own regular expression.
pub(super) fn old_types(variable: &mut Object, _: &Notes) {
    match text(variable, "type") {
        "filter" => set(variable, "type", "query"),
        "time" => set(variable, "type", "interval"),
        _ => {}
    }
    let all_is_old = truth(variable, "includeAll") && {
        let current = variable.get("current").and_then(|current| current.get("text")).and_then(Value::as_str);
        let value = variable.get("current").and_then(|current| current.get("value"));
        current == Some("All") && value.is_some_and(Value::is_string)
    };
    if all_is_old && let Some(current) = variable.get_mut("current").and_then(Value::as_object_mut) {
        set(current, "value", "$__all");
    }
}
