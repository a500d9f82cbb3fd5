//! `info()`: the labels of info series, such as `target_info`, joined to other series.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::labels::METRIC_NAME;
use model::{Duration, Labels, MatchOp, Matcher, Timestamp};

use super::{ABSENT, Column, Evaluator, Steps, is_absent, merge};
use crate::ast::{At, Call, Expr, ExprKind, QueryDuration, VectorSelector};
use crate::engine::EvalError;

/// Labels by which a series finds its info series.
const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// The info series, and the times of their samples in seconds at each step.
type InfoSeries = Vec<(Labels, Vec<f64>)>;

/// What the second argument selects.
struct Selection {
    /// Conditions on the name of info series.
    names: Vec<Matcher>,
    /// Conditions on data labels; if there are any, no other labels are joined.
    data: Vec<Matcher>,
}

/// Name, instance and job: what an info series and the series it belongs to have in common.
type Signature<'l> = (&'l str, [&'l str; 2]);

impl Evaluator<'_> {
    /// `info(v)` and `info(v, {data="label"})`
    pub(crate) fn info(&mut self, call: &Call, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let base = self.vector(&call.args[0], steps)?;
        let selection = Selection::new(call.args.get(1));
        let is_info = |column: &Column| {
            let name = column.labels.metric_name();
            selection.names.iter().all(|matcher| matcher.matches(name))
        };
        let ignored: Vec<bool> = base.iter().map(is_info).collect();
        let infos = self.info_series(&call.args[0], &base, &ignored, &selection, steps)?;
        let mut results: Vec<Column> = Vec::new();
        let mut places: HashMap<(usize, Vec<usize>), usize> = HashMap::new();
        for step in 0..steps.count {
            self.check()?;
            let newest = newest_at(&infos, step)?;
            for (at, column) in base.iter().enumerate().filter(|(_, c)| !is_absent(c.values[step])) {
                let partners = if ignored[at] { Vec::new() } else { partners_of(&column.labels, &newest) };
                if partners.is_empty() && !ignored[at] && !selection.takes_absent() {
                    continue;
                }
                let key = (at, partners);
                let place = match places.get(&key) {
                    Some(place) => *place,
                    None => {
                        self.hold(steps.count)?;
                        let labels = joined(&column.labels, &key.1, &infos, &selection)?;
                        let values = vec![ABSENT; steps.count];
                        results.push(Column { labels, drop_name: column.drop_name, values });
                        places.insert(key, results.len() - 1);
                        results.len() - 1
                    }
                };
                results[place].values[step] = column.values[step];
            }
        }
        self.release(base.len() * steps.count);
        merge(results, "vector cannot contain metrics with the same labelset")
    }

    /// The info series of the base series, at the times that the base series are read.
    fn info_series(
        &mut self,
        expr: &Expr,
        base: &[Column],
        ignored: &[bool],
        selection: &Selection,
        steps: &Steps,
    ) -> Result<InfoSeries, EvalError> {
        let joining = || base.iter().zip(ignored).filter(|(_, ignored)| !**ignored).map(|(column, _)| column);
        let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for name in IDENTIFYING {
            let values: BTreeSet<&str> =
                joining().map(|column| column.labels.get(name)).filter(|value| !value.is_empty()).collect();
            if !values.is_empty() {
                known.insert(name, values);
            }
        }
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let (at, offset) = self.reference(expr)?;
        let selector = VectorSelector {
            name: None,
            matchers: selection.names.iter().chain(&selection.data).cloned().collect(),
            offset: QueryDuration::Fixed(Duration(offset)),
            at,
            extension: None,
        };
        let mut infos = Vec::new();
        self.stream_times(&selector, steps, &mut |evaluator, labels, _, times| {
            if known.iter().all(|(name, values)| values.contains(labels.get(name))) {
                evaluator.hold(times.len())?;
                infos.push((labels.clone(), times.to_vec()));
            }
            Ok(())
        })?;
        Ok(infos)
    }

    /// When the first selector of an expression is read: a fixed time, if it has one, and the sum of offsets.
    fn reference(&self, expr: &Expr) -> Result<(Option<At>, i64), EvalError> {
        let Some(children) = children(expr) else { return Ok((None, 0)) };
        let (at, offset) = match &expr.kind {
            ExprKind::Vector(selector) => (selector.at, &selector.offset),
            ExprKind::Matrix(matrix) => (matrix.selector.at, &matrix.selector.offset),
            ExprKind::Subquery(subquery) => {
                let (inner_at, inner_offset) = self.reference(&subquery.expr)?;
                if inner_at.is_some() {
                    return Ok((inner_at, inner_offset));
                }
                let (at, offset) = self.fixed(subquery.at, &subquery.offset)?;
                return Ok((at, offset + inner_offset));
            }
            _ => {
                for child in children {
                    let found = self.reference(child)?;
                    if has_selector(child) {
                        return Ok(found);
                    }
                }
                return Ok((None, 0));
            }
        };
        self.fixed(at, offset)
    }

    fn fixed(&self, at: Option<At>, offset: &QueryDuration) -> Result<(Option<At>, i64), EvalError> {
        let at = at.map(|at| At::Time(Timestamp(self.at_time(at))));
        Ok((at, self.duration(offset)?))
    }
}

