//! The layout: the lines of the last body, and what each text of a series stands for.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use model::storage::{AppendError, Appender, GroupId, Slot};
use model::{Labels, MetricType, STALE_NAN};
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};

use super::batch::Batch;

/// A line of the last body: its first `length` bytes have this hash. For a series these are its text and
/// the blank behind it, for a comment the whole line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) hash: u64,
    /// 0 if the line cannot be recognized by its first bytes.
    pub(super) length: u32,
    pub(super) what: What,
}

/// What a line is.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// A sample of this entry.
    Series(u32),
    /// `# HELP`, `# UNIT`, or a `# TYPE` of this type.
    Comment(Option<MetricType>),
}

/// What a text of a series stands for.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) state: State,
    text_hash: u64,
    /// See [`Tail::key`].
    pub(super) tail_key: u64,
    pub(super) value: f64,
    /// The last scrape that had the text.
    pub(super) seen: u32,
    /// The last scrape after which the series is live, so that it becomes stale when it vanishes.
    pub(super) tracked: u32,
    /// Where the line stands in the layout.
    position: u32,
    /// The last sample was a bare value: neither timestamp nor exemplar.
    pub(super) bare: bool,
}

/// What became of the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No entry.
    Free,
    /// Relabelling dropped it.
    Dropped,
    /// Its labels are known, its slot is not opened.
    Pending,
    /// It has a slot.
    Open(Slot),
}

/// The text behind a series, up to the end of its line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    /// Bytes up to the line break.
    pub(super) length: usize,
    /// Equal keys, equal texts: up to seven bytes as they are with their number, a hash of longer ones.
    pub(super) key: u64,
    /// Whether there is a line break.
    pub(super) ended: bool,
}

/// Hashes are already hashes.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = (self.0 << 8) ^ u64::from(*byte));
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

const NOWHERE: u32 = u32::MAX;
/// Marks the key of a long tail; the number of bytes of a short one stands in the same place.
const LONG: u64 = 0x80 << 56;
/// The key of no tail.
pub(super) const NO_KEY: u64 = 0x40 << 56;

/// See the module.
pub(super) struct Layout {
    lines: Vec<Line>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    by_text: HashMap<u64, u32, BuildHasherDefault<Same>>,
    /// Labels of entries whose slot is not opened yet.
    pending: Vec<(u32, Labels)>,
    /// How many entries share a slot, for slots that more than one entry has.
    owners: HashMap<Slot, u32>,
    shared: usize,
    /// Some entry has timestamps of its own that do not make it stale.
    untracked: bool,
    swept: bool,
    secrets: RapidSecrets,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout {
            lines: Vec::new(),
            entries: Vec::new(),
            free: Vec::new(),
            by_text: HashMap::default(),
            pending: Vec::new(),
            owners: HashMap::new(),
            shared: 0,
            untracked: false,
            swept: true,
            secrets: RapidSecrets::seed(RandomState::new().hash_one(0u8)),
        }
    }
}

impl std::fmt::Debug for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Layout({} lines, {} series)", self.lines.len(), self.by_text.len())
    }
}

// === impl Layout ===

impl Layout {
    pub(super) fn lines(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn line(&self, index: usize) -> Option<Line> {
        self.lines.get(index).copied()
    }

    /// The first lines, for a body that differs from there on.
    pub(super) fn first_lines(&self, count: usize) -> Vec<Line> {
        let mut lines = Vec::with_capacity(self.lines.len() + 16);
        lines.extend_from_slice(self.lines.get(..count).unwrap_or(&self.lines));
        lines
    }

    pub(super) fn hash(&self, text: &[u8]) -> u64 {
        rapidhash_v3_seeded(text, &self.secrets)
    }

    /// Finds the end of the line that begins with `rest`, and a key of the text up to there.
    pub(super) fn tail(&self, rest: &[u8]) -> Tail {
        const ONES: u64 = 0x0101_0101_0101_0101;
        if let Some(first) = rest.first_chunk::<8>() {
            let word = u64::from_le_bytes(*first);
            let breaks = word ^ (ONES * u64::from(b'\n'));
            let found = breaks.wrapping_sub(ONES) & !breaks & (ONES << 7);
            if found != 0 {
                let length = found.trailing_zeros() / 8;
                let kept = word & ((1u64 << (8 * length)) - 1);
                return Tail { length: length as usize, key: kept | u64::from(length) << 56, ended: true };
            }
        }
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let text = &rest[..length];
        let key = if length < 8 {
            let word = text.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
            word | (length as u64) << 56
        } else {
            self.hash(text) | LONG
        };
        Tail { length, key, ended: length < rest.len() }
    }

    /// The entry of a series' text.
    pub(super) fn find(&self, text_hash: u64) -> Option<u32> {
        self.by_text.get(&text_hash).copied()
    }

    /// An entry that [`Layout::find`], [`Layout::insert`] or a line named.
    pub(super) fn entry(&mut self, index: u32) -> &mut Entry {
        &mut self.entries[index as usize]
    }

    /// Where the layout has the line behind this entry's.
    pub(super) fn behind(&self, index: u32) -> Option<usize> {
        let position = self.entries.get(index as usize)?.position;
        (position != NOWHERE).then_some(position as usize + 1)
    }

    /// A new entry; without labels it is one that relabelling dropped.
    pub(super) fn insert(&mut self, text_hash: u64, labels: Option<Labels>) -> u32 {
        let state = if labels.is_some() { State::Pending } else { State::Dropped };
        let entry = Entry {
            state,
            text_hash,
            tail_key: NO_KEY,
            value: 0.0,
            seen: 0,
            tracked: 0,
            position: NOWHERE,
            bare: false,
        };
        let index = match self.free.pop() {
            Some(index) => {
                self.entries[index as usize] = entry;
                index
            }
            None => {
                self.entries.push(entry);
                (self.entries.len() - 1) as u32
            }
        };
        self.by_text.insert(text_hash, index);
        if let Some(labels) = labels {
            self.pending.push((index, labels));
        }
        index
    }

    pub(super) fn has_untracked(&self) -> bool {
        self.untracked
    }

    pub(super) fn set_untracked(&mut self) {
        self.untracked = true;
    }

    /// Whether two texts give the same series.
    pub(super) fn shares_slots(&self) -> bool {
        self.shared > 0
    }

    pub(super) fn has_slot(&self, slot: Slot) -> bool {
        self.owners.contains_key(&slot)
    }

    /// The slots that are live after a scrape.
    pub(super) fn live_slots(&self, scrape: u32) -> impl Iterator<Item = Slot> + '_ {
        self.entries.iter().filter(move |entry| entry.tracked == scrape).filter_map(|entry| {
            match entry.state {
                State::Open(slot) => Some(slot),
                _ => None,
            }
        })
    }

