//! One group, evaluated once: queries in order, results written, alerts stepped.

use std::sync::Arc;
use std::time::Instant;

use model::labels::METRIC_NAME;
use model::storage::{Appender, Storage};
use model::{Alert, Duration, Labels, Timestamp};
use promql::{Expr, QueryValue};

use crate::alerting::{ActiveAlert, AlertState, AlertStates, Candidate, Sample};
use crate::file::{AlertingRule, Condition, RecordingRule, Rule, RuleGroup};
use crate::restore::{RestoreSettings, active_since};
use crate::series::RuleSeries;
use crate::template::Templates;

/// What every evaluation needs and no rule owns.
pub struct Context<'a> {
    /// Where queries read.
    pub storage: &'a Arc<dyn Storage>,
    /// Where results go.
    pub appender: &'a dyn Appender,
    /// Bounds of queries.
    pub options: &'a promql::Options,
    /// Added to alerts by the notifier; templates see them.
    pub external_labels: &'a Labels,
    /// Where this server is seen from outside, without a slash at the end.
    pub external_url: &'a str,
    /// How alerts are restored; none once the time for that is over.
    pub restore: Option<RestoreSettings>,
    /// Alerts that go on are handed over again after so long.
    pub resend: Duration,
    /// Rules with a dead selector, for the built-in alert.
    pub dead_rules: &'a [DeadRule],
}

/// A rule whose selector matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadRule {
    /// The group's name.
    pub group: String,
    /// The rule's name.
    pub rule: String,
    /// The first dead selector.
    pub selector: String,
    /// What is near.
    pub suggestion: String,
}

/// Whether a rule's last evaluation went well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Not evaluated yet.
    #[default]
    Unknown,
    /// It did.
    Good,
    /// It did not, and why.
    Bad(String),
}

/// What is published of a rule after each evaluation.
#[derive(Clone, Debug)]
pub struct RuleStatus {
    /// The rule.
    pub rule: Rule,
    /// How the last evaluation went.
    pub health: Health,
    /// When that was.
    pub last_evaluation: Option<Timestamp>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The highest state among its alerts.
    pub state: AlertState,
    /// Pending and firing alerts.
    pub alerts: Vec<ActiveAlert>,
}

/// What one evaluation of a group gave.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Alerts to hand over.
    pub alerts: Vec<Alert>,
    /// Rules that failed.
    pub failures: usize,
    /// Series written.
    pub samples: usize,
}

/// A group and what its rules remember from one evaluation to the next.
#[derive(Debug)]
pub struct GroupRunner {
    group: RuleGroup,
    rules: Vec<RuleRunner>,
}

#[derive(Debug)]
struct RuleRunner {
    rule: Rule,
    series: Option<RuleSeries>,
    alerts: AlertStates,
    health: Health,
    last_evaluation: Option<Timestamp>,
    seconds: f64,
}

// === impl Health ===

impl Health {
    /// As Prometheus' API has it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Health::Unknown => "unknown",
            Health::Good => "ok",
            Health::Bad(_) => "err",
        }
    }
}

// === impl GroupRunner ===

impl GroupRunner {
    /// A group that was never evaluated.
    pub fn new(group: RuleGroup) -> GroupRunner {
        let rules = group.rules.iter().cloned().map(RuleRunner::new).collect();
        GroupRunner { group, rules }
    }

    /// The group.
    pub fn group(&self) -> &RuleGroup {
        &self.group
    }

    /// Takes over what equal rules of an earlier version of the group remember; gives back the rest, to be
    /// closed.
    pub fn inherit(&mut self, mut earlier: GroupRunner) -> GroupRunner {
        for runner in &mut self.rules {
            if let Some(at) = earlier.rules.iter().position(|old| old.rule == runner.rule) {
                *runner = earlier.rules.swap_remove(at);
            }
        }
        earlier
    }

    /// Marks the series of all rules as gone.
    pub fn close(self, appender: &dyn Appender, at: Timestamp) {
        for series in self.rules.into_iter().filter_map(|runner| runner.series) {
            series.close(appender, at);
        }
    }

    /// Evaluates all rules in order at `at`. A rule that fails does not stop the others; its series stay.
    pub fn evaluate(&mut self, at: Timestamp, context: &Context<'_>) -> Evaluation {
        let mut evaluation = Evaluation::default();
        for runner in &mut self.rules {
            let begun = Instant::now();
            match runner.evaluate(&self.group, at, context) {
                Ok(samples) => {
                    runner.health = Health::Good;
                    evaluation.samples += samples;
                    let interval = self.group.interval;
                    evaluation.alerts.extend(runner.due(at, interval, context));
                }
                Err(error) => {
                    let (group, rule) = (&self.group.name, runner.rule.name());
                    tracing::warn!(%error, group, rule, file = self.group.file, "Evaluating a rule failed");
                    runner.health = Health::Bad(error);
                    evaluation.failures += 1;
                }
            }
            runner.seconds = begun.elapsed().as_secs_f64();
            runner.last_evaluation = Some(at);
        }
        evaluation
    }

    /// What is published.
    pub fn status(&self) -> Vec<RuleStatus> {
        self.rules.iter().map(RuleRunner::status).collect()
    }
}

// === impl RuleRunner ===

impl RuleRunner {
    fn new(rule: Rule) -> RuleRunner {
        RuleRunner {
            rule,
            series: None,
            alerts: AlertStates::default(),
            health: Health::Unknown,
            last_evaluation: None,
            seconds: 0.0,
        }
    }

