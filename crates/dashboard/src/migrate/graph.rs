//! Plugin 8: the flot `graph` became `timeseries`.

use serde_json::{Value, json};

use super::object::{
    Object, as_number, child, child_mut, defaults_mut, list, number, overrides_mut, reducer, set, set_some,
    text, truth,
};
use crate::notes::Notes;

/// Series overrides and alias colors that are read of one panel.
const OVERRIDES_MAX: usize = 500;

/// Schema 12: `y_formats` and `grid` became `yaxes`.
pub(super) fn y_formats(panel: &mut Object, _: &Notes) {
    if text(panel, "type") != "graph" || panel.contains_key("yaxes") {
        return;
    }
    let formats = list(panel, "y_formats").to_vec();
    let grid = child(panel, "grid").cloned().unwrap_or_default();
    let axis = |index: usize, side: &str| {
        let of = |key: &str| grid.get(&format!("{side}{key}")).cloned().unwrap_or(Value::Null);
        let format = formats.get(index).cloned().unwrap_or_else(|| Value::from("short"));
        json!({"format": format, "min": of("Min"), "max": of("Max"), "logBase": of("LogBase"), "show": true})
    };
    let axes = json!([axis(0, "left"), axis(1, "right")]);
    set(panel, "yaxes", axes);
}

/// Moves drawing style, axes, legend, tooltip, series overrides and alias colors over.
pub(super) fn graph_to_timeseries(panel: &mut Object, notes: &Notes) {
    if text(panel, "type") != "graph" {
        return;
    }
    let mode = child(panel, "xaxis").map_or("", |axis| text(axis, "mode"));
    if matches!(mode, "series" | "histogram") {
        notes.add("xaxis.mode", format!("graphs over {mode} are not supported"));
        return;
    }
    let old = panel.clone();
    set(panel, "type", "timeseries");
    let custom = drawing(&old);
    let axes = list(&old, "yaxes");
    let field = defaults_mut(panel);
    set(field, "custom", custom);
    if let Some(axis) = axes.first().and_then(Value::as_object) {
        move_axis(field, axis);
    }
    if !field.contains_key("decimals") {
        set_some(field, "decimals", number(&old, "decimals").map(Value::from));
    }
    set(field, "color", json!({"mode": "palette-classic"}));
    let overrides = series_overrides(&old, axes.get(1).and_then(Value::as_object), notes);
    overrides_mut(panel).extend(overrides);
    let options = child_mut(panel, "options");
    set(options, "legend", legend(child(&old, "legend")));
    set(options, "tooltip", tooltip(child(&old, "tooltip")));
    if list(&old, "thresholds").iter().any(Value::is_object) {
        notes.add("thresholds", "lines of thresholds are not drawn");
    }
}

/// Whether lines are on; they are where the JSON says nothing.
fn has_lines(old: &Object) -> bool {
    old.get("lines").and_then(Value::as_bool).unwrap_or(true)
}

fn drawing(old: &Object) -> Object {
    let mut custom = Object::new();
    let (bars, lines, points) = (truth(old, "bars"), has_lines(old), truth(old, "points"));
    let fill = number(old, "fill").unwrap_or(1.0) * 10.0;
    if bars {
        set(&mut custom, "drawStyle", "bars");
        set(&mut custom, "fillOpacity", 100);
    } else if !lines && points {
        set(&mut custom, "drawStyle", "points");
    } else {
        set(&mut custom, "drawStyle", "line");
        set(&mut custom, "fillOpacity", fill);
    }
    set(&mut custom, "showPoints", if points { "always" } else { "never" });
    set(&mut custom, "lineWidth", number(old, "linewidth").unwrap_or(1.0));
    set_some(&mut custom, "pointSize", number(old, "pointradius").map(|radius| json!(radius * 2.0)));
    if truth(old, "steppedLine") {
        set(&mut custom, "lineInterpolation", "stepAfter");
    }
    match text(old, "nullPointMode") {
        "connected" => set(&mut custom, "spanNulls", true),
        "null as zero" => set(&mut custom, "nullAsZero", true),
        _ => {}
    }
    if truth(old, "stack") {
        let mode = if truth(old, "percentage") { "percent" } else { "normal" };
        set(&mut custom, "stacking", json!({"mode": mode}));
    }
    custom
}

fn move_axis(field: &mut Object, axis: &Object) {
    set_some(field, "unit", axis.get("format").cloned());
    for key in ["decimals", "min", "max"] {
        set_some(field, key, number(axis, key).map(Value::from));
    }
    let custom = child_mut(field, "custom");
    if axis.get("show") == Some(&Value::Bool(false)) {
        set(custom, "axisPlacement", "hidden");
    }
    if let Some(base) = number(axis, "logBase").filter(|base| *base > 1.0) {
        set(custom, "scaleDistribution", json!({"type": "log", "log": base}));
    }
}

