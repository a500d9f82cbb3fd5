//! The whole process, from outside: real sockets, real files, real signals.
//!
//! Slow suites run only when `WEIR_SLOW=1` (`make e2e`, `make crash`); else they say `skipped:`.

mod crash;
mod flux;
mod harness;
mod peers;
mod surface;
mod truth;
