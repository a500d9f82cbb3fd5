//! The vocabulary: what every crate may speak of.
//!
//! Labels, matchers, samples, timestamps and durations, exposition text, relabelling, alerts, and the
//! storage traits through which scraping, rules and queries meet the store. This crate knows no socket, no
//! file, no clock and no other crate of the workspace.
//!
//! Reading order: [`labels`], [`value`], [`time`], [`matcher`], [`storage`]; then [`exposition`] and
//! [`relabel`], which are the two small languages at the border.

pub mod alert;
pub mod exposition;
pub mod histogram;
pub mod labels;
pub mod matcher;
pub mod metadata;
pub mod pattern;
pub mod relabel;
pub mod storage;
pub mod time;
pub mod value;

pub use alert::Alert;
pub use histogram::NativeHistogram;
pub use labels::{Labels, LabelsBuilder};
pub use matcher::{MatchOp, Matcher};
pub use metadata::{Metadata, MetricType};
pub use pattern::Pattern;
pub use time::{Duration, TimeRange, Timestamp};
pub use value::{STALE_NAN, is_stale};
