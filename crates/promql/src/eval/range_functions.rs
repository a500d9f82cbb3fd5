//! Functions of a range vector: a row each, a kernel over one window.

use super::kahan::{Deviation, Kahan, Mean};
use super::{Evaluator, Steps};
use crate::ast::{Call, Span, ValueType};
use crate::engine::EvalError;

/// The samples of one series at one step.
pub(crate) struct Window<'a> {
    pub(crate) times: &'a [i64],
    pub(crate) values: &'a [f64],
    /// The window's start, which does not belong to it.
    pub(crate) start: i64,
    /// The window's end.
    pub(crate) end: i64,
    /// The time of evaluation.
    pub(crate) at: i64,
    /// Scalar arguments, one column each.
    pub(crate) parameters: &'a [Vec<f64>],
    /// Which step.
    pub(crate) step: usize,
}

type Kernel = fn(&Window<'_>) -> Option<f64>;

/// One function.
pub(crate) struct RangeFunction {
    name: &'static str,
    kernel: Kernel,
    trait_: Trait,
}

/// What is special about a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trait {
    Plain,
    /// Its argument is meant to be a counter.
    Counter,
    /// The metric name stays.
    KeepsName,
}

/// All of them.
const ROWS: &[RangeFunction] = &[
    row("avg_over_time", |w| Some(mean(w.values)), Trait::Plain),
    row("changes", |w| Some(changes(w.values)), Trait::Plain),
    row("count_over_time", |w| Some(w.values.len() as f64), Trait::Plain),
    row("delta", |w| extrapolated(w, false, false), Trait::Plain),
    row("deriv", |w| regression(w, *w.times.first()?).map(|(slope, _)| slope), Trait::Plain),
    row("double_exponential_smoothing", smoothing, Trait::Plain),
    row("first_over_time", |w| w.values.first().copied(), Trait::KeepsName),
    row("idelta", |w| last_two(w, false, false), Trait::Plain),
    row("increase", |w| extrapolated(w, true, false), Trait::Counter),
    row("irate", |w| last_two(w, true, true), Trait::Counter),
    row("last_over_time", |w| w.values.last().copied(), Trait::KeepsName),
    row("mad_over_time", |w| Some(median_deviation(w.values)), Trait::Plain),
    row("max_over_time", |w| extreme(w, |v, best| v > best).map(|i| w.values[i]), Trait::Plain),
    row("min_over_time", |w| extreme(w, |v, best| v < best).map(|i| w.values[i]), Trait::Plain),
    row("predict_linear", predict, Trait::Plain),
    row("present_over_time", |_| Some(1.0), Trait::Plain),
    row("quantile_over_time", |w| Some(quantile(w.parameters[0][w.step], w.values)), Trait::Plain),
    row("rate", |w| extrapolated(w, true, true), Trait::Counter),
    row("resets", |w| Some(resets(w.values)), Trait::Plain),
    row("stddev_over_time", |w| Some(deviation(w.values).variance().sqrt()), Trait::Plain),
    row("stdvar_over_time", |w| Some(deviation(w.values).variance()), Trait::Plain),
    row("sum_over_time", |w| Some(sum(w.values)), Trait::Plain),
    row("ts_of_first_over_time", |w| w.times.first().map(|t| seconds(*t)), Trait::Plain),
    row("ts_of_last_over_time", |w| w.times.last().map(|t| seconds(*t)), Trait::Plain),
    row(
        "ts_of_max_over_time",
        |w| extreme(w, |v, best| v >= best).map(|i| seconds(w.times[i])),
        Trait::Plain,
    ),
    row(
        "ts_of_min_over_time",
        |w| extreme(w, |v, best| v <= best).map(|i| seconds(w.times[i])),
        Trait::Plain,
    ),
];

/// The row of a function.
pub(crate) fn find(name: &str) -> Option<&'static RangeFunction> {
    ROWS.binary_search_by(|row| row.name.cmp(name)).ok().and_then(|at| ROWS.get(at))
}

const fn row(name: &'static str, kernel: Kernel, trait_: Trait) -> RangeFunction {
    RangeFunction { name, kernel, trait_ }
}

// === impl RangeFunction ===

impl RangeFunction {
    pub(crate) fn apply(&self, window: &Window<'_>) -> Option<f64> {
        (self.kernel)(window)
    }

