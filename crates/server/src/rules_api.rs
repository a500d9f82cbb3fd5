//! `/api/v1/rules`, `alerts`, `alertmanagers` and `selector_liveness`.

use std::sync::Arc;

use axum::extract::State;
use model::{Duration, Labels, Matcher, TimeRange};
use rules::alerting::ActiveAlert;
use rules::group::{Health, RuleStatus};
use rules::liveness::SelectorLiveness;
use rules::manager::{GroupStatus, RuleLiveness};
use rules::{AlertingRule, RecordingRule, Rule};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::envelope::{Answer, ApiError, ApiResult};
use crate::params::{Params, invalid};
use crate::query::parse;
use crate::select::parse_selectors;
use crate::status::rfc3339;
use crate::targets::labels_json;

pub(crate) async fn rules(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    let filter = Filter::of(&params)?;
    let limit = match params.get("group_limit") {
        "" => usize::MAX,
        text => text.parse().map_err(|_| invalid("group_limit", "group_limit needs to be a valid number"))?,
    };
    let after = params.get("group_next_token");
    let all = app.rules.groups();
    let start = match after {
        "" => 0,
        token => {
            1 + all
                .iter()
                .position(|(group, _)| page_token(group) == token)
                .ok_or_else(|| invalid("group_next_token", "invalid group_next_token: the group is gone"))?
        }
    };
    let (mut groups, mut next) = (Vec::new(), None);
    for (group, liveness) in all.iter().skip(start) {
        let Some(value) = filter.group(group, liveness) else { continue };
        if groups.len() == limit {
            break;
        }
        groups.push(value);
        next = Some(page_token(group));
    }
    let mut data = Map::new();
    let complete = groups.len() < limit;
    data.insert("groups".to_owned(), Value::Array(groups));
    if let Some(token) = next.filter(|_| !complete) {
        data.insert("groupNextToken".to_owned(), Value::String(token));
    }
    Answer::of(&data)
}

pub(crate) async fn alerts(State(app): State<Arc<App>>) -> ApiResult {
    let groups = app.rules.groups();
    let rules = groups.iter().flat_map(|(group, _)| &group.rules);
    let alerts: Vec<Value> = rules.flat_map(|rule| &rule.alerts).map(alert_json).collect();
    Answer::of(&json!({ "alerts": alerts }))
}

pub(crate) async fn alertmanagers(State(app): State<Arc<App>>) -> ApiResult {
    let urls: Vec<Value> =
        app.notify.status().alertmanagers.iter().map(|am| json!({ "url": am.url })).collect();
    Answer::of(&json!({ "activeAlertmanagers": urls, "droppedAlertmanagers": [] }))
}

pub(crate) async fn selector_liveness(State(app): State<Arc<App>>, params: Params) -> ApiResult {
    let expr = parse(params.get("query"))?;
    let range = match (params.time("start")?, params.time("end")?) {
        (None, None) => None,
        (start, end) => {
            let end = end.unwrap_or_else(|| app.now());
            Some(TimeRange { start: start.unwrap_or(end), end })
        }
    };
    let known = tokio::task::spawn_blocking({
        let rules = app.rules.clone();
        move || rules.examine(&expr, range)
    })
    .await
    .map_err(|error| ApiError::internal(error.to_string()))?
    .map_err(ApiError::internal)?;
    Answer::of(&known.iter().map(liveness_json).collect::<Vec<_>>())
}

/// Seconds, whole ones without a fraction, as Go writes them.
fn seconds(span: Duration) -> Value {
    if span.0 % 1000 == 0 { json!(span.0 / 1000) } else { json!(span.seconds()) }
}

/// Which rules are asked for.
struct Filter {
    alerting: bool,
    recording: bool,
    exclude_alerts: bool,
    names: Vec<String>,
    groups: Vec<String>,
    files: Vec<String>,
    selectors: Vec<Vec<Matcher>>,
}

impl Filter {
    fn of(params: &Params) -> Result<Filter, ApiError> {
        let kind = params.get("type").to_ascii_lowercase();
        if !["", "alert", "record"].contains(&kind.as_str()) {
            return Err(invalid("type", &format!("not supported value \"{kind}\"")));
        }
        let exclude_alerts = match params.get("exclude_alerts") {
            "" | "false" => false,
            "true" => true,
            _ => return Err(invalid("exclude_alerts", "must be true or false")),
        };
        let all = |name: &str| params.all(name).map(str::to_owned).collect::<Vec<_>>();
        Ok(Filter {
            alerting: kind != "record",
            recording: kind != "alert",
            exclude_alerts,
            names: all("rule_name[]"),
            groups: all("rule_group[]"),
            files: all("file[]"),
            selectors: parse_selectors(params)?,
        })
    }

    /// The group as JSON; none if nothing of it is asked for.
    fn group(&self, status: &GroupStatus, liveness: &[RuleLiveness]) -> Option<Value> {
        let group = &status.group;
        let wanted = |list: &[String], name: &String| list.is_empty() || list.contains(name);
        if !wanted(&self.groups, &group.name) || !wanted(&self.files, &group.file) {
            return None;
        }
        let mut rules = Vec::new();
        for (rule, known) in status.rules.iter().zip(liveness) {
            rules.extend(self.rule(rule, known));
        }
        let all_kinds = self.alerting && self.recording;
        let filtered = !self.names.is_empty() || !self.selectors.is_empty() || !all_kinds;
        if rules.is_empty() && filtered {
            return None;
        }
        Some(json!({
            "name": group.name,
            "file": group.file,
            "rules": rules,
            "interval": seconds(group.interval),
            "limit": group.limit,
            "evaluationTime": status.seconds,
            "lastEvaluation": evaluation_time(status.last_evaluation),
        }))
    }

