//! ConfigMaps, Secrets and Leases.

use crate::family::OwnerForm::Controlled;
use crate::family::Rule::{Annotations, Custom, Info, Labels, One, Owners, Time, Version};
use crate::family::{Resource, alpha, stable};
use crate::resources::rules::configuration::{lease_owners, lease_renew_time};

pub(super) const CONFIGMAPS: Resource = Resource {
    name: "configmaps",
    group: "",
    version: "v1",
    kind: "ConfigMap",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("configmap", "metadata.name")],
    families: &[
        alpha("kube_configmap_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable("kube_configmap_labels", "The allowed labels of the object, as labels.", Labels),
        stable("kube_configmap_info", "That the object exists.", One),
        stable(
            "kube_configmap_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha("kube_configmap_metadata_resource_version", "The resource version of the object.", Version),
    ],
};

pub(super) const LEASES: Resource = Resource {
    name: "leases",
    group: "coordination.k8s.io",
    version: "v1",
    kind: "Lease",
    namespaced: true,
    default: true,
    identity: &[("lease", "metadata.name")],
    families: &[
        alpha("kube_lease_owner", "The owners and the holder of the lease.", Custom(lease_owners)),
        alpha(
            "kube_lease_renew_time",
            "When the lease was last renewed, in seconds since 1970.",
            Custom(lease_renew_time),
        ),
    ],
};

pub(super) const SECRETS: Resource = Resource {
    name: "secrets",
    group: "",
    version: "v1",
    kind: "Secret",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("secret", "metadata.name")],
    families: &[
        stable("kube_secret_info", "That the object exists.", One),
        stable("kube_secret_type", "The type of the secret.", Info(&[("type", "type")])),
        alpha("kube_secret_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable("kube_secret_labels", "The allowed labels of the object, as labels.", Labels),
        stable(
            "kube_secret_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha("kube_secret_metadata_resource_version", "The resource version of the object.", Version),
        alpha("kube_secret_owner", "The owners of the object.", Owners(Controlled)),
    ],
};
