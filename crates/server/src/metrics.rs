//! The metrics of this crate.

use stdx::{CounterFamily, HistogramFamily, Registry};

/// Requests and queries.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Requests by handler and status code.
    pub requests: CounterFamily,
    /// Time to answer, by handler.
    pub request_seconds: HistogramFamily,
    /// Time of queries, by kind.
    pub query_seconds: HistogramFamily,
}

impl Metrics {
    /// Registers the families; their names are Prometheus' own.
    pub fn new(registry: &Registry) -> Metrics {
        Metrics {
            requests: registry.counters(
                "prometheus_http_requests_total",
                "Counter of HTTP requests.",
                &["handler", "code"],
            ),
            request_seconds: registry.histograms(
                "prometheus_http_request_duration_seconds",
                "Histogram of latencies for HTTP requests.",
                &["handler"],
                &[0.1, 0.2, 0.4, 1.0, 3.0, 8.0, 20.0, 60.0, 120.0],
            ),
            query_seconds: registry.histograms(
                "prometheus_engine_query_duration_histogram_seconds",
                "Time of queries by kind of request.",
                &["slice"],
                &[0.01, 0.1, 1.0, 10.0, 100.0],
            ),
        }
    }
}
