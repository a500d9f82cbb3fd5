//! The head: series and their newest samples, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use model::storage::{AppendError, Appended, GroupId, Row, Slot};
use model::{Labels, STALE_NAN, is_stale};

use crate::chunk::{Chunk, OpenChunk, SAMPLES_MAX};
use crate::index::Index;
use crate::store::BLOCK_SPAN;

/// So many rows of a group are remembered for readers that began before them.
const RECENT_ROWS: usize = 32;

/// One series.
#[derive(Debug)]
pub(crate) struct MemSeries {
    pub(crate) labels: Labels,
    pub(crate) sealed: Vec<Arc<Chunk>>,
    pub(crate) open: Option<OpenChunk>,
    /// The group that wrote last.
    group: u32,
    /// Time and value of the last sample, of sealed chunks and blocks too.
    last: Option<(i64, f64)>,
}

/// A slot whose series was dropped.
const GONE: u32 = u32::MAX;
/// So many dropped series of a group keep their slot; slots of older ones are unknown.
const GONE_MAX: usize = 100_000;

/// One source of rows.
#[derive(Debug, Default)]
struct Group {
    /// Slot to series, or [`GONE`].
    series: Vec<u32>,
    /// Series to slot.
    slots: HashMap<u32, u32>,
    /// Slots of dropped series, which come back when a row names them.
    gone: HashMap<u32, Labels>,
    /// The inverse of `gone`.
    gone_slots: HashMap<Labels, u32>,
    /// Number and time of the last rows.
    recent: VecDeque<(u64, i64)>,
}

/// All series in memory.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// By number; boxed, since numbers are not used again and those of dropped series stay as holes.
    series: Vec<Option<Box<MemSeries>>>,
    by_labels: HashMap<Labels, u32>,
    index: Index,
    groups: HashMap<u32, Group>,
    next_group: u32,
    /// Rows so far; a reader sees those up to the number it began with.
    pub(crate) rows: u64,
    pub(crate) min_time: Option<i64>,
    pub(crate) max_time: Option<i64>,
}

/// What a row becomes in the log: its time, and series with values.
pub(crate) type LogRows = Vec<(i64, Vec<(u32, f64)>)>;

/// Chunks that are old enough for a block.
#[derive(Debug, Default)]
pub(crate) struct Sealed {
    /// Labels and chunks of each series.
    pub(crate) series: Vec<(Labels, Vec<Arc<Chunk>>)>,
    /// Number of each series, and how many of its first chunks these are.
    pub(crate) counts: Vec<(u32, usize)>,
}

// === impl Group ===

impl Group {
    /// Keeps the slots of removed series, in case that a row names them.
    fn forget(&mut self, removed: &HashMap<u32, Labels>) {
        for (slot, id) in self.series.iter_mut().enumerate() {
            let Some(labels) = removed.get(id) else { continue };
            self.slots.remove(id);
            *id = GONE;
            if self.gone.len() < GONE_MAX {
                self.gone.insert(slot as u32, labels.clone());
                self.gone_slots.insert(labels.clone(), slot as u32);
            }
        }
    }
}

// === impl MemSeries ===

impl MemSeries {
    fn push(&mut self, time: i64, value: f64) {
        match &mut self.open {
            // No chunk crosses the boundary of two blocks.
            Some(open) if open.count() < SAMPLES_MAX && span_of(open.min_time()) == span_of(time) => {
                open.push(time, value);
            }
            open => {
                if let Some(full) = open.take() {
                    self.sealed.push(Arc::new(full.snapshot()));
                }
                *open = Some(OpenChunk::begin(time, value));
            }
        }
        self.last = Some((time, value));
    }

    /// The span of the samples in memory.
    pub(crate) fn span(&self) -> Option<(i64, i64)> {
        let first =
            self.sealed.first().map(|c| c.min_time).or(self.open.as_ref().map(OpenChunk::min_time))?;
        let last = self.open.as_ref().map(OpenChunk::max_time).or(self.sealed.last().map(|c| c.max_time))?;
        Some((first, last))
    }

    /// Bytes of the samples.
    pub(crate) fn sample_bytes(&self) -> usize {
        let sealed: usize = self.sealed.iter().map(|c| c.bytes.len()).sum();
        sealed + self.open.as_ref().map_or(0, OpenChunk::heap_bytes)
    }
}

// === impl Head ===

impl Head {
    /// The number of a series, if there is one with these labels.
    pub(crate) fn find(&self, labels: &Labels) -> Option<u32> {
        self.by_labels.get(labels).copied()
    }

