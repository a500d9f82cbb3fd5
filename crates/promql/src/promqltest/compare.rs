//! Expectations against what came.

use std::sync::Arc;

use model::{Duration, Labels, NativeHistogram, Timestamp, is_stale};

use super::script::{Case, ExpectationKind, ExpectedSeries, When};
use crate::parser::SequenceValue;
use crate::value::{Answer, MatrixSeries, VectorSample};

/// The relative difference that is allowed.
const EPSILON: f64 = 1e-6;

/// What was expected, and what came instead.
pub(super) struct Mismatch {
    pub(super) expected: String,
    pub(super) got: String,
}

/// A result to compare.
pub(super) enum Got {
    Scalar(f64),
    Text(String),
    Vector(Vec<VectorSample>),
    Matrix(Vec<MatrixSeries>),
}

// === impl Mismatch ===

impl Mismatch {
    pub(super) fn new(expected: impl Into<String>, got: impl Into<String>) -> Mismatch {
        Mismatch { expected: expected.into(), got: got.into() }
    }
}

/// Whether the error is the one that the case expects.
pub(super) fn check_failure(case: &Case, error: &str) -> Result<(), Mismatch> {
    if !case.fail {
        return Err(Mismatch::new("a result", format!("error: {error}")));
    }
    let wrong = case
        .expectations
        .iter()
        .filter(|expectation| expectation.kind == ExpectationKind::Fail)
        .find(|expectation| !expectation.pattern.matches(error));
    match wrong {
        Some(expectation) => {
            Err(Mismatch::new(format!("error {}", expectation.pattern.describe()), format!("error: {error}")))
        }
        None => Ok(()),
    }
}

/// Whether warnings and infos are those expected.
pub(super) fn check_annotations(case: &Case, answer: &Answer) -> Result<(), Mismatch> {
    if case.any_warning && answer.warnings.is_empty() {
        return Err(Mismatch::new("some warning", "none"));
    }
    if case.any_info && answer.infos.is_empty() {
        return Err(Mismatch::new("some info", "none"));
    }
    check_notes(case, ExpectationKind::Warn, ExpectationKind::NoWarn, &answer.warnings)?;
    check_notes(case, ExpectationKind::Info, ExpectationKind::NoInfo, &answer.infos)
}

/// Each note must be expected, and each that is expected must be there.
fn check_notes(
    case: &Case,
    wanted: ExpectationKind,
    unwanted: ExpectationKind,
    notes: &[String],
) -> Result<(), Mismatch> {
    if case.expectations.iter().any(|e| e.kind == unwanted) && !notes.is_empty() {
        return Err(Mismatch::new(format!("{unwanted:?}"), notes.join("; ")));
    }
    let wanted: Vec<_> = case.expectations.iter().filter(|e| e.kind == wanted).collect();
    if let Some(missing) = wanted.iter().find(|e| !notes.iter().any(|note| e.pattern.matches(note))) {
        let notes = if notes.is_empty() { "no annotation".to_owned() } else { notes.join("; ") };
        return Err(Mismatch::new(format!("{:?} {}", missing.kind, missing.pattern.describe()), notes));
    }
    let surplus = notes.iter().find(|note| !wanted.iter().any(|e| e.pattern.matches(note)));
    match surplus {
        Some(note) if !wanted.is_empty() => Err(Mismatch::new("no other annotation", note.as_str())),
        _ => Ok(()),
    }
}

/// Whether the result is the one expected.
pub(super) fn check_result(case: &Case, got: &Got) -> Result<(), Mismatch> {
    match (got, &case.expected.scalar) {
        (Got::Text(text), _) if *text == case.expected.text => Ok(()),
        (Got::Text(text), _) => {
            Err(Mismatch::new(format!("string {:?}", case.expected.text), format!("string {text:?}")))
        }
        (Got::Scalar(value), Some(SequenceValue::Float(expected))) => {
            if almost_equal(*expected, *value) {
                return Ok(());
            }
            Err(Mismatch::new(format!("scalar {expected}"), format!("scalar {value}")))
        }
        (got, Some(expected)) => Err(Mismatch::new(format!("scalar {}", describe(expected)), got.describe())),
        (Got::Scalar(value), None) => {
            Err(Mismatch::new("an instant vector or range vector", format!("scalar {value}")))
        }
        (Got::Vector(samples), None) => check_vector(case, samples),
        (Got::Matrix(series), None) => check_matrix(case, series),
    }
}

