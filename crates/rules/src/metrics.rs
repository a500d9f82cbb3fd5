//! The metrics of this crate; names that public mixins read are Prometheus' own.

use stdx::{CounterFamily, GaugeFamily, HistogramFamily, Registry};

/// Evaluations, by rule group.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Evaluations of rules.
    pub evaluations: CounterFamily,
    /// Those that failed.
    pub failures: CounterFamily,
    /// Evaluations of groups that were due.
    pub iterations: CounterFamily,
    /// Those that were skipped, since the one before took too long.
    pub missed: CounterFamily,
    /// How long the last evaluation of a group took, in seconds.
    pub last_duration: GaugeFamily,
    /// When a group was last evaluated, in seconds since the epoch.
    pub last_evaluation: GaugeFamily,
    /// The interval of a group in seconds.
    pub interval: GaugeFamily,
    /// Rules in a group.
    pub rules: GaugeFamily,
    /// Series that the last evaluation gave.
    pub samples: GaugeFamily,
    /// How long groups take.
    pub duration: HistogramFamily,
    /// 1 for a rule with a selector that has matched nothing for long.
    pub dead: GaugeFamily,
}

impl Metrics {
    /// Registers the families.
    pub fn new(registry: &Registry) -> Metrics {
        const GROUP: &[&str] = &["rule_group"];
        let seconds = [0.001, 0.01, 0.1, 1.0, 10.0];
        Metrics {
            evaluations: registry.counters(
                "prometheus_rule_evaluations_total",
                "Evaluations of rules.",
                GROUP,
            ),
            failures: registry.counters(
                "prometheus_rule_evaluation_failures_total",
                "Evaluations of rules that failed.",
                GROUP,
            ),
            iterations: registry.counters(
                "prometheus_rule_group_iterations_total",
                "Evaluations of groups that were due, skipped ones included.",
                GROUP,
            ),
            missed: registry.counters(
                "prometheus_rule_group_iterations_missed_total",
                "Evaluations of groups skipped, since the one before took too long.",
                GROUP,
            ),
            last_duration: registry.gauges(
                "prometheus_rule_group_last_duration_seconds",
                "How long the last evaluation of the group took.",
                GROUP,
            ),
            last_evaluation: registry.gauges(
                "prometheus_rule_group_last_evaluation_timestamp_seconds",
                "When the group was last evaluated, in seconds since the epoch.",
                GROUP,
            ),
            interval: registry.gauges(
                "prometheus_rule_group_interval_seconds",
                "The interval of the group.",
                GROUP,
            ),
            rules: registry.gauges("prometheus_rule_group_rules", "Rules in the group.", GROUP),
            samples: registry.gauges(
                "prometheus_rule_group_last_evaluation_samples",
                "Series that the last evaluation of the group gave.",
                GROUP,
            ),
            duration: registry.histograms(
                "weir_rules_group_duration_seconds",
                "How long evaluations of groups take.",
                &[],
                &seconds,
            ),
            dead: registry.gauges(
                "weir_rule_dead",
                "1 for a rule with a selector that has matched no series for longer than --rules.dead-after.",
                &["rule_group", "name"],
            ),
        }
    }

    /// Removes what is shown of a group that is no more.
    pub(crate) fn forget_group(&self, group: &str) {
        for family in [&self.evaluations, &self.failures, &self.iterations, &self.missed] {
            family.remove(&[group]);
        }
        for family in [&self.last_duration, &self.last_evaluation, &self.interval, &self.rules, &self.samples]
        {
            family.remove(&[group]);
        }
    }
}
