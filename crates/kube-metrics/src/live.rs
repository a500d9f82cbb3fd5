//! Metrics of objects that come and go: of each object only its lines are kept.

mod custom;
mod flux;
mod lines;

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use self::lines::Lines;
use crate::exposition::Body;
use crate::object;
use crate::plan::{Plan, PlannedResource, Scope, group_and_kind};

pub use custom::{CustomKey, LiveCustom};
pub use flux::{Controller, LiveFlux};

/// Objects by namespace and name.
type Objects = BTreeMap<Box<str>, Lines>;

/// The objects of built-in resources, as the lines that they give.
#[derive(Debug, Default)]
pub struct Live {
    scope: Scope,
    /// In the plan's order.
    resources: Vec<Known>,
}

/// A resource and its objects.
#[derive(Debug)]
struct Known {
    planned: PlannedResource,
    objects: Objects,
    /// What is made from the next list on, as far as it has come; until its end the lines are those of before.
    next: Option<(PlannedResource, Objects)>,
}

// === impl Live ===

impl Live {
    /// Nothing is known yet.
    pub fn new(plan: Plan) -> Live {
        let mut live = Live::default();
        live.replan(plan);
        live
    }

    /// Makes something else from now on. Gives the resources that are to be listed anew; what they gave before stays
    /// until they are.
    pub fn replan(&mut self, plan: Plan) -> Vec<&'static str> {
        let mut before = std::mem::take(&mut self.resources);
        let is_elsewhere = self.scope != *plan.scope();
        self.scope = plan.scope().clone();
        let mut anew = Vec::new();
        for planned in plan.into_resources() {
            let name = planned.resource.name;
            let at = before.iter().position(|known| known.planned.resource.name == name);
            let known = match at.map(|at| before.swap_remove(at)) {
                Some(known) if !is_elsewhere && known.last().makes_same(&planned) => known,
                Some(known) => {
                    anew.push(name);
                    Known { next: Some((planned, Objects::new())), ..known }
                }
                None => {
                    anew.push(name);
                    Known { planned, objects: Objects::new(), next: None }
                }
            };
            self.resources.push(known);
        }
        anew
    }

    /// The resources that are watched.
    pub fn resources(&self) -> impl Iterator<Item = &'static str> {
        self.resources.iter().map(|known| known.planned.resource.name)
    }

    /// A list of a resource has ended, whose objects were applied: these (`namespace/name`) are all of a namespace; ""
    /// is everywhere.
    pub fn listed(&mut self, resource: &str, namespace: &str, names: &HashSet<String>) {
        let mut found = self.resources.iter_mut();
        if let Some(known) = found.find(|known| known.planned.resource.name == resource) {
            if let Some(next) = known.next.take() {
                (known.planned, known.objects) = next;
            }
            keep(&mut known.objects, namespace, names);
        }
    }

    /// An object is new or has changed.
    pub fn apply(&mut self, object: &Value) {
        if self.scope.holds(object)
            && let Some(known) = self.of(object)
        {
            let (planned, objects) = match &mut known.next {
                Some((planned, objects)) => (&*planned, objects),
                None => (&known.planned, &mut known.objects),
            };
            objects.insert(key(object), Lines::new(planned.lines(object)));
        }
    }

    /// An object is gone.
    pub fn delete(&mut self, object: &Value) {
        let Some(known) = self.of(object) else { return };
        known.objects.remove(&key(object));
        known.next.as_mut().map(|(_, objects)| objects.remove(&key(object)));
    }

    /// How many objects are known.
    pub fn len(&self) -> usize {
        self.resources.iter().map(|known| known.objects.len()).sum()
    }

    /// Whether no object is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the lines that are kept.
    pub fn bytes(&self) -> usize {
        let objects = self.resources.iter().flat_map(|known| &known.objects);
        objects.map(|(key, lines)| key.len() + lines.bytes()).sum()
    }

    /// Appends the lines, in kube-state-metrics' order.
    pub fn write(&self, body: &mut Body) {
        for known in self.resources.iter().filter(|known| !known.objects.is_empty()) {
            for (index, family) in known.planned.families.iter().enumerate() {
                body.header(family.name, &family.header_help(), family.kind);
                known.objects.values().for_each(|lines| lines.write(index, family.name, body));
            }
        }
    }

    fn of(&mut self, object: &Value) -> Option<&mut Known> {
        let named = group_and_kind(object);
        let is_its =
            |known: &&mut Known| (known.planned.resource.group, known.planned.resource.kind) == named;
        self.resources.iter_mut().find(is_its)
    }
}

impl Known {
    fn last(&self) -> &PlannedResource {
        self.next.as_ref().map_or(&self.planned, |(planned, _)| planned)
    }
}

/// Forgets the objects of a namespace but these; "" is everywhere.
fn keep(objects: &mut Objects, namespace: &str, names: &HashSet<String>) {
    let prefix = format!("{namespace}/");
    objects.retain(|key, _| {
        (!namespace.is_empty() && !key.starts_with(&prefix)) || names.contains(key.as_ref())
    });
}

fn key(object: &Value) -> Box<str> {
    let text = |path| object::text(object, path);
    format!("{}/{}", text("metadata.namespace"), text("metadata.name")).into_boxed_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Form, Options};

    fn pod(namespace: &str, name: &str, node: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "uid": name},
            "spec": {"nodeName": node}, "status": {"phase": "Running"},
        })
    }

    fn live() -> Live {
        let options = Options::parse(["--resources=pods"], &|_| Err(String::new())).expect("valid");
        Live::new(Plan::new(&options))
    }

    fn shown(live: &Live) -> String {
        let mut body = Body::new(Form::Text);
        live.write(&mut body);
        body.finish()
    }

    fn list(live: &mut Live, namespace: &str, objects: &[Value]) {
        objects.iter().for_each(|object| live.apply(object));
        live.listed("pods", namespace, &objects.iter().map(|object| key(object).into_string()).collect());
    }

    #[test]
    fn what_comes_and_goes_is_what_is_rendered() {
        let mut live = live();
        list(&mut live, "", &[pod("a", "1", "n"), pod("b", "2", "n")]);
        live.apply(&pod("a", "1", "m"));
        live.apply(&pod("a", "3", "m"));
        live.delete(&pod("b", "2", "n"));
        let objects = [pod("a", "1", "m"), pod("a", "3", "m")];
        let options = Options::parse(["--resources=pods"], &|_| Err(String::new())).expect("valid");
        assert_eq!(shown(&live), Plan::new(&options).render(&objects, Form::Text));
        list(&mut live, "a", &[]);
        assert!(live.is_empty());
    }

    #[test]
    fn lines_stay_until_the_list_of_the_next_plan() {
        let plan = |names: &[&str]| {
            let mut options = Options::default();
            options.only_families(names.iter().copied());
            Plan::new(&options)
        };
        let mut live = Live::new(plan(&["kube_pod_info", "kube_node_info"]));
        list(&mut live, "", &[pod("a", "1", "n")]);
        assert_eq!(live.replan(plan(&["kube_pod_info", "kube_service_info"])), ["services"]);
        assert_eq!(live.replan(plan(&["kube_pod_info", "kube_pod_status_phase"])), ["pods"]);
        live.apply(&pod("a", "2", "n"));
        assert!(shown(&live).contains("kube_pod_info{") && !shown(&live).contains("kube_pod_status_phase"));
        list(&mut live, "", &[pod("a", "1", "n")]);
        assert!(shown(&live).contains("kube_pod_status_phase{"));
        assert!(live.replan(plan(&[])).is_empty() && live.is_empty());
    }
}
