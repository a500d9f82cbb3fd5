//! Reading: a view of head and blocks as they were when the querier was made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use model::storage::{Exemplar, Querier, Samples, SelectError, SelectedSeries, SeriesRef};
use model::{Labels, Matcher, TimeRange};

use crate::block::{Block, ChunkPlace};
use crate::chunk::OpenChunk;
use crate::index::names_of;
use crate::store::Shared;

/// A view; see `model::storage::Querier`.
pub(crate) struct StoreQuerier {
    shared: Arc<Shared>,
    blocks: Vec<Arc<Block>>,
    /// Keeps in memory what was there when the view was made.
    _view: Arc<()>,
    /// Rows that had been appended when the view was made.
    rows: u64,
    /// What was selected; a `SeriesRef` is a position in it.
    selected: Mutex<Vec<Place>>,
}

/// Where the samples of one label set are.
#[derive(Clone, Debug, Default)]
struct Place {
    head: Option<u32>,
    blocks: Vec<(usize, Vec<ChunkPlace>)>,
}

impl StoreQuerier {
    pub(crate) fn new(shared: Arc<Shared>, range: TimeRange) -> StoreQuerier {
        // First of all: what goes to a block from here on stays in memory until the view ends.
        let view = shared.begin_view();
        let blocks = shared.blocks_within(range);
        let rows = shared.head().rows;
        StoreQuerier { shared, blocks, _view: view, rows, selected: Mutex::default() }
    }

