//! A block: an immutable file of sealed chunks of many series over a span of time. Format:
//! docs/formats/block.md.
//!
//! Written whole to a neighbour file, synced, then renamed: a block is there as a whole or not at all. Chunks
//! are read one by one when a query needs them; the index is read when the block is first asked, and dropped
//! when others were asked more lately.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use model::{Labels, Matcher};

use crate::chunk::Chunk;
use crate::codec::{FRAME_HEAD, FRAME_MAX, Reader, push_frame, push_int, push_labels, push_uint, take_frame};
use crate::index::Index;

const MAGIC: &[u8; 8] = b"WEIRBLK1";
const FOOTER_MAGIC: &[u8; 8] = b"WEIREND1";
/// Offset of the index and the closing magic.
const FOOTER: usize = 16;
/// A name ends with this.
pub(crate) const EXTENSION: &str = "block";

/// One block's file.
#[derive(Debug)]
pub(crate) struct Block {
    path: PathBuf,
    file: File,
    index_offset: u64,
    /// Size of the file.
    pub(crate) bytes: u64,
    /// The first sample's time.
    pub(crate) min_time: i64,
    /// The last sample's time.
    pub(crate) max_time: i64,
    index: Mutex<Option<Arc<BlockIndex>>>,
}

/// The index of a block, read.
#[derive(Debug, Default)]
pub(crate) struct BlockIndex {
    /// Labels and chunks of each series.
    pub(crate) series: Vec<(Labels, Vec<ChunkPlace>)>,
    postings: Index,
}

/// Where a chunk lies in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkPlace {
    offset: u64,
    length: u32,
    crc: u32,
    count: u16,
    /// The first sample's time.
    pub(crate) min_time: i64,
    /// The last sample's time.
    pub(crate) max_time: i64,
}

// === impl BlockIndex ===

impl BlockIndex {
    /// Positions in `series` of those that pass.
    pub(crate) fn select(&self, matchers: &[Matcher]) -> Vec<u32> {
        self.postings.select(matchers)
    }

    /// Reads an index frame's payload.
    pub(crate) fn decode(payload: &[u8]) -> Option<BlockIndex> {
        let mut reader = Reader::new(payload);
        let mut index = BlockIndex::default();
        let count = u32::try_from(reader.uint()?).ok()?;
        for id in 0..count {
            let labels = reader.labels()?;
            let mut places = Vec::new();
            for _ in 0..reader.uint()? {
                places.push(ChunkPlace::decode(&mut reader)?);
            }
            index.postings.add(id, &labels);
            index.series.push((labels, places));
        }
        Some(index)
    }
}

// === impl ChunkPlace ===

impl ChunkPlace {
    fn encode(&self, out: &mut Vec<u8>) {
        push_uint(out, self.offset);
        push_uint(out, u64::from(self.length));
        out.extend_from_slice(&self.crc.to_le_bytes());
        push_uint(out, u64::from(self.count));
        push_int(out, self.min_time);
        push_int(out, self.max_time);
    }

    fn decode(reader: &mut Reader<'_>) -> Option<ChunkPlace> {
        Some(ChunkPlace {
            offset: reader.uint()?,
            length: u32::try_from(reader.uint()?).ok()?,
            crc: u32::from_le_bytes(reader.take(4)?.try_into().ok()?),
            count: u16::try_from(reader.uint()?).ok()?,
            min_time: reader.int()?,
            max_time: reader.int()?,
        })
    }
}

// === impl Block ===

impl Block {
    /// Writes a block; series without chunks are left out. None if nothing is left.
    pub(crate) fn write(directory: &Path, series: &[(Labels, Vec<Arc<Chunk>>)]) -> io::Result<Option<Block>> {
        let mut kept: Vec<&(Labels, Vec<Arc<Chunk>>)> =
            series.iter().filter(|(_, c)| !c.is_empty()).collect();
        if kept.is_empty() {
            return Ok(None);
        }
        kept.sort_by(|a, b| a.0.cmp(&b.0));
        let chunks = || kept.iter().flat_map(|(_, chunks)| chunks);
        let min_time = chunks().map(|c| c.min_time).min().unwrap_or(0);
        let max_time = chunks().map(|c| c.max_time).max().unwrap_or(0);
        let mut out = MAGIC.to_vec();
        let mut index = Vec::new();
        push_uint(&mut index, kept.len() as u64);
        for (labels, chunks) in kept {
            push_labels(&mut index, labels);
            push_uint(&mut index, chunks.len() as u64);
            for chunk in chunks {
                let place = ChunkPlace {
                    offset: out.len() as u64,
                    length: chunk.bytes.len() as u32,
                    crc: crc32c::crc32c(&chunk.bytes),
                    count: chunk.count,
                    min_time: chunk.min_time,
                    max_time: chunk.max_time,
                };
                place.encode(&mut index);
                out.extend_from_slice(&chunk.bytes);
            }
        }
        let offset = out.len() as u64;
        push_frame(&mut out, |frame| {
            push_int(frame, min_time);
            push_int(frame, max_time);
            frame.extend_from_slice(&index);
        });
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(FOOTER_MAGIC);
        fs::create_dir_all(directory)?;
        let path = free_name(directory, min_time, max_time);
        stdx::files::write_atomically(&path, &out)?;
        Block::open(&path).map(Some)
    }

