//! Any text as Grafana's JSON: a dashboard with notes, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = dashboard::parse(text);
});
