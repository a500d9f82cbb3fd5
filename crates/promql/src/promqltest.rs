//! Prometheus' test language for PromQL: `load`, `clear`, `eval` and what is expected.

pub mod storage;

pub use storage::MemoryStore;
