//! The six dashboards of Flux: 2021, 2023 and now.

use std::io::Write as _;
use std::path::PathBuf;

use dashboard::api::{PanelKind, PanelOptions};
use dashboard::{Dashboard, ExpandRequest, Expansion, Settings, expand, parse};

use crate::fleet::Fleet;

const FROM: i64 = 1_795_362_000_000;

fn shared(path: &str) -> PathBuf {
    let root = std::env::var("WEIR_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").to_owned());
    PathBuf::from(root).join(path)
}

/// Reads one of the six; None, with a word on why, where it is absent.
fn read(year: &str, name: &str) -> Option<(Dashboard, Vec<String>)> {
    let path = shared(&format!("reference/flux/dashboards-{year}/{name}.json"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        let _ = writeln!(std::io::stderr(), "skipped: {} is absent", path.display());
        return None;
    };
    let (dashboard, notes) = parse(&text).expect("a dashboard of Flux is read");
    Some((dashboard, notes.iter().map(ToString::to_string).collect()))
}

fn expanded(dashboard: &Dashboard) -> Expansion {
    let request = ExpandRequest { from: FROM, to: FROM + 900_000, ..ExpandRequest::default() };
    expand(dashboard, &request, &Fleet::new(), &Settings::default())
}

#[test]
fn all_six_are_read_migrated_and_expanded() {
    for (year, name, panels, variables) in [
        ("2021", "cluster", 12, 2),
        ("2021", "control-plane", 17, 2),
        ("2023", "cluster", 12, 3),
        ("2023", "control-plane", 20, 2),
        ("now", "cluster", 13, 3),
        ("now", "control-plane", 20, 2),
    ] {
        let Some((dashboard, notes)) = read(year, name) else { continue };
        let what = format!("{year}/{name}");
        assert_eq!((dashboard.panels.len(), dashboard.variables.len()), (panels, variables), "{what}");
        let unexpected: Vec<&String> = notes.iter().filter(|note| !note.contains("flux events")).collect();
        assert_eq!(unexpected, Vec::<&String>::new(), "{what}");
        assert!(dashboard.panels.iter().all(|panel| panel.kind != PanelKind::Unsupported), "{what}");
        let keys: std::collections::HashSet<&str> =
            dashboard.panels.iter().map(|panel| panel.key.as_str()).collect();
        assert_eq!(keys.len(), panels, "{what}: keys are unique");
        let expansion = expanded(&dashboard);
        assert_eq!(expansion.notes, Vec::<String>::new(), "{what}");
        assert_eq!(expansion.panels.len(), panels, "{what}");
        for variable in &expansion.variables {
            assert_eq!(variable.error, "", "{what}: {}", variable.name);
        }
        for panel in &expansion.panels {
            for query in &panel.queries {
                assert!(!query.expr.contains('$'), "{what}: {}: {}", panel.title, query.expr);
                assert_eq!(query.step_ms, 15_000, "{what}: {}", panel.title);
            }
        }
        let json = serde_json::to_value(&dashboard).expect("the model is plain data");
        assert!(json["panels"].as_array().is_some_and(|list| list.len() == panels), "{what}");
    }
}

fn panel<'a>(dashboard: &'a Dashboard, title: &str) -> &'a dashboard::Panel {
    dashboard.panels.iter().find(|panel| panel.title.trim() == title).expect(title)
}

