//! kube-state-metrics' language for custom resources: configuration, paths, values, and which kinds it means.

mod config;
mod family;
mod path;
mod plan;
mod raw;
pub(crate) mod value;

#[cfg(test)]
mod tests;

pub use config::{Config, CustomError};
pub use plan::{CustomPlan, CustomResource, Definition};
