use super::Schedule;

fn seconds(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("a time").as_second()
}

#[test]
fn next_times() {
    let rows = [
        ("0 3 1 6 *", None, "2026-05-01T10:30:00Z", "2026-06-01T03:00:00Z"),
        ("0 9 * * *", Some("Asia/Kathmandu"), "2026-06-01T03:15:00Z", "2026-06-02T03:15:00Z"),
        ("0 12 29 2 *", Some("UTC"), "2026-02-27T12:00:00Z", "2028-02-29T12:00:00Z"),
        ("@midnight", Some("Pacific/Auckland"), "2026-06-03T18:50:00Z", "2026-06-04T12:00:00Z"),
        ("30 22 1,15 JAN,jul SUN", None, "2026-01-15T22:30:00Z", "2029-07-01T22:30:00Z"),
        ("10-50/20 8-18/5 */10 * *", None, "2026-06-03T18:50:00Z", "2026-06-11T08:10:00Z"),
        ("30 2 * * *", Some("America/New_York"), "2026-03-07T07:30:00Z", "2026-03-08T07:30:00Z"),
        ("30 1 * * *", Some("America/New_York"), "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"),
        ("15 2 * * *", Some("Europe/Athens"), "2026-03-28T00:15:00Z", "2026-03-29T00:15:00Z"),
        ("* * * * *", None, "2026-03-28T00:15:30Z", "2026-03-28T00:16:00Z"),
        ("59 23 31 12 *", None, "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z"),
        ("0 0 13 * 5", None, "2026-01-01T00:00:00Z", "2026-02-13T00:00:00Z"),
        ("0 0 * * THU", None, "2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z"),
        ("0 0 * * 7", None, "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("0 22-2/2 * * *", None, "2026-01-01T00:30:00Z", "2026-01-01T02:00:00Z"),
        ("0 0 */2 * 1", None, "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("@every 90m", None, "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z"),
        ("TZ=Asia/Tokyo 0 9 * * *", None, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    ];
    for (text, zone, after, next) in rows {
        let schedule = Schedule::parse(text, zone).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(schedule.next(seconds(after)), Some(seconds(next)), "{text} after {after}");
    }
}

#[test]
fn dates_that_never_come_end_the_search() {
    for text in ["0 0 31 2 *", "0 0 30 2 *"] {
        assert_eq!(Schedule::parse(text, None).expect("valid").next(0), None);
    }
}

#[test]
fn invalid_schedules_say_why() {
    let rows = [
        ("* * * *", "expected 5 fields, found 4"),
        ("60 * * * *", "outside 0 to 59 of minute"),
        ("* * 0 * *", "outside 1 to 31 of day of month"),
        ("* * * * 8", "outside 0 to 7 of day of week"),
        ("*/60 * * * *", "step 60 of \"*/60\" is outside 1 to 59 of minute"),
        ("H * * * *", "\"H\" is no minute"),
        ("* * * foo *", "\"foo\" is no month"),
        ("*/0 * * * *", "outside"),
        ("@every 500ms", "less than one second"),
        ("@often", "unknown descriptor"),
        ("CRON_TZ=Mars/Base * * * * *", "unknown time zone \"Mars/Base\""),
        ("", "expected 5 fields, found 0"),
        (&format!("{}1 0 * * *", "1,".repeat(600)), "longer than 1024 bytes"),
    ];
    for (text, reason) in rows {
        let error = Schedule::parse(text, None).expect_err(text).to_string();
        assert!(error.contains(reason), "{error}");
    }
}
