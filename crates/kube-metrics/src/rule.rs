//! Rules applied to objects.

use std::borrow::Cow;

use serde_json::Value;

use crate::allow::KeyPatterns;
use crate::family::{Fields, OwnerForm, Resource, Rows, Rule};
use crate::names::label_names;
use crate::object;

/// The statuses a condition can have, in the order of their samples.
const STATUSES: [(&str, &str); 3] = [("True", "true"), ("False", "false"), ("Unknown", "unknown")];

/// The labels that every sample of an object begins with.
pub(crate) fn identity<'a>(resource: &Resource, value: &'a Value) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    let label = |&(name, path): &(&'static str, &str)| (Cow::Borrowed(name), object::label(value, path));
    resource.identity.iter().map(label).collect()
}

/// The allow-lists that hold for one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowed {
    pub(crate) labels: KeyPatterns,
    pub(crate) annotations: KeyPatterns,
}

impl Rule {
    /// Whether it makes nothing under these lists, whatever the object.
    pub(crate) fn is_silent(&self, allowed: &Allowed) -> bool {
        match self {
            Rule::Labels => allowed.labels.is_empty(),
            Rule::Annotations => allowed.annotations.is_empty(),
            _ => false,
        }
    }

    /// Adds the samples of one object.
    pub(crate) fn apply<'a>(&self, value: &'a Value, allowed: &Allowed, rows: &mut Rows<'a>) {
        match self {
            Rule::One => rows.value(1.0),
            Rule::Time(path) => optional(object::time(value, path), rows),
            Rule::Count(path) => rows.value(object::number(value, path).unwrap_or(0.0)),
            Rule::Number(path) => optional(object::number(value, path), rows),
            Rule::Length(path) => rows.value(count(object::list(value, path).len())),
            Rule::Flag(path) => rows.value(one_if(object::flag(value, path) == Some(true))),
            Rule::Version => optional(object::text(value, "metadata.resourceVersion").parse().ok(), rows),
            Rule::Labels => keys(value, "metadata.labels", "label", &allowed.labels, rows),
            Rule::AllLabels => keys(value, "metadata.labels", "label", &KeyPatterns::all(), rows),
            Rule::Annotations => {
                keys(value, "metadata.annotations", "annotation", &allowed.annotations, rows);
            }
            Rule::Owners(form) => owners(value, *form, rows),
            Rule::Info(fields) => info(value, fields, rows),
            Rule::Each(path, fields) => {
                for element in object::list(value, path) {
                    info(element, fields, rows);
                }
            }
            Rule::EachText(path, label) => {
                for text in object::list(value, path).iter().filter_map(Value::as_str) {
                    rows.push([(label, text.into())], 1.0);
                }
            }
            Rule::Conditions(path) => conditions(value, path, rows),
            Rule::Condition(path, kind) => condition(value, path, kind, rows),
            Rule::States(path, label, known) => states(object::text(value, path), label, known, rows),
            Rule::Custom(custom) => custom(value, rows),
        }
    }
}

/// 1 or 0.
pub(crate) fn one_if(condition: bool) -> f64 {
    if condition { 1.0 } else { 0.0 }
}

/// A length as a value.
#[expect(clippy::cast_precision_loss, reason = "no list has 2^53 elements")]
pub(crate) fn count(length: usize) -> f64 {
    length as f64
}

/// Adds a value, if there is one.
pub(crate) fn optional(value: Option<f64>, rows: &mut Rows<'_>) {
    if let Some(value) = value {
        rows.value(value);
    }
}

/// The three statuses of a condition and the value of each.
pub(crate) fn statuses(condition: &Value) -> impl Iterator<Item = (&'static str, f64)> {
    let status = object::text(condition, "status");
    STATUSES.iter().map(move |(known, label)| (*label, one_if(*known == status)))
}

/// Adds a 1 whose labels are the entries of a map.
pub(crate) fn keys<'a>(
    value: &'a Value,
    path: &str,
    prefix: &str,
    allowed: &KeyPatterns,
    rows: &mut Rows<'a>,
) {
    let mut entries: Vec<(&str, &'a Value)> = object::map(value, path)
        .map(|map| {
            map.iter()
                .filter(|(key, _)| allowed.allows(key))
                .map(|(key, value)| (key.as_str(), value))
                .collect()
        })
        .unwrap_or_default();
    entries.sort_unstable_by_key(|(key, _)| *key);
    let names = label_names(prefix, &entries.iter().map(|(key, _)| *key).collect::<Vec<_>>());
    let values = entries.iter().map(|(_, value)| Cow::Borrowed(value.as_str().unwrap_or("")));
    rows.extend(names.into_iter().map(Cow::Owned).zip(values), 1.0);
}

fn info<'a>(value: &'a Value, fields: Fields, rows: &mut Rows<'a>) {
    let labels = fields.iter().map(|(name, path)| (Cow::Borrowed(*name), object::label(value, path)));
    rows.extend(labels, 1.0);
}

fn owners<'a>(value: &'a Value, form: OwnerForm, rows: &mut Rows<'a>) {
    const NONE: &Value = &Value::Null;
    let owners = object::list(value, "metadata.ownerReferences");
    let none = if owners.is_empty() { std::slice::from_ref(NONE) } else { &[] };
    for owner in owners.iter().chain(none) {
        let named = [("owner_kind", "kind"), ("owner_name", "name")];
        let mut labels: Vec<(Cow<'a, str>, Cow<'a, str>)> =
            named.iter().map(|(name, path)| (Cow::Borrowed(*name), object::label(owner, path))).collect();
        if form == OwnerForm::Controlled {
            let controller = if owner.is_null() {
                ""
            } else if object::flag(owner, "controller") == Some(true) {
                "true"
            } else {
                "false"
            };
            labels.push((Cow::Borrowed("owner_is_controller"), Cow::Borrowed(controller)));
        }
        rows.extend(labels.into_iter(), 1.0);
    }
}

fn conditions<'a>(value: &'a Value, path: &str, rows: &mut Rows<'a>) {
    for condition in object::list(value, path) {
        for (status, state) in statuses(condition) {
            let kind = object::text(condition, "type").into();
            rows.push([("condition", kind), ("status", status.into())], state);
        }
    }
}

fn condition(value: &Value, path: &str, kind: &str, rows: &mut Rows<'_>) {
    for condition in object::list(value, path) {
        if object::text(condition, "type") == kind {
            for (status, state) in statuses(condition) {
                rows.push([("condition", status.into())], state);
            }
        }
    }
}

fn states(state: &str, label: &'static str, known: &'static [&'static str], rows: &mut Rows<'_>) {
    if state.is_empty() {
        return;
    }
    for name in known {
        rows.push([(label, (*name).into())], one_if(*name == state));
    }
}