fn check_vector(case: &Case, samples: &[VectorSample]) -> Result<(), Mismatch> {
    let all = || Got::Vector(samples.to_vec()).describe();
    for (place, sample) in samples.iter().enumerate() {
        let labels = &sample.labels;
        let series = find(case, labels).ok_or_else(|| unexpected(case, labels, &all()))?;
        if case.ordered && series.position != place + 1 {
            let expected = format!("{labels} at position {}", series.position);
            return Err(Mismatch::new(expected, format!("position {}", place + 1)));
        }
        let expected = series.values.first().unwrap_or(&SequenceValue::Omitted);
        // A vector has no omitted values; Prometheus takes `_` for 0.
        let equal = match (expected, &sample.native) {
            (SequenceValue::Float(expected), None) => almost_equal(*expected, sample.value),
            (SequenceValue::Omitted, None) => sample.value == 0.0,
            (SequenceValue::Histogram(expected, hint), Some(got)) => same(expected, *hint, got),
            _ => false,
        };
        if !equal {
            return Err(Mismatch::new(format!("{labels} {}", describe(expected)), all()));
        }
    }
    check_complete(case, &samples.iter().map(|sample| &sample.labels).collect::<Vec<&Labels>>(), all)
}

fn check_matrix(case: &Case, series: &[MatrixSeries]) -> Result<(), Mismatch> {
    let all = || Got::Matrix(series.to_vec()).describe();
    if case.ordered {
        return Err(Mismatch::new("an ordered vector", "a range vector"));
    }
    if series.windows(2).any(|two| two[0].labels > two[1].labels) {
        return Err(Mismatch::new("series sorted by their labels", all()));
    }
    let (start, end, step) = match (case.when, case.expected.points) {
        (_, Some(points)) => points,
        (When::Range { start, end, step }, None) => (start, end, step),
        (When::Instant { at }, None) => (at, at, Duration(1)),
    };
    for one in series {
        let expected = find(case, &one.labels).ok_or_else(|| unexpected(case, &one.labels, &all()))?;
        let (floats, natives) = expected_points(expected, start, step);
        let last = floats.last().map(|(time, _)| *time).max(natives.last().map(|(time, ..)| *time));
        let floats_agree = floats.len() == one.values.len()
            && floats
                .iter()
                .zip(one.timestamps.iter().zip(&one.values))
                .all(|((time, expected), (at, value))| time == at && almost_equal(*expected, *value));
        let natives_agree = natives.len() == one.natives.len()
            && natives
                .iter()
                .zip(&one.natives)
                .all(|((time, expected, hint), (at, got))| time == at && same(expected, *hint, got));
        if last.is_some_and(|time| time > end.0) || !floats_agree || !natives_agree {
            let natives = natives.into_iter().map(|(time, histogram, _)| (time, histogram)).collect();
            let (timestamps, values) = floats.into_iter().unzip();
            let expected = MatrixSeries { labels: one.labels.clone(), timestamps, values, natives };
            return Err(Mismatch::new(describe_series(&expected), describe_series(one)));
        }
    }
    check_complete(case, &series.iter().map(|one| &one.labels).collect::<Vec<&Labels>>(), all)
}

type ExpectedFloats = Vec<(i64, f64)>;
/// Time, histogram, and whether its hint is expected too.
type ExpectedNatives = Vec<(i64, Arc<NativeHistogram>, bool)>;

fn expected_points(
    series: &ExpectedSeries,
    start: Timestamp,
    step: Duration,
) -> (ExpectedFloats, ExpectedNatives) {
    let (mut floats, mut natives) = (Vec::new(), Vec::new());
    for (place, value) in series.values.iter().enumerate() {
        let time = start.0.saturating_add((place as i64).saturating_mul(step.0));
        match value {
            SequenceValue::Omitted => {}
            SequenceValue::Float(value) => floats.push((time, *value)),
            SequenceValue::Histogram(histogram, hint) => natives.push((time, Arc::clone(histogram), *hint)),
        }
    }
    (floats, natives)
}