    /// Opens a block and checks its ends.
    pub(crate) fn open(path: &Path) -> io::Result<Block> {
        let damaged = |what: &str| {
            let text = format!("{}: {what}; move the file away to go on without it", path.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut footer = [0; FOOTER];
        let footer_at = bytes.checked_sub(FOOTER as u64).ok_or_else(|| damaged("the block is too short"))?;
        file.read_exact_at(&mut footer, footer_at)?;
        let (offset, magic) = footer.split_at(8);
        let index_offset = u64::from_le_bytes(offset.try_into().unwrap_or([0; 8]));
        if magic != FOOTER_MAGIC || index_offset < MAGIC.len() as u64 || index_offset >= footer_at {
            return Err(damaged("the block's end is damaged"));
        }
        let mut block = Block {
            path: path.to_path_buf(),
            file,
            index_offset,
            bytes,
            min_time: 0,
            max_time: 0,
            index: Mutex::default(),
        };
        let payload = block.index_payload()?;
        let mut reader = Reader::new(&payload);
        let times = reader.int().zip(reader.int());
        (block.min_time, block.max_time) = times.ok_or_else(|| damaged("the block's index is damaged"))?;
        Ok(block)
    }

    /// The index, read if it is not at hand.
    pub(crate) fn index(&self) -> io::Result<Arc<BlockIndex>> {
        let mut held = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = held.as_ref() {
            return Ok(Arc::clone(index));
        }
        let payload = self.index_payload()?;
        let mut reader = Reader::new(&payload);
        let times = reader.int().zip(reader.int());
        let index = times.and_then(|_| reader.take(reader.len())).and_then(BlockIndex::decode);
        let index = Arc::new(index.ok_or_else(|| self.damaged("the index cannot be read"))?);
        *held = Some(Arc::clone(&index));
        Ok(index)
    }

    /// Whether the index is in memory.
    pub(crate) fn is_warm(&self) -> bool {
        self.index.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Drops the index from memory.
    pub(crate) fn cool(&self) {
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Reads a chunk and checks it.
    pub(crate) fn chunk(&self, place: &ChunkPlace) -> io::Result<Chunk> {
        if place.offset + u64::from(place.length) > self.index_offset {
            return Err(self.damaged("a chunk lies outside of the file"));
        }
        let mut bytes = vec![0; place.length as usize];
        self.file.read_exact_at(&mut bytes, place.offset)?;
        if crc32c::crc32c(&bytes) != place.crc {
            return Err(self.damaged(&format!("the chunk at {} has a wrong checksum", place.offset)));
        }
        Ok(Chunk {
            count: place.count,
            min_time: place.min_time,
            max_time: place.max_time,
            bytes: bytes.into_boxed_slice(),
        })
    }

    /// Removes the file.
    pub(crate) fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    fn index_payload(&self) -> io::Result<Vec<u8>> {
        let length = self.bytes - FOOTER as u64 - self.index_offset;
        if length > (FRAME_MAX + FRAME_HEAD) as u64 {
            return Err(self.damaged("the index is too large"));
        }
        let mut frame = vec![0; length as usize];
        self.file.read_exact_at(&mut frame, self.index_offset)?;
        let payload = take_frame(&frame).map(|(payload, _)| payload.to_vec());
        payload.ok_or_else(|| self.damaged("the index has a wrong checksum"))
    }

    fn damaged(&self, what: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", self.path.display()))
    }
}

/// Paths of the blocks in a folder, by name.
pub(crate) fn list(directory: &Path) -> io::Result<Vec<PathBuf>> {
    if !directory.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == EXTENSION) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Two blocks of one span (one of them backfilled) get different names.
fn free_name(directory: &Path, min_time: i64, max_time: i64) -> PathBuf {
    (0u32..)
        .map(|n| directory.join(format!("{min_time:020}-{max_time:020}-{n}.{EXTENSION}")))
        .find(|path| !path.exists())
        .unwrap_or_else(|| directory.join(format!("{min_time}.{EXTENSION}")))
}
