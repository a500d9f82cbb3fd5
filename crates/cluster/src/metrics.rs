//! What watches say of themselves.

use stdx::{CounterFamily, GaugeFamily, Registry};

/// Families of all watches.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub(crate) objects: GaugeFamily,
    pub(crate) contact: GaugeFamily,
    pub(crate) events: CounterFamily,
    pub(crate) failures: CounterFamily,
}

impl Metrics {
    /// Registers the families.
    pub fn new(registry: &Registry) -> Metrics {
        Metrics {
            objects: registry.gauges(
                "weir_cluster_objects",
                "Objects that a watch of the cluster knows.",
                &["resource"],
            ),
            contact: registry.gauges(
                "weir_cluster_last_contact_timestamp_seconds",
                "When a watch last heard of the API server, in seconds since the epoch.",
                &["resource"],
            ),
            events: registry.counters(
                "weir_cluster_watch_events_total",
                "Changes of objects that the API server told of.",
                &["resource"],
            ),
            failures: registry.counters(
                "weir_cluster_watch_failures_total",
                "Watches that ended or could not begin; what was known stays.",
                &["resource"],
            ),
        }
    }
}
