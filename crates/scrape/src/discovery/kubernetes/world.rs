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

/// Objects of all kinds that are kept for a view; more are left out.
pub(super) const MOST_OBJECTS: usize = 200_000;

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
pub(super) type Key = (String, String);

/// Objects by kind, trimmed to what discovery reads.
#[derive(Clone, Debug, Default)]
pub struct World {
    objects: BTreeMap<Kind, BTreeMap<Key, Value>>,
    /// What has changed since the groups were last made. Groups of other objects than these are as before, if only
    /// objects of their own kind changed.
    changed: BTreeSet<(Kind, Key)>,
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
    /// Puts an object that [`super::trim`] trimmed, in place of an earlier version. `false` if there is no room for it.
    pub fn insert(&mut self, kind: Kind, object: Value) -> bool {
        let is_full = self.len() >= MOST_OBJECTS;
        let (key, known) = (key(&object), self.objects.entry(kind).or_default());
        if is_full && !known.contains_key(&key) {
            return false;
        }
        // What discovery does not read changes much more often than what it does.
        if known.get(&key) != Some(&object) {
            self.changed.insert((kind, key.clone()));
            known.insert(key, object);
        }
        true
    }

    /// Forgets an object.
    pub fn remove(&mut self, kind: Kind, object: &Value) {
        if let Some(objects) = self.objects.get_mut(&kind) {
            self.changed.insert((kind, key(object)));
            objects.remove(&key(object));
        }
    }

    /// Forgets the objects of a kind in a namespace ("" is all) but these, which are all that there are.
    pub fn keep(&mut self, kind: Kind, namespace: &str, keys: &BTreeSet<Key>) {
        let changed = &mut self.changed;
        self.objects.entry(kind).or_default().retain(|key, _| {
            let stays = (!namespace.is_empty() && key.0 != namespace) || keys.contains(key);
            if !stays {
                changed.insert((kind, key.clone()));
            }
            stays
        });
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
        let is_alone = role.kinds(attach).len() == 1;
        let objects = self.objects.get(&kind);
        if changed.iter().all(|(of, _)| *of == kind) {
            for (_, key) in &changed {
                let object = objects.and_then(|objects| objects.get(key));
                before.set(key.clone(), object.and_then(|object| build(self, object, attach)));
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
        if is_alone {
            // Nobody looks at these objects again: a change brings the whole of one, a list the whole of all.
            self.objects.get_mut(&kind).into_iter().flatten().for_each(|(_, object)| *object = Value::Null);
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

pub(super) fn key(object: &Value) -> Key {
    let text = |name: &str| object["metadata"][name].as_str().unwrap_or("").to_owned();
    (text("namespace"), text("name"))
}
