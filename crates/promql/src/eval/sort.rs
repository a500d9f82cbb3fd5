//! `sort` and its kin: the order of an instant vector.

use std::cmp::Ordering;

use super::native::is_native;
use super::{Column, Evaluator, Steps, Value, is_absent};
use crate::ast::{Call, Span};
use crate::engine::EvalError;

impl Evaluator<'_> {
    /// `sort(v)` and `sort_desc(v)`: by value, NaN last.
    pub(crate) fn sort_by_value(
        &mut self,
        call: &Call,
        span: Span,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let mut columns = self.vector(&call.args[0], steps)?;
        if self.sorts_in_vain(steps, span) {
            return Ok(columns);
        }
        let descending = call.function.name == "sort_desc";
        let value = |column: &Column| column.values.first().copied().unwrap_or(f64::NAN);
        columns.retain(|column| !is_absent(value(column)) && !is_native(value(column)));
        columns.sort_by(|a, b| match (value(a), value(b)) {
            (a, b) if a.is_nan() || b.is_nan() => a.is_nan().cmp(&b.is_nan()),
            (a, b) if descending => b.total_cmp(&a),
            (a, b) => a.total_cmp(&b),
        });
        Ok(columns)
    }

    /// `sort_by_label(v, label, …)`: by labels in natural order, then by all labels.
    pub(crate) fn sort_by_label(
        &mut self,
        call: &Call,
        span: Span,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let mut columns = self.vector(&call.args[0], steps)?;
        if self.sorts_in_vain(steps, span) {
            return Ok(columns);
        }
        let mut names = Vec::new();
        for arg in &call.args[1..] {
            if let Value::Text(name) = self.eval(arg, steps)? {
                names.push(name);
            }
        }
        let descending = call.function.name == "sort_by_label_desc";
        columns.sort_by(|a, b| {
            let by_names = names.iter().map(|name| natural(a.labels.get(name), b.labels.get(name)));
            let order = by_names.fold(Ordering::Equal, Ordering::then).then_with(|| a.labels.cmp(&b.labels));
            if descending { order.reverse() } else { order }
        });
        Ok(columns)
    }

    /// Results of range queries are sorted by labels whatever was asked for.
    fn sorts_in_vain(&mut self, steps: &Steps, span: Span) -> bool {
        let range = self.top.step != 1 || steps.count > 1;
        if range {
            let text = "sort is ineffective for range queries since results are always ordered by labels";
            self.annotations.warn(text, span);
        }
        range
    }
}

/// Runs of digits compare as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        match (a.first(), b.first()) {
            (None, None) => return Ordering::Equal,
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let digits = |text: &[u8]| text.iter().take_while(|c| c.is_ascii_digit()).count();
                let ((x, rest_a), (y, rest_b)) = (a.split_at(digits(a)), b.split_at(digits(b)));
                let bare =
                    |n: &[u8]| n.iter().position(|c| *c != b'0').map_or(Vec::new(), |at| n[at..].to_vec());
                let (p, q) = (bare(x), bare(y));
                let order = p.len().cmp(&q.len()).then_with(|| p.cmp(&q));
                if order != Ordering::Equal {
                    return order;
                }
                (a, b) = (rest_a, rest_b);
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            (Some(x), Some(y)) => return x.cmp(y),
        }
    }
}