// === impl Selection ===

impl Selection {
    fn new(arg: Option<&Expr>) -> Selection {
        let matchers: &[Matcher] = match arg.map(|arg| &arg.kind) {
            Some(ExprKind::Vector(selector)) => &selector.matchers,
            _ => &[],
        };
        let (mut names, data): (Vec<Matcher>, Vec<Matcher>) =
            matchers.iter().cloned().partition(|matcher| matcher.name == METRIC_NAME);
        let positive = names.iter().any(|m| matches!(m.op, MatchOp::Equal | MatchOp::Regex));
        if names.is_empty() {
            names.push(Matcher::equal(METRIC_NAME, "target_info"));
        } else if !positive {
            names.extend(Matcher::new(MatchOp::Regex, METRIC_NAME, ".+_info"));
        }
        Selection { names, data }
    }

    /// Whether a series without info series passes.
    fn takes_absent(&self) -> bool {
        self.data.iter().all(Matcher::matches_empty)
    }

    fn joins(&self, label: &str) -> bool {
        label != METRIC_NAME && (self.data.is_empty() || self.data.iter().any(|m| m.name == label))
    }
}

/// The info series with a sample at a step by signature; of several, the one with the newest sample.
fn newest_at(infos: &InfoSeries, step: usize) -> Result<BTreeMap<Signature<'_>, usize>, EvalError> {
    let mut newest: BTreeMap<Signature<'_>, usize> = BTreeMap::new();
    for (at, (labels, times)) in infos.iter().enumerate().filter(|(_, (_, times))| !is_absent(times[step])) {
        let signature = (labels.metric_name(), IDENTIFYING.map(|name| labels.get(name)));
        let Some(there) = newest.get(&signature).copied() else {
            newest.insert(signature, at);
            continue;
        };
        let (there_labels, there_times) = &infos[there];
        if times[step] > there_times[step] {
            newest.insert(signature, at);
        } else if times[step] == there_times[step] {
            let time = Timestamp::from_seconds(times[step]).0;
            return Err(EvalError::Execution(format!(
                "found duplicate series for info metric: existing {there_labels} @ {time}, new {labels} @ {time}"
            )));
        }
    }
    Ok(newest)
}

/// The info series of a series, one of each name.
fn partners_of(labels: &Labels, newest: &BTreeMap<Signature<'_>, usize>) -> Vec<usize> {
    let identity = IDENTIFYING.map(|name| labels.get(name));
    newest.iter().filter(|((_, key), _)| *key == identity).map(|(_, at)| *at).collect()
}

/// The labels of a series and those that its info series add.
fn joined(
    base: &Labels,
    partners: &[usize],
    infos: &InfoSeries,
    selection: &Selection,
) -> Result<Labels, EvalError> {
    let mut labels = base.to_builder();
    let mut added: BTreeMap<&str, &str> = BTreeMap::new();
    for partner in partners {
        for (name, value) in infos[*partner].0.iter().filter(|(name, _)| selection.joins(name)) {
            if added.get(name).is_some_and(|there| *there != value) {
                return Err(EvalError::Execution(format!("conflicting label: {name}")));
            }
            if base.find(name).is_none() {
                added.insert(name, value);
                labels.set(name, value);
            }
        }
    }
    Ok(labels.build())
}

/// The expressions within an expression; none for literals.
fn children(expr: &Expr) -> Option<Vec<&Expr>> {
    match &expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) => None,
        ExprKind::Vector(_) | ExprKind::Matrix(_) => Some(Vec::new()),
        ExprKind::Paren(inner) | ExprKind::Unary { expr: inner, .. } | ExprKind::StepInvariant(inner) => {
            Some(vec![inner])
        }
        ExprKind::Binary(binary) => Some(vec![&binary.left, &binary.right]),
        ExprKind::Aggregate(aggregate) => {
            Some(std::iter::once(&aggregate.expr).chain(&aggregate.param).collect())
        }
        ExprKind::Call(call) => Some(call.args.iter().collect()),
        ExprKind::Subquery(subquery) => Some(vec![&subquery.expr]),
    }
}

fn has_selector(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Vector(_) | ExprKind::Matrix(_) => true,
        _ => children(expr).is_some_and(|children| children.into_iter().any(has_selector)),
    }
}
