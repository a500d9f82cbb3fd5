//! Rules: groups of recording and alerting rules, evaluated in time, and the states of their alerts.
//!
//! The heart is pure: [`alerting`] turns a rule's result and `now` into states, [`group`] evaluates one group
//! once, [`liveness`] says which selectors match nothing and what is near. [`manager`] is the shell: it owns
//! the groups, one task each. This crate does not know who is notified; it hands over [`model::Alert`]s.
//!
//! Reading order: [`file`], [`alerting`], [`group`], [`liveness`], [`template`], [`manager`].

pub mod alerting;
pub mod file;
pub mod group;
pub mod liveness;
pub mod manager;
mod metrics;
mod restore;
mod series;
pub mod template;

pub use file::{AlertingRule, FileError, RecordingRule, Rule, RuleGroup, parse};
pub use liveness::SelectorLiveness;
pub use manager::{Handle, Manager, Settings};
pub use metrics::Metrics;
pub use restore::RestoreSettings;
