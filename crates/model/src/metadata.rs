//! What an exposition says of a metric family: type, help, unit.

/// The type of a metric family, in OpenMetrics' words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MetricType {
    /// Only goes up, but for resets.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Cumulative buckets, sum and count.
    Histogram,
    /// Buckets that may go down.
    GaugeHistogram,
    /// Quantiles, sum and count.
    Summary,
    /// Labels with the value 1.
    Info,
    /// One of several states.
    StateSet,
    /// Not said; `untyped` in the older text format.
    #[default]
    Unknown,
}

/// Type, help text and unit of a metric family; empty where the exposition is silent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Metadata {
    /// The family's type.
    pub kind: MetricType,
    /// The help text, unescaped.
    pub help: String,
    /// The unit, such as `seconds`.
    pub unit: String,
}

impl MetricType {
    /// As OpenMetrics and Prometheus' API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            MetricType::Counter => "counter",
            MetricType::Gauge => "gauge",
            MetricType::Histogram => "histogram",
            MetricType::GaugeHistogram => "gaugehistogram",
            MetricType::Summary => "summary",
            MetricType::Info => "info",
            MetricType::StateSet => "stateset",
            MetricType::Unknown => "unknown",
        }
    }
}
