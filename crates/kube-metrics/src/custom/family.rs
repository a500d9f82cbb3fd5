//! A family of a custom resource: from an object to samples.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::path::{Found, Path, Paths};
use super::value;
use crate::family::{MetricKind, Sample};

/// A family as it is configured.
#[derive(Clone, Debug)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) help: String,
    pub(super) each: Each,
    pub(super) resource_labels: BTreeMap<String, String>,
    pub(super) metric_labels: BTreeMap<String, String>,
    pub(super) labels_from_path: Paths,
}

/// How values are found.
#[derive(Clone, Debug)]
pub(super) enum Each {
    Gauge { path: Path, labels: Paths, value_from: Path, label_from_key: String, nil_is_zero: bool },
    Info { path: Path, labels: Paths, label_from_key: String },
    StateSet { path: Path, labels: Paths, value_from: Path, label_name: String, list: Vec<String> },
}

type Labels = BTreeMap<String, String>;
type Values = Vec<(Labels, f64)>;

impl Family {
    /// The type in the header.
    pub(super) fn kind(&self) -> MetricKind {
        match self.each {
            Each::Gauge { .. } => MetricKind::Gauge,
            Each::Info { .. } => MetricKind::Info,
            Each::StateSet { .. } => MetricKind::StateSet,
        }
    }

    /// The samples of one object, their labels sorted by name. `fixed` are the labels of the kind.
    pub(super) fn samples(&self, object: &Value, fixed: &[(&str, &str); 3]) -> Vec<Sample<'static>> {
        let mut base = self.resource_labels.clone();
        base.extend(fixed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        base.extend(self.metric_labels.clone());
        self.labels_from_path.add(Some(object), &mut base);
        let mut values = self.each.values(object);
        values.sort_by(|(a, _), (b, _)| compare(a, b));
        let sample = |(own, value): (Labels, f64)| {
            let mut labels = base.clone();
            labels.extend(own);
            Sample {
                name: Cow::Owned(self.name.clone()),
                labels: labels
                    .into_iter()
                    .map(|(name, value)| (Cow::Owned(name), Cow::Owned(value)))
                    .collect(),
                value,
            }
        };
        values.into_iter().map(sample).collect()
    }
}

impl Each {
    fn values(&self, object: &Value) -> Values {
        let mut out = Vec::new();
        match self {
            Each::Gauge { path, labels, value_from, label_from_key, nil_is_zero } => {
                let gauge = Gauge { labels, value_from, label_from_key, nil_is_zero: *nil_is_zero };
                gauge.values(path.get(Some(object)), &mut out);
            }
            Each::Info { path, labels, label_from_key } => {
                infos(path.get(Some(object)), labels, label_from_key, &mut out);
            }
            Each::StateSet { path, labels, value_from, label_name, list } => {
                let states = States { labels, value_from, label_name, list };
                match path.get(Some(object)) {
                    Found::Value(Value::Array(items)) => {
                        items.iter().for_each(|item| states.values(item, &mut out));
                    }
                    Found::Value(value) => states.values(value, &mut out),
                    Found::Nothing | Found::OutOfRange(_) => {}
                }
            }
        }
        out
    }
}

struct Gauge<'a> {
    labels: &'a Paths,
    value_from: &'a Path,
    label_from_key: &'a str,
    nil_is_zero: bool,
}

impl Gauge<'_> {
    /// A map and a list give a value for each of their elements.
    fn values(&self, found: Found<'_>, out: &mut Values) {
        match found {
            Found::Value(whole @ Value::Object(map)) => {
                for (key, item) in map {
                    // A key that is itself the value's path is the value.
                    let value = if self.value_from.single() == Some(key) {
                        self.number(item)
                    } else {
                        self.value(Some(item))
                    };
                    let Some(value) = value else { continue };
                    let mut labels = Labels::new();
                    if !key.is_empty() && !self.label_from_key.is_empty() {
                        labels.insert(self.label_from_key.to_owned(), key.clone());
                    }
                    self.labels.add(Some(item), &mut labels);
                    self.labels.add(Some(whole), &mut labels);
                    out.push((labels, value));
                }
            }
            Found::Value(Value::Array(items)) => items.iter().for_each(|item| self.scalar(Some(item), out)),
            Found::Value(value) => self.scalar(Some(value), out),
            Found::Nothing => self.scalar(None, out),
            Found::OutOfRange(_) => {
                // No number, but with a further path nothing, which may count as 0.
                if *self.value_from != Path::default() {
                    self.scalar(None, out);
                }
            }
        }
    }

    fn scalar(&self, item: Option<&Value>, out: &mut Values) {
        if let Some(value) = self.value(item) {
            let mut labels = Labels::new();
            self.labels.add(item, &mut labels);
            out.push((labels, value));
        }
    }

    fn value(&self, item: Option<&Value>) -> Option<f64> {
        match self.value_from.get(item) {
            Found::Nothing => self.nil_is_zero.then_some(0.0),
            Found::Value(value) => self.number(value),
            Found::OutOfRange(_) => None,
        }
    }

    fn number(&self, value: &Value) -> Option<f64> {
        if value.is_null() { self.nil_is_zero.then_some(0.0) } else { value::number(value) }
    }
}

/// A 1 wherever there are labels: for each element of a list, for a map as a whole and for each of its entries.
fn infos(found: Found<'_>, paths: &Paths, label_from_key: &str, out: &mut Values) {
    let mut push = |item: &Value, mut labels: Labels| {
        paths.add(Some(item), &mut labels);
        if !labels.is_empty() {
            out.push((labels, 1.0));
        }
    };
    match found {
        Found::Value(Value::Array(items)) => items.iter().for_each(|item| push(item, Labels::new())),
        Found::Value(whole @ Value::Object(map)) => {
            for (key, item) in map {
                let mut labels = Labels::new();
                if !key.is_empty() && !label_from_key.is_empty() {
                    labels.insert(label_from_key.to_owned(), key.clone());
                }
                push(item, labels);
            }
            push(whole, Labels::new());
        }
        Found::Value(value) => push(value, Labels::new()),
        Found::Nothing | Found::OutOfRange(_) => {}
    }
}

struct States<'a> {
    labels: &'a Paths,
    value_from: &'a Path,
    label_name: &'a str,
    list: &'a [String],
}

impl States<'_> {
    /// A sample for each state of the list, 1 for the one the field has. Only strings are states.
    fn values(&self, item: &Value, out: &mut Values) {
        let Found::Value(Value::String(state)) = self.value_from.get(Some(item)) else { return };
        for known in self.list {
            let mut labels = Labels::from([(self.label_name.to_owned(), known.clone())]);
            self.labels.add(Some(item), &mut labels);
            out.push((labels, if known == state { 1.0 } else { 0.0 }));
        }
    }
}

/// The order of an object's samples: by the first label that differs, then by how many there are.
fn compare(a: &Labels, b: &Labels) -> Ordering {
    a.iter().cmp(b.iter())
}
