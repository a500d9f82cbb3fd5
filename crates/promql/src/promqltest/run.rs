//! Runs commands over a store in memory.

use std::sync::Arc;

use model::{Duration, Timestamp};

use super::compare::{Got, Mismatch, check_annotations, check_failure, check_result};
use super::expressions::{is_experimental, selections, with_at};
use super::nhcb::convert;
use super::script::{Case, Command, CommandKind, Load, When, parse};
use super::{Failure, MemoryStore, Report};
use crate::ast::Expr;
use crate::engine::{EvalError, Options, instant, range};
use crate::parser::{Features, SequenceValue, parse_with};
use crate::value::{Answer, MatrixSeries, QueryValue, VectorSample};

const START_TIMES: &str = "start timestamps";
const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn run(name: &str, text: &str) -> Report {
    let runner = Runner { store: MemoryStore::default() };
    let mut report = Report::default();
    for Command { line, kind } in parse(text) {
        let (expr, plain, outcome) = match kind {
            Ok(CommandKind::Clear) => {
                runner.store.clear();
                continue;
            }
            Ok(CommandKind::Load(load)) => {
                runner.load(&load);
                continue;
            }
            Ok(CommandKind::Eval(case)) => {
                let (plain, outcome) = runner.eval(&case);
                (case.expr, plain, outcome)
            }
            Err(invalid) => {
                let mismatch = Mismatch::new("a valid command", invalid.why);
                (invalid.command, true, Err(mismatch))
            }
        };
        match outcome {
            Ok(()) => report.passed += 1,
            Err(Mismatch { expected, got, .. }) => {
                report.failures.push(Failure { file: name.to_owned(), line, expr, expected, got, plain });
            }
        }
    }
    report
}

struct Runner {
    store: MemoryStore,
}

/// A question that a case asks.
struct Query {
    text: String,
    at: Timestamp,
}

// === impl Runner ===

impl Runner {
    fn load(&self, load: &Load) {
        for series in &load.series {
            let labels = &series.labels;
            for (at, value) in series.values.iter().enumerate() {
                let time = at as i64 * load.step.0;
                match value {
                    SequenceValue::Omitted => continue,
                    SequenceValue::Float(value) => self.store.append(labels, [(time, *value)]),
                    SequenceValue::Histogram(histogram, _) => {
                        self.store.append_native(labels, time, Arc::clone(histogram));
                    }
                }
                if series.start_times {
                    self.store.append_unsupported(labels, time, START_TIMES);
                }
            }
        }
        if load.with_native {
            for (labels, time, histogram) in convert(load) {
                self.store.append_native(&labels, time, Arc::new(histogram));
            }
        }
    }

    /// Whether the case is plain, and what is wrong with its result.
    fn eval(&self, case: &Case) -> (bool, Result<(), Mismatch>) {
        let expr = match parse_with(&case.expr, &Features::ALL) {
            Ok(expr) => expr,
            Err(why) => return (true, Err(Mismatch::new("a valid expression", why.to_string()))),
        };
        let outcome = self.eval_parsed(case, &expr);
        let floats_alone = !selections(&expr).into_iter().any(|m| self.store.has_more_than_floats(m));
        (floats_alone && !is_experimental(&expr), outcome)
    }

    fn eval_parsed(&self, case: &Case, expr: &Expr) -> Result<(), Mismatch> {
        match case.when {
            When::Range { start, end, step } => {
                let answer = range(&self.store, expr, start, end, step, &options());
                let Some(answer) = settle(case, answer)? else { return Ok(()) };
                check_annotations(case, &answer)?;
                check_result(case, &got(answer.value))
            }
            When::Instant { at } => {
                for query in queries(case, expr, at) {
                    self.ask(case, &query).map_err(|mismatch| mismatch.of(&query, case))?;
                }
                Ok(())
            }
        }
    }

