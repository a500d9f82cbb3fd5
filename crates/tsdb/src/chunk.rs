//! Compressed runs of samples of one series: times as deltas of deltas, values as XOR with the one before.
//!
//! The scheme is that of "Gorilla: a fast, scalable, in-memory time series database" (Pelkonen et al., 2015),
//! with millisecond times and buckets of 0, 7, 14, 24 and 64 bits. A chunk can be decoded while it grows:
//! bits behind the last sample are never read.

use crate::bits::{BitReader, BitWriter};

/// A chunk is sealed when it has so many samples.
pub(crate) const SAMPLES_MAX: u16 = 120;

/// Widths of deltas of deltas: bits of the value, and the prefix with its length.
const WIDTHS: [(u32, u64, u32); 4] = [(7, 0b10, 2), (14, 0b110, 3), (24, 0b1110, 4), (64, 0b1111, 4)];
/// No window of significant bits yet.
const NO_WINDOW: u8 = u8::MAX;

/// A chunk that grows.
#[derive(Clone, Debug)]
pub(crate) struct OpenChunk {
    bits: BitWriter,
    count: u16,
    first: i64,
    last: i64,
    delta: i64,
    value: u64,
    leading: u8,
    trailing: u8,
}

/// A chunk that does not grow any more, or a copy of one that does.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    /// How many samples.
    pub(crate) count: u16,
    /// The first sample's time in milliseconds.
    pub(crate) min_time: i64,
    /// The last sample's time in milliseconds.
    pub(crate) max_time: i64,
    /// The bits.
    pub(crate) bytes: Box<[u8]>,
}

// === impl OpenChunk ===

impl OpenChunk {
    /// A chunk with its first sample.
    pub(crate) fn begin(time: i64, value: f64) -> OpenChunk {
        let mut bits = BitWriter::default();
        bits.write(time as u64, 64);
        bits.write(value.to_bits(), 64);
        OpenChunk {
            bits,
            count: 1,
            first: time,
            last: time,
            delta: 0,
            value: value.to_bits(),
            leading: NO_WINDOW,
            trailing: 0,
        }
    }

    pub(crate) fn count(&self) -> u16 {
        self.count
    }

    pub(crate) fn min_time(&self) -> i64 {
        self.first
    }

    pub(crate) fn max_time(&self) -> i64 {
        self.last
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.bits.bytes().len()
    }

    /// Adds a sample; its time is later than that of the one before.
    pub(crate) fn push(&mut self, time: i64, value: f64) {
        let delta = time.wrapping_sub(self.last);
        self.push_time(delta.wrapping_sub(self.delta));
        self.push_value(value.to_bits());
        self.delta = delta;
        self.last = time;
        self.count += 1;
    }

    /// A copy as it is now.
    pub(crate) fn snapshot(&self) -> Chunk {
        Chunk {
            count: self.count,
            min_time: self.first,
            max_time: self.last,
            bytes: self.bits.bytes().into(),
        }
    }

    fn push_time(&mut self, change: i64) {
        if change == 0 {
            self.bits.write(0, 1);
            return;
        }
        let fits = |bits: u32| bits == 64 || (-(1i64 << (bits - 1))..1i64 << (bits - 1)).contains(&change);
        for (bits, prefix, length) in WIDTHS {
            if fits(bits) {
                self.bits.write(prefix, length);
                self.bits.write(change as u64, bits);
                return;
            }
        }
    }

    fn push_value(&mut self, value: u64) {
        let xor = value ^ self.value;
        self.value = value;
        if xor == 0 {
            self.bits.write(0, 1);
            return;
        }
        self.bits.write(1, 1);
        let (leading, trailing) = ((xor.leading_zeros() as u8).min(31), xor.trailing_zeros() as u8);
        if self.leading != NO_WINDOW && leading >= self.leading && trailing >= self.trailing {
            self.bits.write(0, 1);
            let width = 64 - u32::from(self.leading) - u32::from(self.trailing);
            self.bits.write(xor >> self.trailing, width);
            return;
        }
        (self.leading, self.trailing) = (leading, trailing);
        let width = 64 - u32::from(leading) - u32::from(trailing);
        self.bits.write(1, 1);
        self.bits.write(u64::from(leading), 5);
        // A width of 64 is written as 0: no value has none.
        self.bits.write(u64::from(width & 63), 6);
        self.bits.write(xor >> trailing, width);
    }
}

