//! Table cells and legends of Grafana 7 to 11.

use serde_json::{Value, json};

use super::object::{Object, child_mut, set, text};
use crate::notes::Notes;

/// Schema 37: a legend of mode `hidden` became one that is not shown.
pub(super) fn hidden_legend(panel: &mut Object, _: &Notes) {
    let Some(options) = panel.get_mut("options").and_then(Value::as_object_mut) else { return };
    let Some(legend) = options.get_mut("legend").and_then(Value::as_object_mut) else { return };
    if text(legend, "displayMode") == "hidden" {
        set(legend, "displayMode", "list");
        set(legend, "showLegend", false);
    }
}

/// Schema 38: `displayMode` of cells became `cellOptions`.
pub(super) fn display_mode(panel: &mut Object, _: &Notes) {
    let Some(config) = panel.get_mut("fieldConfig").and_then(Value::as_object_mut) else { return };
    if let Some(Value::Object(custom)) = child_mut(config, "defaults").get_mut("custom")
        && let Some(mode) = custom.remove("displayMode")
    {
        custom.entry("cellOptions").or_insert(cell_options(&mode));
    }
    for property in properties(config) {
        if text(property, "id") == "custom.displayMode" {
            let options = cell_options(property.get("value").unwrap_or(&Value::Null));
            set(property, "id", "custom.cellOptions");
            set(property, "value", options);
        }
    }
}

/// Schema 42: what is hidden from the graph is hidden from the tooltip too.
pub(super) fn hide_from_tooltip(panel: &mut Object, _: &Notes) {
    let Some(config) = panel.get_mut("fieldConfig").and_then(Value::as_object_mut) else { return };
    for property in properties(config) {
        let hide = text(property, "id") == "custom.hideFrom";
        let Some(Value::Object(value)) = property.get_mut("value") else { continue };
        if hide && value.get("viz") == Some(&Value::Bool(true)) {
            set(value, "tooltip", true);
        }
    }
}

/// All properties of all overrides.
fn properties(config: &mut Object) -> impl Iterator<Item = &mut Object> {
    let overrides = config.get_mut("overrides").and_then(Value::as_array_mut);
    let lists = overrides.into_iter().flatten();
    let lists = lists.filter_map(|set| set.get_mut("properties").and_then(Value::as_array_mut));
    lists.flatten().filter_map(Value::as_object_mut)
}

fn cell_options(mode: &Value) -> Value {
    match mode.as_str().unwrap_or("auto") {
        "color-background-solid" => json!({"type": "color-background", "mode": "basic"}),
        "color-background" => json!({"type": "color-background", "mode": "gradient"}),
        "gradient-gauge" => json!({"type": "gauge", "mode": "gradient"}),
        "lcd-gauge" => json!({"type": "gauge", "mode": "lcd"}),
        "basic" => json!({"type": "gauge", "mode": "basic"}),
        other => json!({"type": other}),
    }
}
