//! Plugin 7 (schema 24): the table of `columns` and `styles` became the table of fields and overrides.

use serde_json::{Value, json};

use super::mappings;
use super::object::{
    Object, child, child_mut, list, list_mut, number, overrides_mut, reducer, set, set_some, text, truth,
};
use super::singlestat;
use crate::notes::Notes;

/// Styles that are read of one panel.
const STYLES_MAX: usize = 200;

/// Moves styles into overrides, the transform into transformations, and the order of rows.
pub(super) fn styles_to_overrides(panel: &mut Object, notes: &Notes) {
    let old_table = text(panel, "type") == "table-old"
        || (text(panel, "type") == "table" && panel.get("styles").is_some_and(Value::is_array));
    if !old_table {
        return;
    }
    let old = panel.clone();
    set(panel, "type", "table");
    move_transform(panel, &old, notes);
    let styles = list(&old, "styles").iter().filter_map(Value::as_object).take(STYLES_MAX);
    let overrides: Vec<Value> = styles.filter_map(|style| style_override(style, notes)).collect();
    overrides_mut(panel).extend(overrides);
    let options = child_mut(panel, "options");
    set(options, "showHeader", old.get("showHeader").and_then(Value::as_bool).unwrap_or(true));
    if let Some(field) = child(&old, "sort").and_then(|sort| sorted_field(sort, &old)) {
        set(options, "sortBy", json!([field]));
    }
}

/// The old table shaped the answers itself.
fn move_transform(panel: &mut Object, old: &Object, notes: &Notes) {
    let step = match text(old, "transform") {
        "" | "timeseries_to_columns" | "table" => json!({"id": "merge", "options": {}}),
        "timeseries_to_rows" => json!({"id": "seriesToRows", "options": {}}),
        "timeseries_aggregations" => {
            let columns = list(old, "columns").iter().filter_map(|column| column.get("value"));
            let calcs: Vec<&str> = columns.filter_map(Value::as_str).map(reducer).collect();
            json!({"id": "reduce", "options": {"reducers": calcs}})
        }
        other => {
            notes.add("transform", format!("\"{other}\" is not supported: ignored"));
            return;
        }
    };
    let steps = list_mut(panel, "transformations");
    if steps.is_empty() {
        steps.push(step);
    }
}

/// `sort: {col, desc}`; `col` is a position among the columns or, later, a name.
fn sorted_field(sort: &Object, old: &Object) -> Option<Value> {
    let name = match sort.get("col")? {
        Value::String(name) => name.clone(),
        col => {
            let column = list(old, "columns").get(col.as_u64()? as usize)?;
            column.get("text").and_then(Value::as_str)?.to_owned()
        }
    };
    Some(json!({"displayName": name, "desc": truth(sort, "desc")}))
}

fn style_override(style: &Object, notes: &Notes) -> Option<Value> {
    let pattern = match text(style, "pattern") {
        "" => return None,
        pattern => pattern,
    };
    let regex = pattern.len() > 1 && pattern.starts_with('/');
    let matcher = if regex { "byRegexp" } else { "byName" };
    let mut properties = Vec::new();
    let mut add = |id: &str, value: Value| properties.push(json!({"id": id, "value": value}));
    if !text(style, "alias").is_empty() {
        add("displayName", Value::from(text(style, "alias")));
    }
    if let Some(align) = style.get("align").and_then(Value::as_str).filter(|align| *align != "auto") {
        add("custom.align", Value::from(align));
    }
    match text(style, "type") {
        "hidden" => add("custom.hidden", Value::Bool(true)),
        "date" => add("unit", Value::from(format!("time: {}", date_format(style)))),
        "number" => number_style(style, &mut add),
        _ => {
            let mappings = mappings::from_maps(style);
            if !mappings.is_empty() {
                add("mappings", Value::from(mappings));
            }
            color_style(style, &mut add);
        }
    }
    if truth(style, "link") {
        notes.add("styles", format!("links of column \"{pattern}\" are left out"));
    }
    let mut rule = Object::new();
    set(&mut rule, "matcher", json!({"id": matcher, "options": pattern}));
    set_some(&mut rule, "properties", Some(Value::from(properties)));
    Some(Value::Object(rule))
}

fn date_format(style: &Object) -> &str {
    match text(style, "dateFormat") {
        "" => "YYYY-MM-DD HH:mm:ss",
        format => format,
    }
}

fn number_style(style: &Object, add: &mut dyn FnMut(&str, Value)) {
    if !text(style, "unit").is_empty() {
        add("unit", Value::from(text(style, "unit")));
    }
    if let Some(decimals) = number(style, "decimals") {
        add("decimals", Value::from(decimals));
    }
    color_style(style, add);
}

fn color_style(style: &Object, add: &mut dyn FnMut(&str, Value)) {
    let cell = match text(style, "colorMode") {
        "cell" | "row" => "color-background",
        "value" => "color-text",
        _ => return,
    };
    add("custom.cellOptions", json!({"type": cell}));
    if let Some(steps) = singlestat::steps(style.get("thresholds"), list(style, "colors")) {
        add("thresholds", json!({"mode": "absolute", "steps": steps}));
    }
}
