//! Order, keys and rows of all panels.

use std::collections::HashSet;

use super::datasource::Datasources;
use super::panel::{UNPLACED, read_panel};
use crate::api::{Panel, PanelKind};
use crate::cursor::Cursor;
use crate::migrate::subject;
use crate::parse::PANELS_MAX;

/// A panel of the top level and, where it is a closed row, what lies inside.
struct Entry {
    panel: Panel,
    inside: Vec<Panel>,
}

/// Reads all panels, closed rows opened: sorted by grid, each with a key of its own and the row it is in.
pub(super) fn read_panels(list: &Cursor<'_>, sources: &Datasources) -> Vec<Panel> {
    let mut keys = HashSet::new();
    let mut entries: Vec<Entry> = Vec::new();
    for item in list.items(PANELS_MAX) {
        let Some(panel) = read_one(&item, sources, &mut keys) else { continue };
        let nested = item.get("panels");
        let inside = match panel.kind {
            PanelKind::Row => nested.items(PANELS_MAX),
            _ => Vec::new(),
        };
        let inside = inside.iter().filter_map(|item| read_one(item, sources, &mut keys)).collect();
        entries.push(Entry { panel, inside });
    }
    list.notes().about("");
    place_unplaced(&mut entries);
    entries.sort_by_key(|entry| (entry.panel.grid.y, entry.panel.grid.x));
    open_rows(entries)
}

fn read_one(item: &Cursor<'_>, sources: &Datasources, keys: &mut HashSet<String>) -> Option<Panel> {
    item.notes().about("");
    let object = item.object()?;
    item.notes().about(subject(object));
    let mut panel = read_panel(item, sources);
    let id = item.get("id").text().filter(|id| !id.is_empty() && id.len() < 40);
    let id = id.unwrap_or_else(|| "panel".to_owned());
    let mut key = id.clone();
    let mut count = 1;
    while !keys.insert(key.clone()) {
        count += 1;
        key = format!("{id}-{count}");
    }
    panel.key = key;
    Some(panel)
}

/// Panels without a place stand below all others, two side by side.
fn place_unplaced(entries: &mut [Entry]) {
    let placed = entries.iter().filter(|entry| entry.panel.grid.y != UNPLACED.y);
    let bottom = placed.map(|entry| entry.panel.grid.y + entry.panel.grid.h).max().unwrap_or(0);
    let mut y = bottom;
    for entry in entries.iter_mut().filter(|entry| entry.panel.grid.y == UNPLACED.y) {
        entry.panel.grid.y = y;
        y += entry.panel.grid.h;
    }
}

/// Moves what lies in closed rows below their headings and everything after further down.
fn open_rows(entries: Vec<Entry>) -> Vec<Panel> {
    let mut panels = Vec::new();
    let mut shift = 0;
    let mut row = None;
    for Entry { mut panel, mut inside } in entries {
        panel.grid.y += shift;
        let below = panel.grid.y + 1;
        if panel.kind == PanelKind::Row {
            row = Some(panel.key.clone());
        } else {
            panel.row.clone_from(&row);
        }
        panels.push(panel);
        inside.sort_by_key(|panel| (panel.grid.y, panel.grid.x));
        let top = inside.first().map_or(0, |panel| panel.grid.y);
        let mut height = 0;
        for mut panel in inside {
            let offset = if panel.grid.y == UNPLACED.y { height } else { panel.grid.y - top };
            panel.grid.y = below + offset;
            height = height.max(offset + panel.grid.h);
            panel.row.clone_from(&row);
            panels.push(panel);
        }
        shift += height;
    }
    panels
}
