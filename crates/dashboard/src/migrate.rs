//! From any schema since 2014 to the current one, JSON to JSON, a small function for each change.
//!
//! Each row of [`MIGRATIONS`] says until which schema version it applies (`schemaVersion` of Grafana) and what
//! it is applied to. Plugin changes (graph to timeseries and the like) have no schema version of their own:
//! they go by the shape of the panel. Every migration leaves what it does not know as it is.

mod board;
mod cells;
mod gauge;
mod graph;
mod mappings;
mod object;
mod rows;
mod singlestat;
mod table;
mod variables;

use serde_json::Value;

use crate::notes::Notes;
use object::{Object, text};

/// A row panel inside a row panel is as deep as it goes.
const NESTING_MAX: usize = 2;

/// One change of the schema.
struct Migration {
    /// Dashboards of this schema version and later have it already; `ALWAYS` goes by shape.
    until: u32,
    step: Step,
}

/// What a migration is applied to.
enum Step {
    Dashboard(fn(&mut Object, &Notes)),
    Panel(fn(&mut Object, &Notes)),
    Variable(fn(&mut Object, &Notes)),
}

const ALWAYS: u32 = u32::MAX;

/// All changes, oldest first.
const MIGRATIONS: &[Migration] = &[
    Migration { until: 12, step: Step::Variable(variables::hide_flags) },
    Migration { until: 12, step: Step::Panel(graph::y_formats) },
    Migration { until: 14, step: Step::Dashboard(board::shared_crosshair) },
    Migration { until: ALWAYS, step: Step::Dashboard(rows::rows_to_grid) },
    Migration { until: 25, step: Step::Panel(board::min_span) },
    Migration { until: ALWAYS, step: Step::Variable(variables::old_types) },
    Migration { until: ALWAYS, step: Step::Panel(table::styles_to_overrides) },
    Migration { until: ALWAYS, step: Step::Panel(singlestat::singlestat_to_stat) },
    Migration { until: ALWAYS, step: Step::Panel(gauge::value_options) },
    Migration { until: ALWAYS, step: Step::Panel(gauge::field_options) },
    Migration { until: ALWAYS, step: Step::Panel(gauge::threshold_lists) },
    Migration { until: ALWAYS, step: Step::Panel(graph::graph_to_timeseries) },
    Migration { until: ALWAYS, step: Step::Panel(mappings::typed_mappings) },
    Migration { until: ALWAYS, step: Step::Panel(board::text_mode) },
    Migration { until: 37, step: Step::Panel(cells::hidden_legend) },
    Migration { until: ALWAYS, step: Step::Panel(cells::display_mode) },
    Migration { until: 40, step: Step::Dashboard(board::refresh_text) },
    Migration { until: 42, step: Step::Panel(cells::hide_from_tooltip) },
];

/// Brings a dashboard to the current schema.
pub(crate) fn migrate(dashboard: &mut Object, notes: &Notes) {
    let version = object::number(dashboard, "schemaVersion").unwrap_or(0.0).clamp(0.0, 1e6) as u32;
    rows::each_legacy_panel(dashboard, &mut |panel| {
        if let Some(kind) = panel.get("type").cloned() {
            panel.entry("originalType").or_insert(kind);
        }
    });
    for_each_panel(dashboard, 0, &mut |panel| {
        if let Some(kind) = panel.get("type").cloned() {
            panel.entry("originalType").or_insert(kind);
        }
    });
    for migration in MIGRATIONS.iter().filter(|migration| version < migration.until) {
        match migration.step {
            Step::Dashboard(apply) => apply(dashboard, notes),
            Step::Panel(apply) => {
                let mut apply_named = |panel: &mut Object| {
                    notes.about(subject(panel));
                    apply(panel, notes);
                };
                rows::each_legacy_panel(dashboard, &mut apply_named);
                for_each_panel(dashboard, 0, &mut apply_named);
            }
            Step::Variable(apply) => for_each_variable(dashboard, |variable| {
                notes.about(format!("variable {}", text(variable, "name")));
                apply(variable, notes);
            }),
        }
        notes.about("");
    }
}

/// How notes call a panel.
pub(crate) fn subject(panel: &Object) -> String {
    let title = text(panel, "title").trim();
    match (title, panel.get("id")) {
        ("", Some(id)) => format!("panel {id}"),
        ("", None) => "a panel without title".to_owned(),
        (title, _) => format!("panel \"{}\"", crate::cursor::shorten(title)),
    }
}

/// Calls for each panel, those inside rows included.
fn for_each_panel(object: &mut Object, depth: usize, apply: &mut dyn FnMut(&mut Object)) {
    let Some(Value::Array(panels)) = object.get_mut("panels") else { return };
    for panel in panels.iter_mut().filter_map(Value::as_object_mut) {
        apply(panel);
        if depth < NESTING_MAX {
            for_each_panel(panel, depth + 1, apply);
        }
    }
}

fn for_each_variable(dashboard: &mut Object, apply: impl Fn(&mut Object)) {
    let list = dashboard.get_mut("templating").and_then(|templating| templating.get_mut("list"));
    if let Some(Value::Array(list)) = list {
        list.iter_mut().filter_map(Value::as_object_mut).for_each(apply);
    }
}

#[cfg(test)]
mod tests;
