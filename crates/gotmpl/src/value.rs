//! The data that templates see.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt as std_fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::function::Function;
use crate::object::Object;

/// A value of a template: cheap to clone, shared where large.
#[derive(Clone, Default)]
pub enum Value {
    /// Go's `nil`; also what a missing key gives.
    #[default]
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `uint`
    Uint(u64),
    /// `float64`
    Float(f64),
    /// `string`: bytes, mostly UTF-8.
    String(Str),
    /// A slice.
    List(List),
    /// A map with string keys, shared and mutable.
    Map(Map),
    /// A function value, for `call`.
    Function(Function),
    /// A value with methods, supplied by the caller.
    Object(Arc<dyn Object>),
}

/// A Go string: bytes that need not be UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Str(Arc<[u8]>);

/// Static type of the elements of a [`List`] or [`Map`]; it decides what `missingkey=zero` gives and how
/// the type is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Elem {
    /// `interface {}`; zero is nil.
    #[default]
    Any,
    /// `bool`; zero is false.
    Bool,
    /// `int`; zero is 0.
    Int,
    /// `float64`; zero is 0.
    Float,
    /// `string`; zero is empty.
    String,
    /// A type of the caller's; zero is nil.
    Named(&'static str),
}

/// A slice: shared and immutable.
#[derive(Clone, Default)]
pub struct List {
    items: Arc<Vec<Value>>,
    elem: Elem,
}

/// A map with string keys: clones are handles of the same map, as in Go.
#[derive(Clone, Default)]
pub struct Map {
    entries: Arc<RwLock<BTreeMap<Str, Value>>>,
    elem: Elem,
}

// === impl Str ===

impl Str {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, with U+FFFD in place of what is not UTF-8.
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there no byte?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().into())
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Self(text.into_bytes().into())
    }
}

impl From<&[u8]> for Str {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl From<Vec<u8>> for Str {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl std::borrow::Borrow<[u8]> for Str {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl std_fmt::Debug for Str {
    fn fmt(&self, f: &mut std_fmt::Formatter<'_>) -> std_fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

impl std_fmt::Display for Str {
    fn fmt(&self, f: &mut std_fmt::Formatter<'_>) -> std_fmt::Result {
        f.write_str(&self.to_text())
    }
}

// === impl Elem ===

impl Elem {
    /// The type's name in Go.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float64",
            Self::String => "string",
            Self::Named(name) => name,
        }
    }

    /// The zero value.
    pub fn zero(self) -> Value {
        match self {
            Self::Any | Self::Named(_) => Value::Nil,
            Self::Bool => Value::Bool(false),
            Self::Int => Value::Int(0),
            Self::Float => Value::Float(0.0),
            Self::String => Value::from(""),
        }
    }
}

// === impl List ===

impl List {
    /// A list of the values, of type `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::typed(items, Elem::Any)
    }

    /// A list whose elements have a static type.
    pub fn typed(items: Vec<Value>, elem: Elem) -> Self {
        Self { items: Arc::new(items), elem }
    }

    /// The elements in order.
    pub fn as_slice(&self) -> &[Value] {
        &self.items
    }

    /// Static type of the elements.
    pub fn elem(&self) -> Elem {
        self.elem
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Is there no element?
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl Drop for List {
    /// Long chains of lists in lists are taken apart without recursion.
    fn drop(&mut self) {
        if let Some(items) = Arc::get_mut(&mut self.items)
            && items.iter().any(Value::is_nested)
        {
            drop_values(std::mem::take(items));
        }
    }
}

// === impl Map ===

impl Map {
    /// An empty map of type `map[string]interface {}`.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty map whose values have a static type.
    pub fn typed(elem: Elem) -> Self {
        Self { entries: Arc::default(), elem }
    }

    /// Static type of the values.
    pub fn elem(&self) -> Elem {
        self.elem
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Set a key in place: all handles see it.
    pub fn insert(&self, key: impl Into<Str>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        self.entries.write().unwrap_or_else(PoisonError::into_inner).insert(key, value);
    }

    /// Remove a key in place, giving what it held.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).remove(key)
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Is there no key?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keys and values, sorted by key, as they are now.
    pub fn entries(&self) -> Vec<(Str, Value)> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if let Some(entries) = Arc::get_mut(&mut self.entries) {
            let entries = entries.get_mut().unwrap_or_else(PoisonError::into_inner);
            if entries.values().any(Value::is_nested) {
                drop_values(std::mem::take(entries).into_values().collect());
            }
        }
    }
}

impl<K: Into<Str>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        let entries: BTreeMap<Str, Value> = iter.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Self { entries: Arc::new(RwLock::new(entries)), elem: Elem::Any }
    }
}

// === impl Value ===

impl Value {
    /// A map of type `map[string]string`, as labels are.
    pub fn string_map<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let map = Map::typed(Elem::String);
        for (key, value) in pairs {
            map.insert(key, value);
        }
        Self::Map(map)
    }

