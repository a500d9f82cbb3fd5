//! The objects of Flux that come and go, and the families that are made of them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::key;
use crate::exposition::Body;
use crate::flux::{self, DeletedObjects, FluxKind, Header, Target};

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

const HEADERS: [Header; 3] = [flux::RESOURCE_INFO, flux::RECONCILE_CONDITION, flux::SUSPEND_STATUS];

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

    /// Appends `gotk_resource_info` of all objects but those of kinds that are told of elsewhere, and what silent
    /// controllers do not send.
    pub fn write(
        &mut self,
        now_ms: i64,
        controller: &dyn Fn(&'static FluxKind) -> Controller,
        is_told: &dyn Fn(&'static FluxKind) -> bool,
        body: &mut Body,
    ) {
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
            let is_told = first.is_some() && is_told(kind);
            for (_, object) in objects.take_while(|((of, _), _)| *of == kind.kind) {
                samples.extend((!is_told).then(|| kind.resource_info(object)));
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
        for header in HEADERS {
            if let Some(lines) = lines.get(header.name) {
                body.header(header.name, header.help, header.kind);
                body.push_str(lines);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Form;

    fn shown(
        live: &mut LiveFlux,
        now_ms: i64,
        controller: &dyn Fn(&'static FluxKind) -> Controller,
    ) -> String {
        let mut body = Body::new(Form::Text);
        live.write(now_ms, controller, &|_| false, &mut body);
        body.finish()
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
        let text = shown(&mut live, 0, &silent);
        assert!(text.contains("gotk_resource_info{"), "{text}");
        let failed = |text: &str, status: &str| {
            let mark = format!("status=\"{status}\"");
            text.lines().any(|line| {
                line.starts_with("gotk_reconcile_condition") && line.contains(&mark) && line.ends_with(" 1")
            })
        };
        assert!(failed(&text, "False"), "{text}");
        let sends = shown(&mut live, 0, &|_| Controller::Sends);
        assert!(!sends.contains("gotk_reconcile_condition"), "{sends}");
        live.replace(kind, "", Vec::new(), 1000);
        let text = shown(&mut live, 2000, &silent);
        assert!(failed(&text, "Deleted") && !text.contains("gotk_resource_info{"), "{text}");
        assert_eq!(shown(&mut live, 1000 + flux::DELETED_MS, &silent), "");
    }
}
