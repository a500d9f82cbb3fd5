//! Role `endpoints`.

use model::Labels;
use serde_json::Value;

use super::meta::{
    ADDRESS, add_namespace, add_node, add_object, address, at, list, set, set_if, shown, source, text,
};
use super::pod::Behind;
use super::service::add_service;
use super::{Attach, World};
use crate::discovery::TargetGroup;

pub(super) fn group(world: &World, endpoints: &Value, attach: Attach) -> Option<TargetGroup> {
    let mut labels = Labels::empty().to_builder();
    let (namespace, name) =
        (text(endpoints, &["metadata", "namespace"]), text(endpoints, &["metadata", "name"]));
    add_service(world, &mut labels, namespace, name);
    add_object(&mut labels, "endpoints", endpoints);
    add_namespace(world, &mut labels, endpoints, attach);
    let (mut targets, mut behind) = (Vec::new(), Behind::default());
    for subset in list(endpoints, &["subsets"]) {
        for port in list(subset, &["ports"]) {
            for (field, ready) in [("addresses", "true"), ("notReadyAddresses", "false")] {
                for to in list(subset, &[field]) {
                    targets.push(target(world, &mut behind, to, port, ready, attach));
                }
            }
        }
    }
    targets.extend(behind.other_ports(world, attach));
    Some(TargetGroup { source: source("endpoints", endpoints), targets, labels: labels.build() })
}

fn target<'w>(
    world: &'w World,
    behind: &mut Behind<'w>,
    to: &Value,
    port: &Value,
    ready: &str,
    attach: Attach,
) -> Labels {
    let mut labels = Labels::empty().to_builder();
    let number = shown(port.get("port"));
    labels.set(ADDRESS, address(text(to, &["ip"]), &number));
    set(&mut labels, "endpoint_port_name", text(port, &["name"]));
    set(&mut labels, "endpoint_port_protocol", text(port, &["protocol"]));
    set(&mut labels, "endpoint_ready", ready);
    let reference = at(to, &["targetRef"]);
    if let Some(reference) = reference {
        set(&mut labels, "endpoint_address_target_kind", text(reference, &["kind"]));
        set(&mut labels, "endpoint_address_target_name", text(reference, &["name"]));
    }
    set_if(&mut labels, "endpoint_node_name", at(to, &["nodeName"]));
    set_if(&mut labels, "endpoint_hostname", at(to, &["hostname"]));
    if attach.node {
        let named = reference.filter(|r| text(r, &["kind"]) == "Node").map_or("", |r| text(r, &["name"]));
        add_node(world, &mut labels, at(to, &["nodeName"]).and_then(Value::as_str).unwrap_or(named));
    }
    behind.add(world, &mut labels, reference, &number, attach);
    labels.build()
}
