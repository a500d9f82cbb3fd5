//! Native histograms among floats.
//!
//! A column holds floats. A native histogram stands in it as a NaN that no arithmetic gives, whose last bits
//! say where the evaluator keeps the histogram. Whoever computes with numbers leaves these out, as Prometheus
//! does, or asks here what becomes of them.

use std::sync::Arc;

use model::Labels;
use model::histogram::{Joined, NativeHistogram, ResetHint};
use model::storage::Samples;

use super::kahan::Kahan;
use super::range_functions::Window;
use super::{ABSENT, Column, Evaluator, Steps, is_absent};
use crate::ast::{BinaryOp, Call, Span};
use crate::engine::EvalError;
use crate::value::MatrixSeries;

/// The upper half of the NaNs that stand for histograms.
const TAG: u64 = 0x7ff4_0001;

/// The histograms of one query, and what was said of them.
#[derive(Default)]
pub(crate) struct Natives {
    all: Vec<Arc<NativeHistogram>>,
    notes: Vec<(Severity, String, Span)>,
}

/// How a note is reported.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    Warning,
    Info,
}

/// The histograms that an aggregation has met in one group and step.
#[derive(Default)]
pub(crate) struct Total {
    all: Vec<Arc<NativeHistogram>>,
}

/// Whether a value stands for a native histogram.
#[inline]
pub(crate) fn is_native(value: f64) -> bool {
    value.to_bits() >> 32 == TAG
}

/// Leaves only floats; says whether there were histograms.
pub(crate) fn without_natives(columns: &mut [Column]) -> bool {
    let mut any = false;
    for value in columns.iter_mut().flat_map(|column| &mut column.values).filter(|value| is_native(**value)) {
        *value = ABSENT;
        any = true;
    }
    any
}

