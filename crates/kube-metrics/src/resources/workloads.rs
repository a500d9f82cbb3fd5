//! What runs pods: Deployments, StatefulSets, DaemonSets and what is below them.

use crate::family::OwnerForm::{Controlled, Named};
use crate::family::Rule::{Annotations, Count, Custom, Flag, Info, Labels, Number, Owners, Time};
use crate::family::{Resource, alpha, stable};
use crate::resources::rules::workloads::{
    claim_retention, deployment_conditions, max_surge, max_unavailable,
};

pub(super) const DAEMONSETS: Resource = Resource {
    name: "daemonsets",
    group: "apps",
    version: "v1",
    kind: "DaemonSet",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("daemonset", "metadata.name")],
    families: &[
        stable(
            "kube_daemonset_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable(
            "kube_daemonset_status_current_number_scheduled",
            "Nodes that run the pod and should.",
            Count("status.currentNumberScheduled"),
        ),
        stable(
            "kube_daemonset_status_desired_number_scheduled",
            "Nodes that should run the pod.",
            Count("status.desiredNumberScheduled"),
        ),
        stable(
            "kube_daemonset_status_number_available",
            "Nodes whose pod is available.",
            Count("status.numberAvailable"),
        ),
        stable(
            "kube_daemonset_status_number_misscheduled",
            "Nodes that run the pod and should not.",
            Count("status.numberMisscheduled"),
        ),
        stable(
            "kube_daemonset_status_number_ready",
            "Nodes whose pod is ready.",
            Count("status.numberReady"),
        ),
        stable(
            "kube_daemonset_status_number_unavailable",
            "Nodes whose pod is missing or not available.",
            Count("status.numberUnavailable"),
        ),
        stable(
            "kube_daemonset_status_observed_generation",
            "The generation that the controller has seen.",
            Count("status.observedGeneration"),
        ),
        stable(
            "kube_daemonset_status_updated_number_scheduled",
            "Nodes that run the newest pod.",
            Count("status.updatedNumberScheduled"),
        ),
        stable(
            "kube_daemonset_metadata_generation",
            "The generation of the desired state.",
            Count("metadata.generation"),
        ),
        alpha(
            "kube_daemonset_deletion_timestamp",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
        alpha("kube_daemonset_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable("kube_daemonset_labels", "The allowed labels of the object, as labels.", Labels),
    ],
};

pub(super) const DEPLOYMENTS: Resource = Resource {
    name: "deployments",
    group: "apps",
    version: "v1",
    kind: "Deployment",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("deployment", "metadata.name")],
    families: &[
        alpha("kube_deployment_owner", "The owners of the object.", Owners(Named)),
        stable(
            "kube_deployment_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable("kube_deployment_status_replicas", "Pods of the deployment.", Count("status.replicas")),
        stable(
            "kube_deployment_status_replicas_ready",
            "Pods that are ready.",
            Count("status.readyReplicas"),
        ),
        stable(
            "kube_deployment_status_replicas_available",
            "Pods that are available.",
            Count("status.availableReplicas"),
        ),
        stable(
            "kube_deployment_status_replicas_unavailable",
            "Pods that are missing or not available.",
            Count("status.unavailableReplicas"),
        ),
        stable(
            "kube_deployment_status_replicas_updated",
            "Pods of the newest template.",
            Count("status.updatedReplicas"),
        ),
        alpha(
            "kube_deployment_status_terminating_replicas",
            "Pods that are terminating.",
            Number("status.terminatingReplicas"),
        ),
        stable(
            "kube_deployment_status_observed_generation",
            "The generation that the controller has seen.",
            Count("status.observedGeneration"),
        ),
        stable(
            "kube_deployment_status_condition",
            "The conditions of the deployment and their reasons.",
            Custom(deployment_conditions),
        ),
        stable("kube_deployment_spec_replicas", "Pods that are wanted.", Count("spec.replicas")),
        stable("kube_deployment_spec_paused", "Whether the deployment is paused.", Flag("spec.paused")),
        stable(
            "kube_deployment_spec_strategy_rollingupdate_max_unavailable",
            "Pods that may be missing during a rolling update.",
            Custom(max_unavailable),
        ),
        stable(
            "kube_deployment_spec_strategy_rollingupdate_max_surge",
            "Pods that may be added during a rolling update.",
            Custom(max_surge),
        ),
        stable(
            "kube_deployment_metadata_generation",
            "The generation of the desired state.",
            Count("metadata.generation"),
        ),
        alpha(
            "kube_deployment_deletion_timestamp",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
        alpha(
            "kube_deployment_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        stable("kube_deployment_labels", "The allowed labels of the object, as labels.", Labels),
    ],
};

pub(super) const PODDISRUPTIONBUDGETS: Resource = Resource {
    name: "poddisruptionbudgets",
    group: "policy",
    version: "v1",
    kind: "PodDisruptionBudget",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("poddisruptionbudget", "metadata.name")],
    families: &[
        alpha(
            "kube_poddisruptionbudget_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        alpha("kube_poddisruptionbudget_labels", "The allowed labels of the object, as labels.", Labels),
        stable(
            "kube_poddisruptionbudget_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable(
            "kube_poddisruptionbudget_status_current_healthy",
            "Pods that are healthy.",
            Count("status.currentHealthy"),
        ),
        stable(
            "kube_poddisruptionbudget_status_desired_healthy",
            "Pods that must be healthy.",
            Count("status.desiredHealthy"),
        ),
        stable(
            "kube_poddisruptionbudget_status_pod_disruptions_allowed",
            "Pods that may be disrupted now.",
            Count("status.disruptionsAllowed"),
        ),
        stable(
            "kube_poddisruptionbudget_status_expected_pods",
            "Pods that the budget counts.",
            Count("status.expectedPods"),
        ),
        stable(
            "kube_poddisruptionbudget_status_observed_generation",
            "The generation that the controller has seen.",
            Count("status.observedGeneration"),
        ),
        alpha(
            "kube_poddisruptionbudget_deletion_timestamp",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
    ],
};

pub(super) const REPLICASETS: Resource = Resource {
    name: "replicasets",
    group: "apps",
    version: "v1",
    kind: "ReplicaSet",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("replicaset", "metadata.name")],
    families: &[
        stable(
            "kube_replicaset_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable("kube_replicaset_status_replicas", "Pods of the set.", Count("status.replicas")),
        stable(
            "kube_replicaset_status_fully_labeled_replicas",
            "Pods with all labels of the template.",
            Count("status.fullyLabeledReplicas"),
        ),
        stable(
            "kube_replicaset_status_ready_replicas",
            "Pods that are ready.",
            Count("status.readyReplicas"),
        ),
        alpha(
            "kube_replicaset_status_terminating_replicas",
            "Pods that are terminating.",
            Number("status.terminatingReplicas"),
        ),
        stable(
            "kube_replicaset_status_observed_generation",
            "The generation that the controller has seen.",
            Count("status.observedGeneration"),
        ),
        stable("kube_replicaset_spec_replicas", "Pods that are wanted.", Number("spec.replicas")),
        stable(
            "kube_replicaset_metadata_generation",
            "The generation of the desired state.",
            Count("metadata.generation"),
        ),
        stable("kube_replicaset_owner", "The owners of the object.", Owners(Controlled)),
        alpha(
            "kube_replicaset_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        stable("kube_replicaset_labels", "The allowed labels of the object, as labels.", Labels),
    ],
};

pub(super) const REPLICATIONCONTROLLERS: Resource = Resource {
    name: "replicationcontrollers",
    group: "",
    version: "v1",
    kind: "ReplicationController",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("replicationcontroller", "metadata.name")],
    families: &[
        stable(
            "kube_replicationcontroller_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable(
            "kube_replicationcontroller_status_replicas",
            "Pods of the controller.",
            Count("status.replicas"),
        ),
        stable(
            "kube_replicationcontroller_status_fully_labeled_replicas",
            "Pods with all labels of the template.",
            Count("status.fullyLabeledReplicas"),
        ),
        stable(
            "kube_replicationcontroller_status_ready_replicas",
            "Pods that are ready.",
            Count("status.readyReplicas"),
        ),
        stable(
            "kube_replicationcontroller_status_available_replicas",
            "Pods that are available.",
            Count("status.availableReplicas"),
        ),
        stable(
            "kube_replicationcontroller_status_observed_generation",
            "The generation that the controller has seen.",
            Count("status.observedGeneration"),
        ),
        stable("kube_replicationcontroller_spec_replicas", "Pods that are wanted.", Number("spec.replicas")),
        stable(
            "kube_replicationcontroller_metadata_generation",
            "The generation of the desired state.",
            Count("metadata.generation"),
        ),
        alpha("kube_replicationcontroller_owner", "The owners of the object.", Owners(Controlled)),
    ],
};

pub(super) const STATEFULSETS: Resource = Resource {
    name: "statefulsets",
    group: "apps",
    version: "v1",
    kind: "StatefulSet",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("statefulset", "metadata.name")],
    families: &[
        stable(
            "kube_statefulset_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable("kube_statefulset_status_replicas", "Pods of the set.", Count("status.replicas")),
        stable(
            "kube_statefulset_status_replicas_available",
            "Pods that are available.",
            Count("status.availableReplicas"),
        ),
        stable(
            "kube_statefulset_status_replicas_current",
            "Pods of the current revision.",
            Count("status.currentReplicas"),
        ),
        stable(
            "kube_statefulset_status_replicas_ready",
            "Pods that are ready.",
            Count("status.readyReplicas"),
        ),
        stable(
            "kube_statefulset_status_replicas_updated",
            "Pods of the newest revision.",
            Count("status.updatedReplicas"),
        ),
        stable(
            "kube_statefulset_status_observed_generation",
            "The generation that the controller has seen.",
            Count("status.observedGeneration"),
        ),
        stable("kube_statefulset_replicas", "Pods that are wanted.", Number("spec.replicas")),
        stable(
            "kube_statefulset_ordinals_start",
            "The number of the first pod.",
            Number("spec.ordinals.start"),
        ),
        stable(
            "kube_statefulset_metadata_generation",
            "The generation of the desired state.",
            Count("metadata.generation"),
        ),
        stable(
            "kube_statefulset_persistentvolumeclaim_retention_policy",
            "What becomes of the claims.",
            Custom(claim_retention),
        ),
        stable(
            "kube_statefulset_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        stable("kube_statefulset_labels", "The allowed labels of the object, as labels.", Labels),
        stable(
            "kube_statefulset_status_current_revision",
            "The current revision.",
            Info(&[("revision", "status.currentRevision")]),
        ),
        stable(
            "kube_statefulset_status_update_revision",
            "The revision of the update.",
            Info(&[("revision", "status.updateRevision")]),
        ),
        stable(
            "kube_statefulset_deletion_timestamp",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
    ],
};
