//! Durations of selectors and subqueries: literals, and expressions over `step()` and `range()`.

use model::Duration;

use super::Evaluator;
use crate::ast::{BinaryOp, DurationExpr, QueryDuration};
use crate::engine::EvalError;

/// Durations are bounded as Go's are: nanoseconds in 64 bits.
const SECONDS_MAX: f64 = 9_223_372_036.0;

impl Evaluator<'_> {
    /// A duration in milliseconds.
    pub(crate) fn duration(&self, duration: &QueryDuration) -> Result<i64, EvalError> {
        match duration {
            QueryDuration::Fixed(Duration(ms)) => Ok(*ms),
            QueryDuration::Computed(expr) => {
                let seconds = self.seconds(expr);
                if !seconds.is_finite() || seconds.abs() > SECONDS_MAX {
                    return Err(EvalError::Execution("duration out of range".to_owned()));
                }
                Ok((seconds * 1000.0).round() as i64)
            }
        }
    }

    /// A duration that must be positive.
    pub(crate) fn positive_duration(&self, duration: &QueryDuration) -> Result<i64, EvalError> {
        match self.duration(duration)? {
            ms if ms > 0 => Ok(ms),
            _ => Err(EvalError::Execution("duration must be greater than 0".to_owned())),
        }
    }

    fn seconds(&self, expr: &DurationExpr) -> f64 {
        match expr {
            DurationExpr::Literal { seconds, .. } => *seconds,
            // Instant queries have no step.
            DurationExpr::Step if self.top.count == 1 && self.top.step == 1 => 0.0,
            DurationExpr::Step => self.top.step as f64 / 1000.0,
            DurationExpr::Range => (self.top.end() - self.top.start) as f64 / 1000.0,
            DurationExpr::Paren(inner) => self.seconds(inner),
            DurationExpr::Unary { negate, expr } => {
                let value = self.seconds(expr);
                if *negate { -value } else { value }
            }
            DurationExpr::MinOf(a, b) => self.seconds(a).min(self.seconds(b)),
            DurationExpr::MaxOf(a, b) => self.seconds(a).max(self.seconds(b)),
            DurationExpr::Binary { op, left, right } => {
                let (a, b) = (self.seconds(left), self.seconds(right));
                match op {
                    BinaryOp::Add => a + b,
                    BinaryOp::Sub => a - b,
                    BinaryOp::Mul => a * b,
                    BinaryOp::Div => a / b,
                    BinaryOp::Mod => a % b,
                    BinaryOp::Pow => a.powf(b),
                    _ => f64::NAN,
                }
            }
        }
    }
}
