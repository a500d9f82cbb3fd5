//! Each change of the schema: what stood there before, and what the model says.

use serde_json::{Value, json};

use crate::parse::parse;

/// The first panel of a dashboard of this schema, as the browser gets it.
fn panel_of(version: u32, panel: &Value) -> (Value, Vec<String>) {
    let text = json!({"title": "t", "schemaVersion": version, "panels": [panel]}).to_string();
    let (dashboard, notes) = parse(&text).unwrap();
    let panel = serde_json::to_value(&dashboard.panels[0]).unwrap();
    (panel, notes.iter().map(ToString::to_string).collect())
}

/// Checks places of the panel's model; a place that must be absent is null.
fn check(version: u32, panel: &Value, want: &[(&str, Value)]) -> Vec<String> {
    let (model, notes) = panel_of(version, panel);
    for (place, want) in want {
        let got = model.pointer(place).unwrap_or(&Value::Null);
        let same = got == want || (got.is_number() && got.as_f64() == want.as_f64());
        assert!(same, "schema {version}, {place}: got {got}, want {want}\nfrom {panel}");
    }
    notes
}

#[test]
fn schema_12_y_formats() {
    let graph = json!({"type": "graph", "y_formats": ["bytes", "short"], "grid": {"leftMin": 0, "leftMax": 10, "leftLogBase": 2}});
    check(
        11,
        &graph,
        &[
            ("/type", json!("timeseries")),
            ("/originalType", json!("graph")),
            ("/field/unit", json!("bytes")),
            ("/field/min", json!(0)),
            ("/field/max", json!(10)),
            ("/field/custom/logBase", json!(2)),
        ],
    );
}

#[test]
fn schema_12_hide_flags_and_14_crosshair() {
    let text = json!({"title": "t", "schemaVersion": 10, "sharedCrosshair": true, "panels": [], "templating": {"list": [
        {"name": "a", "type": "query", "query": "x", "hideVariable": true},
        {"name": "b", "type": "query", "query": "x", "hideLabel": true},
        {"name": "c", "type": "filter", "query": "x"},
    ]}});
    let (dashboard, _) = parse(&text.to_string()).unwrap();
    let hides: Vec<&str> = dashboard.variables.iter().map(|variable| variable.hide.word()).collect();
    assert_eq!(hides, ["variable", "label", "none"]);
    assert!(dashboard.shared_crosshair);
}

#[test]
fn schema_16_rows_become_a_grid() {
    let text = json!({"title": "t", "schemaVersion": 14, "rows": [
        {"title": "One", "showTitle": true, "height": "250px", "panels": [
            {"id": 1, "type": "text", "span": 6}, {"id": 2, "type": "text", "span": 6}, {"id": 3, "type": "text", "span": 12, "height": 100}]},
        {"title": "Two", "collapse": true, "height": 380, "panels": [{"id": 4, "type": "text", "span": 4}]},
        {"title": "Three", "panels": [{"id": 5, "type": "text", "span": 4}]},
    ]});
    let (dashboard, notes) = parse(&text.to_string()).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    let places: Vec<_> = dashboard
        .panels
        .iter()
        .map(|panel| {
            let grid = panel.grid;
            (panel.key.as_str(), panel.row.as_deref(), [grid.x, grid.y, grid.w, grid.h], panel.collapsed)
        })
        .collect();
    assert_eq!(
        places,
        [
            ("6", None, [0, 0, 24, 1], false),
            ("1", Some("6"), [0, 1, 12, 7], false),
            ("2", Some("6"), [12, 1, 12, 7], false),
            ("3", Some("6"), [0, 8, 24, 3], false),
            ("7", None, [0, 11, 24, 1], true),
            ("4", Some("7"), [0, 12, 8, 10], false),
            ("8", None, [0, 22, 24, 1], false),
            ("5", Some("8"), [0, 23, 8, 7], false),
        ]
    );
}

#[test]
fn rows_without_titles_leave_no_headings() {
    let text =
        json!({"title": "t", "rows": [{"panels": [{"type": "text"}]}, {"panels": [{"type": "text"}]}]});
    let (dashboard, _) = parse(&text.to_string()).unwrap();
    let grid: Vec<_> = dashboard.panels.iter().map(|panel| (panel.grid.y, panel.row.clone())).collect();
    assert_eq!(grid, [(0, None), (7, None)]);
}

