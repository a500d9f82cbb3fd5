//! Broken dashboards: each is read with notes or refused, none ends in a panic.

use dashboard::{ExpandRequest, Settings, expand, parse};
use serde_json::{Value, json};

use crate::fleet::Fleet;

/// A dashboard that uses every feature there is, old and new.
const RICH: &str = include_str!("../../testdata/rich.json");

/// Values that members are replaced with.
fn odd_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!("\u{0}$x ${y:csv} [[z]] /(/"),
        json!("9".repeat(400)),
        json!([]),
        json!([null, 1, "a", {}, []]),
        json!({}),
        json!({"type": 1, "id": [], "list": {}, "options": [], "value": {}}),
    ]
}

/// Calls for each place of the value.
fn places(value: &Value, path: &mut Vec<String>, found: &mut Vec<String>) {
    found.push(path.iter().map(|part| format!("/{part}")).collect());
    let mut visit = |key: String, inner: &Value| {
        path.push(key.replace('~', "~0").replace('/', "~1"));
        places(inner, path, found);
        path.pop();
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| visit(at.to_string(), item)),
        Value::Object(map) => map.iter().for_each(|(key, item)| visit(key.clone(), item)),
        _ => {}
    }
}

fn read_and_expand(text: &str, (from, to): (i64, i64)) {
    let Ok((dashboard, _)) = parse(text) else { return };
    serde_json::to_string(&dashboard).expect("the model is plain data");
    let request = ExpandRequest { from, to, ..ExpandRequest::default() };
    let expansion = expand(&dashboard, &request, &Fleet::new(), &Settings::default());
    serde_json::to_string(&expansion).expect("the expansion is plain data");
}

#[test]
fn every_place_may_hold_anything() {
    let whole: Value = serde_json::from_str(RICH).expect("testdata/rich.json is JSON");
    let mut found = Vec::new();
    places(&whole, &mut Vec::new(), &mut found);
    assert!(found.len() > 300, "{} places", found.len());
    let (odd, windows) = (odd_values(), [(0, 900_000), (i64::MIN, i64::MAX), (10, 5)]);
    for (index, place) in found.iter().enumerate() {
        // Three odd values at each place: with their neighbors, all meet all kinds of places.
        for step in [0, 3, 7] {
            let mut mutated = whole.clone();
            let value = odd[(index + step) % odd.len()].clone();
            *mutated.pointer_mut(place).expect("the place was found") = value;
            read_and_expand(&mutated.to_string(), windows[(index + step) % windows.len()]);
        }
    }
}

#[test]
fn every_prefix_is_refused_or_read() {
    for end in (0..RICH.len()).filter(|end| RICH.is_char_boundary(*end)).step_by(7) {
        assert!(parse(&RICH[..end]).is_err() || end + 2 >= RICH.len());
    }
}

#[test]
fn what_is_no_dashboard_is_refused_in_words() {
    let deep = format!("{{\"panels\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
    let many = json!({"panels": vec![json!({"type": "stat"}); 1001]}).to_string();
    let long = format!("{{\"panels\": [], \"title\": \"{}\"}}", "x".repeat(6 << 20));
    for (text, want) in [
        ("", "dashboard JSON, line 1, column 0: EOF while parsing a value"),
        (
            "[]",
            "not a dashboard: the JSON is no object; export it from Grafana as classic JSON (schema 16 to 42)",
        ),
        (
            "{}",
            "not a dashboard: it has no panels, rows or title; export it from Grafana as classic JSON (schema 16 to 42)",
        ),
        (deep.as_str(), "dashboard JSON, line 1, column 138: recursion limit exceeded"),
        (many.as_str(), "dashboard has 1001 panels, more than the 1000 that are read"),
        (long.as_str(), "dashboard JSON has 6291483 bytes, more than the 5242880 that are read"),
    ] {
        let error = parse(text).expect_err("is refused").to_string();
        assert_eq!(error, want);
    }
}

#[test]
fn wrong_types_are_named_by_panel_and_path() {
    let text = json!({"title": "T", "schemaVersion": 39, "panels": [
        {"id": 1, "type": "stat", "title": "Count", "gridPos": {"x": 0, "y": 0, "w": 6, "h": "four"},
         "options": {"colorMode": ["value"], "reduceOptions": {"calcs": ["p95", "max"]}},
         "targets": [{"expr": {"a": 1}, "refId": "A"}, {"expr": "up", "refId": "A"}]},
        {"type": "piechart", "title": "Pie"},
        7,
    ]});
    let (dashboard, notes) = parse(&text.to_string()).expect("is read");
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "panel \"Count\": panels[0].gridPos.h: expected a number, found text: ignored",
            "panel \"Count\": panels[0].targets[0].expr: expected text, found an object: ignored",
            "panel \"Count\": panels[0].options.reduceOptions.calcs: calculation \"p95\" is not supported: ignored",
            "panel \"Count\": panels[0].options.colorMode: expected text, found a list: ignored",
            "panel \"Pie\": panels[1].type: panels of type \"piechart\" are not supported: shown as an empty box",
            "panels[2]: expected an object, found a number: ignored",
        ]
    );
    assert_eq!(dashboard.panels.len(), 2);
    assert_eq!(dashboard.panels[0].queries.len(), 1);
    assert_eq!(dashboard.notes, notes);
}
