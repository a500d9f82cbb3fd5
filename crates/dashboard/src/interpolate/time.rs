//! `${__from:date}` and its patterns, in UTC.

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// A moment's parts.
struct Parts {
    year: i64,
    month: u32,
    day: u32,
    hour: i64,
    minute: i64,
    second: i64,
    milli: i64,
}

/// Writes a moment: "" and `iso` as ISO 8601, `seconds` as seconds since the epoch, else by a pattern of
/// moment.js (`YYYY YY MM M DD D HH H mm m ss s SSS`); all else of the pattern stays as it is.
pub(super) fn write(ms: i64, pattern: &str) -> String {
    match pattern {
        "" | "iso" => by_pattern(&parts(ms), "YYYY-MM-DDTHH:mm:ss.SSSZ"),
        "seconds" => ms.div_euclid(1000).to_string(),
        pattern => by_pattern(&parts(ms), pattern),
    }
}

fn by_pattern(parts: &Parts, pattern: &str) -> String {
    let tokens: [(&str, String); 13] = [
        ("YYYY", format!("{:04}", parts.year)),
        ("YY", format!("{:02}", parts.year.rem_euclid(100))),
        ("MM", format!("{:02}", parts.month)),
        ("M", parts.month.to_string()),
        ("DD", format!("{:02}", parts.day)),
        ("D", parts.day.to_string()),
        ("HH", format!("{:02}", parts.hour)),
        ("H", parts.hour.to_string()),
        ("mm", format!("{:02}", parts.minute)),
        ("m", parts.minute.to_string()),
        ("SSS", format!("{:03}", parts.milli)),
        ("ss", format!("{:02}", parts.second)),
        ("s", parts.second.to_string()),
    ];
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        match tokens.iter().find(|(token, _)| rest.starts_with(token)) {
            Some((token, text)) => {
                out.push_str(text);
                rest = &rest[token.len()..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

/// The civil date of a day count, by the usual reckoning with years that begin in March.
fn parts(ms: i64) -> Parts {
    let (days, rest) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month + 2) / 5 + 1) as u32;
    let month = if month < 10 { month + 3 } else { month - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Parts {
        year,
        month,
        day,
        hour: rest / 3_600_000,
        minute: rest / 60_000 % 60,
        second: rest / 1000 % 60,
        milli: rest % 1000,
    }
}
