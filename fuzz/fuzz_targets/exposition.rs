//! Any bytes as a scraped body, in both formats: read or refused, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::exposition::{Entry, Format, Parser};

fuzz_target!(|data: &[u8]| {
    for format in [Format::Text, Format::OpenMetrics] {
        let mut parser = Parser::new(data, format);
        let mut pairs = Vec::new();
        while let Ok(Some(entry)) = parser.next_entry() {
            if let Entry::Series(series) = entry {
                pairs.clear();
                let _ = series.labels(&mut pairs);
            }
        }
    }
});
