//! Plugin 7 (schema 28): `singlestat` became `stat`, or `gauge` where it had one.

use serde_json::{Value, json};

use super::mappings;
use super::object::{
    Object, as_number, child, child_mut, defaults_mut, list, number, reducer, set, set_some, text, truth,
};
use crate::notes::Notes;

/// Colors that singlestat had where the JSON has none.
const USUAL_COLORS: [&str; 3] = ["#299c46", "rgba(237, 129, 40, 0.89)", "#d44a3a"];

/// Moves options, unit, thresholds and mappings over.
pub(super) fn singlestat_to_stat(panel: &mut Object, notes: &Notes) {
    if !matches!(text(panel, "type"), "singlestat" | "grafana-singlestat-panel") {
        return;
    }
    let old = panel.clone();
    let gauge = child(&old, "gauge").filter(|gauge| truth(gauge, "show"));
    set(panel, "type", if gauge.is_some() { "gauge" } else { "stat" });
    for key in ["prefix", "postfix"] {
        if !text(&old, key).trim().is_empty() {
            notes.add(key, format!("\"{}\" beside the value is left out", text(&old, key)));
        }
    }
    move_options(panel, &old, gauge);
    move_field(panel, &old, gauge);
}

fn move_options(panel: &mut Object, old: &Object, gauge: Option<&Object>) {
    let options = child_mut(panel, "options");
    let stat = match text(old, "valueName") {
        "" => "avg",
        name => name,
    };
    let calc = if stat == "name" { "lastNotNull" } else { reducer(stat) };
    set(options, "reduceOptions", json!({"calcs": [calc], "fields": "", "values": false}));
    if stat == "name" {
        set(options, "textMode", "name");
    }
    if let Some(gauge) = gauge {
        set(options, "showThresholdMarkers", truth(gauge, "thresholdMarkers"));
        set(options, "showThresholdLabels", truth(gauge, "thresholdLabels"));
        return;
    }
    let color = match (truth(old, "colorBackground"), truth(old, "colorValue")) {
        (true, _) => "background",
        (false, true) => "value",
        (false, false) => "none",
    };
    set(options, "colorMode", color);
    let sparkline = child(old, "sparkline").is_some_and(|sparkline| truth(sparkline, "show"));
    set(options, "graphMode", if sparkline { "area" } else { "none" });
}

fn move_field(panel: &mut Object, old: &Object, gauge: Option<&Object>) {
    let field = defaults_mut(panel);
    set_some(field, "unit", old.get("format").cloned());
    set_some(field, "decimals", number(old, "decimals").map(Value::from));
    set_some(field, "noValue", old.get("nullText").cloned());
    if let Some(gauge) = gauge {
        set_some(field, "min", number(gauge, "minValue").map(Value::from));
        set_some(field, "max", number(gauge, "maxValue").map(Value::from));
    }
    if let Some(steps) = steps(old.get("thresholds"), list(old, "colors")) {
        set(field, "thresholds", json!({"mode": "absolute", "steps": steps}));
    }
    let mappings = mappings::from_maps(old);
    if !mappings.is_empty() {
        set(field, "mappings", mappings);
    }
}

/// `"50,80"` (or a list) and three colors as today's steps; None where there is no threshold.
pub(super) fn steps(thresholds: Option<&Value>, colors: &[Value]) -> Option<Vec<Value>> {
    let values: Vec<f64> = match thresholds? {
        Value::String(text) => text.split(',').filter_map(|part| as_number(&Value::from(part))).collect(),
        Value::Array(list) => list.iter().filter_map(as_number).collect(),
        _ => return None,
    };
    if values.is_empty() {
        return None;
    }
    let color = |index: usize| {
        let own = colors.get(index).and_then(Value::as_str);
        own.or(USUAL_COLORS.get(index).copied()).unwrap_or(USUAL_COLORS[2]).to_owned()
    };
    let rest = values.iter().take(100).enumerate();
    let rest = rest.map(|(index, value)| json!({"value": value, "color": color(index + 1)}));
    Some(std::iter::once(json!({"value": null, "color": color(0)})).chain(rest).collect())
}