impl Evaluator<'_> {
    /// Whether the query has met any native histogram.
    pub(crate) fn has_natives(&self) -> bool {
        !self.natives.borrow().all.is_empty()
    }

    /// The value that stands for a histogram.
    pub(crate) fn boxed(&self, histogram: Arc<NativeHistogram>) -> f64 {
        let all = &mut self.natives.borrow_mut().all;
        match u32::try_from(all.len()) {
            Ok(place) => {
                all.push(histogram);
                f64::from_bits(TAG << 32 | u64::from(place))
            }
            Err(_) => ABSENT,
        }
    }

    /// The histogram that a value stands for.
    pub(crate) fn native(&self, value: f64) -> Option<Arc<NativeHistogram>> {
        let place = is_native(value).then_some(value.to_bits() as u32 as usize)?;
        self.natives.borrow().all.get(place).cloned()
    }

    /// Puts values that stand for them in place of the histograms that a store gave.
    pub(crate) fn adopt(&self, samples: &mut Samples) {
        for (place, histogram) in std::mem::take(&mut samples.natives) {
            if let Some(value) = samples.values.get_mut(place) {
                *value = self.boxed(histogram);
            }
        }
    }

    /// A series of a result, its histograms apart from its floats.
    pub(crate) fn matrix_series(
        &self,
        labels: Labels,
        times: impl IntoIterator<Item = i64>,
        values: impl IntoIterator<Item = f64>,
    ) -> MatrixSeries {
        let mut series =
            MatrixSeries { labels, timestamps: Vec::new(), values: Vec::new(), natives: Vec::new() };
        for (time, value) in times.into_iter().zip(values) {
            match self.native(value) {
                Some(histogram) => series.natives.push((time, histogram)),
                None => {
                    series.timestamps.push(time);
                    series.values.push(value);
                }
            }
        }
        series
    }

    /// Notes something once.
    pub(crate) fn note(&self, severity: Severity, text: String, span: Span) {
        let notes = &mut self.natives.borrow_mut().notes;
        let new = (severity, text, span);
        if !notes.contains(&new) {
            notes.push(new);
        }
    }

    /// Hands what was noted to the annotations of the query.
    pub(crate) fn report_notes(&mut self) {
        for (severity, text, span) in std::mem::take(&mut self.natives.get_mut().notes) {
            match severity {
                Severity::Warning => self.annotations.warn(&text, span),
                Severity::Info => self.annotations.info(&text, span),
            }
        }
    }

    /// Says that an aggregation left histograms out.
    pub(crate) fn note_ignored(&self, aggregation: &str, span: Span) {
        self.note(Severity::Info, format!("ignored histogram in {aggregation} aggregation"), span);
    }

    fn note_mixed(&self, name: &str, span: Span) {
        let text = format!("encountered a mix of histograms and floats for metric name \"{name}\"");
        self.note(Severity::Warning, text, span);
    }

    fn note_schemas(&self, name: &str, span: Span) {
        let text = format!(
            "vector contains a mix of histograms with exponential and custom buckets schemas for metric name \"{name}\""
        );
        self.note(Severity::Warning, text, span);
    }

    fn note_joined(&self, joined: Joined, operation: &str, span: Span) {
        if joined.hints_collide {
            let text = format!("conflicting counter resets during histogram {operation}");
            self.note(Severity::Warning, text, span);
        }
        if joined.bounds_reconciled {
            let text = format!("mismatched custom buckets were reconciled during {operation}");
            self.note(Severity::Info, text, span);
        }
    }

    /// `-v` of a histogram.
    pub(crate) fn negated(&self, value: f64) -> f64 {
        let Some(histogram) = self.native(value) else { return -value };
        let mut histogram = NativeHistogram::clone(&histogram);
        histogram.scale(-1.0);
        self.boxed(Arc::new(histogram))
    }

    /// A binary operator of which one side at least is a histogram.
    pub(crate) fn native_operation(
        &self,
        op: BinaryOp,
        return_bool: bool,
        a: f64,
        b: f64,
        span: Span,
    ) -> f64 {
        let kind = |value: f64| if is_native(value) { "histogram" } else { "float" };
        let changed = |histogram: &NativeHistogram, change: &dyn Fn(&mut NativeHistogram)| {
            let mut histogram = histogram.clone();
            change(&mut histogram);
            self.boxed(Arc::new(histogram))
        };
        match (op, self.native(a), self.native(b)) {
            (BinaryOp::Mul, Some(histogram), None) => changed(&histogram, &|h| h.scale(b)),
            (BinaryOp::Mul, None, Some(histogram)) => changed(&histogram, &|h| h.scale(a)),
            (BinaryOp::Div, Some(histogram), None) => changed(&histogram, &|h| h.divide(b)),
            (BinaryOp::TrimUpper, Some(histogram), None) => changed(&histogram, &|h| h.trim(b, true)),
            (BinaryOp::TrimLower, Some(histogram), None) => changed(&histogram, &|h| h.trim(b, false)),
            (BinaryOp::Add | BinaryOp::Sub, Some(left), Some(right)) => self.joined(op, &left, &right, span),
            (BinaryOp::Equal | BinaryOp::NotEqual, Some(left), Some(right)) => {
                let holds = (*left == *right) == (op == BinaryOp::Equal);
                match (return_bool, holds) {
                    (true, holds) => f64::from(u8::from(holds)),
                    (false, true) => a,
                    (false, false) => ABSENT,
                }
            }
            _ => {
                let (op, left, right) = (op.as_str(), kind(a), kind(b));
                let text = format!(
                    "incompatible sample types encountered for binary operator \"{op}\": {left} {op} {right}"
                );
                self.note(Severity::Info, text, span);
                ABSENT
            }
        }
    }

    fn joined(&self, op: BinaryOp, left: &NativeHistogram, right: &NativeHistogram, span: Span) -> f64 {
        let mut histogram = left.clone();
        let add = op == BinaryOp::Add;
        let joined = if add { histogram.add(right) } else { histogram.subtract(right) };
        match joined {
            Ok(joined) => {
                self.note_joined(joined, if add { "addition" } else { "subtraction" }, span);
                if !add {
                    histogram.hint = ResetHint::Gauge;
                }
                self.boxed(Arc::new(histogram))
            }
            Err(_) => {
                let text =
                    format!("incompatible bucket layout encountered for binary operator {}", op.as_str());
                self.note(Severity::Warning, text, span);
                ABSENT
            }
        }
    }

    /// Adds a histogram to an aggregation's total.
    pub(crate) fn add_to_total(&self, total: &mut Total, value: f64) {
        total.all.extend(self.native(value));
    }

    /// The sum or the average; nothing if there were floats too or schemas do not fit.
    pub(crate) fn total_value(&self, total: &Total, average: bool, floats: bool, span: Span) -> f64 {
        if floats {
            let text = "encountered a mix of histograms and floats for aggregation".to_owned();
            self.note(Severity::Warning, text, span);
            return ABSENT;
        }
        let count = total.all.len() as f64;
        let whole = self.summed(&total.all, 1.0, span).map(|mut sum| {
            if average {
                sum.divide(count);
            }
            sum
        });
        let overflows = |sum: &NativeHistogram| !(sum.count.is_finite() && sum.sum.is_finite());
        let result = match whole {
            // Each is divided first where their sum is too large.
            Some(sum) if average && overflows(&sum) => self.summed(&total.all, 1.0 / count, span),
            other => other,
        };
        result.map_or(ABSENT, |sum| self.boxed(Arc::new(sum)))
    }

    /// The sum of histograms, each multiplied; sums and counts without loss of small numbers.
    fn summed(&self, all: &[Arc<NativeHistogram>], factor: f64, span: Span) -> Option<NativeHistogram> {
        let scaled = |histogram: &NativeHistogram| {
            let mut histogram = histogram.clone();
            if factor != 1.0 {
                histogram.scale(factor);
            }
            histogram
        };
        let (mut sum, mut count) = (Kahan::default(), Kahan::default());
        let mut joined: Option<NativeHistogram> = None;
        for histogram in all.iter().map(|histogram| scaled(histogram)) {
            sum.add(histogram.sum);
            count.add(histogram.count);
            match &mut joined {
                None => joined = Some(histogram),
                Some(joined) => match joined.add(&histogram) {
                    Ok(noticed) => self.note_joined(noticed, "aggregation", span),
                    Err(_) => {
                        self.note_schemas("", span);
                        return None;
                    }
                },
            }
        }
        joined.map(|joined| NativeHistogram { sum: sum.total(), count: count.total(), ..joined })
    }

    /// `histogram_count` and its kin: a number of each histogram; floats give nothing.
    pub(crate) fn native_numbers(&mut self, call: &Call, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let number: fn(&NativeHistogram) -> f64 = match call.function.name {
            "histogram_count" => |h| h.count,
            "histogram_sum" => |h| h.sum,
            "histogram_avg" => |h| h.sum / h.count,
            "histogram_stddev" => |h| h.variance().sqrt(),
            _ => NativeHistogram::variance,
        };
        let mut columns = self.vector(&call.args[0], steps)?;
        for column in &mut columns {
            for value in &mut column.values {
                *value = self.native(*value).map_or(ABSENT, |histogram| number(&histogram));
            }
            self.drop_name(column);
        }
        columns.retain(|column| column.values.iter().any(|value| !is_absent(*value)));
        super::merge(columns, "vector cannot contain metrics with the same labelset")
    }

    /// Numbers of the histograms in columns, which are left out there; for quantiles and fractions.
    pub(crate) fn take_natives(
        &self,
        columns: &mut Vec<Column>,
        number: impl Fn(usize, &NativeHistogram, &str) -> f64,
    ) -> Vec<Column> {
        let mut taken = Vec::new();
        if !self.has_natives() {
            return taken;
        }
        for column in columns.iter_mut().filter(|column| column.values.iter().any(|v| is_native(*v))) {
            let name = column.labels.metric_name();
            let value = |(step, value): (usize, &f64)| {
                self.native(*value).map_or(ABSENT, |histogram| number(step, &histogram, name))
            };
            let values = column.values.iter().enumerate().map(value).collect();
            let mut result = Column { labels: column.labels.clone(), drop_name: column.drop_name, values };
            self.drop_name(&mut result);
            taken.push(result);
        }
        without_natives(columns);
        columns.retain(|column| column.values.iter().any(|value| !is_absent(*value)));
        taken
    }

    /// A classic and a native histogram of the same labels cannot be told apart: neither gives a result.
    pub(crate) fn settle_conflicts(&self, natives: &mut [Column], classics: &mut [Column], span: Span) {
        for native in natives {
            let Some(classic) = classics.iter_mut().find(|classic| classic.labels == native.labels) else {
                continue;
            };
            for (a, b) in native.values.iter_mut().zip(&mut classic.values) {
                if !is_absent(*a) && !is_absent(*b) {
                    (*a, *b) = (ABSENT, ABSENT);
                    let name = native.labels.metric_name();
                    let text = format!(
                        "vector contains a mix of classic and native histograms for metric name \"{name}\""
                    );
                    self.note(Severity::Warning, text, span);
                }
            }
        }
    }

    /// A quantile of a histogram; observations that are NaN are said to be there.
    pub(crate) fn native_quantile(&self, q: f64, histogram: &NativeHistogram, name: &str, span: Span) -> f64 {
        let value = histogram.quantile(q);
        if histogram.has_nan_observations() && (0.0..=1.0).contains(&q) {
            let result = if value.is_nan() { "result is NaN" } else { "result is skewed higher" };
            let text = format!(
                "input to histogram_quantile has NaN observations, {result} for metric name \"{name}\""
            );
            self.note(Severity::Info, text, span);
        }
        value
    }

    /// The share of observations between two values; observations that are NaN are said to be there.
    pub(crate) fn native_fraction(
        &self,
        (lower, upper): (f64, f64),
        histogram: &NativeHistogram,
        name: &str,
        span: Span,
    ) -> f64 {
        if histogram.has_nan_observations() {
            let text = format!(
                "input to histogram_fraction has NaN observations, which are excluded from all fractions for metric name \"{name}\""
            );
            self.note(Severity::Info, text, span);
        }
        histogram.fraction(lower, upper)
    }

    /// A function of a window with histograms in it; `floats` computes it for floats alone.
    pub(crate) fn native_window(
        &self,
        function: &str,
        window: &Window<'_>,
        name: &str,
        span: Span,
        floats: impl Fn(&Window<'_>) -> Option<f64>,
    ) -> Option<f64> {
        let all: Vec<Arc<NativeHistogram>> = window.values.iter().filter_map(|v| self.native(*v)).collect();
        let mixed = all.len() < window.values.len();
        match function {
            "first_over_time"
            | "last_over_time"
            | "count_over_time"
            | "present_over_time"
            | "ts_of_first_over_time"
            | "ts_of_last_over_time" => floats(window),
            "irate" | "idelta" => {
                let last = window.last_two();
                match last.values.iter().filter(|value| is_native(**value)).count() {
                    0 => floats(&last),
                    2 => self.native_instant(function == "irate", &last, name, span),
                    _ => {
                        self.note_mixed(name, span);
                        None
                    }
                }
            }
            "rate" | "increase" | "delta" | "sum_over_time" | "avg_over_time" if mixed => {
                self.note_mixed(name, span);
                None
            }
            "rate" | "increase" | "delta" => self.native_rate(function, window, &all, name, span),
            "sum_over_time" | "avg_over_time" => {
                let mut total = Total::default();
                window.values.iter().for_each(|value| self.add_to_total(&mut total, *value));
                let value = self.total_value(&total, function == "avg_over_time", false, span);
                (!is_absent(value)).then_some(value)
            }
            "changes" | "resets" => Some(self.native_steps(function == "resets", window.values)),
            _ => {
                let keep: Vec<usize> =
                    (0..window.values.len()).filter(|at| !is_native(window.values[*at])).collect();
                if keep.is_empty() {
                    return None;
                }
                let text = format!(
                    "ignored histograms in a range containing both floats and histograms for metric name \"{name}\""
                );
                self.note(Severity::Info, text, span);
                let times: Vec<i64> = keep.iter().map(|at| window.times[*at]).collect();
                let values: Vec<f64> = keep.iter().map(|at| window.values[*at]).collect();
                floats(&Window { times: &times, values: &values, ..*window })
            }
        }
    }

    /// How often neighbors differ, or a reset stands between them; from histogram to float is both.
    fn native_steps(&self, resets: bool, values: &[f64]) -> f64 {
        let differ = |two: &&[f64]| match (self.native(two[0]), self.native(two[1])) {
            (Some(before), Some(after)) if resets => after.is_reset_after(&before),
            (Some(before), Some(after)) => *before != *after,
            (None, None) if resets => two[1] < two[0],
            (None, None) => two[0] != two[1] && !(two[0].is_nan() && two[1].is_nan()),
            _ => true,
        };
        values.windows(2).filter(differ).count() as f64
    }

    fn native_rate(
        &self,
        function: &str,
        window: &Window<'_>,
        all: &[Arc<NativeHistogram>],
        name: &str,
        span: Span,
    ) -> Option<f64> {
        let [first, .., last] = all else { return None };
        let counter = function != "delta";
        let gauges = all.iter().filter(|h| h.hint == ResetHint::Gauge).count();
        let ends_are_gauges = first.hint == ResetHint::Gauge && last.hint == ResetHint::Gauge;
        if counter && gauges > 0 {
            let text = format!("this native histogram metric is not a counter: \"{name}\"");
            self.note(Severity::Warning, text, span);
        } else if !counter && !ends_are_gauges {
            let text = format!("this native histogram metric is not a gauge: \"{name}\"");
            self.note(Severity::Warning, text, span);
        }
        let mut before = Arc::clone(first);
        if counter && all[1].is_reset_after(first) {
            let second = &all[1];
            let empty = NativeHistogram {
                schema: second.schema,
                bounds: second.bounds.clone(),
                ..NativeHistogram::default()
            };
            before = Arc::new(empty);
        }
        let mut difference = NativeHistogram::clone(last);
        let considered = if counter { all } else { &all[all.len() - 1..] };
        let custom = considered[1.min(considered.len() - 1)..]
            .iter()
            .any(|h| h.has_custom_buckets() != before.has_custom_buckets());
        if custom || last.has_custom_buckets() != before.has_custom_buckets() {
            self.note_schemas(name, span);
            return None;
        }
        if let Some(schema) = considered.iter().skip(1).map(|h| h.schema).chain([before.schema]).min() {
            difference.reduce_to(schema);
        }
        let mut reconciled = difference.subtract(&before).ok()?.bounds_reconciled;
        if reconciled {
            self.note_joined(Joined { bounds_reconciled: true, ..Joined::default() }, "subtraction", span);
        }
        if counter {
            for after in &all[1..] {
                if after.is_reset_after(&before) {
                    reconciled = difference.add(&before).ok()?.bounds_reconciled;
                    if reconciled {
                        let joined = Joined { bounds_reconciled: true, ..Joined::default() };
                        self.note_joined(joined, "addition", span);
                    }
                }
                before = Arc::clone(after);
            }
        }
        let factor = window.extrapolation(counter.then_some((first.count, difference.count)))?;
        let factor = if function == "rate" { factor / window.seconds() } else { factor };
        difference.scale(factor);
        difference.hint = ResetHint::Gauge;
        Some(self.boxed(Arc::new(difference)))
    }

    fn native_instant(&self, rate: bool, window: &Window<'_>, name: &str, span: Span) -> Option<f64> {
        let ([before, last], [before_time, last_time]) = (window.values, window.times) else { return None };
        let (before, last) = (&self.native(*before)?, &self.native(*last)?);
        let mut difference = NativeHistogram::clone(last);
        let gauges = [before, last].iter().filter(|h| h.hint == ResetHint::Gauge).count();
        let expected = if rate { 0 } else { 2 };
        if gauges != expected {
            let what = if rate { "counter" } else { "gauge" };
            let text = format!("this native histogram metric is not a {what}: \"{name}\"");
            self.note(Severity::Warning, text, span);
        }
        if !rate || !last.is_reset_after(before) {
            match difference.subtract(before) {
                Ok(joined) => {
                    let joined = Joined { hints_collide: false, ..joined };
                    self.note_joined(joined, "subtraction", span);
                }
                Err(_) => {
                    self.note_schemas(name, span);
                    return None;
                }
            }
        }
        difference.hint = ResetHint::Gauge;
        if rate {
            let interval = (last_time - before_time) as f64 / 1000.0;
            if interval <= 0.0 {
                return None;
            }
            difference.divide(interval);
        }
        Some(self.boxed(Arc::new(difference)))
    }
}
