//! Options and choices of variables.

mod choose;
mod order;
mod query;
mod shape;

#[cfg(test)]
mod tests;

use model::Labels;

use crate::api::{Dashboard, ExpandRequest, ResolvedVariable, Variable, VariableKind, VariableOption};
use crate::expand::Settings;
use crate::interpolate::{Scope, Usual, interpolate};
use crate::interval::Window;

/// A variable has at most this many options.
const OPTIONS_MAX: usize = 10_000;

/// What resolution asks of the store, over the range that is looked at. Errors are for humans.
pub trait VariableSource {
    /// Label sets of the series that match a selector, such as `up{job="x"}`.
    fn series(&self, selector: &str) -> Result<Vec<Labels>, String>;

    /// Values of a label, of all series or of those that match a selector.
    fn label_values(&self, selector: Option<&str>, label: &str) -> Result<Vec<String>, String>;

    /// Label names, of all series or of those that match a selector.
    fn label_names(&self, selector: Option<&str>) -> Result<Vec<String>, String>;

    /// The instant vector of an expression at the range's end: labels, value, milliseconds since the epoch.
    fn query(&self, expr: &str) -> Result<Vec<(Labels, f64, i64)>, String>;
}

/// Resolves all variables, those that others use first, and binds them in the scope.
pub(crate) fn resolve(
    dashboard: &Dashboard,
    request: &ExpandRequest,
    source: &dyn VariableSource,
    settings: &Settings,
    scope: &mut Scope<'_>,
) -> Vec<ResolvedVariable> {
    let order = order::dependency_order(&dashboard.variables);
    let mut resolved: Vec<Option<ResolvedVariable>> = vec![None; dashboard.variables.len()];
    for (index, cycle) in order {
        let variable = &dashboard.variables[index];
        let (options, error) = match cycle {
            Some(cycle) => (Vec::new(), format!("variables refer to each other: {cycle}")),
            None => find_options(variable, source, settings, scope),
        };
        let request_values = request.variables.get(&variable.name).map(Vec::as_slice);
        let window = Window::new(request.from, request.to);
        let (one, binding) = choose::choose(variable, options, error, request_values, window);
        scope.bindings.extend(binding);
        resolved[index] = Some(one);
    }
    resolved.into_iter().flatten().collect()
}

/// The options, All not among them, and what went wrong.
fn find_options(
    variable: &Variable,
    source: &dyn VariableSource,
    settings: &Settings,
    scope: &Scope<'_>,
) -> (Vec<VariableOption>, String) {
    let definition = &variable.definition;
    match variable.kind {
        VariableKind::Query => match query_options(variable, source, scope) {
            Ok((options, error)) => (options, error),
            Err(error) => (Vec::new(), error),
        },
        VariableKind::Custom => {
            let options = shape::custom_options(&definition.query);
            (if options.is_empty() { definition.options.clone() } else { options }, String::new())
        }
        VariableKind::Interval => (shape::interval_options(variable), String::new()),
        VariableKind::Datasource => match definition.query.as_str() {
            "prometheus" | "" => (vec![shape::plain(&settings.datasource)], String::new()),
            other => (Vec::new(), format!("there is no datasource of type {other}")),
        },
        VariableKind::Constant => (vec![shape::plain(&definition.query)], String::new()),
        VariableKind::Textbox => (Vec::new(), String::new()),
    }
}

fn query_options(
    variable: &Variable,
    source: &dyn VariableSource,
    scope: &Scope<'_>,
) -> Result<(Vec<VariableOption>, String), String> {
    let definition = &variable.definition;
    let text = interpolate(&definition.query, scope, Usual::Promql).map_err(|error| error.to_string())?;
    let regex = interpolate(&definition.regex, scope, Usual::Regex).map_err(|error| error.to_string())?;
    let values = query::run(&text, definition.query_kind, source)?;
    let mut options = shape::cut(values, &regex)?;
    shape::sort(&mut options, definition.sort);
    let found = options.len();
    options.truncate(OPTIONS_MAX);
    let error = match found {
        0..=OPTIONS_MAX => String::new(),
        _ => format!("{found} values were found, the first {OPTIONS_MAX} are shown"),
    };
    Ok((options, error))
}
