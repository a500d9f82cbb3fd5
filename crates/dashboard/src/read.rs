//! From JSON of the current schema to the model.

mod datasource;
mod field;
mod layout;
mod options;
mod panel;
mod query;
mod transform;

use serde_json::Value;

use crate::api::{Dashboard, TimeSpan, Timezone};
use crate::cursor::Cursor;
use crate::notes::Notes;
use crate::slug::slug;
use crate::variable::read_variables;

/// Choices of refresh where the JSON has none.
const REFRESH_INTERVALS: [&str; 10] = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"];

/// Reads a migrated dashboard; what is wrong in it is noted and left out.
pub(crate) fn read_dashboard(value: &Value, notes: &Notes) -> Dashboard {
    let root = Cursor::new(value, notes);
    let title = root.get("title").text().filter(|title| !title.trim().is_empty());
    let title = title.unwrap_or_else(|| "Untitled".to_owned());
    let uid = root.get("uid").text().filter(|uid| is_uid(uid)).unwrap_or_else(|| slug(&title));
    let variables = read_variables(&root.get("templating").get("list"));
    let sources = datasource::Datasources::read(&root);
    let panels = layout::read_panels(&root.get("panels"), &sources);
    note_annotations(&root);
    let mut intervals = root.get("timepicker").get("refresh_intervals").texts(50);
    if intervals.is_empty() {
        intervals = REFRESH_INTERVALS.map(str::to_owned).to_vec();
    }
    let timezone = match root.get("timezone").text_or_empty().to_lowercase().as_str() {
        "utc" => Timezone::Utc,
        _ => Timezone::Browser,
    };
    Dashboard {
        slug: slug(&title),
        description: root.get("description").text_or_empty(),
        tags: root.get("tags").texts(100),
        time: TimeSpan {
            from: root.get("time").get("from").text().unwrap_or_else(|| "now-6h".to_owned()),
            to: root.get("time").get("to").text().unwrap_or_else(|| "now".to_owned()),
        },
        refresh: root.get("refresh").text_or_empty(),
        refresh_intervals: intervals,
        timezone,
        shared_crosshair: root.get("graphTooltip").number().unwrap_or(0.0) > 0.0,
        variables,
        panels,
        notes: Vec::new(),
        uid,
        title,
    }
}

/// A uid stands in paths as it is.
fn is_uid(uid: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !uid.is_empty() && uid.len() <= 200 && uid.chars().all(plain)
}

fn note_annotations(root: &Cursor<'_>) {
    for annotation in root.get("annotations").get("list").items(100) {
        let built_in = annotation.get("builtIn").number().is_some_and(|number| number > 0.0);
        if !built_in && annotation.get("enable").truth().unwrap_or(true) && annotation.object().is_some() {
            annotation
                .note(format!("annotations \"{}\" are not drawn", annotation.get("name").text_or_empty()));
        }
    }
}
