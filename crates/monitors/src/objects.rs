//! The objects that are known, by kind and name.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::read::{at, entries, text};

/// The group of all kinds.
pub const GROUP: &str = "monitoring.coreos.com";

/// A kind that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Endpoints of services.
    ServiceMonitor,
    /// Pods.
    PodMonitor,
    /// Targets behind a prober.
    Probe,
    /// Any discovery.
    ScrapeConfig,
    /// Rule groups.
    PrometheusRule,
    /// What is selected, and global settings.
    Prometheus,
}

/// Kinds: name, version, plural, field of Prometheus that selects them.
const KINDS: [(Kind, &str, &str, &str, &str); 6] = [
    (Kind::ServiceMonitor, "ServiceMonitor", "v1", "servicemonitors", "serviceMonitor"),
    (Kind::PodMonitor, "PodMonitor", "v1", "podmonitors", "podMonitor"),
    (Kind::Probe, "Probe", "v1", "probes", "probe"),
    (Kind::ScrapeConfig, "ScrapeConfig", "v1alpha1", "scrapeconfigs", "scrapeConfig"),
    (Kind::PrometheusRule, "PrometheusRule", "v1", "prometheusrules", "rule"),
    (Kind::Prometheus, "Prometheus", "v1", "prometheuses", ""),
];

/// Where a text of a field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A Secret.
    Secret,
    /// A ConfigMap.
    ConfigMap,
}

/// A Secret or ConfigMap that an object names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Which of the two.
    pub source: Source,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// All objects that matter; a clone shares them. Secrets and ConfigMaps are those that were read because an object names them.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// By kind, then by `namespace/name`, the order in which the operator writes jobs.
    kinds: BTreeMap<Kind, BTreeMap<String, Arc<Value>>>,
    /// Labels by namespace.
    namespaces: BTreeMap<String, BTreeMap<String, String>>,
    contents: BTreeMap<Reference, BTreeMap<String, Vec<u8>>>,
    /// Why Secrets and ConfigMaps could not be read.
    unread: BTreeMap<Reference, String>,
}

/// Reads Secrets and ConfigMaps, and remembers which were wanted.
pub(crate) struct Lookup<'a> {
    objects: &'a Objects,
    wanted: RefCell<BTreeSet<Reference>>,
}

// === impl Kind ===

impl Kind {
    /// All kinds, in the order of their jobs.
    pub fn all() -> impl Iterator<Item = Kind> {
        KINDS.iter().map(|row| row.0)
    }

    fn row(self) -> (&'static str, &'static str, &'static str, &'static str) {
        let row = KINDS.iter().find(|row| row.0 == self).unwrap_or(&KINDS[0]);
        (row.1, row.2, row.3, row.4)
    }

    /// `PodMonitor`
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// `v1`
    pub fn version(self) -> &'static str {
        self.row().1
    }

    /// `podmonitors`
    pub fn plural(self) -> &'static str {
        self.row().2
    }

    /// The stem of the selecting fields of Prometheus: `podMonitor` of `podMonitorSelector`.
    pub(crate) fn stem(self) -> &'static str {
        self.row().3
    }
}

// === impl Source ===

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Source::Secret { "Secret" } else { "ConfigMap" })
    }
}

// === impl Objects ===

impl Objects {
    /// Takes what matters out of many objects; others are passed over.
    pub fn from_values<'v>(values: impl IntoIterator<Item = &'v Value>) -> Objects {
        let mut objects = Objects::default();
        for value in values {
            objects.insert(value.clone());
        }
        objects
    }

    /// Adds or replaces an object, without its fields that are null. `false` if its kind does not matter.
    pub fn insert(&mut self, mut object: Value) -> bool {
        drop_nulls(&mut object);
        let group = text(&object, "apiVersion").split('/').next().unwrap_or("");
        match (group, text(&object, "kind")) {
            ("v1", "Namespace") => {
                let labels = entries(&object, "metadata.labels")
                    .filter_map(|(k, v)| Some((k.into(), v.as_str()?.into())));
                self.namespaces.insert(text(&object, "metadata.name").to_owned(), labels.collect());
            }
            ("v1", "Secret") => self.content(Source::Secret, &object),
            ("v1", "ConfigMap") => self.content(Source::ConfigMap, &object),
            (GROUP, name) => match KINDS.iter().find(|row| row.1 == name) {
                Some(row) => {
                    self.kinds.entry(row.0).or_default().insert(key(&object), Arc::new(object));
                }
                None => return false,
            },
            _ => return false,
        }
        true
    }

    /// Removes an object that [`Objects::insert`] took.
    pub fn remove(&mut self, object: &Value) {
        let name = text(object, "kind");
        if name == "Namespace" {
            self.namespaces.remove(text(object, "metadata.name"));
        }
        let row = KINDS.iter().find(|row| row.1 == name);
        if let Some(kind) = row.and_then(|row| self.kinds.get_mut(&row.0)) {
            kind.remove(&key(object));
        }
    }

    /// Forgets all objects of a kind in a namespace; "" is everywhere.
    pub fn clear_in(&mut self, kind: Kind, namespace: &str) {
        let prefix = format!("{namespace}/");
        if let Some(known) = self.kinds.get_mut(&kind) {
            known.retain(|key, _| !namespace.is_empty() && !key.starts_with(&prefix));
        }
    }

    /// Forgets all namespaces.
    pub fn clear_namespaces(&mut self) {
        self.namespaces.clear();
    }

    /// Replaces all Secrets and ConfigMaps, and the reasons why others could not be read.
    pub fn set_contents(
        &mut self,
        contents: BTreeMap<Reference, BTreeMap<String, Vec<u8>>>,
        unread: BTreeMap<Reference, String>,
    ) {
        (self.contents, self.unread) = (contents, unread);
    }

    /// The object of that `namespace/name`.
    pub fn named(&self, kind: Kind, name: &str) -> Option<&Value> {
        self.kinds.get(&kind)?.get(name).map(AsRef::as_ref)
    }

    /// The objects of a kind, sorted by the joined text `namespace/name`.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        self.kinds.get(&kind).into_iter().flat_map(BTreeMap::values).map(AsRef::as_ref)
    }

    /// The labels of a namespace. Its name is one of them, as the API server sees to it.
    pub(crate) fn namespace_labels(&self, name: &str) -> BTreeMap<String, String> {
        let mut labels = self.namespaces.get(name).cloned().unwrap_or_default();
        labels.entry("kubernetes.io/metadata.name".to_owned()).or_insert_with(|| name.to_owned());
        labels
    }

    fn content(&mut self, source: Source, object: &Value) {
        let reference = Reference {
            source,
            namespace: text(object, "metadata.namespace").to_owned(),
            name: text(object, "metadata.name").to_owned(),
        };
        self.contents.insert(reference, content_of(source, object));
    }
}