#[test]
fn closed_rows_are_opened_in_the_grid() {
    let text = json!({"title": "t", "schemaVersion": 39, "panels": [
        {"id": 1, "type": "row", "collapsed": true, "gridPos": {"x": 0, "y": 2, "w": 24, "h": 1}, "panels": [
            {"id": 2, "type": "text", "gridPos": {"x": 0, "y": 30, "w": 12, "h": 4}},
            {"id": 3, "type": "text", "gridPos": {"x": 12, "y": 32, "w": 12, "h": 4}}]},
        {"id": 4, "type": "row", "gridPos": {"x": 0, "y": 3, "w": 24, "h": 1}, "panels": []},
        {"id": 5, "type": "text", "gridPos": {"x": 0, "y": 4, "w": 40, "h": 2}},
        {"id": 6, "type": "text"},
    ]});
    let (dashboard, _) = parse(&text.to_string()).unwrap();
    let places: Vec<_> = dashboard
        .panels
        .iter()
        .map(|panel| (panel.key.as_str(), panel.row.as_deref(), panel.grid.y, panel.grid.w))
        .collect();
    assert_eq!(
        places,
        [
            ("1", None, 2, 24),
            ("2", Some("1"), 3, 12),
            ("3", Some("1"), 5, 12),
            ("4", None, 9, 24),
            ("5", Some("4"), 10, 24),
            ("6", Some("4"), 12, 12),
        ]
    );
}

#[test]
fn schema_24_old_table() {
    let table = json!({"type": "table", "transform": "timeseries_to_rows", "sort": {"col": 0, "desc": true},
    "columns": [{"text": "Avg", "value": "avg"}],
    "styles": [
        {"pattern": "Time", "type": "date", "alias": "When", "dateFormat": "HH:mm"},
        {"pattern": "/^x/", "type": "hidden"},
        {"pattern": "Value", "type": "number", "unit": "s", "decimals": 2, "colorMode": "cell", "thresholds": ["1", "2"], "colors": ["a", "b", "c"]},
        {"pattern": "State", "type": "string", "mappingType": 1, "valueMaps": [{"value": "1", "text": "on"}], "align": "right"},
    ]});
    check(
        20,
        &table,
        &[
            ("/type", json!("table")),
            ("/transformations/0/type", json!("seriesToRows")),
            ("/options/sortBy/0", json!({"field": "Avg", "desc": true})),
            ("/overrides/0/matcher", json!({"kind": "byName", "value": "Time"})),
            ("/overrides/0/set", json!({"unit": "time: HH:mm", "displayName": "When"})),
            ("/overrides/1/matcher", json!({"kind": "byRegexp", "value": "/^x/"})),
            ("/overrides/1/set/custom", json!({"hidden": true})),
            ("/overrides/2/set/custom/cell", json!("color-background")),
            ("/overrides/2/set/thresholds/steps/2", json!({"value": 2.0, "color": "c"})),
            ("/overrides/3/set/mappings/0/text", json!("on")),
            ("/overrides/3/set/custom/align", json!("right")),
        ],
    );
    let aggregated = json!({"type": "table-old", "transform": "timeseries_aggregations", "columns": [{"value": "avg"}, {"value": "max"}]});
    check(30, &aggregated, &[("/transformations/0", json!({"type": "reduce", "reducers": ["mean", "max"]}))]);
    check(36, &json!({"type": "table", "options": {}}), &[("/transformations", json!([]))]);
}

#[test]
fn schema_25_least_span() {
    let text =
        json!({"title": "t", "schemaVersion": 20, "panels": [{"type": "text", "repeat": "x", "minSpan": 6}]});
    let (dashboard, _) = parse(&text.to_string()).unwrap();
    assert_eq!(dashboard.panels[0].repeat.as_ref().map(|repeat| repeat.max_per_row), Some(4));
}

