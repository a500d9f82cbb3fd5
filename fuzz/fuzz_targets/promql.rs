//! Any text as a query: what can be read prints to a text that reads the same, and evaluates over a few series, at one
//! time and over a range, without a panic.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use model::{Duration, Labels, Timestamp};
use promql::promqltest::MemoryStore;

const STEP_MS: i64 = 30_000;

static STORE: LazyLock<MemoryStore> = LazyLock::new(|| {
    let store = MemoryStore::default();
    for (number, name) in ["a", "b", "up", "a_bucket"].into_iter().enumerate() {
        for series in 0..3u32 {
            let le = ["0.5", "1", "+Inf"][series as usize];
            let labels = Labels::from_pairs([("__name__", name), ("job", "x"), ("le", le), ("e", "v")]);
            let value = |i: i64| f64::from(series) + (i % (7 + number as i64)) as f64;
            store.append(&labels, (0..40).map(|i| (i * STEP_MS, value(i))));
        }
    }
    store
});

fuzz_target!(|text: &str| {
    let Ok(expr) = promql::parse(text) else { return };
    let printed = expr.to_string();
    let again = promql::parse(&printed).unwrap_or_else(|error| panic!("{text:?} printed as {printed:?}: {error}"));
    assert_eq!(printed, again.to_string());
    let _ = promql::pretty(&expr);
    let options = promql::Options { max_samples: 100_000, ..promql::Options::default() };
    let _ = promql::instant(&*STORE, &expr, Timestamp(20 * STEP_MS), &options);
    let (start, end) = (Timestamp(10 * STEP_MS), Timestamp(14 * STEP_MS));
    let _ = promql::range(&*STORE, &expr, start, end, Duration(STEP_MS), &options);
});
