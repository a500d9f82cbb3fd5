//! Recorded answers of a Prometheus against answers of Weir: the pure part of `weir compare-queries`.
//!
//! A recording is a file of JSON rows, one a query: `query` and `time`, or `start`, `end` and `step` (seconds);
//! then the answer: `status`, `type`, `result` as the HTTP API gives it, or `errorType`.

use std::collections::BTreeMap;
use std::fmt;

use model::value::parse_float;
use serde_json::Value;

use crate::value::QueryValue;

/// Values agree within this share of the greater one.
const RELATIVE: f64 = 1e-9;
/// Times agree within this many seconds.
const SECONDS: f64 = 1e-6;

/// A query and the answer it got when it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedQuery {
    /// The query's text.
    pub query: String,
    /// When it was evaluated.
    pub when: When,
    expected: Outcome,
}

/// When a query is evaluated, in seconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// At one time.
    Instant {
        /// The time.
        time: f64,
    },
    /// At steps of a range.
    Range {
        /// The first step.
        start: f64,
        /// The end, included if a step falls on it.
        end: f64,
        /// Seconds from step to step.
        step: f64,
    },
}

/// Why a row is no recorded query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// It is no JSON.
    #[error("row is no JSON: {0}")]
    Json(String),
    /// A field is missing or of the wrong type.
    #[error("row has no valid \"{0}\"")]
    Field(&'static str),
}

/// How an answer differs from the recorded one, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference(pub String);

/// An answer in a form that can be compared, wherever it came from.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    Result {
        kind: String,
        series: Vec<Series>,
    },
    /// The `errorType`.
    Error(String),
}

#[derive(Clone, Debug, PartialEq)]
struct Series {
    /// The labels as JSON, sorted; empty for scalars.
    labels: String,
    points: Vec<Point>,
}

/// Seconds since the epoch, and a value.
#[derive(Clone, Debug, PartialEq)]
struct Point {
    time: f64,
    value: Reading,
}

#[derive(Clone, Debug, PartialEq)]
enum Reading {
    Number(f64),
    Text(String),
}

// === impl RecordedQuery ===

impl RecordedQuery {
    /// Reads a row.
    pub fn parse(row: &str) -> Result<RecordedQuery, RowError> {
        let row: Value = serde_json::from_str(row).map_err(|why| RowError::Json(why.to_string()))?;
        let query = row["query"].as_str().ok_or(RowError::Field("query"))?.to_owned();
        let number = |name: &'static str| row[name].as_f64().ok_or(RowError::Field(name));
        let when = if row["time"].is_null() {
            When::Range { start: number("start")?, end: number("end")?, step: number("step")? }
        } else {
            When::Instant { time: number("time")? }
        };
        let expected = match row["status"].as_str() {
            Some("success") => {
                let kind = row["type"].as_str().ok_or(RowError::Field("type"))?;
                Outcome::result(kind, &row["result"]).ok_or(RowError::Field("result"))?
            }
            Some("error") => {
                Outcome::Error(row["errorType"].as_str().ok_or(RowError::Field("errorType"))?.to_owned())
            }
            _ => return Err(RowError::Field("status")),
        };
        Ok(RecordedQuery { query, when, expected })
    }

    /// How to ask the HTTP API: the path and its parameters, not yet escaped.
    pub fn request(&self) -> (&'static str, Vec<(&'static str, String)>) {
        let query = ("query", self.query.clone());
        match self.when {
            When::Instant { time } => ("/api/v1/query", vec![query, ("time", time.to_string())]),
            When::Range { start, end, step } => {
                let times = [("start", start), ("end", end), ("step", step)];
                let times = times.map(|(name, seconds)| (name, seconds.to_string()));
                ("/api/v1/query_range", [query].into_iter().chain(times).collect())
            }
        }
    }

    /// Compares with the body of an API's answer.
    pub fn compare(&self, body: &Value) -> Result<(), Difference> {
        let got = match (body["status"].as_str(), body["data"]["resultType"].as_str()) {
            (Some("success"), Some(kind)) => Outcome::result(kind, &body["data"]["result"]),
            (Some("error"), _) => body["errorType"].as_str().map(|kind| Outcome::Error(kind.to_owned())),
            _ => None,
        };
        let got = got.ok_or_else(|| Difference(format!("answer has no result: {}", shortened(body))))?;
        self.compare_outcome(&got)
    }

    /// Compares with a result in the process, or the `errorType` that the API would give.
    pub fn compare_value(&self, value: Result<&QueryValue, &str>) -> Result<(), Difference> {
        let got = match value {
            Ok(value) => Outcome::from_value(value),
            Err(kind) => Outcome::Error(kind.to_owned()),
        };
        self.compare_outcome(&got)
    }

    fn compare_outcome(&self, got: &Outcome) -> Result<(), Difference> {
        let (kind, expected, got) = match (&self.expected, got) {
            (Outcome::Error(expected), Outcome::Error(got)) if expected == got => return Ok(()),
            (Outcome::Error(expected), got) => {
                return different(format!("expected error {expected}, got {got}"));
            }
            (_, Outcome::Error(got)) => return different(format!("expected a result, got error {got}")),
            (Outcome::Result { kind, series: expected }, Outcome::Result { kind: got_kind, series }) => {
                if kind != got_kind {
                    return different(format!("expected a {kind}, got a {got_kind}"));
                }
                (kind, expected, series)
            }
        };
        // The order of a vector matters only where it was sorted.
        if kind == "vector" && self.query.contains("sort") {
            compare_order(expected, got)?;
        }
        compare_series(expected, got)
    }
}

