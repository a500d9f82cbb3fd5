//! The store as callers see it: open, append, query, maintain.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use model::storage::{
    AppendError, Appended, Appender, Exemplar, GroupId, Querier, Row, SelectError, Slot, Storage,
};
use model::{Duration, Labels, Metadata, TimeRange, Timestamp};
use stdx::Registry;

use crate::block::{self, Block};
use crate::chunk::OpenChunk;
use crate::head::Head;
use crate::metrics::Metrics;
use crate::query::StoreQuerier;
use crate::stats::Stats;
use crate::wal::{self, Record, Wal};

/// A block spans so much; the head holds up to one and a half of it.
pub(crate) const BLOCK_SPAN: i64 = 2 * 3_600_000;
/// The log is rewritten by slices of so much.
const LOG_SLICE: i64 = 10 * 60_000;
/// Exemplars are kept in a ring of so many.
const EXEMPLARS_MAX: usize = 20_000;
/// So many metric families have metadata at most.
const FAMILIES_MAX: usize = 100_000;
/// So many indexes of blocks stay in memory.
const WARM_BLOCKS: usize = 4;

/// How the store is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// Samples older than this, counted from the newest, are dropped by whole blocks; zero keeps all.
    pub retention: Duration,
    /// Blocks are dropped, oldest first, while log and blocks take more bytes; zero is no limit.
    pub retention_bytes: u64,
    /// The most series in memory.
    pub max_series: usize,
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{path} is in use by another process; stop it, or give another --storage.tsdb.path")]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A file or folder cannot be read or written.
    #[error("the store in {path} cannot be opened: {source}")]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The store; clones share it.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// What store and queriers share.
pub(crate) struct Shared {
    directory: PathBuf,
    options: Options,
    metrics: Metrics,
    head: RwLock<Head>,
    /// Locked before the head, never after.
    wal: Mutex<Wal>,
    blocks: RwLock<Vec<Arc<Block>>>,
    exemplars: RwLock<VecDeque<(Labels, Exemplar)>>,
    metadata: RwLock<BTreeMap<String, BTreeMap<Metadata, u32>>>,
    /// Held by every view: while one from before a block was written lives, what is in that block stays in
    /// memory, since the view does not have the block.
    views: Mutex<Arc<()>>,
    /// Only one maintenance at a time; holds a cut that waits for views.
    maintenance: Mutex<Option<Cut>>,
    /// Holds the lock on the folder.
    _lock: File,
}

/// What is in a block and still in memory.
struct Cut {
    /// Number and sealed chunks of each series.
    counts: Vec<(u32, usize)>,
    /// Held by the views that began before the block was there.
    views: Weak<()>,
}

// === impl Store ===

impl Store {
    /// Opens the store in a folder, makes it if it is new, and reads the log.
    pub fn open(directory: &Path, options: Options, registry: &Registry) -> Result<Store, OpenError> {
        let failed = |source| OpenError::Io { path: directory.to_path_buf(), source };
        fs::create_dir_all(directory).map_err(failed)?;
        let lock = File::create(directory.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(OpenError::Locked { path: directory.to_path_buf() });
            }
            Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        let metrics = Metrics::new(registry);
        let mut blocks = Vec::new();
        for path in block::list(&directory.join("blocks")).map_err(failed)? {
            match Block::open(&path) {
                Ok(block) => blocks.push(Arc::new(block)),
                // One damaged block must not keep all others from being read.
                Err(error) => {
                    tracing::error!(path = %path.display(), %error, "A block cannot be read and is left out");
                }
            }
        }
        let mut head = Head::default();
        let wal_directory = directory.join("wal");
        let replayed = wal::replay(&wal_directory, |record| match record {
            Record::Series(id, labels) => head.insert(id, labels),
            Record::Row(time, samples) => {
                samples.iter().for_each(|(id, value)| head.push(*id, time, *value, u32::MAX));
            }
        })
        .map_err(failed)?;
        metrics.wal_corruptions.add(replayed.corruptions);
        let wal = Wal::begin(&wal_directory, replayed.last_segment).map_err(failed)?;
        let shared = Shared {
            directory: directory.to_path_buf(),
            options,
            metrics,
            head: RwLock::new(head),
            wal: Mutex::new(wal),
            blocks: RwLock::new(blocks),
            exemplars: RwLock::default(),
            metadata: RwLock::default(),
            views: Mutex::default(),
            maintenance: Mutex::default(),
            _lock: lock,
        };
        shared.show();
        Ok(Store { shared: Arc::new(shared) })
    }

