//! When a target is due: at the same phase of its interval always. Pure.

use model::{Duration, Timestamp};

/// Timers are late by about a millisecond; what is later than this is not on time.
const MAX_TOLERANCE_MS: i64 = 2;

/// The first time at or after `from` at which a target with that hash is due. The hash spreads targets over
/// the interval.
pub(super) fn next(from: Timestamp, interval: Duration, hash: u64) -> Timestamp {
    let interval = interval.0.max(1);
    let phase = i64::try_from(hash % interval.unsigned_abs()).unwrap_or(0);
    let since = (from.0 - phase).rem_euclid(interval);
    if since == 0 { from } else { Timestamp(from.0 + interval - since) }
}

/// The time that samples bear: that at which they were due, if it is close.
pub(super) fn aligned(slot: Timestamp, now: Timestamp, interval: Duration) -> Timestamp {
    let tolerance = MAX_TOLERANCE_MS.min(interval.0 / 100);
    if (now.0 - slot.0).abs() <= tolerance { slot } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_have_the_phase_of_the_hash() {
        let interval = Duration(1000);
        for (from, hash, expected) in
            [(0, 0, 0), (1, 0, 1000), (0, 5300, 300), (300, 300, 300), (301, 300, 1300), (-1, 0, 0)]
        {
            assert_eq!(next(Timestamp(from), interval, hash), Timestamp(expected), "{from} {hash}");
        }
    }

    #[test]
    fn times_are_aligned_where_they_are_close() {
        for (interval, slot, now, expected) in [
            (15_000, 1000, 1002, 1000),
            (15_000, 1000, 1003, 1003),
            (100, 1000, 1001, 1000),
            (100, 1000, 1002, 1002),
            (50, 1000, 1001, 1001),
        ] {
            let at = aligned(Timestamp(slot), Timestamp(now), Duration(interval));
            assert_eq!(at, Timestamp(expected), "{interval} {now}");
        }
    }
}