/// Equal layout, numbers almost equal, and the hint if it matters.
fn same(expected: &NativeHistogram, hint: bool, got: &NativeHistogram) -> bool {
    let numbers =
        [(expected.count, got.count), (expected.sum, got.sum), (expected.zero_count, got.zero_count)];
    let sides = [(&expected.positive, &got.positive), (&expected.negative, &got.negative)];
    expected.schema == got.schema
        && (!expected.has_custom_buckets() || expected.bounds == got.bounds)
        && expected.zero_threshold == got.zero_threshold
        && (!hint || expected.hint == got.hint)
        && numbers.iter().all(|(a, b)| almost_equal(*a, *b))
        && sides.iter().all(|(a, b)| {
            a.len() == b.len() && a.iter().zip(*b).all(|(a, b)| a.0 == b.0 && almost_equal(*a.1, *b.1))
        })
}

fn find<'c>(case: &'c Case, labels: &Labels) -> Option<&'c ExpectedSeries> {
    case.expected.series.iter().find(|series| series.labels == *labels)
}

fn unexpected(case: &Case, labels: &Labels, all: &str) -> Mismatch {
    let expected: Vec<String> = case.expected.series.iter().map(|s| s.labels.to_string()).collect();
    let expected = if expected.is_empty() { "nothing".to_owned() } else { expected.join(", ") };
    Mismatch::new(expected, format!("{all}; {labels} is not expected"))
}

fn check_complete(case: &Case, labels: &[&Labels], all: impl Fn() -> String) -> Result<(), Mismatch> {
    let missing = case.expected.series.iter().find(|series| !labels.contains(&&series.labels));
    match missing {
        Some(series) => Err(Mismatch::new(series.labels.to_string(), all())),
        None => Ok(()),
    }
}

/// Equal within a millionth of the sum; any NaN equals any other but the staleness marker.
fn almost_equal(a: f64, b: f64) -> bool {
    if is_stale(a) || is_stale(b) {
        return is_stale(a) && is_stale(b);
    }
    if (a.is_nan() && b.is_nan()) || a == b {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < EPSILON * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < EPSILON
}

fn describe(value: &SequenceValue) -> String {
    match value {
        SequenceValue::Omitted => "_".to_owned(),
        SequenceValue::Float(value) if is_stale(*value) => "stale".to_owned(),
        SequenceValue::Float(value) => value.to_string(),
        SequenceValue::Histogram(histogram, _) => format!("{histogram:?}"),
    }
}

// === impl Got ===

impl Got {
    fn describe(&self) -> String {
        let lines: Vec<String> = match self {
            Got::Scalar(value) => return format!("scalar {value}"),
            Got::Text(text) => return format!("string {text:?}"),
            Got::Vector(samples) => samples.iter().map(describe_sample).collect(),
            Got::Matrix(series) => series.iter().map(describe_series).collect(),
        };
        if lines.is_empty() { "nothing".to_owned() } else { lines.join(", ") }
    }
}

fn describe_sample(sample: &VectorSample) -> String {
    match &sample.native {
        Some(histogram) => format!("{} {histogram:?}", sample.labels),
        None => format!("{} {}", sample.labels, sample.value),
    }
}

fn describe_series(series: &MatrixSeries) -> String {
    let floats = series.timestamps.iter().zip(&series.values).map(|(time, value)| format!(" {value}@{time}"));
    let natives = series.natives.iter().map(|(time, histogram)| format!(" {histogram:?}@{time}"));
    let points: String = floats.chain(natives).collect();
    format!("{}{points}", series.labels)
}

#[cfg(test)]
mod tests {
    use super::almost_equal;

    #[test]
    fn almost_equal_is_prometheus_own() {
        for (a, b, equal) in [
            (1.0, 1.0 + 1e-6, true),
            (1.0, 1.0 + 1e-5, false),
            (0.0, 1e-300, false),
            (0.0, -0.0, true),
            (f64::NAN, -f64::NAN, true),
            (f64::NAN, model::STALE_NAN, false),
            (f64::INFINITY, f64::INFINITY, true),
            (f64::MAX, f64::INFINITY, false),
        ] {
            assert_eq!(almost_equal(a, b), equal, "{a} {b}");
        }
    }
}
