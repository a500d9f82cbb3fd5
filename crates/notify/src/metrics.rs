//! What is counted: under Prometheus' names where it has them.

use stdx::metrics::{Counter, CounterFamily, Gauge, GaugeFamily, HistogramFamily, Registry};

const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The metrics of this crate.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub(crate) sent: CounterFamily,
    pub(crate) errors: CounterFamily,
    pub(crate) dropped: CounterFamily,
    pub(crate) seconds: HistogramFamily,
    pub(crate) queue_length: GaugeFamily,
    pub(crate) queue_capacity: Gauge,
    pub(crate) alertmanagers: Gauge,
    pub(crate) relabel_dropped: Counter,
    pub(crate) webhooks: WebhookMetrics,
}

/// What is counted of webhooks.
#[derive(Clone, Debug)]
pub(crate) struct WebhookMetrics {
    pub(crate) notifications: CounterFamily,
    pub(crate) failed: CounterFamily,
    pub(crate) attempts: CounterFamily,
    pub(crate) refused: CounterFamily,
    pub(crate) alerts: GaugeFamily,
    pub(crate) seconds: HistogramFamily,
}

const ALERTMANAGER: &[&str] = &["alertmanager"];
const RECEIVER: &[&str] = &["receiver"];

impl Metrics {
    /// Registers all families.
    pub fn new(registry: &Registry) -> Metrics {
        Metrics {
            sent: registry.counters(
                "prometheus_notifications_sent_total",
                "Alerts sent to an Alertmanager.",
                ALERTMANAGER,
            ),
            errors: registry.counters(
                "prometheus_notifications_errors_total",
                "Alerts whose sending to an Alertmanager failed, each attempt counted.",
                ALERTMANAGER,
            ),
            dropped: registry.counters(
                "prometheus_notifications_dropped_total",
                "Alerts dropped because the queue was full or sending failed for good.",
                ALERTMANAGER,
            ),
            seconds: registry.histograms(
                "prometheus_notifications_latency_seconds",
                "Time taken to send alerts to an Alertmanager.",
                ALERTMANAGER,
                &SECONDS,
            ),
            queue_length: registry.gauges(
                "prometheus_notifications_queue_length",
                "Alerts that wait for an Alertmanager.",
                ALERTMANAGER,
            ),
            queue_capacity: registry.gauge(
                "prometheus_notifications_queue_capacity",
                "Alerts that may wait for an Alertmanager.",
            ),
            alertmanagers: registry.gauge(
                "prometheus_notifications_alertmanagers_discovered",
                "Alertmanagers that are known and active.",
            ),
            relabel_dropped: registry.counter(
                "weir_notify_relabel_dropped_total",
                "Alerts that alert_relabel_configs dropped for all receivers.",
            ),
            webhooks: WebhookMetrics::new(registry),
        }
    }

    /// An Alertmanager is gone.
    pub(crate) fn forget_alertmanager(&self, url: &str) {
        for family in [&self.sent, &self.errors, &self.dropped] {
            family.remove(&[url]);
        }
        self.seconds.remove(&[url]);
        self.queue_length.remove(&[url]);
    }
}

impl WebhookMetrics {
    fn new(registry: &Registry) -> WebhookMetrics {
        WebhookMetrics {
            notifications: registry.counters(
                "weir_notify_notifications_total",
                "Notifications delivered to a webhook.",
                RECEIVER,
            ),
            failed: registry.counters(
                "weir_notify_notifications_failed_total",
                "Notifications that did not reach a webhook by their group's next turn.",
                RECEIVER,
            ),
            attempts: registry.counters(
                "weir_notify_attempts_failed_total",
                "Failed attempts to post to a webhook.",
                RECEIVER,
            ),
            refused: registry.counters(
                "weir_notify_alerts_refused_total",
                "Alerts refused because a webhook's groups were full.",
                RECEIVER,
            ),
            alerts: registry.gauges("weir_notify_alerts", "Alerts in the groups of a webhook.", RECEIVER),
            seconds: registry.histograms(
                "weir_notify_latency_seconds",
                "Time taken to post to a webhook.",
                RECEIVER,
                &SECONDS,
            ),
        }
    }

    /// A webhook is gone.
    pub(crate) fn forget(&self, name: &str) {
        let counters = [&self.notifications, &self.failed, &self.attempts, &self.refused];
        for family in counters {
            family.remove(&[name]);
        }
        self.alerts.remove(&[name]);
        self.seconds.remove(&[name]);
    }
}