    pub(crate) fn keeps_name(&self) -> bool {
        self.trait_ == Trait::KeepsName
    }

    pub(crate) fn needs_counter(&self) -> bool {
        self.trait_ == Trait::Counter
    }

    /// Which argument is the range vector.
    pub(crate) fn matrix_argument(&self) -> usize {
        usize::from(self.name == "quantile_over_time")
    }
}

impl Evaluator<'_> {
    /// The scalar arguments of a call at all steps.
    pub(crate) fn parameters(&mut self, call: &Call, steps: &Steps) -> Result<Vec<Vec<f64>>, EvalError> {
        let scalars = call.args.iter().filter(|arg| arg.value_type() == ValueType::Scalar);
        scalars.map(|arg| self.scalar(arg, steps)).collect()
    }

    /// Says what is odd about a call's parameters.
    pub(crate) fn remark(&mut self, call: &Call, function: &RangeFunction, parameters: &[Vec<f64>]) {
        if function.name != "quantile_over_time" {
            return;
        }
        for q in parameters.first().into_iter().flatten() {
            if !(0.0..=1.0).contains(q) {
                self.warn_quantile(*q, call.args[0].span);
                return;
            }
        }
    }

    pub(crate) fn warn_quantile(&mut self, q: f64, span: Span) {
        let text = format!("quantile value should be between 0 and 1, got {}", model::value::GoFloat(q));
        self.annotations.warn(&text, span);
    }

    /// Counters have names that say so.
    pub(crate) fn remark_on_counter(&mut self, name: &str, span: Span) {
        let known = ["_total", "_sum", "_count", "_bucket"].iter().any(|end| name.ends_with(end));
        if !name.is_empty() && !known {
            let text = format!(
                "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"{name}\""
            );
            self.annotations.info(&text, span);
        }
    }
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// `rate`, `increase` and `delta`: the difference, extrapolated to the window's ends unless samples begin or
/// end too far from them (`extrapolatedRate` in Prometheus' `promql/functions.go`).
fn extrapolated(w: &Window<'_>, counter: bool, rate: bool) -> Option<f64> {
    let [first, .., last] = w.values else { return None };
    let mut difference = last - first;
    if counter {
        difference += reset_correction(w.values);
    }
    let mut factor = w.extrapolation(counter.then_some((*first, difference)))?;
    if rate {
        factor /= w.seconds();
    }
    Some(difference * factor)
}

// === impl Window ===

impl Window<'_> {
    /// The last two samples, or fewer.
    pub(crate) fn last_two(&self) -> Window<'_> {
        let from = self.values.len().saturating_sub(2);
        Window { times: &self.times[from..], values: &self.values[from..], ..*self }
    }

    /// The window's length in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        seconds(self.end - self.start)
    }

    /// By how much a difference between the last and the first sample grows when it is extrapolated; of a
    /// counter, the first value and the difference are given.
    pub(crate) fn extrapolation(&self, counter: Option<(f64, f64)>) -> Option<f64> {
        let (first_time, last_time) = (*self.times.first()?, *self.times.last()?);
        let w = self;
        let sampled = seconds(last_time - first_time);
        let average = sampled / (w.values.len() - 1) as f64;
        let threshold = average * 1.1;
        let mut to_start = seconds(first_time - w.start);
        let mut to_end = seconds(w.end - last_time);
        if to_start >= threshold {
            to_start = average / 2.0;
        }
        if let Some((first, difference)) = counter
            && difference > 0.0
            && first >= 0.0
        {
            // A counter was not below zero before its first sample.
            let to_zero = sampled * (first / difference);
            to_start = to_start.min(to_zero);
        }
        if to_end >= threshold {
            to_end = average / 2.0;
        }
        Some((sampled + to_start + to_end) / sampled)
    }
}

/// What was counted before each reset.
#[inline]
fn reset_correction(values: &[f64]) -> f64 {
    let mut correction = 0.0;
    for two in values.windows(2) {
        if two[1] < two[0] {
            correction += two[0];
        }
    }
    correction
}

