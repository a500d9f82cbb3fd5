//! Watches: a list, then what becomes of it, for ever.

use std::collections::HashSet;
use std::sync::Arc;

use kube::Client;
use kube::api::DynamicObject;
use kube::runtime::watcher::{self, Event};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::error::{Error, Verb};
use crate::kind::Kind;
use crate::metrics::Metrics;
use crate::watcher::Watcher;

/// Objects that a watch keeps; others are left out, with an error.
pub const MOST_OBJECTS: usize = 200_000;
/// Takes what a watch sees. Calls come one after the other for a namespace.
pub trait Sink: Send + Sync {
    /// These are all objects of a namespace ("" is everywhere).
    fn replaced(&self, namespace: &str, objects: Vec<Value>);
    /// An object is new or has changed.
    fn applied(&self, object: Value);
    /// An object is gone.
    fn deleted(&self, object: &Value);
    /// Nothing is seen at present; what is known may be old.
    fn failed(&self, error: &Error);
    /// Whether the objects of a list come one by one, through [`Sink::applied`]: then a list is never held as a whole,
    /// and its end is told by [`Sink::listed`] instead of [`Sink::replaced`].
    fn takes_parts(&self) -> bool {
        false
    }
    /// A list has ended: these (`namespace/name`) are all objects of a namespace ("" is everywhere).
    fn listed(&self, namespace: &str, names: &HashSet<String>) {
        let _ = (namespace, names);
    }
}

/// What is watched.
#[derive(Clone)]
pub struct Followed {
    /// Which objects.
    pub kind: Kind,
    /// In which namespaces; all if none is named.
    pub namespaces: Vec<String>,
    /// Label selector; "" is none.
    pub labels: String,
    /// What is left of an object before anything is kept.
    pub keep: fn(Value) -> Value,
}

/// Watches that end when this is dropped.
#[derive(Debug)]
pub struct Follow {
    tasks: Vec<JoinHandle<()>>,
    resource: String,
    metrics: Metrics,
}

struct Watch {
    followed: Followed,
    namespace: String,
    sink: Arc<dyn Sink>,
    metrics: Metrics,
    resource: String,
    /// Names of the objects that are known.
    known: HashSet<String>,
    listed: Vec<Value>,
    /// Names of the objects of a list that comes one by one.
    names: HashSet<String>,
    is_full: bool,
    /// What was told last; an outage is told once.
    told: Option<Error>,
}

// === impl Follow ===

impl Follow {
    pub(crate) fn start(
        client: &Client,
        followed: &Followed,
        sink: &Arc<dyn Sink>,
        metrics: &Metrics,
    ) -> Follow {
        let everywhere = [String::new()];
        let named = !followed.namespaces.is_empty() && followed.kind.namespaced;
        let places = if named { followed.namespaces.as_slice() } else { everywhere.as_slice() };
        let tasks = places.iter().map(|namespace| {
            let watch = Watch {
                followed: followed.clone(),
                namespace: namespace.clone(),
                sink: Arc::clone(sink),
                metrics: metrics.clone(),
                resource: followed.kind.resource(),
                known: HashSet::new(),
                listed: Vec::new(),
                names: HashSet::new(),
                is_full: false,
                told: None,
            };
            tokio::spawn(watch.run(client.clone()))
        });
        let resource = followed.kind.resource();
        Follow { tasks: tasks.collect(), resource, metrics: metrics.clone() }
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        // Who else watches it hears of it again within a minute.
        self.metrics.heard.forget(&self.resource);
        self.metrics.objects.remove(&[&self.resource]);
    }
}

// === impl Watch ===

impl Watch {
    async fn run(mut self, client: Client) {
        let api = self.followed.kind.api(client, &self.namespace);
        let mut events = Watcher::new(api, watcher::Config::default().labels(&self.followed.labels));
        loop {
            match events.next().await {
                Ok(event) => self.see(event),
                Err(error) => self.fail(&error),
            }
        }
    }

    fn see(&mut self, event: Event<DynamicObject>) {
        if !matches!(event, Event::Init) {
            self.told = None;
        }
        match event {
            Event::Init => {
                self.listed.clear();
                self.names.clear();
                self.is_full = false;
            }
            Event::InitApply(_) if self.listed.len().max(self.names.len()) >= MOST_OBJECTS => self.overflow(),
            Event::InitApply(object) if self.sink.takes_parts() => {
                let object = self.kept(&object);
                self.names.insert(name_of(&object));
                self.sink.applied(object);
            }
            Event::InitApply(object) => self.listed.push(self.kept(&object)),
            Event::InitDone if self.sink.takes_parts() => {
                self.known = std::mem::take(&mut self.names);
                self.sink.listed(&self.namespace, &self.known);
            }
            Event::InitDone => {
                let objects = std::mem::take(&mut self.listed);
                self.known = objects.iter().map(name_of).collect();
                self.sink.replaced(&self.namespace, objects);
            }
            Event::Apply(object) => {
                self.metrics.events.with(&[&self.resource]).inc();
                let object = self.kept(&object);
                let name = name_of(&object);
                if self.known.len() >= MOST_OBJECTS && !self.known.contains(&name) {
                    return self.overflow();
                }
                self.known.insert(name);
                self.sink.applied(object);
            }
            Event::Delete(object) => {
                self.metrics.events.with(&[&self.resource]).inc();
                let object = self.kept(&object);
                self.known.remove(&name_of(&object));
                self.sink.deleted(&object);
            }
        }
        self.metrics.objects.with(&[&self.resource]).set(self.known.len() as f64);
    }

    fn fail(&mut self, error: &watcher::Error) {
        if matches!(error, watcher::Error::WatchError(status) if status.code == 410) {
            // The server has forgotten where we were; the list that follows at once makes up for it.
            return;
        }
        self.metrics.failures.with(&[&self.resource]).inc();
        let error = Error::of(error, Verb::ListAndWatch, &self.followed.kind, &self.namespace);
        if error.is_absent() {
            self.metrics.heard.forget(&self.resource);
            if !self.known.is_empty() {
                // The kind is gone, and its objects with it.
                self.known.clear();
                self.sink.replaced(&self.namespace, Vec::new());
            }
        }
        if self.told.as_ref() != Some(&error) {
            self.sink.failed(&error);
            self.told = Some(error);
        }
    }

    fn overflow(&mut self) {
        if !std::mem::replace(&mut self.is_full, true) {
            let text = format!(
                "{}: more than {MOST_OBJECTS} objects; the rest is left out. Watch fewer namespaces",
                self.resource
            );
            self.sink.failed(&Error::new(text));
        }
    }

    fn kept(&self, object: &DynamicObject) -> Value {
        let mut value = serde_json::to_value(object).unwrap_or_default();
        // Objects of a list do not say what they are.
        if let Some(map) = value.as_object_mut() {
            map.entry("apiVersion").or_insert_with(|| self.followed.kind.api_version().into());
            map.entry("kind").or_insert_with(|| self.followed.kind.kind.as_ref().into());
        }
        (self.followed.keep)(value)
    }
}

fn name_of(object: &Value) -> String {
    let text = |path| object.pointer(path).and_then(Value::as_str).unwrap_or("");
    format!("{}/{}", text("/metadata/namespace"), text("/metadata/name"))
}
