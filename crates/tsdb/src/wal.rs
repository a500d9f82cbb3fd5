//! The write-ahead log: numbered segment files of frames. Format: docs/formats/wal.md.
//!
//! Guarantees: a record is handed to the kernel before `append` returns, so that a killed process loses
//! nothing; it is synced to the disk from time to time, so that a power failure loses seconds. A torn or
//! damaged record ends its segment: what is before it is read, the rest is kept aside as `*.corrupt`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::Labels;

use crate::codec::{Reader, push_frame, push_int, push_labels, push_uint, take_frame};

/// A segment begins with this.
const MAGIC: &[u8; 8] = b"WEIRWAL1";
/// Numbers of series are handed out one by one and below this: one above it is damage.
pub(crate) const ID_MAX: u32 = 1 << 27;
/// A segment is closed when it is larger.
const SEGMENT_BYTES: u64 = 32 << 20;

const KIND_SERIES: u8 = 1;
const KIND_ROW: u8 = 2;

const SAME: u64 = 0;
const INTEGER: u64 = 1;
const RAW: u64 = 2;

/// What a log holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Record {
    /// A series and its number.
    Series(u32, Labels),
    /// Samples that share a time.
    Row(i64, Vec<(u32, f64)>),
}

/// The last value of each series, by number: both ends of the log keep it, so that only changes are written.
#[derive(Debug, Default)]
pub(crate) struct LastValues(Vec<Option<Box<Page>>>);

/// Values of neighbouring numbers: a page is there when one of them is.
type Page = [f64; PAGE];
const PAGE: usize = 1024;

/// The log, open for appending.
#[derive(Debug)]
pub(crate) struct Wal {
    directory: PathBuf,
    file: File,
    number: u64,
    bytes: u64,
    unsynced: bool,
    last: LastValues,
    /// Rows that the kernel does not have yet.
    buffer: Vec<u8>,
    /// Series that the kernel does not have yet. They outlive a failed write: rows that follow name them.
    definitions: Vec<u8>,
    /// A write failed: what the end of the segment holds is not known, and nothing may follow it.
    broken: bool,
}

/// What replay found.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    /// Records read.
    pub(crate) records: u64,
    /// Segments with a damaged end.
    pub(crate) corruptions: u64,
    /// The highest segment number; 0 if there is none.
    pub(crate) last_segment: u64,
}

// === impl LastValues ===

impl LastValues {
    fn get(&self, id: u32) -> f64 {
        let page = self.0.get(id as usize / PAGE).and_then(Option::as_ref);
        page.map_or(0.0, |page| page[id as usize % PAGE])
    }

    fn set(&mut self, id: u32, value: f64) {
        let index = id as usize / PAGE;
        if index >= self.0.len() {
            self.0.resize(index + 1, None);
        }
        self.0[index].get_or_insert_with(|| Box::new([0.0; PAGE]))[id as usize % PAGE] = value;
    }
}

// === impl Wal ===

impl Wal {
    /// Begins a new segment after `last`; values are written whole again.
    pub(crate) fn begin(directory: &Path, last: u64) -> io::Result<Wal> {
        fs::create_dir_all(directory)?;
        let number = last + 1;
        let file = new_segment(directory, number)?;
        Ok(Wal {
            directory: directory.to_path_buf(),
            file,
            number,
            bytes: MAGIC.len() as u64,
            unsynced: true,
            last: LastValues::default(),
            buffer: Vec::new(),
            definitions: Vec::new(),
            broken: false,
        })
    }

    /// The number of the segment that is written.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Appends a series.
    pub(crate) fn series(&mut self, id: u32, labels: &Labels) {
        push_frame(&mut self.definitions, |out| {
            out.push(KIND_SERIES);
            push_uint(out, u64::from(id));
            push_labels(out, labels);
        });
    }

    /// Appends samples that share a time.
    pub(crate) fn row(&mut self, time: i64, samples: &[(u32, f64)]) {
        let last = &mut self.last;
        push_frame(&mut self.buffer, |out| {
            out.push(KIND_ROW);
            push_int(out, time);
            let mut before = 0i64;
            for (id, value) in samples {
                let step = i64::from(*id) - before;
                before = i64::from(*id);
                push_sample(out, step, *value, last.get(*id));
                last.set(*id, *value);
            }
        });
    }

    /// Begins a new segment if the last write failed. To be called before the rows of a flush are appended,
    /// since these are told as changes from what the segment holds.
    pub(crate) fn mend(&mut self) -> io::Result<()> {
        if self.broken { self.rotate() } else { Ok(()) }
    }

