//! What watches say of themselves.

use stdx::{CounterFamily, GaugeFamily, Registry};

use crate::heard::Heard;

/// Families of all watches.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub(crate) objects: GaugeFamily,
    pub(crate) heard: Heard,
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
            heard: Heard::new(
                registry.gauges(
                    "weir_cluster_last_contact_timestamp_seconds",
                    "When the API server was last heard of, in seconds since the epoch; a quiet watch is heard of every minute.",
                    &["resource"],
                ),
                None,
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
