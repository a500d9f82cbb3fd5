//! What can be called.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::CallError;
use crate::exec::Context;
use crate::value::Value;

/// Static type of a parameter; values are checked against it before the call, in Go's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: everything, nil too.
    Any,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `uint`
    Uint,
    /// `float64`; an integer constant is converted.
    Float,
    /// `string`
    String,
    /// A slice of any type.
    List,
    /// A map of any type.
    Map,
    /// A function.
    Function,
    /// The type of an object, by [`crate::Object::type_name`].
    Named(&'static str),
}

/// A function or method: parameters and what to do. Clones share it.
#[derive(Clone)]
pub struct Function(Arc<Inner>);

struct Inner {
    params: Vec<Type>,
    variadic: Option<Type>,
    body: Box<Body>,
}

type Body = dyn Fn(&Context, &[Value]) -> Result<Value, CallError> + Send + Sync;

/// A table of functions: cheap to clone and to lay over another.
#[derive(Clone, Default)]
pub struct Functions {
    layers: Vec<Arc<HashMap<String, Function>>>,
}

// === impl Type ===

impl Type {
    /// The type's name in Go.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Float => "float64",
            Self::String => "string",
            Self::List => "[]interface {}",
            Self::Map => "map[string]interface {}",
            Self::Function => "func()",
            Self::Named(name) => name,
        }
    }

    /// Can nil be passed?
    pub(crate) fn can_be_nil(self) -> bool {
        matches!(self, Self::Any | Self::List | Self::Map | Self::Function)
    }

    /// Can the value, which is not nil, be passed?
    pub(crate) fn accepts(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::Bool, Value::Bool(_))
            | (Self::Int, Value::Int(_))
            | (Self::Uint, Value::Uint(_))
            | (Self::Float, Value::Float(_))
            | (Self::String, Value::String(_))
            | (Self::List, Value::List(_))
            | (Self::Map, Value::Map(_))
            | (Self::Function, Value::Function(_)) => true,
            (Self::Named(name), value) => value.type_name() == name,
            (Self::List | Self::Map, Value::Object(object)) => {
                object.underlying().is_some_and(|plain| self.accepts(&plain))
            }
            _ => false,
        }
    }
}

// === impl Function ===

impl Function {
    /// A function of exactly these parameters.
    pub fn new(
        params: &[Type],
        body: impl Fn(&[Value]) -> Result<Value, CallError> + Send + Sync + 'static,
    ) -> Self {
        Self::with_context(params, None, move |_, args| body(args))
    }

    /// A function of these parameters and any number more of the last type.
    pub fn variadic(
        params: &[Type],
        rest: Type,
        body: impl Fn(&[Value]) -> Result<Value, CallError> + Send + Sync + 'static,
    ) -> Self {
        Self::with_context(params, Some(rest), move |_, args| body(args))
    }

    /// A function that sees the execution in which it is called, for calling templates again
    /// ([`Context::execute`]).
    pub fn with_context(
        params: &[Type],
        rest: Option<Type>,
        body: impl Fn(&Context, &[Value]) -> Result<Value, CallError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner { params: params.to_vec(), variadic: rest, body: Box::new(body) }))
    }

    /// Fixed parameters.
    pub fn params(&self) -> &[Type] {
        &self.0.params
    }

    /// Type of further arguments, if they are allowed.
    pub fn rest(&self) -> Option<Type> {
        self.0.variadic
    }

    /// Call with arguments whose number and types were checked.
    pub(crate) fn call(&self, context: &Context, args: &[Value]) -> Result<Value, CallError> {
        (self.0.body)(context, args)
    }

    pub(crate) fn type_name(&self) -> String {
        let mut params: Vec<String> = self.0.params.iter().map(|t| t.name().to_owned()).collect();
        params.extend(self.0.variadic.map(|t| format!("...{}", t.name())));
        format!("func({}) interface {{}}", params.join(", "))
    }
}

// === impl Functions ===

impl Functions {
    /// An empty table; the builtins are always there.
    pub fn new() -> Self {
        Self::default()
    }

    /// Add or replace a function in the top layer.
    pub fn insert(&mut self, name: impl Into<String>, function: Function) {
        if self.layers.is_empty() {
            self.layers.push(Arc::default());
        }
        if let Some(top) = self.layers.last_mut() {
            Arc::make_mut(top).insert(name.into(), function);
        }
    }

    /// This table with another one laid over it; nothing is copied.
    pub fn overlay(&self, over: &Functions) -> Self {
        Self { layers: self.layers.iter().chain(&over.layers).cloned().collect() }
    }

    /// The function of a name, the topmost.
    pub fn get(&self, name: &str) -> Option<&Function> {
        self.layers.iter().rev().find_map(|layer| layer.get(name))
    }
}
