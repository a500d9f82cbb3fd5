//! Appends a recording at its own times.

use std::collections::BinaryHeap;
use std::sync::Arc;

use model::Timestamp;
use model::exposition::Format;
use model::storage::Appender;

use super::{Recording, RecordingError};
use crate::ingest::{Ingest, IngestError, IngestSettings, ScrapeStats};

/// How far a [`backfill`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Scrapes appended so far.
    pub scrapes: usize,
    /// Scrapes in the recording.
    pub total: usize,
    /// Samples appended so far, without the synthetic ones.
    pub samples: usize,
    /// The time of the last scrape.
    pub time: Timestamp,
}

/// What a [`backfill`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackfillReport {
    /// Scrapes appended, failed ones included.
    pub scrapes: usize,
    /// Scrapes that failed when they were recorded.
    pub failed: usize,
    /// Sums over all scrapes.
    pub stats: ScrapeStats,
    /// Bodies that are no exposition: target, time and reason. They count as failed scrapes in the store; at
    /// most 20 are kept here.
    pub refused: Vec<String>,
    /// How many there were.
    pub refused_total: usize,
}

/// Why a [`backfill`] stopped.
#[derive(Debug, thiserror::Error)]
pub enum BackfillError {
    /// The recording could not be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The store refused a row.
    #[error("{target} at {time_ms}: {source}")]
    Append {
        /// The target.
        target: String,
        /// The scrape's time.
        time_ms: i64,
        /// Why.
        source: IngestError,
    },
}

const REFUSED_KEPT: usize = 20;

/// Appends every scrape of a recording at its own time, targets interleaved in the order of time, as if they
/// had been scraped then. Series that are there at the end stay live. `progress` is called after each scrape.
pub fn backfill(
    recording: &Recording,
    appender: &dyn Appender,
    settings: &Arc<IngestSettings>,
    progress: &mut dyn FnMut(Progress),
) -> Result<BackfillReport, BackfillError> {
    let targets = recording.targets();
    let mut states: Vec<Ingest> =
        targets.iter().map(|target| Ingest::new(target.labels.clone(), Arc::clone(settings))).collect();
    let mut report = BackfillReport::default();
    let result = in_time_order(recording).try_for_each(|(target, scrape)| {
        append(recording, target, scrape, &mut states[target], appender, &mut report)?;
        report.scrapes += 1;
        progress(Progress {
            scrapes: report.scrapes,
            total: recording.scrapes(),
            samples: report.stats.post_relabel,
            time: targets[target].scrapes[scrape].time(),
        });
        Ok(())
    });
    for state in &mut states {
        state.detach(appender);
    }
    result.map(|()| report)
}

/// Indexes of target and scrape, earliest first; targets in their order where times are equal.
fn in_time_order(recording: &Recording) -> impl Iterator<Item = (usize, usize)> + '_ {
    use std::cmp::Reverse;
    let targets = recording.targets();
    let time = move |target: usize, scrape: usize| Some(targets[target].scrapes.get(scrape)?.time_ms);
    let mut next: BinaryHeap<Reverse<(i64, usize, usize)>> =
        (0..targets.len()).filter_map(|target| Some(Reverse((time(target, 0)?, target, 0)))).collect();
    std::iter::from_fn(move || {
        let Reverse((_, target, scrape)) = next.pop()?;
        next.extend(time(target, scrape + 1).map(|time| Reverse((time, target, scrape + 1))));
        Some((target, scrape))
    })
}

fn append(
    recording: &Recording,
    target: usize,
    scrape: usize,
    state: &mut Ingest,
    appender: &dyn Appender,
    report: &mut BackfillReport,
) -> Result<(), BackfillError> {
    let target = &recording.targets()[target];
    let scrape = &target.scrapes[scrape];
    let (at, duration) = (scrape.time(), scrape.duration_ms / 1000.0);
    let body = if scrape.succeeded() { recording.body(target, scrape)? } else { None };
    let appended = match body {
        None => {
            report.failed += 1;
            state.append_failure(appender, at, duration).map(|()| ScrapeStats::default())
        }
        Some(body) => match Format::from_content_type(&scrape.content_type, None) {
            Ok(format) => state.append_body(appender, &body, format, at, duration),
            Err(error) => {
                refuse(report, &target.name, scrape.time_ms, &error.to_string());
                state.append_failure(appender, at, duration).map(|()| ScrapeStats::default())
            }
        },
    };
    match appended {
        Ok(stats) => report.stats += stats,
        Err(source @ IngestError::Append(_)) => {
            let (target, time_ms) = (target.name.clone(), scrape.time_ms);
            return Err(BackfillError::Append { target, time_ms, source });
        }
        Err(error) => refuse(report, &target.name, scrape.time_ms, &error.to_string()),
    }
    Ok(())
}

fn refuse(report: &mut BackfillReport, target: &str, time_ms: i64, reason: &str) {
    report.refused_total += 1;
    if report.refused.len() < REFUSED_KEPT {
        report.refused.push(format!("{target}/{time_ms}.prom: {reason}"));
    }
}
