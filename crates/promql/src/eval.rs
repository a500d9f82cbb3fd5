//! Evaluation: each node gives its value at all steps at once, a column for each series.
//!
//! An instant query is one step through the same code. Selectors and functions of range vectors stream: one
//! series is read, computed and handed on before the next is read, so that `sum(rate(x[5m]))` holds one column
//! for each group and no series.

use std::collections::HashMap;

use model::labels::METRIC_NAME;
use model::storage::Storage;
use model::{Labels, Timestamp};

use crate::annotations::Annotations;
use crate::ast::{Expr, ExprKind};
use crate::engine::{EvalError, Options};
use crate::value::{Answer, QueryValue};

mod aggregate;
mod binary;
mod call;
mod duration;
mod histogram;
mod info;
mod instant_functions;
mod kahan;
mod label_functions;
mod native;
mod range_functions;
mod selector;
mod sort;

/// Marks a step at which a series has no sample. No input has this NaN, and no arithmetic meets it: it is
/// looked for first.
const ABSENT: f64 = f64::from_bits(0x7ff4_0000_0000_00ab);

/// Labels that describe the metric itself: they go when its name goes.
const RESERVED: [&str; 3] = [METRIC_NAME, "__type__", "__unit__"];

/// The steps of evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// The first, in milliseconds since the epoch.
    pub(crate) start: i64,
    /// The distance in milliseconds, positive.
    pub(crate) step: i64,
    /// How many.
    pub(crate) count: usize,
}

/// A series' values at the steps.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) labels: Labels,
    /// The metric name is to go at the end (delayed name removal).
    pub(crate) drop_name: bool,
    /// One for each step; `ABSENT` where there is none.
    pub(crate) values: Vec<f64>,
}

/// What a node gives.
pub(crate) enum Value {
    /// One number for each step.
    Scalar(Vec<f64>),
    /// Columns.
    Vector(Vec<Column>),
    /// A text.
    Text(String),
}

/// Evaluates one query.
pub(crate) struct Evaluator<'a> {
    storage: &'a dyn Storage,
    options: &'a Options,
    /// The steps of the whole query, for `@ start()`, `@ end()`, `step()` and `range()`.
    top: Steps,
    annotations: Annotations,
    /// Samples held in columns now.
    held: usize,
    samples_read: u64,
    scratch: selector::Scratch,
    natives: std::cell::RefCell<native::Natives>,
}

/// Takes one series at a time.
pub(crate) type Sink<'s> =
    &'s mut dyn FnMut(&mut Evaluator<'_>, &Labels, bool, &[f64]) -> Result<(), EvalError>;

/// Whether there is no sample.
#[inline]
pub(crate) fn is_absent(value: f64) -> bool {
    value.to_bits() == ABSENT.to_bits()
}

// === impl Steps ===

impl Steps {
    /// The time of a step.
    pub(crate) fn at(&self, index: usize) -> i64 {
        self.start + self.step * index as i64
    }

    /// The time of the last step.
    pub(crate) fn end(&self) -> i64 {
        self.at(self.count.saturating_sub(1))
    }
}

// === impl Evaluator ===

