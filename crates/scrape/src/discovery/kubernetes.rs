//! Targets from the objects of a Kubernetes cluster, with the meta labels of Prometheus' `kubernetes_sd_configs`.
//!
//! Pure but for its shell (`follow`): a [`World`] holds what is known of the cluster, [`World::groups`] gives
//! the targets that it means for a role.
//! The source of the labels is Prometheus' documentation of `kubernetes_sd_config`.

mod config;
mod endpoints;
mod follow;
mod ingress;
mod meta;
mod node;
mod pod;
mod service;
mod shared;
mod slice;
mod trim;
mod world;

#[cfg(test)]
mod tests;

pub use cluster::Access;
pub use config::{KubernetesConfig, KubernetesShape, Selector};
pub(super) use shared::{Views, subscribe};
pub use trim::trim;
pub use world::{Kind, Made, World};

/// What targets are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// A target for each port of each container.
    Pod,
    /// A target for each port of each service.
    Service,
    /// A target for each address and port of Endpoints.
    Endpoints,
    /// The same of EndpointSlices.
    EndpointSlice,
    /// A target for each node: its kubelet.
    Node,
    /// A target for each path of each ingress.
    Ingress,
}

/// What more is added to targets (`attach_metadata`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attach {
    /// Labels and annotations of the node.
    pub node: bool,
    /// Labels and annotations of the namespace.
    pub namespace: bool,
    /// The Deployment of a pod.
    pub deployment: bool,
    /// The Job of a pod.
    pub job: bool,
    /// The CronJob of a pod.
    pub cronjob: bool,
}

/// Role, its name in a configuration, the kinds that it needs, and the roles that may have selectors.
const ROLES: [(Role, &str, &[Kind], &[Role]); 6] = [
    (Role::Pod, "pod", &[Kind::Pod], &[Role::Pod, Role::Node]),
    (Role::Service, "service", &[Kind::Service], &[Role::Service]),
    (
        Role::Endpoints,
        "endpoints",
        &[Kind::Endpoints, Kind::Service, Kind::Pod],
        &[Role::Pod, Role::Service, Role::Endpoints],
    ),
    (
        Role::EndpointSlice,
        "endpointslice",
        &[Kind::EndpointSlice, Kind::Service, Kind::Pod],
        &[Role::Pod, Role::Service, Role::EndpointSlice],
    ),
    (Role::Node, "node", &[Kind::Node], &[Role::Node]),
    (Role::Ingress, "ingress", &[Kind::Ingress], &[Role::Ingress]),
];

// === impl Role ===

impl Role {
    /// The role of a name, as in `role: pod`.
    pub fn from_name(name: &str) -> Option<Role> {
        ROLES.iter().find(|(_, known, ..)| *known == name).map(|(role, ..)| *role)
    }

    /// The name in a configuration and in meta labels.
    pub fn as_str(self) -> &'static str {
        ROLES.iter().find(|(role, ..)| *role == self).map_or("", |(_, name, ..)| name)
    }

    /// The roles that `selectors` may name for this one.
    pub fn selectable(self) -> &'static [Role] {
        ROLES.iter().find(|(role, ..)| *role == self).map_or(&[], |(.., roles)| roles)
    }

    /// The kinds of objects that have to be watched.
    pub fn kinds(self, attach: Attach) -> Vec<Kind> {
        let own = ROLES.iter().find(|(role, ..)| *role == self).map_or(&[][..], |(_, _, kinds, _)| kinds);
        let with_pods = own.contains(&Kind::Pod);
        let more = [
            (Kind::Node, attach.node && with_pods),
            (Kind::Namespace, attach.namespace && self != Role::Node),
            (Kind::ReplicaSet, attach.deployment && with_pods),
            (Kind::Job, (attach.job || attach.cronjob) && with_pods),
        ];
        own.iter()
            .copied()
            .chain(more.into_iter().filter(|(_, wanted)| *wanted).map(|(kind, _)| kind))
            .collect()
    }
}
