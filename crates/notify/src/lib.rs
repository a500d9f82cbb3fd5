//! Alerts to Alertmanagers and webhook receivers: queues, batches, resend, grouping.
//!
//! The heart is pure: [`queue`] holds what waits for an Alertmanager, [`grouping`] decides which alerts go to a
//! webhook together and when, [`payload`] writes what is posted, [`target`] makes addresses of discovered
//! targets. [`manager`] is the shell with a task for each receiver. This crate does not know rules or
//! expressions; it takes [`model::Alert`]s. It is no Alertmanager: no routes, silences or inhibition.
//!
//! Reading order: [`config`], [`target`], [`queue`], [`grouping`], [`payload`], [`manager`], [`status`].

mod client;
pub mod config;
mod delivery;
pub mod grouping;
pub mod manager;
mod metrics;
pub mod payload;
pub mod queue;
mod sender;
pub mod status;
pub mod target;
mod time_text;
mod webhook;

pub use client::ApplyError;
pub use config::{AlertingConfig, AlertmanagerConfig, ConfigError, WebhookConfig};
pub use manager::{Handle, Manager, Settings};
pub use metrics::Metrics;
pub use status::Status;
