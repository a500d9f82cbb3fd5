//! HTTP: Prometheus' API v1, federation, dashboards and the web pages.
//!
//! This crate alone knows the JSON dialects. It reads what the services publish and never decides for them:
//! no rule is evaluated here, no target is scraped. It knows no flags and no files; [`App`] is handed in.
//!
//! Reading order: [`app`], [`params`], [`envelope`], then one file per group of endpoints.

pub mod access;
mod app;
mod assets;
mod compress;
mod dashboards;
mod envelope;
mod exposition;
mod federate;
mod json;
mod lenient;
mod metrics;
mod monitors;
mod params;
mod query;
mod remote;
mod router;
mod rules_api;
mod select;
mod serve;
mod status;
mod targets;

pub use app::{App, Facts, Lifecycle, QueryLimits, ReloadRequest};
pub use assets::has_web_pages;
pub use exposition::{ExpositionSource, exposition_router};
pub use metrics::Metrics;
pub use monitors::{HeardSource, Monitored, Monitors, Reasons};
pub use remote::{Remote, RemoteSettings, remote_router};
pub use router::{dashboards_router, router};
pub use serve::{Served, serve};