// === impl Chunk ===

impl Chunk {
    /// Gives each sample in order; false if the bits end too early, which only damaged bytes do.
    pub(crate) fn each(&self, mut visit: impl FnMut(i64, f64)) -> bool {
        self.try_each(&mut visit).is_some()
    }

    fn try_each(&self, visit: &mut impl FnMut(i64, f64)) -> Option<()> {
        let mut bits = BitReader::new(&self.bytes);
        let (mut time, mut delta) = (bits.read(64)? as i64, 0i64);
        let mut value = bits.read(64)?;
        let (mut leading, mut trailing) = (0u32, 0u32);
        visit(time, f64::from_bits(value));
        for _ in 1..self.count {
            delta = delta.wrapping_add(read_time(&mut bits)?);
            time = time.wrapping_add(delta);
            if bits.read(1)? == 1 {
                if bits.read(1)? == 1 {
                    leading = bits.read(5)? as u32;
                    let width = match bits.read(6)? as u32 {
                        0 => 64,
                        width => width,
                    };
                    trailing = 64u32.checked_sub(leading + width)?;
                }
                value ^= bits.read(64 - leading - trailing)? << trailing;
            }
            visit(time, f64::from_bits(value));
        }
        Some(())
    }
}

fn read_time(bits: &mut BitReader<'_>) -> Option<i64> {
    if bits.read(1)? == 0 {
        return Some(0);
    }
    let mut width = 3;
    for index in 0..3 {
        if bits.read(1)? == 0 {
            width = index;
            break;
        }
    }
    let (length, _, _) = WIDTHS[width];
    let raw = bits.read(length)?;
    // Sign extension.
    Some(((raw << (64 - length)) as i64) >> (64 - length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(samples: &[(i64, f64)]) {
        let mut open = OpenChunk::begin(samples[0].0, samples[0].1);
        samples[1..].iter().for_each(|(t, v)| open.push(*t, *v));
        let mut read = Vec::new();
        assert!(open.snapshot().each(|t, v| read.push((t, v.to_bits()))));
        let expected: Vec<(i64, u64)> = samples.iter().map(|(t, v)| (*t, v.to_bits())).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn samples_round_trip_bit_for_bit() {
        round_trip(&[(0, 1.0)]);
        round_trip(&[
            (-5, f64::NAN),
            (0, model::STALE_NAN),
            (1, -0.0),
            (2, f64::INFINITY),
            (1 << 60, f64::MIN_POSITIVE),
        ]);
        let mut state = 7u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for shape in 0..6 {
            let (mut time, mut value) = (1_795_361_426_908i64, 0.0f64);
            let samples: Vec<(i64, f64)> = (0..120)
                .map(|_| {
                    time += 15_000 + if shape % 2 == 0 { 0 } else { (next() % 5000) as i64 };
                    value = match shape / 2 {
                        0 => value + (next() % 3) as f64,
                        1 => f64::from_bits(next()),
                        _ => value + (next() % 1000) as f64 / 7.0,
                    };
                    (time, value)
                })
                .collect();
            round_trip(&samples);
        }
    }

    #[test]
    fn damaged_bits_end_early_and_never_panic() {
        let mut open = OpenChunk::begin(0, 0.5);
        (1..120).for_each(|i| open.push(i * 15_000 + i % 3, 1.0 / i as f64));
        let whole = open.snapshot();
        for cut in 0..whole.bytes.len() {
            let damaged = Chunk { bytes: whole.bytes[..cut].into(), ..whole.clone() };
            assert!(!damaged.each(|_, _| {}));
        }
    }
}
