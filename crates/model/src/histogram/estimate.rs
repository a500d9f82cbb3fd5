//! Estimates from native histograms: quantile, fraction, variance, and cutting at a value.

use super::{Bucket, NativeHistogram};

impl NativeHistogram {
    /// The estimated q-quantile; NaN without observations (`HistogramQuantile` of Prometheus'
    /// `promql/quantile.go`).
    pub fn quantile(&self, q: f64) -> f64 {
        if q < 0.0 {
            return f64::NEG_INFINITY;
        }
        if q > 1.0 {
            return f64::INFINITY;
        }
        if self.count == 0.0 || q.is_nan() {
            return f64::NAN;
        }
        let forward = self.sum.is_nan() || q < 0.5;
        let mut buckets = self.buckets();
        if !forward {
            buckets.reverse();
        }
        let mut rank = if forward { q * self.count } else { (1.0 - q) * self.count };
        let (mut seen, mut found) = (0.0, Bucket { lower: 0.0, upper: 0.0, count: 0.0 });
        for bucket in buckets {
            seen += bucket.count;
            found = bucket;
            if seen >= rank {
                break;
            }
        }
        if let Some(end) = self.narrow(&mut found) {
            return end;
        }
        seen = seen.min(self.count);
        if seen < rank {
            return if self.sum.is_nan() { f64::NAN } else { found.upper };
        }
        rank = if forward { rank - (seen - found.count) } else { seen - rank };
        self.within(&found, rank / found.count)
    }

    /// Gives a bucket that reaches across zero or to infinity better bounds; the bound itself where nothing
    /// can be interpolated.
    fn narrow(&self, bucket: &mut Bucket) -> Option<f64> {
        if self.has_custom_buckets() {
            if bucket.lower == f64::NEG_INFINITY {
                if bucket.upper <= 0.0 {
                    return Some(bucket.upper);
                }
                bucket.lower = 0.0;
            } else if bucket.upper == f64::INFINITY {
                return Some(bucket.lower);
            }
        } else if bucket.lower < 0.0 && bucket.upper > 0.0 {
            self.narrow_zero(bucket);
        }
        None
    }

    /// Observations around zero are positive if all others are, or negative.
    fn narrow_zero(&self, bucket: &mut Bucket) {
        match (self.negative.is_empty(), self.positive.is_empty()) {
            (true, false) => bucket.lower = 0.0,
            (false, true) => bucket.upper = 0.0,
            _ => {}
        }
    }

    fn within(&self, bucket: &Bucket, fraction: f64) -> f64 {
        if self.has_custom_buckets() || (bucket.lower <= 0.0 && bucket.upper >= 0.0) {
            return bucket.lower + (bucket.upper - bucket.lower) * fraction;
        }
        let (low, high) = (bucket.lower.abs().log2(), bucket.upper.abs().log2());
        if bucket.lower > 0.0 {
            return (low + (high - low) * fraction).exp2();
        }
        -(high + (low - high) * (1.0 - fraction)).exp2()
    }

    /// The estimated share of observations between two values (`HistogramFraction` there).
    pub fn fraction(&self, lower: f64, upper: f64) -> f64 {
        if self.count == 0.0 || lower.is_nan() || upper.is_nan() {
            return f64::NAN;
        }
        if lower >= upper {
            return 0.0;
        }
        let buckets = self.buckets();
        let total = if self.sum.is_nan() { buckets.iter().map(|b| b.count).sum() } else { self.count };
        let rank = |value: f64| self.rank(&buckets, value).unwrap_or(total).min(total);
        (rank(upper) - rank(lower)) / self.count
    }

    /// How many observations are not above a value; none if all are below.
    fn rank(&self, buckets: &[Bucket], value: f64) -> Option<f64> {
        let mut rank = 0.0;
        for bucket in buckets {
            let mut bucket = *bucket;
            let zero = bucket.lower <= 0.0 && bucket.upper >= 0.0;
            if zero {
                self.narrow_zero(&mut bucket);
            }
            if bucket.lower >= value {
                return Some(rank);
            }
            if bucket.upper > value {
                if bucket.lower == f64::NEG_INFINITY && (self.has_custom_buckets() || zero) {
                    return Some(bucket.count);
                }
                return Some(rank + bucket.count * self.share_below(&bucket, value, zero));
            }
            rank += bucket.count;
        }
        None
    }

    /// The share of a bucket's observations that is not above a value within it.
    fn share_below(&self, bucket: &Bucket, value: f64, zero: bool) -> f64 {
        if self.has_custom_buckets() || zero {
            return (value - bucket.lower) / (bucket.upper - bucket.lower);
        }
        let (low, high, at) = (bucket.lower.abs().log2(), bucket.upper.abs().log2(), value.abs().log2());
        if value > 0.0 { (at - low) / (high - low) } else { 1.0 - (at - high) / (low - high) }
    }

