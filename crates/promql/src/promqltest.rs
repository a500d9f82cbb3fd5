//! Prometheus' test language for PromQL: `load`, `clear`, `eval` and what is expected.
//!
//! The semantics are those of `promql/promqltest/test.go` of Prometheus 3.14: each instant case is asked as
//! written, with `@` inserted at several times, and as the middle of a range. Experimental functions and
//! delayed removal of the metric name are on, the lookback is 5 minutes.
//!
//! What Weir does not support counts as failed, whatever was expected: start timestamps in the data that a
//! query selects, functions that are not implemented.

use std::fmt;

mod compare;
mod expressions;
mod nhcb;
mod run;
mod script;
pub mod storage;

pub use storage::MemoryStore;

/// What became of the cases of a script, or of several added up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// How many cases passed.
    pub passed: usize,
    /// How many cases were not run.
    pub skipped: usize,
    /// The cases that failed.
    pub failures: Vec<Failure>,
}

/// A case that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The script's name, as given by the caller.
    pub file: String,
    /// The line of the case, counted from 1.
    pub line: usize,
    /// The expression, or the line that is no valid command.
    pub expr: String,
    /// What was expected.
    pub expected: String,
    /// What came instead.
    pub got: String,
    /// Whether the expression selects nothing but floats and has nothing experimental.
    pub plain: bool,
}

/// Runs a script; `name` is how failures call it. Never stops early: a command that cannot be read is a failure.
pub fn run(name: &str, text: &str) -> Report {
    run::run(name, text)
}

// === impl Report ===

impl Report {
    /// Adds the cases of another script.
    pub fn add(&mut self, other: Report) {
        self.passed += other.passed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
    }
}

/// The summary: `N passed, M failed, K skipped`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failures.len(), self.skipped)
    }
}

/// `file:line: expression`, then what was expected and what came, each on a line of its own.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}: {}", self.file, self.line, self.expr)?;
        writeln!(f, "  expected: {}", self.expected)?;
        write!(f, "  got: {}", self.got)
    }
}
