//! CustomResourceDefinitions of our own for clusters that have none: same group, versions and names as those of
//! Prometheus Operator, with schemas out of the tables by which objects are checked here. Fields that nobody knows are
//! kept and reported.

mod shape;

use serde_json::{Value, json};

use crate::objects::{GROUP, Kind};

/// Short names, as `kubectl get` takes them.
const ROWS: [(Kind, &str); 6] = [
    (Kind::ServiceMonitor, "smon"),
    (Kind::PodMonitor, "pmon"),
    (Kind::Probe, "prb"),
    (Kind::ScrapeConfig, "scfg"),
    (Kind::PrometheusRule, "promrule"),
    (Kind::Prometheus, "prom"),
];

/// All definitions, in the order of the kinds.
pub fn crds() -> Vec<Value> {
    ROWS.iter().map(|(kind, short)| crd(*kind, short)).collect()
}

fn crd(kind: Kind, short: &str) -> Value {
    let open = |properties: Value| json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": properties});
    let schema = json!({
        "type": "object", "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
            "spec": shape::spec(kind), "status": open(json!({})),
        },
    });
    let accepted = ".status.bindings[*].conditions[?(@.type=='Accepted')].status";
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{}.{GROUP}", kind.plural()), "labels": {"app.kubernetes.io/name": "weir"}},
        "spec": {
            "group": GROUP, "scope": "Namespaced",
            "names": {
                "kind": kind.name(), "listKind": format!("{}List", kind.name()), "plural": kind.plural(),
                "singular": kind.name().to_lowercase(), "shortNames": [short], "categories": ["prometheus-operator"],
            },
            "versions": [{
                "name": kind.version(), "served": true, "storage": true,
                "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}},
                "additionalPrinterColumns": [
                    {"name": "Accepted", "type": "string", "jsonPath": accepted},
                    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
                ],
            }],
        },
    })
}