    fn evaluate(&mut self, group: &RuleGroup, at: Timestamp, context: &Context<'_>) -> Result<usize, String> {
        let query_at = at - group.query_offset;
        let samples = match &self.rule {
            Rule::Recording(rule) => record(rule, query_at, group.limit, context)?,
            Rule::Alerting(rule) => {
                let found = candidates(rule, query_at, context)?;
                let restore = |labels: &Labels| {
                    let settings = context.restore.as_ref()?;
                    active_since(context.storage.as_ref(), labels, rule.hold, at, settings)
                };
                self.alerts.step(rule, found, group.limit, at, &restore).map_err(|error| error.to_string())?
            }
        };
        let appender = context.appender;
        let series = match &mut self.series {
            Some(series) => series,
            none => none.insert(RuleSeries::open(appender).map_err(|error| error.to_string())?),
        };
        series.write(appender, query_at, &samples).map_err(|error| error.to_string())?;
        Ok(samples.len())
    }

    fn due(&mut self, at: Timestamp, interval: Duration, context: &Context<'_>) -> Vec<Alert> {
        let Rule::Alerting(rule) = &self.rule else { return Vec::new() };
        let url = generator_url(context.external_url, &rule.condition.to_string());
        self.alerts.due(at, context.resend, interval, &url)
    }

    fn status(&self) -> RuleStatus {
        let mut alerts: Vec<ActiveAlert> = self.alerts.active().cloned().collect();
        alerts.sort_by(|a, b| a.labels.cmp(&b.labels));
        RuleStatus {
            rule: self.rule.clone(),
            health: self.health.clone(),
            last_evaluation: self.last_evaluation,
            seconds: self.seconds,
            state: self.alerts.state(),
            alerts,
        }
    }
}

/// Where an expression is shown (`strutil.TableLinkForExpression` of Prometheus).
pub fn generator_url(external_url: &str, expr: &str) -> String {
    format!("{external_url}/graph?g0.expr={}&g0.tab=1", escape_query(expr))
}

/// Go's `url.QueryEscape`.
pub(crate) fn escape_query(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn query(expr: &Expr, at: Timestamp, context: &Context<'_>) -> Result<Vec<Sample>, String> {
    let answer =
        promql::instant(context.storage.as_ref(), expr, at, context.options).map_err(|e| e.to_string())?;
    match answer.value {
        QueryValue::Vector(samples) => Ok(samples.into_iter().map(|s| (s.labels, s.value)).collect()),
        QueryValue::Scalar(_, value) => Ok(vec![(Labels::empty(), value)]),
        QueryValue::Matrix(_) | QueryValue::String(..) => {
            Err("rule result is not a vector or scalar".to_owned())
        }
    }
}

fn record(
    rule: &RecordingRule,
    at: Timestamp,
    limit: usize,
    context: &Context<'_>,
) -> Result<Vec<Sample>, String> {
    let mut samples = query(&rule.expr, at, context)?;
    for (labels, _) in &mut samples {
        let mut builder = labels.to_builder();
        builder.set(METRIC_NAME, rule.record.as_str());
        for (name, value) in &rule.labels {
            builder.set(name, value);
        }
        *labels = builder.build();
    }
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    if samples.windows(2).any(|two| two[0].0 == two[1].0) {
        return Err("vector contains metrics with the same labelset after applying rule labels".to_owned());
    }
    if limit > 0 && samples.len() > limit {
        return Err(format!("exceeded limit of {limit} with {} series", samples.len()));
    }
    Ok(samples)
}

fn candidates(rule: &AlertingRule, at: Timestamp, context: &Context<'_>) -> Result<Vec<Candidate>, String> {
    let expr = match &rule.condition {
        Condition::Expr(expr) => expr,
        Condition::DeadRules => {
            return Ok(context.dead_rules.iter().map(|dead| dead_candidate(rule, dead)).collect());
        }
    };
    let templates = Templates::new(context, at);
    let expand_all = |texts: &Labels, labels: &Labels, value: f64| -> Vec<(String, String)> {
        texts
            .iter()
            .map(|(n, text)| (n.to_owned(), templates.expand(&rule.alert, text, labels, value)))
            .collect()
    };
    let found = query(expr, at, context)?;
    Ok(found
        .into_iter()
        .map(|(labels, value)| {
            let mut builder = labels.without_metric_name().to_builder();
            for (name, text) in expand_all(&rule.labels, &labels, value) {
                builder.set(name, text);
            }
            builder.set("alertname", rule.alert.as_str());
            let annotations = Labels::from_pairs(expand_all(&rule.annotations, &labels, value));
            Candidate { labels: builder.build(), annotations, value }
        })
        .collect())
}

/// The built-in alert's text is made here, since its facts are no series.
fn dead_candidate(rule: &AlertingRule, dead: &DeadRule) -> Candidate {
    let mut builder = rule.labels.to_builder();
    builder
        .set("alertname", rule.alert.as_str())
        .set("rule_group", dead.group.as_str())
        .set("rule", dead.rule.as_str());
    let why = if dead.suggestion.is_empty() { String::new() } else { format!(": {}", dead.suggestion) };
    let summary = format!(
        "{} in group {} can do nothing: {} matches no series{why}.",
        dead.rule, dead.group, dead.selector
    );
    let mut annotations = rule.annotations.to_builder();
    annotations.set("summary", summary);
    Candidate { labels: builder.build(), annotations: annotations.build(), value: 1.0 }
}
