//! Metrics of objects that come and go: of each object only its lines are kept.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::exposition::{Body, Form};
use crate::flux::{self, DeletedObjects, FluxKind, Header, Target};
use crate::object;
use crate::plan::{Plan, group_and_kind};

/// The objects of built-in resources, as the lines that they give.
#[derive(Debug)]
pub struct Live {
    plan: Plan,
    /// By resource, in the plan's order.
    resources: Vec<BTreeMap<Box<str>, Lines>>,
}

/// The lines of one object: one text, and where each family ends in it. What all lines have in common, the labels
/// that say which object it is, is kept once.
#[derive(Debug)]
struct Lines {
    /// What follows the brace of every line; none if the lines are kept whole.
    prefix: Option<Box<str>>,
    text: Box<str>,
    /// Place of the family in the plan, end in the text.
    ends: Box<[(u16, u32)]>,
}

/// The objects of Flux, for the families that are made of them.
#[derive(Debug, Default)]
pub struct LiveFlux {
    objects: BTreeMap<(&'static str, String), Value>,
    deleted: DeletedObjects,
}

/// Where the controller of a kind is scraped, and whether it sends the families itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Controller {
    /// It sends them: nothing is made.
    Sends,
    /// It does not; these labels are given.
    Silent(Target),
}

// === impl Live ===

impl Live {
    /// Nothing is known yet.
    pub fn new(plan: Plan) -> Live {
        let resources = plan.resources().iter().map(|_| BTreeMap::new()).collect();
        Live { plan, resources }
    }

    /// What is made.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Replaces all objects of a resource in a namespace; "" is everywhere.
    pub fn replace(&mut self, resource: &str, namespace: &str, objects: &[Value]) {
        if let Some(known) = self.place(resource).and_then(|place| self.resources.get_mut(place)) {
            let prefix = format!("{namespace}/");
            known.retain(|key, _| !namespace.is_empty() && !key.starts_with(&prefix));
        }
        objects.iter().for_each(|object| self.apply(object));
    }

    /// An object is new or has changed.
    pub fn apply(&mut self, object: &Value) {
        let Some(place) = self.place_of(object) else { return };
        let Some(planned) = self.plan.resources().get(place) else { return };
        let mut families = Vec::new();
        for (family, samples) in planned.generate(object) {
            let index = planned.families.iter().position(|known| std::ptr::eq(*known, family));
            let mut text = String::new();
            samples.iter().for_each(|sample| sample.write(&mut text));
            if let Some(Ok(index)) = index.map(u16::try_from) {
                families.push((index, family.name, text));
            }
        }
        let lines = Lines::pack(&families);
        if let Some(known) = self.resources.get_mut(place) {
            known.insert(key(object), lines);
        }
    }

    /// An object is gone.
    pub fn delete(&mut self, object: &Value) {
        let known = self.place_of(object).and_then(|place| self.resources.get_mut(place));
        known.map(|known| known.remove(&key(object)));
    }

    /// How many objects are known.
    pub fn len(&self) -> usize {
        self.resources.iter().map(BTreeMap::len).sum()
    }

    /// Whether no object is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the lines that are kept.
    pub fn bytes(&self) -> usize {
        let objects = self.resources.iter().flatten();
        objects.map(|(key, lines)| key.len() + lines.bytes()).sum()
    }

    /// The exposition, in kube-state-metrics' order.
    pub fn render(&self, form: Form) -> String {
        let mut body = Body::new(form);
        self.write(&mut body);
        body.finish()
    }

    fn write(&self, body: &mut Body) {
        for (planned, objects) in self.plan.resources().iter().zip(&self.resources) {
            if objects.is_empty() {
                continue;
            }
            for (index, family) in planned.families.iter().enumerate() {
                body.header(family.name, &family.header_help(), family.kind);
                objects.values().for_each(|lines| lines.write(index, family.name, body));
            }
        }
    }

    fn place(&self, resource: &str) -> Option<usize> {
        self.plan.resources().iter().position(|planned| planned.resource.name == resource)
    }

    fn place_of(&self, object: &Value) -> Option<usize> {
        let named = group_and_kind(object);
        self.plan
            .resources()
            .iter()
            .position(|planned| (planned.resource.group, planned.resource.kind) == named)
    }
}

