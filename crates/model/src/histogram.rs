//! Native histograms: sparse buckets whose bounds follow from a schema.
//!
//! Bucket `i` of schema `s` spans `(2^((i-1)·2^-s), 2^(i·2^-s)]`; negative buckets mirror it. Schema -53 has
//! bounds of its own, and bucket `i` ends at the i-th. Meaning and arithmetic are those of Prometheus'
//! `model/histogram` (`FloatHistogram`).

use std::collections::BTreeMap;

mod estimate;

/// The schema whose buckets have bounds of their own.
pub const CUSTOM_BUCKETS: i32 = -53;

/// What is known of resets between a histogram and the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResetHint {
    /// Nothing.
    #[default]
    Unknown,
    /// The counter was reset.
    Reset,
    /// The counter was not reset.
    NotReset,
    /// It is no counter.
    Gauge,
}

/// A native histogram with float counts. Buckets without observations are not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NativeHistogram {
    /// The resolution: -4 to 8, or [`CUSTOM_BUCKETS`].
    pub schema: i32,
    /// Observations up to this distance from 0 are in the zero bucket.
    pub zero_threshold: f64,
    /// Observations in the zero bucket.
    pub zero_count: f64,
    /// All observations.
    pub count: f64,
    /// The sum of all observed values.
    pub sum: f64,
    /// Observations of positive buckets by index.
    pub positive: BTreeMap<i32, f64>,
    /// Observations of negative buckets by index.
    pub negative: BTreeMap<i32, f64>,
    /// Upper bounds, ascending, for [`CUSTOM_BUCKETS`].
    pub bounds: Vec<f64>,
    /// What is known of resets.
    pub hint: ResetHint,
}

/// A bucket and its bounds; the lower one does not belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Observations.
    pub count: f64,
}

/// What was noticed when two histograms were joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// One was reset, the other was not.
    pub hints_collide: bool,
    /// Custom bounds differed; only those in both are left.
    pub bounds_reconciled: bool,
}

/// One histogram has custom buckets, the other has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot apply this operation on histograms with a mix of exponential and custom bucket schemas")]
pub struct IncompatibleSchemas;

// === impl NativeHistogram ===

impl NativeHistogram {
    /// Whether the buckets have bounds of their own.
    pub fn has_custom_buckets(&self) -> bool {
        self.schema == CUSTOM_BUCKETS
    }

    /// All buckets with observations, ascending.
    pub fn buckets(&self) -> Vec<Bucket> {
        let negative = self.negative.iter().rev().map(|(index, count)| {
            let (lower, upper) = self.bounds_of(*index);
            Bucket { lower: -upper, upper: -lower, count: *count }
        });
        let zero = Bucket { lower: -self.zero_threshold, upper: self.zero_threshold, count: self.zero_count };
        let positive = self.positive.iter().map(|(index, count)| {
            let (lower, upper) = self.bounds_of(*index);
            Bucket { lower, upper, count: *count }
        });
        negative.chain((zero.count > 0.0).then_some(zero)).chain(positive).collect()
    }

    /// Whether some observations were NaN: these are counted, but in no bucket.
    pub fn has_nan_observations(&self) -> bool {
        self.sum.is_nan() && self.buckets().iter().map(|bucket| bucket.count).sum::<f64>() < self.count
    }

    /// The bounds of a positive bucket.
    pub fn bounds_of(&self, index: i32) -> (f64, f64) {
        if self.has_custom_buckets() {
            let bound = |index: i32, missing: f64| {
                usize::try_from(index).ok().and_then(|at| self.bounds.get(at)).copied().unwrap_or(missing)
            };
            return (bound(index - 1, f64::NEG_INFINITY), bound(index, f64::INFINITY));
        }
        (exponential_bound(index - 1, self.schema), exponential_bound(index, self.schema))
    }

    /// Adds the other's observations.
    pub fn add(&mut self, other: &NativeHistogram) -> Result<Joined, IncompatibleSchemas> {
        self.join(other, 1.0)
    }

    /// Takes the other's observations away.
    pub fn subtract(&mut self, other: &NativeHistogram) -> Result<Joined, IncompatibleSchemas> {
        self.join(other, -1.0)
    }

