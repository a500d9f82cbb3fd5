//! What is known of the cluster.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Attach, Role, endpoints, ingress, node, pod, service, slice};
use crate::discovery::TargetGroup;

/// Kinds of objects that discovery watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `v1`.
    Pod,
    /// `v1`.
    Service,
    /// `v1`.
    Endpoints,
    /// `discovery.k8s.io/v1`.
    EndpointSlice,
    /// `v1`.
    Node,
    /// `networking.k8s.io/v1`.
    Ingress,
    /// `v1`.
    Namespace,
    /// `apps/v1`.
    ReplicaSet,
    /// `batch/v1`.
    Job,
}

/// Kind, its name, group and version, plural, and whether it lives in namespaces.
const KINDS: [(Kind, &str, &str, &str, &str, bool); 9] = [
    (Kind::Pod, "Pod", "", "v1", "pods", true),
    (Kind::Service, "Service", "", "v1", "services", true),
    (Kind::Endpoints, "Endpoints", "", "v1", "endpoints", true),
    (Kind::EndpointSlice, "EndpointSlice", "discovery.k8s.io", "v1", "endpointslices", true),
    (Kind::Node, "Node", "", "v1", "nodes", false),
    (Kind::Ingress, "Ingress", "networking.k8s.io", "v1", "ingresses", true),
    (Kind::Namespace, "Namespace", "", "v1", "namespaces", false),
    (Kind::ReplicaSet, "ReplicaSet", "apps", "v1", "replicasets", true),
    (Kind::Job, "Job", "batch", "v1", "jobs", true),
];

/// Namespace and name; the namespace is "" for kinds without.
type Key = (String, String);

/// Objects by kind, trimmed to what discovery reads.
#[derive(Clone, Debug, Default)]
pub struct World {
    objects: BTreeMap<Kind, BTreeMap<Key, Value>>,
}

// === impl Kind ===

impl Kind {
    fn row(self) -> &'static (Kind, &'static str, &'static str, &'static str, &'static str, bool) {
        KINDS.iter().find(|(kind, ..)| *kind == self).unwrap_or(&KINDS[0])
    }

    /// Kind, API group, version and plural.
    pub fn api(self) -> (&'static str, &'static str, &'static str, &'static str) {
        let (_, name, group, version, plural, _) = self.row();
        (name, group, version, plural)
    }

    /// Whether objects of this kind live in namespaces.
    pub fn is_namespaced(self) -> bool {
        self.row().5
    }
}

// === impl World ===

impl World {
    /// Puts an object that [`super::trim`] trimmed, in place of an earlier version.
    pub fn insert(&mut self, kind: Kind, object: Value) {
        self.objects.entry(kind).or_default().insert(key(&object), object);
    }

    /// Forgets an object.
    pub fn remove(&mut self, kind: Kind, object: &Value) {
        if let Some(objects) = self.objects.get_mut(&kind) {
            objects.remove(&key(object));
        }
    }

    /// Replaces all objects of a kind in a namespace ("" is all): what a new list does not have is gone.
    pub fn replace(&mut self, kind: Kind, namespace: &str, objects: impl IntoIterator<Item = Value>) {
        let known = self.objects.entry(kind).or_default();
        known.retain(|(of, _), _| !namespace.is_empty() && of != namespace);
        known.extend(objects.into_iter().map(|object| (key(&object), object)));
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.values().map(BTreeMap::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The target groups of a role, by namespace and name; a group may be empty.
    pub fn groups(&self, role: Role, attach: Attach) -> Vec<TargetGroup> {
        let each = |kind: Kind, build: fn(&World, &Value, Attach) -> Option<TargetGroup>| {
            self.all(kind).filter_map(|object| build(self, object, attach)).collect()
        };
        match role {
            Role::Pod => each(Kind::Pod, pod::group),
            Role::Service => each(Kind::Service, service::group),
            Role::Endpoints => each(Kind::Endpoints, endpoints::group),
            Role::EndpointSlice => each(Kind::EndpointSlice, slice::group),
            Role::Node => each(Kind::Node, node::group),
            Role::Ingress => each(Kind::Ingress, ingress::group),
        }
    }

    pub(super) fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Value> {
        self.objects.get(&kind)?.get(&(namespace.to_owned(), name.to_owned()))
    }

    fn all(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        self.objects.get(&kind).into_iter().flat_map(BTreeMap::values)
    }
}

fn key(object: &Value) -> Key {
    let text = |name: &str| object["metadata"][name].as_str().unwrap_or("").to_owned();
    (text("namespace"), text("name"))
}