impl Lines {
    /// Packs the lines of families: place, name, text.
    fn pack(families: &[(u16, &str, String)]) -> Lines {
        let prefix = common_prefix(families).map(str::to_owned);
        let (mut text, mut ends) = (String::new(), Vec::with_capacity(families.len()));
        for (index, name, lines) in families {
            match &prefix {
                Some(prefix) => {
                    let cut = name.len() + 1 + prefix.len();
                    lines
                        .split_inclusive('\n')
                        .filter_map(|line| line.get(cut..))
                        .for_each(|rest| text.push_str(rest));
                }
                None => text.push_str(lines),
            }
            ends.push((*index, u32::try_from(text.len()).unwrap_or(u32::MAX)));
        }
        Lines {
            prefix: prefix.map(String::into_boxed_str),
            text: text.into_boxed_str(),
            ends: ends.into_boxed_slice(),
        }
    }

    fn bytes(&self) -> usize {
        self.prefix.as_ref().map_or(0, |prefix| prefix.len()) + self.text.len() + self.ends.len() * 8
    }

    /// Writes the lines of a family.
    fn write(&self, family: usize, name: &str, body: &mut Body) {
        let Some(lines) = self.of(family) else { return };
        let Some(prefix) = &self.prefix else { return body.push_str(lines) };
        for rest in lines.split_inclusive('\n') {
            body.push_str(name);
            body.push_str("{");
            body.push_str(prefix);
            body.push_str(rest);
        }
    }

    fn of(&self, family: usize) -> Option<&str> {
        let at = self.ends.iter().position(|(index, _)| usize::from(*index) == family)?;
        let begin =
            at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |(_, end)| *end as usize);
        let end = self.ends.get(at)?.1 as usize;
        self.text.get(begin..end)
    }
}

/// What follows `name{` in every line, up to a comma; none if a line begins with anything else.
fn common_prefix<'t>(families: &'t [(u16, &str, String)]) -> Option<&'t str> {
    let mut common: Option<&str> = None;
    for (_, name, text) in families {
        for line in text.lines() {
            let labels = line.strip_prefix(name)?.strip_prefix('{')?;
            let shared = match common {
                None => labels,
                Some(before) => {
                    let same = before.bytes().zip(labels.bytes()).take_while(|(a, b)| a == b).count();
                    (0..=same).rev().find_map(|end| before.get(..end)).unwrap_or("")
                }
            };
            common = Some(shared);
        }
    }
    let common = common?;
    common.get(..=common.rfind(',')?)
}

fn key(object: &Value) -> Box<str> {
    let text = |path| object::text(object, path);
    format!("{}/{}", text("metadata.namespace"), text("metadata.name")).into_boxed_str()
}

/// The resources that metric names need: `kube_pod_info` needs `pods`. Others than those of the tables are passed over.
pub fn needed<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let found = names.into_iter().filter_map(crate::catalog::family).map(|(resource, _)| resource.name);
    let mut resources: Vec<&'static str> = found.collect();
    resources.sort_unstable();
    resources.dedup();
    resources
}

// === impl LiveFlux ===

impl LiveFlux {
    /// Replaces all objects of a kind in a namespace; "" is everywhere. Those that are not there any more were deleted.
    pub fn replace(&mut self, kind: &'static FluxKind, namespace: &str, objects: Vec<Value>, now_ms: i64) {
        let keys: Vec<_> = objects.iter().map(|object| key(object).into_string()).collect();
        let prefix = format!("{namespace}/");
        let is_gone = |name: &str| {
            (namespace.is_empty() || name.starts_with(&prefix)) && !keys.iter().any(|known| known == name)
        };
        let gone: Vec<Value> = self
            .objects
            .extract_if(.., |(of, name), _| *of == kind.kind && is_gone(name))
            .map(|(_, object)| object)
            .collect();
        gone.iter().for_each(|object| self.deleted.disappeared(object, now_ms));
        objects.into_iter().for_each(|object| self.apply(object));
    }

    /// An object is new or has changed.
    pub fn apply(&mut self, object: Value) {
        let Some(kind) = flux::kind_of(&object) else { return };
        self.deleted.appeared(&object);
        self.objects.insert((kind.kind, key(&object).into_string()), object);
    }

