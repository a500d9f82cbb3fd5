//! Go's text/template: parse and execute, with functions and objects supplied by the caller.
//!
//! What it is: the language of annotations of alerts, of notification templates and of charts, with Go's
//! semantics for truth, comparison, printing and error texts. What it is not: it knows no Prometheus, no
//! Alertmanager, no Helm, no clock, no file and no network; such functions come in a [`Functions`] table.
//! Contextual HTML escaping is absent.
//!
//! Reading order: [`value`] and [`object`] (the data), [`function`] (what can be called), `lex`, `tree`,
//! `parse` (text to tree), `exec` (tree to text), [`fmt`] (how Go prints), `builtins`.
//!
//! Bounds: nesting of the source, depth of template calls, number of steps and bytes produced are limited
//! ([`Options`]), so that no template, however hostile, exhausts the stack, the memory or the time.

mod builtins;
mod error;
mod exec;
pub mod fmt;
pub mod function;
mod lex;
mod literal;
pub mod object;
mod parse;
mod template;
mod tree;
pub mod value;

pub use error::{CallError, ExecError, ParseError};
pub use exec::{Context, MissingKey, Options};
pub use function::{Function, Functions, Type};
pub use literal::quote;
pub use object::Object;
pub use template::Template;
pub use value::{Elem, List, Map, Str, Value};

#[cfg(test)]
mod tests;
