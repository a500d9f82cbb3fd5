//! `load_with_nhcb`: native histograms with custom buckets of classic histograms.

use std::collections::BTreeMap;

use model::histogram::CUSTOM_BUCKETS;
use model::labels::{BUCKET, METRIC_NAME};
use model::{Labels, NativeHistogram};

use super::script::Load;
use crate::parser::SequenceValue;

/// What the series of a classic histogram say of one time.
#[derive(Default)]
struct Classic {
    /// Bound and how many observations are not above it.
    buckets: Vec<(f64, f64)>,
    count: Option<f64>,
    sum: f64,
}

/// The native histograms of all classic ones that are loaded: labels, time in milliseconds, and histogram.
pub(super) fn convert(load: &Load) -> Vec<(Labels, i64, NativeHistogram)> {
    let mut found: BTreeMap<(Labels, i64), Classic> = BTreeMap::new();
    for series in &load.series {
        let name = series.labels.metric_name();
        let suffixes = ["_bucket", "_count", "_sum"];
        let Some((base, suffix)) = suffixes.iter().find_map(|end| Some((name.strip_suffix(end)?, *end)))
        else {
            continue;
        };
        let bound = model::value::parse_float(series.labels.get(BUCKET)).filter(|bound| !bound.is_nan());
        let labels = series.labels.with(METRIC_NAME, base).without(&[BUCKET]);
        for (at, value) in series.values.iter().enumerate() {
            let SequenceValue::Float(value) = value else { continue };
            let classic = found.entry((labels.clone(), at as i64 * load.step.0)).or_default();
            match (suffix, bound) {
                ("_bucket", Some(bound)) => classic.buckets.push((bound, *value)),
                ("_count", _) => classic.count = Some(*value),
                ("_sum", _) => classic.sum = *value,
                _ => {}
            }
        }
    }
    found.into_iter().map(|((labels, time), classic)| (labels, time, classic.native())).collect()
}

// === impl Classic ===

impl Classic {
    fn native(mut self) -> NativeHistogram {
        self.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        let highest = self.buckets.last().map_or(0.0, |(_, count)| *count);
        let count = self.count.unwrap_or(highest);
        let finite: Vec<(f64, f64)> =
            self.buckets.into_iter().filter(|(bound, _)| bound.is_finite()).collect();
        let mut histogram = NativeHistogram {
            schema: CUSTOM_BUCKETS,
            bounds: finite.iter().map(|(bound, _)| *bound).collect(),
            count,
            sum: self.sum,
            ..NativeHistogram::default()
        };
        let mut before = 0.0;
        let cumulative = finite.iter().map(|(_, count)| *count).chain([count]);
        for (index, cumulative) in (0..).zip(cumulative) {
            if cumulative != before {
                histogram.positive.insert(index, cumulative - before);
            }
            before = cumulative;
        }
        histogram
    }
}