/// What a Secret or ConfigMap holds, by key.
pub fn content_of(source: Source, object: &Value) -> BTreeMap<String, Vec<u8>> {
    let mut content = BTreeMap::new();
    for (key, value) in entries(object, "data") {
        let text = value.as_str().unwrap_or("");
        let bytes = match source {
            Source::Secret => STANDARD.decode(text.trim()).unwrap_or_default(),
            Source::ConfigMap => text.as_bytes().to_vec(),
        };
        content.insert(key.to_owned(), bytes);
    }
    for (key, value) in entries(object, "binaryData") {
        content.insert(key.to_owned(), STANDARD.decode(value.as_str().unwrap_or("")).unwrap_or_default());
    }
    for (key, value) in entries(object, "stringData") {
        content.insert(key.to_owned(), value.as_str().unwrap_or("").as_bytes().to_vec());
    }
    content
}

/// An API server keeps no field that is null.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, inner| !inner.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn key(object: &Value) -> String {
    format!("{}/{}", text(object, "metadata.namespace"), text(object, "metadata.name"))
}

// === impl Lookup ===

impl<'a> Lookup<'a> {
    pub(crate) fn new(objects: &'a Objects) -> Lookup<'a> {
        Lookup { objects, wanted: RefCell::default() }
    }

    pub(crate) fn wanted(self) -> BTreeSet<Reference> {
        self.wanted.into_inner()
    }

    /// The bytes that a `{name, key}` means.
    pub(crate) fn bytes(
        &self,
        source: Source,
        namespace: &str,
        selector: &Value,
    ) -> Result<&'a [u8], String> {
        let (name, key) = (text(selector, "name"), text(selector, "key"));
        if name.is_empty() {
            return Err(format!("no {source} is named; give name and key"));
        }
        let reference = Reference { source, namespace: namespace.to_owned(), name: name.to_owned() };
        self.wanted.borrow_mut().insert(reference.clone());
        let content =
            self.objects.contents.get(&reference).ok_or_else(|| match self.objects.unread.get(&reference) {
                Some(reason) => format!("{source} \"{namespace}/{name}\" could not be read: {reason}"),
                None => format!(
                    "{source} \"{name}\" is not in namespace \"{namespace}\"; it is looked for there and nowhere else"
                ),
            })?;
        content.get(key).map(Vec::as_slice).ok_or_else(|| {
            let keys: Vec<&str> = content.keys().map(String::as_str).collect();
            format!("{source} \"{namespace}/{name}\" has no key \"{key}\"; its keys are: {}", keys.join(", "))
        })
    }

    /// The same as text.
    pub(crate) fn text(&self, source: Source, namespace: &str, selector: &Value) -> Result<String, String> {
        let bytes = self.bytes(source, namespace, selector)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| {
            let (name, key) = (text(selector, "name"), text(selector, "key"));
            format!("{source} \"{namespace}/{name}\", key \"{key}\": not UTF-8")
        })
    }

    /// The text of `{secret: {…}}` or `{configMap: {…}}`.
    pub(crate) fn either(&self, namespace: &str, value: &Value) -> Result<String, String> {
        match at(value, "configMap") {
            Value::Null => self.text(Source::Secret, namespace, at(value, "secret")),
            selector => self.text(Source::ConfigMap, namespace, selector),
        }
    }
}
