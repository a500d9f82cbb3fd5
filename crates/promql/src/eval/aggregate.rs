//! Aggregations: groups of series, folded step by step.

use std::collections::{BTreeMap, HashMap};

use model::Labels;

use super::kahan::{Kahan, Mean};
use super::native::{Total, is_native, without_natives};
use super::range_functions::quantile;
use super::{ABSENT, Column, Evaluator, RESERVED, Steps, Value, is_absent};
use crate::ast::{Aggregate, AggregateOp};
use crate::engine::EvalError;

/// A group that is folded while its series pass by.
struct Group {
    labels: Labels,
    drop_name: bool,
    cells: Vec<Cell>,
}

/// What one step of a group has seen.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    count: f64,
    sum: Kahan,
    mean: Mean,
    extreme: f64,
    /// Welford's mean and squares.
    center: f64,
    squares: f64,
}

impl Evaluator<'_> {
    pub(crate) fn aggregate(
        &mut self,
        aggregate: &Aggregate,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        use AggregateOp::{Bottomk, CountValues, LimitRatio, Limitk, Quantile, Topk};
        let columns = match aggregate.op {
            Topk | Bottomk => self.top(aggregate, steps)?,
            Limitk | LimitRatio => self.limit(aggregate, steps)?,
            Quantile => self.quantile(aggregate, steps)?,
            CountValues => self.count_values(aggregate, steps)?,
            _ => self.fold(aggregate, steps)?,
        };
        super::merge(columns, "vector cannot contain metrics with the same labelset")
    }

    /// Operators that need one number or a few for each group and step.
    fn fold(&mut self, aggregate: &Aggregate, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let mut positions: HashMap<Labels, usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        let op = aggregate.op;
        let span = aggregate.expr.span;
        let mut totals: BTreeMap<(usize, usize), Total> = BTreeMap::new();
        self.stream(&aggregate.expr, steps, &mut |evaluator, labels, drop_name, values| {
            let key = group_labels(aggregate, labels);
            let position = match positions.get(&key) {
                Some(position) => *position,
                None => {
                    if values.iter().all(|value| is_absent(*value)) {
                        return Ok(());
                    }
                    evaluator.hold(values.len())?;
                    positions.insert(key.clone(), groups.len());
                    groups.push(Group { labels: key, drop_name, cells: vec![Cell::default(); values.len()] });
                    groups.len() - 1
                }
            };
            groups[position].drop_name |= drop_name;
            if !evaluator.has_natives() || !values.iter().any(|value| is_native(*value)) {
                fold_values(op, &mut groups[position].cells, values);
                return Ok(());
            }
            let floats: Vec<f64> = values.iter().map(|v| if is_native(*v) { ABSENT } else { *v }).collect();
            fold_values(op, &mut groups[position].cells, &floats);
            for (step, value) in values.iter().enumerate().filter(|(_, value)| is_native(**value)) {
                match op {
                    AggregateOp::Sum | AggregateOp::Avg => {
                        let total = totals.entry((position, step)).or_default();
                        evaluator.add_to_total(total, *value);
                    }
                    AggregateOp::Count | AggregateOp::Group => groups[position].cells[step].count += 1.0,
                    _ => evaluator.note_ignored(op.as_str(), span),
                }
            }
            Ok(())
        })?;
        let floats = |group: usize, step: usize| groups[group].cells[step].count > 0.0;
        let average = op == AggregateOp::Avg;
        let totals: Vec<((usize, usize), f64)> = totals
            .into_iter()
            .map(|((group, step), total)| {
                ((group, step), self.total_value(&total, average, floats(group, step), span))
            })
            .collect();
        let mut columns: Vec<Column> = groups.into_iter().map(|group| group.column(op)).collect();
        for ((group, step), value) in totals {
            columns[group].values[step] = value;
        }
        Ok(columns)
    }

    fn top(&mut self, aggregate: &Aggregate, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let counts = self.counts(aggregate, steps)?;
        let columns = self.floats_of(aggregate, steps)?;
        let groups = group(aggregate, &columns);
        let largest = aggregate.op == AggregateOp::Topk;
        // Larger first; NaN is the last to be chosen either way.
        let before = |a: f64, b: f64| match (a.is_nan(), b.is_nan()) {
            (true, true) => std::cmp::Ordering::Equal,
            (true, false) => std::cmp::Ordering::Greater,
            (false, true) => std::cmp::Ordering::Less,
            (false, false) if largest => b.total_cmp(&a),
            (false, false) => a.total_cmp(&b),
        };
        let chosen = |step: usize, members: &[usize]| {
            let value = |member: usize| columns[member].values[step];
            let mut there: Vec<usize> = members.iter().copied().filter(|m| !is_absent(value(*m))).collect();
            there.sort_by(|a, b| before(value(*a), value(*b)));
            there.truncate(counts[step]);
            there
        };
        Ok(pick(&columns, &groups, steps, chosen))
    }

    fn limit(&mut self, aggregate: &Aggregate, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        if aggregate.op == AggregateOp::Limitk {
            let counts = self.counts(aggregate, steps)?;
            let columns = self.vector(&aggregate.expr, steps)?;
            let groups = group(aggregate, &columns);
            let chosen = |step: usize, members: &[usize]| {
                let there = members.iter().copied().filter(|m| !is_absent(columns[*m].values[step]));
                there.take(counts[step]).collect()
            };
            return Ok(pick(&columns, &groups, steps, chosen));
        }
        let ratios = self.parameter(aggregate, steps)?;
        for ratio in &ratios {
            if ratio.is_nan() {
                return Err(EvalError::Execution("Ratio value is NaN".to_owned()));
            }
            if ratio.abs() > 1.0 {
                let shown = model::value::GoFloat(*ratio);
                let capped = if *ratio > 0.0 { "1" } else { "-1" };
                let text =
                    format!("ratio value should be between -1 and 1, got {shown}, capping to {capped}");
                let span = aggregate.param.as_ref().map_or(aggregate.expr.span, |p| p.span);
                self.annotations.warn(&text, span);
            }
        }
        let columns = self.vector(&aggregate.expr, steps)?;
        let shares: Vec<f64> = columns.iter().map(|column| label_share(&column.labels)).collect();
        let all: Vec<Vec<usize>> = vec![(0..columns.len()).collect()];
        let chosen = |step: usize, members: &[usize]| {
            let ratio = ratios[step].clamp(-1.0, 1.0);
            let taken = |m: &usize| {
                let share = shares[*m];
                if ratio >= 0.0 { share < ratio } else { share >= 1.0 + ratio }
            };
            members.iter().copied().filter(taken).collect()
        };
        Ok(pick(&columns, &all, steps, chosen))
    }

    fn quantile(&mut self, aggregate: &Aggregate, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let parameters = self.parameter(aggregate, steps)?;
        if let Some(bad) = parameters.iter().find(|q| !(0.0..=1.0).contains(*q)) {
            let span = aggregate.param.as_ref().map_or(aggregate.expr.span, |p| p.span);
            self.warn_quantile(*bad, span);
        }
        let columns = self.floats_of(aggregate, steps)?;
        let groups = group(aggregate, &columns);
        let results = groups.iter().map(|members| {
            let values = (0..steps.count).map(|step| {
                let there = members.iter().map(|m| columns[*m].values[step]).filter(|v| !is_absent(*v));
                let there: Vec<f64> = there.collect();
                if there.is_empty() { ABSENT } else { quantile(parameters[step], &there) }
            });
            self.group_column(aggregate, &columns[members[0]], values.collect())
        });
        Ok(results.collect())
    }

    fn count_values(&mut self, aggregate: &Aggregate, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let param = aggregate.param.as_ref();
        let Some(Value::Text(label)) = param.map(|p| self.eval(p, steps)).transpose()? else {
            return Err(EvalError::Execution("count_values needs a label name".to_owned()));
        };
        if label.is_empty() {
            return Err(EvalError::Execution(format!(
                "invalid label name {}",
                model::labels::Quoted(&label)
            )));
        }
        let mut columns = self.vector(&aggregate.expr, steps)?;
        if without_natives(&mut columns) {
            let what = "count_values of native histograms";
            return Err(EvalError::Unsupported { start: aggregate.expr.span.start, what });
        }
        let mut counted: HashMap<Labels, Vec<f64>> = HashMap::new();
        for column in &columns {
            let group = group_labels(aggregate, &column.labels);
            for (step, value) in column.values.iter().enumerate().filter(|(_, v)| !is_absent(**v)) {
                let text = model::value::PlainFloat(*value).to_string();
                let cells =
                    counted.entry(group.with(&label, &text)).or_insert_with(|| vec![ABSENT; steps.count]);
                cells[step] = if is_absent(cells[step]) { 1.0 } else { cells[step] + 1.0 };
            }
        }
        let column = |(labels, values)| Column { labels, drop_name: false, values };
        Ok(counted.into_iter().map(column).collect())
    }

    /// The aggregated columns without histograms, which is said if there were any.
    fn floats_of(&mut self, aggregate: &Aggregate, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let mut columns = self.vector(&aggregate.expr, steps)?;
        if self.has_natives() && without_natives(&mut columns) {
            self.note_ignored(aggregate.op.as_str(), aggregate.expr.span);
            columns.retain(|column| column.values.iter().any(|value| !is_absent(*value)));
        }
        Ok(columns)
    }

    /// The number parameter at all steps.
    fn parameter(&mut self, aggregate: &Aggregate, steps: &Steps) -> Result<Vec<f64>, EvalError> {
        match &aggregate.param {
            Some(param) => self.scalar(param, steps),
            None => Ok(vec![f64::NAN; steps.count]),
        }
    }

    /// The number parameter as how many to take.
    fn counts(&mut self, aggregate: &Aggregate, steps: &Steps) -> Result<Vec<usize>, EvalError> {
        let count = |value: f64| {
            if value.is_nan() {
                return Err(EvalError::Execution("Parameter value is NaN".to_owned()));
            }
            if value >= 9.223_372_036_854_775e18 || value <= -9.223_372_036_854_775e18 {
                let shown = model::value::GoFloat(value);
                return Err(EvalError::Execution(format!("Scalar value {shown} overflows int64")));
            }
            Ok(if value < 1.0 { 0 } else { value as usize })
        };
        self.parameter(aggregate, steps)?.into_iter().map(count).collect()
    }

    fn group_column(&self, aggregate: &Aggregate, first: &Column, values: Vec<f64>) -> Column {
        Column { labels: group_labels(aggregate, &first.labels), drop_name: first.drop_name, values }
    }
}