    /// The estimated variance.
    pub fn variance(&self) -> f64 {
        let mean = self.sum / self.count;
        let squares = self.buckets().into_iter().map(|bucket| {
            let middle = if self.has_custom_buckets() {
                (bucket.upper + bucket.lower) / 2.0
            } else if bucket.lower <= 0.0 && bucket.upper >= 0.0 {
                0.0
            } else {
                (bucket.upper * bucket.lower).sqrt().copysign(bucket.upper)
            };
            bucket.count * (middle - mean) * (middle - mean)
        });
        squares.sum::<f64>() / self.count
    }

    /// Cuts off observations above a value (`upper`) or below it, and estimates count and sum anew if that
    /// changed anything (`TrimBuckets` of Prometheus' `model/histogram`).
    pub fn trim(&mut self, value: f64, upper: bool) {
        let (has_negative, has_positive) = (!self.negative.is_empty(), !self.positive.is_empty());
        let original = self.clone();
        let (mut count, mut sum, mut trimmed) = (0.0, 0.0, false);
        for (side, mirrored) in [(&mut self.positive, false), (&mut self.negative, true)] {
            for (index, held) in side.iter_mut() {
                let (low, high) = original.bounds_of(*index);
                let (lower, end) = if mirrored { (-high, -low) } else { (low, high) };
                let bucket = Bucket { lower, upper: end, count: *held };
                let (kept, middle) = original.trimmed(&bucket, value, upper);
                trimmed |= kept != *held;
                *held = kept;
                count += kept;
                sum += middle * kept;
            }
            side.retain(|_, held| *held != 0.0);
        }
        if self.zero_count > 0.0 {
            let threshold = self.zero_threshold;
            let lower = if has_positive && !has_negative { 0.0 } else { -threshold };
            let end = if has_negative && !has_positive { 0.0 } else { threshold };
            let (kept, middle) = trimmed_zero(lower, end, value, upper);
            let kept = kept * self.zero_count;
            trimmed |= kept != self.zero_count;
            self.zero_count = kept;
            count += kept;
            sum += middle * kept;
        }
        if trimmed {
            (self.count, self.sum) = (count, sum);
        }
    }

    /// How many observations of a bucket stay, and their middle.
    fn trimmed(&self, bucket: &Bucket, value: f64, upper: bool) -> (f64, f64) {
        let Bucket { lower, upper: end, count } = *bucket;
        let (whole, cut) = if upper { (end <= value, lower < value) } else { (lower >= value, end > value) };
        if whole {
            return (count, self.middle(lower, end));
        }
        if !cut {
            return (0.0, 0.0);
        }
        if lower.is_infinite() || end.is_infinite() {
            return trimmed_open(bucket, value, upper);
        }
        let below = if value <= lower {
            0.0
        } else if value >= end {
            count
        } else {
            count * self.share_below(bucket, value, lower <= 0.0 && end >= 0.0)
        };
        if upper { (below, self.middle(lower, value)) } else { (count - below, self.middle(value, end)) }
    }

    /// The middle of an interval: geometric for exponential buckets.
    fn middle(&self, lower: f64, upper: f64) -> f64 {
        match (lower.is_infinite(), upper.is_infinite()) {
            (true, true) => 0.0,
            (true, false) if upper > 0.0 => upper / 2.0,
            (true, false) => upper,
            (false, true) => lower,
            (false, false) if self.has_custom_buckets() => (lower + upper) / 2.0,
            (false, false) => (lower * upper).abs().sqrt().copysign(lower + upper),
        }
    }
}

/// A bucket that is open to one side.
fn trimmed_open(bucket: &Bucket, value: f64, upper: bool) -> (f64, f64) {
    let Bucket { lower, upper: end, count } = *bucket;
    let finite = |bound: f64| if bound.is_infinite() { 0.0 } else { bound };
    if lower == f64::NEG_INFINITY {
        return match upper {
            true if value >= end => (count, 0.0),
            true if value > 0.0 && end > 0.0 && end.is_finite() => (count * value / end, value / 2.0),
            true if end <= 0.0 => (count, value),
            false if value <= lower => (count, 0.0),
            false if value >= 0.0 && end > value && end.is_finite() => {
                (count * (1.0 - value / end), (value + end) / 2.0)
            }
            _ => (0.0, finite(end)),
        };
    }
    if !upper && value >= lower { (count, value) } else { (0.0, finite(lower)) }
}

/// The share of the zero bucket that stays, and its middle.
fn trimmed_zero(lower: f64, end: f64, value: f64, upper: bool) -> (f64, f64) {
    let whole = (1.0, (lower + end) / 2.0);
    match upper {
        true if value <= lower => (0.0, 0.0),
        true if value >= end => whole,
        true => ((value - lower) / (end - lower), (lower + value) / 2.0),
        false if value <= lower => whole,
        false if value >= end => (0.0, 0.0),
        false => ((end - value) / (end - lower), (value + end) / 2.0),
    }
}
