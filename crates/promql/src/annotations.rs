//! What is said of a result beside it, in Prometheus' words (`util/annotations`).

use std::fmt::Write;

use crate::ast::Span;

/// Warnings and infos of one query, each text once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Annotations {
    warnings: Vec<String>,
    infos: Vec<String>,
}

impl Annotations {
    /// The result may be wrong.
    pub(crate) fn warn(&mut self, text: &str, span: Span) {
        note(&mut self.warnings, "PromQL warning: ", text, span);
    }

    /// The result may not be what was meant.
    pub(crate) fn info(&mut self, text: &str, span: Span) {
        note(&mut self.infos, "PromQL info: ", text, span);
    }

    /// Both lists, sorted.
    pub(crate) fn take(self) -> (Vec<String>, Vec<String>) {
        let (mut warnings, mut infos) = (self.warnings, self.infos);
        warnings.sort();
        infos.sort();
        (warnings, infos)
    }
}

fn note(list: &mut Vec<String>, prefix: &str, text: &str, span: Span) {
    let mut full = String::with_capacity(prefix.len() + text.len() + 8);
    full.push_str(prefix);
    full.push_str(text);
    // Writing to a string cannot fail. Queries are one line in almost all cases.
    let _ = write!(full, " (1:{})", span.start + 1);
    if !list.contains(&full) {
        list.push(full);
    }
}
