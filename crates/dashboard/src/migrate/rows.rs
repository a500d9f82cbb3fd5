//! Schema 16: `rows` with `span` and `height` became a grid with row panels.

use serde_json::{Value, json};

use super::object::{Object, as_number, list_mut, number, set, text, truth};
use crate::notes::Notes;

/// Columns of the grid; a span of 12 is all of them.
const COLUMNS: usize = 24;
/// Pixels of a grid row with its gap, and of the lowest panel.
const CELL_PX: f64 = 38.0;
const LOWEST_PX: f64 = 90.0;
/// What a row is high where it does not say.
const USUAL_PX: f64 = 250.0;
/// A row is at most this many grid rows high.
const HIGHEST: u32 = 200;

/// Where panels of a row may still stand: the first free grid row of each column.
struct Skyline {
    top: [u32; COLUMNS],
}

/// Lays the panels of all rows out on the grid.
pub(super) fn rows_to_grid(dashboard: &mut Object, _: &Notes) {
    let Some(Value::Array(rows)) = dashboard.remove("rows") else { return };
    let rows: Vec<Object> = rows.into_iter().filter_map(into_object).collect();
    let headings = rows
        .iter()
        .any(|row| truth(row, "collapse") || truth(row, "showTitle") || !text(row, "repeat").is_empty());
    let mut next_id = largest_id(&rows) + 1;
    let mut y = 0;
    let mut panels = Vec::new();
    for mut row in rows {
        let inner = std::mem::take(list_mut(&mut row, "panels"));
        let collapsed = truth(&row, "collapse");
        let mut heading = heading(&row, next_id, y);
        if headings {
            next_id += 1;
            y += 1;
        }
        let (placed, height) = place(inner, &row, y);
        match (headings, collapsed) {
            (true, true) => {
                set(&mut heading, "panels", placed);
                panels.push(Value::Object(heading));
            }
            (true, false) => {
                panels.push(Value::Object(heading));
                panels.extend(placed);
                y += height;
            }
            (false, _) => {
                panels.extend(placed);
                y += height;
            }
        }
    }
    list_mut(dashboard, "panels").extend(panels);
}

/// Calls for each panel that still stands in `rows`.
pub(super) fn each_legacy_panel(dashboard: &mut Object, apply: &mut dyn FnMut(&mut Object)) {
    let Some(Value::Array(rows)) = dashboard.get_mut("rows") else { return };
    for row in rows.iter_mut() {
        if let Some(Value::Array(panels)) = row.get_mut("panels") {
            panels.iter_mut().filter_map(Value::as_object_mut).for_each(&mut *apply);
        }
    }
}

fn into_object(value: Value) -> Option<Object> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn largest_id(rows: &[Object]) -> u64 {
    let panels = rows.iter().flat_map(|row| super::object::list(row, "panels"));
    panels.filter_map(|panel| panel.get("id").and_then(Value::as_u64)).max().unwrap_or(0).min(1 << 40)
}

fn heading(row: &Object, id: u64, y: u32) -> Object {
    let collapsed = truth(row, "collapse");
    let title = text(row, "title");
    let value = json!({
        "id": id, "type": "row", "originalType": "row", "title": title, "collapsed": collapsed, "panels": [],
        "repeat": text(row, "repeat"), "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1},
    });
    into_object(value).unwrap_or_default()
}

/// Gives each panel its place; the panels and how many grid rows they take.
fn place(panels: Vec<Value>, row: &Object, y: u32) -> (Vec<Value>, u32) {
    let row_height = grid_height(row.get("height"), USUAL_PX);
    let mut skyline = Skyline { top: [0; COLUMNS] };
    let mut placed = Vec::new();
    for mut panel in panels {
        let Some(object) = panel.as_object_mut() else { continue };
        let span = number(object, "span").unwrap_or(4.0).clamp(1.0, 12.0);
        let width = ((span * 2.0).floor() as usize).clamp(1, COLUMNS);
        let height = match object.get("height") {
            None | Some(Value::Null) => row_height,
            own => grid_height(own, USUAL_PX),
        };
        let (x, above) = skyline.put(width, height, row_height);
        set(object, "gridPos", json!({"x": x, "y": y + above, "w": width, "h": height}));
        placed.push(panel);
    }
    let used = skyline.top.iter().copied().max().unwrap_or(0);
    (placed, if used == 0 { 0 } else { used.max(row_height) })
}

/// `"250px"`, `"250"` or 250 in grid rows.
fn grid_height(height: Option<&Value>, usual: f64) -> u32 {
    let pixels = match height {
        Some(Value::String(text)) => as_number(&Value::from(text.trim().trim_end_matches("px"))),
        Some(value) => as_number(value),
        None => None,
    };
    let pixels = pixels.unwrap_or(usual).max(LOWEST_PX);
    ((pixels / CELL_PX).ceil() as u32).clamp(1, HIGHEST)
}

// === impl Skyline ===

impl Skyline {
    /// Takes the leftmost of the highest free places; low panels stack under each other within the row.
    fn put(&mut self, width: usize, height: u32, row_height: u32) -> (usize, u32) {
        let level = |x: usize| self.top[x..x + width].iter().copied().max().unwrap_or(0);
        let starts = 0..=COLUMNS - width;
        let fits = |x: &usize| level(*x) + height <= row_height;
        let x = starts.clone().find(|x| level(*x) == 0);
        let x = x.or_else(|| starts.clone().filter(fits).min_by_key(|x| level(*x)));
        let x = x.or_else(|| starts.min_by_key(|x| level(*x))).unwrap_or(0);
        let y = level(x);
        self.top[x..x + width].fill(y.saturating_add(height));
        (x, y)
    }
}