    /// An object is gone.
    pub fn delete(&mut self, object: &Value, now_ms: i64) {
        let Some(kind) = flux::kind_of(object) else { return };
        self.objects.remove(&(kind.kind, key(object).into_string()));
        self.deleted.disappeared(object, now_ms);
    }

    /// How many objects are known.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether no object is known.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// `gotk_resource_info` of all objects, and what silent controllers do not send.
    pub fn render(&mut self, now_ms: i64, controller: &dyn Fn(&'static FluxKind) -> Controller) -> String {
        self.deleted.expire(now_ms);
        let mut lines: BTreeMap<&'static str, String> = BTreeMap::new();
        let target = |kind: &'static FluxKind| match controller(kind) {
            Controller::Sends => None,
            Controller::Silent(target) => Some(target),
        };
        let mut samples = Vec::new();
        for kind in flux::kinds() {
            let mut objects = self.objects.range((kind.kind, String::new())..).peekable();
            let first = objects.peek().filter(|((of, _), _)| *of == kind.kind);
            let target = first.and_then(|_| target(kind));
            for (_, object) in objects.take_while(|((of, _), _)| *of == kind.kind) {
                samples.push(kind.resource_info(object));
                samples.extend(target.iter().flat_map(|target| kind.controller_samples(object, target)));
            }
        }
        samples.extend(self.deleted.samples(now_ms, &target));
        for sample in &samples {
            let header = HEADERS.iter().find(|header| header.name == sample.name);
            if let Some(header) = header {
                sample.write(lines.entry(header.name).or_default());
            }
        }
        let mut body = Body::new(Form::Text);
        for header in HEADERS {
            if let Some(lines) = lines.get(header.name) {
                body.header(header.name, header.help, header.kind);
                body.push_str(lines);
            }
        }
        body.finish()
    }
}

const HEADERS: [Header; 3] = [flux::RESOURCE_INFO, flux::RECONCILE_CONDITION, flux::SUSPEND_STATUS];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Options;

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

    #[test]
    fn what_comes_and_goes_is_what_is_rendered() {
        let mut live = live();
        live.replace("pods", "", &[pod("a", "1", "n"), pod("b", "2", "n")]);
        live.apply(&pod("a", "1", "m"));
        live.apply(&pod("a", "3", "m"));
        live.delete(&pod("b", "2", "n"));
        let objects = [pod("a", "1", "m"), pod("a", "3", "m")];
        let options = Options::parse(["--resources=pods"], &|_| Err(String::new())).expect("valid");
        assert_eq!(live.render(Form::Text), Plan::new(&options).render(&objects, Form::Text));
        live.replace("pods", "a", &[]);
        assert!(live.is_empty());
    }

    #[test]
    fn names_need_resources() {
        let names = ["kube_pod_info", "up", "kube_pod_labels", "kube_deployment_created"];
        assert_eq!(needed(names), ["deployments", "pods"]);
    }

    #[test]
    fn flux_objects_that_go_are_deleted_for_a_while() {
        let object = json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": "apps", "namespace": "flux-system"},
            "status": {"conditions": [{"type": "Ready", "status": "False"}]},
        });
        let kind = flux::kind_of(&object).expect("a kind");
        let silent = |_: &'static FluxKind| {
            Controller::Silent(Target { namespace: "flux-system".to_owned(), ..Target::default() })
        };
        let mut live = LiveFlux::default();
        live.replace(kind, "", vec![object.clone()], 0);
        let text = live.render(0, &silent);
        assert!(text.contains("gotk_resource_info{"), "{text}");
        let failed = |text: &str, status: &str| {
            let mark = format!("status=\"{status}\"");
            text.lines().any(|line| {
                line.starts_with("gotk_reconcile_condition") && line.contains(&mark) && line.ends_with(" 1")
            })
        };
        assert!(failed(&text, "False"), "{text}");
        let sends = live.render(0, &|_| Controller::Sends);
        assert!(!sends.contains("gotk_reconcile_condition"), "{sends}");
        live.replace(kind, "", Vec::new(), 1000);
        let text = live.render(2000, &silent);
        assert!(failed(&text, "Deleted") && !text.contains("gotk_resource_info{"), "{text}");
        assert_eq!(live.render(1000 + flux::DELETED_MS, &silent), "");
    }
}
