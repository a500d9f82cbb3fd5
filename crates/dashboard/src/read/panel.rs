//! One panel.

use super::datasource::Datasources;
use super::{field, options, query, transform};
use crate::api::{Grid, Panel, PanelKind, Repeat};
use crate::cursor::Cursor;

/// Types of today and what draws them.
const KINDS: &[(&str, PanelKind)] = &[
    ("timeseries", PanelKind::Timeseries),
    ("stat", PanelKind::Stat),
    ("gauge", PanelKind::Gauge),
    ("bargauge", PanelKind::BarGauge),
    ("table", PanelKind::Table),
    ("text", PanelKind::Text),
    ("row", PanelKind::Row),
    ("logs", PanelKind::Logs),
];

/// Where a panel without a place goes: below all others, this large.
pub(super) const UNPLACED: Grid = Grid { x: 0, y: u32::MAX, w: 12, h: 8 };

/// Reads a panel; its key and row are still empty.
pub(super) fn read_panel(panel: &Cursor<'_>, sources: &Datasources) -> Panel {
    let kind_text = panel.get("type").text_or_empty();
    let known = KINDS.iter().find(|(word, _)| *word == kind_text).map(|(_, kind)| *kind);
    let kind = known.unwrap_or(PanelKind::Unsupported);
    if kind == PanelKind::Unsupported {
        let what = if panel.get("libraryPanel").is_null() { kind_text.as_str() } else { "library panel" };
        panel.get("type").note(format!("panels of type \"{what}\" are not supported: shown as an empty box"));
    }
    note_time_override(panel);
    let repeat = panel.get("repeat").text().filter(|name| !name.is_empty()).map(|variable| Repeat {
        variable: variable.trim_start_matches('$').to_owned(),
        vertical: panel.get("repeatDirection").text().as_deref() == Some("v"),
        max_per_row: panel.get("maxPerRow").whole(1, 24).unwrap_or(4),
    });
    let original = panel.get("originalType").text().unwrap_or(kind_text);
    let config = panel.get("fieldConfig");
    Panel {
        key: String::new(),
        kind,
        original_type: original,
        title: panel.get("title").text_or_empty(),
        description: panel.get("description").text_or_empty(),
        grid: read_grid(&panel.get("gridPos"), kind),
        row: None,
        collapsed: kind == PanelKind::Row && panel.get("collapsed").is_true(),
        transparent: panel.get("transparent").is_true(),
        queries: query::read_queries(panel, kind, sources),
        field: field::read_field(&config.get("defaults"), kind),
        overrides: field::read_overrides(&config.get("overrides")),
        transformations: transform::read_transformations(&panel.get("transformations")),
        options: options::read_options(&panel.get("options"), kind),
        repeat,
        min_interval: panel.get("interval").text_or_empty(),
        max_data_points: panel.get("maxDataPoints").whole(1, 100_000),
    }
}

fn read_grid(grid: &Cursor<'_>, kind: PanelKind) -> Grid {
    if grid.object().is_none() {
        return UNPLACED;
    }
    let w = grid.get("w").whole(1, 24).unwrap_or(UNPLACED.w);
    let x = grid.get("x").whole(0, 23).unwrap_or(0).min(24 - w);
    let y = grid.get("y").whole(0, 1_000_000).unwrap_or(UNPLACED.y);
    let h = grid.get("h").whole(1, 1000).unwrap_or(UNPLACED.h);
    match kind {
        PanelKind::Row => Grid { x: 0, y, w: 24, h: 1 },
        _ => Grid { x, y, w, h },
    }
}

fn note_time_override(panel: &Cursor<'_>) {
    for key in ["timeFrom", "timeShift"] {
        let place = panel.get(key);
        if let Some(time) = place.text().filter(|text| !text.is_empty()) {
            place.note(format!("the panel's own time \"{}\" is not honored", crate::cursor::shorten(&time)));
        }
    }
}
