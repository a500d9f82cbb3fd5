//! The conformance set, and what it does not cover.

mod conformance;

use crate::{Elem, Function, Functions, List, Map, MissingKey, Options, Template, Type, Value};

/// Execute a text against data; errors are given as text.
fn render(text: &str, data: &Value, options: &Options) -> String {
    render_with(text, data, options, &Functions::new())
}

fn render_with(text: &str, data: &Value, options: &Options, functions: &Functions) -> String {
    match Template::parse("t", text, functions) {
        Err(error) => format!("PARSE {error}"),
        Ok(template) => template.execute(data, options).unwrap_or_else(|error| format!("EXEC {error}")),
    }
}