// === impl Group ===

impl Group {
    fn column(self, op: AggregateOp) -> Column {
        let value = |cell: &Cell| if cell.count == 0.0 { ABSENT } else { cell.value(op) };
        Column {
            labels: self.labels,
            drop_name: self.drop_name,
            values: self.cells.iter().map(value).collect(),
        }
    }
}

// === impl Cell ===

impl Cell {
    fn value(&self, op: AggregateOp) -> f64 {
        match op {
            AggregateOp::Sum => self.sum.total(),
            AggregateOp::Avg => self.mean.mean(),
            AggregateOp::Count => self.count,
            AggregateOp::Min | AggregateOp::Max => self.extreme,
            AggregateOp::Stddev => (self.squares / self.count).sqrt(),
            AggregateOp::Stdvar => self.squares / self.count,
            _ => 1.0,
        }
    }
}

/// One series into the cells of its group.
fn fold_values(op: AggregateOp, cells: &mut [Cell], values: &[f64]) {
    let there = cells.iter_mut().zip(values).filter(|(_, value)| !is_absent(**value));
    match op {
        AggregateOp::Sum => there.for_each(|(cell, value)| {
            cell.count += 1.0;
            cell.sum.add(*value);
        }),
        AggregateOp::Avg => there.for_each(|(cell, value)| {
            cell.count += 1.0;
            cell.mean.add(*value);
        }),
        AggregateOp::Min | AggregateOp::Max => there.for_each(|(cell, value)| {
            let better = if op == AggregateOp::Max { *value > cell.extreme } else { *value < cell.extreme };
            if cell.count == 0.0 || better || cell.extreme.is_nan() {
                cell.extreme = *value;
            }
            cell.count += 1.0;
        }),
        AggregateOp::Stddev | AggregateOp::Stdvar => there.for_each(|(cell, value)| {
            cell.count += 1.0;
            if !value.is_finite() {
                cell.squares = f64::NAN;
            }
            let delta = value - cell.center;
            cell.center += delta / cell.count;
            cell.squares += delta * (value - cell.center);
        }),
        _ => there.for_each(|(cell, _)| cell.count += 1.0),
    }
}