    /// Hands all that was appended to the kernel. On an error the rows are given up, the series are kept for
    /// the next flush, and the segment is cut back to what is whole.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() && self.definitions.is_empty() {
            return Ok(());
        }
        let mut file = &self.file;
        let written = file.write_all(&self.definitions).and_then(|()| file.write_all(&self.buffer));
        if let Err(error) = written {
            self.buffer.clear();
            self.broken = true;
            if let Err(cut) = self.file.set_len(self.bytes) {
                tracing::warn!(error = %cut, "A log segment cannot be cut after a failed write; replay will cut it");
            }
            return Err(error);
        }
        self.bytes += (self.definitions.len() + self.buffer.len()) as u64;
        self.buffer.clear();
        self.definitions.clear();
        self.unsynced = true;
        Ok(())
    }

    /// Gives back memory that a large flush took.
    pub(crate) fn shrink(&mut self) {
        self.buffer.shrink_to(1 << 16);
        self.definitions.shrink_to(1 << 16);
    }

    /// Whether the segment is large enough to be closed.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes >= SEGMENT_BYTES
    }

    /// Closes the segment and begins the next; each segment can be read without those before it, but for the
    /// numbers of series.
    pub(crate) fn rotate(&mut self) -> io::Result<()> {
        // A segment that could not be written may not sync either; what it has is read as far as it is whole.
        if !self.broken {
            self.file.sync_data()?;
        }
        self.file = new_segment(&self.directory, self.number + 1)?;
        self.number += 1;
        self.bytes = MAGIC.len() as u64;
        self.last = LastValues::default();
        self.unsynced = true;
        self.broken = false;
        Ok(())
    }

    /// A handle for syncing outside of locks; none if nothing was written since.
    pub(crate) fn take_unsynced(&mut self) -> Option<io::Result<File>> {
        std::mem::take(&mut self.unsynced).then(|| self.file.try_clone())
    }

    /// Removes all segments before `number`.
    pub(crate) fn remove_before(&self, number: u64) -> io::Result<()> {
        for (found, path) in segments(&self.directory)? {
            if found < number {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Bytes of all segments.
    pub(crate) fn size(directory: &Path) -> u64 {
        let found = segments(directory).unwrap_or_default();
        found.iter().filter_map(|(_, path)| fs::metadata(path).ok()).map(|meta| meta.len()).sum()
    }
}

/// Reads all segments in order. A damaged end is moved aside; the rest of the log is read all the same.
pub(crate) fn replay(directory: &Path, mut visit: impl FnMut(Record)) -> io::Result<Replayed> {
    let mut replayed = Replayed::default();
    for (number, path) in segments(directory)? {
        let bytes = fs::read(&path)?;
        let good = read_segment(&bytes, &mut |record| {
            replayed.records += 1;
            visit(record);
        });
        if good < bytes.len() {
            replayed.corruptions += 1;
            set_aside(&path, &bytes, good)?;
        }
        replayed.last_segment = number;
    }
    Ok(replayed)
}

/// Reads one segment's bytes; gives how many of them are good. Public to the crate's fuzzing.
pub(crate) fn read_segment(bytes: &[u8], visit: &mut impl FnMut(Record)) -> usize {
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else { return 0 };
    let mut last = LastValues::default();
    while let Some((payload, after)) = take_frame(rest) {
        let Some(record) = read_record(payload, &mut last) else { break };
        visit(record);
        rest = after;
    }
    bytes.len() - rest.len()
}

fn read_record(payload: &[u8], last: &mut LastValues) -> Option<Record> {
    let mut reader = Reader::new(payload);
    match reader.byte()? {
        KIND_SERIES => {
            let id = u32::try_from(reader.uint()?).ok().filter(|id| *id < ID_MAX)?;
            Some(Record::Series(id, reader.labels()?))
        }
        KIND_ROW => {
            let time = reader.int()?;
            let (mut samples, mut before) = (Vec::new(), 0i64);
            while !reader.is_empty() {
                let head = reader.uint()?;
                before = before.checked_add(unzigzag(head >> 2))?;
                let id = u32::try_from(before).ok().filter(|id| *id < ID_MAX)?;
                let value = match head & 3 {
                    SAME => last.get(id),
                    INTEGER => last.get(id) + reader.int()? as f64,
                    _ => reader.float()?,
                };
                last.set(id, value);
                samples.push((id, value));
            }
            Some(Record::Row(time, samples))
        }
        _ => None,
    }
}

/// Step to the series and the kind of the change in one integer; then the change.
fn push_sample(out: &mut Vec<u8>, step: i64, value: f64, last: f64) {
    let head = ((step << 1) ^ (step >> 63)) as u64;
    if value.to_bits() == last.to_bits() {
        push_uint(out, head << 2 | SAME);
        return;
    }
    let difference = value - last;
    let exact = |x: f64| x.fract() == 0.0 && x.abs() < 9e15;
    if exact(value)
        && exact(last)
        && value.is_sign_positive()
        && (last + difference).to_bits() == value.to_bits()
    {
        push_uint(out, head << 2 | INTEGER);
        push_int(out, difference as i64);
    } else {
        push_uint(out, head << 2 | RAW);
        out.extend_from_slice(&value.to_bits().to_le_bytes());
    }
}

fn unzigzag(raw: u64) -> i64 {
    (raw >> 1) as i64 ^ -((raw & 1) as i64)
}

fn new_segment(directory: &Path, number: u64) -> io::Result<File> {
    let path = directory.join(format!("{number:08}.wal"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
    file.write_all(MAGIC)?;
    File::open(directory)?.sync_all()?;
    Ok(file)
}

/// Numbers and paths of the segments, ascending.
fn segments(directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    if !directory.exists() {
        return Ok(found);
    }
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let number = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".wal"));
        if let Some(number) = number.and_then(|n| n.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Keeps the damaged end in a file beside, and cuts the segment to what is good.
fn set_aside(path: &Path, bytes: &[u8], good: usize) -> io::Result<()> {
    let aside = path.with_extension("corrupt");
    tracing::warn!(
        path = %path.display(), good, damaged = bytes.len() - good, aside = %aside.display(),
        "The end of a log segment is damaged; it is kept aside, what is before it was read"
    );
    fs::write(aside, &bytes[good..])?;
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(good as u64)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Record> {
        let labels = Labels::from_pairs([("__name__", "up"), ("job", "x")]);
        vec![
            Record::Series(7, labels),
            Record::Row(1000, vec![(7, 1.0), (3, -0.0), (9, f64::INFINITY)]),
            Record::Row(2000, vec![(3, 0.1), (7, 5.0), (9, model::STALE_NAN)]),
            Record::Row(3000, vec![(7, 5.0), (3, 9_007_199_254_740_993.0)]),
        ]
    }

    #[test]
    fn records_round_trip_and_damage_costs_only_the_end() {
        let directory = tempfile::tempdir().expect("a folder");
        let mut wal = Wal::begin(directory.path(), 0).expect("a segment");
        for record in rows() {
            match &record {
                Record::Series(id, labels) => wal.series(*id, labels),
                Record::Row(time, samples) => wal.row(*time, samples),
            }
        }
        wal.flush().expect("written");
        let bytes = fs::read(directory.path().join("00000001.wal")).expect("read");
        let same = |a: &Record, b: &Record| format!("{a:?}") == format!("{b:?}");
        for cut in 0..=bytes.len() {
            let mut read = Vec::new();
            let good = read_segment(&bytes[..cut], &mut |record| read.push(record));
            assert!(good <= cut && read.iter().zip(rows()).all(|(a, b)| same(a, &b)));
            assert_eq!(read.len() == 4, cut == bytes.len());
        }
        fs::write(directory.path().join("00000001.wal"), &bytes[..bytes.len() - 1]).expect("cut");
        let mut count = 0;
        let replayed = replay(directory.path(), |_| count += 1).expect("read");
        assert_eq!((count, replayed.corruptions, replayed.last_segment), (3, 1, 1));
        assert!(directory.path().join("00000001.corrupt").exists());
        assert_eq!(replay(directory.path(), |_| {}).expect("read").corruptions, 0);
    }

    #[test]
    fn a_full_disk_loses_no_series_and_nothing_that_was_accepted() {
        let directory = tempfile::tempdir().expect("a folder");
        let mut wal = Wal::begin(directory.path(), 0).expect("a segment");
        let labels = |name: &str| Labels::from_pairs([("__name__", name)]);
        wal.series(0, &labels("a"));
        wal.row(1000, &[(0, 5.0)]);
        wal.flush().expect("written");
        // Writes to this device fail as those to a full disk do.
        let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else { return };
        let good = std::mem::replace(&mut wal.file, full);
        wal.series(1, &labels("b"));
        wal.row(2000, &[(0, 6.0), (1, 7.0)]);
        assert!(wal.flush().is_err(), "the disk is full");
        drop(good);
        wal.mend().expect("there is room again");
        wal.row(3000, &[(0, 6.0), (1, 8.0)]);
        wal.flush().expect("written");
        let mut read = Vec::new();
        assert_eq!(replay(directory.path(), |record| read.push(record)).expect("read").corruptions, 0);
        let expected = [
            Record::Series(0, labels("a")),
            Record::Row(1000, vec![(0, 5.0)]),
            Record::Series(1, labels("b")),
            Record::Row(3000, vec![(0, 6.0), (1, 8.0)]),
        ];
        assert_eq!(read, expected);
    }
}