    /// Label sets that pass, and where their samples are.
    fn find(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<(Labels, Place)>, SelectError> {
        let mut found: Vec<(Labels, Place)> = Vec::new();
        {
            let head = self.shared.head();
            for id in head.index().select(matchers) {
                let Some(series) = head.get(id) else { continue };
                let within = |(first, last)| first <= range.end.0 && last >= range.start.0;
                if series.span().is_some_and(within) {
                    found.push((series.labels.clone(), Place { head: Some(id), blocks: Vec::new() }));
                }
            }
        }
        let relevant = |b: &Block| b.min_time <= range.end.0 && b.max_time >= range.start.0;
        if !self.blocks.iter().any(|block| relevant(block)) {
            found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            return Ok(found);
        }
        let mut merged: BTreeMap<Labels, Place> = found.into_iter().collect();
        for (number, block) in self.blocks.iter().enumerate().filter(|(_, block)| relevant(block)) {
            let index = block.index().map_err(|error| failure(&error))?;
            for id in index.select(matchers) {
                let (labels, chunks) = &index.series[id as usize];
                let within = |c: &&ChunkPlace| c.min_time <= range.end.0 && c.max_time >= range.start.0;
                let chunks: Vec<ChunkPlace> = chunks.iter().filter(within).copied().collect();
                if !chunks.is_empty() {
                    merged.entry(labels.clone()).or_default().blocks.push((number, chunks));
                }
            }
        }
        self.shared.cool_blocks();
        Ok(merged.into_iter().collect())
    }

    fn read_blocks(&self, place: &Place, range: TimeRange, samples: &mut Samples) -> Result<(), SelectError> {
        for (number, chunks) in &place.blocks {
            for chunk in chunks {
                let block = &self.blocks[*number];
                let chunk = block.chunk(chunk).map_err(|error| failure(&error))?;
                let whole = chunk.each(|time, value| push_within(samples, range, i64::MAX, time, value));
                if !whole {
                    return Err(SelectError::Storage("a chunk of a block ends too early".to_owned()));
                }
            }
        }
        Ok(())
    }

    fn read_head(&self, id: u32, range: TimeRange, samples: &mut Samples) {
        let (sealed, open, horizon) = {
            let head = self.shared.head();
            let Some(series) = head.get(id) else { return };
            let within = |first: i64, last: i64| first <= range.end.0 && last >= range.start.0;
            let sealed: Vec<_> =
                series.sealed.iter().filter(|c| within(c.min_time, c.max_time)).cloned().collect();
            let open =
                series.open.as_ref().filter(|o| within(o.min_time(), o.max_time())).map(OpenChunk::snapshot);
            (sealed, open, head.horizon(series, self.rows))
        };
        for chunk in sealed.iter().map(Arc::as_ref).chain(open.as_ref()) {
            // Chunks in memory were made by ourselves: they are whole.
            chunk.each(|time, value| push_within(samples, range, horizon, time, value));
        }
    }
}

impl Querier for StoreQuerier {
    fn select(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<SelectedSeries>, SelectError> {
        let found = self.find(matchers, range)?;
        let mut selected = self.selected.lock().unwrap_or_else(PoisonError::into_inner);
        let mut series = Vec::with_capacity(found.len());
        for (labels, place) in found {
            series.push(SelectedSeries { labels, series: SeriesRef(selected.len() as u64) });
            selected.push(place);
        }
        Ok(series)
    }

    fn read(&self, series: SeriesRef, range: TimeRange, samples: &mut Samples) -> Result<(), SelectError> {
        samples.clear();
        let place = {
            let selected = self.selected.lock().unwrap_or_else(PoisonError::into_inner);
            selected.get(series.0 as usize).cloned()
        };
        let Some(place) = place else {
            return Err(SelectError::Storage("the series is of another querier".to_owned()));
        };
        self.read_blocks(&place, range, samples)?;
        if let Some(id) = place.head {
            self.read_head(id, range, samples);
        }
        put_in_order(samples);
        samples.times_key = Some(times_key(&samples.timestamps));
        Ok(())
    }

    fn label_names(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<String>, SelectError> {
        if matchers.is_empty() && self.blocks.is_empty() {
            let head = self.shared.head();
            let mut names: Vec<String> = head.index().label_names().cloned().collect();
            names.sort_unstable();
            return Ok(names);
        }
        let found = self.find(matchers, range)?;
        Ok(names_of(found.iter().map(|(labels, _)| labels)).into_iter().collect())
    }

    fn label_values(
        &self,
        name: &str,
        matchers: &[Matcher],
        range: TimeRange,
    ) -> Result<Vec<String>, SelectError> {
        if matchers.is_empty() && self.blocks.is_empty() {
            return Ok(self.shared.head().index().label_values(name).cloned().collect());
        }
        let found = self.find(matchers, range)?;
        let values: BTreeSet<&str> = found.iter().filter_map(|(labels, _)| labels.find(name)).collect();
        Ok(values.into_iter().map(str::to_owned).collect())
    }

    fn exemplars(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        let mut found: BTreeMap<Labels, Vec<Exemplar>> = BTreeMap::new();
        for (labels, exemplar) in self.shared.exemplars().iter() {
            let within = exemplar.timestamp >= range.start && exemplar.timestamp <= range.end;
            if within && matchers.iter().all(|m| m.matches_labels(labels)) {
                found.entry(labels.clone()).or_default().push(exemplar.clone());
            }
        }
        Ok(found.into_iter().collect())
    }
}

/// Adds a sample that is within the range and before the horizon.
#[inline]
fn push_within(samples: &mut Samples, range: TimeRange, horizon: i64, time: i64, value: f64) {
    if time >= range.start.0 && time <= range.end.0 && time < horizon {
        samples.push(time, value);
    }
}

/// Puts samples in order, one a time. Blocks may overlap (backfill), what a block holds may be in memory too
/// (until the log is cut), and a series that came back may have older samples in memory than in a block.
fn put_in_order(samples: &mut Samples) {
    if samples.timestamps.is_sorted_by(|a, b| a < b) {
        return;
    }
    let mut pairs: Vec<(i64, f64)> =
        samples.timestamps.iter().copied().zip(samples.values.iter().copied()).collect();
    pairs.sort_by_key(|(time, _)| *time);
    pairs.dedup_by_key(|(time, _)| *time);
    (samples.timestamps, samples.values) = pairs.into_iter().unzip();
}

/// A number that equal columns of times share, and others do not (but for one chance in 2⁶⁴).
fn times_key(times: &[i64]) -> u64 {
    times.iter().fold(times.len() as u64, |key, time| {
        (key ^ *time as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
    })
}

fn failure(error: &std::io::Error) -> SelectError {
    SelectError::Storage(error.to_string())
}
