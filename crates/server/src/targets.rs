//! `/api/v1/targets`, `targets/metadata` and `scrape_pools`.

use std::sync::Arc;

use axum::extract::State;
use model::{Labels, Matcher};
use scrape::manager::TargetStatus;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::envelope::{Answer, ApiError, ApiResult};
use crate::params::{Params, invalid};
use crate::status::rfc3339;

/// Dropped targets that one answer shows: a cluster has as many for each job as it has pods.
const MOST_DROPPED: usize = 10_000;

pub(crate) async fn targets(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    let state = params.get("state").to_ascii_lowercase();
    let (active, dropped) = match state.as_str() {
        "" | "any" => (true, true),
        "active" => (true, false),
        "dropped" => (false, true),
        _ => {
            return Err(ApiError::bad_data(format!("unknown state \"{state}\": use active, dropped or any")));
        }
    };
    let pool = params.get("scrapePool");
    let wanted = |name: &str| pool.is_empty() || pool == name;
    let mut data = Map::new();
    let mut shown: Vec<Value> = Vec::new();
    if active {
        shown.extend(app.scrape.targets().iter().filter(|t| wanted(&t.pool)).map(target_json));
    }
    data.insert("activeTargets".to_owned(), Value::Array(shown));
    let counts = app.scrape.dropped_counts();
    let mut warnings = Vec::new();
    let mut left_out: Vec<Value> = Vec::new();
    if dropped {
        let all = app.scrape.dropped(Some(pool).filter(|pool| !pool.is_empty()), MOST_DROPPED);
        let total: usize = counts.iter().filter(|(name, _)| wanted(name)).map(|(_, count)| count).sum();
        if total > all.len() {
            let shown = all.len();
            warnings.push(format!("{shown} of {total} dropped targets are shown; scrapePool=NAME shows those of one job, keep_dropped_targets says how many are kept"));
        }
        left_out
            .extend(all.iter().map(
                |(name, labels)| json!({ "discoveredLabels": labels_json(labels), "scrapePool": name }),
            ));
    }
    data.insert("droppedTargets".to_owned(), Value::Array(left_out));
    data.insert("droppedTargetCounts".to_owned(), json!(counts));
    Answer::of(&data).map(|answer| Answer { warnings, ..answer })
}

pub(crate) async fn pools(State(app): State<Arc<App>>) -> ApiResult {
    Answer::of(&json!({ "scrapePools": app.scrape.pools() }))
}

/// Metadata by target: the store keeps it by family, so that each target is shown with the families asked for.
pub(crate) async fn metadata(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    let limit: usize = match params.get("limit") {
        "" => usize::MAX,
        text => text.parse().map_err(|_| ApiError::bad_data("limit must be a number"))?,
    };
    let matchers: Vec<Matcher> = match params.get("match_target") {
        "" => Vec::new(),
        text => promql::parse_selector(text).map_err(|error| invalid("match_target", &error.to_string()))?,
    };
    let metric = Some(params.get("metric")).filter(|name| !name.is_empty());
    let families = app.storage.metadata(metric);
    let mut rows = Vec::new();
    for target in app.scrape.targets() {
        if !matchers.iter().all(|m| m.matches_labels(&target.labels)) {
            continue;
        }
        for (family, entries) in &families {
            for entry in entries {
                let mut row = Map::new();
                row.insert("target".to_owned(), labels_json(&target.labels));
                if metric.is_none() {
                    row.insert("metric".to_owned(), json!(family));
                }
                row.insert("type".to_owned(), json!(entry.kind.as_str()));
                row.insert("help".to_owned(), json!(entry.help));
                row.insert("unit".to_owned(), json!(entry.unit));
                rows.push(Value::Object(row));
                if rows.len() >= limit {
                    return Answer::of(&rows);
                }
            }
        }
    }
    if rows.is_empty() {
        return Err(ApiError::not_found("specified metadata not found"));
    }
    Answer::of(&rows)
}

fn target_json(target: &TargetStatus) -> Value {
    json!({
        "discoveredLabels": labels_json(&target.discovered_labels),
        "labels": labels_json(&target.labels),
        "scrapePool": target.pool,
        "scrapeUrl": target.scrape_url,
        "globalUrl": target.global_url,
        "lastError": target.last_error,
        "lastScrape": target.last_scrape.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| rfc3339(at.0)),
        "lastScrapeDuration": target.last_duration_seconds,
        "health": target.health.as_str(),
        "scrapeInterval": target.interval.to_string(),
        "scrapeTimeout": target.timeout.to_string(),
    })
}

/// Label names and values as an object.
pub(crate) fn labels_json(labels: &Labels) -> Value {
    Value::Object(labels.iter().map(|(name, value)| (name.to_owned(), json!(value))).collect())
}
