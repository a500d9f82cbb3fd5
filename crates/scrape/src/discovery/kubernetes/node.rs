//! Role `node`.

use model::Labels;
use serde_json::Value;

use super::meta::{ADDRESS, add_object, address, list, sanitized, set, shown, text};
use super::{Attach, World};
use crate::discovery::TargetGroup;

/// The kinds of a node's addresses; the first that there is becomes the target's.
const ORDER: [&str; 6] =
    ["InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname"];

/// None where the node has no address.
pub(super) fn group(_: &World, node: &Value, _: Attach) -> Option<TargetGroup> {
    let addresses = list(node, &["status", "addresses"]);
    let of_kind = |kind: &str| {
        let found = addresses.iter().find(|address| text(address, &["type"]) == kind);
        found.map(|found| text(found, &["address"]))
    };
    let host = ORDER.iter().find_map(|kind| of_kind(kind))?;
    let mut labels = Labels::empty().to_builder();
    set(&mut labels, "node_provider_id", text(node, &["spec", "providerID"]));
    for condition in list(node, &["status", "conditions"]) {
        let name = sanitized(&text(condition, &["type"]).to_lowercase());
        set(&mut labels, &format!("node_condition_{name}"), text(condition, &["status"]).to_lowercase());
    }
    add_object(&mut labels, "node", node);
    let name = text(node, &["metadata", "name"]);
    let port = shown(node.pointer("/status/daemonEndpoints/kubeletEndpoint/Port"));
    let mut target = Labels::empty().to_builder();
    target.set(ADDRESS, address(host, if port.is_empty() { "0" } else { &port }));
    target.set("instance", name);
    for address in addresses {
        let kind = text(address, &["type"]);
        set(&mut target, &format!("node_address_{}", sanitized(kind)), of_kind(kind).unwrap_or(""));
    }
    Some(TargetGroup {
        source: format!("node/{name}"),
        targets: vec![target.build()],
        labels: labels.build(),
    })
}
