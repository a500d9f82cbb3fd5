//! Sinks of the watches whose objects are configuration.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use cluster::{Error, Sink};
use monitors::Kind;
use serde_json::Value;

use super::{State, locked};

/// Monitors, rules and Prometheus; namespaces where there is no kind.
pub(super) struct Monitors {
    pub(super) state: Arc<State>,
    pub(super) kind: Option<Kind>,
}

/// ConfigMaps with dashboards.
pub(super) struct Boards {
    pub(super) state: Arc<State>,
}

// === impl State ===

impl State {
    fn boards_changed(&self) {
        self.boards_version.fetch_add(1, Ordering::Release);
        self.changed.notify_one();
    }
}

impl Monitors {
    fn plural(&self) -> &'static str {
        self.kind.map_or("namespaces", Kind::plural)
    }
}

impl Sink for Monitors {
    fn replaced(&self, namespace: &str, objects: Vec<Value>) {
        locked(&self.state.first).heard(self.plural(), namespace);
        let mut known = locked(&self.state.objects);
        match self.kind {
            Some(kind) => known.clear_in(kind, namespace),
            None => known.clear_namespaces(),
        }
        objects.into_iter().for_each(|object| _ = known.insert(object));
        self.state.changed.notify_one();
    }

    fn applied(&self, object: Value) {
        let mut known = locked(&self.state.objects);
        let before = self.kind.and_then(|kind| known.named(kind, &name_of(&object)));
        // Our own answers come back too.
        let is_news = before.is_none_or(|before| meaning(before) != meaning(&object));
        if known.insert(object) && is_news {
            self.state.changed.notify_one();
        }
    }

    fn deleted(&self, object: &Value) {
        locked(&self.state.objects).remove(object);
        self.state.changed.notify_one();
    }

    fn failed(&self, error: &Error) {
        if error.is_absent() || error.is_forbidden() {
            locked(&self.state.first).refused(self.plural());
            self.state.changed.notify_one();
        }
        tell(error);
    }
}

impl Sink for Boards {
    fn replaced(&self, namespace: &str, objects: Vec<Value>) {
        let mut boards = locked(&self.state.boards);
        let prefix = format!("{namespace}/");
        boards.retain(|name, _| !namespace.is_empty() && !name.starts_with(&prefix));
        boards.extend(objects.iter().map(|object| (name_of(object), files(object))));
        self.state.boards_changed();
    }

    fn applied(&self, object: Value) {
        locked(&self.state.boards).insert(name_of(&object), files(&object));
        self.state.boards_changed();
    }

    fn deleted(&self, object: &Value) {
        locked(&self.state.boards).remove(&name_of(object));
        self.state.boards_changed();
    }

    fn failed(&self, error: &Error) {
        tell(error);
    }
}

/// A kind that the cluster does not have is nothing to be alarmed at.
pub(super) fn tell(error: &Error) {
    if error.is_absent() {
        tracing::debug!(%error, "The cluster lacks a kind");
    } else {
        tracing::warn!(%error, "The view of the cluster may be old; what is known stays");
    }
}

/// What of an object can change what is in force.
fn meaning(object: &Value) -> [Option<&Value>; 4] {
    ["/spec", "/metadata/labels", "/metadata/annotations", "/metadata/uid"].map(|path| object.pointer(path))
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

fn name_of(object: &Value) -> String {
    format!("{}/{}", text(object, "/metadata/namespace"), text(object, "/metadata/name"))
}

/// Every key that ends in .json is a dashboard, in the folder that the annotation names.
fn files(object: &Value) -> Vec<(String, String)> {
    let folder = text(object, "/metadata/annotations/grafana_folder").trim_matches('/');
    let data = object.get("data").and_then(Value::as_object);
    let of = |(key, value): (&String, &Value)| {
        let name = format!("configmap {} {key}", name_of(object).replace('/', " "));
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        Some((path, value.as_str()?.to_owned()))
    };
    data.into_iter().flatten().filter(|(key, _)| key.ends_with(".json")).filter_map(of).collect()
}
