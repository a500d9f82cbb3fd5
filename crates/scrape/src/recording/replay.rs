//! Which body a target of a recording serves at what time.

use model::Timestamp;

use super::{RecordedScrape, RecordedTarget, Recording};

/// Runs a recording again from a start time on.
#[derive(Clone, Copy, Debug)]
pub struct Replay {
    started: Timestamp,
    speed: f64,
    looped: bool,
    first: Timestamp,
    /// From the first scrape to one interval after the last; milliseconds, at least 1.
    length: i64,
}

/// What a target answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Served<'a> {
    /// This scrape, whether it failed or not.
    Scrape(&'a RecordedScrape),
    /// Nothing: the recording is over and does not loop, or the target was never scraped.
    Over,
}

/// Assumed where a recording has too few scrapes to tell; milliseconds.
const DEFAULT_INTERVAL: i64 = 15_000;

impl Replay {
    /// Begins at `started`. `speed` 2 is twice as fast; what is not a positive number counts as 1. With
    /// `looped`, the first scrape follows the last: counters then fall as after a restart.
    pub fn new(recording: &Recording, started: Timestamp, speed: f64, looped: bool) -> Replay {
        let (first, last) = recording.span().unwrap_or_default();
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        let interval = recording.targets().iter().map(interval).max().unwrap_or(DEFAULT_INTERVAL);
        Replay { started, speed, looped, first, length: ((last - first).0 + interval).max(1) }
    }

    /// How long one round takes, in milliseconds of the wall clock.
    pub fn round_ms(&self) -> i64 {
        (self.length as f64 / self.speed) as i64
    }

    /// What a target of the recording serves at `now`: its last scrape up to that point of the recording, or
    /// its first one before that.
    pub fn served<'a>(&self, target: &'a RecordedTarget, now: Timestamp) -> Served<'a> {
        let elapsed = ((now - self.started).0.max(0) as f64 * self.speed) as i64;
        if !self.looped && elapsed >= self.length {
            return Served::Over;
        }
        let position = self.first.0 + elapsed % self.length;
        let passed = target.scrapes.partition_point(|scrape| scrape.time_ms <= position);
        target.scrapes.get(passed.saturating_sub(1)).map_or(Served::Over, Served::Scrape)
    }
}

/// The median distance of a target's scrapes.
fn interval(target: &RecordedTarget) -> i64 {
    let mut gaps: Vec<i64> =
        target.scrapes.windows(2).map(|two| two[1].time_ms.saturating_sub(two[0].time_ms)).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(DEFAULT_INTERVAL)
}
