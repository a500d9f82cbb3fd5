//! Steps and intervals, by Grafana's rules.

use model::Duration;

/// Points that a range query may have, as Prometheus limits them.
const POINTS_MAX: u64 = 11_000;
/// `$__rate_interval` spans at least this many scrapes.
const RATE_SCRAPES: u64 = 4;
/// The scrape interval where nothing says it.
const USUAL_SCRAPE_MS: u64 = 15_000;

/// Upper end (exclusive) of the raw interval, and what it is rounded to; milliseconds.
const ROUNDED: [(u64, u64); 29] = [
    (10, 1),
    (15, 10),
    (35, 20),
    (75, 50),
    (150, 100),
    (350, 200),
    (750, 500),
    (1_500, 1_000),
    (3_500, 2_000),
    (7_500, 5_000),
    (12_500, 10_000),
    (17_500, 15_000),
    (25_000, 20_000),
    (45_000, 30_000),
    (90_000, 60_000),
    (210_000, 120_000),
    (450_000, 300_000),
    (750_000, 600_000),
    (1_050_000, 900_000),
    (1_500_000, 1_200_000),
    (2_700_000, 1_800_000),
    (5_400_000, 3_600_000),
    (9_000_000, 7_200_000),
    (16_200_000, 10_800_000),
    (32_400_000, 21_600_000),
    (86_400_000, 43_200_000),
    (604_800_000, 86_400_000),
    (1_814_400_000, 604_800_000),
    (3_628_800_000, 2_592_000_000),
];
const YEAR_MS: u64 = 31_536_000_000;

/// The range that is looked at; milliseconds since the epoch, `to` later than `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// What a query's step is made of; texts are in Grafana's form, variables expanded; "" = nothing said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepRequest<'a> {
    pub(crate) window: Window,
    pub(crate) max_data_points: u64,
    pub(crate) min_step: &'a str,
    pub(crate) min_interval: &'a str,
    pub(crate) factor: u32,
    pub(crate) scrape_interval: Duration,
}

/// A query's step and the interval that `rate` should look over; milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) step_ms: u64,
    pub(crate) rate_ms: u64,
}

/// The step of a query.
pub(crate) fn step(request: &StepRequest<'_>) -> Step {
    let scrape = match u64::try_from(request.scrape_interval.0) {
        Ok(ms) if ms > 0 => ms,
        _ => USUAL_SCRAPE_MS,
    };
    let own = parse_interval(request.min_step);
    let least = own.or_else(|| parse_interval(request.min_interval)).unwrap_or(scrape);
    let wanted = calculate(request.window, request.max_data_points, least);
    let safe = round_interval(request.window.span_ms() / POINTS_MAX);
    let interval = if wanted > safe { wanted } else { safe };
    let rate_ms = rate_interval(interval, own.unwrap_or(scrape));
    let by_rate = matches!(request.min_step, "$__rate_interval" | "${__rate_interval}");
    let step_ms = if by_rate { rate_ms } else { interval.saturating_mul(u64::from(request.factor.max(1))) };
    Step { step_ms, rate_ms }
}

/// The rounded interval that gives about so many points, no less than `least_ms`.
pub(crate) fn calculate(window: Window, points: u64, least_ms: u64) -> u64 {
    round_interval(window.span_ms() / points.max(1)).max(least_ms).max(1)
}

/// At least four scrapes, and one more than the step.
fn rate_interval(step_ms: u64, scrape_ms: u64) -> u64 {
    step_ms.saturating_add(scrape_ms).max(scrape_ms.saturating_mul(RATE_SCRAPES))
}

/// To a number that people like.
pub(crate) fn round_interval(ms: u64) -> u64 {
    ROUNDED.iter().find(|(below, _)| ms < *below).map_or(YEAR_MS, |(_, rounded)| *rounded)
}

/// Reads `15s`, `>1m`, `1h30m`, `500ms`, or bare seconds; None for anything else and for zero.
pub(crate) fn parse_interval(text: &str) -> Option<u64> {
    let text = text.trim().trim_start_matches('>').trim();
    let ms = match text.parse::<u32>() {
        Ok(seconds) => i64::from(seconds) * 1000,
        Err(_) => Duration::parse(text).ok()?.0,
    };
    u64::try_from(ms).ok().filter(|ms| *ms > 0)
}

/// In the largest unit that divides it: `15s`, `2m`, `90s`, `1d`.
pub(crate) fn format_interval(ms: u64) -> String {
    const UNITS: [(&str, u64); 5] =
        [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
    let whole = UNITS.iter().find(|(_, unit)| ms >= *unit && ms.is_multiple_of(*unit));
    match whole {
        Some((name, unit)) => format!("{}{name}", ms / unit),
        None => format!("{ms}ms"),
    }
}

// === impl Window ===

impl Window {
    /// Orders the ends and makes the range at least a millisecond long.
    pub(crate) fn new(from: i64, to: i64) -> Window {
        let (from, to) = (from.min(to), from.max(to));
        Window { from, to: to.max(from.saturating_add(1)) }
    }

    pub(crate) fn span_ms(self) -> u64 {
        self.to.abs_diff(self.from)
    }
}

#[cfg(test)]
mod tests;