    /// Takes over the lines of a body that was read to its end: `fresh` if it differs from the layout, else
    /// the first `same` lines.
    pub(super) fn settle(&mut self, fresh: Option<Vec<Line>>, same: usize) {
        match fresh {
            Some(lines) => self.lines = lines,
            None if same < self.lines.len() => self.lines.truncate(same),
            None => return,
        }
        self.swept = false;
        for (position, line) in self.lines.iter().enumerate() {
            if let What::Series(index) = line.what {
                self.entries[index as usize].position = position as u32;
            }
        }
    }

    /// Opens the slots of the series that this scrape has for the first time, and fills them in. A series
    /// that the store has no room for is left out, and tried again at the next scrape.
    pub(super) fn open_pending(
        &mut self,
        appender: &dyn Appender,
        group: GroupId,
        scrape: u32,
        batch: &mut Batch,
    ) -> Result<(), AppendError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        for (index, labels) in std::mem::take(&mut self.pending) {
            if self.entries[index as usize].seen != scrape {
                // A body that was refused had it; the sweep forgets the entry with its labels.
                self.swept = false;
                continue;
            }
            match appender.open_slot(group, &labels) {
                Ok(slot) => self.open(index, slot),
                Err(AppendError::SeriesLimit { .. }) => {
                    batch.stats.series_refused += 1;
                    self.pending.push((index, labels));
                }
                Err(error) => return Err(error),
            }
        }
        for (place, index) in std::mem::take(&mut batch.unopened) {
            if let State::Open(slot) = self.entries[index as usize].state {
                batch.fill(place, slot);
            }
        }
        if batch.stats.series_refused > 0 {
            batch.drop_unopened();
        }
        Ok(())
    }

    /// Marks what the body no longer has as stale, and forgets it.
    pub(super) fn sweep(&mut self, scrape: u32, batch: &mut Batch) {
        batch.samples.extend(batch.switched.drain(..).map(|slot| (slot, STALE_NAN)));
        if std::mem::replace(&mut self.swept, true) {
            return;
        }
        for index in 0..self.entries.len() {
            let entry = &mut self.entries[index];
            if entry.seen == scrape || entry.state == State::Free {
                continue;
            }
            let was_live = entry.tracked == scrape.wrapping_sub(1);
            let state = std::mem::replace(&mut entry.state, State::Free);
            self.by_text.remove(&entry.text_hash);
            self.free.push(index as u32);
            if let State::Open(slot) = state {
                self.release(slot);
                if was_live {
                    batch.samples.push((slot, STALE_NAN));
                }
            }
        }
    }

    /// Forgets series of bodies that were refused, if there are many more of them than of the last good one.
    pub(super) fn forget_unsettled(&mut self) {
        if self.by_text.len() <= 2 * self.lines.len() + 1000 {
            return;
        }
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if entry.position == NOWHERE && entry.state != State::Free {
                entry.state = State::Free;
                self.by_text.remove(&entry.text_hash);
                self.free.push(index as u32);
            }
        }
        let entries = &self.entries;
        self.pending.retain(|(index, _)| entries[*index as usize].state == State::Pending);
    }

    /// Forgets the lines, so that the next body is parsed as a whole.
    pub(super) fn forget_lines(&mut self) {
        self.lines.clear();
    }

    fn open(&mut self, index: u32, slot: Slot) {
        self.entries[index as usize].state = State::Open(slot);
        let owners = self.owners.entry(slot).or_insert(0);
        *owners += 1;
        self.shared += usize::from(*owners == 2);
    }

    fn release(&mut self, slot: Slot) {
        if let Some(owners) = self.owners.get_mut(&slot) {
            self.shared -= usize::from(*owners == 2);
            *owners -= 1;
            if *owners == 0 {
                self.owners.remove(&slot);
            }
        }
    }
}
