//! Roles, bindings, service accounts and certificate requests.

use crate::family::Rule::{Annotations, Custom, Each, Info, Labels, One, Time, Version};
use crate::family::{Resource, alpha, stable};
use crate::resources::rules::access::{certificate_length, csr_conditions};

pub(super) const CERTIFICATESIGNINGREQUESTS: Resource = Resource {
    name: "certificatesigningrequests",
    group: "certificates.k8s.io",
    version: "v1",
    kind: "CertificateSigningRequest",
    namespaced: false,
    default: true,
    identity: &[("certificatesigningrequest", "metadata.name"), ("signer_name", "spec.signerName")],
    families: &[
        alpha(
            "kube_certificatesigningrequest_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        stable(
            "kube_certificatesigningrequest_labels",
            "The allowed labels of the object, as labels.",
            Labels,
        ),
        stable(
            "kube_certificatesigningrequest_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable(
            "kube_certificatesigningrequest_condition",
            "How many conditions of each type the request has.",
            Custom(csr_conditions),
        ),
        stable(
            "kube_certificatesigningrequest_cert_length",
            "Bytes of the certificate that was issued.",
            Custom(certificate_length),
        ),
    ],
};

pub(super) const CLUSTERROLEBINDINGS: Resource = Resource {
    name: "clusterrolebindings",
    group: "rbac.authorization.k8s.io",
    version: "v1",
    kind: "ClusterRoleBinding",
    namespaced: false,
    default: false,
    identity: &[("clusterrolebinding", "metadata.name")],
    families: &[
        alpha(
            "kube_clusterrolebinding_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        alpha("kube_clusterrolebinding_labels", "The allowed labels of the object, as labels.", Labels),
        alpha(
            "kube_clusterrolebinding_info",
            "Which role the binding grants.",
            Info(&[("roleref_kind", "roleRef.kind"), ("roleref_name", "roleRef.name")]),
        ),
        alpha(
            "kube_clusterrolebinding_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_clusterrolebinding_metadata_resource_version",
            "The resource version of the object.",
            Version,
        ),
    ],
};

pub(super) const CLUSTERROLES: Resource = Resource {
    name: "clusterroles",
    group: "rbac.authorization.k8s.io",
    version: "v1",
    kind: "ClusterRole",
    namespaced: false,
    default: false,
    identity: &[("clusterrole", "metadata.name")],
    families: &[
        alpha(
            "kube_clusterrole_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        alpha("kube_clusterrole_labels", "The allowed labels of the object, as labels.", Labels),
        alpha("kube_clusterrole_info", "That the object exists.", One),
        alpha(
            "kube_clusterrole_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha("kube_clusterrole_metadata_resource_version", "The resource version of the object.", Version),
    ],
};

pub(super) const ROLEBINDINGS: Resource = Resource {
    name: "rolebindings",
    group: "rbac.authorization.k8s.io",
    version: "v1",
    kind: "RoleBinding",
    namespaced: true,
    default: false,
    identity: &[("namespace", "metadata.namespace"), ("rolebinding", "metadata.name")],
    families: &[
        alpha(
            "kube_rolebinding_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        alpha("kube_rolebinding_labels", "The allowed labels of the object, as labels.", Labels),
        alpha(
            "kube_rolebinding_info",
            "Which role the binding grants.",
            Info(&[("roleref_kind", "roleRef.kind"), ("roleref_name", "roleRef.name")]),
        ),
        alpha(
            "kube_rolebinding_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha("kube_rolebinding_metadata_resource_version", "The resource version of the object.", Version),
    ],
};

pub(super) const ROLES: Resource = Resource {
    name: "roles",
    group: "rbac.authorization.k8s.io",
    version: "v1",
    kind: "Role",
    namespaced: true,
    default: false,
    identity: &[("namespace", "metadata.namespace"), ("role", "metadata.name")],
    families: &[
        alpha("kube_role_annotations", "The allowed annotations of the object, as labels.", Annotations),
        alpha("kube_role_labels", "The allowed labels of the object, as labels.", Labels),
        alpha("kube_role_info", "That the object exists.", One),
        alpha(
            "kube_role_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha("kube_role_metadata_resource_version", "The resource version of the object.", Version),
    ],
};

pub(super) const SERVICEACCOUNTS: Resource = Resource {
    name: "serviceaccounts",
    group: "",
    version: "v1",
    kind: "ServiceAccount",
    namespaced: true,
    default: false,
    identity: &[
        ("namespace", "metadata.namespace"),
        ("serviceaccount", "metadata.name"),
        ("uid", "metadata.uid"),
    ],
    families: &[
        alpha(
            "kube_serviceaccount_info",
            "The service account and whether its token is mounted by default.",
            Info(&[("automount_token", "automountServiceAccountToken")]),
        ),
        alpha(
            "kube_serviceaccount_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_serviceaccount_deleted",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
        alpha(
            "kube_serviceaccount_secret",
            "The secrets of the service account.",
            Each("secrets", &[("name", "name")]),
        ),
        alpha(
            "kube_serviceaccount_image_pull_secret",
            "The secrets that images are pulled with.",
            Each("imagePullSecrets", &[("name", "name")]),
        ),
        alpha(
            "kube_serviceaccount_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        alpha("kube_serviceaccount_labels", "The allowed labels of the object, as labels.", Labels),
    ],
};