#[test]
fn schema_28_singlestat() {
    let old = json!({"type": "singlestat", "format": "s", "decimals": 1, "valueName": "current", "thresholds": "50,80",
        "colors": ["green", "yellow", "red"], "colorValue": true, "sparkline": {"show": true}, "nullText": "none", "prefix": "~",
        "valueMaps": [{"op": "=", "value": "null", "text": "N/A"}, {"op": "=", "value": "1", "text": "Yes"}], "mappingType": 1});
    let notes = check(
        25,
        &old,
        &[
            ("/type", json!("stat")),
            ("/originalType", json!("singlestat")),
            ("/field/unit", json!("s")),
            ("/field/decimals", json!(1)),
            ("/field/noValue", json!("none")),
            (
                "/field/thresholds/steps",
                json!([{"value": null, "color": "green"}, {"value": 50.0, "color": "yellow"}, {"value": 80.0, "color": "red"}]),
            ),
            ("/field/mappings/0", json!({"type": "special", "match": "null", "text": "N/A", "color": ""})),
            ("/field/mappings/1", json!({"type": "value", "value": "1", "text": "Yes", "color": ""})),
            ("/options/reduce/calcs", json!(["lastNotNull"])),
            ("/options/colorMode", json!("value")),
            ("/options/graphMode", json!("area")),
        ],
    );
    assert_eq!(notes, ["a panel without title: prefix: \"~\" beside the value is left out"]);
    let mut gauge = old;
    gauge["gauge"] = json!({"show": true, "minValue": 0, "maxValue": "20", "thresholdMarkers": false, "thresholdLabels": true});
    check(
        25,
        &gauge,
        &[
            ("/type", json!("gauge")),
            ("/field/min", json!(0)),
            ("/field/max", json!(20)),
            ("/options/showThresholdMarkers", json!(false)),
            ("/options/showThresholdLabels", json!(true)),
        ],
    );
}

#[test]
fn plugin_6_gauge_options() {
    let first = json!({"type": "gauge", "options": {"valueOptions": {"unit": "bytes", "decimals": 1, "stat": "avg"}, "minValue": 0, "maxValue": 10,
        "thresholds": [{"index": 1, "value": 5, "color": "red"}, {"index": 0, "value": null, "color": "green"}],
        "valueMappings": [{"type": 2, "from": "1", "to": "2", "text": "low"}]}});
    check(
        18,
        &first,
        &[
            ("/field/unit", json!("bytes")),
            ("/field/max", json!(10)),
            (
                "/field/thresholds/steps",
                json!([{"value": null, "color": "green"}, {"value": 5.0, "color": "red"}]),
            ),
            (
                "/field/mappings/0",
                json!({"type": "range", "from": 1.0, "to": 2.0, "text": "low", "color": ""}),
            ),
            ("/options/reduce/calcs", json!(["mean"])),
        ],
    );
    let later = json!({"type": "bargauge", "options": {"displayMode": "lcd", "fieldOptions": {"calcs": ["max"], "defaults": {"unit": "s", "title": "t"},
        "override": {"min": 1}, "thresholds": [{"value": null, "color": "blue"}, {"value": 3, "color": "red"}]}}});
    check(
        22,
        &later,
        &[
            ("/field/unit", json!("s")),
            ("/field/min", json!(1)),
            ("/field/displayName", json!("t")),
            ("/field/thresholds/steps/1", json!({"value": 3.0, "color": "red"})),
            ("/options/displayMode", json!("lcd")),
            ("/options/reduce/calcs", json!(["max"])),
        ],
    );
}

