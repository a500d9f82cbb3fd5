//! Expectations against what came.

use model::{Duration, Labels, Timestamp, is_stale};

use super::script::{Case, ExpectationKind, ExpectedSeries, When};
use crate::parser::SequenceValue;
use crate::value::{Answer, MatrixSeries};

/// The relative difference that is allowed.
const EPSILON: f64 = 1e-6;

/// What was expected, and what came instead.
pub(super) struct Mismatch {
    pub(super) expected: String,
    pub(super) got: String,
    /// Weir does not support something that the case needs.
    pub(super) unsupported: bool,
}

/// A result to compare.
pub(super) enum Got {
    Scalar(f64),
    Text(String),
    Vector(Vec<(Labels, f64)>),
    Matrix(Vec<MatrixSeries>),
}

// === impl Mismatch ===

impl Mismatch {
    pub(super) fn new(expected: impl Into<String>, got: impl Into<String>) -> Mismatch {
        Mismatch { expected: expected.into(), got: got.into(), unsupported: false }
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
        (got, Some(expected)) => {
            Err(Mismatch::new(format!("scalar {}", describe(*expected)), got.describe()))
        }
        (Got::Scalar(value), None) => {
            Err(Mismatch::new("an instant vector or range vector", format!("scalar {value}")))
        }
        (Got::Vector(samples), None) => check_vector(case, samples),
        (Got::Matrix(series), None) => check_matrix(case, series),
    }
}

fn check_vector(case: &Case, samples: &[(Labels, f64)]) -> Result<(), Mismatch> {
    let all = || Got::Vector(samples.to_vec()).describe();
    for (place, (labels, value)) in samples.iter().enumerate() {
        let series = find(case, labels).ok_or_else(|| unexpected(case, labels, &all()))?;
        if case.ordered && series.position != place + 1 {
            let expected = format!("{labels} at position {}", series.position);
            return Err(Mismatch::new(expected, format!("position {}", place + 1)));
        }
        let expected = series.values.first().copied().unwrap_or(SequenceValue::Omitted);
        // A vector has no omitted values; Prometheus takes `_` for 0.
        let equal = match expected {
            SequenceValue::Float(expected) => almost_equal(expected, *value),
            SequenceValue::Omitted => *value == 0.0,
            SequenceValue::Histogram => false,
        };
        if !equal {
            return Err(Mismatch::new(format!("{labels} {}", describe(expected)), format!("{value}")));
        }
    }
    check_complete(case, &samples.iter().map(|(labels, _)| labels).collect::<Vec<&Labels>>(), all)
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
        let points = expected_points(expected, start, step);
        let too_late = points.last().is_some_and(|(time, _)| *time > end.0);
        let same = points.len() == one.values.len()
            && points.iter().zip(one.timestamps.iter().zip(&one.values)).all(
                |((time, expected), (at, value))| {
                    time == at && expected.is_some_and(|expected| almost_equal(expected, *value))
                },
            );
        if too_late || !same {
            let expected = format!("{} {}", one.labels, describe_points(&points));
            return Err(Mismatch::new(expected, Got::Matrix(vec![one.clone()]).describe()));
        }
    }
    check_complete(case, &series.iter().map(|one| &one.labels).collect::<Vec<&Labels>>(), all)
}

/// Times and values; no value where a histogram is expected.
fn expected_points(series: &ExpectedSeries, start: Timestamp, step: Duration) -> Vec<(i64, Option<f64>)> {
    let point = |(place, value): (usize, &SequenceValue)| {
        let time = start.0.saturating_add((place as i64).saturating_mul(step.0));
        match value {
            SequenceValue::Omitted => None,
            SequenceValue::Float(value) => Some((time, Some(*value))),
            SequenceValue::Histogram => Some((time, None)),
        }
    };
    series.values.iter().enumerate().filter_map(point).collect()
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

fn describe(value: SequenceValue) -> String {
    match value {
        SequenceValue::Omitted => "_".to_owned(),
        SequenceValue::Float(value) if is_stale(value) => "stale".to_owned(),
        SequenceValue::Float(value) => value.to_string(),
        SequenceValue::Histogram => "a native histogram".to_owned(),
    }
}

fn describe_points(points: &[(i64, Option<f64>)]) -> String {
    let point = |(time, value): &(i64, Option<f64>)| match value {
        Some(value) => format!("{value}@{time}"),
        None => format!("histogram@{time}"),
    };
    points.iter().map(point).collect::<Vec<String>>().join(" ")
}

// === impl Got ===

impl Got {
    fn describe(&self) -> String {
        let lines: Vec<String> = match self {
            Got::Scalar(value) => return format!("scalar {value}"),
            Got::Text(text) => return format!("string {text:?}"),
            Got::Vector(samples) => {
                samples.iter().map(|(labels, value)| format!("{labels} {value}")).collect()
            }
            Got::Matrix(series) => series.iter().map(describe_series).collect(),
        };
        if lines.is_empty() { "nothing".to_owned() } else { lines.join(", ") }
    }
}

fn describe_series(series: &MatrixSeries) -> String {
    let points: Vec<(i64, Option<f64>)> =
        series.timestamps.iter().copied().zip(series.values.iter().copied().map(Some)).collect();
    format!("{} {}", series.labels, describe_points(&points))
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
