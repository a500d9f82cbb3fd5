//! Nodes.

use crate::family::Rule::{Annotations, Conditions, Custom, Each, EachText, Flag, Labels, Time};
use crate::family::{Resource, alpha, stable};
use crate::resources::rules::nodes::{allocatable, capacity, node_info, node_roles};

pub(super) const NODES: Resource = Resource {
    name: "nodes",
    group: "",
    version: "v1",
    kind: "Node",
    namespaced: false,
    default: true,
    identity: &[("node", "metadata.name")],
    families: &[
        alpha("kube_node_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable(
            "kube_node_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_node_deletion_timestamp",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
        stable("kube_node_info", "Versions and addresses of the node.", Custom(node_info)),
        stable("kube_node_labels", "The allowed labels of the object, as labels.", Labels),
        alpha("kube_node_role", "The roles of the node.", Custom(node_roles)),
        alpha(
            "kube_node_spec_pod_cidrs",
            "The address ranges of the pods.",
            EachText("spec.podCIDRs", "pod_cidr"),
        ),
        stable(
            "kube_node_spec_taint",
            "The taints.",
            Each("spec.taints", &[("key", "key"), ("value", "value"), ("effect", "effect")]),
        ),
        stable("kube_node_spec_unschedulable", "Whether new pods are kept off.", Flag("spec.unschedulable")),
        stable("kube_node_status_allocatable", "What pods can be given.", Custom(allocatable)),
        stable("kube_node_status_capacity", "What the node has.", Custom(capacity)),
        stable("kube_node_status_condition", "The conditions of the node.", Conditions("status.conditions")),
        alpha(
            "kube_node_status_addresses",
            "The addresses of the node.",
            Each("status.addresses", &[("type", "type"), ("address", "address")]),
        ),
    ],
};
