//! A panel's queries; Grafana calls them targets.

use super::datasource::{Datasources, Plugin};
use crate::api::{PanelKind, PanelQuery, QueryFormat};
use crate::cursor::Cursor;

/// Queries that are read of one panel.
const QUERIES_MAX: usize = 100;

/// Reads the queries that Prometheus can answer.
pub(super) fn read_queries(panel: &Cursor<'_>, kind: PanelKind, sources: &Datasources) -> Vec<PanelQuery> {
    if matches!(kind, PanelKind::Row | PanelKind::Text) {
        return Vec::new();
    }
    let of_panel = sources.plugin(&panel.get("datasource"));
    let mut queries: Vec<PanelQuery> = Vec::new();
    for target in panel.get("targets").items(QUERIES_MAX) {
        if target.object().is_none() {
            continue;
        }
        let own = target.get("datasource");
        let plugin = if own.is_null() { of_panel.clone() } else { sources.plugin(&own) };
        if let Plugin::Other(name) = plugin {
            target.note(format!("reads from {name}, which is not served: ignored"));
            continue;
        }
        if let Some(mut query) = read_query(&target) {
            let taken = |id: &str| queries.iter().any(|query| query.ref_id == id);
            if query.ref_id.is_empty() || taken(&query.ref_id) {
                query.ref_id = free_ref_id(&taken);
            }
            queries.push(query);
        }
    }
    queries
}

fn read_query(target: &Cursor<'_>) -> Option<PanelQuery> {
    let expr = target.get("expr").text_or_empty();
    if expr.trim().is_empty() {
        if target.get("type").is_null() && target.get("expression").is_null() {
            return None;
        }
        target.note("a query without PromQL: ignored");
        return None;
    }
    let range = target.get("range").truth().unwrap_or(false);
    let legend = target.get("legendFormat").text_or_empty();
    Some(PanelQuery {
        ref_id: target.get("refId").text_or_empty(),
        expr,
        legend: if legend == "__auto" { String::new() } else { legend },
        hide: target.get("hide").is_true(),
        instant: target.get("instant").is_true() && !range,
        format: target.get("format").word(FORMATS).unwrap_or(QueryFormat::TimeSeries),
        min_step: target.get("interval").text_or_empty(),
        interval_factor: target.get("intervalFactor").whole(1, 1000).unwrap_or(1),
    })
}

const FORMATS: &[(&str, QueryFormat)] = &[
    ("time_series", QueryFormat::TimeSeries),
    ("table", QueryFormat::Table),
    ("heatmap", QueryFormat::TimeSeries),
];

/// `A` to `Z`, then `Q26` and so on.
fn free_ref_id(taken: &dyn Fn(&str) -> bool) -> String {
    let letter = |index: usize| match u8::try_from(index) {
        Ok(index) if index < 26 => char::from(b'A' + index).to_string(),
        _ => format!("Q{index}"),
    };
    (0..=QUERIES_MAX).map(letter).find(|id| !taken(id)).unwrap_or_default()
}