    /// One question at one time, and once more as the middle of a range.
    fn ask(&self, case: &Case, query: &Query) -> Result<(), Mismatch> {
        let expr = parse_with(&query.text, &Features::ALL)
            .map_err(|why| Mismatch::new("a printed expression that is valid", why.to_string()))?;
        let answer = instant(&self.store, &expr, query.at, &options());
        let Some(answer) = settle(case, answer)? else { return Ok(()) };
        check_annotations(case, &answer)?;
        let scalar = matches!(answer.value, QueryValue::Scalar(..));
        check_result(case, &got(answer.value))?;
        let context = ["start()", "end()", "range()", "step()"];
        if case.never_as_range || context.iter().any(|call| query.text.contains(call)) {
            return Ok(());
        }
        let (start, end) = (query.at - MINUTE, query.at + MINUTE);
        let answer = range(&self.store, &expr, start, end, MINUTE, &options());
        let Some(answer) = settle(case, answer)? else { return Ok(()) };
        if case.ordered {
            return Ok(());
        }
        check_result(case, &at_step(answer, query.at, scalar)?)
            .map_err(|mismatch| Mismatch { got: format!("{}, asked as a range", mismatch.got), ..mismatch })
    }
}

/// The result, or none if a failure was expected and came.
fn settle(case: &Case, answer: Result<Answer, EvalError>) -> Result<Option<Answer>, Mismatch> {
    match answer {
        Ok(_) if case.fail => Err(Mismatch::new("a failure", "a result")),
        Ok(answer) => Ok(Some(answer)),
        Err(why @ (EvalError::Unsupported { .. } | EvalError::Storage(_))) => {
            Err(Mismatch::new("a result", why.to_string()))
        }
        Err(why) => check_failure(case, &why.to_string()).map(|()| None),
    }
}

fn options() -> Options {
    Options { max_samples: 10_000, delayed_name_removal: true, ..Options::default() }
}

/// The case as written; then, unless it depends on the time, with `@` inserted, asked at other times.
fn queries(case: &Case, expr: &Expr, at: Timestamp) -> Vec<Query> {
    let mut queries = vec![Query { text: case.expr.clone(), at }];
    if let Some(pinned) = with_at(expr, at) {
        let text = pinned.to_string();
        let times =
            if at.0 == 0 { vec![-1000, 0, 1000] } else { vec![-10 * at.0, 0, at.0 / 5, at.0, 10 * at.0] };
        queries.extend(times.into_iter().map(|at| Query { text: text.clone(), at: Timestamp(at) }));
    }
    queries
}

fn got(value: QueryValue) -> Got {
    match value {
        QueryValue::Scalar(_, value) => Got::Scalar(value),
        QueryValue::String(_, text) => Got::Text(text),
        QueryValue::Vector(samples) => Got::Vector(samples),
        QueryValue::Matrix(series) => Got::Matrix(series),
    }
}

/// What a range gives at one of its steps.
fn at_step(answer: Answer, at: Timestamp, scalar: bool) -> Result<Got, Mismatch> {
    let QueryValue::Matrix(series) = answer.value else {
        return Err(Mismatch::new("a matrix as a range", "something else"));
    };
    let sample = |series: MatrixSeries| {
        let place = series.timestamps.iter().position(|time| *time == at.0);
        let value = place.and_then(|place| series.values.get(place)).copied();
        let native = series.natives.into_iter().find(|(time, _)| *time == at.0).map(|(_, native)| native);
        if value.is_none() && native.is_none() {
            return None;
        }
        let value = value.unwrap_or(f64::NAN);
        Some(VectorSample { labels: series.labels, timestamp: at, value, native })
    };
    let mut samples: Vec<VectorSample> = series.into_iter().filter_map(sample).collect();
    match samples.pop() {
        Some(last) if scalar => Ok(Got::Scalar(last.value)),
        last => {
            samples.extend(last);
            Ok(Got::Vector(samples))
        }
    }
}

// === impl Mismatch ===

impl Mismatch {
    /// Says which of the case's questions went wrong, if it is not the one that the case itself asks.
    fn of(self, query: &Query, case: &Case) -> Mismatch {
        let written = matches!(case.when, When::Instant { at } if at == query.at) && query.text == case.expr;
        if written {
            return self;
        }
        let got = format!("{} (asked as {} at {} s)", self.got, query.text, query.at.seconds());
        Mismatch { got, ..self }
    }
}