    fn join(&mut self, other: &NativeHistogram, sign: f64) -> Result<Joined, IncompatibleSchemas> {
        if self.has_custom_buckets() != other.has_custom_buckets() {
            return Err(IncompatibleSchemas);
        }
        let mut joined = Joined { hints_collide: self.join_hints(other.hint), bounds_reconciled: false };
        let mut other = other.clone();
        if self.has_custom_buckets() {
            joined.bounds_reconciled = self.bounds != other.bounds;
            if joined.bounds_reconciled {
                let common: Vec<f64> =
                    self.bounds.iter().copied().filter(|bound| other.bounds.contains(bound)).collect();
                self.rebound(&common);
                other.rebound(&common);
            }
        } else {
            self.reconcile_zero(&mut other);
            let schema = self.schema.min(other.schema);
            self.reduce_to(schema);
            other.reduce_to(schema);
            self.zero_count += sign * other.zero_count;
        }
        self.count += sign * other.count;
        self.sum += sign * other.sum;
        for (mine, others) in [(&mut self.positive, &other.positive), (&mut self.negative, &other.negative)] {
            for (index, count) in others {
                *mine.entry(*index).or_insert(0.0) += sign * count;
            }
            mine.retain(|_, count| *count != 0.0);
        }
        Ok(joined)
    }

    /// The hint of a sum; true if one says that there was a reset and the other that there was none.
    fn join_hints(&mut self, other: ResetHint) -> bool {
        use ResetHint::{Gauge, NotReset, Reset, Unknown};
        match (self.hint, other) {
            (mine, other) if mine == other => false,
            (Gauge, _) | (Unknown, NotReset | Reset) => false,
            (_, Gauge) => {
                self.hint = Gauge;
                false
            }
            (_, Unknown) => {
                self.hint = Unknown;
                false
            }
            _ => {
                self.hint = Unknown;
                true
            }
        }
    }

    /// Multiplies all counts and the sum.
    pub fn scale(&mut self, factor: f64) {
        self.map_counts(|count| count * factor);
        if factor < 0.0 {
            self.hint = ResetHint::Gauge;
        }
    }

    /// Divides all counts and the sum; by 0, no bucket is left.
    pub fn divide(&mut self, divisor: f64) {
        if divisor == 0.0 {
            self.positive.clear();
            self.negative.clear();
        }
        self.map_counts(|count| count / divisor);
        if divisor < 0.0 {
            self.hint = ResetHint::Gauge;
        }
    }

    fn map_counts(&mut self, change: impl Fn(f64) -> f64) {
        self.zero_count = change(self.zero_count);
        self.count = change(self.count);
        self.sum = change(self.sum);
        for side in [&mut self.positive, &mut self.negative] {
            side.values_mut().for_each(|count| *count = change(*count));
            side.retain(|_, count| *count != 0.0);
        }
    }

    /// Lowers the resolution of exponential buckets; a schema that is not lower changes nothing.
    pub fn reduce_to(&mut self, schema: i32) {
        if self.has_custom_buckets() || schema >= self.schema {
            return;
        }
        let shift = (self.schema - schema).min(31) as u32;
        for side in [&mut self.positive, &mut self.negative] {
            let mut reduced = BTreeMap::new();
            for (index, count) in side.iter() {
                *reduced.entry(((index - 1) >> shift) + 1).or_insert(0.0) += count;
            }
            *side = reduced;
        }
        self.schema = schema;
    }

    /// Gives custom buckets fewer bounds.
    fn rebound(&mut self, bounds: &[f64]) {
        let mut positive = BTreeMap::new();
        for (index, count) in &self.positive {
            let upper = self.bounds_of(*index).1;
            let place = bounds.partition_point(|bound| *bound < upper);
            *positive.entry(i32::try_from(place).unwrap_or(i32::MAX)).or_insert(0.0) += count;
        }
        self.positive = positive;
        self.bounds = bounds.to_vec();
    }

    /// Widens zero buckets until both have the same.
    fn reconcile_zero(&mut self, other: &mut NativeHistogram) {
        while self.zero_threshold != other.zero_threshold {
            if self.zero_threshold > other.zero_threshold {
                other.widen_zero(self.zero_threshold);
            } else {
                self.widen_zero(other.zero_threshold);
            }
            if self.zero_threshold.is_nan() || other.zero_threshold.is_nan() {
                return;
            }
        }
    }

