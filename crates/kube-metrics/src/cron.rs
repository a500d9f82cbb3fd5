//! Schedules of CronJobs: five fields or a descriptor, in a time zone, and the next time after a given one.
//!
//! Rules of the library that kube-state-metrics reads them with, netresearch/go-cron, not of the one that Kubernetes
//! runs them with: both day fields must match, what falls into an hour that summer time skips is due at its end,
//! a range may run over the end of its field, and a search ends after five years.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

const DAY_S: i64 = 86_400;
const HOUR_S: i64 = 3_600;
const MINUTE_S: i64 = 60;
/// A search for the next time gives up after as many years.
const YEARS: i16 = 5;
/// No longer text is read, a zone from elsewhere counted in.
const LONGEST: usize = 1024;
/// No search takes more steps: five years of days, months, hours and minutes.
const STEPS: usize = 10_000;

/// Why a schedule was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid schedule {schedule:?}: {reason}")]
pub struct ScheduleError {
    /// The schedule as it was written.
    pub schedule: String,
    /// What is wrong with it.
    pub reason: String,
}

/// When a CronJob is due.
#[derive(Clone, Debug)]
pub struct Schedule {
    kind: Kind,
    zone: TimeZone,
}

#[derive(Clone, Debug)]
enum Kind {
    Every(i64),
    Fields(Fields),
}

/// Bit n of a field is set where n matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fields {
    minute: u64,
    hour: u64,
    day: u64,
    month: u64,
    weekday: u64,
}