#[test]
fn the_bare_metric_of_2021_gives_the_pod_namespace() {
    let Some((dashboard, _)) = read("2021", "cluster") else { return };
    let expansion = expanded(&dashboard);
    let namespace = &expansion.variables[1];
    let options: Vec<&str> = namespace.options.iter().map(|option| option.value.as_str()).collect();
    assert_eq!(
        options,
        ["$__all", "flux-system"],
        "the regular expression is greedy: the last namespace wins"
    );
    assert_eq!((namespace.current.as_slice(), namespace.text.as_str()), (&["$__all".to_owned()][..], "All"));
    let query = &expansion
        .panels
        .iter()
        .find(|panel| panel.title == "Failing Reconcilers")
        .expect("is there")
        .queries[0];
    assert!(query.expr.contains(r#"namespace=~".*""#), "All is verbatim: {}", query.expr);
    assert!(!query.instant);
}

#[test]
fn a_choice_of_several_is_escaped_as_a_regular_expression() {
    let Some((dashboard, _)) = read("now", "cluster") else { return };
    let mut request = ExpandRequest { from: FROM, to: FROM + 900_000, ..ExpandRequest::default() };
    let title = "Suspended Objects";
    let expr = |request: &ExpandRequest| {
        let expansion = expand(&dashboard, request, &Fleet::new(), &Settings::default());
        let found = expansion.panels.into_iter().find(|panel| panel.title == title);
        found.expect("is there").queries.remove(0).expr
    };
    assert_eq!(expr(&request), r#"gotk_resource_info{exported_namespace=~"(apps|infra)", suspended="true"}"#);
    request.variables.insert("namespace".to_owned(), vec!["a.b".to_owned(), "infra".to_owned()]);
    assert_eq!(
        expr(&request),
        r#"gotk_resource_info{exported_namespace=~"(a\\.b|infra)", suspended="true"}"#
    );
    request.variables.insert("namespace".to_owned(), vec!["apps".to_owned()]);
    assert_eq!(expr(&request), r#"gotk_resource_info{exported_namespace=~"apps", suspended="true"}"#);
}

#[test]
fn flot_graphs_become_time_series() {
    for year in ["2021", "2023", "now"] {
        let Some((dashboard, _)) = read(year, "control-plane") else { return };
        let bars = panel(&dashboard, "Helm Charts ops/min");
        let json = serde_json::to_value(bars).expect("the model is plain data");
        assert_eq!(json["type"], "timeseries", "{year}");
        assert_eq!(json["field"]["unit"], "opm", "{year}");
        assert_eq!(json["field"]["custom"]["drawStyle"], "bars", "{year}");
        assert_eq!(json["field"]["custom"]["interpolation"], "stepAfter", "{year}");
        assert_eq!(json["field"]["custom"]["fillOpacity"], 100.0, "{year}");
        assert_eq!(json["field"]["color"]["mode"], "palette", "{year}");
        let cpu = serde_json::to_value(panel(&dashboard, "CPU Usage")).expect("the model is plain data");
        assert_eq!(cpu["field"]["unit"], "s", "{year}");
        assert_eq!(cpu["field"]["custom"]["stacking"], "normal", "{year}");
        assert_eq!(cpu["field"]["custom"]["fillOpacity"], 10.0, "{year}");
        assert_eq!(cpu["field"]["custom"]["showPoints"], "never", "{year}");
        assert_eq!(cpu["options"]["legend"]["mode"], "table", "{year}");
        assert_eq!(cpu["options"]["legend"]["calcs"], serde_json::json!(["mean", "lastNotNull"]), "{year}");
        assert_eq!(cpu["options"]["tooltip"]["mode"], "multi", "{year}");
        let memory = panel(&dashboard, "Memory");
        assert_eq!((memory.kind, memory.field.unit.as_str()), (PanelKind::Gauge, "decbits"), "{year}");
    }
}

#[test]
fn old_and_new_mappings_agree() {
    for (year, text_of_failing) in [("2021", "1"), ("2023", "1"), ("now", "False")] {
        let Some((dashboard, _)) = read(year, "cluster") else { return };
        let table = panel(&dashboard, "Cluster reconciliation readiness");
        let json = serde_json::to_value(table).expect("the model is plain data");
        let mappings = json["field"]["mappings"].as_array().expect("a list").clone();
        let failing = mappings.iter().find(|mapping| mapping["value"] == text_of_failing).expect("is mapped");
        assert_eq!(
            (failing["type"].as_str(), failing["text"].as_str()),
            (Some("value"), Some("Not Ready")),
            "{year}"
        );
        assert_eq!(json["overrides"][0]["set"]["custom"]["cell"], "color-background", "{year}");
        assert_eq!(json["transformations"][0]["type"], "organize", "{year}");
        assert_eq!(json["queries"][0]["format"], "table", "{year}");
        assert_eq!(json["queries"][0]["instant"], true, "{year}");
        let PanelOptions::Table(options) = &table.options else { panic!("{year}: no table") };
        assert!(options.show_header);
    }
}

#[test]
fn clashing_ids_have_keys_of_their_own() {
    let Some((dashboard, _)) = read("2023", "control-plane") else { return };
    let keys: Vec<&str> = dashboard.panels.iter().map(|panel| panel.key.as_str()).collect();
    for key in ["4", "4-2", "4-3", "4-4"] {
        assert!(keys.contains(&key), "{key} is not among {keys:?}");
    }
    let rows: Vec<&str> = dashboard.panels.iter().filter_map(|panel| panel.row.as_deref()).collect();
    assert!(rows.contains(&"15") && rows.contains(&"29"), "{rows:?}");
}