#[test]
fn plugin_8_graph() {
    let graph = json!({"type": "graph", "bars": false, "lines": true, "fill": 3, "linewidth": 2, "points": true, "pointradius": 2, "stack": true, "percentage": true,
        "nullPointMode": "connected", "steppedLine": true, "aliasColors": {"total": "#f00"}, "tooltip": {"shared": false, "sort": 2},
        "yaxes": [{"format": "s", "min": "0", "max": null, "logBase": 10, "decimals": 1, "show": false}, {"format": "bytes", "min": 1}],
        "legend": {"show": true, "values": true, "avg": true, "current": true, "max": true, "min": false, "total": true, "alignAsTable": true, "rightSide": true, "hideEmpty": true, "hideZero": true, "sort": "avg", "sortDesc": true},
        "seriesOverrides": [{"alias": "/err/", "yaxis": 2, "bars": true, "color": "red"}, {"alias": "x", "lines": false, "stack": false, "legend": false}]});
    check(
        30,
        &graph,
        &[
            ("/field/unit", json!("s")),
            ("/field/min", json!(0)),
            ("/field/decimals", json!(1)),
            ("/field/color/mode", json!("palette")),
            ("/field/custom/fillOpacity", json!(30)),
            ("/field/custom/lineWidth", json!(2)),
            ("/field/custom/showPoints", json!("always")),
            ("/field/custom/pointSize", json!(4)),
            ("/field/custom/stacking", json!("percent")),
            ("/field/custom/spanNulls", json!(true)),
            ("/field/custom/interpolation", json!("stepAfter")),
            ("/field/custom/logBase", json!(10)),
            ("/field/custom/axisPlacement", json!("hidden")),
            (
                "/options/legend",
                json!({"show": true, "mode": "table", "placement": "right", "calcs": ["max", "mean", "lastNotNull", "sum"],
            "hideEmpty": true, "hideZero": true, "sortBy": "Mean", "sortDesc": true}),
            ),
            ("/options/tooltip", json!({"mode": "single", "sort": "desc"})),
            ("/overrides/0/matcher", json!({"kind": "byRegexp", "value": "/err/"})),
            ("/overrides/0/set/unit", json!("bytes")),
            ("/overrides/0/set/min", json!(1)),
            ("/overrides/0/set/color", json!({"mode": "fixed", "fixed": "red"})),
            ("/overrides/0/set/custom/axisPlacement", json!("right")),
            ("/overrides/0/set/custom/drawStyle", json!("bars")),
            ("/overrides/1/set/custom/lineWidth", json!(0)),
            ("/overrides/1/set/custom/stacking", json!("none")),
            ("/overrides/1/set/custom/hideFrom/legend", json!(true)),
            ("/overrides/2/matcher/value", json!("total")),
        ],
    );
    check(
        30,
        &json!({"type": "graph", "lines": false, "points": true}),
        &[("/field/custom/drawStyle", json!("points"))],
    );
    check(
        30,
        &json!({"type": "graph", "bars": true, "lines": false, "nullPointMode": "null as zero"}),
        &[
            ("/field/custom/drawStyle", json!("bars")),
            ("/field/custom/nullAsZero", json!(true)),
            ("/field/custom/fillOpacity", json!(100)),
        ],
    );
    let notes = check(
        30,
        &json!({"type": "graph", "xaxis": {"mode": "histogram"}}),
        &[("/type", json!("unsupported"))],
    );
    assert_eq!(notes.len(), 2);
}

#[test]
fn plugin_8_mappings() {
    let stat = json!({"type": "stat", "fieldConfig": {"defaults": {"mappings": [
        {"id": 1, "type": 1, "value": "0", "text": "Ready"}, {"id": 2, "type": 2, "from": "1", "to": "2", "text": "Some"},
        {"id": 3, "type": 1, "value": "null", "text": "None"},
        {"type": "value", "options": {"b": {"text": "B", "index": 1, "color": "red"}, "a": {"text": "A", "index": 0}}},
        {"type": "regex", "options": {"pattern": "/x(.*)/", "result": {"text": "$1"}}},
    ]}}});
    check(
        27,
        &stat,
        &[(
            "/field/mappings",
            json!([
                {"type": "value", "value": "0", "text": "Ready", "color": ""},
                {"type": "range", "from": 1.0, "to": 2.0, "text": "Some", "color": ""},
                {"type": "special", "match": "null", "text": "None", "color": ""},
                {"type": "value", "value": "a", "text": "A", "color": ""},
                {"type": "value", "value": "b", "text": "B", "color": "red"},
                {"type": "regex", "pattern": "x(.*)", "text": "$1", "color": ""},
            ]),
        )],
    );
}

#[test]
fn text_panels_of_all_ages() {
    let content = ("/options/content", json!("# Hi"));
    check(
        16,
        &json!({"type": "text", "mode": "markdown", "content": "# Hi"}),
        &[content.clone(), ("/options/mode", json!("markdown"))],
    );
    check(
        22,
        &json!({"type": "text2", "options": {"mode": "text", "content": "# Hi"}}),
        &[content.clone(), ("/options/mode", json!("markdown"))],
    );
    check(
        39,
        &json!({"type": "text", "options": {"mode": "html", "content": "# Hi"}}),
        &[content, ("/options/mode", json!("html"))],
    );
}

