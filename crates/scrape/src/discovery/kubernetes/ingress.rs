//! Role `ingress`.

use model::Labels;
use serde_json::Value;

use super::meta::{ADDRESS, add_namespace, add_object, at, list, set, set_if, source, text};
use super::{Attach, World};
use crate::discovery::TargetGroup;

pub(super) fn group(world: &World, ingress: &Value, attach: Attach) -> Option<TargetGroup> {
    let mut labels = Labels::empty().to_builder();
    set_if(&mut labels, "ingress_class_name", at(ingress, &["spec", "ingressClassName"]));
    add_object(&mut labels, "ingress", ingress);
    add_namespace(world, &mut labels, ingress, attach);
    let tls: Vec<&str> = list(ingress, &["spec", "tls"])
        .iter()
        .flat_map(|tls| list(tls, &["hosts"]).iter().filter_map(Value::as_str))
        .collect();
    let mut targets = Vec::new();
    for rule in list(ingress, &["spec", "rules"]) {
        let host = text(rule, &["host"]);
        let scheme = if tls.iter().any(|pattern| matches_host(pattern, host)) { "https" } else { "http" };
        let paths: Vec<&str> = match at(rule, &["http"]) {
            Some(http) => list(http, &["paths"]).iter().map(|path| text(path, &["path"])).collect(),
            None => vec![""],
        };
        for path in paths {
            let mut target = Labels::empty().to_builder();
            target.set(ADDRESS, host);
            set(&mut target, "ingress_scheme", scheme);
            set(&mut target, "ingress_host", host);
            set(&mut target, "ingress_path", if path.is_empty() { "/" } else { path });
            targets.push(target.build());
        }
    }
    Some(TargetGroup { source: source("ingress", ingress), targets, labels: labels.build() })
}

/// Equal, or alike but for a first part `*`.
fn matches_host(pattern: &str, host: &str) -> bool {
    let rest = |name: &str| name.split_once('.').map(|(_, rest)| rest.to_owned());
    pattern == host || (pattern.starts_with("*.") && rest(pattern) == rest(host))
}
