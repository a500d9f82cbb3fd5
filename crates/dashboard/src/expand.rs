//! A dashboard made ready to be asked: variables resolved, panels repeated, queries written out.

mod repeat;

#[cfg(test)]
mod tests;

use model::Duration;

use crate::api::{
    Dashboard, ExpandRequest, ExpandedPanel, ExpandedQuery, Expansion, Panel, PanelKind, PanelOptions,
    PanelQuery,
};
use crate::interpolate::{Scope, TooLong, Usual, interpolate};
use crate::interval::{Step, StepRequest, Window, format_interval, step};
use crate::resolve::{VariableSource, resolve};
use repeat::{Placed, place_panels};

/// All texts of an expansion together may have this many bytes.
const EXPANSION_BYTES_MAX: usize = 16 << 20;
/// More notes of one expansion are not kept.
const NOTES_MAX: usize = 100;
/// Points of a series where the request does not say.
const USUAL_POINTS: f64 = 800.0;

/// What the server knows and a dashboard does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How often targets are scraped; the least step. Zero or less is taken as 15 s.
    pub scrape_interval: Duration,
    /// The name of the one datasource, as variables of type datasource show it.
    pub datasource: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { scrape_interval: Duration::from_secs(15), datasource: "Prometheus".to_owned() }
    }
}

/// What all panels of an expansion share.
struct Job<'a> {
    request: &'a ExpandRequest,
    settings: &'a Settings,
    window: Window,
    /// Bytes of text that may still be written.
    bytes_left: usize,
    notes: Vec<String>,
}

/// Why a text is not part of the expansion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    TooLong(#[from] TooLong),
    #[error("left out, all texts together are longer than {EXPANSION_BYTES_MAX} bytes")]
    Full,
}

/// Resolves the variables and writes out each panel's title, text and queries.
///
/// Never fails: a variable whose query fails has its `error`, and what is too long or too much is left out
/// and named in the notes.
pub fn expand(
    dashboard: &Dashboard,
    request: &ExpandRequest,
    source: &dyn VariableSource,
    settings: &Settings,
) -> Expansion {
    let window = Window::new(request.from, request.to);
    let mut scope = built_ins(dashboard, window, settings);
    let variables = resolve(dashboard, request, source, settings, &mut scope);
    let mut job = Job { request, settings, window, bytes_left: EXPANSION_BYTES_MAX, notes: Vec::new() };
    let placed = place_panels(&dashboard.panels, &scope, &mut job.notes);
    let panels = placed.into_iter().map(|placed| job.panel(placed, &scope)).collect();
    Expansion { variables, panels, notes: job.notes }
}

/// What every text can use; `$__interval` and its kin are set again for each query.
fn built_ins(dashboard: &Dashboard, window: Window, settings: &Settings) -> Scope<'static> {
    let mut scope = Scope::default();
    let span_ms = window.span_ms();
    let span_s = span_ms.saturating_add(500) / 1000;
    scope.bind_text("__range", format!("{span_s}s"));
    scope.bind_text("__range_s", span_s.to_string());
    scope.bind_text("__range_ms", span_ms.to_string());
    scope.bind_time("__from", window.from);
    scope.bind_time("__to", window.to);
    scope.bind_text("__dashboard", dashboard.title.clone());
    scope.bind_text("__dashboard.uid", dashboard.uid.clone());
    scope.bind_text("__dashboard.name", dashboard.title.clone());
    bind_step(
        &mut scope,
        &StepRequest {
            window,
            max_data_points: USUAL_POINTS as u64,
            min_step: "",
            min_interval: "",
            factor: 1,
            scrape_interval: settings.scrape_interval,
        },
    );
    scope
}

fn bind_step(scope: &mut Scope<'_>, request: &StepRequest<'_>) -> Step {
    let step = step(request);
    scope.bind_text("__interval", format_interval(step.step_ms));
    scope.bind_text("__interval_ms", step.step_ms.to_string());
    scope.bind_text("__rate_interval", format_interval(step.rate_ms));
    scope.bind_text("__rate_interval_ms", step.rate_ms.to_string());
    step
}

