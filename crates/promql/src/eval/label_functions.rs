//! `label_replace` and `label_join`: new labels from old ones.

use model::Pattern;
use model::labels::METRIC_NAME;

use super::{Column, Evaluator, Steps, Value, merge};
use crate::ast::Call;
use crate::engine::EvalError;

const DUPLICATE: &str = "vector cannot contain metrics with the same labelset";

impl Evaluator<'_> {
    /// `label_replace(v, dst, replacement, src, regex)`
    pub(crate) fn label_replace(&mut self, call: &Call, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let [destination, replacement, source, regex] = self.texts::<4>(call, steps)?;
        let failed = |function: &str, what: &str, text: &str| {
            EvalError::Execution(format!("invalid {what} in {function}(): {text}"))
        };
        let pattern =
            Pattern::new(&regex).map_err(|_| failed("label_replace", "regular expression", &regex))?;
        // A replacement character stands for bytes that are no UTF-8.
        if destination.is_empty() || destination.contains('\u{fffd}') {
            return Err(failed("label_replace", "destination label name", &destination));
        }
        let mut columns = self.vector(&call.args[0], steps)?;
        for column in &mut columns {
            if let Some(value) = pattern.expand(column.labels.get(&source), &replacement) {
                set_label(column, &destination, &value);
            }
        }
        merge(columns, DUPLICATE)
    }

    /// `label_join(v, dst, separator, src, …)`
    pub(crate) fn label_join(&mut self, call: &Call, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let mut texts = Vec::new();
        for arg in &call.args[1..] {
            if let Value::Text(text) = self.eval(arg, steps)? {
                texts.push(text);
            }
        }
        let [destination, separator, sources @ ..] = texts.as_slice() else {
            return Err(EvalError::Execution("label_join needs a destination and a separator".to_owned()));
        };
        if destination.is_empty() {
            return Err(EvalError::Execution(format!(
                "invalid destination label name in label_join(): {destination}"
            )));
        }
        let mut columns = self.vector(&call.args[0], steps)?;
        for column in &mut columns {
            let values: Vec<&str> = sources.iter().map(|name| column.labels.get(name)).collect();
            let joined = values.join(separator);
            set_label(column, destination, &joined);
        }
        merge(columns, DUPLICATE)
    }

    fn texts<const N: usize>(&mut self, call: &Call, steps: &Steps) -> Result<[String; N], EvalError> {
        let mut texts: [String; N] = std::array::from_fn(|_| String::new());
        for (text, arg) in texts.iter_mut().zip(&call.args[1..]) {
            if let Value::Text(found) = self.eval(arg, steps)? {
                *text = found;
            }
        }
        Ok(texts)
    }
}

fn set_label(column: &mut Column, name: &str, value: &str) {
    column.labels = column.labels.with(name, value);
    if name == METRIC_NAME {
        // A name that was set on purpose stays.
        column.drop_name = false;
    }
}
