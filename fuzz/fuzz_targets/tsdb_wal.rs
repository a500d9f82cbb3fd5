//! Any bytes as a segment of the log, as they are and as the payloads of good frames: what is good is read, the rest
//! is refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    assert!(tsdb::decode::wal_segment(data) <= data.len());
    // A checksum cannot be guessed: frames are made good, so that what they hold is read.
    let mut segment = b"WEIRWAL1".to_vec();
    for payload in data.split(|byte| *byte == 0xfe) {
        segment.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        segment.extend_from_slice(&crc32c::crc32c(payload).to_le_bytes());
        segment.extend_from_slice(payload);
    }
    assert!(tsdb::decode::wal_segment(&segment) <= segment.len());
});
