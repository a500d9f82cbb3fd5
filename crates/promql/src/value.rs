//! What queries evaluate to.

use std::sync::Arc;

use model::{Labels, NativeHistogram, Timestamp};

/// The result of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryValue {
    /// A number and its time.
    Scalar(Timestamp, f64),
    /// A text and its time.
    String(Timestamp, String),
    /// One sample for each series.
    Vector(Vec<VectorSample>),
    /// Many samples for each series.
    Matrix(Vec<MatrixSeries>),
}

/// A sample of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSample {
    /// The series.
    pub labels: Labels,
    /// The time of evaluation.
    pub timestamp: Timestamp,
    /// The value; without meaning if there is a native histogram.
    pub value: f64,
    /// The native histogram that is the sample instead of a float.
    pub native: Option<Arc<NativeHistogram>>,
}

/// A series of a matrix: two columns of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixSeries {
    /// The series.
    pub labels: Labels,
    /// Milliseconds since the epoch, ascending.
    pub timestamps: Vec<i64>,
    /// Values.
    pub values: Vec<f64>,
    /// Samples that are native histograms: milliseconds since the epoch, ascending, and the histogram.
    pub natives: Vec<(i64, Arc<NativeHistogram>)>,
}

/// A result and what is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The result.
    pub value: QueryValue,
    /// What may make the result wrong, as Prometheus says it.
    pub warnings: Vec<String>,
    /// What may make the result not what was meant.
    pub infos: Vec<String>,
    /// Samples read from the store.
    pub samples_read: u64,
}