    /// A list of type `[]interface {}`.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(List::new(items))
    }

    /// An object of the caller's.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Arc::new(object))
    }

    /// Name of the dynamic type, as Go's `%T`.
    pub fn type_name(&self) -> Cow<'static, str> {
        match self {
            Self::Nil => "<nil>".into(),
            Self::Bool(_) => "bool".into(),
            Self::Int(_) => "int".into(),
            Self::Uint(_) => "uint".into(),
            Self::Float(_) => "float64".into(),
            Self::String(_) => "string".into(),
            Self::List(list) => format!("[]{}", list.elem.name()).into(),
            Self::Map(map) => format!("map[string]{}", map.elem.name()).into(),
            Self::Function(function) => function.type_name().into(),
            Self::Object(object) => object.type_name().to_owned().into(),
        }
    }

    /// Go's truth: not the zero value, and not empty.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(b) => *b,
            Self::Int(i) => *i != 0,
            Self::Uint(u) => *u != 0,
            Self::Float(f) => *f != 0.0,
            Self::String(s) => !s.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Function(_) => true,
            Self::Object(object) => object.underlying().is_none_or(|value| value.truth()),
        }
    }

    /// The string, if it is one (or an object made of one).
    pub fn as_str(&self) -> Option<Str> {
        match self {
            Self::String(s) => Some(s.clone()),
            Self::Object(object) => match object.underlying() {
                Some(Self::String(s)) => Some(s),
                _ => None,
            },
            _ => None,
        }
    }

    /// The object as the type that the caller made it of.
    pub fn downcast<T: 'static>(&self) -> Option<&T> {
        match self {
            Self::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// The plain value behind an object that is made of one.
    pub(crate) fn plain(&self) -> Value {
        match self {
            Self::Object(object) => object.underlying().unwrap_or_else(|| self.clone()),
            _ => self.clone(),
        }
    }

    fn is_nested(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_))
    }
}

/// Take values apart with a list of work instead of recursion.
fn drop_values(mut work: Vec<Value>) {
    while let Some(value) = work.pop() {
        match value {
            Value::List(mut list) => {
                if let Some(items) = Arc::get_mut(&mut list.items) {
                    work.append(items);
                }
            }
            Value::Map(mut map) => {
                if let Some(entries) = Arc::get_mut(&mut map.entries) {
                    let entries = entries.get_mut().unwrap_or_else(PoisonError::into_inner);
                    work.extend(std::mem::take(entries).into_values());
                }
            }
            _ => {}
        }
    }
}

impl std_fmt::Debug for Value {
    fn fmt(&self, f: &mut std_fmt::Formatter<'_>) -> std_fmt::Result {
        f.write_str(&crate::fmt::sprintf("%#v", std::slice::from_ref(self)))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Uint(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}

impl From<Str> for Value {
    fn from(value: Str) -> Self {
        Self::String(value)
    }
}

impl From<List> for Value {
    fn from(value: List) -> Self {
        Self::List(value)
    }
}

impl From<Map> for Value {
    fn from(value: Map) -> Self {
        Self::Map(value)
    }
}

impl From<Function> for Value {
    fn from(value: Function) -> Self {
        Self::Function(value)
    }
}
