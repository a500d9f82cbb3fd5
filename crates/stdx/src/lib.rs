//! Missing batteries, with no word of the domain: clock, backoff, files written whole, own metrics, YAML with
//! places, an HTTP client.
//!
//! Nothing here knows what a series, a rule or a target is.

pub mod backoff;
pub mod clock;
pub mod files;
pub mod http;
pub mod metrics;
pub mod yaml;

pub use clock::{Clock, ManualClock, SystemClock};
pub use metrics::{Counter, CounterFamily, Gauge, GaugeFamily, Histogram, HistogramFamily, Registry};