// === impl Outcome ===

impl Outcome {
    /// A result as the API gives it.
    fn result(kind: &str, result: &Value) -> Option<Outcome> {
        let series = match kind {
            "vector" | "matrix" => {
                result.as_array()?.iter().map(Series::from_json).collect::<Option<Vec<Series>>>()?
            }
            _ => {
                let text = kind == "string";
                vec![Series { labels: String::new(), points: vec![Point::from_json(result, text)?] }]
            }
        };
        Some(Outcome::Result { kind: kind.to_owned(), series })
    }

    fn from_value(value: &QueryValue) -> Outcome {
        let number = |time: f64, value: f64| Point { time, value: Reading::Number(value) };
        let (kind, series) = match value {
            QueryValue::Scalar(time, value) => (
                "scalar",
                vec![Series { labels: String::new(), points: vec![number(time.seconds(), *value)] }],
            ),
            QueryValue::String(time, text) => {
                let point = Point { time: time.seconds(), value: Reading::Text(text.clone()) };
                ("string", vec![Series { labels: String::new(), points: vec![point] }])
            }
            QueryValue::Vector(samples) => {
                let series = samples.iter().map(|sample| Series {
                    labels: labels_json(sample.labels.iter()),
                    points: vec![number(sample.timestamp.seconds(), sample.value)],
                });
                ("vector", series.collect())
            }
            QueryValue::Matrix(all) => {
                let series = all.iter().map(|one| Series {
                    labels: labels_json(one.labels.iter()),
                    points: one
                        .timestamps
                        .iter()
                        .zip(&one.values)
                        .map(|(time, value)| number(*time as f64 / 1000.0, *value))
                        .collect(),
                });
                ("matrix", series.collect())
            }
        };
        Outcome::Result { kind: kind.to_owned(), series }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Result { kind, series } => write!(f, "a {kind} of {} series", series.len()),
            Outcome::Error(kind) => write!(f, "error {kind}"),
        }
    }
}

// === impl Series ===

impl Series {
    /// `{"metric": {…}, "value": […]}` or `{"metric": {…}, "values": [[…], …]}`
    fn from_json(json: &Value) -> Option<Series> {
        let metric = json["metric"].as_object()?;
        let labels =
            labels_json(metric.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))));
        let points = match json["values"].as_array() {
            Some(values) => {
                values.iter().map(|point| Point::from_json(point, false)).collect::<Option<_>>()?
            }
            None => vec![Point::from_json(&json["value"], false)?],
        };
        Some(Series { labels, points })
    }
}

// === impl Point ===

impl Point {
    /// `[1795361850, "5"]`
    fn from_json(json: &Value, text: bool) -> Option<Point> {
        let value = json[1].as_str()?;
        let value = if text { Reading::Text(value.to_owned()) } else { Reading::Number(parse_float(value)?) };
        Some(Point { time: json[0].as_f64()?, value })
    }

    fn agrees(&self, other: &Point) -> bool {
        (self.time - other.time).abs() <= SECONDS && self.value.agrees(&other.value)
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Reading::Number(value) => write!(f, "{value} at {}", self.time),
            Reading::Text(text) => write!(f, "{text:?} at {}", self.time),
        }
    }
}

// === impl Reading ===

impl Reading {
    fn agrees(&self, other: &Reading) -> bool {
        match (self, other) {
            (Reading::Number(a), Reading::Number(b)) => {
                let equal = a == b || (a.is_nan() && b.is_nan());
                equal || (a.is_finite() && b.is_finite() && (a - b).abs() <= RELATIVE * a.abs().max(b.abs()))
            }
            (a, b) => a == b,
        }
    }
}

