//! Integers and texts as bytes, and the frame that guards them: length, CRC-32C, payload.

use model::Labels;

/// Bytes of a frame before its payload.
pub(crate) const FRAME_HEAD: usize = 8;
/// No frame is larger: a length above it is damage.
pub(crate) const FRAME_MAX: usize = 256 << 20;

/// Appends an unsigned integer, seven bits a byte, lowest first.
pub(crate) fn push_uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed integer, small magnitudes short.
pub(crate) fn push_int(out: &mut Vec<u8>, value: i64) {
    push_uint(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// Appends a text with its length.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    push_uint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Appends labels with their number.
pub(crate) fn push_labels(out: &mut Vec<u8>, labels: &Labels) {
    push_uint(out, labels.len() as u64);
    for (name, value) in labels {
        push_text(out, name);
        push_text(out, value);
    }
}

/// Appends a frame around what `fill` writes.
pub(crate) fn push_frame(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; FRAME_HEAD]);
    fill(out);
    let length = (out.len() - start - FRAME_HEAD) as u32;
    let crc = crc32c::crc32c(&out[start + FRAME_HEAD..]);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4..start + FRAME_HEAD].copy_from_slice(&crc.to_le_bytes());
}

/// The payload of the first frame and what follows it; none if it is cut off or damaged.
pub(crate) fn take_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    let crc = u32::from_le_bytes(bytes.get(4..FRAME_HEAD)?.try_into().ok()?);
    if length > FRAME_MAX {
        return None;
    }
    let payload = bytes.get(FRAME_HEAD..FRAME_HEAD + length)?;
    (crc32c::crc32c(payload) == crc).then(|| (payload, &bytes[FRAME_HEAD + length..]))
}

/// Reads what the functions above write; every read fails at the end instead of panicking.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(..count)?;
        self.bytes = &self.bytes[count..];
        Some(taken)
    }

    pub(crate) fn uint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub(crate) fn int(&mut self) -> Option<i64> {
        let raw = self.uint()?;
        Some((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    pub(crate) fn float(&mut self) -> Option<f64> {
        Some(f64::from_bits(u64::from_le_bytes(self.take(8)?.try_into().ok()?)))
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.uint()?).ok()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    pub(crate) fn labels(&mut self) -> Option<Labels> {
        let count = usize::try_from(self.uint()?).ok()?;
        // Each label takes at least two bytes, so that a damaged count cannot ask for much memory.
        let mut pairs = Vec::with_capacity(count.min(self.bytes.len() / 2));
        for _ in 0..count {
            pairs.push((self.text()?, self.text()?));
        }
        Some(Labels::from_sorted(&pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_labels_and_frames_round_trip() {
        let labels = Labels::from_pairs([("a", "b"), ("é", "x y")]);
        let mut out = Vec::new();
        push_frame(&mut out, |out| {
            for value in [0, -1, 1, 63, -64, i64::MAX, i64::MIN] {
                push_int(out, value);
            }
            push_labels(out, &labels);
        });
        let (payload, rest) = take_frame(&out).expect("whole");
        assert!(rest.is_empty());
        let mut reader = Reader::new(payload);
        for value in [0, -1, 1, 63, -64, i64::MAX, i64::MIN] {
            assert_eq!(reader.int(), Some(value));
        }
        assert_eq!(reader.labels(), Some(labels));
        assert!(reader.is_empty() && reader.uint().is_none());
        for cut in 0..out.len() {
            assert!(take_frame(&out[..cut]).is_none());
        }
        out[FRAME_HEAD] ^= 1;
        assert!(take_frame(&out).is_none());
    }
}
