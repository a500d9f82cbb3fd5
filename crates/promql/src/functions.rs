//! The functions of PromQL: a row each, read by parser, evaluator, completion and docs.

use crate::ast::ValueType;

/// One function.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// As written.
    pub name: &'static str,
    /// Argument types; the last is repeated or left out as `variadic` says.
    pub args: &'static [ValueType],
    /// 0: exactly `args`. n > 0: the last n arguments may be left out. -1: the last may be repeated any number of times, or
    /// be absent.
    pub variadic: i8,
    /// The result's type.
    pub returns: ValueType,
    /// Behind Prometheus' `promql-experimental-functions` flag.
    pub experimental: bool,
    /// One sentence for completion and docs.
    pub doc: &'static str,
}

/// The row of a function.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

/// All functions, sorted by name.
pub const FUNCTIONS: &[Function] = &[];
