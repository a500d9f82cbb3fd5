//! Text to dashboard: unwrapping, limits, migration, reading.

use serde_json::{Map, Value};

use crate::api::Dashboard;
use crate::migrate::migrate;
use crate::notes::{Note, Notes};
use crate::read::read_dashboard;

/// Longer JSON is refused.
pub const BYTES_MAX: usize = 5 << 20;
/// More panels are refused.
pub const PANELS_MAX: usize = 1000;
/// The newest schema that is known.
const SCHEMA_NEWEST: f64 = 42.0;

/// Why a text is no dashboard.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// The text is no JSON, or nests too deep.
    #[error("dashboard JSON, line {line}, column {column}: {message}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the reader expected.
        message: String,
    },
    /// The text is too long.
    #[error("dashboard JSON has {bytes} bytes, more than the {BYTES_MAX} that are read")]
    TooLong {
        /// The text's length.
        bytes: usize,
    },
    /// There are too many panels.
    #[error("dashboard has {panels} panels, more than the {PANELS_MAX} that are read")]
    TooManyPanels {
        /// How many there are.
        panels: usize,
    },
    /// The JSON is something else.
    #[error("not a dashboard: {0}; export it from Grafana as classic JSON (schema 16 to 42)")]
    NotADashboard(&'static str),
}

/// Reads a dashboard of any schema up to 42: the bare JSON, an export `{"dashboard": …}` or a resource
/// `{"spec": …}`.
///
/// Fields of a wrong type or an unknown kind are left out and named in the notes, which also stand in
/// [`Dashboard::notes`]; they never fail the whole.
pub fn parse(text: &str) -> Result<(Dashboard, Vec<Note>), ParseError> {
    if text.len() > BYTES_MAX {
        return Err(ParseError::TooLong { bytes: text.len() });
    }
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = serde_json::from_str(text).map_err(|error| json_error(&error))?;
    let mut object = unwrap(value)?;
    let panels = count_panels(&object, 0);
    if panels > PANELS_MAX {
        return Err(ParseError::TooManyPanels { panels });
    }
    let notes = Notes::default();
    let version = object.get("schemaVersion").and_then(Value::as_f64).unwrap_or(0.0);
    if version > SCHEMA_NEWEST {
        notes.add("schemaVersion", format!("{version} is newer than {SCHEMA_NEWEST}: read as that"));
    }
    migrate(&mut object, &notes);
    let mut dashboard = read_dashboard(&Value::Object(object), &notes);
    let notes = notes.finish();
    dashboard.notes = notes.iter().map(Note::to_string).collect();
    Ok((dashboard, notes))
}

fn json_error(error: &serde_json::Error) -> ParseError {
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
    ParseError::Json { line: error.line(), column: error.column(), message }
}

/// The dashboard inside its wrapping.
fn unwrap(value: Value) -> Result<Map<String, Value>, ParseError> {
    let Value::Object(mut object) = value else {
        return Err(ParseError::NotADashboard("the JSON is no object"));
    };
    for key in ["dashboard", "spec"] {
        if object.get(key).is_some_and(Value::is_object)
            && !is_dashboard(&object)
            && let Some(Value::Object(inner)) = object.remove(key)
        {
            let inputs = object.remove("__inputs");
            object = inner;
            if let Some(inputs) = inputs {
                object.entry("__inputs").or_insert(inputs);
            }
        }
    }
    if object.get("elements").is_some_and(Value::is_object) {
        return Err(ParseError::NotADashboard(
            "it is in the schema v2 of Grafana 12, which is not supported",
        ));
    }
    if !is_dashboard(&object) && !object.contains_key("title") {
        return Err(ParseError::NotADashboard("it has no panels, rows or title"));
    }
    Ok(object)
}

fn is_dashboard(object: &Map<String, Value>) -> bool {
    object.contains_key("panels") || object.contains_key("rows")
}

fn count_panels(object: &Map<String, Value>, depth: usize) -> usize {
    let lists = ["panels", "rows"].into_iter().filter_map(|key| object.get(key).and_then(Value::as_array));
    let inner = |list: &Vec<Value>| {
        let nested = list.iter().filter_map(Value::as_object);
        list.len() + if depth < 4 { nested.map(|o| count_panels(o, depth + 1)).sum() } else { 0 }
    };
    lists.map(inner).sum()
}
