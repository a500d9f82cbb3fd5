//! Whole dashboards: those of Flux, ours, and broken ones.

mod fleet;
mod mutated;
mod ours;
mod reference;