fn last_two(w: &Window<'_>, counter: bool, rate: bool) -> Option<f64> {
    let [.., before, last] = w.values else { return None };
    let [.., before_time, last_time] = w.times else { return None };
    let difference = if counter && last < before { *last } else { last - before };
    if !rate {
        return Some(difference);
    }
    let interval = seconds(last_time - before_time);
    (interval > 0.0).then(|| difference / interval)
}

/// Slope per second, and the value at `intercept`.
fn regression(w: &Window<'_>, intercept: i64) -> Option<(f64, f64)> {
    if w.values.len() < 2 {
        return None;
    }
    let first = w.values[0];
    if w.values.iter().all(|v| *v == first) {
        return Some(if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) });
    }
    let n = w.values.len() as f64;
    let (mut x, mut y, mut xy, mut xx) =
        (Kahan::default(), Kahan::default(), Kahan::default(), Kahan::default());
    for (time, value) in w.times.iter().zip(w.values) {
        let t = seconds(time - intercept);
        x.add(t);
        y.add(*value);
        xy.add(t * value);
        xx.add(t * t);
    }
    let covariance = xy.total() - x.total() * y.total() / n;
    let variance = xx.total() - x.total() * x.total() / n;
    let slope = covariance / variance;
    Some((slope, y.total() / n - slope * x.total() / n))
}

fn predict(w: &Window<'_>) -> Option<f64> {
    let (slope, intercept) = regression(w, w.at)?;
    Some(slope * w.parameters[0][w.step] + intercept)
}

/// Holt's double exponential smoothing.
fn smoothing(w: &Window<'_>) -> Option<f64> {
    if w.values.len() < 2 {
        return None;
    }
    let (factor, trend_factor) = (w.parameters[0][w.step], w.parameters[1][w.step]);
    let (mut before, mut level) = (0.0, w.values[0]);
    let mut trend = w.values[1] - w.values[0];
    for (i, value) in w.values.iter().enumerate().skip(1) {
        let x = factor * value;
        if i > 1 {
            trend = trend_factor * (level - before) + (1.0 - trend_factor) * trend;
        }
        let y = (1.0 - factor) * (level + trend);
        before = level;
        level = x + y;
    }
    Some(level)
}

fn sum(values: &[f64]) -> f64 {
    let mut total = Kahan::default();
    values.iter().for_each(|v| total.add(*v));
    total.total()
}

fn mean(values: &[f64]) -> f64 {
    let mut mean = Mean::default();
    values.iter().for_each(|v| mean.add(*v));
    mean.mean()
}

fn deviation(values: &[f64]) -> Deviation {
    let mut deviation = Deviation::default();
    values.iter().for_each(|v| deviation.add(*v));
    deviation
}

fn changes(values: &[f64]) -> f64 {
    let differ = |a: f64, b: f64| a != b && !(a.is_nan() && b.is_nan());
    values.windows(2).filter(|two| differ(two[0], two[1])).count() as f64
}

fn resets(values: &[f64]) -> f64 {
    values.windows(2).filter(|two| two[1] < two[0]).count() as f64
}

/// The position of the extreme value; NaN only if there is nothing else.
fn extreme(w: &Window<'_>, better: impl Fn(f64, f64) -> bool) -> Option<usize> {
    let mut best = 0;
    for (i, value) in w.values.iter().enumerate() {
        if i > 0 && (better(*value, w.values[best]) || w.values[best].is_nan()) {
            best = i;
        }
    }
    (!w.values.is_empty()).then_some(best)
}

/// The median of the distances to the median.
fn median_deviation(values: &[f64]) -> f64 {
    let median = quantile(0.5, values);
    let distances: Vec<f64> = values.iter().map(|v| (v - median).abs()).collect();
    quantile(0.5, &distances)
}

/// The q-quantile, interpolated; NaN values are the smallest.
pub(crate) fn quantile(q: f64, values: &[f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| match (a.is_nan(), b.is_nan()) {
        (true, true) => std::cmp::Ordering::Equal,
        (true, false) => std::cmp::Ordering::Less,
        (false, true) => std::cmp::Ordering::Greater,
        (false, false) => a.total_cmp(b),
    });
    let rank = q * (sorted.len() - 1) as f64;
    let lower = rank.floor();
    let upper = (lower as usize + 1).min(sorted.len() - 1);
    let weight = rank - lower;
    sorted[lower as usize] * (1.0 - weight) + sorted[upper] * weight
}
