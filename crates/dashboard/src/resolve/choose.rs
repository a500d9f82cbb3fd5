//! Which of a variable's options are chosen: those of the address, else those saved, else the first.

use super::shape::{AUTO_PREFIX, plain};
use crate::api::{ResolvedVariable, Variable, VariableKind, VariableOption};
use crate::interpolate::{Binding, Choice};
use crate::interval::{Window, calculate, format_interval, parse_interval};
use crate::variable::ALL;

/// A request chooses at most this many values of a variable.
const CHOSEN_MAX: usize = 1000;

/// The variable with its choice, and what it stands for in queries.
pub(super) fn choose(
    variable: &Variable,
    mut options: Vec<VariableOption>,
    error: String,
    request: Option<&[String]>,
    window: Window,
) -> (ResolvedVariable, Vec<Binding>) {
    let definition = &variable.definition;
    let values: Vec<String> = options.iter().map(|option| option.value.clone()).collect();
    if variable.include_all {
        options.insert(0, VariableOption { text: "All".to_owned(), value: ALL.to_owned() });
    }
    let asked =
        request.map(|request| requested(variable, &options, request)).filter(|asked| !asked.is_empty());
    let current = match asked {
        Some(asked) => asked,
        None if variable.kind == VariableKind::Textbox => vec![textbox_text(variable)],
        None if variable.kind == VariableKind::Constant => values.clone(),
        None => saved(variable, &options),
    };
    if variable.kind == VariableKind::Textbox {
        options = current.iter().map(|value| plain(value)).collect();
    }
    let text_of = |value: &String| match options.iter().find(|option| option.value == *value) {
        Some(option) => option.text.clone(),
        None => value.clone(),
    };
    let text = current.iter().map(text_of).collect::<Vec<_>>().join(" + ");
    let is_all = variable.include_all && current.iter().any(|value| value == ALL);
    let choice = match (is_all, variable.multi) {
        (true, _) => {
            let verbatim = Some(definition.all_value.clone()).filter(|text| !text.is_empty());
            Choice::All { verbatim, values }
        }
        (false, true) => Choice::Many(current.clone()),
        (false, false) => Choice::One(current.first().cloned().unwrap_or_default()),
    };
    let name = variable.name.clone();
    let bindings = bind(variable, choice, &text, window);
    (ResolvedVariable { name, options, current, text, error }, bindings)
}

/// What the address asks for; texts are taken for values. Values that are no options stay: a page that was
/// saved must not change its meaning because a series is gone.
fn requested(variable: &Variable, options: &[VariableOption], request: &[String]) -> Vec<String> {
    let value = |asked: &String| {
        let by_value = options.iter().find(|option| option.value == *asked);
        let option = by_value.or_else(|| options.iter().find(|option| option.text == *asked));
        option.map_or_else(|| asked.clone(), |option| option.value.clone())
    };
    let mut chosen: Vec<String> = request.iter().take(CHOSEN_MAX).map(value).collect();
    if variable.include_all && chosen.iter().any(|value| value == ALL) {
        return vec![ALL.to_owned()];
    }
    chosen.retain(|value| value != ALL);
    chosen.truncate(if variable.multi { CHOSEN_MAX } else { 1 });
    let mut seen = std::collections::HashSet::new();
    chosen.retain(|value| seen.insert(value.clone()));
    chosen
}

/// The choice saved in the JSON as far as it can still be made, else the first option.
fn saved(variable: &Variable, options: &[VariableOption]) -> Vec<String> {
    let saved = &variable.definition.current;
    let real_options = options.iter().any(|option| option.value != ALL);
    if !real_options && !variable.include_all {
        return saved.iter().take(1).filter(|value| *value != ALL).cloned().collect();
    }
    let find = |value: &String| {
        let by_value = options.iter().find(|option| option.value == *value);
        let option = by_value.or_else(|| options.iter().find(|option| option.text == *value));
        option.map(|option| option.value.clone())
    };
    let mut chosen: Vec<String> = saved.iter().filter_map(find).collect();
    if chosen.iter().any(|value| value == ALL) {
        return vec![ALL.to_owned()];
    }
    if !variable.multi {
        chosen.truncate(1);
    }
    if chosen.is_empty() {
        chosen.extend(options.first().map(|option| option.value.clone()));
    }
    chosen
}

fn textbox_text(variable: &Variable) -> String {
    let definition = &variable.definition;
    definition.current.first().cloned().unwrap_or_else(|| definition.query.clone())
}

/// The variable's own name, and for `auto` of an interval the name of its value.
fn bind(variable: &Variable, choice: Choice, text: &str, window: Window) -> Vec<Binding> {
    let auto =
        variable.definition.auto_count.filter(|_| variable.kind == VariableKind::Interval).map(|count| {
            let least = parse_interval(&variable.definition.auto_min).unwrap_or(1);
            format_interval(calculate(window, u64::from(count), least))
        });
    let choice = match (choice, &auto) {
        (Choice::One(value), Some(auto)) if value.starts_with(AUTO_PREFIX) => Choice::One(auto.clone()),
        (choice, _) => choice,
    };
    let is_regex = variable.multi || variable.include_all;
    let own = Binding { name: variable.name.clone(), choice, text: text.to_owned(), is_regex };
    let of_auto = auto.map(|auto| Binding {
        name: format!("{}{}", &AUTO_PREFIX[1..], variable.name),
        choice: Choice::One(auto),
        text: "auto".to_owned(),
        is_regex: false,
    });
    std::iter::once(own).chain(of_auto).collect()
}
