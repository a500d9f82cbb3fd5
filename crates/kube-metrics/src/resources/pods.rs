//! Pods.

use crate::family::OwnerForm::Controlled;
use crate::family::Rule::{Annotations, Condition, Custom, Info, Labels, Owners, States, Time};
use crate::family::{Resource, alpha, counter, opt_in, stable};
use crate::resources::rules::containers;
use crate::resources::rules::pods::{
    completion_time, containers_ready_time, disruption_reason, initialized_time, node_selector, overhead_cpu,
    overhead_memory, pod_claims, pod_claims_readonly, pod_info, pod_ips, ready_time, resource_claims,
    runtime_class, scheduled_time, status_reason, tolerations, unschedulable, unscheduled_time,
};

pub(super) const PODS: Resource = Resource {
    name: "pods",
    group: "",
    version: "v1",
    kind: "Pod",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("pod", "metadata.name"), ("uid", "metadata.uid")],
    families: &[
        stable(
            "kube_pod_completion_time",
            "When the last container ended, in seconds since 1970.",
            Custom(completion_time),
        ),
        stable("kube_pod_container_info", "Image and identity of the container.", Custom(containers::info)),
        stable(
            "kube_pod_container_resource_limits",
            "What the container may use.",
            Custom(containers::limits),
        ),
        stable(
            "kube_pod_container_resource_requests",
            "What the container asks for.",
            Custom(containers::requests),
        ),
        stable(
            "kube_pod_container_state_started",
            "When the container started, in seconds since 1970.",
            Custom(containers::started),
        ),
        alpha(
            "kube_pod_container_status_last_terminated_reason",
            "Why the container ended before.",
            Custom(containers::last_reason),
        ),
        alpha(
            "kube_pod_container_status_last_terminated_exitcode",
            "The exit code with which the container ended before.",
            Custom(containers::last_exit_code),
        ),
        alpha(
            "kube_pod_container_status_last_terminated_timestamp",
            "When the container ended before, in seconds since 1970.",
            Custom(containers::last_finished),
        ),
        stable(
            "kube_pod_container_status_ready",
            "Whether the container is ready.",
            Custom(containers::ready),
        ),
        counter(
            "kube_pod_container_status_restarts_total",
            "How often the container was restarted.",
            Custom(containers::restarts),
        ),
        stable(
            "kube_pod_container_status_running",
            "Whether the container runs.",
            Custom(containers::running),
        ),
        stable(
            "kube_pod_container_status_terminated",
            "Whether the container has ended.",
            Custom(containers::terminated),
        ),
        alpha(
            "kube_pod_container_status_terminated_reason",
            "Why the container has ended.",
            Custom(containers::terminated_reason),
        ),
        stable(
            "kube_pod_container_status_waiting",
            "Whether the container waits.",
            Custom(containers::waiting),
        ),
        stable(
            "kube_pod_container_status_waiting_reason",
            "Why the container waits.",
            Custom(containers::waiting_reason),
        ),
        stable(
            "kube_pod_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_pod_deletion_timestamp",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
        stable("kube_pod_info", "Addresses, node and creator of the pod.", Custom(pod_info)),
        alpha("kube_pod_ips", "The addresses of the pod.", Custom(pod_ips)),
        stable(
            "kube_pod_init_container_info",
            "Image and identity of the init container.",
            Custom(containers::init_info),
        ),
        alpha(
            "kube_pod_init_container_resource_limits",
            "What the init container may use.",
            Custom(containers::init_limits),
        ),
        alpha(
            "kube_pod_init_container_resource_requests",
            "What the init container asks for.",
            Custom(containers::init_requests),
        ),
        alpha(
            "kube_pod_init_container_state_started",
            "When the init container started, in seconds since 1970.",
            Custom(containers::init_started),
        ),
        alpha(
            "kube_pod_init_container_status_last_terminated_reason",
            "Why the init container ended before.",
            Custom(containers::init_last_reason),
        ),
        alpha(
            "kube_pod_init_container_status_last_terminated_exitcode",
            "The exit code with which the init container ended before.",
            Custom(containers::init_last_exit_code),
        ),
        alpha(
            "kube_pod_init_container_status_last_terminated_timestamp",
            "When the init container ended before, in seconds since 1970.",
            Custom(containers::init_last_finished),
        ),
        stable(
            "kube_pod_init_container_status_ready",
            "Whether the init container is ready.",
            Custom(containers::init_ready),
        ),
        counter(
            "kube_pod_init_container_status_restarts_total",
            "How often the init container was restarted.",
            Custom(containers::init_restarts),
        ),
        stable(
            "kube_pod_init_container_status_running",
            "Whether the init container runs.",
            Custom(containers::init_running),
        ),
        stable(
            "kube_pod_init_container_status_terminated",
            "Whether the init container has ended.",
            Custom(containers::init_terminated),
        ),
        alpha(
            "kube_pod_init_container_status_terminated_reason",
            "Why the init container has ended.",
            Custom(containers::init_terminated_reason),
        ),
        stable(
            "kube_pod_init_container_status_waiting",
            "Whether the init container waits.",
            Custom(containers::init_waiting),
        ),
        alpha(
            "kube_pod_init_container_status_waiting_reason",
            "Why the init container waits.",
            Custom(containers::init_waiting_reason),
        ),
        alpha("kube_pod_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable("kube_pod_labels", "The allowed labels of the object, as labels.", Labels),
        alpha(
            "kube_pod_overhead_cpu_cores",
            "CPU that running the pod costs besides, in cores.",
            Custom(overhead_cpu),
        ),
        alpha(
            "kube_pod_overhead_memory_bytes",
            "Memory that running the pod costs besides, in bytes.",
            Custom(overhead_memory),
        ),
        stable("kube_pod_owner", "The owners of the object.", Owners(Controlled)),
        alpha("kube_pod_resourceclaim_info", "The resource claims of the pod.", Custom(resource_claims)),
        stable("kube_pod_restart_policy", "The restart policy.", Info(&[("type", "spec.restartPolicy")])),
        alpha("kube_pod_runtimeclass_name_info", "The runtime class.", Custom(runtime_class)),
        stable(
            "kube_pod_spec_volumes_persistentvolumeclaims_info",
            "The claims that are mounted.",
            Custom(pod_claims),
        ),
        stable(
            "kube_pod_spec_volumes_persistentvolumeclaims_readonly",
            "Whether a claim is mounted read-only.",
            Custom(pod_claims_readonly),
        ),
        stable(
            "kube_pod_start_time",
            "When the pod was taken up, in seconds since 1970.",
            Time("status.startTime"),
        ),
        stable(
            "kube_pod_status_phase",
            "The phase of the pod.",
            States("status.phase", "phase", &["Pending", "Succeeded", "Failed", "Unknown", "Running"]),
        ),
        alpha(
            "kube_pod_status_qos_class",
            "The class of service of the pod.",
            States("status.qosClass", "qos_class", &["BestEffort", "Burstable", "Guaranteed"]),
        ),
        stable("kube_pod_status_ready", "Whether the pod is ready.", Condition("status.conditions", "Ready")),
        alpha(
            "kube_pod_status_ready_time",
            "When the pod became ready, in seconds since 1970.",
            Custom(ready_time),
        ),
        alpha(
            "kube_pod_status_initialized_time",
            "When the pod was initialized, in seconds since 1970.",
            Custom(initialized_time),
        ),
        alpha(
            "kube_pod_status_container_ready_time",
            "When the containers became ready, in seconds since 1970.",
            Custom(containers_ready_time),
        ),
        alpha("kube_pod_status_reason", "Why the pod is in its state.", Custom(status_reason)),
        alpha("kube_pod_status_disruption_reason", "Why the pod is disrupted.", Custom(disruption_reason)),
        stable(
            "kube_pod_status_scheduled",
            "Whether the pod is scheduled.",
            Condition("status.conditions", "PodScheduled"),
        ),
        stable(
            "kube_pod_status_scheduled_time",
            "When the pod was scheduled, in seconds since 1970.",
            Custom(scheduled_time),
        ),
        stable(
            "kube_pod_status_unschedulable",
            "1 where the pod cannot be scheduled.",
            Custom(unschedulable),
        ),
        alpha(
            "kube_pod_status_unscheduled_time",
            "When the pod was found not to be schedulable, in seconds since 1970.",
            Custom(unscheduled_time),
        ),
        alpha("kube_pod_tolerations", "The tolerations.", Custom(tolerations)),
        opt_in("kube_pod_nodeselectors", "The node selector, as labels.", Custom(node_selector)),
        alpha(
            "kube_pod_service_account",
            "The service account.",
            Info(&[("service_account", "spec.serviceAccountName")]),
        ),
        alpha("kube_pod_scheduler", "The scheduler.", Info(&[("name", "spec.schedulerName")])),
    ],
};
