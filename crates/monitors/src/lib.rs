//! PodMonitor, ServiceMonitor, Probe, ScrapeConfig, PrometheusRule and Prometheus, the objects of Prometheus
//! Operator, as the configuration and the rule files that they mean.
//!
//! Everything is a function of objects (`serde_json::Value`). What is made equals what the real operator
//! 0.93.1 makes, but for what belongs to its deployment: shards, the places of files, storage. Must not know:
//! the API server, files, sockets, clocks, who scrapes.
//!
//! Reading order: [`objects`], [`render`], then `monitor`, `probe`, `scrape_config`, `rule`, `prometheus`.

mod convert;
mod crds;
mod credentials;
mod enforce;
mod monitor;
mod notes;
pub mod objects;
mod pem;
mod probe;
mod prometheus;
mod read;
mod relabel;
pub mod render;
mod rule;
mod schema;
mod scrape_config;
mod sd;
mod selector;
mod url;
mod version;
mod versions;

pub use crds::crds;
pub use objects::{Kind, Objects, Reference, Source};
pub use render::{Outcome, Rendered, Settings, Unknown, Verdict, render};
pub use selector::Selector;
