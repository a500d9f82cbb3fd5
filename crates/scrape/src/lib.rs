//! Discovery, target sets, scrape loops, recordings.
//!
//! # Flow
//! [`config`] validates what the configuration says; [`discovery`] finds target groups; [`target`] makes
//! targets of them, purely; [`manager`] runs a loop per target that fetches a body and hands it to
//! [`ingest`], which makes one row of it for the store. [`recording`] carries raw scrapes in files.
//!
//! Nothing here knows the store itself: rows go through `model::storage::Appender`.

pub mod config;
pub mod discovery;
pub mod ingest;
pub mod manager;
mod metrics;
pub mod recording;
pub mod target;

pub use manager::{Handle, Manager};
pub use metrics::Metrics;
