//! What one rule has written: its storage group, its slots, and which series were there last time.

use std::collections::HashMap;

use model::storage::{AppendError, Appended, Appender, GroupId, Row, Slot};
use model::{Labels, STALE_NAN, Timestamp};

use crate::alerting::Sample;

/// The written series of one rule. A rule is a storage group of its own, since rules of a group are evaluated
/// one after another and each must see what the one before wrote.
#[derive(Debug)]
pub(crate) struct RuleSeries {
    group: GroupId,
    slots: HashMap<Labels, Slot>,
    live: HashMap<Labels, Slot>,
}

impl RuleSeries {
    /// Opens the storage group.
    pub(crate) fn open(appender: &dyn Appender) -> Result<RuleSeries, AppendError> {
        let group = appender.open_group(&Labels::empty())?;
        Ok(RuleSeries { group, slots: HashMap::new(), live: HashMap::new() })
    }

    /// Writes what the rule gave at `at`, and staleness markers for series that it gave before and no more.
    pub(crate) fn write(
        &mut self,
        appender: &dyn Appender,
        at: Timestamp,
        samples: &[Sample],
    ) -> Result<Appended, AppendError> {
        let mut row = Vec::with_capacity(samples.len());
        let mut live = HashMap::with_capacity(samples.len());
        for (labels, value) in samples {
            let slot = self.slot(appender, labels)?;
            row.push((slot, *value));
            live.insert(labels.clone(), slot);
        }
        let gone = self.live.iter().filter(|(labels, _)| !live.contains_key(*labels));
        row.extend(gone.map(|(_, slot)| (*slot, STALE_NAN)));
        let appended = if row.is_empty() {
            Appended::default()
        } else {
            appender.append_row(self.group, &Row { timestamp: at, samples: &row, ..Row::default() })?
        };
        self.live = live;
        // Churning label sets must not make this map grow for ever: what is not live is asked for again.
        if self.slots.len() > 2 * self.live.len() + 1024 {
            self.slots = self.live.clone();
        }
        Ok(appended)
    }

    /// Marks all series as gone and gives the group back: the rule is no more.
    pub(crate) fn close(self, appender: &dyn Appender, at: Timestamp) {
        let row = Row { timestamp: at, all_stale: true, ..Row::default() };
        if let Err(error) = appender.append_row(self.group, &row) {
            tracing::warn!(%error, "Could not mark the series of a removed rule as stale");
        }
        appender.close_group(self.group);
    }

    fn slot(&mut self, appender: &dyn Appender, labels: &Labels) -> Result<Slot, AppendError> {
        if let Some(slot) = self.slots.get(labels) {
            return Ok(*slot);
        }
        let slot = appender.open_slot(self.group, labels)?;
        self.slots.insert(labels.clone(), slot);
        Ok(slot)
    }
}
