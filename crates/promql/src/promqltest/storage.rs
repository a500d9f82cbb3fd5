//! A store in memory: the simplest that is right, for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use model::storage::{Exemplar, Querier, Samples, SelectError, SelectedSeries, SeriesRef, Storage};
use model::{Labels, Matcher, Metadata, NativeHistogram, TimeRange};

/// Samples by time.
type Series = BTreeMap<i64, Sample>;

#[derive(Clone, Debug)]
enum Sample {
    Float(f64),
    Native(Arc<NativeHistogram>),
}

/// Samples in a tree by labels and time. Clones of what a querier saw are cheap and stay as they were.
///
/// A series may have samples that are not supported (those with start timestamps), since
/// `model::storage` cannot carry them: a query that selects one in its range fails, so that no wrong answer is
/// given.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: RwLock<Arc<State>>,
}

#[derive(Clone, Debug, Default)]
struct State {
    series: BTreeMap<Labels, Series>,
    /// Times of samples that cannot be carried, and what they are.
    unsupported: BTreeMap<Labels, BTreeMap<i64, &'static str>>,
}

// === impl MemoryStore ===

impl MemoryStore {
    /// Forgets everything.
    pub fn clear(&self) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }

    /// Sets samples, in milliseconds since the epoch, of one series; a later value for the same time wins.
    pub fn append(&self, labels: &Labels, samples: impl IntoIterator<Item = (i64, f64)>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let samples = samples.into_iter().map(|(time, value)| (time, Sample::Float(value)));
        Arc::make_mut(&mut state).series.entry(labels.clone()).or_default().extend(samples);
    }

    /// Sets one native histogram of one series.
    pub fn append_native(&self, labels: &Labels, timestamp: i64, histogram: Arc<NativeHistogram>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let series = Arc::make_mut(&mut state).series.entry(labels.clone()).or_default();
        series.insert(timestamp, Sample::Native(histogram));
    }

    /// Makes queries fail that select this series around the time, in milliseconds since the epoch; `what` is
    /// there that cannot be carried.
    pub fn append_unsupported(&self, labels: &Labels, timestamp: i64, what: &'static str) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut state).unsupported.entry(labels.clone()).or_default().insert(timestamp, what);
    }

    /// Whether a series that passes all matchers has native histograms or samples that cannot be carried.
    pub fn has_more_than_floats(&self, matchers: &[Matcher]) -> bool {
        let state = self.snapshot();
        let native = |series: &Series| series.values().any(|sample| matches!(sample, Sample::Native(_)));
        state.unsupported.keys().any(|labels| passes(labels, matchers))
            || state.series.iter().any(|(labels, series)| passes(labels, matchers) && native(series))
    }

    fn snapshot(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Storage for MemoryStore {
    fn querier(&self, _range: TimeRange) -> Result<Box<dyn Querier>, SelectError> {
        let state = self.snapshot();
        let order = state.series.keys().cloned().collect();
        Ok(Box::new(MemoryQuerier { state, order }))
    }

    fn metadata(&self, _family: Option<&str>) -> Vec<(String, Vec<Metadata>)> {
        Vec::new()
    }
}

/// What the store was when the querier was made; a series' reference is its place in `order`.
struct MemoryQuerier {
    state: Arc<State>,
    order: Vec<Labels>,
}

// === impl State ===

impl State {
    /// A sample in the selection that cannot be carried.
    fn unsupported(&self, matchers: &[Matcher], range: TimeRange) -> Option<(&Labels, &'static str)> {
        let bounds = bounds(range)?;
        self.unsupported.iter().filter(|(labels, _)| passes(labels, matchers)).find_map(|(labels, times)| {
            let (_, what) = times.range(bounds.clone()).next()?;
            Some((labels, *what))
        })
    }
}

// === impl MemoryQuerier ===

impl MemoryQuerier {
    fn matching(&self, matchers: &[Matcher], range: TimeRange) -> impl Iterator<Item = (usize, &Labels)> {
        self.order.iter().enumerate().filter(move |(_, labels)| {
            let times = self.state.series.get(*labels);
            let in_range = times.is_some_and(|t| bounds(range).is_some_and(|b| t.range(b).next().is_some()));
            in_range && passes(labels, matchers)
        })
    }
}

impl Querier for MemoryQuerier {
    fn select(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<SelectedSeries>, SelectError> {
        if let Some((labels, what)) = self.state.unsupported(matchers, range) {
            return Err(SelectError::Storage(format!("{labels} has {what}, which are not supported")));
        }
        let selected = |(at, labels): (usize, &Labels)| SelectedSeries {
            labels: labels.clone(),
            series: SeriesRef(at as u64),
        };
        Ok(self.matching(matchers, range).map(selected).collect())
    }

    fn read(&self, series: SeriesRef, range: TimeRange, samples: &mut Samples) -> Result<(), SelectError> {
        samples.clear();
        let at = usize::try_from(series.0).unwrap_or(usize::MAX);
        let times = self.order.get(at).and_then(|labels| self.state.series.get(labels));
        let Some(times) = times else {
            return Err(SelectError::Storage(format!("series {} is not known to this querier", series.0)));
        };
        if let Some(bounds) = bounds(range) {
            for (place, (timestamp, sample)) in times.range(bounds).enumerate() {
                match sample {
                    Sample::Float(value) => samples.push(*timestamp, *value),
                    Sample::Native(histogram) => {
                        samples.push(*timestamp, f64::NAN);
                        samples.natives.push((place, Arc::clone(histogram)));
                    }
                }
            }
        }
        Ok(())
    }

    fn label_names(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<String>, SelectError> {
        let all = self.matching(matchers, range).flat_map(|(_, labels)| labels.iter());
        let names: BTreeSet<&str> = all.map(|(name, _)| name).collect();
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    fn label_values(
        &self,
        name: &str,
        matchers: &[Matcher],
        range: TimeRange,
    ) -> Result<Vec<String>, SelectError> {
        let values: BTreeSet<&str> =
            self.matching(matchers, range).filter_map(|(_, labels)| labels.find(name)).collect();
        Ok(values.into_iter().map(str::to_owned).collect())
    }

    fn exemplars(
        &self,
        _matchers: &[Matcher],
        _range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError> {
        Ok(Vec::new())
    }
}

fn passes(labels: &Labels, matchers: &[Matcher]) -> bool {
    matchers.iter().all(|matcher| matcher.matches_labels(labels))
}

/// The range as `BTreeMap::range` takes it; none if it ends before it starts.
fn bounds(range: TimeRange) -> Option<std::ops::RangeInclusive<i64>> {
    (range.start <= range.end).then_some(range.start.0..=range.end.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    #[test]
    fn selects_and_reads() {
        let store = MemoryStore::default();
        let labels = Labels::from_pairs([("__name__", "up"), ("job", "a")]);
        store.append(&labels, [(0, 1.0), (10, 2.0), (20, 3.0)]);
        let range = TimeRange { start: Timestamp(5), end: Timestamp(20) };
        let querier = store.querier(range).expect("memory never fails");
        store.clear();
        let found = querier.select(&[Matcher::equal("job", "a")], range).expect("supported");
        assert_eq!(found.len(), 1);
        let mut samples = Samples::default();
        querier.read(found[0].series, range, &mut samples).expect("known");
        assert_eq!((samples.timestamps, samples.values), (vec![10, 20], vec![2.0, 3.0]));
        assert_eq!(querier.label_names(&[], range).expect("names"), ["__name__", "job"]);
        assert_eq!(querier.label_values("job", &[], range).expect("values"), ["a"]);
        let backwards = TimeRange { start: Timestamp(9), end: Timestamp(1) };
        assert_eq!(querier.select(&[], backwards).expect("empty"), []);
    }

    #[test]
    fn refuses_what_it_cannot_carry() {
        let store = MemoryStore::default();
        let labels = Labels::from_pairs([("__name__", "h")]);
        store.append_unsupported(&labels, 7, "start timestamps");
        let range = TimeRange { start: Timestamp(0), end: Timestamp(9) };
        let querier = store.querier(range).expect("memory never fails");
        assert!(querier.select(&[Matcher::equal("__name__", "h")], range).is_err());
        assert!(querier.select(&[Matcher::equal("__name__", "g")], range).is_ok());
        let before = TimeRange { start: Timestamp(0), end: Timestamp(6) };
        assert!(querier.select(&[Matcher::equal("__name__", "h")], before).is_ok());
    }
}
