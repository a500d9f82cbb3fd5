//! From the bytes of a scrape to a row of the store, for one target.
//!
//! # Flow
//! 1. The scrape loop fetches a body and calls [`Ingest::append_body`], or [`Ingest::append_failure`].
//! 2. The body is walked against the **layout**: the lines of the scrape before. A line whose text hashes to
//!    what the layout has costs a hash, a comparison of the value's text and a push; only what is new is
//!    parsed, relabelled and given a slot.
//! 3. One [`Row`] goes to the store: samples, staleness markers of vanished series, `up` and its companions.
//!
//! # Guarantees
//! - A body is stored as a whole or not at all. Slots of new series are opened only after the last line was
//!   read without a fault, so that a body which is refused leaves no series behind.
//! - Relabelling, limits and `honor_labels` are resolved once per text of a series, not per scrape.
//! - What it remembers is bounded by the size of the last two bodies, whatever a target sends.

mod batch;
mod families;
mod layout;
mod report;
mod resolve;
mod walk;

use std::sync::Arc;

use model::exposition::{Format, ParseError};
use model::relabel::RelabelRule;
use model::storage::{AppendError, Appender, GroupId, Row, Slot};
use model::{Labels, STALE_NAN, Timestamp};

use batch::Batch;
use families::Families;
use layout::Layout;
use report::Report;
use walk::Walk;

/// Samples more than this much later than the scrape are refused, as Prometheus does; milliseconds.
const MAX_AHEAD_MS: i64 = 10 * 60 * 1000;

/// What the configuration of a job says of its samples. Limits of 0 are off.
#[derive(Clone, Debug)]
pub struct IngestSettings {
    /// Labels of the exposition win over the target's; if not, they are kept as `exported_…`.
    pub honor_labels: bool,
    /// Samples keep timestamps of their own.
    pub honor_timestamps: bool,
    /// Series with timestamps of their own become stale too when they vanish.
    pub track_timestamps_staleness: bool,
    /// Samples per scrape, after relabelling; more fail the scrape.
    pub sample_limit: usize,
    /// Labels per series, the target's included.
    pub label_limit: usize,
    /// Bytes of a label name.
    pub label_name_length_limit: usize,
    /// Bytes of a label value.
    pub label_value_length_limit: usize,
    /// Rules for every series.
    pub metric_relabel: Vec<RelabelRule>,
    /// Names must be plain identifiers (`metric_name_validation_scheme: legacy`).
    pub legacy_names: bool,
    /// Whether to write `scrape_timeout_seconds`, `scrape_sample_limit` and `scrape_body_size_bytes`.
    pub extra_metrics: bool,
    /// The scrape timeout in seconds, for `scrape_timeout_seconds`.
    pub timeout_seconds: f64,
}

/// What a scrape gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScrapeStats {
    /// Samples in the body.
    pub scraped: usize,
    /// Those that relabelling kept.
    pub post_relabel: usize,
    /// Series that the scrape before did not have.
    pub series_added: usize,
    /// Series marked stale.
    pub stale: usize,
    /// Samples refused, since the series has a newer one.
    pub out_of_order: usize,
    /// Samples refused, since the series has another value at that time or occurs twice in the body.
    pub duplicates: usize,
    /// Samples refused, since they are too old or too far in the future.
    pub out_of_bounds: usize,
    /// Series refused, since the store holds as many as it may.
    pub series_refused: usize,
    /// Exemplars handed over.
    pub exemplars: usize,
}

