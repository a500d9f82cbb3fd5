//! Nodes.

use serde_json::Value;

use super::amounts::amounts;
use crate::family::Rows;
use crate::object;

/// Versions and addresses. The version of kube-proxy is no longer told; of several internal addresses the last
/// counts.
pub(crate) fn node_info<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let addresses = object::list(value, "status.addresses");
    let internal = addresses.iter().rfind(|address| object::text(address, "type") == "InternalIP");
    let labels = [
        ("kernel_version", object::label(value, "status.nodeInfo.kernelVersion")),
        ("os_image", object::label(value, "status.nodeInfo.osImage")),
        ("container_runtime_version", object::label(value, "status.nodeInfo.containerRuntimeVersion")),
        ("kubelet_version", object::label(value, "status.nodeInfo.kubeletVersion")),
        ("kubeproxy_version", "deprecated".into()),
        ("provider_id", object::label(value, "spec.providerID")),
        ("pod_cidr", object::label(value, "spec.podCIDR")),
        ("system_uuid", object::label(value, "status.nodeInfo.systemUUID")),
        ("internal_ip", internal.map_or("".into(), |address| object::label(address, "address"))),
    ];
    rows.push(labels, 1.0);
}

/// A sample for each label that names a role.
pub(crate) fn node_roles<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for label in object::map(value, "metadata.labels").into_iter().flatten().map(|(key, _)| key) {
        if let Some(role) = label.strip_prefix("node-role.kubernetes.io/") {
            rows.push([("role", role.into())], 1.0);
        }
    }
}

/// What pods can be given.
pub(crate) fn allocatable<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    resources(value, "status.allocatable", rows);
}

/// What the node has.
pub(crate) fn capacity<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    resources(value, "status.capacity", rows);
}

fn resources<'a>(value: &'a Value, path: &str, rows: &mut Rows<'a>) {
    for amount in amounts(value, path, true) {
        let labels = [("resource", amount.resource.into()), ("unit", amount.unit.into())];
        rows.push(labels, amount.quantity.float());
    }
}