/// The labels of a series' group.
fn group_labels(aggregate: &Aggregate, labels: &Labels) -> Labels {
    let listed = |name: &str| aggregate.grouping.iter().any(|g| g == name);
    if aggregate.without {
        labels.filtered(|name| !RESERVED.contains(&name) && !listed(name))
    } else if aggregate.grouping.is_empty() {
        Labels::empty()
    } else {
        labels.filtered(listed)
    }
}

/// Positions of the columns of each group, groups in the order of their first column.
fn group(aggregate: &Aggregate, columns: &[Column]) -> Vec<Vec<usize>> {
    let mut positions: HashMap<Labels, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        let key = group_labels(aggregate, &column.labels);
        let position = *positions.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[position].push(i);
    }
    groups
}

/// Keeps the chosen samples; for a single step the order of choice is the order of the result.
fn pick(
    columns: &[Column],
    groups: &[Vec<usize>],
    steps: &Steps,
    chosen: impl Fn(usize, &[usize]) -> Vec<usize>,
) -> Vec<Column> {
    let mut kept: Vec<Option<Column>> = vec![None; columns.len()];
    let mut order = Vec::new();
    for members in groups {
        for step in 0..steps.count {
            for member in chosen(step, members) {
                let value = columns[member].values[step];
                let column = kept[member].get_or_insert_with(|| {
                    order.push(member);
                    Column { values: vec![ABSENT; steps.count], ..columns[member].clone() }
                });
                column.values[step] = value;
            }
        }
    }
    order.into_iter().filter_map(|member| kept[member].take()).collect()
}

/// Where a series falls between 0 and 1: the hash that `limit_ratio` of Prometheus' default build uses,
/// XXH64 over each name and value with its length before it.
fn label_share(labels: &Labels) -> f64 {
    let mut bytes = Vec::new();
    for text in labels.iter().flat_map(|(name, value)| [name, value]) {
        match u8::try_from(text.len()) {
            Ok(short) if short < 255 => bytes.push(short),
            _ => {
                bytes.push(255);
                bytes.extend_from_slice(&(text.len() as u32).to_le_bytes()[..3]);
            }
        }
        bytes.extend_from_slice(text.as_bytes());
    }
    xxhash_rust::xxh64::xxh64(&bytes, 0) as f64 / u64::MAX as f64
}
