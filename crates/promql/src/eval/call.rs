//! Calls: which function does what.

use model::labels::METRIC_NAME;
use model::{Labels, MatchOp, Matcher};

use super::instant_functions::times;
use super::native::is_native;
use super::{ABSENT, Column, Evaluator, Steps, Value, instant_functions, is_absent, range_functions};
use crate::ast::{Call, Expr, ExprKind, Span};
use crate::engine::EvalError;

/// Functions of native histograms: floats give nothing.
const NATIVE: &[&str] =
    &["histogram_avg", "histogram_count", "histogram_stddev", "histogram_stdvar", "histogram_sum"];

impl Evaluator<'_> {
    pub(crate) fn call(&mut self, call: &Call, span: Span, steps: &Steps) -> Result<Value, EvalError> {
        let name = call.function.name;
        if range_functions::find(name).is_some() {
            let expr = Expr { kind: ExprKind::Call(call.clone()), span };
            let columns = self.collect(&expr, steps)?;
            let error = "vector cannot contain metrics with the same labelset";
            return super::merge(columns, error).map(Value::Vector);
        }
        if let Some(change) = instant_functions::find(name) {
            return self.map(call, steps, &|_, value| change(value)).map(Value::Vector);
        }
        if NATIVE.contains(&name) {
            return self.native_numbers(call, steps).map(Value::Vector);
        }
        match name {
            "time" => return Ok(Value::Scalar(times(steps))),
            "pi" => return Ok(Value::Scalar(vec![std::f64::consts::PI; steps.count])),
            "scalar" => return self.only_value(&call.args[0], steps).map(Value::Scalar),
            "start" | "end" | "step" | "range" | "min_of" | "max_of" => {
                return self.scalar_function(call, steps).map(Value::Scalar);
            }
            _ => {}
        }
        let columns = match name {
            "vector" => {
                let values = self.scalar(&call.args[0], steps)?;
                vec![Column { labels: Labels::empty(), drop_name: false, values }]
            }
            "timestamp" => self.timestamp(call, steps)?,
            "clamp" | "clamp_min" | "clamp_max" => self.clamp(call, steps)?,
            "round" => self.round(call, steps)?,
            "absent" => self.absent(&call.args[0], steps)?,
            "absent_over_time" => self.absent_over_time(&call.args[0], steps)?,
            "label_replace" => self.label_replace(call, steps)?,
            "label_join" => self.label_join(call, steps)?,
            "sort" | "sort_desc" => self.sort_by_value(call, span, steps)?,
            "sort_by_label" | "sort_by_label_desc" => self.sort_by_label(call, span, steps)?,
            "histogram_quantile" => self.histogram_quantile(call, steps)?,
            "histogram_quantiles" => self.histogram_quantiles(call, steps)?,
            "histogram_fraction" => self.histogram_fraction(call, steps)?,
            "info" => self.info(call, steps)?,
            _ => return Err(EvalError::Unsupported { start: span.start, what: call.function.name }),
        };
        Ok(Value::Vector(columns))
    }

    /// `scalar(v)`: the value of the only series, else NaN.
    fn only_value(&mut self, expr: &Expr, steps: &Steps) -> Result<Vec<f64>, EvalError> {
        let (mut values, mut seen) = (vec![f64::NAN; steps.count], vec![0u32; steps.count]);
        self.stream(expr, steps, &mut |_, _, _, column| {
            for (step, value) in column.iter().enumerate().filter(|(_, v)| !is_absent(**v) && !is_native(**v))
            {
                seen[step] += 1;
                values[step] = if seen[step] == 1 { *value } else { f64::NAN };
            }
            Ok(())
        })?;
        Ok(values)
    }

    /// Functions that give one number without a vector.
    fn scalar_function(&mut self, call: &Call, steps: &Steps) -> Result<Vec<f64>, EvalError> {
        let parameters = self.parameters(call, steps)?;
        let whole = |ms: i64| vec![ms as f64 / 1000.0; steps.count];
        let instant = self.top.count == 1 && self.top.step == 1;
        Ok(match call.function.name {
            "start" => whole(self.top.start),
            "end" => whole(self.top.end()),
            "step" if instant => whole(0),
            "step" => whole(self.top.step),
            "range" => whole(self.top.end() - self.top.start),
            name => {
                let pairs = parameters[0].iter().zip(&parameters[1]);
                let pick = |(a, b): (&f64, &f64)| match (a.is_nan() || b.is_nan(), name) {
                    (true, _) => f64::NAN,
                    (false, "min_of") => a.min(*b),
                    (false, _) => a.max(*b),
                };
                pairs.map(pick).collect()
            }
        })
    }

    /// `timestamp(v)`: when the samples of a selector were taken; of anything else, the time of evaluation.
    fn timestamp(&mut self, call: &Call, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let mut columns = Vec::new();
        if let ExprKind::Vector(selector) = &bare(&call.args[0]).kind {
            self.stream_times(selector, steps, &mut |evaluator, labels, drop_name, values| {
                if values.iter().any(|value| !is_absent(*value)) {
                    evaluator.hold(values.len())?;
                    columns.push(Column { labels: labels.clone(), drop_name, values: values.to_vec() });
                }
                Ok(())
            })?;
            columns.iter_mut().for_each(|column| self.drop_name(column));
        } else {
            columns = self.map(call, steps, &|step, _| steps.at(step) as f64 / 1000.0)?;
        }
        super::merge(columns, "vector cannot contain metrics with the same labelset")
    }

    fn absent(&mut self, expr: &Expr, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let mut values = vec![1.0; steps.count];
        self.stream(expr, steps, &mut |_, _, _, column| {
            for (there, value) in values.iter_mut().zip(column) {
                if !is_absent(*value) {
                    *there = ABSENT;
                }
            }
            Ok(())
        })?;
        Ok(vec![Column { labels: fixed_labels(expr), drop_name: false, values }])
    }

    fn absent_over_time(&mut self, expr: &Expr, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let mut values = vec![1.0; steps.count];
        self.each_window(expr, steps, &mut |_, _, _, _, _, positions| {
            for (there, (low, high)) in values.iter_mut().zip(positions) {
                if low < high {
                    *there = ABSENT;
                }
            }
            Ok(())
        })?;
        Ok(vec![Column { labels: fixed_labels(expr), drop_name: false, values }])
    }
}

/// The expression without parentheses around it.
fn bare(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) | ExprKind::StepInvariant(inner) => bare(inner),
        _ => expr,
    }
}

/// The labels that a selector fixes: those with one `=` and nothing else.
fn fixed_labels(expr: &Expr) -> Labels {
    let matchers: &[Matcher] = match &bare(expr).kind {
        ExprKind::Vector(selector) => &selector.matchers,
        ExprKind::Matrix(matrix) => &matrix.selector.matchers,
        _ => &[],
    };
    let once = |m: &&Matcher| matchers.iter().filter(|other| other.name == m.name).count() == 1;
    let fixed = matchers.iter().filter(|m| m.name != METRIC_NAME && m.op == MatchOp::Equal).filter(once);
    Labels::from_pairs(fixed.map(|m| (m.name.as_str(), m.value.as_str())))
}
