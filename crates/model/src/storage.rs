//! The seam between those who write or read samples and the store.
//!
//! The unit of writing is a **row**: what one scrape of one target gave, at one timestamp, over many slots. A
//! slot is a series within a group; a group is a target, a rule group or any other source whose samples share
//! timestamps. A row becomes visible to queries as a whole or not at all.
//!
//! # Flow
//! 1. [`Appender::open_group`] once per target; the store may factor its labels out of the series'.
//! 2. [`Appender::open_slot`] once per series, when it is first seen.
//! 3. [`Appender::append_row`] once per scrape, with slots instead of labels.
//! 4. [`Appender::close_group`] when the target is gone.
//!
//! # Guarantees
//! - A row that `append_row` accepted and that a query has shown is there after the process was killed.
//! - Samples of a series are strictly ordered by time; what is not is refused and counted, the rest is kept.
//! - Readers never block writers for longer than it takes to copy references.

use std::sync::Arc;

use crate::histogram::NativeHistogram;
use crate::labels::Labels;
use crate::matcher::Matcher;
use crate::metadata::Metadata;
use crate::time::{TimeRange, Timestamp};

/// A source of rows within the running process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub u32);

/// A series within a group. Slots are never renumbered while the group is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u32);

/// A series that a [`Querier`] found; valid for that querier only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesRef(pub u64);

/// What one scrape gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row<'a> {
    /// The time of all of `samples`, in milliseconds since the epoch.
    pub timestamp: Timestamp,
    /// One value per slot, each slot at most once, in any order. [`crate::STALE_NAN`] marks a series as gone.
    pub samples: &'a [(Slot, f64)],
    /// Samples that carry their own timestamp.
    pub own_time: &'a [(Slot, Timestamp, f64)],
    /// Every slot of the group that is live becomes stale at `timestamp`: the scrape failed or the target is
    /// gone. One flag instead of a marker per series.
    pub all_stale: bool,
    /// Exemplars seen in the scrape.
    pub exemplars: &'a [(Slot, Exemplar)],
}

/// A trace that stands for an observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// Usually `trace_id`.
    pub labels: Labels,
    /// The observed value.
    pub value: f64,
    /// When it was observed; the scrape's time if the exposition does not say.
    pub timestamp: Timestamp,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Samples kept.
    pub samples: usize,
    /// Samples refused, since the series has a newer one.
    pub out_of_order: usize,
    /// Samples refused, since the series has another value at that time.
    pub duplicate: usize,
    /// Samples refused, since they are older than the store takes.
    pub out_of_bounds: usize,
}

/// Why a row, group or slot was refused as a whole.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// The group is not open.
    #[error("group {0:?} is not open")]
    UnknownGroup(GroupId),
    /// A slot was never opened in that group.
    #[error("slot {0:?} is not open in group {1:?}")]
    UnknownSlot(Slot, GroupId),
    /// The store holds as many series as it may.
    #[error("series limit of {limit} is reached: {labels} is not stored")]
    SeriesLimit {
        /// The limit.
        limit: usize,
        /// The series that was refused.
        labels: Labels,
    },
    /// The store failed (disk full, poisoned) and says so.
    #[error("storage: {0}")]
    Storage(String),
}

/// Why a query of the store failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SelectError {
    /// A file could not be read or its checksum is wrong.
    #[error("storage: {0}")]
    Storage(String),
}

/// Takes rows. All methods may be called from any thread.
pub trait Appender: Send + Sync {
    /// Opens a group for a source with these labels (a target's labels after relabelling).
    fn open_group(&self, target: &Labels) -> Result<GroupId, AppendError>;

    /// The slot of a series, by its full label set (target labels included); the same slot for equal labels.
    fn open_slot(&self, group: GroupId, labels: &Labels) -> Result<Slot, AppendError>;

    /// Appends what one scrape gave, visible at once and as a whole.
    fn append_row(&self, group: GroupId, row: &Row<'_>) -> Result<Appended, AppendError>;

    /// Remembers what the source says of a metric family.
    fn set_metadata(&self, group: GroupId, family: &str, metadata: &Metadata) -> Result<(), AppendError>;

    /// Forgets the group; its series stay. To mark them stale, append a row with `all_stale` first.
    fn close_group(&self, group: GroupId);
}

/// A series that matched.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectedSeries {
    /// The series' full label set.
    pub labels: Labels,
    /// How to read it.
    pub series: SeriesRef,
}

/// Samples of one series: two columns of equal length, ascending in time, staleness markers included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Milliseconds since the epoch.
    pub timestamps: Vec<i64>,
    /// Values.
    pub values: Vec<f64>,
    /// If set, two reads of one querier over the same range with the same key have equal `timestamps`, so
    /// that what was computed of these once (window bounds) serves for all series of the group.
    pub times_key: Option<u64>,
    /// Native histograms: the place of each among the samples, ascending, and what it is; the value there has
    /// no meaning.
    pub natives: Vec<(usize, Arc<NativeHistogram>)>,
}

impl Samples {
    /// Empties both columns.
    pub fn clear(&mut self) {
        self.timestamps.clear();
        self.values.clear();
        self.times_key = None;
        self.natives.clear();
    }

    /// Adds a sample.
    pub fn push(&mut self, timestamp: i64, value: f64) {
        self.timestamps.push(timestamp);
        self.values.push(value);
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.timestamps.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.timestamps.is_empty()
    }
}

/// A view of the store as it was when [`Storage::querier`] made it: each row wholly in it or not at all.
pub trait Querier: Send + Sync {
    /// Series that pass all matchers and may have samples in the range, each label set once, sorted by labels.
    fn select(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<SelectedSeries>, SelectError>;

    /// Replaces `samples` by those of the series within the range (both ends included).
    fn read(&self, series: SeriesRef, range: TimeRange, samples: &mut Samples) -> Result<(), SelectError>;

    /// Names of the labels of the series that match, sorted; no matchers is all series.
    fn label_names(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<String>, SelectError>;

    /// Values of one label among the series that match, sorted; no matchers is all series.
    fn label_values(
        &self,
        name: &str,
        matchers: &[Matcher],
        range: TimeRange,
    ) -> Result<Vec<String>, SelectError>;

    /// Exemplars of the series that match, by series.
    fn exemplars(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, SelectError>;
}

/// A store that can be queried.
pub trait Storage: Send + Sync {
    /// A consistent view, wide enough for the range.
    fn querier(&self, range: TimeRange) -> Result<Box<dyn Querier>, SelectError>;

    /// What sources said of metric families: family name, the different metadata. One family if named.
    fn metadata(&self, family: Option<&str>) -> Vec<(String, Vec<Metadata>)>;
}
