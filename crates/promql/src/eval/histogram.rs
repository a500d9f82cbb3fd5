//! Quantiles and fractions of classic histograms: buckets are series that differ in `le`.

use std::collections::HashMap;

use model::Labels;
use model::labels::BUCKET;

use super::{ABSENT, Column, Evaluator, RESERVED, Steps, Value, is_absent};
use crate::ast::{Call, Span};
use crate::engine::EvalError;

/// Buckets closer than this (relative) are taken as equal, since rates of counters that were scraped at
/// different moments differ in the last digits.
const TOLERANCE: f64 = 1e-12;

/// One bucket: its upper bound, and how many observations are not above it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bucket {
    bound: f64,
    count: f64,
}

/// The buckets of one histogram: bound and column of each.
struct Histogram {
    labels: Labels,
    drop_name: bool,
    buckets: Vec<(f64, usize)>,
}

impl Evaluator<'_> {
    /// `histogram_quantile(scalar, vector)`
    pub(crate) fn histogram_quantile(
        &mut self,
        call: &Call,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let quantiles = self.scalar(&call.args[0], steps)?;
        self.check_quantiles(&quantiles, call.args[0].span);
        let mut columns = self.vector(&call.args[1], steps)?;
        let mut results = self.take_natives(&mut columns, |step, native, name| {
            self.native_quantile(quantiles[step], native, name, call.args[1].span)
        });
        let mut classics = self.quantiles_of(&columns, &quantiles, call.args[1].span);
        self.settle_conflicts(&mut results, &mut classics, call.args[1].span);
        results.extend(classics);
        Ok(results)
    }

    /// `histogram_quantiles(vector, label, scalar, …)`: several at once, told apart by a label.
    pub(crate) fn histogram_quantiles(
        &mut self,
        call: &Call,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let Value::Text(label) = self.eval(&call.args[1], steps)? else { return Ok(Vec::new()) };
        let all = self.vector(&call.args[0], steps)?;
        let mut results = Vec::new();
        for arg in &call.args[2..] {
            let quantiles = self.scalar(arg, steps)?;
            self.check_quantiles(&quantiles, arg.span);
            let q = quantiles.first().copied().unwrap_or(f64::NAN);
            let shown = model::value::PlainFloat(q).to_string();
            let mut columns = all.clone();
            let mut found = self.take_natives(&mut columns, |step, native, name| {
                self.native_quantile(quantiles[step], native, name, call.args[0].span)
            });
            let mut classics = self.quantiles_of(&columns, &quantiles, call.args[0].span);
            self.settle_conflicts(&mut found, &mut classics, call.args[0].span);
            found.extend(classics);
            for mut column in found {
                column.labels = column.labels.with(&label, &shown);
                results.push(column);
            }
        }
        Ok(results)
    }

    fn check_quantiles(&mut self, quantiles: &[f64], span: Span) {
        if let Some(bad) = quantiles.iter().find(|q| !(0.0..=1.0).contains(*q)) {
            self.warn_quantile(*bad, span);
        }
    }

    fn quantiles_of(&mut self, columns: &[Column], quantiles: &[f64], span: Span) -> Vec<Column> {
        let histograms = self.histograms(columns, span);
        let mut forced = None;
        let mut results = Vec::with_capacity(histograms.len());
        for histogram in &histograms {
            let value = |(step, q): (usize, &f64)| {
                let mut buckets = histogram.at(columns, step);
                if buckets.is_empty() {
                    return ABSENT;
                }
                let (value, changed) = bucket_quantile(*q, &mut buckets);
                if changed {
                    forced.get_or_insert_with(|| {
                        columns[histogram.buckets[0].1].labels.metric_name().to_owned()
                    });
                }
                value
            };
            results.push(histogram.column(quantiles.iter().enumerate().map(value).collect()));
        }
        if let Some(name) = forced {
            let text = format!(
                "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name \"{name}\""
            );
            self.annotations.info(&text, span);
        }
        results
    }

    /// `histogram_fraction(lower, upper, vector)`
    pub(crate) fn histogram_fraction(
        &mut self,
        call: &Call,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let (lower, upper) = (self.scalar(&call.args[0], steps)?, self.scalar(&call.args[1], steps)?);
        let mut columns = self.vector(&call.args[2], steps)?;
        let mut natives = self.take_natives(&mut columns, |step, native, name| {
            self.native_fraction((lower[step], upper[step]), native, name, call.args[2].span)
        });
        let histograms = self.histograms(&columns, call.args[2].span);
        let results = histograms.iter().map(|histogram| {
            let values = (0..steps.count).map(|step| {
                let mut buckets = histogram.at(&columns, step);
                if buckets.is_empty() {
                    ABSENT
                } else {
                    bucket_fraction(lower[step], upper[step], &mut buckets)
                }
            });
            histogram.column(values.collect())
        });
        let mut results: Vec<Column> = results.collect();
        self.settle_conflicts(&mut natives, &mut results, call.args[2].span);
        natives.extend(results);
        Ok(natives)
    }

    /// Series grouped by all labels but `le`; those whose `le` is no number are said to be so.
    fn histograms(&mut self, columns: &[Column], span: Span) -> Vec<Histogram> {
        let mut positions: HashMap<Labels, usize> = HashMap::new();
        let mut histograms: Vec<Histogram> = Vec::new();
        for (i, column) in columns.iter().enumerate() {
            let Some(bound) = model::value::parse_float(column.labels.get(BUCKET)) else {
                let (name, le) = (column.labels.metric_name(), column.labels.get(BUCKET));
                let text = format!(
                    "bucket label \"le\" is missing or has a malformed value of \"{le}\" for metric name \"{name}\""
                );
                self.annotations.warn(&text, span);
                continue;
            };
            let delayed = self.options.delayed_name_removal;
            let labels =
                column.labels.filtered(|name| name != BUCKET && (delayed || !RESERVED.contains(&name)));
            let position = *positions.entry(labels.clone()).or_insert_with(|| {
                histograms.push(Histogram { labels, drop_name: delayed, buckets: Vec::new() });
                histograms.len() - 1
            });
            histograms[position].buckets.push((bound, i));
        }
        histograms
    }
}