/// Name, least, most and the names of a field's values.
struct Bounds(&'static str, u32, u32, &'static [&'static str]);

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const BOUNDS: [Bounds; 5] = [
    Bounds("minute", 0, 59, &[]),
    Bounds("hour", 0, 23, &[]),
    Bounds("day of month", 1, 31, &[]),
    Bounds("month", 1, 12, MONTHS),
    Bounds("day of week", 0, 7, WEEKDAYS),
];
const DESCRIPTORS: &[(&str, &str)] = &[
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Schedule {
    /// Reads a schedule. `zone` is `spec.timeZone`; without one, and without a `TZ=` in the text, it is UTC.
    pub fn parse(text: &str, zone: Option<&str>) -> Result<Schedule, ScheduleError> {
        let fail = |reason: String| ScheduleError { schedule: text.to_owned(), reason };
        if text.len() + zone.map_or(0, |zone| "CRON_TZ= ".len() + zone.len()) > LONGEST {
            return Err(fail(format!("longer than {LONGEST} bytes")));
        }
        let (zone, rest) = split_zone(text, zone).map_err(fail)?;
        if let Some(delay) = rest.strip_prefix("@every ") {
            let delay = every(delay).map_err(fail)?;
            return Ok(Schedule { kind: Kind::Every(delay), zone });
        }
        let expanded = match DESCRIPTORS.iter().find(|(name, _)| *name == rest) {
            Some((_, fields)) => fields,
            None if rest.starts_with('@') => return Err(fail(format!("unknown descriptor {rest:?}"))),
            None => rest,
        };
        let fields = Fields::parse(expanded).map_err(fail)?;
        Ok(Schedule { kind: Kind::Fields(fields), zone })
    }

    /// The first time after `after`, both in seconds since 1970. `None` where there is none within five years.
    pub fn next(&self, after: i64) -> Option<i64> {
        match &self.kind {
            Kind::Every(delay) => after.checked_add(*delay),
            Kind::Fields(fields) => fields.next(after, &self.zone),
        }
    }
}

// === impl Fields ===

impl Fields {
    fn parse(text: &str) -> Result<Fields, String> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts.as_slice() else {
            return Err(format!("expected 5 fields, found {}", parts.len()));
        };
        let [in_minute, in_hour, in_day, in_month, in_weekday] = &BOUNDS;
        let weekday = field(weekday, in_weekday)?;
        Ok(Fields {
            minute: field(minute, in_minute)?,
            hour: field(hour, in_hour)?,
            day: field(day, in_day)?,
            month: field(month, in_month)?,
            // Sunday is 0 and 7.
            weekday: weekday | weekday >> 7 & 1,
        })
    }

    fn day_matches(&self, at: DateTime) -> bool {
        has(self.day, at.day()) && has(self.weekday, at.weekday().to_sunday_zero_offset())
    }

    /// The search goes from months down to minutes and starts over whenever a larger unit wraps. Below the unit
    /// that was first stepped everything is at its least.
    fn next(&self, after: i64, zone: &TimeZone) -> Option<i64> {
        let mut now = after.checked_add(1)?;
        let limit = civil(now, zone)?.year().checked_add(YEARS)?;
        let mut floored = false;
        let mut steps = 0;
        'wrap: while steps < STEPS && civil(now, zone)?.year() <= limit {
            steps += 1;
            while !has(self.month, civil(now, zone)?.month()) {
                let at = civil(now, zone)?;
                let date = if floored { at.date() } else { at.date().first_of_month() };
                let time = if floored { at.time() } else { jiff::civil::Time::midnight() };
                floored = true;
                let next = date.checked_add(jiff::Span::new().months(1)).ok()?;
                now = instant(next.to_datetime(time), zone)?;
                if civil(now, zone)?.month() == 1 {
                    continue 'wrap;
                }
            }
            while !self.day_matches(civil(now, zone)?) {
                let at = civil(now, zone)?;
                let time = if floored { at.time() } else { jiff::civil::Time::midnight() };
                floored = true;
                now = midnight(instant(at.date().tomorrow().ok()?.to_datetime(time), zone)?, zone)?;
                if civil(now, zone)?.day() == 1 {
                    continue 'wrap;
                }
            }
            match self.in_day(&mut now, &mut floored, zone)? {
                Found::Yes => return Some(now),
                Found::Wrapped => {}
            }
        }
        None
    }

    fn in_day(&self, now: &mut i64, floored: &mut bool, zone: &TimeZone) -> Option<Found> {
        while !has(self.hour, civil(*now, zone)?.hour()) {
            if !*floored {
                *floored = true;
                let at = civil(*now, zone)?;
                *now = instant(at.date().at(at.hour(), 0, 0, 0), zone)?;
            }
            let before = civil(*now, zone)?.hour();
            *now += HOUR_S;
            let hour = civil(*now, zone)?.hour();
            if hour - before == 2 && has(self.hour, hour - 1) {
                break;
            }
            if hour == 0 {
                return Some(Found::Wrapped);
            }
        }
        while !has(self.minute, civil(*now, zone)?.minute()) {
            if !*floored {
                *floored = true;
                *now -= now.rem_euclid(MINUTE_S);
            }
            *now += MINUTE_S;
            if civil(*now, zone)?.minute() == 0 {
                return Some(Found::Wrapped);
            }
        }
        // Only the full minute is due: from within one the search goes on at the next.
        if now.rem_euclid(MINUTE_S) != 0 {
            *floored = true;
            *now += MINUTE_S - now.rem_euclid(MINUTE_S);
            return Some(Found::Wrapped);
        }
        Some(Found::Yes)
    }
}

enum Found {
    Yes,
    Wrapped,
}

// === helpers of the text ===

fn split_zone<'a>(text: &'a str, zone: Option<&str>) -> Result<(TimeZone, &'a str), String> {
    let inline = text.strip_prefix("CRON_TZ=").or_else(|| text.strip_prefix("TZ="));
    let (name, rest) = match (zone, inline) {
        (Some(name), None) => (name, text.trim()),
        (Some(_), Some(_)) => return Err("a zone in the schedule besides spec.timeZone".to_owned()),
        (None, Some(inline)) => {
            let (name, rest) = inline.split_once(' ').ok_or_else(|| "no fields after the zone".to_owned())?;
            (name, rest.trim())
        }
        (None, None) => ("UTC", text),
    };
    if name == "UTC" {
        return Ok((TimeZone::UTC, rest));
    }
    let zone = TimeZone::get(name).map_err(|_| format!("unknown time zone {name:?}"))?;
    Ok((zone, rest))
}