fn legend(old: Option<&Object>) -> Value {
    let Some(old) = old else { return json!({"showLegend": true}) };
    let calcs: Vec<&str> = ["min", "max", "avg", "current", "total"]
        .into_iter()
        .filter(|key| truth(old, key) && truth(old, "values"))
        .map(reducer)
        .collect();
    let sort = match text(old, "sort") {
        "min" => "Min",
        "max" => "Max",
        "avg" => "Mean",
        "current" => "Last *",
        "total" => "Total",
        _ => "",
    };
    json!({
        "showLegend": old.get("show").and_then(Value::as_bool).unwrap_or(true),
        "displayMode": if truth(old, "alignAsTable") { "table" } else { "list" },
        "placement": if truth(old, "rightSide") { "right" } else { "bottom" },
        "calcs": calcs,
        "hideEmpty": truth(old, "hideEmpty"),
        "hideZero": truth(old, "hideZero"),
        "sortBy": sort,
        "sortDesc": truth(old, "sortDesc"),
    })
}

fn tooltip(old: Option<&Object>) -> Value {
    let shared = old.and_then(|old| old.get("shared")).and_then(Value::as_bool).unwrap_or(true);
    let sort = match old.and_then(|old| number(old, "sort")) {
        Some(1.0) => "asc",
        Some(2.0) => "desc",
        _ => "none",
    };
    json!({"mode": if shared { "multi" } else { "single" }, "sort": sort})
}

fn series_overrides(old: &Object, right: Option<&Object>, notes: &Notes) -> Vec<Value> {
    let rules = list(old, "seriesOverrides").iter().filter_map(Value::as_object).take(OVERRIDES_MAX);
    let mut overrides: Vec<Value> = rules.filter_map(|rule| series_override(rule, right, notes)).collect();
    let colors = child(old, "aliasColors").into_iter().flatten().take(OVERRIDES_MAX);
    for (alias, color) in colors.filter(|(_, color)| color.is_string()) {
        let color = json!([{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}]);
        overrides.push(json!({"matcher": {"id": "byName", "options": alias}, "properties": color}));
    }
    overrides
}

fn series_override(rule: &Object, right: Option<&Object>, notes: &Notes) -> Option<Value> {
    let alias = text(rule, "alias");
    if alias.is_empty() {
        return None;
    }
    let matcher = if alias.len() > 1 && alias.starts_with('/') { "byRegexp" } else { "byName" };
    let mut properties = Vec::new();
    for (key, value) in rule {
        if key != "alias" {
            override_properties(key, value, right, notes, &mut properties);
        }
    }
    let properties: Vec<Value> =
        properties.into_iter().map(|(id, value)| json!({"id": id, "value": value})).collect();
    Some(json!({"matcher": {"id": matcher, "options": alias}, "properties": properties}))
}

/// What one member of a series override says today.
fn override_properties(
    key: &str,
    value: &Value,
    right: Option<&Object>,
    notes: &Notes,
    out: &mut Vec<(&'static str, Value)>,
) {
    let number = as_number(value);
    match (key, value) {
        ("color", Value::String(_)) => out.push(("color", json!({"mode": "fixed", "fixedColor": value}))),
        ("fill", _) => out.extend(number.map(|fill| ("custom.fillOpacity", json!(fill * 10.0)))),
        ("linewidth", _) => out.extend(number.map(|width| ("custom.lineWidth", json!(width)))),
        ("pointradius", _) => out.extend(number.map(|radius| ("custom.pointSize", json!(radius * 2.0)))),
        ("bars", Value::Bool(true)) => {
            out.push(("custom.drawStyle", json!("bars")));
            out.push(("custom.fillOpacity", json!(100)));
        }
        ("lines", Value::Bool(true)) => out.push(("custom.drawStyle", json!("line"))),
        ("lines", Value::Bool(false)) => out.push(("custom.lineWidth", json!(0))),
        ("points", Value::Bool(truth)) => {
            out.push(("custom.showPoints", json!(if *truth { "always" } else { "never" })));
        }
        ("steppedLine", Value::Bool(true)) => out.push(("custom.lineInterpolation", json!("stepAfter"))),
        ("stack", Value::Bool(false)) => out.push(("custom.stacking", json!({"mode": "none"}))),
        ("stack", _) => out.push(("custom.stacking", json!({"mode": "normal"}))),
        ("nullPointMode", _) => match value.as_str() {
            Some("connected") => out.push(("custom.spanNulls", json!(true))),
            Some("null as zero") => out.push(("custom.nullAsZero", json!(true))),
            _ => out.push(("custom.spanNulls", json!(false))),
        },
        ("legend", Value::Bool(false)) => {
            out.push(("custom.hideFrom", json!({"legend": true, "tooltip": false, "viz": false})));
        }
        ("yaxis", _) if number == Some(2.0) => right_axis(right, out),
        ("yaxis" | "$$hashKey" | "zindex" | "legend" | "bars" | "dashLength" | "spaceLength", _) => {}
        _ => notes.add(format!("seriesOverrides.{key}"), "not supported: ignored"),
    }
}

/// The right axis has its own unit and scale.
fn right_axis(right: Option<&Object>, out: &mut Vec<(&'static str, Value)>) {
    out.push(("custom.axisPlacement", json!("right")));
    let Some(axis) = right else { return };
    if !text(axis, "format").is_empty() {
        out.push(("unit", json!(text(axis, "format"))));
    }
    for key in ["decimals", "min", "max"] {
        out.extend(number(axis, key).map(|value| (key, json!(value))));
    }
    if let Some(base) = number(axis, "logBase").filter(|base| *base > 1.0) {
        out.push(("custom.scaleDistribution", json!({"type": "log", "log": base})));
    }
}
