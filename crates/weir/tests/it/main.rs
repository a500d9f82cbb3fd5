//! The whole process, from outside: real sockets, real files, real signals.
//!
//! Slow suites run only when `WEIR_SLOW=1` (`make e2e`, `make crash`); else they say `skipped:`.
#![expect(clippy::panic, clippy::print_stderr, reason = "a test says what failed, and what it skips")]

mod api_server;
mod cluster;
mod crash;
mod flux;
mod harness;
mod login;
mod peers;
mod surface;
mod truth;
mod ui;