#[test]
fn schema_37_hidden_legend_38_cells_42_tooltip() {
    let legend = |mode: &str| json!({"type": "timeseries", "options": {"legend": {"displayMode": mode}}});
    check(
        36,
        &legend("hidden"),
        &[("/options/legend/show", json!(false)), ("/options/legend/mode", json!("list"))],
    );
    check(
        36,
        &legend("table"),
        &[("/options/legend/show", json!(true)), ("/options/legend/mode", json!("table"))],
    );
    let table = json!({"type": "table", "fieldConfig": {"defaults": {"custom": {"displayMode": "lcd-gauge"}}, "overrides": [
        {"matcher": {"id": "byName", "options": "a"}, "properties": [{"id": "custom.displayMode", "value": "color-background"}]},
        {"matcher": {"id": "byName", "options": "b"}, "properties": [{"id": "custom.hideFrom", "value": {"viz": true}}]},
    ]}});
    let hidden = |tooltip: bool| json!({"legend": false, "tooltip": tooltip, "viz": true});
    check(
        37,
        &table.clone(),
        &[
            ("/field/custom/cell", json!("gauge")),
            ("/overrides/0/set/custom", json!({"cell": "color-background"})),
            ("/overrides/1/set/custom/hideFrom", hidden(true)),
        ],
    );
    check(42, &table, &[("/overrides/1/set/custom/hideFrom", hidden(false))]);
}

#[test]
fn schema_40_refresh() {
    for (refresh, want) in [(json!(false), ""), (json!("30s"), "30s"), (Value::Null, "")] {
        let text = json!({"title": "t", "schemaVersion": 30, "refresh": refresh, "panels": []}).to_string();
        assert_eq!(parse(&text).unwrap().0.refresh, want);
    }
}

#[test]
fn datasources_in_all_spellings() {
    let text = json!({
        "__inputs": [{"name": "DS_LOKI", "pluginId": "loki"}, {"name": "DS_PROM", "pluginId": "prometheus"}], "title": "t",
        "templating": {"list": [{"name": "logs", "type": "datasource", "query": "loki"}, {"name": "metrics", "type": "datasource", "query": "prometheus"}]},
        "panels": [],
    });
    for (datasource, served) in [
        (Value::Null, true),
        (json!("Prometheus"), true),
        (json!("default"), true),
        (json!("$metrics"), true),
        (json!("${metrics}"), true),
        (json!("${DS_PROM}"), true),
        (json!({"uid": "${metrics}"}), true),
        (json!({"uid": "$metrics", "type": "prometheus"}), true),
        (json!({"uid": "abc", "type": "prometheus"}), true),
        (json!({"uid": "-- Mixed --", "type": "datasource"}), true),
        (json!("-- Mixed --"), true),
        (json!("${DS_LOKI}"), false),
        (json!("$logs"), false),
        (json!({"uid": "${logs}"}), false),
        (json!({"uid": "x", "type": "loki"}), false),
        (json!("-- Grafana --"), false),
        (json!("-- Dashboard --"), false),
        (json!({"type": "datasource", "uid": "grafana"}), false),
    ] {
        let mut text = text.clone();
        text["panels"] =
            json!([{"type": "stat", "title": "s", "datasource": datasource, "targets": [{"expr": "up"}]}]);
        let (dashboard, notes) = parse(&text.to_string()).unwrap();
        assert_eq!(dashboard.panels[0].queries.len(), usize::from(served), "{datasource}: {notes:?}");
        assert_eq!(notes.is_empty(), served, "{datasource}: {notes:?}");
    }
}

#[test]
fn wrappings() {
    let inner = json!({"title": "t", "panels": []});
    for text in [
        inner.clone(),
        json!({"dashboard": inner, "meta": {}}),
        json!({"apiVersion": "dashboard.grafana.app/v1beta1", "kind": "Dashboard", "metadata": {}, "spec": inner}),
    ] {
        assert_eq!(parse(&text.to_string()).unwrap().0.title, "t");
    }
    let v2 = json!({"kind": "Dashboard", "spec": {"title": "t", "elements": {}, "layout": {}}});
    assert!(parse(&v2.to_string()).unwrap_err().to_string().contains("schema v2"));
}

#[test]
fn joins_by_a_label_are_merges() {
    let table = json!({"type": "table", "transformations": [
        {"id": "joinByField", "options": {"byField": "namespace", "mode": "outer"}}, {"id": "seriesToColumns", "options": {}},
        {"id": "groupBy", "options": {}}]});
    let merge = json!({"type": "merge"});
    let notes = check(39, &table, &[("/transformations", json!([merge, merge]))]);
    assert_eq!(
        notes,
        [
            "a panel without title: panels[0].transformations[2].id: transformation \"groupBy\" is not supported: ignored"
        ]
    );
}
