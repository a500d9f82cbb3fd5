//! Since when alerts were active before a restart, read back from `ALERTS_FOR_STATE`.
//!
//! Prometheus waits two evaluations, then moves every restored alert so that it cannot fire within ten
//! minutes (`--rules.alert.for-grace-period`), even after a restart of seconds. Weir differs: an outage
//! shorter than the lookback (no query would have seen it) moves nothing, so that a restart makes no gap in
//! `for`. Longer ones are treated as Prometheus does.

use model::labels::METRIC_NAME;
use model::storage::{Samples, Storage};
use model::{Duration, Labels, Matcher, TimeRange, Timestamp, is_stale};

use crate::alerting::ALERTS_FOR_STATE;

/// How restoring is bounded; the first two are flags of Prometheus.
#[derive(Clone, Copy, Debug)]
pub struct RestoreSettings {
    /// Outages longer than this restore nothing: `--rules.alert.for-outage-tolerance`.
    pub outage_tolerance: Duration,
    /// After a long outage an alert needs at least so long to fire: `--rules.alert.for-grace-period`.
    pub grace_period: Duration,
    /// Outages up to this one are no gap.
    pub lookback: Duration,
}

/// Since when an alert with these labels is active, if it was before the outage.
pub(crate) fn active_since(
    storage: &dyn Storage,
    labels: &Labels,
    hold: Duration,
    now: Timestamp,
    settings: &RestoreSettings,
) -> Option<Timestamp> {
    let (down_at, since) = last_state(storage, labels, now, settings)?;
    Some(resume(since, down_at, hold, now, settings))
}

/// The decision alone: since when the alert counts as active.
fn resume(
    since: Timestamp,
    down_at: Timestamp,
    hold: Duration,
    now: Timestamp,
    settings: &RestoreSettings,
) -> Timestamp {
    let outage = now - down_at;
    let remaining = Duration(hold.0 - (down_at - since).0);
    if outage <= settings.lookback || remaining.0 <= 0 {
        return since;
    }
    if remaining < settings.grace_period {
        return Timestamp(now.0.saturating_add(settings.grace_period.0).saturating_sub(hold.0)).min(now);
    }
    since + outage
}

/// Time and value of the alert's last `ALERTS_FOR_STATE` sample.
fn last_state(
    storage: &dyn Storage,
    labels: &Labels,
    now: Timestamp,
    settings: &RestoreSettings,
) -> Option<(Timestamp, Timestamp)> {
    let range = TimeRange { start: now - settings.outage_tolerance, end: now };
    let querier = storage.querier(range).ok()?;
    let wanted = labels.with(METRIC_NAME, ALERTS_FOR_STATE);
    let matchers: Vec<Matcher> = wanted.iter().map(|(name, value)| Matcher::equal(name, value)).collect();
    let found = querier.select(&matchers, range).ok()?;
    let series = found.into_iter().find(|series| series.labels == wanted)?;
    let mut samples = Samples::default();
    querier.read(series.series, range, &mut samples).ok()?;
    let (at, value) = (*samples.timestamps.last()?, *samples.values.last()?);
    // A marker means that the alert was resolved before the outage.
    (!is_stale(value)).then(|| (Timestamp(at), Timestamp::from_seconds(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_outages_leave_no_gap_and_long_ones_are_treated_as_prometheus_does() {
        let minutes = |m: i64| Duration::from_secs(60 * m);
        let settings = RestoreSettings {
            outage_tolerance: minutes(60),
            grace_period: minutes(10),
            lookback: minutes(5),
        };
        let at = |m: i64| Timestamp(m * 60_000);
        // (active since, last seen, for, now) -> active since
        for (since, down, hold, now, expected) in
            [(0, 5, 10, 6, 0), (0, 5, 10, 10, 0), (0, 20, 10, 50, 0), (0, 5, 30, 25, 20), (0, 25, 30, 45, 25)]
        {
            let resumed = resume(at(since), at(down), minutes(hold), at(now), &settings);
            assert_eq!(resumed, at(expected), "since {since}, down at {down}, for {hold}, now {now}");
        }
    }
}
