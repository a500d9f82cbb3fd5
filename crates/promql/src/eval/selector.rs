//! Selectors: series from the store, and the samples or windows of each step.

use std::rc::Rc;

use model::storage::Samples;
use model::{Labels, Matcher, TimeRange, Timestamp, is_stale};

use super::{ABSENT, Evaluator, Sink, Steps, Value, is_absent, without_name};
use crate::ast::{At, Call, Expr, ExprKind, QueryDuration, Span, Subquery, VectorSelector};
use crate::engine::EvalError;
use crate::eval::native::is_native;
use crate::eval::range_functions::{self, Window};
use crate::value::MatrixSeries;

/// Buffers that are used again for each series.
#[derive(Default)]
pub(crate) struct Scratch {
    samples: Samples,
    values: Vec<f64>,
    /// Windows of the last series, and the key of its times.
    windows: Rc<Vec<(u32, u32)>>,
    windows_key: Option<u64>,
}

/// Which window each step has: `(at - range, at]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Windows {
    /// The end of the first window.
    pub(crate) first: i64,
    /// Distance of the ends; 0 if all are the same (`@`).
    pub(crate) step: i64,
    /// How many.
    pub(crate) count: usize,
    /// Length.
    pub(crate) range: i64,
}

// === impl Windows ===

impl Windows {
    /// The end of a window.
    pub(crate) fn end(&self, index: usize) -> i64 {
        self.first + self.step * index as i64
    }

    /// All times that any window needs.
    fn span(&self) -> TimeRange {
        let last = self.end(self.count.saturating_sub(1));
        TimeRange { start: Timestamp(self.first - self.range + 1), end: Timestamp(last) }
    }

    /// The samples of each window as positions in `times`.
    fn positions(&self, times: &[i64]) -> Vec<(u32, u32)> {
        let (mut low, mut high) = (0usize, 0usize);
        (0..self.count)
            .map(|i| {
                let end = self.end(i);
                while high < times.len() && times[high] <= end {
                    high += 1;
                }
                while low < high && times[low] <= end - self.range {
                    low += 1;
                }
                (low as u32, high as u32)
            })
            .collect()
    }
}