/// Seconds of a Go duration; less than one second is refused.
fn every(text: &str) -> Result<i64, String> {
    let nanoseconds = crate::duration::nanoseconds(text).ok_or_else(|| format!("{text:?} is no duration"))?;
    let seconds = nanoseconds.div_euclid(1_000_000_000);
    if seconds < 1 { Err(format!("{text:?} is less than one second")) } else { Ok(seconds) }
}

/// The bits of a field.
fn field(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts.map(|part| range(part, bounds)).try_fold(0, |bits, part| part.map(|part| bits | part))
}

fn range(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let Bounds(name, least, most, _) = bounds;
    let (span, step) = match text.split_once('/') {
        Some((span, step)) => (span, Some(step)),
        None => (text, None),
    };
    let star = matches!(span.split('-').next(), Some("*" | "?"));
    let (start, mut end) = match span.split_once('-') {
        _ if star => (*least, *most),
        Some((start, end)) => (value(start, bounds)?, value(end, bounds)?),
        None => (value(span, bounds)?, value(span, bounds)?),
    };
    let step = match step {
        None => 1,
        Some(step) => {
            if !span.contains('-') {
                end = *most;
            }
            step.parse::<u32>().map_err(|_| format!("step {step:?} of {name} is no number"))?
        }
    };
    if start < *least || end > *most {
        return Err(format!("{text:?} is outside {least} to {most} of {name}"));
    }
    let size = most - least + 1;
    let last = if start > end { end + size } else { end };
    if step == 0 || (step > 1 && step > last - start) {
        return Err(format!("step {step} of {text:?} is outside 1 to {} of {name}", last - start));
    }
    let bit = |value: u32| 1u64 << if value > *most { value - size } else { value };
    Ok((start..=last).step_by(step as usize).fold(0, |bits, value| bits | bit(value)))
}

fn value(text: &str, bounds: &Bounds) -> Result<u32, String> {
    let Bounds(name, least, _, names) = bounds;
    let lower = text.to_ascii_lowercase();
    if let Some(index) = names.iter().position(|known| *known == lower) {
        return u32::try_from(index).map(|index| index + least).map_err(|error| error.to_string());
    }
    text.parse().map_err(|_| format!("{text:?} is no {name}"))
}

fn has(bits: u64, value: i8) -> bool {
    u32::try_from(value).is_ok_and(|value| bits & 1 << value != 0)
}

// === times as Go counts them ===

fn offset(at: i64, zone: &TimeZone) -> Option<i64> {
    let at = Timestamp::from_second(at).ok()?;
    Some(i64::from(zone.to_offset(at).seconds()))
}

/// The wall clock at an instant.
fn civil(at: i64, zone: &TimeZone) -> Option<DateTime> {
    let local = at.checked_add(offset(at, zone)?)?;
    let days = local.div_euclid(DAY_S);
    let second = local.rem_euclid(DAY_S);
    let date = Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    let hour = i8::try_from(second / HOUR_S).ok()?;
    let minute = i8::try_from(second % HOUR_S / MINUTE_S).ok()?;
    Some(date.at(hour, minute, i8::try_from(second % MINUTE_S).ok()?, 0))
}

/// The instant of a wall clock: with the offset that holds around it, looked up once more where that is wrong.
fn instant(at: DateTime, zone: &TimeZone) -> Option<i64> {
    let local = TimeZone::UTC.to_timestamp(at).ok()?.as_second();
    let first = offset(local, zone)?;
    let second = offset(local - first, zone)?;
    Some(local - second)
}

/// Where summer time moved a day's start, the nearest midnight.
fn midnight(at: i64, zone: &TimeZone) -> Option<i64> {
    let hour = i64::from(civil(at, zone)?.hour());
    Some(match hour {
        0 => at,
        13.. => at + (24 - hour) * HOUR_S,
        _ => at - hour * HOUR_S,
    })
}
