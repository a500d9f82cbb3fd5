//! JSON that is written by hand, since it is written by the megabyte: query results and label sets.

use std::fmt::Write;

use model::Labels;
use model::value::ApiFloat;
use promql::{MatrixSeries, QueryValue};

/// Appends a JSON string, quotes included.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[start..at]);
        start = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            // Writing to a string cannot fail, here and below.
            other => drop(write!(out, "\\u{other:04x}")),
        }
    }
    out.push_str(&text[start..]);
    out.push('"');
}

/// Appends a label set as an object, names sorted.
pub(crate) fn push_labels(out: &mut String, labels: &Labels) {
    out.push('{');
    for (i, (name, value)) in labels.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_string(out, name);
        out.push(':');
        push_string(out, value);
    }
    out.push('}');
}

/// Appends `[seconds,"value"]`.
pub(crate) fn push_point(out: &mut String, timestamp_ms: i64, value: f64) {
    out.push('[');
    push_seconds(out, timestamp_ms);
    out.push_str(",\"");
    let _ = write!(out, "{}", ApiFloat(value));
    out.push_str("\"]");
}

/// The `data` of a query's answer.
pub(crate) fn query_data(value: &QueryValue, limit: usize) -> String {
    let mut out = String::with_capacity(256);
    match value {
        QueryValue::Scalar(at, value) => {
            out.push_str("{\"resultType\":\"scalar\",\"result\":");
            push_point(&mut out, at.0, *value);
        }
        QueryValue::String(at, text) => {
            out.push_str("{\"resultType\":\"string\",\"result\":[");
            push_seconds(&mut out, at.0);
            out.push(',');
            push_string(&mut out, text);
            out.push(']');
        }
        QueryValue::Vector(samples) => {
            out.push_str("{\"resultType\":\"vector\",\"result\":");
            push_list(&mut out, limited(samples, limit), |out, sample| {
                out.push_str("{\"metric\":");
                push_labels(out, &sample.labels);
                out.push_str(",\"value\":");
                push_point(out, sample.timestamp.0, sample.value);
                out.push('}');
            });
        }
        QueryValue::Matrix(series) => {
            out.push_str("{\"resultType\":\"matrix\",\"result\":");
            push_list(&mut out, limited(series, limit), push_series);
        }
    }
    out.push('}');
    out
}

/// Appends `[…]` with one entry for each item.
pub(crate) fn push_list<T>(out: &mut String, items: &[T], mut push: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push(out, item);
    }
    out.push(']');
}

/// The first `limit` items; 0 is all.
pub(crate) fn limited<T>(items: &[T], limit: usize) -> &[T] {
    if limit == 0 { items } else { &items[..items.len().min(limit)] }
}

fn push_series(out: &mut String, series: &MatrixSeries) {
    out.push_str("{\"metric\":");
    push_labels(out, &series.labels);
    out.push_str(",\"values\":[");
    out.reserve(series.values.len() * 28);
    for (i, (at, value)) in series.timestamps.iter().zip(&series.values).enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_point(out, *at, *value);
    }
    out.push_str("]}");
}

/// Seconds with exactly three decimals, or none (`marshalTimestamp` of Prometheus' `util/jsonutil`).
pub(crate) fn push_seconds(out: &mut String, timestamp_ms: i64) {
    let sign = if timestamp_ms < 0 { "-" } else { "" };
    let (seconds, ms) = (timestamp_ms.unsigned_abs() / 1000, timestamp_ms.unsigned_abs() % 1000);
    let mut buffer = itoa::Buffer::new();
    out.push_str(sign);
    out.push_str(buffer.format(seconds));
    if ms > 0 {
        let _ = write!(out, ".{ms:03}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    #[test]
    fn writes_points_and_strings_as_prometheus_does() {
        let mut out = String::new();
        push_point(&mut out, 1_435_781_430_781, 1e-7);
        push_point(&mut out, -1500, f64::INFINITY);
        push_point(&mut out, 2000, 0.25);
        push_string(&mut out, "a\"\\\n\u{1}é");
        assert_eq!(out, "[1435781430.781,\"1e-07\"][-1.500,\"+Inf\"][2,\"0.25\"]\"a\\\"\\\\\\n\\u0001é\"");
    }

    #[test]
    fn scalars_and_limits() {
        let data = query_data(&QueryValue::Scalar(Timestamp(0), f64::NAN), 0);
        assert_eq!(data, r#"{"resultType":"scalar","result":[0,"NaN"]}"#);
        assert_eq!(limited(&[1, 2, 3], 2), [1, 2]);
    }
}
