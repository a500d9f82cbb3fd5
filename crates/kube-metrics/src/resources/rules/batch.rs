//! Jobs and CronJobs.

use std::borrow::Cow;

use serde_json::Value;

use crate::cron::{Schedule, ScheduleError};
use crate::family::Rows;
use crate::object::{self, ZERO_TIME};
use crate::rule::one_if;

/// Why a job fails, as far as it is told apart.
const FAILURES: [&str; 3] = ["BackoffLimitExceeded", "DeadlineExceeded", "Evicted"];

/// Schedule, policy and zone.
pub(crate) fn cronjob_info<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let zone = object::at(value, "spec.timeZone").and_then(Value::as_str).unwrap_or("local");
    let labels = [
        ("schedule", object::label(value, "spec.schedule")),
        ("concurrency_policy", object::label(value, "spec.concurrencyPolicy")),
        ("timezone", Cow::Borrowed(zone)),
    ];
    rows.push(labels, 1.0);
}

fn schedule(value: &Value) -> Result<Schedule, ScheduleError> {
    let zone = object::at(value, "spec.timeZone").and_then(Value::as_str);
    Schedule::parse(object::text(value, "spec.schedule"), zone)
}

/// The time after the last run, or after the creation. None while the job is suspended.
pub(crate) fn next_schedule<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let last = object::time(value, "status.lastScheduleTime");
    let after = last.or_else(|| object::time(value, "metadata.creationTimestamp"));
    let suspended = object::flag(value, "spec.suspend") == Some(true);
    if let (Ok(schedule), Some(after), false) = (schedule(value), after, suspended) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "seconds of a date"
        )]
        rows.value(schedule.next(after as i64).map_or(ZERO_TIME, |time| time as f64));
    }
}

/// 1 where the schedule cannot be read, else nothing.
pub(crate) fn schedule_invalid<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    if schedule(value).is_err() {
        rows.value(1.0);
    }
}

/// Without failed pods a 0; else a sample for each known reason, or the number of pods with an empty reason.
pub(crate) fn job_failures<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let failed = object::number(value, "status.failed").unwrap_or(0.0);
    if failed == 0.0 {
        rows.value(0.0);
        return;
    }
    let mut known = false;
    for condition in object::list(value, "status.conditions") {
        if object::text(condition, "type") != "Failed" {
            continue;
        }
        for reason in FAILURES {
            let matches = object::text(condition, "reason") == reason;
            known |= matches;
            rows.push([("reason", reason.into())], one_if(matches));
        }
    }
    if !known {
        rows.push([("reason", "".into())], failed);
    }
}

/// 1 or 0 for each condition of the type.
pub(crate) fn job_suspended<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for condition in object::list(value, "status.conditions") {
        if object::text(condition, "type") == "Suspended" {
            rows.value(one_if(object::text(condition, "status") == "True"));
        }
    }
}
