//! Clones of panels and rows, one for each chosen value of a variable, and where they stand.

use super::add_note;
use crate::api::{Grid, Panel, PanelKind, Repeat};
use crate::interpolate::{Binding, Choice, Scope};

/// Clones of one panel, and panels of one expansion.
const CLONES_MAX: usize = 100;
const PANELS_MAX: usize = 2000;
/// Columns of the grid.
const COLUMNS: u32 = 24;

/// A panel in its place, with the names that are particular to it.
pub(super) struct Placed<'a> {
    pub(super) panel: &'a Panel,
    pub(super) key: String,
    pub(super) row: Option<String>,
    pub(super) grid: Grid,
    pub(super) bindings: Vec<Binding>,
}

/// The panels up to the next row's heading: the heading first, if there is one.
struct Block<'a> {
    panels: &'a [Panel],
}

/// A block's panels once, relative to its top.
struct Laid<'a> {
    panels: Vec<Placed<'a>>,
    height: u32,
}

/// Gives all panels and their clones a place; what stands below clones moves down.
pub(super) fn place_panels<'a>(
    panels: &'a [Panel],
    scope: &Scope<'_>,
    notes: &mut Vec<String>,
) -> Vec<Placed<'a>> {
    let blocks = blocks(panels);
    let mut placed: Vec<Placed<'a>> = Vec::new();
    let mut top = 0;
    for (index, block) in blocks.iter().enumerate() {
        let begins = block.begins();
        let gap = begins.saturating_sub(match index {
            0 => 0,
            _ => blocks[index - 1].ends(),
        });
        top += gap;
        for binding in block.values(scope, notes) {
            let inner = Scope { outer: Some(scope), bindings: binding.iter().cloned().collect() };
            let laid = block.lay(&inner, binding.as_ref(), notes);
            for mut panel in laid.panels {
                panel.grid.y += top;
                panel.bindings.extend(binding.iter().cloned());
                placed.push(panel);
            }
            top += laid.height;
            if placed.len() >= PANELS_MAX {
                add_note(
                    notes,
                    format!("more than {PANELS_MAX} panels after repeating: the rest is left out"),
                );
                placed.truncate(PANELS_MAX);
                return placed;
            }
        }
    }
    placed
}

fn blocks(panels: &[Panel]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut start = 0;
    for index in 1..=panels.len() {
        if index == panels.len() || panels[index].kind == PanelKind::Row {
            blocks.push(Block { panels: &panels[start..index] });
            start = index;
        }
    }
    blocks.retain(|block| !block.panels.is_empty());
    blocks
}

/// The values that a repeat walks: none where nothing is repeated or can be.
fn repeat_values(repeat: &Repeat, scope: &Scope<'_>, title: &str, notes: &mut Vec<String>) -> Vec<Binding> {
    let Some(binding) = scope.find(&repeat.variable) else {
        add_note(notes, format!("panel \"{title}\" repeats by ${}, which does not exist", repeat.variable));
        return Vec::new();
    };
    let mut values = binding.choice.values().into_owned();
    if values.len() > CLONES_MAX {
        add_note(
            notes,
            format!(
                "panel \"{title}\" repeats for {} values: the first {CLONES_MAX} are shown",
                values.len()
            ),
        );
        values.truncate(CLONES_MAX);
    }
    let single = |value: String| Binding {
        name: binding.name.clone(),
        text: value.clone(),
        choice: Choice::One(value),
        is_regex: binding.is_regex,
    };
    values.into_iter().map(single).collect()
}

// === impl Block ===

impl<'a> Block<'a> {
    fn begins(&self) -> u32 {
        self.panels.iter().map(|panel| panel.grid.y).min().unwrap_or(0)
    }

    fn ends(&self) -> u32 {
        self.panels.iter().map(|panel| panel.grid.y + panel.grid.h).max().unwrap_or(0)
    }

    /// The values of a repeated row; a single None for all others.
    fn values(&self, scope: &Scope<'_>, notes: &mut Vec<String>) -> Vec<Option<Binding>> {
        let heading = self.panels.first().filter(|panel| panel.kind == PanelKind::Row);
        let Some((heading, repeat)) = heading.and_then(|row| Some((row, row.repeat.as_ref()?))) else {
            return vec![None];
        };
        let values = repeat_values(repeat, scope, &heading.title, notes);
        if values.is_empty() { vec![None] } else { values.into_iter().map(Some).collect() }
    }

    /// Places the block's panels, each repeated panel's clones side by side or below each other.
    fn lay(&self, scope: &Scope<'_>, row_value: Option<&Binding>, notes: &mut Vec<String>) -> Laid<'a> {
        let begins = self.begins();
        let suffix = row_value.map_or_else(String::new, |binding| format!("~{}", binding.text));
        let mut laid: Vec<Placed<'a>> = Vec::new();
        // What lies at or below the first number has moved down by the second.
        let mut moved: Vec<(u32, u32)> = Vec::new();
        let mut height = 0;
        for panel in self.panels {
            let shift: u32 = moved.iter().filter(|(from, _)| panel.grid.y >= *from).map(|(_, by)| by).sum();
            let base = Grid { y: panel.grid.y - begins + shift, ..panel.grid };
            let values = match &panel.repeat {
                Some(repeat) if panel.kind != PanelKind::Row => {
                    repeat_values(repeat, scope, &panel.title, notes)
                }
                _ => Vec::new(),
            };
            let grids = clone_grids(base, panel.repeat.as_ref(), values.len());
            let row = panel.row.as_ref().map(|row| format!("{row}{suffix}"));
            let bottom = grids.iter().map(|grid| grid.y + grid.h).max().unwrap_or(base.y + base.h);
            if bottom > base.y + base.h {
                moved.push((panel.grid.y + panel.grid.h, bottom - base.y - base.h));
            }
            height = height.max(bottom);
            if values.is_empty() {
                let key = format!("{}{suffix}", panel.key);
                laid.push(Placed { panel, key, row, grid: base, bindings: Vec::new() });
                continue;
            }
            for (value, grid) in values.into_iter().zip(grids) {
                let key = format!("{}{suffix}~{}", panel.key, value.text);
                laid.push(Placed { panel, key, row: row.clone(), grid, bindings: vec![value] });
            }
        }
        laid.sort_by_key(|placed| (placed.grid.y, placed.grid.x));
        Laid { panels: laid, height }
    }
}

/// Where so many clones stand.
fn clone_grids(base: Grid, repeat: Option<&Repeat>, count: usize) -> Vec<Grid> {
    let Some(repeat) = repeat else { return Vec::new() };
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    if repeat.vertical {
        return (0..count).map(|index| Grid { y: base.y + index * base.h, ..base }).collect();
    }
    let columns = count.clamp(1, repeat.max_per_row.clamp(1, COLUMNS));
    let w = COLUMNS / columns;
    let place =
        |index: u32| Grid { x: index % columns * w, y: base.y + index / columns * base.h, w, h: base.h };
    (0..count).map(place).collect()
}
