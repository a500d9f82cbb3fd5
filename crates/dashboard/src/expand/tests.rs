use serde_json::{Value, json};

use super::*;
use crate::parse::parse;
use model::Labels;

/// A store without series.
struct Nothing;

impl VariableSource for Nothing {
    fn series(&self, _: &str) -> Result<Vec<Labels>, String> {
        Ok(Vec::new())
    }
    fn label_values(&self, _: Option<&str>, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
    fn label_names(&self, _: Option<&str>) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
    fn query(&self, _: &str) -> Result<Vec<(Labels, f64, i64)>, String> {
        Ok(Vec::new())
    }
}

fn expansion(panels: &Value, request: &ExpandRequest) -> Expansion {
    let text = json!({"title": "Board", "uid": "board", "schemaVersion": 39, "panels": panels, "templating": {"list": [
        {"name": "ns", "type": "custom", "query": "a,b,c", "multi": true, "includeAll": true, "current": {"value": ["$__all"]}},
        {"name": "one", "type": "custom", "query": "x,y"},
        {"name": "step", "type": "interval", "query": "1m", "auto": true, "auto_count": 10, "auto_min": "10s", "current": {"value": "$__auto_interval_step"}},
        {"name": "more", "type": "custom", "query": (0..50).map(|n| n.to_string()).collect::<Vec<_>>().join(","), "includeAll": true, "current": {"value": "$__all"}},
        {"name": "lots", "type": "custom", "query": (0..150).map(|n| n.to_string()).collect::<Vec<_>>().join(","), "multi": true, "includeAll": true, "current": {"value": "$__all"}},
    ]}});
    let (dashboard, notes) = parse(&text.to_string()).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    expand(&dashboard, request, &Nothing, &Settings::default())
}

fn quarter() -> ExpandRequest {
    ExpandRequest { from: 1_600_000_000_000, to: 1_600_000_900_000, ..ExpandRequest::default() }
}

fn grid(x: u32, y: u32, w: u32, h: u32) -> Value {
    json!({"x": x, "y": y, "w": w, "h": h})
}

/// Key, row, grid and title of each panel.
fn layout(expansion: &Expansion) -> Vec<String> {
    let line = |panel: &ExpandedPanel| {
        let Grid { x, y, w, h } = panel.grid;
        let row = panel.row.as_deref().unwrap_or("-");
        format!("{} {row} {x},{y},{w},{h} {}", panel.key, panel.title)
    };
    expansion.panels.iter().map(line).collect()
}

use crate::api::Grid;

#[test]
fn texts_and_queries_are_written_out() {
    let panels = json!([{"id": 1, "type": "stat", "title": "On $one: ${ns:csv}", "gridPos": grid(0, 0, 6, 4), "interval": "1m", "targets": [
        {"refId": "A", "expr": "rate(x{ns=~\"$ns\",o=\"$one\"}[$__rate_interval])", "legendFormat": "{{a}} $one $1", "intervalFactor": 2},
        {"refId": "B", "expr": "rate(x[$__interval]) + ${__interval_ms} + $__range_s + $__range_ms + rate(y[$__range])", "interval": "5s"},
        {"refId": "C", "expr": "x", "hide": true},
        {"refId": "D", "expr": "x[$step]", "instant": true, "format": "table"},
        {"refId": "E", "expr": "x", "interval": "$step"},
    ]}, {"id": 2, "type": "text", "gridPos": grid(6, 0, 6, 4), "options": {"content": "# $one ${ns} ${__dashboard} ${__to:date:YYYY}"}}]);
    let expansion = expansion(&panels, &quarter());
    assert_eq!(expansion.notes, Vec::<String>::new());
    assert_eq!(expansion.panels[0].title, "On x: a,b,c");
    assert_eq!(expansion.panels[1].text, "# x All Board 2020");
    let queries: Vec<(&str, &str, u64)> = expansion.panels[0]
        .queries
        .iter()
        .map(|query| (query.ref_id.as_str(), query.expr.as_str(), query.step_ms))
        .collect();
    assert_eq!(
        queries,
        [
            ("A", "rate(x{ns=~\"(a|b|c)\",o=\"x\"}[75s])", 120_000),
            ("B", "rate(x[5s]) + 5000 + 900 + 900000 + rate(y[900s])", 5000),
            ("D", "x[2m]", 60_000),
            ("E", "x", 120_000),
        ]
    );
    assert_eq!(expansion.panels[0].queries[0].legend, "{{a}} x $1");
    assert!(expansion.panels[0].queries[2].instant);
}

#[test]
fn the_width_sets_the_step() {
    let panels = json!([
        {"id": 1, "type": "timeseries", "targets": [{"expr": "x"}]},
        {"id": 2, "type": "timeseries", "maxDataPoints": 100, "targets": [{"expr": "x"}]},
        {"id": 3, "type": "timeseries", "targets": [{"expr": "x"}]},
    ]);
    let mut request = ExpandRequest { from: 0, to: 86_400_000, ..ExpandRequest::default() };
    request.max_data_points.extend([
        ("1".to_owned(), 400.0),
        ("2".to_owned(), 400.0),
        ("3".to_owned(), f64::NAN),
    ]);
    let steps: Vec<u64> =
        expansion(&panels, &request).panels.iter().map(|panel| panel.queries[0].step_ms / 1000).collect();
    assert_eq!(steps, [300, 900, 120]);
}

#[test]
fn panels_repeat_to_the_right_and_push_down_what_is_below() {
    let panels = json!([
        {"id": 1, "type": "stat", "title": "$ns", "repeat": "ns", "maxPerRow": 2, "gridPos": grid(0, 0, 6, 4), "targets": [{"expr": "x{ns=\"$ns\"}"}]},
        {"id": 2, "type": "stat", "title": "below", "gridPos": grid(0, 4, 24, 2)},
        {"id": 3, "type": "text", "title": "v $ns", "repeat": "ns", "repeatDirection": "v", "gridPos": grid(0, 6, 8, 2)},
        {"id": 4, "type": "text", "title": "beside", "gridPos": grid(8, 6, 8, 2)},
        {"id": 5, "type": "text", "title": "last", "gridPos": grid(0, 8, 8, 2)},
        {"id": 6, "type": "text", "title": "unknown", "repeat": "gone", "gridPos": grid(0, 10, 8, 2)},
    ]);
    let all = expansion(&panels, &quarter());
    assert_eq!(
        layout(&all),
        [
            "1~a - 0,0,12,4 a",
            "1~b - 12,0,12,4 b",
            "1~c - 0,4,12,4 c",
            "2 - 0,8,24,2 below",
            "3~a - 0,10,8,2 v a",
            "4 - 8,10,8,2 beside",
            "3~b - 0,12,8,2 v b",
            "3~c - 0,14,8,2 v c",
            "5 - 0,16,8,2 last",
            "6 - 0,18,8,2 unknown",
        ]
    );
    assert_eq!(all.notes, ["panel \"unknown\" repeats by $gone, which does not exist"]);
    assert_eq!(all.panels[1].queries[0].expr, "x{ns=\"b\"}");
    let mut request = quarter();
    request.variables.insert("ns".to_owned(), vec!["b".to_owned()]);
    assert_eq!(layout(&expansion(&panels, &request))[..2], ["1~b - 0,0,24,4 b", "2 - 0,4,24,2 below"]);
}

#[test]
fn rows_repeat_with_what_is_in_them() {
    let panels = json!([
        {"id": 9, "type": "text", "title": "top", "gridPos": grid(0, 0, 24, 2)},
        {"id": 1, "type": "row", "title": "Row $ns", "repeat": "ns", "collapsed": true, "gridPos": grid(0, 3, 24, 1), "panels": [
            {"id": 2, "type": "stat", "title": "in $ns", "gridPos": grid(0, 4, 12, 4), "targets": [{"expr": "x{ns=\"$ns\"}"}]}]},
        {"id": 3, "type": "row", "title": "After", "gridPos": grid(0, 4, 24, 1), "panels": []},
        {"id": 4, "type": "text", "title": "end", "gridPos": grid(0, 5, 24, 2)},
    ]);
    let mut request = quarter();
    request.variables.insert("ns".to_owned(), vec!["a".to_owned(), "b".to_owned()]);
    let expansion = expansion(&panels, &request);
    assert_eq!(
        layout(&expansion),
        [
            "9 - 0,0,24,2 top",
            "1~a - 0,3,24,1 Row a",
            "2~a 1~a 0,4,12,4 in a",
            "1~b - 0,8,24,1 Row b",
            "2~b 1~b 0,9,12,4 in b",
            "3 - 0,13,24,1 After",
            "4 3 0,14,24,2 end",
        ]
    );
    assert_eq!(expansion.panels[4].queries[0].expr, "x{ns=\"b\"}");
}

#[test]
fn clones_are_bounded() {
    let inner = json!({"id": 2, "type": "text", "title": "t", "repeat": "more", "gridPos": grid(0, 1, 1, 1)});
    let panels = json!([{"id": 1, "type": "row", "title": "r", "repeat": "lots", "gridPos": grid(0, 0, 24, 1), "panels": [inner]}]);
    let expansion = expansion(&panels, &quarter());
    assert_eq!(expansion.panels.len(), 2000);
    assert!(
        expansion
            .notes
            .iter()
            .any(|note| note == "panel \"r\" repeats for 150 values: the first 100 are shown")
    );
    assert!(
        expansion.notes.iter().any(|note| note.starts_with("more than 2000 panels")),
        "{:?}",
        expansion.notes
    );
}

#[test]
fn what_is_too_long_is_left_out_and_named() {
    let long = "$lots ".repeat(3000);
    let panels = json!([{"id": 1, "type": "stat", "title": "s", "targets": [{"refId": "A", "expr": long}, {"refId": "B", "expr": "up"}]}]);
    let expansion = expansion(&panels, &quarter());
    assert_eq!(expansion.panels[0].queries.len(), 1);
    assert_eq!(expansion.notes.len(), 1);
    assert!(
        expansion.notes[0].starts_with("panel \"s\", query A: the expanded text is longer than"),
        "{:?}",
        expansion.notes
    );
}
