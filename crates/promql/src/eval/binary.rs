//! Binary operators: arithmetic, comparison, sets, and vector matching.

use std::collections::HashMap;

use model::Labels;
use model::labels::METRIC_NAME;

use super::native::is_native;
use super::{ABSENT, Column, Evaluator, Steps, Value, is_absent, merge, present, without_name};
use crate::ast::{Binary, BinaryOp, Cardinality, Span, VectorMatching};
use crate::engine::EvalError;

const MANY_TO_ONE: &str =
    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
const NOT_UNIQUE: &str = "multiple matches for labels: grouping labels must ensure unique matches";

/// Positions of the columns that share a signature.
type Members = HashMap<Labels, Vec<usize>>;

/// Both sides of a match, the one that may have many first.
struct Sides<'c> {
    many: &'c [Column],
    one: &'c [Column],
    /// Whether the many side stands on the right.
    swapped: bool,
}

impl Evaluator<'_> {
    pub(crate) fn binary(&mut self, binary: &Binary, span: Span, steps: &Steps) -> Result<Value, EvalError> {
        let (left, right) = (self.eval(&binary.left, steps)?, self.eval(&binary.right, steps)?);
        match (left, right) {
            (Value::Scalar(left), Value::Scalar(right)) => {
                let pairs = left.iter().zip(&right);
                Ok(Value::Scalar(pairs.map(|(a, b)| scalar_result(binary.op, *a, *b)).collect()))
            }
            (Value::Vector(columns), Value::Scalar(numbers)) => {
                self.vector_scalar(binary, columns, &numbers, false, span).map(Value::Vector)
            }
            (Value::Scalar(numbers), Value::Vector(columns)) => {
                self.vector_scalar(binary, columns, &numbers, true, span).map(Value::Vector)
            }
            (Value::Vector(left), Value::Vector(right)) => {
                let default = VectorMatching {
                    cardinality: Cardinality::OneToOne,
                    on: false,
                    labels: Vec::new(),
                    include: Vec::new(),
                    fill_left: None,
                    fill_right: None,
                };
                let matching = binary.matching.as_ref().unwrap_or(&default);
                let held = (left.len() + right.len()) * steps.count;
                let columns = match binary.op {
                    BinaryOp::And | BinaryOp::Unless => intersect(binary.op, matching, left, &right),
                    BinaryOp::Or => unite(matching, left, right, steps),
                    _ => self.match_vectors(binary, span, matching, (&left, &right), steps)?,
                };
                self.release(held);
                self.hold(columns.len() * steps.count)?;
                Ok(Value::Vector(columns))
            }
            _ => Err(EvalError::Unsupported { start: span.start, what: "an operator on a string" }),
        }
    }

    fn vector_scalar(
        &self,
        binary: &Binary,
        mut columns: Vec<Column>,
        numbers: &[f64],
        swapped: bool,
        span: Span,
    ) -> Result<Vec<Column>, EvalError> {
        let (op, return_bool) = (binary.op, binary.return_bool);
        for column in &mut columns {
            present(&mut column.values, |step, value| {
                let (a, b) = if swapped { (numbers[step], value) } else { (value, numbers[step]) };
                if is_native(value) || is_trim(op) {
                    return self.native_operation(op, return_bool, a, b, span);
                }
                match (op.is_comparison(), return_bool) {
                    (false, _) => arithmetic(op, a, b),
                    (true, true) => f64::from(u8::from(compare(op, a, b))),
                    (true, false) if compare(op, a, b) => value,
                    (true, false) => ABSENT,
                }
            });
            if (!op.is_comparison() && !is_trim(op)) || return_bool {
                self.drop_name(column);
            }
        }
        merge(columns, "vector cannot contain metrics with the same labelset")
    }

    fn match_vectors(
        &self,
        binary: &Binary,
        span: Span,
        matching: &VectorMatching,
        (left, right): (&[Column], &[Column]),
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let swapped = matching.cardinality == Cardinality::OneToMany;
        let sides = if swapped {
            Sides { many: right, one: left, swapped }
        } else {
            Sides { many: left, one: right, swapped }
        };
        let ones = by_signature(matching, sides.one);
        check_unique(matching, &ones, &sides, steps)?;
        let manys = by_signature(matching, sides.many);
        if matching.cardinality == Cardinality::OneToOne {
            check_one_to_one(&manys, &ones, &sides, steps, matching)?;
        }
        let mut results = Vec::new();
        for many in sides.many {
            let partners = ones.get(&signature(matching, &many.labels)).map_or(&[][..], Vec::as_slice);
            self.match_one(binary, span, matching, &sides, many, partners, steps, &mut results);
        }
        self.fill_unmatched(binary, span, matching, &sides, (&ones, &manys), steps, &mut results);
        merge(results, NOT_UNIQUE)
    }

    /// Results of one column of the many side: one column for each partner, since labels may be taken from it.
    #[expect(clippy::too_many_arguments, reason = "both sides, how they match, and where results go")]
    fn match_one(
        &self,
        binary: &Binary,
        span: Span,
        matching: &VectorMatching,
        sides: &Sides<'_>,
        many: &Column,
        partners: &[usize],
        steps: &Steps,
        results: &mut Vec<Column>,
    ) {
        let mut matched = vec![false; steps.count];
        for partner in partners {
            let one = &sides.one[*partner];
            let mut values = vec![ABSENT; steps.count];
            let mut any = false;
            for step in 0..steps.count {
                let (a, b) = (many.values[step], one.values[step]);
                if is_absent(a) || is_absent(b) {
                    continue;
                }
                matched[step] = true;
                let value = self.operate(binary, span, sides.swapped, a, b);
                any |= !is_absent(value);
                values[step] = value;
            }
            if any {
                results.push(self.result_column(binary, matching, many, Some(one), values));
            }
        }
        // As in Prometheus, left and right are those after `group_right` has swapped the sides.
        if let Some(fill) = matching.fill_right {
            let value = |step: usize| {
                let there = !is_absent(many.values[step]) && !matched[step];
                if there {
                    self.operate(binary, span, sides.swapped, many.values[step], fill)
                } else {
                    ABSENT
                }
            };
            let values: Vec<f64> = (0..steps.count).map(value).collect();
            if values.iter().any(|v| !is_absent(*v)) {
                results.push(self.result_column(binary, matching, many, None, values));
            }
        }
    }

    /// `fill` for samples of the one side that have no partner.
    #[expect(clippy::too_many_arguments, reason = "both sides, how they match, and where results go")]
    fn fill_unmatched(
        &self,
        binary: &Binary,
        span: Span,
        matching: &VectorMatching,
        sides: &Sides<'_>,
        (ones, manys): (&Members, &Members),
        steps: &Steps,
        results: &mut Vec<Column>,
    ) {
        let Some(fill) = matching.fill_left else { return };
        for (key, members) in ones {
            let partners = manys.get(key).map_or(&[][..], Vec::as_slice);
            for member in members {
                let one = &sides.one[*member];
                let value = |step: usize| {
                    let lone = partners.iter().all(|p| is_absent(sides.many[*p].values[step]));
                    let there = !is_absent(one.values[step]) && lone;
                    if there {
                        self.operate(binary, span, sides.swapped, fill, one.values[step])
                    } else {
                        ABSENT
                    }
                };
                let values: Vec<f64> = (0..steps.count).map(value).collect();
                if values.iter().any(|v| !is_absent(*v)) {
                    let stand_in = Column { labels: key.clone(), drop_name: false, values: Vec::new() };
                    results.push(self.result_column(binary, matching, &stand_in, Some(one), values));
                }
            }
        }
    }

    fn result_column(
        &self,
        binary: &Binary,
        matching: &VectorMatching,
        many: &Column,
        one: Option<&Column>,
        values: Vec<f64>,
    ) -> Column {
        let listed = |name: &str| matching.labels.iter().any(|l| l == name);
        let drops = (!binary.op.is_comparison() && !is_trim(binary.op)) || binary.return_bool;
        let delayed = self.options.delayed_name_removal;
        let mut labels = many.labels.clone();
        if drops && !delayed {
            labels = without_name(&labels);
        }
        if matching.cardinality == Cardinality::OneToOne {
            labels = labels.filtered(|name| match matching.on {
                true => listed(name),
                false => !listed(name),
            });
        }
        if let Some(one) = one.filter(|_| !matching.include.is_empty()) {
            let mut builder = labels.to_builder();
            for name in &matching.include {
                builder.set(name.as_str(), one.labels.get(name));
            }
            labels = builder.build();
        }
        let included = matching.include.iter().any(|name| name == METRIC_NAME);
        Column { labels, drop_name: !included && (many.drop_name || (drops && delayed)), values }
    }
}

