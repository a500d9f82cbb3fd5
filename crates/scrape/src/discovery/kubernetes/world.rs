//! What is known of the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::{Attach, Role, endpoints, ingress, node, pod, service, slice};
use crate::discovery::{Groups, TargetGroup};

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
    /// What has changed since the groups were last made.
    changed: Changed,
}

/// What has changed. Groups of other objects than these are as before, if only objects of their own kind changed.
#[derive(Clone, Debug, Default)]
struct Changed {
    /// Of one object each.
    objects: BTreeSet<(Kind, Key)>,
    /// Whole kinds.
    kinds: BTreeSet<Kind>,
}

/// The groups of a role as they were made last.
#[derive(Clone, Debug, Default)]
pub struct Made(BTreeMap<Key, Arc<TargetGroup>>);

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
        self.changed.objects.insert((kind, key(&object)));
        self.objects.entry(kind).or_default().insert(key(&object), object);
    }

    /// Forgets an object.
    pub fn remove(&mut self, kind: Kind, object: &Value) {
        if let Some(objects) = self.objects.get_mut(&kind) {
            self.changed.objects.insert((kind, key(object)));
            objects.remove(&key(object));
        }
    }

    /// Replaces all objects of a kind in a namespace ("" is all): what a new list does not have is gone.
    pub fn replace(&mut self, kind: Kind, namespace: &str, objects: impl IntoIterator<Item = Value>) {
        self.changed.kinds.insert(kind);
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

    /// The target groups of a role, by namespace and name; a group may be empty. Those that say the same as `before`
    /// are the same.
    pub fn groups(&mut self, role: Role, attach: Attach, before: &mut Made) -> Groups {
        let (kind, build) = maker(role);
        let changed = std::mem::take(&mut self.changed);
        let objects = self.objects.get(&kind);
        if changed.kinds.is_empty() && changed.objects.iter().all(|(of, _)| *of == kind) {
            for (_, key) in changed.objects {
                let object = objects.and_then(|objects| objects.get(&key));
                before.set(key, object.and_then(|object| build(self, object, attach)));
            }
        } else {
            let known = objects.into_iter().flatten();
            let mut now = Made::default();
            for (key, object) in known {
                if let Some(same) = before.0.remove_entry(key) {
                    now.0.insert(same.0, same.1);
                }
                now.set(key.clone(), build(self, object, attach));
            }
            *before = now;
        }
        before.0.values().cloned().collect()
    }

    pub(super) fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Value> {
        self.objects.get(&kind)?.get(&(namespace.to_owned(), name.to_owned()))
    }
}

// === impl Made ===

impl Made {
    /// Keeps the group of before if the new one is equal.
    fn set(&mut self, key: Key, group: Option<TargetGroup>) {
        match group {
            None => _ = self.0.remove(&key),
            Some(group) if self.0.get(&key).is_some_and(|before| **before == group) => {}
            Some(group) => _ = self.0.insert(key, Arc::new(group)),
        }
    }
}

type Maker = fn(&World, &Value, Attach) -> Option<TargetGroup>;

/// The kind that a role makes groups of, one of each object.
fn maker(role: Role) -> (Kind, Maker) {
    match role {
        Role::Pod => (Kind::Pod, pod::group),
        Role::Service => (Kind::Service, service::group),
        Role::Endpoints => (Kind::Endpoints, endpoints::group),
        Role::EndpointSlice => (Kind::EndpointSlice, slice::group),
        Role::Node => (Kind::Node, node::group),
        Role::Ingress => (Kind::Ingress, ingress::group),
    }
}

fn key(object: &Value) -> Key {
    let text = |name: &str| object["metadata"][name].as_str().unwrap_or("").to_owned();
    (text("namespace"), text("name"))
}
