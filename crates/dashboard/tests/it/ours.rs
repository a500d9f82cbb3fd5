//! Our own two dashboards, as they ship in `deploy/dashboards`.

use dashboard::api::PanelKind;
use dashboard::{Dashboard, ExpandRequest, Library, Settings, SourceFile, expand, parse};

use crate::fleet::Fleet;

const CLUSTER: &str = include_str!("../../../../deploy/dashboards/cluster.json");
const CONTROL_PLANE: &str = include_str!("../../../../deploy/dashboards/control-plane.json");

fn read(text: &str) -> Dashboard {
    let (dashboard, notes) = parse(text).expect("our own dashboard is read");
    assert!(notes.is_empty(), "{notes:?}");
    dashboard
}

fn titles(dashboard: &Dashboard, kind: PanelKind) -> Vec<&str> {
    dashboard.panels.iter().filter(|panel| panel.kind == kind).map(|panel| panel.title.as_str()).collect()
}

#[test]
fn they_show_what_the_guide_shows() {
    let cluster = read(CLUSTER);
    assert_eq!(
        (cluster.uid.as_str(), cluster.slug.as_str()),
        ("gitops-toolkit-cluster", "flux-cluster-stats")
    );
    assert_eq!(
        titles(&cluster, PanelKind::Stat),
        ["Cluster Reconcilers", "Failing Reconcilers", "Kubernetes Manifests Sources", "Failing Sources"]
    );
    assert_eq!(
        titles(&cluster, PanelKind::BarGauge),
        ["Reconciler ops avg. duration", "Source ops avg. duration"]
    );
    assert_eq!(
        titles(&cluster, PanelKind::Table),
        ["Cluster reconciliation readiness", "Source acquisition readiness", "Suspended objects"]
    );
    assert_eq!(titles(&cluster, PanelKind::Timeseries).len(), 2);
    let plane = read(CONTROL_PLANE);
    assert_eq!(
        (plane.uid.as_str(), plane.slug.as_str()),
        ("gitops-toolkit-control-plane", "flux-control-plane")
    );
    assert_eq!(titles(&plane, PanelKind::Stat), ["Controllers", "Max Work Queue", "API Requests"]);
    assert_eq!(titles(&plane, PanelKind::Gauge), ["Memory"]);
    assert_eq!(
        titles(&plane, PanelKind::Row),
        ["Resource Usage", "Reconciliation Stats", "Sources Stats", "Helm Stats"]
    );
    assert_eq!(titles(&plane, PanelKind::Timeseries).len(), 14);
}

#[test]
fn every_query_is_written_out_and_every_panel_explains_itself() {
    for text in [CLUSTER, CONTROL_PLANE] {
        let dashboard = read(text);
        let request = ExpandRequest { from: 0, to: 900_000, ..ExpandRequest::default() };
        let expansion = expand(&dashboard, &request, &Fleet::new(), &Settings::default());
        assert!(expansion.notes.is_empty(), "{:?}", expansion.notes);
        for panel in &expansion.panels {
            for query in &panel.queries {
                let expr = query.expr.replace("\"$1\"", "");
                assert!(!expr.contains('$'), "{}: {}", panel.title, query.expr);
                assert_eq!(query.step_ms, 15_000, "{}", panel.title);
            }
        }
        for panel in dashboard.panels.iter().filter(|panel| panel.kind != PanelKind::Row) {
            let is_plain_count = panel.title.ends_with("ops/min");
            assert!(
                is_plain_count || panel.description.ends_with('.'),
                "{}: {:?}",
                panel.title,
                panel.description
            );
            assert!(panel.grid.x + panel.grid.w <= 24, "{}", panel.title);
        }
        overlaps(&dashboard);
    }
}

fn overlaps(dashboard: &Dashboard) {
    for (index, one) in dashboard.panels.iter().enumerate() {
        for other in &dashboard.panels[index + 1..] {
            let (a, b) = (one.grid, other.grid);
            let apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
            assert!(apart, "{} and {} overlap", one.title, other.title);
        }
    }
}

#[test]
fn counts_know_both_generations_of_metrics() {
    let cluster = read(CLUSTER);
    let both = ["gotk_reconcile_condition", "gotk_resource_info"];
    for title in [
        "Cluster Reconcilers",
        "Failing Reconcilers",
        "Kubernetes Manifests Sources",
        "Failing Sources",
        "Cluster reconciliation readiness",
        "Source acquisition readiness",
    ] {
        let panel = cluster.panels.iter().find(|panel| panel.title == title).expect(title);
        let expr = &panel.queries[0].expr;
        assert!(both.iter().all(|family| expr.contains(family)) && expr.contains("or"), "{title}: {expr}");
    }
}

#[test]
fn later_uids_lead_to_them() {
    let file = |name: &str, text: &str| SourceFile { name: format!("Flux/{name}"), text: text.to_owned() };
    let (library, problems) =
        Library::load([file("cluster.json", CLUSTER), file("control-plane.json", CONTROL_PLANE)]);
    assert!(problems.is_empty(), "{problems:?}");
    let urls: Vec<String> = library.summaries().into_iter().map(|row| row.url).collect();
    assert_eq!(
        urls,
        [
            "/d/gitops-toolkit-cluster/flux-cluster-stats",
            "/d/gitops-toolkit-control-plane/flux-control-plane",
        ]
    );
    for (alias, uid) in
        [("flux-cluster", "gitops-toolkit-cluster"), ("flux-control-plane", "gitops-toolkit-control-plane")]
    {
        assert_eq!(library.get(alias).map(|dashboard| dashboard.uid.as_str()), Some(uid));
    }
}
