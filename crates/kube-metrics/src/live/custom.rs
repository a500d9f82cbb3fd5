//! Metrics of custom resources whose objects come and go.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::lines::Lines;
use super::{Objects, key};
use crate::custom::{CustomPlan, CustomResource, Definition};
use crate::exposition::Body;
use crate::plan::{Plan, Scope};

/// Group, version and plural name.
pub type CustomKey = (String, String, String);

/// The objects of custom resources, as the lines that they give.
#[derive(Debug, Default)]
pub struct LiveCustom {
    plan: CustomPlan,
    scope: Scope,
    kinds: BTreeMap<CustomKey, (CustomResource, Objects)>,
}

impl LiveCustom {
    /// Nothing is known yet.
    pub fn new(plan: &Plan) -> LiveCustom {
        LiveCustom { plan: plan.custom().clone(), scope: plan.scope().clone(), kinds: BTreeMap::new() }
    }

    /// What is configured.
    pub fn plan(&self) -> &CustomPlan {
        &self.plan
    }

    /// The kinds that there are now. Gives those that are to be watched; the objects of others are forgotten.
    pub fn define(&mut self, definitions: &[Definition]) -> Vec<(CustomKey, CustomResource)> {
        let mut before = std::mem::take(&mut self.kinds);
        for custom in self.plan.resolve(definitions) {
            let key = (custom.group.clone(), custom.version.clone(), custom.plural.clone());
            let objects = before.remove(&key).map(|(_, objects)| objects).unwrap_or_default();
            self.kinds.insert(key, (custom, objects));
        }
        self.kinds.iter().map(|(key, (custom, _))| (key.clone(), custom.clone())).collect()
    }

    /// A list of a kind has ended, whose objects were applied: these (`namespace/name`) are all of a namespace; "" is
    /// everywhere.
    pub fn listed(&mut self, kind: &CustomKey, namespace: &str, names: &HashSet<String>) {
        if let Some((_, known)) = self.kinds.get_mut(kind) {
            super::keep(known, namespace, names);
        }
    }

    /// An object is new or has changed.
    pub fn apply(&mut self, kind: &CustomKey, object: &Value) {
        let Some((custom, known)) = self.kinds.get_mut(kind) else { return };
        if self.scope.holds(object) {
            known.insert(key(object), Lines::of(custom.generate_families(object)));
        }
    }

    /// An object is gone.
    pub fn delete(&mut self, kind: &CustomKey, object: &Value) {
        if let Some((_, known)) = self.kinds.get_mut(kind) {
            known.remove(&key(object));
        }
    }

    /// Whether a family of a kind is made here.
    pub fn makes(&self, group: &str, kind: &str, family: &str) -> bool {
        let of = |custom: &CustomResource| custom.group == group && custom.kind == kind;
        self.kinds.values().any(|(custom, _)| of(custom) && custom.family_names().any(|name| name == family))
    }

    /// Appends the lines, in kube-state-metrics' order.
    pub fn write(&self, body: &mut Body) {
        for (custom, objects) in self.kinds.values().filter(|(_, objects)| !objects.is_empty()) {
            for (place, (name, help, kind)) in custom.headers().enumerate() {
                body.header(name, help, kind);
                objects.values().for_each(|lines| lines.write(place, name, body));
            }
        }
    }
}
