//! Times as Go programs write them in JSON.

use model::Timestamp;

/// What Go writes for no time at all.
pub(crate) const ZERO: &str = "0001-01-01T00:00:00Z";

/// RFC 3339 in UTC with three decimals always: what Prometheus sends to Alertmanager.
pub(crate) fn with_millis(time: Timestamp) -> String {
    let (seconds, millis) = split(time);
    format!("{}.{millis:03}Z", date_time(seconds))
}

/// RFC 3339 in UTC with as many decimals as needed: what Alertmanager sends to webhooks.
pub(crate) fn trimmed(time: Timestamp) -> String {
    let (seconds, millis) = split(time);
    if millis == 0 {
        return format!("{}Z", date_time(seconds));
    }
    let decimals = format!("{millis:03}");
    format!("{}.{}Z", date_time(seconds), decimals.trim_end_matches('0'))
}

fn split(time: Timestamp) -> (i64, i64) {
    (time.0.div_euclid(1000), time.0.rem_euclid(1000))
}

fn date_time(seconds: i64) -> String {
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar. Years are counted
/// from March, so that the leap day is the last of a year, in eras of 400 years, which all have as many days.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_go_writes_them() {
        for (ms, fixed, short) in [
            (0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z"),
            (1_700_000_000_120, "2023-11-14T22:13:20.120Z", "2023-11-14T22:13:20.12Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z", "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z", "2000-02-29T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z", "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(with_millis(Timestamp(ms)), fixed);
            assert_eq!(trimmed(Timestamp(ms)), short);
        }
    }
}