impl Evaluator<'_> {
    /// One operation on two samples; a comparison that fails gives nothing.
    fn operate(&self, binary: &Binary, span: Span, swapped: bool, many: f64, one: f64) -> f64 {
        if is_native(many) || is_native(one) || is_trim(binary.op) {
            let (a, b) = if swapped { (one, many) } else { (many, one) };
            return self.native_operation(binary.op, binary.return_bool, a, b, span);
        }
        operate(binary, swapped, many, one)
    }
}

fn is_trim(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::TrimUpper | BinaryOp::TrimLower)
}

/// One operation on two numbers; a comparison that fails gives nothing.
fn operate(binary: &Binary, swapped: bool, many: f64, one: f64) -> f64 {
    let (a, b) = if swapped { (one, many) } else { (many, one) };
    match (binary.op.is_comparison(), binary.return_bool) {
        (false, _) => arithmetic(binary.op, a, b),
        (true, true) => f64::from(u8::from(compare(binary.op, a, b))),
        // A filter keeps the left value.
        (true, false) if compare(binary.op, a, b) => a,
        (true, false) => ABSENT,
    }
}

fn scalar_result(op: BinaryOp, a: f64, b: f64) -> f64 {
    if op.is_comparison() { f64::from(u8::from(compare(op, a, b))) } else { arithmetic(op, a, b) }
}

