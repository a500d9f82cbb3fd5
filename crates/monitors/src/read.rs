//! Short ways into objects.

use serde_json::{Map, Value};

static NULL: Value = Value::Null;

/// The value at a path of keys with dots between, or null.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').try_fold(value, |inner, key| inner.get(key)).unwrap_or(&NULL)
}

/// The text at a path, or "".
pub(crate) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or("")
}

/// The items at a path; none if there is no list.
pub(crate) fn items<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).as_array().map_or(&[], Vec::as_slice)
}

/// The entries at a path; none if there is no mapping.
pub(crate) fn entries<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    at(value, path).as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// The texts of a list at a path.
pub(crate) fn texts<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = &'a str> {
    items(value, path).iter().filter_map(Value::as_str)
}

/// Whether it is null, "", [] or {}: what Go leaves out.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A number or a text, as text.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A mapping that leaves out what is empty.
#[derive(Default)]
pub(crate) struct Fields(pub(crate) Map<String, Value>);

impl Fields {
    /// Puts a value in, even an empty one.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// Puts a value in unless it is null, "", [] or {}.
    pub(crate) fn put(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        if !is_empty(&value) {
            self.0.insert(key.to_owned(), value);
        }
    }

    /// Puts a value in unless it is null.
    pub(crate) fn keep_made(&mut self, key: &str, value: Value) {
        if !value.is_null() {
            self.set(key, value);
        }
    }

    /// Copies fields that are not empty: `(ours, theirs)`.
    pub(crate) fn copy(&mut self, from: &Value, rows: &[(&str, &str)]) {
        for (ours, theirs) in rows {
            self.put(ours, at(from, theirs).clone());
        }
    }

    /// Copies fields that are there, even empty ones: `(ours, theirs)`.
    pub(crate) fn keep(&mut self, from: &Value, rows: &[(&str, &str)]) {
        for (ours, theirs) in rows {
            if !at(from, theirs).is_null() {
                self.set(ours, at(from, theirs).clone());
            }
        }
    }

    pub(crate) fn value(self) -> Value {
        Value::Object(self.0)
    }
}
