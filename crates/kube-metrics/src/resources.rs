//! The resources and their families: a row each.

mod access;
mod admission;
mod autoscaling;
mod batch;
mod cluster;
mod configuration;
mod network;
mod nodes;
mod pods;
mod rules;
mod storage;
mod workloads;

use crate::family::Resource;

/// All resources, in the order of the exposition.
pub(crate) const RESOURCES: &[Resource] = &[
    access::CERTIFICATESIGNINGREQUESTS,
    access::CLUSTERROLEBINDINGS,
    access::CLUSTERROLES,
    configuration::CONFIGMAPS,
    batch::CRONJOBS,
    workloads::DAEMONSETS,
    workloads::DEPLOYMENTS,
    network::ENDPOINTS,
    network::ENDPOINTSLICES,
    autoscaling::HORIZONTALPODAUTOSCALERS,
    network::INGRESSCLASSES,
    network::INGRESSES,
    batch::JOBS,
    configuration::LEASES,
    cluster::LIMITRANGES,
    admission::MUTATINGADMISSIONPOLICIES,
    admission::MUTATINGADMISSIONPOLICYBINDINGS,
    admission::MUTATINGWEBHOOKCONFIGURATIONS,
    cluster::NAMESPACES,
    network::NETWORKPOLICIES,
    nodes::NODES,
    storage::PERSISTENTVOLUMECLAIMS,
    storage::PERSISTENTVOLUMES,
    workloads::PODDISRUPTIONBUDGETS,
    pods::PODS,
    workloads::REPLICASETS,
    workloads::REPLICATIONCONTROLLERS,
    cluster::RESOURCEQUOTAS,
    access::ROLEBINDINGS,
    access::ROLES,
    configuration::SECRETS,
    access::SERVICEACCOUNTS,
    network::SERVICES,
    workloads::STATEFULSETS,
    storage::STORAGECLASSES,
    admission::VALIDATINGADMISSIONPOLICIES,
    admission::VALIDATINGADMISSIONPOLICYBINDINGS,
    admission::VALIDATINGWEBHOOKCONFIGURATIONS,
    storage::VOLUMEATTACHMENTS,
];