// === impl Job ===

impl Job<'_> {
    fn panel(&mut self, placed: Placed<'_>, outer: &Scope<'_>) -> ExpandedPanel {
        let Placed { panel, key, row, grid, bindings } = placed;
        let scope = Scope { outer: Some(outer), bindings };
        let title = self.text(&panel.title, &scope);
        let text = match &panel.options {
            PanelOptions::Text(text) => self.text(&text.content, &scope),
            _ => String::new(),
        };
        let points = self.points(panel, &key);
        let mut queries = Vec::new();
        for query in panel.queries.iter().filter(|query| !query.hide) {
            queries.extend(self.query(query, panel, points, &scope, &title));
        }
        ExpandedPanel { key, source: panel.key.clone(), row, title, grid, text, queries }
    }

    /// The panel's width in pixels, or what the JSON says.
    fn points(&self, panel: &Panel, key: &str) -> u64 {
        let widths = &self.request.max_data_points;
        let width = widths.get(key).or_else(|| widths.get(&panel.key)).copied();
        let width = width.filter(|width| width.is_finite() && *width >= 1.0).unwrap_or(USUAL_POINTS);
        u64::from(panel.max_data_points.unwrap_or(width.min(100_000.0) as u32))
    }

    /// A query written out; None, with a note, where it cannot be.
    fn query(
        &mut self,
        query: &PanelQuery,
        panel: &Panel,
        points: u64,
        outer: &Scope<'_>,
        title: &str,
    ) -> Option<ExpandedQuery> {
        if matches!(panel.kind, PanelKind::Unsupported | PanelKind::Logs) {
            return None;
        }
        let mut scope = Scope { outer: Some(outer), bindings: Vec::new() };
        let request = StepRequest {
            window: self.window,
            max_data_points: points,
            min_step: &own_interval(&query.min_step, outer),
            min_interval: &own_interval(&panel.min_interval, outer),
            factor: query.interval_factor,
            scrape_interval: self.settings.scrape_interval,
        };
        let Step { step_ms, .. } = bind_step(&mut scope, &request);
        let expr = self.written(interpolate(&query.expr, &scope, Usual::Promql));
        let legend = self.written(interpolate(&query.legend, &scope, Usual::Glob));
        match (expr, legend) {
            (Ok(expr), Ok(legend)) => Some(ExpandedQuery {
                ref_id: query.ref_id.clone(),
                expr,
                legend,
                instant: query.instant,
                format: query.format,
                step_ms,
            }),
            (Err(error), _) | (_, Err(error)) => {
                let title = crate::cursor::shorten(title);
                add_note(&mut self.notes, format!("panel \"{title}\", query {}: {error}", query.ref_id));
                None
            }
        }
    }

    /// A title or text written out; "", with a note, where it cannot be.
    fn text(&mut self, text: &str, scope: &Scope<'_>) -> String {
        match self.written(interpolate(text, scope, Usual::Text)) {
            Ok(text) => text,
            Err(error) => {
                let text = crate::cursor::shorten(text);
                add_note(&mut self.notes, format!("the text \"{text}\": {error}"));
                String::new()
            }
        }
    }

    /// Takes the text's bytes off what may still be written; after the first that is too much, nothing is.
    fn written(&mut self, text: Result<String, TooLong>) -> Result<String, WriteError> {
        let text = text?;
        if text.len() > self.bytes_left {
            self.bytes_left = 0;
            return Err(WriteError::Full);
        }
        self.bytes_left -= text.len();
        Ok(text)
    }
}

/// A least interval with its variables expanded; those of the step itself stay.
fn own_interval(text: &str, scope: &Scope<'_>) -> String {
    match text {
        "$__interval" | "${__interval}" => String::new(),
        "$__rate_interval" | "${__rate_interval}" => text.to_owned(),
        text => interpolate(text, scope, Usual::Glob).unwrap_or_default(),
    }
}

/// Adds a note unless it was made before or there are too many.
fn add_note(notes: &mut Vec<String>, note: String) {
    if notes.len() < NOTES_MAX && !notes.contains(&note) {
        notes.push(note);
    }
}
