use super::*;

fn window(seconds: i64) -> Window {
    Window::new(1_600_000_000_000, 1_600_000_000_000 + seconds * 1000)
}

#[test]
fn steps() {
    // range, points, query's min step, panel's min interval, factor; step and rate interval in seconds
    for (range, points, min_step, min_interval, factor, step_s, rate_s) in [
        (900, 800, "", "", 1, 15, 60),
        (900, 800, "5s", "", 1, 5, 20),
        (900, 800, "", "1m", 1, 60, 75),
        (900, 800, "", ">30s", 2, 60, 60),
        (900, 800, "$__rate_interval", "", 1, 60, 60),
        (86_400, 800, "", "", 1, 120, 135),
        (86_400, 100, "", "", 1, 900, 915),
        (7 * 86_400, 800, "", "", 1, 900, 915),
        (30 * 86_400, 100_000, "1s", "", 1, 300, 301),
    ] {
        let got = step(&StepRequest {
            window: window(range),
            max_data_points: points,
            min_step,
            min_interval,
            factor,
            scrape_interval: Duration::from_secs(15),
        });
        let want = Step { step_ms: step_s * 1000, rate_ms: rate_s * 1000 };
        assert_eq!(got, want, "range {range}s, {points} points, {min_step:?}, {min_interval:?}, {factor}");
    }
}

#[test]
fn rounding_never_leaves_the_table() {
    for (ms, want) in
        [(0, 1), (14, 10), (999, 1000), (89_999, 60_000), (90_000, 120_000), (u64::MAX, YEAR_MS)]
    {
        assert_eq!(round_interval(ms), want, "{ms}");
    }
    assert!(ROUNDED.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1));
}

#[test]
fn texts() {
    for (text, want) in [
        ("15s", Some(15_000)),
        (">1m", Some(60_000)),
        ("30", Some(30_000)),
        ("1h30m", Some(5_400_000)),
        ("500ms", Some(500)),
        ("", None),
        ("0", None),
        ("$x", None),
        ("-5s", None),
    ] {
        assert_eq!(parse_interval(text), want, "{text}");
    }
    for (ms, want) in [(1, "1ms"), (1500, "1500ms"), (90_000, "90s"), (120_000, "2m"), (604_800_000, "1w")] {
        assert_eq!(format_interval(ms), want);
    }
}

#[test]
fn a_window_in_disorder_is_set_right() {
    assert_eq!(Window::new(5, 3), Window { from: 3, to: 5 });
    assert_eq!(Window::new(5, 5).span_ms(), 1);
    assert_eq!(Window::new(i64::MIN, i64::MAX).span_ms(), u64::MAX);
    assert_eq!(Window::new(i64::MAX, i64::MAX).span_ms(), 0);
}
