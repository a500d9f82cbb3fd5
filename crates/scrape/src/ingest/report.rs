//! The series that a scrape has without the target's doing.

use model::labels::METRIC_NAME;
use model::storage::{AppendError, Appender, GroupId, Slot};
use model::{Labels, Metadata, MetricType};

use super::layout::Layout;
use super::{IngestSettings, ScrapeStats};

/// Name, unit and help text, in the order of [`Values`]; the last three only where extra metrics are on.
const FAMILIES: [(&str, &str, &str); 8] = [
    ("up", "targets", "Whether the last scrape of the target succeeded: 1 if so, 0 if not."),
    ("scrape_duration_seconds", "seconds", "How long the last scrape took."),
    ("scrape_samples_scraped", "samples", "Samples in the last scrape."),
    ("scrape_samples_post_metric_relabeling", "samples", "Samples left after metric relabelling."),
    ("scrape_series_added", "series", "Series of the last scrape that were new."),
    ("scrape_timeout_seconds", "seconds", "The configured timeout of a scrape."),
    ("scrape_sample_limit", "samples", "The configured limit of samples in a scrape; 0 is none."),
    (
        "scrape_body_size_bytes",
        "bytes",
        "Size of the last body, uncompressed; -1 if over its limit, 0 if failed.",
    ),
];
const PLAIN: usize = 5;

/// Slots of the families, once they are opened.
#[derive(Debug, Default)]
pub(super) struct Report {
    slots: Vec<Slot>,
}

/// What is reported of one scrape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values {
    up: f64,
    duration_seconds: f64,
    scraped: f64,
    post_relabel: f64,
    series_added: f64,
    body_bytes: f64,
}

impl Values {
    pub(super) fn new(up: bool, stats: &ScrapeStats, duration_seconds: f64, body_bytes: f64) -> Values {
        Values {
            up: f64::from(u8::from(up)),
            duration_seconds,
            scraped: stats.scraped as f64,
            post_relabel: stats.post_relabel as f64,
            series_added: stats.series_added as f64,
            body_bytes,
        }
    }
}

impl Report {
    /// Adds the samples; opens slots and hands over metadata where this is the first time.
    pub(super) fn push(
        &mut self,
        appender: &dyn Appender,
        group: GroupId,
        target: &Labels,
        settings: &IngestSettings,
        values: &Values,
        samples: &mut Vec<(Slot, f64)>,
    ) -> Result<(), AppendError> {
        let wanted = if settings.extra_metrics { FAMILIES.len() } else { PLAIN };
        while self.slots.len() < wanted {
            let (name, unit, help) = FAMILIES[self.slots.len()];
            self.slots.push(appender.open_slot(group, &target.with(METRIC_NAME, name))?);
            let metadata = Metadata { kind: MetricType::Gauge, help: help.to_owned(), unit: unit.to_owned() };
            appender.set_metadata(group, name, &metadata)?;
        }
        let all = [
            values.up,
            values.duration_seconds,
            values.scraped,
            values.post_relabel,
            values.series_added,
            settings.timeout_seconds,
            settings.sample_limit as f64,
            values.body_bytes,
        ];
        samples.extend(self.slots.iter().copied().zip(all).take(wanted));
        Ok(())
    }

    /// Whether the target exposes a series of the same name and labels.
    pub(super) fn shares_slots(&self, layout: &Layout) -> bool {
        self.slots.iter().any(|slot| layout.has_slot(*slot))
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        self.slots.iter().copied()
    }
}
