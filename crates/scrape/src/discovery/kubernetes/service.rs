//! Role `service`, and the labels of services for other roles.

use model::{Labels, LabelsBuilder};
use serde_json::Value;

use super::meta::{ADDRESS, add_namespace, add_object, address, list, set, shown, source, text};
use super::{Attach, Kind, World};
use crate::discovery::TargetGroup;

pub(super) fn group(world: &World, service: &Value, attach: Attach) -> Option<TargetGroup> {
    let mut labels = Labels::empty().to_builder();
    add_object(&mut labels, "service", service);
    add_namespace(world, &mut labels, service, attach);
    let (name, namespace) = (text(service, &["metadata", "name"]), text(service, &["metadata", "namespace"]));
    let kind = text(service, &["spec", "type"]);
    let target = |port: &Value| {
        let mut labels = Labels::empty().to_builder();
        let number = shown(port.get("port"));
        labels.set(ADDRESS, address(&format!("{name}.{namespace}.svc"), &number));
        set(&mut labels, "service_port_name", text(port, &["name"]));
        set(&mut labels, "service_port_number", number);
        set(&mut labels, "service_port_protocol", text(port, &["protocol"]));
        set(&mut labels, "service_type", kind);
        let (name, field) = match kind {
            "ExternalName" => ("service_external_name", "externalName"),
            _ => ("service_cluster_ip", "clusterIP"),
        };
        set(&mut labels, name, text(service, &["spec", field]));
        if kind == "LoadBalancer" {
            set(&mut labels, "service_loadbalancer_ip", text(service, &["spec", "loadBalancerIP"]));
        }
        labels.build()
    };
    let targets = list(service, &["spec", "ports"]).iter().map(target).collect();
    Some(TargetGroup { source: source("svc", service), targets, labels: labels.build() })
}

/// Name, labels and annotations of a service, if it is known.
pub(super) fn add_service<'w>(
    world: &'w World,
    labels: &mut LabelsBuilder,
    namespace: &str,
    name: &str,
) -> Option<&'w Value> {
    let service = world.get(Kind::Service, namespace, name)?;
    add_object(labels, "service", service);
    Some(service)
}
