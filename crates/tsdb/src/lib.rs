//! The store: head, write-ahead log, blocks, retention.
//!
//! This is the first form: correct, simple and durable, deliberately small; a faster store is tested against
//! it. It implements `model::storage`, and knows no PromQL, no HTTP and no runtime; time comes in as a value.
//!
//! Reading order: [`store`] (what callers use), `head` (samples in memory), `chunk` and `bits` (how they are
//! compressed), `index` (selection), `wal` and `block` (files), `query` (reading).

mod bits;
mod block;
mod chunk;
mod codec;
mod head;
mod index;
mod metrics;
mod query;
mod stats;
pub mod store;
mod wal;

pub use stats::Stats;
pub use store::{OpenError, Options, Store};

/// Decoding of files, for fuzzing: any bytes are either read or refused.
pub mod decode {
    /// Reads bytes as a segment of the log; gives how many are good.
    pub fn wal_segment(bytes: &[u8]) -> usize {
        crate::wal::read_segment(bytes, &mut |_| {})
    }

    /// Reads bytes as the index of a block; gives how many series it has.
    pub fn block_index(bytes: &[u8]) -> Option<usize> {
        crate::block::BlockIndex::decode(bytes).map(|index| index.series.len())
    }

    /// Reads bytes as a chunk of `count` samples; gives whether they are whole.
    pub fn chunk(bytes: &[u8], count: u16) -> bool {
        let chunk = crate::chunk::Chunk { count, min_time: 0, max_time: 0, bytes: bytes.into() };
        chunk.each(|_, _| {})
    }
}

#[cfg(test)]
mod tests;