fn compare_series(expected: &[Series], got: &[Series]) -> Result<(), Difference> {
    let by_labels: BTreeMap<&str, &Series> = got.iter().map(|one| (one.labels.as_str(), one)).collect();
    if by_labels.len() != got.len() {
        return different("the answer has a series twice".to_owned());
    }
    let known: BTreeMap<&str, &Series> = expected.iter().map(|one| (one.labels.as_str(), one)).collect();
    if let Some(surplus) = got.iter().find(|one| !known.contains_key(one.labels.as_str())) {
        return different(format!("series {} is not expected", surplus.labels));
    }
    for one in expected {
        let Some(other) = by_labels.get(one.labels.as_str()) else {
            return different(format!("series {} is missing", one.labels));
        };
        compare_points(one, other)?;
    }
    Ok(())
}

fn compare_points(expected: &Series, got: &Series) -> Result<(), Difference> {
    let pairs = expected.points.iter().zip(&got.points);
    if let Some((expected_point, got_point)) = pairs.clone().find(|(a, b)| !a.agrees(b)) {
        return different(format!("series {}: expected {expected_point}, got {got_point}", expected.labels));
    }
    if expected.points.len() != got.points.len() {
        let (expected_count, got_count) = (expected.points.len(), got.points.len());
        return different(format!(
            "series {}: expected {expected_count} samples, got {got_count}",
            expected.labels
        ));
    }
    Ok(())
}

/// Values in their order; series of equal values may stand in any.
fn compare_order(expected: &[Series], got: &[Series]) -> Result<(), Difference> {
    let pairs = expected.iter().flat_map(|one| &one.points).zip(got.iter().flat_map(|one| &one.points));
    match pairs.enumerate().find(|(_, (a, b))| !a.value.agrees(&b.value)) {
        Some((place, (a, b))) => {
            different(format!("at place {} of the order: expected {a}, got {b}", place + 1))
        }
        None => Ok(()),
    }
}

fn labels_json<'l>(labels: impl Iterator<Item = (&'l str, &'l str)>) -> String {
    let labels: BTreeMap<&str, &str> = labels.collect();
    let labels: serde_json::Map<String, Value> =
        labels.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    Value::Object(labels).to_string()
}

fn different<T>(text: String) -> Result<T, Difference> {
    Err(Difference(text))
}

fn shortened(body: &Value) -> String {
    body.to_string().chars().take(200).collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Difference {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ROW: &str = r#"{"query": "up", "time": 10, "status": "success", "type": "vector",
        "result": [{"metric": {"a": "b", "__name__": "up"}, "value": [10, "0.1"]}]}"#;

    fn body(metric: &Value, value: &str) -> Value {
        let result = json!([{"metric": metric, "value": [10.0, value]}]);
        json!({"status": "success", "data": {"resultType": "vector", "result": result}})
    }

    #[test]
    fn compares_answers() {
        let row = RecordedQuery::parse(ROW).expect("valid");
        assert_eq!(row.request().0, "/api/v1/query");
        let labels = json!({"__name__": "up", "a": "b"});
        assert_eq!(row.compare(&body(&labels, "0.1")), Ok(()));
        assert_eq!(row.compare(&body(&labels, "0.10000000000001")), Ok(()));
        for (labels, value, difference) in [
            (labels.clone(), "0.2", "expected 0.1 at 10, got 0.2 at 10"),
            (labels, "NaN", "got NaN at 10"),
            (json!({"a": "c"}), "0.1", "is not expected"),
        ] {
            let got = row.compare(&body(&labels, value)).map_err(|difference| difference.to_string());
            assert!(got.clone().is_err_and(|text| text.contains(difference)), "{got:?}");
        }
        assert!(row.compare(&json!({"status": "error", "errorType": "bad_data"})).is_err());
    }

    #[test]
    fn compares_errors() {
        let row =
            r#"{"query": "(", "start": 1, "end": 2, "step": 1, "status": "error", "errorType": "bad_data"}"#;
        let row = RecordedQuery::parse(row).expect("valid");
        assert_eq!(row.compare(&json!({"status": "error", "errorType": "bad_data"})), Ok(()));
        assert_eq!(row.compare_value(Err("bad_data")), Ok(()));
        assert!(row.compare_value(Err("execution")).is_err());
        assert_eq!(RecordedQuery::parse("{}"), Err(RowError::Field("query")));
    }
}