// === impl Histogram ===

impl Histogram {
    fn at(&self, columns: &[Column], step: usize) -> Vec<Bucket> {
        let bucket =
            |(bound, column): &(f64, usize)| Bucket { bound: *bound, count: columns[*column].values[step] };
        self.buckets.iter().map(bucket).filter(|b| !is_absent(b.count)).collect()
    }

    fn column(&self, values: Vec<f64>) -> Column {
        Column { labels: self.labels.clone(), drop_name: self.drop_name, values }
    }
}

/// Sorts, joins equal bounds, makes counts go up only. None if the histogram cannot be used; the flag says
/// that counts had to be changed by more than rounding.
fn prepare(buckets: &mut Vec<Bucket>) -> Option<bool> {
    buckets.sort_by(|a, b| a.bound.total_cmp(&b.bound));
    if !buckets.last().is_some_and(|b| b.bound == f64::INFINITY) {
        return None;
    }
    buckets.dedup_by(|next, kept| {
        let equal = next.bound == kept.bound;
        if equal {
            kept.count += next.count;
        }
        equal
    });
    let mut forced = false;
    for i in 1..buckets.len() {
        let (before, count) = (buckets[i - 1].count, buckets[i].count);
        if count == before {
            continue;
        }
        if almost_equal(before, count) {
            buckets[i].count = before;
        } else if count < before {
            buckets[i].count = before;
            forced = true;
        }
    }
    Some(forced)
}

/// The q-quantile by linear interpolation within a bucket (`BucketQuantile` in Prometheus'
/// `promql/quantile.go`).
fn bucket_quantile(q: f64, buckets: &mut Vec<Bucket>) -> (f64, bool) {
    if q.is_nan() {
        return (f64::NAN, false);
    }
    if q < 0.0 {
        return (f64::NEG_INFINITY, false);
    }
    if q > 1.0 {
        return (f64::INFINITY, false);
    }
    let Some(forced) = prepare(buckets) else { return (f64::NAN, false) };
    if buckets.len() < 2 {
        return (f64::NAN, forced);
    }
    let last = buckets.len() - 1;
    let observations = buckets[last].count;
    if observations == 0.0 {
        return (f64::NAN, forced);
    }
    let mut rank = q * observations;
    let b = buckets[..last].partition_point(|bucket| bucket.count < rank);
    if b == last {
        return (buckets[last - 1].bound, forced);
    }
    if b == 0 && buckets[0].bound <= 0.0 {
        return (buckets[0].bound, forced);
    }
    let (mut start, end, mut count) = (0.0, buckets[b].bound, buckets[b].count);
    if b > 0 {
        start = buckets[b - 1].bound;
        count -= buckets[b - 1].count;
        rank -= buckets[b - 1].count;
    }
    (start + (end - start) * (rank / count), forced)
}

/// The share of observations between two values.
fn bucket_fraction(lower: f64, upper: f64, buckets: &mut Vec<Bucket>) -> f64 {
    if prepare(buckets).is_none() {
        return f64::NAN;
    }
    let count = buckets[buckets.len() - 1].count;
    if count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let rank = |value: f64| rank_of(value, buckets);
    (rank(upper) - rank(lower)) / count
}

/// How many observations are not above a value.
fn rank_of(value: f64, buckets: &[Bucket]) -> f64 {
    if value == f64::NEG_INFINITY {
        return 0.0;
    }
    let (mut before, mut start) = (0.0, if buckets[0].bound > 0.0 { 0.0 } else { f64::NEG_INFINITY });
    for bucket in buckets {
        if value < bucket.bound {
            if value <= start {
                return before;
            }
            if start == f64::NEG_INFINITY || bucket.bound == f64::INFINITY {
                // Nothing is known of where observations lie in an open bucket.
                return if bucket.bound == f64::INFINITY { before } else { bucket.count };
            }
            return before + (bucket.count - before) * (value - start) / (bucket.bound - start);
        }
        (before, start) = (bucket.count, bucket.bound);
    }
    before
}

fn almost_equal(a: f64, b: f64) -> bool {
    if a == b {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < TOLERANCE
}
