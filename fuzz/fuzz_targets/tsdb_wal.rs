//! Any bytes as a segment of the log: what is good is read, the rest is refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    assert!(tsdb::decode::wal_segment(data) <= data.len());
});
