//! Rule files: the YAML that Prometheus reads, checked as a whole.
//!
//! Shape and checks follow `model/rulefmt` of Prometheus; all faults of a file are reported, not the first.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use model::labels::METRIC_NAME;
use model::{Duration, Labels};
use promql::{Expr, Features};
use serde::Deserialize;

use crate::template;

/// The annotation that says a rule's selectors may match nothing, and why.
pub const MAY_BE_EMPTY: &str = "weir_may_be_empty";

/// A group of rules that are evaluated one after another at one interval.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleGroup {
    /// Where it was read.
    pub file: String,
    /// Unique within the file.
    pub name: String,
    /// Time between two evaluations.
    pub interval: Duration,
    /// At most so many series or alerts per rule; 0 is no limit.
    pub limit: usize,
    /// How far in the past the rules are evaluated.
    pub query_offset: Duration,
    /// In the order of evaluation.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// Stores what its expression gives.
    Recording(RecordingRule),
    /// Alerts on what its expression gives.
    Alerting(AlertingRule),
}

/// A rule that stores its result as a series.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingRule {
    /// The metric name of the result.
    pub record: String,
    /// What is evaluated.
    pub expr: Expr,
    /// Labels set on the result.
    pub labels: Labels,
}

/// A rule whose every result series is an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertingRule {
    /// The alert's name.
    pub alert: String,
    /// What is evaluated.
    pub condition: Condition,
    /// How long a series must be there before its alert fires.
    pub hold: Duration,
    /// How long an alert goes on firing after its series is gone.
    pub keep_firing: Duration,
    /// Templates of labels.
    pub labels: Labels,
    /// Templates of annotations.
    pub annotations: Labels,
}

/// Where an alerting rule's series come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A query.
    Expr(Expr),
    /// Rules with a selector that matches nothing: the built-in alert.
    DeadRules,
}

/// What is wrong with a rule file. Each fault names group and rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file.
    pub file: String,
    /// One sentence each.
    pub faults: Vec<String>,
}

/// What the surrounding configuration gives where a group is silent.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// `global.evaluation_interval`.
    pub interval: Duration,
    /// `global.rule_query_offset`.
    pub query_offset: Duration,
    /// The parts of PromQL that are switched on.
    pub features: Features,
}

/// Reads one rule file.
pub fn parse(text: &str, file: &str, defaults: Defaults) -> Result<Vec<RuleGroup>, FileError> {
    let refused = |faults: Vec<String>| FileError { file: file.to_owned(), faults };
    let shape: FileShape = if text.trim().is_empty() {
        FileShape::default()
    } else {
        stdx::yaml::from_str(text, file).map_err(|error| refused(vec![error.to_string()]))?
    };
    let (mut groups, mut faults, mut names) = (Vec::new(), Vec::new(), HashSet::new());
    for group in shape.groups {
        if group.name.is_empty() {
            faults.push("a group has no name".to_owned());
        } else if !names.insert(group.name.clone()) {
            faults.push(format!("group name \"{}\" is repeated in the same file", group.name));
        }
        groups.push(read_group(group, file, defaults, &mut faults));
    }
    if faults.is_empty() { Ok(groups) } else { Err(refused(faults)) }
}

// === impl RuleGroup ===

impl RuleGroup {
    /// Names of rules that stand here before, with the same labels: they write the same series, and of two samples at
    /// one time the first counts. Prometheus takes them too.
    pub fn repeated(&self) -> Vec<&str> {
        let mut seen: HashSet<(&str, &Labels, String)> = HashSet::new();
        let mut repeated = Vec::new();
        for rule in &self.rules {
            let (labels, condition) = match rule {
                Rule::Recording(rule) => (&rule.labels, String::new()),
                Rule::Alerting(rule) => (&rule.labels, rule.condition.to_string()),
            };
            if !seen.insert((rule.name(), labels, condition)) {
                repeated.push(rule.name());
            }
        }
        repeated
    }
}

// === impl Rule ===

impl Rule {
    /// The alert's name, or that of the recorded metric.
    pub fn name(&self) -> &str {
        match self {
            Rule::Recording(rule) => &rule.record,
            Rule::Alerting(rule) => &rule.alert,
        }
    }

    /// The query, if the rule has one.
    pub fn expr(&self) -> Option<&Expr> {
        match self {
            Rule::Recording(rule) => Some(&rule.expr),
            Rule::Alerting(rule) => rule.condition.expr(),
        }
    }

    /// Whether the rule says that its selectors may match nothing.
    pub fn may_be_empty(&self) -> bool {
        match self {
            Rule::Recording(_) => false,
            Rule::Alerting(rule) => rule.annotations.find(MAY_BE_EMPTY).is_some(),
        }
    }
}

// === impl Condition ===