    fn rule(&self, status: &RuleStatus, known: &RuleLiveness) -> Option<Value> {
        let (kind_wanted, labels) = match &status.rule {
            Rule::Alerting(rule) => (self.alerting, &rule.labels),
            Rule::Recording(rule) => (self.recording, &rule.labels),
        };
        let name_wanted = self.names.is_empty() || self.names.iter().any(|n| n == status.rule.name());
        let passes = |matchers: &Vec<Matcher>| matchers.iter().all(|m| m.matches_labels(labels));
        let selected = self.selectors.is_empty() || self.selectors.iter().any(passes);
        if !(kind_wanted && name_wanted && selected) {
            return None;
        }
        let mut object = match &status.rule {
            Rule::Alerting(rule) => self.alerting_rule(rule, status),
            Rule::Recording(rule) => recording_rule(rule),
        };
        object.insert("health".to_owned(), json!(status.health.as_str()));
        if let Health::Bad(error) = &status.health {
            object.insert("lastError".to_owned(), json!(error));
        }
        object.insert("evaluationTime".to_owned(), json!(status.seconds));
        object.insert("lastEvaluation".to_owned(), json!(evaluation_time(status.last_evaluation)));
        let kind = if matches!(status.rule, Rule::Alerting(_)) { "alerting" } else { "recording" };
        object.insert("type".to_owned(), json!(kind));
        object.insert("dead".to_owned(), json!(known.dead));
        let shown = shown_selectors(&status.rule, &known.selectors);
        object.insert("selectors".to_owned(), shown.iter().map(liveness_json).collect());
        Some(Value::Object(object))
    }

    fn alerting_rule(&self, rule: &AlertingRule, status: &RuleStatus) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("state".to_owned(), json!(status.state.as_str()));
        object.insert("name".to_owned(), json!(rule.alert));
        object.insert("query".to_owned(), json!(rule.condition.to_string()));
        object.insert("duration".to_owned(), seconds(rule.hold));
        object.insert("keepFiringFor".to_owned(), seconds(rule.keep_firing));
        object.insert("labels".to_owned(), labels_json(&rule.labels));
        object.insert("annotations".to_owned(), labels_json(&rule.annotations));
        let alerts: Vec<Value> =
            if self.exclude_alerts { Vec::new() } else { status.alerts.iter().map(alert_json).collect() };
        object.insert("alerts".to_owned(), Value::Array(alerts));
        object
    }
}

fn recording_rule(rule: &RecordingRule) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("name".to_owned(), json!(rule.record));
    object.insert("query".to_owned(), json!(rule.expr.to_string()));
    if !rule.labels.is_empty() {
        object.insert("labels".to_owned(), labels_json(&rule.labels));
    }
    object
}

fn alert_json(alert: &ActiveAlert) -> Value {
    let mut object = Map::new();
    object.insert("labels".to_owned(), labels_json(&alert.labels));
    object.insert("annotations".to_owned(), labels_json(&alert.annotations));
    object.insert("state".to_owned(), json!(alert.state.as_str()));
    object.insert("activeAt".to_owned(), json!(rfc3339(alert.active_at.0)));
    if let Some(since) = alert.keep_firing_since {
        object.insert("keepFiringSince".to_owned(), json!(rfc3339(since.0)));
    }
    object.insert("value".to_owned(), json!(scientific(alert.value)));
    Value::Object(object)
}

/// The selectors with their places in the query as it is shown, which is printed anew, not as the file has it.
fn shown_selectors(rule: &Rule, known: &[SelectorLiveness]) -> Vec<SelectorLiveness> {
    let mut shown = known.to_vec();
    let printed = rule.expr().and_then(|expr| promql::parse(&expr.to_string()).ok());
    // Printing keeps their order.
    let places = printed.map(|expr| rules::liveness::selectors(&expr)).unwrap_or_default();
    for (selector, place) in shown.iter_mut().zip(places) {
        (selector.selector.span, selector.selector.text) = (place.span, place.text);
    }
    shown
}

/// `SelectorLiveness` of docs/formats/dashboard-api.md.
fn liveness_json(known: &SelectorLiveness) -> Value {
    json!({
        "selector": known.selector.text,
        "start": known.selector.span.start,
        "end": known.selector.span.end,
        "matchesNow": known.matches_now,
        "lastMatched": known.last_matched.map(|at| at.0),
        "exempt": known.selector.exempt,
        "suggestion": known.suggestion,
    })
}

/// Prometheus writes an alert's value with Go's `%e` in its shortest form: `1e+00`.
fn scientific(value: f64) -> String {
    if !value.is_finite() {
        return model::value::ApiFloat(value).to_string();
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// Go's zero time stands for "never".
fn evaluation_time(at: Option<model::Timestamp>) -> String {
    at.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| rfc3339(at.0))
}

/// Which group a page ended with.
fn page_token(group: &GroupStatus) -> String {
    let labels =
        Labels::from_pairs([("file", group.group.file.as_str()), ("name", group.group.name.as_str())]);
    format!("{:016x}", model::alert::fingerprint(&labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alert_values_are_scientific() {
        for (value, text) in
            [(1.0, "1e+00"), (0.0, "0e+00"), (-12.5, "-1.25e+01"), (1e-9, "1e-09"), (1e100, "1e+100")]
        {
            assert_eq!(scientific(value), text);
        }
        assert_eq!(scientific(f64::NAN), "NaN");
    }
}
