//! Changes of the dashboard as a whole, and small ones of panels.

use serde_json::{Value, json};

use super::object::{Object, child_mut, number, set, set_some, text, truth};
use crate::notes::Notes;

/// Schema 14: `sharedCrosshair` became `graphTooltip`.
pub(super) fn shared_crosshair(dashboard: &mut Object, _: &Notes) {
    if truth(dashboard, "sharedCrosshair") {
        set(dashboard, "graphTooltip", 1);
    }
}

/// Schema 25: the least width of a repeated panel became the most clones in a row.
pub(super) fn min_span(panel: &mut Object, _: &Notes) {
    if let Some(span) = number(panel, "minSpan").filter(|span| *span >= 1.0) {
        let most = (24.0 / span).floor().clamp(1.0, 24.0);
        panel.entry("maxPerRow").or_insert(json!(most));
    }
}

/// Schema 40: `refresh: false` became `refresh: ""`.
pub(super) fn refresh_text(dashboard: &mut Object, _: &Notes) {
    if dashboard.get("refresh").is_some_and(Value::is_boolean) {
        set(dashboard, "refresh", "");
    }
}

/// Plugin 6: a text panel's `content` and `mode` moved into its options; `text` became `markdown`.
pub(super) fn text_mode(panel: &mut Object, _: &Notes) {
    if !matches!(text(panel, "type"), "text" | "text2") {
        return;
    }
    set(panel, "type", "text");
    let (content, mode) = (panel.get("content").cloned(), panel.get("mode").cloned());
    let options = child_mut(panel, "options");
    if !options.contains_key("content") {
        set_some(options, "content", content);
        set_some(options, "mode", mode);
    }
    if text(options, "mode") == "text" {
        set(options, "mode", "markdown");
    }
}
