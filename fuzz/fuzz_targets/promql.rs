//! Any text as a query: what can be read prints to a text that reads the same, and evaluates without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::Timestamp;
use promql::promqltest::MemoryStore;

fuzz_target!(|text: &str| {
    let Ok(expr) = promql::parse(text) else { return };
    let printed = expr.to_string();
    let again = promql::parse(&printed).unwrap_or_else(|error| panic!("{text:?} printed as {printed:?}: {error}"));
    assert_eq!(printed, again.to_string());
    let _ = promql::pretty(&expr);
    let options = promql::Options { max_samples: 100_000, ..promql::Options::default() };
    let _ = promql::instant(&MemoryStore::default(), &expr, Timestamp(1_000_000), &options);
});
