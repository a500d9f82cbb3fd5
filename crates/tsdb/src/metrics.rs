//! The metrics of this crate; names that public mixins read are Prometheus' own.

use stdx::{Counter, Gauge, Registry};

/// What the store counts.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) series: Gauge,
    pub(crate) series_created: Counter,
    pub(crate) min_time: Gauge,
    pub(crate) max_time: Gauge,
    pub(crate) appended: Counter,
    pub(crate) out_of_order: Counter,
    pub(crate) duplicates: Counter,
    pub(crate) wal_corruptions: Counter,
    pub(crate) wal_failures: Counter,
    pub(crate) wal_bytes: Gauge,
    pub(crate) blocks: Gauge,
    pub(crate) block_bytes: Gauge,
    pub(crate) compactions: Counter,
    pub(crate) compaction_failures: Counter,
    pub(crate) dropped_blocks: Counter,
    pub(crate) series_refused: Counter,
}

impl Metrics {
    pub(crate) fn new(registry: &Registry) -> Metrics {
        let counter = |name: &str, help: &str| registry.counter(name, help);
        let gauge = |name: &str, help: &str| registry.gauge(name, help);
        Metrics {
            series: gauge("prometheus_tsdb_head_series", "Series in memory."),
            series_created: counter("prometheus_tsdb_head_series_created_total", "Series made in memory."),
            min_time: gauge("prometheus_tsdb_head_min_time", "The first time in memory, in milliseconds."),
            max_time: gauge("prometheus_tsdb_head_max_time", "The last time in memory, in milliseconds."),
            appended: counter("prometheus_tsdb_head_samples_appended_total", "Samples appended."),
            out_of_order: counter(
                "prometheus_tsdb_out_of_order_samples_total",
                "Samples refused, since the series has a newer one.",
            ),
            duplicates: counter(
                "weir_tsdb_samples_duplicate_total",
                "Samples refused, since the series has another value at that time.",
            ),
            wal_corruptions: counter(
                "prometheus_tsdb_wal_corruptions_total",
                "Log segments with a damaged end.",
            ),
            wal_failures: counter(
                "prometheus_tsdb_wal_writes_failed_total",
                "Writes to the log that failed.",
            ),
            wal_bytes: gauge("prometheus_tsdb_wal_storage_size_bytes", "Bytes of the log."),
            blocks: gauge("prometheus_tsdb_blocks_loaded", "Blocks there are."),
            block_bytes: gauge("prometheus_tsdb_storage_blocks_bytes", "Bytes of all blocks."),
            compactions: counter("prometheus_tsdb_compactions_total", "Blocks written."),
            compaction_failures: counter(
                "prometheus_tsdb_compactions_failed_total",
                "Blocks that could not be written.",
            ),
            dropped_blocks: counter("weir_tsdb_blocks_dropped_total", "Blocks dropped by retention."),
            series_refused: counter(
                "weir_tsdb_series_refused_total",
                "Series refused, since the limit was reached.",
            ),
        }
    }
}
