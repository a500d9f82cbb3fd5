//! Values with methods.

use std::any::Any;

use crate::function::Function;
use crate::value::Value;

/// A value of the caller's with fields and methods.
///
/// A method is found before a field, and both before a key of the map that the object is made of. An
/// object that is made of a plain value (Go's named types) says so in [`Object::underlying`]: then it
/// ranges, has a length, compares and prints as that value does.
pub trait Object: Send + Sync {
    /// The type's name as Go prints it (`template.KV`).
    fn type_name(&self) -> &str;

    /// For [`Value::downcast`].
    fn as_any(&self) -> &dyn Any;

    /// A field of a struct.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// A method; it has its receiver captured.
    fn method(&self, _name: &str) -> Option<Function> {
        None
    }

    /// The plain value that the object is made of; none for a struct.
    fn underlying(&self) -> Option<Value> {
        None
    }

    /// What Go's `String()` gives, if the type has it.
    fn string(&self) -> Option<String> {
        None
    }

    /// Names and values of a struct's fields in order, for printing it whole.
    fn fields(&self) -> Vec<(&str, Value)> {
        Vec::new()
    }
}
