//! Meta labels that several roles share.

use model::LabelsBuilder;
use serde_json::Value;

use super::{Attach, Kind, World};

/// What all meta labels begin with.
const PREFIX: &str = "__meta_kubernetes_";
pub(super) const ADDRESS: &str = "__address__";

/// A text at a path, or "".
pub(super) fn text<'v>(object: &'v Value, path: &[&str]) -> &'v str {
    at(object, path).and_then(Value::as_str).unwrap_or("")
}

/// The value at a path, if it is there and not null.
pub(super) fn at<'v>(object: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(object, |value, name| value.get(name)).filter(|value| !value.is_null())
}

/// The items of a list at a path.
pub(super) fn list<'v>(object: &'v Value, path: &[&str]) -> &'v [Value] {
    at(object, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Numbers and truth values as text, texts as they are, all else as "".
pub(super) fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(truth)) => truth.to_string(),
        _ => String::new(),
    }
}

/// Sets `__meta_kubernetes_NAME`.
pub(super) fn set(labels: &mut LabelsBuilder, name: &str, value: impl Into<String>) {
    labels.set(format!("{PREFIX}{name}"), value);
}

/// Sets a meta label where the object has the field.
pub(super) fn set_if(labels: &mut LabelsBuilder, name: &str, value: Option<&Value>) {
    if value.is_some() {
        set(labels, name, shown(value));
    }
}

/// Name, labels and annotations of an object, under a role's name.
pub(super) fn add_object(labels: &mut LabelsBuilder, role: &str, object: &Value) {
    set(labels, &format!("{role}_name"), text(object, &["metadata", "name"]));
    add_labels(labels, role, object);
}

/// Labels and annotations of an object; each is there twice: its value, and that it is there.
fn add_labels(labels: &mut LabelsBuilder, role: &str, object: &Value) {
    for (field, word) in [("labels", "label"), ("annotations", "annotation")] {
        let Some(Value::Object(entries)) = at(object, &["metadata", field]) else { continue };
        for (name, value) in entries {
            let name = sanitized(name);
            set(labels, &format!("{role}_{word}_{name}"), shown(Some(value)));
            set(labels, &format!("{role}_{word}present_{name}"), "true");
        }
    }
}

/// The node's name, labels and annotations, if the node is known.
pub(super) fn add_node(world: &World, labels: &mut LabelsBuilder, name: &str) {
    if let Some(node) = world.get(Kind::Node, "", name) {
        add_object(labels, "node", node);
    }
}

/// `__meta_kubernetes_namespace`, and what is attached of it.
pub(super) fn add_namespace(world: &World, labels: &mut LabelsBuilder, object: &Value, attach: Attach) {
    let name = text(object, &["metadata", "namespace"]);
    set(labels, "namespace", name);
    if attach.namespace
        && let Some(namespace) = world.get(Kind::Namespace, "", name)
    {
        add_labels(labels, "namespace", namespace);
    }
}

/// `KIND/NAMESPACE/NAME`, as Prometheus names its groups.
pub(super) fn source(kind: &str, object: &Value) -> String {
    format!("{kind}/{}/{}", text(object, &["metadata", "namespace"]), text(object, &["metadata", "name"]))
}

/// Host and port as an address; IPv6 in brackets.
pub(super) fn address(host: &str, port: &str) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// All but letters, digits and `_` become `_`.
pub(super) fn sanitized(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// The owner that controls an object: kind and name.
pub(super) fn controller(object: &Value) -> Option<(&str, &str)> {
    let owners = list(object, &["metadata", "ownerReferences"]);
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    Some((text(owner, &["kind"]), text(owner, &["name"])))
}
