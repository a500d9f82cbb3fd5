//! What is kept of an object: only what discovery reads.

use serde_json::{Map, Value};

use super::Kind;

/// The annotation in which kubectl keeps the whole object. It is as large as the object, and no rule wants it.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Fields that are kept, by kind; `*` goes through all items of a list.
const KEPT: [(Kind, &[&str]); 9] = [
    (
        Kind::Pod,
        &[
            "spec.nodeName",
            "spec.containers.*.name",
            "spec.containers.*.image",
            "spec.containers.*.ports",
            "spec.initContainers.*.name",
            "spec.initContainers.*.image",
            "spec.initContainers.*.ports",
            "status.podIP",
            "status.hostIP",
            "status.phase",
            "status.conditions.*.type",
            "status.conditions.*.status",
            "status.containerStatuses.*.name",
            "status.containerStatuses.*.containerID",
            "status.initContainerStatuses.*.name",
            "status.initContainerStatuses.*.containerID",
        ],
    ),
    (
        Kind::Service,
        &[
            "spec.type",
            "spec.ports",
            "spec.clusterIP",
            "spec.externalName",
            "spec.loadBalancerIP",
            "spec.ipFamilyPolicy",
            "spec.ipFamilies",
        ],
    ),
    (Kind::Endpoints, &["subsets"]),
    (Kind::EndpointSlice, &["addressType", "endpoints", "ports"]),
    (
        Kind::Node,
        &[
            "spec.providerID",
            "status.addresses",
            "status.daemonEndpoints",
            "status.conditions.*.type",
            "status.conditions.*.status",
        ],
    ),
    (
        Kind::Ingress,
        &["spec.ingressClassName", "spec.tls.*.hosts", "spec.rules.*.host", "spec.rules.*.http.paths.*.path"],
    ),
    (Kind::Namespace, &[]),
    (Kind::ReplicaSet, &[]),
    (Kind::Job, &[]),
];

/// Metadata that is kept of all kinds.
const METADATA: [&str; 6] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "metadata.labels",
    "metadata.annotations",
    "metadata.ownerReferences",
];

/// The object without what discovery does not read.
pub fn trim(kind: Kind, object: &Value) -> Value {
    let own = KEPT.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, fields)| fields);
    let mut kept = Value::Object(Map::new());
    for field in METADATA.iter().chain(own) {
        copy(object, &mut kept, &field.split('.').collect::<Vec<_>>());
    }
    if let Some(Value::Object(annotations)) = kept.pointer_mut("/metadata/annotations") {
        annotations.remove(LAST_APPLIED);
    }
    kept
}

fn copy(from: &Value, to: &mut Value, path: &[&str]) {
    let Some((first, rest)) = path.split_first() else { return };
    if *first == "*" {
        let (Value::Array(items), Value::Array(kept)) = (from, to) else { return };
        kept.resize_with(items.len(), || Value::Object(Map::new()));
        items.iter().zip(kept).for_each(|(item, kept)| copy(item, kept, rest));
        return;
    }
    let (Some(value), Value::Object(fields)) = (from.get(first), to) else { return };
    if rest.is_empty() {
        fields.insert((*first).to_owned(), value.clone());
        return;
    }
    let empty = if value.is_array() { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
    copy(value, fields.entry(*first).or_insert(empty), rest);
}
