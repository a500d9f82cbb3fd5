//! Any bytes as the index of a block, and as a chunk.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = tsdb::decode::block_index(data);
    let count = data.first().map_or(0, |byte| u16::from(*byte));
    let _ = tsdb::decode::chunk(data, count);
});