fn arithmetic(op: BinaryOp, a: f64, b: f64) -> f64 {
    match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        BinaryOp::Mod => a % b,
        BinaryOp::Pow => a.powf(b),
        BinaryOp::Atan2 => a.atan2(b),
        _ => f64::NAN,
    }
}

fn compare(op: BinaryOp, a: f64, b: f64) -> bool {
    match op {
        BinaryOp::Equal => a == b,
        BinaryOp::NotEqual => a != b,
        BinaryOp::Greater => a > b,
        BinaryOp::Less => a < b,
        BinaryOp::GreaterOrEqual => a >= b,
        BinaryOp::LessOrEqual => a <= b,
        _ => false,
    }
}

/// The labels by which partners find each other.
fn signature(matching: &VectorMatching, labels: &Labels) -> Labels {
    let listed = |name: &str| matching.labels.iter().any(|l| l == name);
    match matching.on {
        true => labels.filtered(listed),
        false => labels.filtered(|name| name != METRIC_NAME && !listed(name)),
    }
}

fn by_signature(matching: &VectorMatching, columns: &[Column]) -> Members {
    let mut found: Members = HashMap::with_capacity(columns.len());
    for (i, column) in columns.iter().enumerate() {
        found.entry(signature(matching, &column.labels)).or_default().push(i);
    }
    found
}

/// The one side has one sample for each signature and step.
fn check_unique(
    matching: &VectorMatching,
    ones: &Members,
    sides: &Sides<'_>,
    steps: &Steps,
) -> Result<(), EvalError> {
    for (key, members) in ones.iter().filter(|(_, members)| members.len() > 1) {
        for step in 0..steps.count {
            let mut there = members.iter().map(|m| &sides.one[*m]).filter(|c| !is_absent(c.values[step]));
            if let (Some(first), Some(second)) = (there.next(), there.next()) {
                let side = if sides.swapped { "left" } else { "right" };
                let shown = match matching.on {
                    true => key.clone(),
                    false => key.filtered(|_| true),
                };
                return Err(EvalError::Execution(format!(
                    "found duplicate series for the match group {shown} on the {side} hand-side of the operation: [{}, {}];many-to-many matching not allowed: matching labels must be unique on one side",
                    second.labels, first.labels
                )));
            }
        }
    }
    Ok(())
}

/// Without grouping, the left side has one sample for each signature and step too, where it has a partner.
fn check_one_to_one(
    manys: &Members,
    ones: &Members,
    sides: &Sides<'_>,
    steps: &Steps,
    matching: &VectorMatching,
) -> Result<(), EvalError> {
    for (key, members) in manys.iter().filter(|(_, members)| members.len() > 1) {
        let partners = ones.get(key).map_or(&[][..], Vec::as_slice);
        for step in 0..steps.count {
            let there = members.iter().filter(|m| !is_absent(sides.many[**m].values[step])).count();
            let partnered = matching.fill_right.is_some()
                || partners.iter().any(|p| !is_absent(sides.one[*p].values[step]));
            if there > 1 && partnered {
                return Err(EvalError::Execution(MANY_TO_ONE.to_owned()));
            }
        }
    }
    Ok(())
}

/// `and`, `unless`: samples of the left side that have, or have not, a partner.
fn intersect(op: BinaryOp, matching: &VectorMatching, left: Vec<Column>, right: &[Column]) -> Vec<Column> {
    let partners = by_signature(matching, right);
    let wanted = op == BinaryOp::And;
    let mut kept = Vec::with_capacity(left.len());
    for mut column in left {
        let members = partners.get(&signature(matching, &column.labels)).map_or(&[][..], Vec::as_slice);
        present(&mut column.values, |step, value| {
            let there = members.iter().any(|m| !is_absent(right[*m].values[step]));
            if there == wanted { value } else { ABSENT }
        });
        if column.values.iter().any(|v| !is_absent(*v)) {
            kept.push(column);
        }
    }
    kept
}

/// `or`: the left side, and samples of the right side that have no partner in it.
fn unite(matching: &VectorMatching, left: Vec<Column>, right: Vec<Column>, steps: &Steps) -> Vec<Column> {
    let mut taken: HashMap<Labels, Vec<bool>> = HashMap::new();
    for column in &left {
        let there =
            taken.entry(signature(matching, &column.labels)).or_insert_with(|| vec![false; steps.count]);
        for (flag, value) in there.iter_mut().zip(&column.values) {
            *flag |= !is_absent(*value);
        }
    }
    let mut columns = left;
    for mut column in right {
        if let Some(there) = taken.get(&signature(matching, &column.labels)) {
            present(&mut column.values, |step, value| if there[step] { ABSENT } else { value });
        }
        if column.values.iter().any(|v| !is_absent(*v)) {
            columns.push(column);
        }
    }
    // Equal label sets on both sides take turns; they cannot meet at one step.
    merge(columns.clone(), "").unwrap_or(columns)
}
