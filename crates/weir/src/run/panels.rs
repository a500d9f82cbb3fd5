//! The dashboards that are served, and their panels' queries for the watch over dead selectors.

use std::sync::{Arc, PoisonError};

use dashboard::api::ExpandRequest;
use dashboard::{Library, SourceFile};
use model::{MatchOp, Matcher};
use promql::Expr;
use rules::RuleGroup;
use server::App;

const CLUSTER: &str = include_str!("../../../../deploy/dashboards/cluster.json");
const CONTROL_PLANE: &str = include_str!("../../../../deploy/dashboards/control-plane.json");

/// So far back variables are resolved when panels are watched.
const WATCHED_MS: i64 = 15 * 60_000;

/// The dashboards of files, and our own where their uids are free; what cannot be read is logged and left out.
pub(super) fn library(files: &[(String, String)]) -> Library {
    let own = [("cluster.json", CLUSTER), ("control-plane.json", CONTROL_PLANE)];
    let own = own.into_iter().map(|(name, text)| SourceFile { name: name.to_owned(), text: text.to_owned() });
    let more = files.iter().map(|(name, text)| SourceFile { name: name.clone(), text: text.clone() });
    let (mut library, mut problems) = Library::load(more);
    problems.extend(own.flat_map(|file| library.add_default(file)));
    for problem in problems {
        tracing::warn!(%problem, "A dashboard has a problem");
    }
    library
}

/// Hands the queries of all panels, with the variables' defaults, to the watch over selectors.
pub(super) async fn watch(app: &Arc<App>) {
    let app = Arc::clone(app);
    let watched = tokio::task::spawn_blocking(move || {
        let queries = queries(&app);
        app.rules.set_panels(queries);
    });
    if let Err(error) = watched.await {
        tracing::error!(%error, "Expanding the panels ended early");
    }
}

/// Names of metrics that rules and panels ask for.
pub(super) fn metric_names(app: &App, groups: &[RuleGroup]) -> Vec<String> {
    let panels = queries(app);
    let rules = groups.iter().flat_map(|group| group.rules.iter().filter_map(rules::Rule::expr));
    let families = || kube_metrics::catalog::resources().iter().flat_map(|resource| resource.families);
    let named = |found: &[Matcher]| -> Vec<String> {
        let Some(matcher) = found.iter().find(|matcher| matcher.name == "__name__") else {
            return Vec::new();
        };
        if matcher.op == MatchOp::Equal {
            return vec![matcher.value.clone()];
        }
        families().map(|family| family.name).filter(|name| matcher.matches(name)).map(str::to_owned).collect()
    };
    let mut names: Vec<String> = panels
        .iter()
        .map(|(_, expr)| expr)
        .chain(rules)
        .flat_map(rules::liveness::selectors)
        .flat_map(|found| named(&found.matchers))
        .collect();
    names.sort();
    names.dedup();
    names
}

fn queries(app: &App) -> Vec<(String, Expr)> {
    let boards: Vec<_> = {
        let library = app.dashboards.read().unwrap_or_else(PoisonError::into_inner);
        library.iter().cloned().collect()
    };
    let now = app.now().0;
    let mut found = Vec::new();
    for board in &boards {
        let request = ExpandRequest { from: now - WATCHED_MS, to: now, ..ExpandRequest::default() };
        for panel in app.expand(board, &request).panels {
            for query in panel.queries {
                if let Ok(expr) = promql::parse(&query.expr) {
                    found.push((format!("{} / {}", board.title, panel.title), expr));
                }
            }
        }
    }
    found
}