    /// Widens the zero bucket to a threshold, or further to the end of a bucket that the threshold cuts.
    pub fn widen_zero(&mut self, threshold: f64) {
        let (schema, mut threshold) = (self.schema, threshold);
        let cut = |side: &BTreeMap<i32, f64>, threshold: f64| {
            let bounds =
                side.keys().map(|i| (exponential_bound(i - 1, schema), exponential_bound(*i, schema)));
            bounds
                .filter(|(lower, upper)| *lower < threshold && *upper > threshold)
                .map(|(_, upper)| upper)
                .next()
        };
        while let Some(wider) = cut(&self.positive, threshold).or_else(|| cut(&self.negative, threshold)) {
            threshold = wider;
        }
        for side in [&mut self.positive, &mut self.negative] {
            side.retain(|index, count| {
                let inside = exponential_bound(*index - 1, schema) < threshold;
                if inside {
                    self.zero_count += *count;
                }
                !inside
            });
        }
        self.zero_threshold = threshold;
    }

    /// Whether a counter was reset between `previous` and this histogram.
    pub fn is_reset_after(&self, previous: &NativeHistogram) -> bool {
        match self.hint {
            ResetHint::Reset => return true,
            ResetHint::NotReset => return false,
            ResetHint::Unknown | ResetHint::Gauge => {}
        }
        if self.count < previous.count {
            return true;
        }
        let (mut current, mut previous) = (self.clone(), previous.clone());
        if self.has_custom_buckets() {
            if !previous.has_custom_buckets() {
                return true;
            }
            let common: Vec<f64> =
                self.bounds.iter().copied().filter(|bound| previous.bounds.contains(bound)).collect();
            current.rebound(&common);
            previous.rebound(&common);
        } else {
            if self.schema > previous.schema || self.zero_threshold < previous.zero_threshold {
                return true;
            }
            previous.widen_zero(self.zero_threshold);
            if previous.zero_threshold != self.zero_threshold || self.zero_count < previous.zero_count {
                return true;
            }
            previous.reduce_to(self.schema);
        }
        let fell = |now: &BTreeMap<i32, f64>, before: &BTreeMap<i32, f64>| {
            before.iter().any(|(index, count)| now.get(index).copied().unwrap_or(0.0) < *count)
        };
        fell(&current.positive, &previous.positive) || fell(&current.negative, &previous.negative)
    }
}

/// The upper bound of a bucket of an exponential schema.
fn exponential_bound(index: i32, schema: i32) -> f64 {
    (f64::from(index) * f64::from(-schema).exp2()).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(schema: i32, buckets: &[(i32, f64)]) -> NativeHistogram {
        let positive: BTreeMap<i32, f64> = buckets.iter().copied().collect();
        let count = positive.values().sum();
        NativeHistogram { schema, count, sum: count, positive, ..NativeHistogram::default() }
    }

    #[test]
    fn buckets_have_their_bounds() {
        let buckets = histogram(0, &[(0, 1.0), (1, 2.0)]).buckets();
        assert_eq!(buckets[0], Bucket { lower: 0.5, upper: 1.0, count: 1.0 });
        assert_eq!(buckets[1], Bucket { lower: 1.0, upper: 2.0, count: 2.0 });
    }

    #[test]
    fn sums_take_the_lower_resolution() {
        let mut sum = histogram(1, &[(1, 1.0), (2, 1.0), (3, 1.0)]);
        assert_eq!(sum.add(&histogram(0, &[(1, 5.0)])), Ok(Joined::default()));
        assert_eq!(sum.positive, BTreeMap::from([(1, 7.0), (2, 1.0)]));
        assert_eq!((sum.schema, sum.count), (0, 8.0));
        let custom = NativeHistogram { schema: CUSTOM_BUCKETS, ..NativeHistogram::default() };
        assert_eq!(sum.add(&custom), Err(IncompatibleSchemas));
    }

    #[test]
    fn zero_buckets_are_widened() {
        let mut histogram = histogram(0, &[(0, 1.0), (1, 2.0)]);
        histogram.widen_zero(0.75);
        assert_eq!((histogram.zero_threshold, histogram.zero_count), (1.0, 1.0));
    }

    #[test]
    fn resets_are_seen() {
        let (before, after) = (histogram(0, &[(0, 2.0), (1, 2.0)]), histogram(0, &[(0, 1.0), (1, 5.0)]));
        assert!(after.is_reset_after(&before));
        assert!(!before.is_reset_after(&before));
    }
}
