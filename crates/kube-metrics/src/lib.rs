//! Kubernetes objects as metrics: the families of kube-state-metrics, its language for custom resources, and the
//! `gotk` families of Flux controllers.
//!
//! Everything is a function of objects (`serde_json::Value`) and options; the tables under `resources` say what
//! there is. Must not know: the API server, files, sockets, clocks, the store.

mod allow;
pub mod catalog;
mod cron;
pub mod custom;
mod duration;
mod exposition;
mod family;
pub mod flux;
mod live;
mod names;
mod number;
mod object;
pub mod options;
mod plan;
mod quantity;
mod render;
mod resources;
mod rule;

pub use allow::KeyPatterns;
pub use cron::{Schedule, ScheduleError};
pub use exposition::{Body, Form};
pub use family::{Family, MetricKind, Resource, Sample, Stability};
pub use live::{Controller, CustomKey, Live, LiveCustom, LiveFlux};
pub use names::sanitize;
pub use number::{number_text, write_number};
pub use options::{AllowList, OptionError, Options};
pub use plan::{Plan, PlannedResource, Scope};
pub use quantity::Quantity;
pub use render::{InputError, objects_of, render_command};
