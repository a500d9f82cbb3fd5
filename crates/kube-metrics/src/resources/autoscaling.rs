//! HorizontalPodAutoscalers.

use crate::family::Rule::{Annotations, Conditions, Count, Custom, Labels, Time};
use crate::family::{Resource, alpha, stable};
use crate::resources::rules::autoscaling::{
    scale_down_tolerance, scale_target, scale_up_tolerance, spec_targets, status_targets,
};

pub(super) const HORIZONTALPODAUTOSCALERS: Resource = Resource {
    name: "horizontalpodautoscalers",
    group: "autoscaling",
    version: "v2",
    kind: "HorizontalPodAutoscaler",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("horizontalpodautoscaler", "metadata.name")],
    families: &[
        alpha("kube_horizontalpodautoscaler_info", "What is scaled.", Custom(scale_target)),
        stable(
            "kube_horizontalpodautoscaler_metadata_generation",
            "The generation of the desired state.",
            Count("metadata.generation"),
        ),
        stable("kube_horizontalpodautoscaler_spec_max_replicas", "The most pods.", Count("spec.maxReplicas")),
        stable(
            "kube_horizontalpodautoscaler_spec_min_replicas",
            "The fewest pods.",
            Count("spec.minReplicas"),
        ),
        alpha(
            "kube_horizontalpodautoscaler_spec_target_metric",
            "The targets that the number of pods is computed from.",
            Custom(spec_targets),
        ),
        alpha(
            "kube_horizontalpodautoscaler_spec_behavior_scale_down_tolerance",
            "The tolerance before pods are removed.",
            Custom(scale_down_tolerance),
        ),
        alpha(
            "kube_horizontalpodautoscaler_spec_behavior_scale_up_tolerance",
            "The tolerance before pods are added.",
            Custom(scale_up_tolerance),
        ),
        stable(
            "kube_horizontalpodautoscaler_status_target_metric",
            "The current values of the targets.",
            Custom(status_targets),
        ),
        stable(
            "kube_horizontalpodautoscaler_status_current_replicas",
            "Pods there are.",
            Count("status.currentReplicas"),
        ),
        stable(
            "kube_horizontalpodautoscaler_status_desired_replicas",
            "Pods there should be.",
            Count("status.desiredReplicas"),
        ),
        alpha(
            "kube_horizontalpodautoscaler_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        stable("kube_horizontalpodautoscaler_labels", "The allowed labels of the object, as labels.", Labels),
        stable(
            "kube_horizontalpodautoscaler_status_condition",
            "The conditions of the autoscaler.",
            Conditions("status.conditions"),
        ),
        alpha(
            "kube_horizontalpodautoscaler_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_horizontalpodautoscaler_deletion_timestamp",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
    ],
};
