//! The two ways to evaluate an expression: at one time, or at steps over a range.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use model::storage::Storage;
use model::{Duration, Timestamp};

use crate::ast::{Expr, ValueType};
use crate::eval::{Evaluator, Steps, Value, is_absent};
use crate::value::{Answer, MatrixSeries, QueryValue, VectorSample};

/// Bounds and habits of evaluation.
#[derive(Clone, Debug)]
pub struct Options {
    /// How far back an instant vector selector looks for a series' newest sample.
    pub lookback: Duration,
    /// The step of subqueries that name none.
    pub default_subquery_step: Duration,
    /// The most samples that may be held at once.
    pub max_samples: usize,
    /// Turns true when nobody waits for the result any more.
    pub cancel: Option<Arc<AtomicBool>>,
    /// Drop metric names at the end instead of in each function
    /// (Prometheus' `promql-delayed-name-removal`).
    pub delayed_name_removal: bool,
}

/// Why a query has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// It took too long.
    #[error("query timed out in expression evaluation")]
    Timeout,
    /// Nobody waits for it any more.
    #[error("query was canceled in expression evaluation")]
    Canceled,
    /// It would hold more samples than allowed.
    #[error("query processing would load too many samples into memory in query execution")]
    TooManySamples,
    /// The store failed.
    #[error("expanding series: {0}")]
    Storage(String),
    /// The expression cannot be evaluated on this data, in Prometheus' words.
    #[error("{0}")]
    Execution(String),
    /// Something that weir does not evaluate yet.
    #[error("{start}: {what} cannot be evaluated by weir yet", start = start + 1)]
    Unsupported {
        /// The first byte of the construct in the query.
        start: usize,
        /// The construct.
        what: &'static str,
    },
}

impl Default for Options {
    fn default() -> Options {
        Options {
            lookback: Duration::from_secs(300),
            default_subquery_step: Duration::from_secs(60),
            max_samples: 50_000_000,
            cancel: None,
            delayed_name_removal: false,
        }
    }
}

/// Evaluates at one time.
pub fn instant(
    storage: &dyn Storage,
    expr: &Expr,
    at: Timestamp,
    options: &Options,
) -> Result<Answer, EvalError> {
    let steps = Steps { start: at.0, step: 1, count: 1 };
    let mut evaluator = Evaluator::new(storage, options, steps);
    let value = if expr.value_type() == ValueType::Matrix {
        QueryValue::Matrix(sorted(evaluator.matrix(expr, at.0)?)?)
    } else {
        match evaluator.eval(expr, &steps)? {
            Value::Scalar(values) => QueryValue::Scalar(at, values.first().copied().unwrap_or(f64::NAN)),
            Value::Text(text) => QueryValue::String(at, text),
            Value::Vector(columns) => {
                let columns = evaluator.finish(columns)?;
                let sample = |(labels, values): (_, Vec<f64>)| {
                    let value = values.first().copied().filter(|v| !is_absent(*v))?;
                    let native = evaluator.native(value);
                    Some(VectorSample { labels, timestamp: at, value, native })
                };
                QueryValue::Vector(columns.into_iter().filter_map(sample).collect())
            }
        }
    };
    Ok(evaluator.answer(value))
}

/// Evaluates at each step from `start` to `end`.
pub fn range(
    storage: &dyn Storage,
    expr: &Expr,
    start: Timestamp,
    end: Timestamp,
    step: Duration,
    options: &Options,
) -> Result<Answer, EvalError> {
    if !matches!(expr.value_type(), ValueType::Vector | ValueType::Scalar) {
        let kind = expr.value_type().as_str();
        return Err(EvalError::Execution(format!(
            "invalid expression type \"{kind}\" for range query, must be Scalar or instant Vector"
        )));
    }
    let step_ms = step.0.max(1);
    let count = usize::try_from((end.0 - start.0) / step_ms + 1).unwrap_or(0);
    let steps = Steps { start: start.0, step: step_ms, count };
    let mut evaluator = Evaluator::new(storage, options, steps);
    let columns = match evaluator.eval(expr, &steps)? {
        Value::Vector(columns) => evaluator.finish(columns)?,
        Value::Scalar(values) => vec![(model::Labels::empty(), values)],
        Value::Text(_) => Vec::new(),
    };
    let series = columns.into_iter().filter_map(|(labels, column)| {
        let present = column.iter().enumerate().filter(|(_, value)| !is_absent(**value));
        let (timestamps, values): (Vec<i64>, Vec<f64>) = present.map(|(i, v)| (steps.at(i), *v)).unzip();
        (!values.is_empty()).then(|| evaluator.matrix_series(labels, timestamps, values))
    });
    let series = sorted(series.collect())?;
    Ok(evaluator.answer(QueryValue::Matrix(series)))
}

/// Sorted by labels; each label set once.
fn sorted(mut series: Vec<MatrixSeries>) -> Result<Vec<MatrixSeries>, EvalError> {
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    if series.windows(2).any(|two| two[0].labels == two[1].labels) {
        return Err(EvalError::Execution("vector cannot contain metrics with the same labelset".to_owned()));
    }
    Ok(series)
}
