//! Functions of one number, and of the calendar: a row each.

use super::native::is_native;
use super::{Column, Evaluator, Steps, merge, present};
use crate::ast::Call;
use crate::engine::EvalError;

const SECONDS_A_DAY: i64 = 86_400;

/// What a function makes of a sample.
pub(crate) type Change = fn(f64) -> f64;

/// Name, and what it makes of a sample.
const ROWS: &[(&str, Change)] = &[
    ("abs", f64::abs),
    ("acos", f64::acos),
    ("acosh", f64::acosh),
    ("asin", f64::asin),
    ("asinh", f64::asinh),
    ("atan", f64::atan),
    ("atanh", f64::atanh),
    ("ceil", f64::ceil),
    ("cos", f64::cos),
    ("cosh", f64::cosh),
    ("day_of_month", |v| date(v).2),
    ("day_of_week", |v| (days(v) + 4).rem_euclid(7) as f64),
    ("day_of_year", day_of_year),
    ("days_in_month", days_in_month),
    ("deg", f64::to_degrees),
    ("exp", f64::exp),
    ("floor", f64::floor),
    ("hour", |v| (seconds_of_day(v) / 3600) as f64),
    ("ln", f64::ln),
    ("log10", f64::log10),
    ("log2", f64::log2),
    ("minute", |v| (seconds_of_day(v) / 60 % 60) as f64),
    ("month", |v| date(v).1),
    ("rad", f64::to_radians),
    ("sgn", |v| if v.is_nan() || v == 0.0 { v } else { v.signum() }),
    ("sin", f64::sin),
    ("sinh", f64::sinh),
    ("sqrt", f64::sqrt),
    ("tan", f64::tan),
    ("tanh", f64::tanh),
    ("year", |v| date(v).0),
];

/// The row of a function.
pub(crate) fn find(name: &str) -> Option<Change> {
    ROWS.binary_search_by(|(row, _)| (*row).cmp(name)).ok().map(|at| ROWS[at].1)
}

impl Evaluator<'_> {
    /// A function of each sample.
    pub(crate) fn map(
        &mut self,
        call: &Call,
        steps: &Steps,
        change: &dyn Fn(usize, f64) -> f64,
    ) -> Result<Vec<Column>, EvalError> {
        let mut columns = match call.args.first() {
            Some(arg) => self.vector(arg, steps)?,
            // The calendar's functions take the time of evaluation.
            None => vec![Column { labels: model::Labels::empty(), drop_name: false, values: times(steps) }],
        };
        for column in &mut columns {
            present(&mut column.values, |step, value| match is_native(value) {
                true => super::ABSENT,
                false => change(step, value),
            });
            self.drop_name(column);
        }
        merge(columns, "vector cannot contain metrics with the same labelset")
    }

    /// `clamp`, `clamp_min`, `clamp_max`
    pub(crate) fn clamp(&mut self, call: &Call, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let bounds = self.parameters(call, steps)?;
        let (low, high) = match call.function.name {
            "clamp_min" => (Some(&bounds[0]), None),
            "clamp_max" => (None, Some(&bounds[0])),
            _ => (Some(&bounds[0]), Some(&bounds[1])),
        };
        let bound = |values: Option<&Vec<f64>>, step: usize, none: f64| values.map_or(none, |v| v[step]);
        let mut columns = self.map(call, steps, &|step, value| {
            let (low, high) = (bound(low, step, f64::NEG_INFINITY), bound(high, step, f64::INFINITY));
            // Go's math.Max and math.Min give NaN if either is.
            let nan = value.is_nan() || low.is_nan() || high.is_nan();
            if nan { f64::NAN } else { high.min(low.max(value)) }
        })?;
        // Bounds that exclude each other give nothing.
        for column in &mut columns {
            present(&mut column.values, |step, value| {
                let crossed = bound(low, step, f64::NEG_INFINITY) > bound(high, step, f64::INFINITY);
                if crossed { super::ABSENT } else { value }
            });
        }
        Ok(columns)
    }

    /// `round(v, to_nearest)`: half up.
    pub(crate) fn round(&mut self, call: &Call, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let nearest = match call.args.get(1) {
            Some(arg) => self.scalar(arg, steps)?,
            None => vec![1.0; steps.count],
        };
        // By the inverse, as Prometheus does, since 1/0.1 is exact where 0.1 is not.
        self.map(call, steps, &|step, value| {
            let inverse = 1.0 / nearest[step];
            (value * inverse + 0.5).floor() / inverse
        })
    }
}

/// The times of the steps in seconds.
pub(crate) fn times(steps: &Steps) -> Vec<f64> {
    (0..steps.count).map(|i| steps.at(i) as f64 / 1000.0).collect()
}

fn days(seconds: f64) -> i64 {
    (seconds as i64).div_euclid(SECONDS_A_DAY)
}

fn seconds_of_day(seconds: f64) -> i64 {
    (seconds as i64).rem_euclid(SECONDS_A_DAY)
}

/// Year, month and day of a time in UTC: days are counted from 0000-03-01 in eras of 400 years, so that the
/// leap day is the last of a year (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(seconds: f64) -> (i64, i64, i64) {
    let z = days(seconds) + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn date(seconds: f64) -> (f64, f64, f64) {
    if seconds.is_nan() {
        return (f64::NAN, f64::NAN, f64::NAN);
    }
    let (year, month, day) = civil(seconds);
    (year as f64, month as f64, day as f64)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_in_month(seconds: f64) -> f64 {
    let (year, month, _) = civil(seconds);
    month_length(year, month) as f64
}

fn day_of_year(seconds: f64) -> f64 {
    let (year, month, day) = civil(seconds);
    ((1..month).map(|m| month_length(year, m)).sum::<i64>() + day) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_the_calendar_is_right() {
        assert!(ROWS.is_sorted_by_key(|(name, _)| *name));
        for (seconds, year, month, day, of_year, of_week) in [
            (0.0, 1970.0, 1.0, 1.0, 1.0, 4.0),
            (951_782_400.0, 2000.0, 2.0, 29.0, 60.0, 2.0),
            (-1.0, 1969.0, 12.0, 31.0, 365.0, 3.0),
            (1_795_361_426.0, 2026.0, 11.0, 22.0, 326.0, 0.0),
        ] {
            assert_eq!(date(seconds), (year, month, day));
            assert_eq!(day_of_year(seconds), of_year);
            assert_eq!(find("day_of_week").map(|f| f(seconds)), Some(of_week));
        }
    }
}