impl<'a> Evaluator<'a> {
    pub(crate) fn new(storage: &'a dyn Storage, options: &'a Options, top: Steps) -> Evaluator<'a> {
        Evaluator {
            storage,
            options,
            top,
            annotations: Annotations::default(),
            held: 0,
            samples_read: 0,
            scratch: selector::Scratch::default(),
            natives: std::cell::RefCell::default(),
        }
    }

    /// The value of a node at all steps.
    pub(crate) fn eval(&mut self, expr: &Expr, steps: &Steps) -> Result<Value, EvalError> {
        self.check()?;
        match &expr.kind {
            ExprKind::Number { value, .. } => Ok(Value::Scalar(vec![*value; steps.count])),
            ExprKind::String(text) => Ok(Value::Text(text.clone())),
            ExprKind::Paren(inner) | ExprKind::StepInvariant(inner) => self.eval(inner, steps),
            ExprKind::Unary { negate, expr: inner } => self.unary(*negate, inner, steps),
            ExprKind::Binary(binary) => self.binary(binary, expr.span, steps),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, steps).map(Value::Vector),
            ExprKind::Call(call) => self.call(call, expr.span, steps),
            ExprKind::Vector(_) => self.collect(expr, steps).map(Value::Vector),
            ExprKind::Matrix(_) | ExprKind::Subquery(_) => Err(EvalError::Unsupported {
                start: expr.span.start,
                what: "a range vector outside of a function",
            }),
        }
    }

    /// The columns of a vector node.
    pub(crate) fn vector(&mut self, expr: &Expr, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        match self.eval(expr, steps)? {
            Value::Vector(columns) => Ok(columns),
            Value::Scalar(_) | Value::Text(_) => {
                Err(EvalError::Unsupported { start: expr.span.start, what: "this as an instant vector" })
            }
        }
    }

    /// The numbers of a scalar node.
    pub(crate) fn scalar(&mut self, expr: &Expr, steps: &Steps) -> Result<Vec<f64>, EvalError> {
        match self.eval(expr, steps)? {
            Value::Scalar(values) => Ok(values),
            Value::Vector(_) | Value::Text(_) => {
                Err(EvalError::Unsupported { start: expr.span.start, what: "this as a scalar" })
            }
        }
    }

    /// Hands each series of a vector node to `sink`, without holding them where that can be.
    pub(crate) fn stream(&mut self, expr: &Expr, steps: &Steps, sink: Sink<'_>) -> Result<(), EvalError> {
        match &expr.kind {
            ExprKind::Paren(inner) | ExprKind::StepInvariant(inner) => self.stream(inner, steps, sink),
            ExprKind::Vector(selector) => self.stream_selector(selector, expr.span, steps, sink),
            ExprKind::Call(call) if range_functions::find(call.function.name).is_some() => {
                self.stream_range_call(call, expr.span, steps, sink)
            }
            _ => {
                for column in self.vector(expr, steps)? {
                    sink(self, &column.labels, column.drop_name, &column.values)?;
                    self.release(column.values.len());
                }
                Ok(())
            }
        }
    }

    /// The streamed columns, held. Series without any sample are left out.
    pub(crate) fn collect(&mut self, expr: &Expr, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let mut columns = Vec::new();
        self.stream(expr, steps, &mut |evaluator, labels, drop_name, values| {
            if values.iter().all(|value| is_absent(*value)) {
                return Ok(());
            }
            evaluator.hold(values.len())?;
            columns.push(Column { labels: labels.clone(), drop_name, values: values.to_vec() });
            Ok(())
        })?;
        Ok(columns)
    }

    /// The final columns: names dropped where that was put off, label sets unique at each step.
    pub(crate) fn finish(&self, columns: Vec<Column>) -> Result<Vec<(Labels, Vec<f64>)>, EvalError> {
        let columns = columns.into_iter().map(|mut column| {
            if column.drop_name {
                column.labels = without_name(&column.labels);
                column.drop_name = false;
            }
            column
        });
        let merged = merge(columns.collect(), "vector cannot contain metrics with the same labelset")?;
        Ok(merged.into_iter().map(|column| (column.labels, column.values)).collect())
    }

    pub(crate) fn answer(mut self, value: QueryValue) -> Answer {
        self.report_notes();
        let (warnings, infos) = self.annotations.take();
        Answer { value, warnings, infos, samples_read: self.samples_read }
    }

    /// Fails if the query was given up.
    pub(crate) fn check(&self) -> Result<(), EvalError> {
        let canceled = |flag: &std::sync::Arc<std::sync::atomic::AtomicBool>| {
            flag.load(std::sync::atomic::Ordering::Relaxed)
        };
        if self.options.cancel.as_ref().is_some_and(canceled) { Err(EvalError::Canceled) } else { Ok(()) }
    }

    /// Counts samples that are held from now on.
    pub(crate) fn hold(&mut self, samples: usize) -> Result<(), EvalError> {
        self.held += samples;
        if self.held > self.options.max_samples { Err(EvalError::TooManySamples) } else { Ok(()) }
    }

    /// Samples that are not held any more.
    pub(crate) fn release(&mut self, samples: usize) {
        self.held = self.held.saturating_sub(samples);
    }

    fn unary(&mut self, negate: bool, expr: &Expr, steps: &Steps) -> Result<Value, EvalError> {
        let value = self.eval(expr, steps)?;
        if !negate {
            return Ok(value);
        }
        Ok(match value {
            Value::Scalar(values) => Value::Scalar(values.into_iter().map(|v| -v).collect()),
            Value::Vector(mut columns) => {
                for column in &mut columns {
                    self.drop_name(column);
                    present(&mut column.values, |_, v| self.negated(v));
                }
                Value::Vector(merge(columns, "vector cannot contain metrics with the same labelset")?)
            }
            text @ Value::Text(_) => text,
        })
    }

    /// Removes the metric name now, or says that it is to be removed.
    pub(crate) fn drop_name(&self, column: &mut Column) {
        if self.options.delayed_name_removal {
            column.drop_name = true;
        } else {
            column.labels = without_name(&column.labels);
        }
    }

    /// The time that `@` names.
    pub(crate) fn at_time(&self, at: crate::ast::At) -> i64 {
        match at {
            crate::ast::At::Time(Timestamp(time)) => time,
            crate::ast::At::Start => self.top.start,
            crate::ast::At::End => self.top.end(),
        }
    }
}

/// The labels without the metric name, and without what is said of the metric by reserved labels.
pub(crate) fn without_name(labels: &Labels) -> Labels {
    labels.without(&RESERVED)
}

/// Changes the values that are there.
pub(crate) fn present(values: &mut [f64], mut change: impl FnMut(usize, f64) -> f64) {
    for (i, value) in values.iter_mut().enumerate().filter(|(_, value)| !is_absent(**value)) {
        *value = change(i, *value);
    }
}

/// Joins columns of equal labels; two samples at one step are an error.
pub(crate) fn merge(columns: Vec<Column>, error: &str) -> Result<Vec<Column>, EvalError> {
    let mut positions: HashMap<Labels, usize> = HashMap::with_capacity(columns.len());
    let mut merged: Vec<Column> = Vec::with_capacity(columns.len());
    for column in columns {
        let Some(position) = positions.get(&column.labels) else {
            positions.insert(column.labels.clone(), merged.len());
            merged.push(column);
            continue;
        };
        let into = &mut merged[*position];
        if into.drop_name != column.drop_name {
            // They differ once the name is gone from one of them.
            merged.push(column);
            continue;
        }
        for (there, new) in into.values.iter_mut().zip(&column.values) {
            match (is_absent(*there), is_absent(*new)) {
                (_, true) => {}
                (true, false) => *there = *new,
                (false, false) => return Err(EvalError::Execution(error.to_owned())),
            }
        }
    }
    Ok(merged)
}
