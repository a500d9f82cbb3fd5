//! A store that remembers everything.

use std::collections::HashMap;
use std::sync::Mutex;

use model::storage::{AppendError, Appended, Appender, GroupId, Row, Slot};
use model::{Labels, Metadata, STALE_NAN, is_stale};

/// Groups, slots and samples as they came.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    groups: Vec<Group>,
    samples: Vec<(Labels, i64, f64)>,
}

#[derive(Debug, Default)]
struct Group {
    slots: Vec<Labels>,
    live: HashMap<u32, bool>,
}

impl Memory {
    /// Times and values of a series of a job, in the order in which they came.
    pub(crate) fn samples(&self, job: &str, metric: &str) -> Vec<(i64, f64)> {
        let inner = self.0.lock().unwrap();
        let is = |labels: &Labels| labels.get("job") == job && labels.metric_name() == metric;
        inner.samples.iter().filter(|(labels, ..)| is(labels)).map(|(_, at, value)| (*at, *value)).collect()
    }

    /// The last value of a series of a job.
    pub(crate) fn last(&self, job: &str, metric: &str) -> Option<f64> {
        self.samples(job, metric).last().map(|(_, value)| *value)
    }

    /// How many groups were opened.
    pub(crate) fn groups(&self) -> usize {
        self.0.lock().unwrap().groups.len()
    }

    /// How many samples are staleness markers.
    pub(crate) fn stale(&self) -> usize {
        self.0.lock().unwrap().samples.iter().filter(|(_, _, value)| is_stale(*value)).count()
    }
}

impl Appender for Memory {
    fn open_group(&self, _target: &Labels) -> Result<GroupId, AppendError> {
        let mut inner = self.0.lock().unwrap();
        inner.groups.push(Group::default());
        Ok(GroupId(u32::try_from(inner.groups.len() - 1).unwrap()))
    }

    fn open_slot(&self, group: GroupId, labels: &Labels) -> Result<Slot, AppendError> {
        let mut inner = self.0.lock().unwrap();
        let slots = &mut inner.groups[group.0 as usize].slots;
        let at = slots.iter().position(|known| known == labels).unwrap_or_else(|| {
            slots.push(labels.clone());
            slots.len() - 1
        });
        Ok(Slot(u32::try_from(at).unwrap()))
    }

    fn append_row(&self, group: GroupId, row: &Row<'_>) -> Result<Appended, AppendError> {
        let mut inner = self.0.lock().unwrap();
        let group = &mut inner.groups[group.0 as usize];
        let at = row.timestamp.0;
        let mut samples = Vec::new();
        let written: Vec<u32> = row.samples.iter().map(|(slot, _)| slot.0).collect();
        if row.all_stale {
            for (slot, live) in &mut group.live {
                if std::mem::take(live) && !written.contains(slot) {
                    samples.push((group.slots[*slot as usize].clone(), at, STALE_NAN));
                }
            }
        }
        for (slot, value) in row.samples {
            group.live.insert(slot.0, !is_stale(*value));
            samples.push((group.slots[slot.0 as usize].clone(), at, *value));
        }
        inner.samples.extend(samples);
        Ok(Appended { samples: row.samples.len(), ..Appended::default() })
    }

    fn set_metadata(&self, _: GroupId, _: &str, _: &Metadata) -> Result<(), AppendError> {
        Ok(())
    }

    fn close_group(&self, _: GroupId) {}
}
