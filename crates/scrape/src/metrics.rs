//! The metrics of this crate; names that public mixins read are Prometheus' own.

use stdx::{Counter, CounterFamily, Gauge, GaugeFamily, Histogram, HistogramFamily, Registry};

use crate::discovery;
use crate::ingest::ScrapeStats;

/// Scrapes, by job.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub(crate) discovery: discovery::Metrics,
    pub(crate) pools: Gauge,
    pub(crate) pool_targets: GaugeFamily,
    pub(crate) pool_target_limit: GaugeFamily,
    pub(crate) pool_syncs: CounterFamily,
    pub(crate) sync_length: HistogramFamily,
    pub(crate) exceeded_target_limit: Counter,
    pub(crate) refused_targets: CounterFamily,
    pub(crate) exceeded_body_size: Counter,
    pub(crate) exceeded_sample_limit: Counter,
    pub(crate) out_of_order: Counter,
    pub(crate) duplicates: Counter,
    pub(crate) out_of_bounds: Counter,
    pub(crate) refused_series: Counter,
    pub(crate) scrapes: CounterFamily,
    pub(crate) samples: Counter,
    pub(crate) append_errors: Counter,
    pub(crate) missed: Counter,
    pub(crate) duration: Histogram,
}

impl Metrics {
    /// Registers the families.
    pub fn new(registry: &Registry) -> Metrics {
        const JOB: &[&str] = &["scrape_job"];
        let counter = |name: &str, help: &str| registry.counter(name, help);
        let gauges = |name: &str, help: &str| registry.gauges(name, help, JOB);
        Metrics {
            discovery: discovery::Metrics::new(registry),
            pools: registry.gauge("weir_scrape_pools", "Jobs that are scraped."),
            pool_targets: gauges("prometheus_target_scrape_pool_targets", "Targets that are scraped."),
            pool_target_limit: gauges(
                "prometheus_target_scrape_pool_target_limit",
                "The most targets of a job; 0 is no limit.",
            ),
            pool_syncs: registry.counters(
                "prometheus_target_scrape_pool_sync_total",
                "Times that the targets of a job were made anew.",
                JOB,
            ),
            sync_length: registry.histograms(
                "prometheus_target_sync_length_seconds",
                "How long it took to make the targets of a job anew.",
                JOB,
                &[],
            ),
            exceeded_target_limit: counter(
                "prometheus_target_scrape_pool_exceeded_target_limit_total",
                "Times that a job had more targets than it may.",
            ),
            refused_targets: registry.counters(
                "prometheus_target_sync_failed_total",
                "Targets that were refused, since their labels make no address, interval or timeout.",
                JOB,
            ),
            exceeded_body_size: counter(
                "prometheus_target_scrapes_exceeded_body_size_limit_total",
                "Scrapes that failed, since the body was larger than it may.",
            ),
            exceeded_sample_limit: counter(
                "prometheus_target_scrapes_exceeded_sample_limit_total",
                "Scrapes that failed, since there were more samples than there may.",
            ),
            out_of_order: counter(
                "prometheus_target_scrapes_sample_out_of_order_total",
                "Samples refused, since the series has a newer one.",
            ),
            duplicates: counter(
                "prometheus_target_scrapes_sample_duplicate_timestamp_total",
                "Samples refused, since the series has another value at that time.",
            ),
            out_of_bounds: counter(
                "prometheus_target_scrapes_sample_out_of_bounds_total",
                "Samples refused, since they are too old or too far in the future.",
            ),
            refused_series: counter(
                "weir_scrape_series_refused_total",
                "Series refused, since the store holds as many as it may.",
            ),
            scrapes: registry.counters("weir_scrape_scrapes_total", "Scrapes by their result.", &["result"]),
            samples: counter("weir_scrape_samples_total", "Samples scraped, after relabelling."),
            append_errors: counter("weir_scrape_append_errors_total", "Scrapes that the store did not take."),
            missed: counter(
                "weir_scrape_missed_total",
                "Scrapes left out, since the one before took too long.",
            ),
            duration: registry.histogram(
                "weir_scrape_duration_seconds",
                "How long scrapes took, without storing.",
                &[0.01, 0.1, 1.0, 10.0],
            ),
        }
    }

    /// Those of discovery, for what else is discovered than targets.
    pub fn discovery(&self) -> &discovery::Metrics {
        &self.discovery
    }

    pub(crate) fn count(&self, stats: &ScrapeStats) {
        self.samples.add(stats.post_relabel as u64);
        self.out_of_order.add(stats.out_of_order as u64);
        self.duplicates.add(stats.duplicates as u64);
        self.out_of_bounds.add(stats.out_of_bounds as u64);
        self.refused_series.add(stats.series_refused as u64);
    }

    /// Forgets a job.
    pub(crate) fn forget(&self, job: &str) {
        for family in [&self.pool_targets, &self.pool_target_limit] {
            family.remove(&[job]);
        }
        self.pool_syncs.remove(&[job]);
        self.sync_length.remove(&[job]);
        self.discovery.forget(job);
    }
}
