//! The states of one alerting rule's alerts, as a function of its results and the time.
//!
//! Flow at each evaluation, as in Prometheus' `rules/alerting.go`:
//! 1. Each series of the result is an alert; a new one begins as pending.
//! 2. A pending alert fires once it has been there for the rule's `for`.
//! 3. An alert whose series is gone is dropped if it was pending. If it fired it goes on for
//!    `keep_firing_for`, then is resolved; resolved ones are kept for 15 minutes so that they are resent.

use std::collections::HashMap;

use model::labels::METRIC_NAME;
use model::{Alert, Duration, Labels, Timestamp};

use crate::file::AlertingRule;

/// Resolved alerts are kept and resent for so long.
const RESOLVED_RETENTION: Duration = Duration::from_secs(15 * 60);
/// The series that shows states.
pub const ALERTS: &str = "ALERTS";
/// The series that keeps since when, for a restart.
pub const ALERTS_FOR_STATE: &str = "ALERTS_FOR_STATE";

/// Where an alert is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertState {
    /// Resolved, or no alert at all.
    Inactive,
    /// There, but not yet for long enough.
    Pending,
    /// There.
    Firing,
}

/// One alert of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveAlert {
    /// Identity, `alertname` included.
    pub labels: Labels,
    /// Expanded at the last evaluation.
    pub annotations: Labels,
    /// Where it is in its life.
    pub state: AlertState,
    /// The value of its series at the last evaluation.
    pub value: f64,
    /// Since when its series is there.
    pub active_at: Timestamp,
    /// When it began to fire.
    pub fired_at: Option<Timestamp>,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// Since when it fires without its series.
    pub keep_firing_since: Option<Timestamp>,
    /// When it was last handed over.
    pub last_sent_at: Option<Timestamp>,
}

/// A series of a rule's result, labels and annotations expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Identity, `alertname` included.
    pub labels: Labels,
    /// Expanded annotations.
    pub annotations: Labels,
    /// The series' value.
    pub value: f64,
}

/// All alerts of one rule.
#[derive(Clone, Debug, Default)]
pub struct AlertStates {
    active: HashMap<Labels, ActiveAlert>,
}

/// Why the result was refused; all alerts are as before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// Two series would be one alert.
    #[error("vector contains metrics with the same labelset after applying alert labels")]
    DuplicateLabels,
    /// The group's limit; all alerts of the rule are dropped.
    #[error("exceeded limit of {limit} with {found} alerts")]
    Limit {
        /// The limit.
        limit: usize,
        /// How many there would be.
        found: usize,
    },
}

/// One sample that a rule stores.
pub type Sample = (Labels, f64);

// === impl AlertState ===

impl AlertState {
    /// As Prometheus' API and the `alertstate` label have it.
    pub fn as_str(self) -> &'static str {
        match self {
            AlertState::Inactive => "inactive",
            AlertState::Pending => "pending",
            AlertState::Firing => "firing",
        }
    }
}

// === impl AlertStates ===

impl AlertStates {
    /// Takes the result of an evaluation at `now`. `restore` gives, for an alert that is new, since when it
    /// was active before a restart.
    pub fn step(
        &mut self,
        rule: &AlertingRule,
        candidates: Vec<Candidate>,
        limit: usize,
        now: Timestamp,
        restore: &dyn Fn(&Labels) -> Option<Timestamp>,
    ) -> Result<Vec<Sample>, StepError> {
        let mut present: HashMap<Labels, Candidate> = HashMap::with_capacity(candidates.len());
        for candidate in candidates {
            if present.insert(candidate.labels.clone(), candidate).is_some() {
                return Err(StepError::DuplicateLabels);
            }
        }
        for candidate in present.values() {
            self.note(candidate, rule.hold, now, restore);
        }
        self.active.retain(|labels, alert| present.contains_key(labels) || keep_absent(alert, rule, now));
        for alert in self.active.values_mut().filter(|a| a.state == AlertState::Pending) {
            if now - alert.active_at >= rule.hold {
                alert.state = AlertState::Firing;
                alert.fired_at = alert.fired_at.or(Some(now));
            }
        }
        let found = self.active.values().filter(|a| a.state != AlertState::Inactive).count();
        if limit > 0 && found > limit {
            self.active.clear();
            return Err(StepError::Limit { limit, found });
        }
        Ok(self.samples())
    }