impl Condition {
    /// The query, if it is one.
    pub fn expr(&self) -> Option<&Expr> {
        match self {
            Condition::Expr(expr) => Some(expr),
            Condition::DeadRules => None,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Expr(expr) => write!(f, "{expr}"),
            Condition::DeadRules => f.write_str("weir_rule_dead == 1"),
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            let newline = if i == 0 { "" } else { "\n" };
            if fault.starts_with(&self.file) {
                write!(f, "{newline}{fault}")?;
            } else {
                write!(f, "{newline}{}: {fault}", self.file)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FileShape {
    #[serde(default)]
    groups: Vec<GroupShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupShape {
    #[serde(default)]
    name: String,
    interval: Option<String>,
    query_offset: Option<String>,
    #[serde(default)]
    limit: usize,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    rules: Vec<RuleShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleShape {
    #[serde(default)]
    record: String,
    #[serde(default)]
    alert: String,
    #[serde(default)]
    expr: ExprShape,
    r#for: Option<String>,
    keep_firing_for: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// A bare number is an expression too: `expr: 1`.
#[derive(Deserialize)]
#[serde(untagged)]
enum ExprShape {
    Text(String),
    Number(f64),
}

impl Default for ExprShape {
    fn default() -> ExprShape {
        ExprShape::Text(String::new())
    }
}

fn read_group(group: GroupShape, file: &str, defaults: Defaults, faults: &mut Vec<String>) -> RuleGroup {
    let place = format!("group \"{}\"", group.name);
    let interval = duration(group.interval.as_deref(), &place, "interval", faults);
    let offset = duration(group.query_offset.as_deref(), &place, "query_offset", faults);
    check_labels(&group.labels, &place, faults);
    let mut rules = Vec::new();
    for (i, rule) in group.rules.into_iter().enumerate() {
        let name = if rule.alert.is_empty() { &rule.record } else { &rule.alert };
        let place = format!("{place}, rule {}, \"{name}\"", i + 1);
        rules.extend(read_rule(rule, &group.labels, &place, &defaults.features, faults));
    }
    RuleGroup {
        file: file.to_owned(),
        name: group.name,
        interval: interval.filter(|i| i.0 > 0).unwrap_or(defaults.interval),
        limit: group.limit,
        query_offset: offset.unwrap_or(defaults.query_offset),
        rules,
    }
}

fn read_rule(
    rule: RuleShape,
    group_labels: &BTreeMap<String, String>,
    place: &str,
    features: &Features,
    faults: &mut Vec<String>,
) -> Option<Rule> {
    let before = faults.len();
    match (rule.record.is_empty(), rule.alert.is_empty()) {
        (false, false) => faults.push(format!("{place}: only one of 'record' and 'alert' must be set")),
        (true, true) => faults.push(format!("{place}: one of 'record' or 'alert' must be set")),
        _ => {}
    }
    let text = match &rule.expr {
        ExprShape::Text(text) => text.trim().to_owned(),
        ExprShape::Number(number) => number.to_string(),
    };
    if text.is_empty() {
        faults.push(format!("{place}: field 'expr' must be set in rule"));
    }
    let expr = match promql::parse_with(&text, features) {
        Ok(expr) => Some(expr),
        Err(_) if text.is_empty() => None,
        Err(error) => {
            faults.push(format!("{place}: could not parse expression: {error}"));
            None
        }
    };
    check_labels(&rule.labels, place, faults);
    let hold = duration(rule.r#for.as_deref(), place, "for", faults).unwrap_or_default();
    let keep =
        duration(rule.keep_firing_for.as_deref(), place, "keep_firing_for", faults).unwrap_or_default();
    if rule.record.is_empty() {
        check_templates(&rule, place, faults);
    } else {
        check_recording(&rule, place, faults);
    }
    if faults.len() > before {
        return None;
    }
    // Labels of the group first: the rule's own win.
    let labels =
        Labels::from_pairs(group_labels.iter().chain(&rule.labels).map(|(n, v)| (n.as_str(), v.as_str())));
    let expr = expr?;
    Some(if rule.record.is_empty() {
        let annotations = Labels::from_pairs(rule.annotations);
        let condition = Condition::Expr(expr);
        Rule::Alerting(AlertingRule {
            alert: rule.alert,
            condition,
            hold,
            keep_firing: keep,
            labels,
            annotations,
        })
    } else {
        Rule::Recording(RecordingRule { record: rule.record, expr, labels })
    })
}

fn duration(text: Option<&str>, place: &str, field: &str, faults: &mut Vec<String>) -> Option<Duration> {
    match Duration::parse(text?) {
        Ok(duration) => Some(duration),
        Err(error) => {
            faults.push(format!("{place}: {field}: {error}"));
            None
        }
    }
}

fn check_labels(labels: &BTreeMap<String, String>, place: &str, faults: &mut Vec<String>) {
    for name in labels.keys() {
        if name.is_empty() || name == METRIC_NAME {
            faults.push(format!("{place}: invalid label name: {name}"));
        }
    }
}

fn check_recording(rule: &RuleShape, place: &str, faults: &mut Vec<String>) {
    if !rule.annotations.is_empty() {
        faults.push(format!("{place}: invalid field 'annotations' in recording rule"));
    }
    if rule.r#for.is_some() {
        faults.push(format!("{place}: invalid field 'for' in recording rule"));
    }
    if rule.keep_firing_for.is_some() {
        faults.push(format!("{place}: invalid field 'keep_firing_for' in recording rule"));
    }
    if rule.record.contains(['{', '}']) {
        faults.push(format!("{place}: braces present in the recording rule name; should it be in expr?"));
    }
}

fn check_templates(rule: &RuleShape, place: &str, faults: &mut Vec<String>) {
    if rule.annotations.contains_key("") {
        faults.push(format!("{place}: an annotation has no name"));
    }
    for (name, text) in &rule.labels {
        if let Err(error) = template::check(&rule.alert, text) {
            faults.push(format!("{place}, label \"{name}\": {error}"));
        }
    }
    for (name, text) in &rule.annotations {
        if let Err(error) = template::check(&rule.alert, text) {
            faults.push(format!("{place}, annotation \"{name}\": {error}"));
        }
    }
}

#[cfg(test)]
mod tests;
