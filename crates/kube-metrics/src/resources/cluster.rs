//! Namespaces, quotas and limits.

use crate::family::Rule::{Annotations, Conditions, Custom, Labels, Time};
use crate::family::{Resource, alpha, stable};
use crate::resources::rules::cluster::{limits, namespace_phase, quotas};

pub(super) const LIMITRANGES: Resource = Resource {
    name: "limitranges",
    group: "",
    version: "v1",
    kind: "LimitRange",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("limitrange", "metadata.name")],
    families: &[
        stable("kube_limitrange", "The limits.", Custom(limits)),
        stable(
            "kube_limitrange_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
    ],
};

pub(super) const NAMESPACES: Resource = Resource {
    name: "namespaces",
    group: "",
    version: "v1",
    kind: "Namespace",
    namespaced: false,
    default: true,
    identity: &[("namespace", "metadata.name")],
    families: &[
        stable(
            "kube_namespace_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha("kube_namespace_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable("kube_namespace_labels", "The allowed labels of the object, as labels.", Labels),
        stable("kube_namespace_status_phase", "The phase of the namespace.", Custom(namespace_phase)),
        alpha(
            "kube_namespace_status_condition",
            "The conditions of the namespace.",
            Conditions("status.conditions"),
        ),
    ],
};

pub(super) const RESOURCEQUOTAS: Resource = Resource {
    name: "resourcequotas",
    group: "",
    version: "v1",
    kind: "ResourceQuota",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("resourcequota", "metadata.name")],
    families: &[
        stable(
            "kube_resourcequota_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable("kube_resourcequota", "The quotas and what is used of them.", Custom(quotas)),
        alpha(
            "kube_resourcequota_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        stable("kube_resourcequota_labels", "The allowed labels of the object, as labels.", Labels),
    ],
};
