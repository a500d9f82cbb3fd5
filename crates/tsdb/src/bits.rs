//! Bits, most significant first.

/// Appends bits to bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits used in the last byte, 0 to 7; 0 means that it is full.
    used: u32,
}

/// Reads bits from bytes.
#[derive(Clone, Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl BitWriter {
    /// Appends the `count` lowest bits of `value`; at most 64.
    pub(crate) fn write(&mut self, value: u64, count: u32) {
        let mut left = count;
        while left > 0 {
            if self.used == 0 {
                self.bytes.push(0);
            }
            let room = 8 - self.used;
            let take = room.min(left);
            let part = (value >> (left - take)) & ((1u64 << take) - 1);
            if let Some(last) = self.bytes.last_mut() {
                *last |= (part << (room - take)) as u8;
            }
            self.used = (self.used + take) % 8;
            left -= take;
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> BitReader<'a> {
        BitReader { bytes, at: 0 }
    }

    /// The next `count` bits, at most 64; none if there are not so many left.
    #[inline]
    pub(crate) fn read(&mut self, count: u32) -> Option<u64> {
        let (byte, offset) = (self.at / 8, (self.at % 8) as u32);
        // The common case: the bits lie within the next eight bytes.
        if offset + count <= 64
            && let Some(window) = self.bytes.get(byte..byte + 8)
        {
            let word = u64::from_be_bytes(window.try_into().ok()?);
            self.at += count as usize;
            return Some(if count == 0 { 0 } else { (word << offset) >> (64 - count) });
        }
        self.read_slowly(count)
    }

    fn read_slowly(&mut self, count: u32) -> Option<u64> {
        if self.at + count as usize > self.bytes.len() * 8 {
            return None;
        }
        let mut value = 0u64;
        for _ in 0..count {
            let bit = self.bytes[self.at / 8] >> (7 - self.at % 8) & 1;
            value = value << 1 | u64::from(bit);
            self.at += 1;
        }
        Some(value)
    }
}
