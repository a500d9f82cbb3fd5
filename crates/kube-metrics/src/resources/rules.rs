//! Rules that no row of paths can say.

pub(super) mod access;
mod amounts;
pub(super) mod autoscaling;
pub(super) mod batch;
pub(super) mod cluster;
pub(super) mod configuration;
pub(super) mod containers;
pub(super) mod network;
pub(super) mod nodes;
pub(super) mod pods;
pub(super) mod storage;
pub(super) mod workloads;