    /// Alerts that are pending or firing.
    pub fn active(&self) -> impl Iterator<Item = &ActiveAlert> {
        self.active.values().filter(|alert| alert.state != AlertState::Inactive)
    }

    /// The highest state among the alerts.
    pub fn state(&self) -> AlertState {
        self.active.values().map(|alert| alert.state).max().unwrap_or(AlertState::Inactive)
    }

    /// Alerts to hand over at `now`: those that fire or were resolved, if they are new or `resend` has passed
    /// since the last time. They count as sent.
    pub fn due(&mut self, now: Timestamp, resend: Duration, interval: Duration, url: &str) -> Vec<Alert> {
        // Receivers may miss two evaluations or sendings before they take the alert as ended.
        let valid_until = now + Duration(4 * resend.0.max(interval.0));
        let mut due: Vec<Alert> = Vec::new();
        for alert in self.active.values_mut().filter(|alert| needs_sending(alert, now, resend)) {
            alert.last_sent_at = Some(now);
            due.push(Alert {
                labels: alert.labels.clone(),
                annotations: alert.annotations.clone(),
                starts_at: alert.fired_at.unwrap_or(alert.active_at),
                ends_at: alert.resolved_at.unwrap_or(valid_until),
                generator_url: url.to_owned(),
            });
        }
        due.sort_by(|a, b| a.labels.cmp(&b.labels));
        due
    }

    /// Takes a series that is there: updates its alert, or begins one.
    fn note(
        &mut self,
        candidate: &Candidate,
        hold: Duration,
        now: Timestamp,
        restore: &dyn Fn(&Labels) -> Option<Timestamp>,
    ) {
        match self.active.get_mut(&candidate.labels) {
            Some(alert) if alert.state != AlertState::Inactive => {
                alert.value = candidate.value;
                alert.annotations = candidate.annotations.clone();
                alert.keep_firing_since = None;
            }
            _ => {
                let restored = restore(&candidate.labels);
                let active_at = restored.unwrap_or(now);
                // What fired before the restart fires since then, not since now.
                let fired_at = restored.map(|at| at + hold).filter(|at| *at <= now);
                let alert = ActiveAlert {
                    labels: candidate.labels.clone(),
                    annotations: candidate.annotations.clone(),
                    state: AlertState::Pending,
                    value: candidate.value,
                    active_at,
                    fired_at,
                    resolved_at: None,
                    keep_firing_since: None,
                    last_sent_at: None,
                };
                self.active.insert(candidate.labels.clone(), alert);
            }
        }
    }

    fn samples(&self) -> Vec<Sample> {
        let mut samples = Vec::with_capacity(self.active.len() * 2);
        for alert in self.active() {
            let mut builder = alert.labels.to_builder();
            builder.set(METRIC_NAME, ALERTS_FOR_STATE);
            samples.push((builder.build(), (alert.active_at.0 as f64 / 1000.0).floor()));
            builder.set(METRIC_NAME, ALERTS).set("alertstate", alert.state.as_str());
            samples.push((builder.build(), 1.0));
        }
        samples
    }
}

/// Whether an alert whose series is gone stays, and what becomes of it.
fn keep_absent(alert: &mut ActiveAlert, rule: &AlertingRule, now: Timestamp) -> bool {
    match alert.state {
        AlertState::Pending => false,
        AlertState::Firing => {
            let since = *alert.keep_firing_since.get_or_insert(now);
            if rule.keep_firing.0 == 0 || now - since >= rule.keep_firing {
                alert.state = AlertState::Inactive;
                alert.resolved_at = Some(now);
            }
            true
        }
        AlertState::Inactive => {
            alert.resolved_at.is_some_and(|resolved| now - resolved <= RESOLVED_RETENTION)
        }
    }
}

fn needs_sending(alert: &ActiveAlert, now: Timestamp, resend: Duration) -> bool {
    if alert.state == AlertState::Pending {
        return false;
    }
    match (alert.last_sent_at, alert.resolved_at) {
        (None, _) => true,
        (Some(sent), Some(resolved)) if resolved > sent => true,
        (Some(sent), _) => sent + resend < now,
    }
}

#[cfg(test)]
mod tests;