    /// Syncs the log. To be called every few seconds: what is not synced is lost when the power fails.
    pub fn sync(&self) -> io::Result<()> {
        let file = lock(&self.shared.wal).take_unsynced();
        file.map_or(Ok(()), |file| file?.sync_data())
    }

    /// Moves old samples from memory to blocks, cuts the log and drops what retention says. To be called every
    /// minute or so; most calls do nothing.
    pub fn maintain(&self) -> io::Result<()> {
        let mut pending = lock(&self.shared.maintenance);
        let result = self.shared.compact(&mut pending).and_then(|()| self.shared.retain());
        drop(pending);
        self.shared.show();
        if result.is_err() {
            self.shared.metrics.compaction_failures.inc();
        }
        result
    }

    /// Facts for the status page; the lists have at most `limit` rows.
    pub fn stats(&self, limit: usize) -> Stats {
        let blocks = read(&self.shared.blocks);
        let wal = Wal::size(&self.shared.directory.join("wal"));
        Stats {
            wal_corruptions: self.shared.metrics.wal_corruptions.get(),
            blocks: blocks.len(),
            disk_bytes: wal + blocks.iter().map(|block| block.bytes).sum::<u64>(),
            ..Stats::of(&self.shared.head(), limit)
        }
    }
}

impl Appender for Store {
    fn open_group(&self, _target: &Labels) -> Result<GroupId, AppendError> {
        Ok(self.shared.head_mut().open_group())
    }

    fn open_slot(&self, group: GroupId, labels: &Labels) -> Result<Slot, AppendError> {
        let mut wal = lock(&self.shared.wal);
        self.shared.open_slot(&mut wal, group, labels)
    }

    fn append_row(&self, group: GroupId, row: &Row<'_>) -> Result<Appended, AppendError> {
        let shared = &self.shared;
        let mut wal = lock(&shared.wal);
        let dropped = shared.head().dropped(group, row);
        for labels in &dropped {
            shared.open_slot(&mut wal, group, labels)?;
        }
        let (rows, appended) = shared.head().check(group, row)?;
        // The kernel has it before anybody can see it.
        let written = wal.mend().and_then(|()| {
            rows.iter().for_each(|(time, samples)| wal.row(*time, samples));
            wal.flush()
        });
        if let Err(error) = written {
            shared.metrics.wal_failures.inc();
            return Err(AppendError::Storage(format!(
                "the log cannot be written: {error}; is the disk full?"
            )));
        }
        if wal.is_full()
            && let Err(error) = wal.rotate()
        {
            tracing::warn!(%error, "A new log segment cannot be begun; the old one is written on");
        }
        let mut head = shared.head_mut();
        head.apply(group, &rows);
        drop(wal);
        if !row.exemplars.is_empty() {
            shared.keep_exemplars(&head, group, row.exemplars);
        }
        drop(head);
        shared.metrics.appended.add(appended.samples as u64);
        shared.metrics.out_of_order.add(appended.out_of_order as u64);
        shared.metrics.duplicates.add(appended.duplicate as u64);
        Ok(appended)
    }

    fn set_metadata(&self, group: GroupId, family: &str, metadata: &Metadata) -> Result<(), AppendError> {
        let mut all = write(&self.shared.metadata);
        if all.len() < FAMILIES_MAX || all.contains_key(family) {
            all.entry(family.to_owned()).or_default().insert(metadata.clone(), group.0);
        }
        Ok(())
    }

    fn close_group(&self, group: GroupId) {
        self.shared.head_mut().close_group(group);
    }
}