    /// Makes a series, which must be new.
    pub(crate) fn create(&mut self, labels: &Labels) -> u32 {
        let id = self.series.len() as u32;
        self.insert(id, labels.clone());
        id
    }

    /// The labels of a slot.
    pub(crate) fn labels_of(&self, group: GroupId, slot: Slot) -> Option<&Labels> {
        let id = self.groups.get(&group.0)?.series.get(slot.0 as usize)?;
        self.get(*id).map(|series| &series.labels)
    }

    /// Puts a series at a number, as replay finds it.
    pub(crate) fn insert(&mut self, id: u32, labels: Labels) {
        let index = id as usize;
        if self.series.len() <= index {
            self.series.resize_with(index + 1, || None);
        }
        if self.series[index].is_some() || self.by_labels.contains_key(&labels) {
            return;
        }
        self.index.add(id, &labels);
        self.by_labels.insert(labels.clone(), id);
        let series = MemSeries { labels, sealed: Vec::new(), open: None, group: u32::MAX, last: None };
        self.series[index] = Some(Box::new(series));
    }

    pub(crate) fn open_group(&mut self) -> GroupId {
        let id = self.next_group;
        self.next_group += 1;
        self.groups.insert(id, Group::default());
        GroupId(id)
    }

    pub(crate) fn close_group(&mut self, group: GroupId) {
        self.groups.remove(&group.0);
    }

    /// The slot of a series in a group.
    pub(crate) fn open_slot(&mut self, group: GroupId, id: u32) -> Result<Slot, AppendError> {
        let found = self.groups.get_mut(&group.0).ok_or(AppendError::UnknownGroup(group))?;
        if let Some(slot) = found.slots.get(&id) {
            return Ok(Slot(*slot));
        }
        let labels = self.series.get(id as usize).and_then(Option::as_ref).map(|series| &series.labels);
        let before = labels.and_then(|labels| found.gone_slots.remove(labels));
        let slot = match before {
            Some(slot) => {
                found.gone.remove(&slot);
                found.series[slot as usize] = id;
                slot
            }
            None => {
                found.series.push(id);
                found.series.len() as u32 - 1
            }
        };
        found.slots.insert(id, slot);
        Ok(Slot(slot))
    }

    /// Labels of the series that a row names and that were dropped since their slots were opened.
    pub(crate) fn dropped(&self, group: GroupId, row: &Row<'_>) -> Vec<Labels> {
        let Some(found) = self.groups.get(&group.0).filter(|group| !group.gone.is_empty()) else {
            return Vec::new();
        };
        let slots =
            row.samples.iter().map(|(slot, _)| slot).chain(row.own_time.iter().map(|(slot, ..)| slot));
        slots.filter_map(|slot| found.gone.get(&slot.0)).cloned().collect()
    }

    /// What of a row can be appended, by series, and what cannot. Nothing is changed.
    pub(crate) fn check(&self, group: GroupId, row: &Row<'_>) -> Result<(LogRows, Appended), AppendError> {
        let found = self.groups.get(&group.0).ok_or(AppendError::UnknownGroup(group))?;
        let mut appended = Appended::default();
        let mut rows: LogRows = vec![(row.timestamp.0, Vec::with_capacity(row.samples.len()))];
        let of_slot = |slot: Slot| {
            let id = found.series.get(slot.0 as usize).copied().filter(|id| *id != GONE);
            id.ok_or(AppendError::UnknownSlot(slot, group))
        };
        for (slot, value) in row.samples {
            let id = of_slot(*slot)?;
            if self.admits(id, row.timestamp.0, *value, &mut appended) {
                rows[0].1.push((id, *value));
            }
        }
        for (slot, time, value) in row.own_time {
            let id = of_slot(*slot)?;
            if self.admits(id, time.0, *value, &mut appended) {
                match rows[1..].iter_mut().find(|(t, _)| *t == time.0) {
                    Some((_, samples)) => samples.push((id, *value)),
                    None => rows.push((time.0, vec![(id, *value)])),
                }
            }
        }
        if row.all_stale {
            let named: std::collections::HashSet<u32> = rows[0].1.iter().map(|(id, _)| *id).collect();
            for id in found.series.iter().filter(|id| !named.contains(id)) {
                let series = self.series.get(*id as usize).and_then(Option::as_ref);
                let last = series.filter(|s| s.group == group.0).and_then(|s| s.last);
                if last.is_some_and(|(time, value)| time < row.timestamp.0 && !is_stale(value)) {
                    rows[0].1.push((*id, STALE_NAN));
                }
            }
        }
        rows.retain(|(_, samples)| !samples.is_empty());
        Ok((rows, appended))
    }

