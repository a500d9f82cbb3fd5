//! Reading and writing JSON objects that may hold anything.

use serde_json::{Map, Value};

/// A JSON object, its members in order.
pub(super) type Object = Map<String, Value>;

/// The member's text; "" where it is absent or no text.
pub(super) fn text<'a>(object: &'a Object, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or("")
}

/// Whether the member is true.
pub(super) fn truth(object: &Object, key: &str) -> bool {
    object.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The member's number, also where it is written as text.
pub(super) fn number(object: &Object, key: &str) -> Option<f64> {
    object.get(key).and_then(as_number)
}

/// The number of a value, also where it is written as text.
pub(super) fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    }
}

/// The member that is an object.
pub(super) fn child<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key).and_then(Value::as_object)
}

/// The member that is an array; an empty one for anything else.
pub(super) fn list<'a>(object: &'a Object, key: &str) -> &'a [Value] {
    object.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The member as an object, made where it is absent or something else.
pub(super) fn child_mut<'a>(object: &'a mut Object, key: &str) -> &'a mut Object {
    let member = object.entry(key).or_insert(Value::Null);
    if !member.is_object() {
        *member = Value::Object(Object::new());
    }
    member.as_object_mut().expect("was made an object above")
}

/// The member as an array, made where it is absent or something else.
pub(super) fn list_mut<'a>(object: &'a mut Object, key: &str) -> &'a mut Vec<Value> {
    let member = object.entry(key).or_insert(Value::Null);
    if !member.is_array() {
        *member = Value::Array(Vec::new());
    }
    member.as_array_mut().expect("was made an array above")
}

/// `fieldConfig.defaults` of a panel.
pub(super) fn defaults_mut(panel: &mut Object) -> &mut Object {
    child_mut(child_mut(panel, "fieldConfig"), "defaults")
}

/// `fieldConfig.overrides` of a panel.
pub(super) fn overrides_mut(panel: &mut Object) -> &mut Vec<Value> {
    list_mut(child_mut(panel, "fieldConfig"), "overrides")
}

/// Sets the member unless the value is null, "" or absent.
pub(super) fn set_some(object: &mut Object, key: &str, value: Option<Value>) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) if text.is_empty() => {}
        Some(value) => drop(object.insert(key.to_owned(), value)),
    }
}

/// Sets the member.
pub(super) fn set(object: &mut Object, key: &str, value: impl Into<Value>) {
    object.insert(key.to_owned(), value.into());
}

/// The id of the reducer that an old name stands for.
pub(super) fn reducer(name: &str) -> &str {
    match name {
        "avg" => "mean",
        "current" => "lastNotNull",
        "total" => "sum",
        other => other,
    }
}
