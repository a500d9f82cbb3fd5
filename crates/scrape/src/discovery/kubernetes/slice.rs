//! Role `endpointslice`.

use model::Labels;
use serde_json::Value;

use super::meta::{
    ADDRESS, add_namespace, add_node, add_object, address, at, list, sanitized, set, set_if, shown, source,
    text,
};
use super::pod::Behind;
use super::service::add_service;
use super::{Attach, World};
use crate::discovery::TargetGroup;

/// The label that names the service of a slice.
const SERVICE: &str = "kubernetes.io/service-name";

pub(super) fn group(world: &World, slice: &Value, attach: Attach) -> Option<TargetGroup> {
    let mut labels = Labels::empty().to_builder();
    set(&mut labels, "endpointslice_address_type", text(slice, &["addressType"]));
    add_object(&mut labels, "endpointslice", slice);
    let namespace = text(slice, &["metadata", "namespace"]);
    let service = match text(slice, &["metadata", "labels", SERVICE]) {
        "" => None,
        name => add_service(world, &mut labels, namespace, name),
    };
    add_namespace(world, &mut labels, slice, attach);
    let (mut targets, mut behind) = (Vec::new(), Behind::default());
    if !service.is_some_and(|service| is_second_family(service, slice)) {
        for endpoint in list(slice, &["endpoints"]) {
            for port in list(slice, &["ports"]) {
                for to in list(endpoint, &["addresses"]).iter().filter_map(Value::as_str) {
                    targets.push(target(world, &mut behind, endpoint, to, port, attach));
                }
            }
        }
    }
    targets.extend(behind.other_ports(world, attach));
    Some(TargetGroup { source: source("endpointslice", slice), targets, labels: labels.build() })
}

/// Of a service with two families of addresses only the slices of the first give targets; else all would be twice.
fn is_second_family(service: &Value, slice: &Value) -> bool {
    let policy = text(service, &["spec", "ipFamilyPolicy"]);
    let first = list(service, &["spec", "ipFamilies"]).first().and_then(Value::as_str);
    ["PreferDualStack", "RequireDualStack"].contains(&policy)
        && first.is_some_and(|first| first != text(slice, &["addressType"]))
}

fn target<'w>(
    world: &'w World,
    behind: &mut Behind<'w>,
    endpoint: &Value,
    to: &str,
    port: &Value,
    attach: Attach,
) -> Labels {
    const PORT: [(&str, &str); 4] = [
        ("endpointslice_port_name", "name"),
        ("endpointslice_port_protocol", "protocol"),
        ("endpointslice_port", "port"),
        ("endpointslice_port_app_protocol", "appProtocol"),
    ];
    const ENDPOINT: [(&str, &[&str]); 6] = [
        ("endpointslice_endpoint_conditions_ready", &["conditions", "ready"]),
        ("endpointslice_endpoint_conditions_serving", &["conditions", "serving"]),
        ("endpointslice_endpoint_conditions_terminating", &["conditions", "terminating"]),
        ("endpointslice_endpoint_hostname", &["hostname"]),
        ("endpointslice_endpoint_node_name", &["nodeName"]),
        ("endpointslice_endpoint_zone", &["zone"]),
    ];
    let mut labels = Labels::empty().to_builder();
    let number = shown(port.get("port"));
    labels.set(ADDRESS, if number.is_empty() { to.to_owned() } else { address(to, &number) });
    for (name, field) in PORT {
        set_if(&mut labels, name, at(port, &[field]));
    }
    for (name, path) in ENDPOINT {
        set_if(&mut labels, name, at(endpoint, path));
    }
    let reference = at(endpoint, &["targetRef"]);
    if let Some(reference) = reference {
        set(&mut labels, "endpointslice_address_target_kind", text(reference, &["kind"]));
        set(&mut labels, "endpointslice_address_target_name", text(reference, &["name"]));
    }
    if let Some(Value::Object(topology)) = at(endpoint, &["deprecatedTopology"]) {
        for (name, value) in topology {
            let name = sanitized(name);
            set(&mut labels, &format!("endpointslice_endpoint_topology_{name}"), shown(Some(value)));
            set(&mut labels, &format!("endpointslice_endpoint_topology_present_{name}"), "true");
        }
    }
    if attach.node {
        let own = text(endpoint, &["nodeName"]);
        let named = reference.filter(|r| text(r, &["kind"]) == "Node").map_or(own, |r| text(r, &["name"]));
        add_node(world, &mut labels, named);
    }
    behind.add(world, &mut labels, reference, &number, attach);
    labels.build()
}