impl Evaluator<'_> {
    /// Where the windows of a selector or subquery lie.
    fn windows(
        &self,
        range: i64,
        offset: &QueryDuration,
        at: Option<At>,
        steps: &Steps,
    ) -> Result<Windows, EvalError> {
        let offset = self.duration(offset)?;
        let (first, step) = match at {
            Some(at) => (self.at_time(at), 0),
            None => (steps.start, steps.step),
        };
        Ok(Windows { first: first - offset, step, count: steps.count, range })
    }

    /// An instant vector selector: at each step the newest sample within the lookback.
    pub(crate) fn stream_selector(
        &mut self,
        selector: &VectorSelector,
        span: Span,
        steps: &Steps,
        sink: Sink<'_>,
    ) -> Result<(), EvalError> {
        if selector.extension.is_some() {
            return Err(EvalError::Unsupported { start: span.start, what: "`anchored` or `smoothed`" });
        }
        let windows = self.windows(self.options.lookback.0, &selector.offset, selector.at, steps)?;
        self.each_series(&selector.matchers, windows, &mut |evaluator, labels, samples| {
            let mut values = std::mem::take(&mut evaluator.scratch.values);
            newest(&windows, samples, &mut values);
            let result = sink(evaluator, labels, false, &values);
            evaluator.scratch.values = values;
            result
        })
    }

    /// The times of an instant vector selector's samples, for `timestamp()`.
    pub(crate) fn stream_times(
        &mut self,
        selector: &VectorSelector,
        steps: &Steps,
        sink: Sink<'_>,
    ) -> Result<(), EvalError> {
        let windows = self.windows(self.options.lookback.0, &selector.offset, selector.at, steps)?;
        self.each_series(&selector.matchers, windows, &mut |evaluator, labels, samples| {
            let mut values = Vec::new();
            newest(&windows, samples, &mut values);
            for (i, (_, high)) in windows.positions(&samples.timestamps).into_iter().enumerate() {
                if !is_absent(values[i]) {
                    values[i] = samples.timestamps[high as usize - 1] as f64 / 1000.0;
                }
            }
            sink(evaluator, labels, false, &values)
        })
    }

    /// A function of a range vector, one series at a time.
    pub(crate) fn stream_range_call(
        &mut self,
        call: &Call,
        span: Span,
        steps: &Steps,
        sink: Sink<'_>,
    ) -> Result<(), EvalError> {
        let Some(function) = range_functions::find(call.function.name) else {
            return Err(EvalError::Unsupported { start: span.start, what: "this function" });
        };
        let parameters = self.parameters(call, steps)?;
        self.remark(call, function, &parameters);
        let matrix = &call.args[function.matrix_argument()];
        let mut results = Vec::new();
        let steps = *steps;
        self.each_window(matrix, &steps, &mut |evaluator, labels, drop_name, samples, windows, positions| {
            if function.needs_counter() && samples.values.iter().any(|value| !is_native(*value)) {
                evaluator.remark_on_counter(labels.metric_name(), matrix.span);
            }
            results.clear();
            let with_natives = evaluator.has_natives();
            for (i, (low, high)) in positions.iter().enumerate() {
                let (low, high) = (*low as usize, *high as usize);
                let value = if low == high {
                    None
                } else {
                    let end = windows.end(i);
                    let window = Window {
                        times: &samples.timestamps[low..high],
                        values: &samples.values[low..high],
                        start: end - windows.range,
                        end,
                        at: steps.at(i),
                        parameters: &parameters,
                        step: i,
                    };
                    if with_natives && window.values.iter().any(|value| is_native(*value)) {
                        let name = labels.metric_name();
                        let floats = |window: &Window<'_>| function.apply(window);
                        evaluator.native_window(call.function.name, &window, name, matrix.span, floats)
                    } else {
                        function.apply(&window)
                    }
                };
                results.push(value.unwrap_or(ABSENT));
            }
            if function.keeps_name() {
                sink(evaluator, labels, drop_name, &results)
            } else if evaluator.options.delayed_name_removal {
                sink(evaluator, labels, true, &results)
            } else {
                sink(evaluator, &without_name(labels), false, &results)
            }
        })
    }

    /// Gives each series of a range vector, with the windows of the steps. Stale samples are left out.
    #[expect(clippy::type_complexity, reason = "a callback that takes what a window is made of")]
    pub(crate) fn each_window(
        &mut self,
        matrix: &Expr,
        steps: &Steps,
        visit: &mut dyn FnMut(
            &mut Evaluator<'_>,
            &Labels,
            bool,
            &Samples,
            &Windows,
            &[(u32, u32)],
        ) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        match &matrix.kind {
            ExprKind::Paren(inner) | ExprKind::StepInvariant(inner) => self.each_window(inner, steps, visit),
            ExprKind::Matrix(matrix_selector) => {
                let selector = &matrix_selector.selector;
                if selector.extension.is_some() {
                    return Err(EvalError::Unsupported {
                        start: matrix.span.start,
                        what: "`anchored` or `smoothed`",
                    });
                }
                let range = self.positive_duration(&matrix_selector.range)?;
                let windows = self.windows(range, &selector.offset, selector.at, steps)?;
                self.scratch.windows_key = None;
                self.each_series(&selector.matchers, windows, &mut |evaluator, labels, samples| {
                    without_stale(samples);
                    if samples.is_empty() {
                        return Ok(());
                    }
                    let positions = evaluator.positions(&windows, samples);
                    visit(evaluator, labels, false, samples, &windows, &positions)
                })
            }
            ExprKind::Subquery(subquery) => self.each_subquery_window(subquery, steps, visit),
            _ => Err(EvalError::Unsupported { start: matrix.span.start, what: "this as a range vector" }),
        }
    }

    /// The samples of a range vector at one time, for an instant query of it.
    pub(crate) fn matrix(&mut self, expr: &Expr, at: i64) -> Result<Vec<MatrixSeries>, EvalError> {
        let steps = Steps { start: at, step: 1, count: 1 };
        let mut series = Vec::new();
        self.each_window(expr, &steps, &mut |evaluator, labels, drop_name, samples, _, positions| {
            let Some((low, high)) = positions.first().map(|(l, h)| (*l as usize, *h as usize)) else {
                return Ok(());
            };
            if low < high {
                evaluator.hold(high - low)?;
                let labels = if drop_name { without_name(labels) } else { labels.clone() };
                let (times, values) = (&samples.timestamps[low..high], &samples.values[low..high]);
                series.push(evaluator.matrix_series(labels, times.iter().copied(), values.iter().copied()));
            }
            Ok(())
        })?;
        Ok(series)
    }

    #[expect(clippy::type_complexity, reason = "as each_window")]
    fn each_subquery_window(
        &mut self,
        subquery: &Subquery,
        steps: &Steps,
        visit: &mut dyn FnMut(
            &mut Evaluator<'_>,
            &Labels,
            bool,
            &Samples,
            &Windows,
            &[(u32, u32)],
        ) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        let range = self.positive_duration(&subquery.range)?;
        let step = match &subquery.step {
            Some(step) => self.positive_duration(step)?,
            None => self.options.default_subquery_step.0.max(1),
        };
        let windows = self.windows(range, &subquery.offset, subquery.at, steps)?;
        let span = windows.span();
        // Steps lie at multiples of the step, whatever the query's own steps are.
        let first = (span.start.0 - 1).div_euclid(step) * step + step;
        if first > span.end.0 {
            return Ok(());
        }
        let count = usize::try_from((span.end.0 - first) / step + 1).unwrap_or(0);
        if count > self.options.max_samples {
            return Err(EvalError::TooManySamples);
        }
        let inner = Steps { start: first, step, count };
        let columns = match self.eval(&subquery.expr, &inner)? {
            Value::Vector(columns) => columns,
            Value::Scalar(values) => {
                vec![super::Column { labels: Labels::empty(), drop_name: false, values }]
            }
            Value::Text(_) => Vec::new(),
        };
        for column in columns {
            let mut samples = Samples::default();
            for (i, value) in column.values.iter().enumerate().filter(|(_, value)| !is_absent(**value)) {
                samples.push(inner.at(i), *value);
            }
            let positions = windows.positions(&samples.timestamps);
            visit(self, &column.labels, column.drop_name, &samples, &windows, &positions)?;
            self.release(column.values.len());
        }
        Ok(())
    }

    /// Reads the series that match, one after another.
    fn each_series(
        &mut self,
        matchers: &[Matcher],
        windows: Windows,
        visit: &mut dyn FnMut(&mut Evaluator<'_>, &Labels, &mut Samples) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        let range = windows.span();
        let failure = |error: model::storage::SelectError| EvalError::Storage(error.to_string());
        let querier = self.storage.querier(range).map_err(failure)?;
        for series in querier.select(matchers, range).map_err(failure)? {
            self.check()?;
            let mut samples = std::mem::take(&mut self.scratch.samples);
            querier.read(series.series, range, &mut samples).map_err(failure)?;
            self.adopt(&mut samples);
            self.samples_read += samples.len() as u64;
            if samples.len() > self.options.max_samples {
                return Err(EvalError::TooManySamples);
            }
            let result = if samples.is_empty() { Ok(()) } else { visit(self, &series.labels, &mut samples) };
            self.scratch.samples = samples;
            result?;
        }
        Ok(())
    }

    /// The windows of a series; series whose times are equal share them.
    fn positions(&mut self, windows: &Windows, samples: &Samples) -> Rc<Vec<(u32, u32)>> {
        let known = samples.times_key.is_some() && samples.times_key == self.scratch.windows_key;
        if !known {
            self.scratch.windows = Rc::new(windows.positions(&samples.timestamps));
            self.scratch.windows_key = samples.times_key;
        }
        Rc::clone(&self.scratch.windows)
    }
}

/// Markers are not samples: a window of a range vector is without them.
fn without_stale(samples: &mut Samples) {
    if !samples.values.iter().any(|value| is_stale(*value)) {
        return;
    }
    let values = std::mem::take(&mut samples.values);
    let mut keep = values.iter().map(|value| !is_stale(*value));
    samples.timestamps.retain(|_| keep.next().unwrap_or(false));
    samples.values = values.into_iter().filter(|value| !is_stale(*value)).collect();
    samples.times_key = None;
}

/// The newest sample of each window; a marker hides the series.
fn newest(windows: &Windows, samples: &Samples, values: &mut Vec<f64>) {
    values.clear();
    let times = &samples.timestamps;
    let mut high = 0;
    for i in 0..windows.count {
        let end = windows.end(i);
        while high < times.len() && times[high] <= end {
            high += 1;
        }
        let within = high > 0 && times[high - 1] > end - windows.range;
        let value = if within { samples.values[high - 1] } else { ABSENT };
        values.push(if is_stale(value) { ABSENT } else { value });
    }
}
