//! What one scrape collects for its row.

use std::collections::HashMap;

use model::Timestamp;
use model::storage::{Exemplar, Slot};

use super::ScrapeStats;

/// Stands for the slot of a series that has none yet.
pub(super) const UNOPENED: Slot = Slot(u32::MAX);

/// The parts of a row, and counts.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) samples: Vec<(Slot, f64)>,
    pub(super) own_time: Vec<(Slot, Timestamp, f64)>,
    pub(super) exemplars: Vec<(Slot, Exemplar)>,
    /// Items that wait for the slot of an entry of the layout.
    pub(super) unopened: Vec<(Place, u32)>,
    /// Slots that are stale though their line is there: they got timestamps of their own.
    pub(super) switched: Vec<Slot>,
    pub(super) stats: ScrapeStats,
}

/// Where an item stands in a [`Batch`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Sample(usize),
    OwnTime(usize),
    Exemplar(usize),
}

impl Batch {
    pub(super) fn with_capacity(samples: usize) -> Batch {
        Batch { samples: Vec::with_capacity(samples + 16), ..Batch::default() }
    }

    /// Gives an item its slot.
    pub(super) fn fill(&mut self, place: Place, slot: Slot) {
        let item = match place {
            Place::Sample(index) => self.samples.get_mut(index).map(|item| &mut item.0),
            Place::OwnTime(index) => self.own_time.get_mut(index).map(|item| &mut item.0),
            Place::Exemplar(index) => self.exemplars.get_mut(index).map(|item| &mut item.0),
        };
        if let Some(item) = item {
            *item = slot;
        }
    }

    /// Forgets items whose series was refused.
    pub(super) fn drop_unopened(&mut self) {
        self.samples.retain(|item| item.0 != UNOPENED);
        self.own_time.retain(|item| item.0 != UNOPENED);
        self.exemplars.retain(|item| item.0 != UNOPENED);
    }

    /// A row has a slot once. Where different texts give the same series, the first one counts; staleness
    /// markers stand behind the first `live` samples and are no other value.
    pub(super) fn keep_first_of_each_slot(&mut self, live: usize) {
        let mut first: HashMap<Slot, u64> = HashMap::with_capacity(self.samples.len());
        let (mut differing, mut index) = (0, 0);
        self.samples.retain(|(slot, value)| {
            index += 1;
            let bits = value.to_bits();
            let known = first.len();
            let kept = *first.entry(*slot).or_insert(bits);
            differing += usize::from(kept != bits && index <= live);
            first.len() > known
        });
        self.stats.duplicates += differing;
    }
}