/// Why a scrape failed. All series of the target are then stale and `up` is 0, but for
/// [`IngestError::Append`], where the store took nothing.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The body is no exposition.
    #[error("{0}")]
    Parse(#[from] ParseError),
    /// More samples than `sample_limit`.
    #[error("sample limit exceeded: {found} samples, limit {limit}")]
    SampleLimit {
        /// Samples after relabelling.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A series has more labels, or longer ones, than it may; text as Prometheus has it.
    #[error("{0}")]
    LabelLimit(String),
    /// Relabelling removed the metric name.
    #[error("missing metric name after relabelling: {0}")]
    NoMetricName(Labels),
    /// A name that is not valid in the job's naming scheme.
    #[error("invalid metric name or label names: {0}")]
    InvalidName(Labels),
    /// The store refused the row.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// The state of one target.
#[derive(Debug)]
pub struct Ingest {
    target: Labels,
    settings: Arc<IngestSettings>,
    group: Option<GroupId>,
    layout: Layout,
    families: Families,
    report: Report,
    /// Number of the scrape; a series is live if its number is that of the scrape before.
    scrape: u32,
    /// Live slots of a layout that was given up; they become stale unless the next body has them.
    orphans: Vec<Slot>,
}

impl std::ops::AddAssign for ScrapeStats {
    fn add_assign(&mut self, other: ScrapeStats) {
        self.scraped += other.scraped;
        self.post_relabel += other.post_relabel;
        self.series_added += other.series_added;
        self.stale += other.stale;
        self.out_of_order += other.out_of_order;
        self.duplicates += other.duplicates;
        self.out_of_bounds += other.out_of_bounds;
        self.series_refused += other.series_refused;
        self.exemplars += other.exemplars;
    }
}

impl Default for IngestSettings {
    fn default() -> IngestSettings {
        IngestSettings {
            honor_labels: false,
            honor_timestamps: true,
            track_timestamps_staleness: false,
            sample_limit: 0,
            label_limit: 0,
            label_name_length_limit: 0,
            label_value_length_limit: 0,
            metric_relabel: Vec::new(),
            legacy_names: false,
            extra_metrics: false,
            timeout_seconds: 10.0,
        }
    }
}

// === impl Ingest ===

impl Ingest {
    /// For a target with these labels (after relabelling, `__…` labels removed).
    pub fn new(target_labels: Labels, settings: Arc<IngestSettings>) -> Ingest {
        Ingest {
            target: target_labels,
            settings,
            group: None,
            layout: Layout::default(),
            families: Families::default(),
            report: Report::default(),
            scrape: 1,
            orphans: Vec::new(),
        }
    }

    /// The target's labels.
    pub fn target_labels(&self) -> &Labels {
        &self.target
    }

    /// Whether the target has declared a metric family (by TYPE, HELP or UNIT).
    pub fn declares(&self, family: &str) -> bool {
        self.families.has(family)
    }

    /// Takes other settings from the next scrape on. Series that they no longer give become stale then.
    pub fn set_settings(&mut self, settings: Arc<IngestSettings>) {
        self.orphans.extend(self.layout.live_slots(self.scrape));
        self.layout = Layout::default();
        self.families = Families::default();
        self.settings = settings;
    }

    /// Appends what a target sent at `at`. An empty body is a scrape without series. `duration_seconds` is
    /// what the scrape took.
    pub fn append_body(
        &mut self,
        appender: &dyn Appender,
        body: &[u8],
        format: Format,
        at: Timestamp,
        duration_seconds: f64,
    ) -> Result<ScrapeStats, IngestError> {
        let group = self.open_group(appender)?;
        self.scrape = self.scrape.wrapping_add(1);
        let mut batch = Batch::with_capacity(self.layout.lines());
        let walked = Walk::new(self, body, format, at, &mut batch).run();
        let values = report::Values::new(walked.is_ok(), &batch.stats, duration_seconds, body.len() as f64);
        let stored = match &walked {
            Ok(()) => self.append_batch(appender, group, at, &values, batch),
            Err(_) => self.append_stale(appender, group, at, &values).map(|()| ScrapeStats::default()),
        };
        if walked.is_err() {
            // What the walk touched was not stored: nothing is live.
            self.scrape = self.scrape.wrapping_add(1);
        }
        let stats = stored.map_err(|error| self.start_over(error))?;
        walked.map(|()| stats)
    }

    /// Appends that a scrape at `at` gave no body: `up` is 0 and all series are stale.
    pub fn append_failure(
        &mut self,
        appender: &dyn Appender,
        at: Timestamp,
        duration_seconds: f64,
    ) -> Result<(), IngestError> {
        self.fail(appender, at, duration_seconds, 0.0)
    }

    /// As [`Ingest::append_failure`], where the body was larger than `body_size_limit`.
    pub fn append_too_large(
        &mut self,
        appender: &dyn Appender,
        at: Timestamp,
        duration_seconds: f64,
    ) -> Result<(), IngestError> {
        self.fail(appender, at, duration_seconds, -1.0)
    }

    /// Appends that the target is gone: all its series, `up` and its companions too, are stale at `at`.
    /// The next body begins anew.
    pub fn close(&mut self, appender: &dyn Appender, at: Timestamp) -> Result<(), IngestError> {
        let Some(group) = self.group.take() else { return Ok(()) };
        let mut samples = Vec::new();
        let all_stale = self.push_stale(&mut samples);
        if !all_stale {
            samples.extend(self.report.slots().map(|slot| (slot, STALE_NAN)));
        }
        let row = Row { timestamp: at, samples: &samples, all_stale, ..Row::default() };
        let appended = appender.append_row(group, &row);
        appender.close_group(group);
        self.forget();
        appended.map(|_| ()).map_err(IngestError::Append)
    }

    /// Lets go of the target and leaves its series as they are. The next body begins anew.
    pub fn detach(&mut self, appender: &dyn Appender) {
        if let Some(group) = self.group.take() {
            appender.close_group(group);
        }
        self.forget();
    }

    fn fail(
        &mut self,
        appender: &dyn Appender,
        at: Timestamp,
        duration_seconds: f64,
        body_bytes: f64,
    ) -> Result<(), IngestError> {
        let group = self.open_group(appender)?;
        self.scrape = self.scrape.wrapping_add(1);
        let values = report::Values::new(false, &ScrapeStats::default(), duration_seconds, body_bytes);
        self.append_stale(appender, group, at, &values).map_err(|error| self.start_over(error))
    }

    /// Opens what is new and appends the row.
    fn append_batch(
        &mut self,
        appender: &dyn Appender,
        group: GroupId,
        at: Timestamp,
        values: &report::Values,
        mut batch: Batch,
    ) -> Result<ScrapeStats, AppendError> {
        self.layout.open_pending(appender, group, self.scrape, &mut batch)?;
        self.report.push(appender, group, &self.target, &self.settings, values, &mut batch.samples)?;
        let shared = self.layout.shares_slots() || self.report.shares_slots(&self.layout);
        // Staleness markers come last: where a slot has a value too, the value counts.
        let live = batch.samples.len();
        self.layout.sweep(self.scrape, &mut batch);
        batch.samples.extend(self.orphans.iter().map(|slot| (*slot, STALE_NAN)));
        if shared || !self.orphans.is_empty() {
            batch.keep_first_of_each_slot(live);
        }
        let row = Row {
            timestamp: at,
            samples: &batch.samples,
            own_time: &batch.own_time,
            all_stale: false,
            exemplars: &batch.exemplars,
        };
        let appended = appender.append_row(group, &row)?;
        self.orphans.clear();
        self.families.hand_over(appender, group)?;
        let mut stats = batch.stats;
        stats.stale = batch.samples.iter().filter(|(_, value)| model::is_stale(*value)).count();
        stats.out_of_order += appended.out_of_order;
        stats.duplicates += appended.duplicate;
        stats.out_of_bounds += appended.out_of_bounds;
        stats.exemplars = batch.exemplars.len();
        Ok(stats)
    }

    /// After an error of the store, what it has is not known: the next body is resolved anew.
    fn start_over(&mut self, error: AppendError) -> IngestError {
        if matches!(error, AppendError::UnknownGroup(_) | AppendError::UnknownSlot(..)) {
            self.group = None;
            self.forget();
        } else {
            self.give_up_layout();
        }
        IngestError::Append(error)
    }

    /// Live series are remembered, so that they become stale unless the next body has them.
    fn give_up_layout(&mut self) {
        for scrape in [self.scrape.wrapping_sub(2), self.scrape.wrapping_sub(1), self.scrape] {
            self.orphans.extend(self.layout.live_slots(scrape));
        }
        self.orphans.sort_unstable();
        self.orphans.dedup();
        self.layout = Layout::default();
        self.families = Families::default();
    }

    fn append_stale(
        &mut self,
        appender: &dyn Appender,
        group: GroupId,
        at: Timestamp,
        values: &report::Values,
    ) -> Result<(), AppendError> {
        let mut samples = Vec::new();
        let all_stale = self.push_stale(&mut samples);
        self.report.push(appender, group, &self.target, &self.settings, values, &mut samples)?;
        self.orphans.clear();
        appender.append_row(group, &Row { timestamp: at, samples: &samples, all_stale, ..Row::default() })?;
        Ok(())
    }

    /// Whether the row may say "all stale". Series with timestamps of their own stay as they are, so that
    /// where there are some, the others are marked one by one.
    fn push_stale(&self, samples: &mut Vec<(Slot, f64)>) -> bool {
        if !self.layout.has_untracked() {
            return true;
        }
        let live =
            self.layout.live_slots(self.scrape.wrapping_sub(1)).chain(self.layout.live_slots(self.scrape));
        let mut slots: Vec<Slot> = live.chain(self.orphans.iter().copied()).collect();
        slots.sort_unstable();
        slots.dedup();
        samples.extend(slots.into_iter().map(|slot| (slot, STALE_NAN)));
        false
    }

    fn forget(&mut self) {
        self.layout = Layout::default();
        self.families = Families::default();
        self.report = Report::default();
        self.orphans.clear();
    }

    fn open_group(&mut self, appender: &dyn Appender) -> Result<GroupId, AppendError> {
        if let Some(group) = self.group {
            return Ok(group);
        }
        let group = appender.open_group(&self.target)?;
        self.group = Some(group);
        Ok(group)
    }
}

#[cfg(test)]
mod tests;