    /// Appends what `check` let pass; visible to readers that begin after it.
    pub(crate) fn apply(&mut self, group: GroupId, rows: &LogRows) {
        self.rows += 1;
        for (time, samples) in rows {
            for (id, value) in samples {
                self.push(*id, *time, *value, group.0);
            }
        }
        if let (Some(found), Some((time, _))) = (self.groups.get_mut(&group.0), rows.first())
            // A row that goes back in time (series of one target with times of their own) hides nothing.
            && found.recent.back().is_none_or(|(_, last)| last < time)
        {
            found.recent.push_back((self.rows, *time));
            if found.recent.len() > RECENT_ROWS {
                found.recent.pop_front();
            }
        }
    }

    /// Appends a sample that the log holds; older ones than the series' last are left out.
    pub(crate) fn push(&mut self, id: u32, time: i64, value: f64, group: u32) {
        let Some(series) = self.series.get_mut(id as usize).and_then(Option::as_mut) else { return };
        if series.last.is_some_and(|(last, _)| time <= last) {
            return;
        }
        series.group = group;
        series.push(time, value);
        self.min_time = Some(self.min_time.map_or(time, |t| t.min(time)));
        self.max_time = Some(self.max_time.map_or(time, |t| t.max(time)));
    }

    /// The time from which on a reader that began with `rows` must not see samples of a series.
    pub(crate) fn horizon(&self, series: &MemSeries, rows: u64) -> i64 {
        let recent = self.groups.get(&series.group).map(|group| &group.recent);
        recent.into_iter().flatten().find(|(number, _)| *number > rows).map_or(i64::MAX, |(_, time)| *time)
    }

    pub(crate) fn get(&self, id: u32) -> Option<&MemSeries> {
        self.series.get(id as usize).and_then(Option::as_deref)
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = (u32, &MemSeries)> {
        self.series.iter().enumerate().filter_map(|(id, s)| s.as_deref().map(|s| (id as u32, s)))
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn len(&self) -> usize {
        self.by_labels.len()
    }

    /// Numbers handed out so far, those of dropped series too.
    pub(crate) fn numbers(&self) -> usize {
        self.series.len()
    }

    /// Seals all chunks that end before `time`, and gives them without removing them.
    pub(crate) fn seal_before(&mut self, time: i64) -> Sealed {
        let mut sealed = Sealed::default();
        for (id, series) in self.series.iter_mut().enumerate() {
            let Some(series) = series else { continue };
            if series.open.as_ref().is_some_and(|open| open.max_time() < time)
                && let Some(open) = series.open.take()
            {
                series.sealed.push(Arc::new(open.snapshot()));
            }
            let old = series.sealed.partition_point(|chunk| chunk.max_time < time);
            if old > 0 {
                sealed.counts.push((id as u32, old));
                sealed.series.push((series.labels.clone(), series.sealed[..old].to_vec()));
            }
        }
        sealed
    }

    /// Drops the chunks that `seal_before` gave (`counts` of it), and series that have no samples any more.
    pub(crate) fn drop_sealed(&mut self, counts: &[(u32, usize)]) {
        for (id, count) in counts {
            if let Some(series) = self.series.get_mut(*id as usize).and_then(Option::as_mut) {
                series.sealed.drain(..(*count).min(series.sealed.len()));
                series.sealed.shrink_to_fit();
            }
        }
        let (mut index, mut min_time) = (Index::default(), None::<i64>);
        let mut removed = HashMap::new();
        for (id, entry) in self.series.iter_mut().enumerate() {
            let Some(series) = entry else { continue };
            let Some((first, _)) = series.span() else {
                self.by_labels.remove(&series.labels);
                removed.insert(id as u32, series.labels.clone());
                *entry = None;
                continue;
            };
            min_time = Some(min_time.map_or(first, |t| t.min(first)));
            index.add(id as u32, &series.labels);
        }
        for group in self.groups.values_mut() {
            group.forget(&removed);
        }
        self.index = index;
        self.min_time = min_time;
        self.by_labels.shrink_to_fit();
    }

    fn admits(&self, id: u32, time: i64, value: f64, appended: &mut Appended) -> bool {
        let last = self.get(id).and_then(|series| series.last);
        match last {
            Some((last, _)) if time < last => appended.out_of_order += 1,
            Some((last, before)) if time == last => {
                // The same sample twice is no fault.
                appended.duplicate += usize::from(before.to_bits() != value.to_bits());
            }
            _ => {
                appended.samples += 1;
                return true;
            }
        }
        false
    }
}

/// The number of the block that a time belongs to.
fn span_of(time: i64) -> i64 {
    time.div_euclid(BLOCK_SPAN)
}
