//! What others may see: the targets, how they are, and what was dropped.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use model::{Duration, Labels, Timestamp};

use super::locked;
use crate::target::{Dropped, Target, TargetSet};

/// Whether the last scrape of a target succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// It was not scraped yet.
    #[default]
    Unknown,
    /// It did.
    Up,
    /// It did not.
    Down,
}

/// One target.
#[derive(Clone, Debug)]
pub struct TargetStatus {
    /// Labels before relabelling.
    pub discovered_labels: Labels,
    /// Labels of its series.
    pub labels: Labels,
    /// The job's name.
    pub pool: String,
    /// What is fetched.
    pub scrape_url: String,
    /// The same: we have no other name for this machine.
    pub global_url: String,
    /// Why the last scrape failed; "" if it did not.
    pub last_error: String,
    /// When the last scrape began; none if there was none.
    pub last_scrape: Option<Timestamp>,
    /// How long it took, in seconds.
    pub last_duration_seconds: f64,
    /// Whether it succeeded.
    pub health: Health,
    /// Of the families that [`super::Manager::ask`] named, those that it has declared.
    pub declared: Vec<String>,
    /// How often it is scraped.
    pub interval: Duration,
    /// How long a scrape may take.
    pub timeout: Duration,
}

/// Reads what the loops publish; clones see the same.
#[derive(Clone, Debug)]
pub struct Handle {
    board: Board,
}

/// The last scrape of a target.
#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    pub(super) error: String,
    pub(super) at: Option<Timestamp>,
    pub(super) duration_seconds: f64,
    pub(super) health: Health,
    pub(super) declared: Vec<String>,
}

/// A loop's place on the board.
pub(super) type LastScrape = Arc<Mutex<Last>>;

/// Where loops publish.
#[derive(Clone, Debug, Default)]
pub(super) struct Board(Arc<Mutex<BTreeMap<String, PoolView>>>);

#[derive(Clone, Debug, Default)]
pub(super) struct PoolView {
    pub(super) targets: Vec<(Arc<Target>, LastScrape)>,
    pub(super) dropped: Vec<Dropped>,
    pub(super) defaults: Labels,
    pub(super) dropped_count: usize,
    /// Another one whenever the targets were made anew.
    pub(super) version: u64,
}

/// The version of the next view.
static NEXT_VERSION: AtomicU64 = AtomicU64::new(1);

// === impl Health ===

impl Health {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Health::Unknown => "unknown",
            Health::Up => "up",
            Health::Down => "down",
        }
    }
}

// === impl Handle ===

impl Handle {
    pub(super) fn new(board: Board) -> Handle {
        Handle { board }
    }

    /// All targets, by job, in the order in which they were found.
    pub fn targets(&self) -> Vec<TargetStatus> {
        let pools = locked(&self.board.0);
        let all = pools.iter().flat_map(|(name, pool)| pool.targets.iter().map(move |entry| (name, entry)));
        all.map(|(name, (target, last))| status(name, target, &locked(last))).collect()
    }

    /// Job and labels before relabelling of the targets that relabelling dropped, as many as are kept, and at most so
    /// many; of one job, or of all if none is named.
    pub fn dropped(&self, job: Option<&str>, most: usize) -> Vec<(String, Labels)> {
        let mut found = Vec::new();
        for (name, pool) in
            locked(&self.board.0).iter().filter(|(name, _)| job.is_none_or(|job| job == *name))
        {
            let room = most.saturating_sub(found.len());
            let some: Vec<Dropped> = pool.dropped.iter().take(room).cloned().collect();
            found.push((name.clone(), some, pool.defaults.clone()));
        }
        // Labels are put together when nobody else waits for the board.
        let of = |(name, some, defaults): (String, Vec<Dropped>, Labels)| {
            some.into_iter().map(move |dropped| (name.clone(), dropped.discovered(&defaults)))
        };
        found.into_iter().flat_map(of).take(most).collect()
    }

    /// Says whether the targets of a job were made anew: another number whenever they were.
    pub fn version(&self, job: &str) -> u64 {
        locked(&self.board.0).get(job).map_or(0, |pool| pool.version)
    }

    /// The same of one job.
    pub fn dropped_of(&self, job: &str) -> Vec<Labels> {
        // Many are put together when nobody else waits for the board.
        let pool = locked(&self.board.0).get(job).map(|pool| (pool.dropped.clone(), pool.defaults.clone()));
        let Some((dropped, defaults)) = pool else { return Vec::new() };
        dropped.iter().map(|dropped| dropped.discovered(&defaults)).collect()
    }

    /// How many targets relabelling dropped, by job.
    pub fn dropped_counts(&self) -> BTreeMap<String, usize> {
        locked(&self.board.0).iter().map(|(name, pool)| (name.clone(), pool.dropped_count)).collect()
    }

    /// The jobs' names, sorted.
    pub fn pools(&self) -> Vec<String> {
        locked(&self.board.0).keys().cloned().collect()
    }
}

// === impl Board ===

impl Board {
    pub(super) fn publish(&self, name: &str, set: &TargetSet, targets: Vec<(Arc<Target>, LastScrape)>) {
        let (dropped, dropped_count) = (set.dropped.clone(), set.dropped_count);
        let version = NEXT_VERSION.fetch_add(1, Ordering::Relaxed);
        let view = PoolView { targets, dropped, defaults: set.defaults.clone(), dropped_count, version };
        locked(&self.0).insert(name.to_owned(), view);
    }

    pub(super) fn remove(&self, name: &str) {
        locked(&self.0).remove(name);
    }
}

fn status(pool: &str, target: &Target, last: &Last) -> TargetStatus {
    TargetStatus {
        discovered_labels: target.discovered.clone(),
        labels: target.labels.clone(),
        pool: pool.to_owned(),
        scrape_url: target.url.to_string(),
        global_url: target.url.to_string(),
        last_error: last.error.clone(),
        last_scrape: last.at,
        last_duration_seconds: last.duration_seconds,
        health: last.health,
        declared: last.declared.clone(),
        interval: target.interval,
        timeout: target.timeout,
    }
}