impl Storage for Store {
    fn querier(&self, range: TimeRange) -> Result<Box<dyn Querier>, SelectError> {
        Ok(Box::new(StoreQuerier::new(Arc::clone(&self.shared), range)))
    }

    fn metadata(&self, family: Option<&str>) -> Vec<(String, Vec<Metadata>)> {
        let all = read(&self.shared.metadata);
        all.iter()
            .filter(|(name, _)| family.is_none_or(|wanted| wanted == name.as_str()))
            .map(|(name, entries)| (name.clone(), entries.keys().cloned().collect()))
            .collect()
    }
}

// === impl Shared ===

impl Shared {
    pub(crate) fn head(&self) -> RwLockReadGuard<'_, Head> {
        read(&self.head)
    }

    fn head_mut(&self) -> RwLockWriteGuard<'_, Head> {
        write(&self.head)
    }

    pub(crate) fn exemplars(&self) -> RwLockReadGuard<'_, VecDeque<(Labels, Exemplar)>> {
        read(&self.exemplars)
    }

    /// Blocks that may have samples in the range, oldest first.
    pub(crate) fn blocks_within(&self, range: TimeRange) -> Vec<Arc<Block>> {
        let blocks = read(&self.blocks);
        let within = |b: &&Arc<Block>| b.min_time <= range.end.0 && b.max_time >= range.start.0;
        blocks.iter().filter(within).cloned().collect()
    }

    /// Drops the indexes of all but the newest blocks that were read.
    pub(crate) fn cool_blocks(&self) {
        let blocks = read(&self.blocks);
        blocks.iter().rev().filter(|block| block.is_warm()).skip(WARM_BLOCKS).for_each(|block| block.cool());
    }

    fn keep_exemplars(&self, head: &Head, group: GroupId, exemplars: &[(Slot, Exemplar)]) {
        let mut kept = write(&self.exemplars);
        for (slot, exemplar) in exemplars {
            if let Some(labels) = head.labels_of(group, *slot) {
                kept.push_back((labels.clone(), exemplar.clone()));
            }
        }
        while kept.len() > EXEMPLARS_MAX {
            kept.pop_front();
        }
    }

    /// A token that a view holds as long as it lives.
    pub(crate) fn begin_view(&self) -> Arc<()> {
        Arc::clone(&lock(&self.views))
    }

    fn open_slot(&self, wal: &mut Wal, group: GroupId, labels: &Labels) -> Result<Slot, AppendError> {
        let mut head = self.head_mut();
        let limit = self.options.max_series;
        let id = match head.find(labels) {
            Some(id) => id,
            None if head.len() >= limit || head.numbers() >= wal::ID_MAX as usize => {
                self.metrics.series_refused.inc();
                return Err(AppendError::SeriesLimit { limit, labels: labels.clone() });
            }
            None => {
                let id = head.create(labels);
                wal.series(id, labels);
                self.metrics.series_created.inc();
                id
            }
        };
        head.open_slot(group, id)
    }

    /// Writes blocks while the head spans more than one and a half of a block. What was written leaves the
    /// memory when no view needs it there any more: now, or at a later call.
    fn compact(&self, pending: &mut Option<Cut>) -> io::Result<()> {
        loop {
            if let Some(cut) = pending.as_ref() {
                if cut.views.strong_count() > 0 {
                    return Ok(());
                }
                self.cut_log(pending)?;
            }
            let (Some(first), Some(last)) = ({
                let head = self.head();
                (head.min_time, head.max_time)
            }) else {
                return Ok(());
            };
            if last - first < BLOCK_SPAN * 3 / 2 {
                return Ok(());
            }
            let end = (first.div_euclid(BLOCK_SPAN) + 1) * BLOCK_SPAN;
            let sealed = self.head_mut().seal_before(end);
            if sealed.counts.is_empty() {
                return Ok(());
            }
            if let Some(block) = Block::write(&self.directory.join("blocks"), &sealed.series)? {
                let mut blocks = write(&self.blocks);
                blocks.push(Arc::new(block));
                blocks.sort_by_key(|block| block.min_time);
            }
            // Views that begin from here on have the block.
            let before = std::mem::take(&mut *lock(&self.views));
            *pending = Some(Cut { counts: sealed.counts, views: Arc::downgrade(&before) });
            self.metrics.compactions.inc();
        }
    }

    /// Drops from memory what is in a block, writes what is left as a new log, and removes the old one.
    fn cut_log(&self, pending: &mut Option<Cut>) -> io::Result<()> {
        let mut wal = lock(&self.wal);
        // Before anything is dropped: an error here leaves all as it was, and the next call tries again.
        wal.rotate()?;
        let keep_from = wal.number();
        let Some(cut) = pending.take() else { return Ok(()) };
        self.head_mut().drop_sealed(&cut.counts);
        // Rows wait, since the log is held; queries do not.
        let written = self.write_head(&self.head(), &mut wal);
        wal.shrink();
        if let Err(error) = written {
            // The segments from before still hold all of it.
            tracing::warn!(%error, "The log cannot be cut; it is kept whole until the next block");
            return wal.mend();
        }
        if let Some(file) = wal.take_unsynced() {
            file?.sync_data()?;
        }
        wal.remove_before(keep_from)
    }

    /// Writes all that is in memory to the log, by slices of time, so that little memory is needed for it.
    fn write_head(&self, head: &Head, wal: &mut Wal) -> io::Result<()> {
        for (id, series) in head.each() {
            wal.series(id, &series.labels);
        }
        wal.flush()?;
        let (Some(first), Some(last)) = (head.min_time, head.max_time) else { return Ok(()) };
        let mut start = first;
        while start <= last {
            let mut rows: BTreeMap<i64, Vec<(u32, f64)>> = BTreeMap::new();
            let mut next = i64::MAX;
            for (id, series) in head.each() {
                let open = series.open.as_ref().filter(|o| o.max_time() >= start).map(OpenChunk::snapshot);
                let sealed = series.sealed.iter().map(Arc::as_ref).filter(|c| c.max_time >= start);
                for chunk in sealed.chain(open.as_ref()) {
                    if chunk.min_time >= start.saturating_add(LOG_SLICE) {
                        next = next.min(chunk.min_time);
                        continue;
                    }
                    chunk.each(|time, value| match time - start {
                        after if after < 0 => {}
                        after if after < LOG_SLICE => rows.entry(time).or_default().push((id, value)),
                        _ => next = next.min(time),
                    });
                }
            }
            for (time, samples) in &rows {
                wal.row(*time, samples);
            }
            wal.flush()?;
            start = next;
            if next == i64::MAX {
                break;
            }
        }
        Ok(())
    }

    fn retain(&self) -> io::Result<()> {
        let newest = self.head().max_time.or_else(|| read(&self.blocks).last().map(|b| b.max_time));
        let Some(newest) = newest else { return Ok(()) };
        let Options { retention, retention_bytes, .. } = self.options;
        let wal = Wal::size(&self.directory.join("wal"));
        let mut blocks = write(&self.blocks);
        loop {
            let total: u64 = wal + blocks.iter().map(|block| block.bytes).sum::<u64>();
            let Some(oldest) = blocks.first() else { return Ok(()) };
            let too_old = retention.0 > 0 && oldest.max_time < (Timestamp(newest) - retention).0;
            let too_many = retention_bytes > 0 && total > retention_bytes;
            if !too_old && !too_many {
                return Ok(());
            }
            oldest.remove()?;
            blocks.remove(0);
            self.metrics.dropped_blocks.inc();
        }
    }

    /// Sets the gauges.
    fn show(&self) {
        let (head, blocks) = (self.head(), read(&self.blocks));
        self.metrics.series.set(head.len() as f64);
        self.metrics.min_time.set(head.min_time.unwrap_or(0) as f64);
        self.metrics.max_time.set(head.max_time.unwrap_or(0) as f64);
        self.metrics.blocks.set(blocks.len() as f64);
        self.metrics.block_bytes.set(blocks.iter().map(|block| block.bytes).sum::<u64>() as f64);
        self.metrics.wal_bytes.set(Wal::size(&self.directory.join("wal")) as f64);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
