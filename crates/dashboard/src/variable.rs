//! How variables find their options: what the JSON says of them, read into one shape.

use serde_json::Value;

use crate::api::{Hide, Variable, VariableKind, VariableOption};
use crate::cursor::Cursor;

mod query;

pub use query::QueryKind;

/// At most this many variables and as many options written in the JSON are read.
const VARIABLES_MAX: usize = 200;
const OPTIONS_MAX: usize = 10_000;

/// The value that stands for All.
pub const ALL: &str = "$__all";

/// How a variable finds its options and its first choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// The query of `query` variables; the text of all others.
    pub query: String,
    /// A query in the object form, where it has one.
    pub query_kind: QueryKind,
    /// Filters and cuts options: `/pattern/flags`, or a pattern for the whole; "" = none.
    pub regex: String,
    /// Order of options, Grafana's numbers 0 to 8.
    pub sort: u8,
    /// What All expands to, verbatim; "" = all options joined.
    pub all_value: String,
    /// Values chosen at first.
    pub current: Vec<String>,
    /// Options written in the JSON.
    pub options: Vec<VariableOption>,
    /// Of `interval`: how many points `auto` aims at, where there is `auto`.
    pub auto_count: Option<u32>,
    /// Of `interval`: the least `auto`.
    pub auto_min: String,
}

/// Reads all variables; what is of an unknown type is left out with a note.
pub(crate) fn read_variables(list: &Cursor<'_>) -> Vec<Variable> {
    let mut variables: Vec<Variable> = Vec::new();
    for item in list.items(VARIABLES_MAX) {
        let Some(variable) = read_variable(&item) else { continue };
        if variables.iter().any(|known| known.name == variable.name) {
            item.note(format!("variable {} is defined twice: the first is taken", variable.name));
        } else {
            variables.push(variable);
        }
    }
    variables
}

fn read_variable(item: &Cursor<'_>) -> Option<Variable> {
    item.object()?;
    let name = item.get("name").text_or_empty();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !plain || name.len() > 200 {
        item.note("a variable without a usable name: ignored");
        return None;
    }
    let kind_text = item.get("type").text().unwrap_or_else(|| "query".to_owned());
    let Some(kind) = VariableKind::from_word(&kind_text) else {
        item.note(format!("variable {name} has type \"{kind_text}\", which is not supported: ignored"));
        return None;
    };
    let multi = item.get("multi").is_true();
    let include_all = item.get("includeAll").is_true();
    Some(Variable {
        label: item.get("label").text_or_empty(),
        description: item.get("description").text_or_empty(),
        kind,
        hide: read_hide(&item.get("hide"), kind),
        multi,
        include_all,
        definition: read_definition(item, kind),
        name,
    })
}

/// 0, 1 and 2 in classic JSON; words in the newest.
fn read_hide(hide: &Cursor<'_>, kind: VariableKind) -> Hide {
    let words = [
        ("0", Hide::None),
        ("1", Hide::Label),
        ("2", Hide::Variable),
        ("dontHide", Hide::None),
        ("hideLabel", Hide::Label),
        ("hideVariable", Hide::Variable),
        ("inControlsMenu", Hide::None),
        ("3", Hide::None),
    ];
    let unsaid = if kind == VariableKind::Constant { Hide::Variable } else { Hide::None };
    hide.word(&words).unwrap_or(unsaid)
}

fn read_definition(item: &Cursor<'_>, kind: VariableKind) -> Definition {
    let query = item.get("query");
    let (text, query_kind) = match (kind, query.value()) {
        (VariableKind::Query, Value::Object(_)) => query::read(&query),
        _ => (query.text_or_empty(), QueryKind::Text),
    };
    let text = match (kind, text.is_empty()) {
        (VariableKind::Query, true) => item.get("definition").text_or_empty(),
        _ => text,
    };
    let options = read_options(&item.get("options"));
    let mut current = item.get("current").get("value").texts(OPTIONS_MAX);
    if current.is_empty() {
        current = selected(&item.get("options"));
    }
    let auto = item.get("auto").is_true();
    Definition {
        query: text,
        query_kind,
        regex: item.get("regex").text_or_empty(),
        sort: item.get("sort").whole(0, 8).unwrap_or(0) as u8,
        all_value: item.get("allValue").text_or_empty(),
        current: current
            .into_iter()
            .map(|value| if value == "$__all" { ALL.to_owned() } else { value })
            .collect(),
        options,
        auto_count: auto.then(|| item.get("auto_count").whole(1, 10_000).unwrap_or(30)),
        auto_min: item.get("auto_min").text_or_empty(),
    }
}

fn read_options(list: &Cursor<'_>) -> Vec<VariableOption> {
    let read = |option: Cursor<'_>| {
        let value = option.get("value").texts(1).into_iter().next()?;
        let text = option.get("text").texts(1).into_iter().next().unwrap_or_else(|| value.clone());
        Some(VariableOption { text, value })
    };
    list.items(OPTIONS_MAX).into_iter().filter_map(read).filter(|option| option.value != ALL).collect()
}

fn selected(list: &Cursor<'_>) -> Vec<String> {
    let chosen = |option: &Cursor<'_>| option.get("selected").is_true();
    list.items(OPTIONS_MAX).iter().filter(|o| chosen(o)).flat_map(|o| o.get("value").texts(1)).collect()
}
