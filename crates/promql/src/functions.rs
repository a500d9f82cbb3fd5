//! The functions of PromQL: a row each, read by parser, evaluator, completion and docs.

use crate::ast::ValueType;
use ValueType::{Matrix, Scalar, String as Text, Vector};

/// One function.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// As written.
    pub name: &'static str,
    /// Argument types; the last is repeated or left out as `variadic` says.
    pub args: &'static [ValueType],
    /// 0: exactly `args`. n > 0: the last may be left out or stand up to n times. -1: the last may be left
    /// out or stand any number of times.
    pub variadic: i8,
    /// The result's type.
    pub returns: ValueType,
    /// Behind Prometheus' `promql-experimental-functions` flag.
    pub experimental: bool,
    /// One sentence for completion and docs.
    pub doc: &'static str,
}

/// The row of a function.
pub fn find(name: &str) -> Option<&'static Function> {
    let at = FUNCTIONS.binary_search_by(|row| row.name.cmp(name)).ok()?;
    FUNCTIONS.get(at)
}

/// All functions, sorted by name.
pub const FUNCTIONS: &[Function] = &[
    row("abs", &[Vector], Vector, "Absolute value of each sample."),
    row(
        "absent",
        &[Vector],
        Vector,
        "1 if the vector is empty, with the labels its selector fixes; else nothing.",
    ),
    row(
        "absent_over_time",
        &[Matrix],
        Vector,
        "1 if the range vector is empty, with the labels its selector fixes; else nothing.",
    ),
    row("acos", &[Vector], Vector, "Arc cosine of each sample, in radians."),
    row("acosh", &[Vector], Vector, "Inverse hyperbolic cosine of each sample."),
    row("asin", &[Vector], Vector, "Arc sine of each sample, in radians."),
    row("asinh", &[Vector], Vector, "Inverse hyperbolic sine of each sample."),
    row("atan", &[Vector], Vector, "Arc tangent of each sample, in radians."),
    row("atanh", &[Vector], Vector, "Inverse hyperbolic tangent of each sample."),
    row("avg_over_time", &[Matrix], Vector, "Average of the samples in each window."),
    row("ceil", &[Vector], Vector, "Each sample rounded up to a whole number."),
    row("changes", &[Matrix], Vector, "How often the value changed within each window."),
    row("clamp", &[Vector, Scalar, Scalar], Vector, "Each sample limited to a lower and an upper bound."),
    row("clamp_max", &[Vector, Scalar], Vector, "Each sample limited to an upper bound."),
    row("clamp_min", &[Vector, Scalar], Vector, "Each sample limited to a lower bound."),
    row("cos", &[Vector], Vector, "Cosine of each sample, taken as radians."),
    row("cosh", &[Vector], Vector, "Hyperbolic cosine of each sample."),
    row("count_over_time", &[Matrix], Vector, "Number of samples in each window."),
    row(
        "day_of_month",
        &[Vector],
        Vector,
        "Day of the month in UTC, 1 to 31, of each sample taken as seconds since 1970.",
    )
    .optional(),
    row(
        "day_of_week",
        &[Vector],
        Vector,
        "Day of the week in UTC, 0 (Sunday) to 6, of each sample taken as seconds since 1970.",
    )
    .optional(),
    row(
        "day_of_year",
        &[Vector],
        Vector,
        "Day of the year in UTC, 1 to 366, of each sample taken as seconds since 1970.",
    )
    .optional(),
    row(
        "days_in_month",
        &[Vector],
        Vector,
        "Number of days in the month in UTC of each sample taken as seconds since 1970.",
    )
    .optional(),
    row("deg", &[Vector], Vector, "Radians to degrees."),
    row(
        "delta",
        &[Matrix],
        Vector,
        "Difference between the last and the first value of each window, extrapolated to its length; for gauges.",
    ),
    row("deriv", &[Matrix], Vector, "Slope per second of each window by linear regression; for gauges."),
    row(
        "double_exponential_smoothing",
        &[Matrix, Scalar, Scalar],
        Vector,
        "Smoothed value of each window by a smoothing and a trend factor, both between 0 and 1.",
    )
    .experimental(),
    row("end", &[], Scalar, "End of the query in seconds since 1970.").experimental(),
    row("exp", &[Vector], Vector, "e to the power of each sample."),
    row("first_over_time", &[Matrix], Vector, "The oldest sample in each window."),
    row("floor", &[Vector], Vector, "Each sample rounded down to a whole number."),
    row("histogram_avg", &[Vector], Vector, "Average of the observations in each native histogram."),
    row("histogram_count", &[Vector], Vector, "Number of observations in each native histogram."),
    row(
        "histogram_fraction",
        &[Scalar, Scalar, Vector],
        Vector,
        "Estimated share of observations between a lower and an upper bound, of classic or native histograms.",
    ),
    row(
        "histogram_quantile",
        &[Scalar, Vector],
        Vector,
        "Estimated quantile, 0 to 1, of classic or native histograms.",
    ),
    row(
        "histogram_quantiles",
        &[Vector, Text, Scalar, Scalar],
        Vector,
        "Several estimated quantiles of each histogram, told apart by the named label.",
    )
    .repeated(9)
    .experimental(),
    row(
        "histogram_stddev",
        &[Vector],
        Vector,
        "Estimated standard deviation of the observations in each native histogram.",
    ),
    row(
        "histogram_stdvar",
        &[Vector],
        Vector,
        "Estimated variance of the observations in each native histogram.",
    ),
    row("histogram_sum", &[Vector], Vector, "Sum of the observations in each native histogram."),
    row(
        "hour",
        &[Vector],
        Vector,
        "Hour of the day in UTC, 0 to 23, of each sample taken as seconds since 1970.",
    )
    .optional(),
    row("idelta", &[Matrix], Vector, "Difference between the last two samples of each window; for gauges."),
    row(
        "increase",
        &[Matrix],
        Vector,
        "Growth of a counter over each window, resets mended, extrapolated to its length.",
    ),
    row("info", &[Vector, Vector], Vector, "Each series with the data labels of its info series added.")
        .optional()
        .experimental(),
    row(
        "irate",
        &[Matrix],
        Vector,
        "Growth per second of a counter between the last two samples of each window.",
    ),
    row(
        "label_join",
        &[Vector, Text, Text, Text],
        Vector,
        "Sets a label to the values of others, joined by a separator.",
    )
    .repeated(-1),
    row(
        "label_replace",
        &[Vector, Text, Text, Text, Text],
        Vector,
        "Sets a label from another one where a regular expression matches it.",
    ),
    row("last_over_time", &[Matrix], Vector, "The newest sample in each window."),
    row("ln", &[Vector], Vector, "Natural logarithm of each sample."),
    row("log10", &[Vector], Vector, "Logarithm to the base 10 of each sample."),
    row("log2", &[Vector], Vector, "Logarithm to the base 2 of each sample."),
    row("mad_over_time", &[Matrix], Vector, "Median absolute deviation of each window.").experimental(),
    row("max_of", &[Scalar, Scalar], Scalar, "The greater of two numbers.").experimental(),
    row("max_over_time", &[Matrix], Vector, "Greatest value in each window."),
    row("min_of", &[Scalar, Scalar], Scalar, "The smaller of two numbers.").experimental(),
    row("min_over_time", &[Matrix], Vector, "Smallest value in each window."),
    row(
        "minute",
        &[Vector],
        Vector,
        "Minute of the hour in UTC, 0 to 59, of each sample taken as seconds since 1970.",
    )
    .optional(),
    row(
        "month",
        &[Vector],
        Vector,
        "Month of the year in UTC, 1 to 12, of each sample taken as seconds since 1970.",
    )
    .optional(),
    row("pi", &[], Scalar, "The number pi."),
    row(
        "predict_linear",
        &[Matrix, Scalar],
        Vector,
        "Value in that many seconds from now by linear regression over each window; for gauges.",
    ),
    row("present_over_time", &[Matrix], Vector, "1 for each series with a sample in the window."),
    row("quantile_over_time", &[Scalar, Matrix], Vector, "Quantile, 0 to 1, of the samples in each window."),
    row("rad", &[Vector], Vector, "Degrees to radians."),
    row("range", &[], Scalar, "Length of the query's range in seconds.").experimental(),
    row(
        "rate",
        &[Matrix],
        Vector,
        "Growth per second of a counter over each window, resets mended, extrapolated to its length.",
    ),
    row("resets", &[Matrix], Vector, "How often a counter was reset within each window."),
    row(
        "round",
        &[Vector, Scalar],
        Vector,
        "Each sample rounded to the nearest multiple of the second argument, which is 1 if left out.",
    )
    .optional(),
    row("scalar", &[Vector], Scalar, "The value of a vector's only sample, NaN if it has none or several."),
    row("sgn", &[Vector], Vector, "Sign of each sample: 1, 0 or -1."),
    row("sin", &[Vector], Vector, "Sine of each sample, taken as radians."),
    row("sinh", &[Vector], Vector, "Hyperbolic sine of each sample."),
    row("sort", &[Vector], Vector, "Samples from the smallest to the greatest value; instant queries only."),
    row(
        "sort_by_label",
        &[Vector, Text],
        Vector,
        "Samples in natural order of the labels' values; instant queries only.",
    )
    .repeated(-1)
    .experimental(),
    row(
        "sort_by_label_desc",
        &[Vector, Text],
        Vector,
        "Samples in reverse natural order of the labels' values; instant queries only.",
    )
    .repeated(-1)
    .experimental(),
    row(
        "sort_desc",
        &[Vector],
        Vector,
        "Samples from the greatest to the smallest value; instant queries only.",
    ),
    row("sqrt", &[Vector], Vector, "Square root of each sample."),
    row("start", &[], Scalar, "Start of the query in seconds since 1970.").experimental(),
    row("start_timestamp", &[Vector], Vector, "Start timestamp of each sample in seconds since 1970.")
        .experimental(),
    row("stddev_over_time", &[Matrix], Vector, "Standard deviation of the samples in each window."),
    row("stdvar_over_time", &[Matrix], Vector, "Variance of the samples in each window."),
    row("step", &[], Scalar, "Step of the query in seconds.").experimental(),
    row("sum_over_time", &[Matrix], Vector, "Sum of the samples in each window."),
    row("tan", &[Vector], Vector, "Tangent of each sample, taken as radians."),
    row("tanh", &[Vector], Vector, "Hyperbolic tangent of each sample."),
    row("time", &[], Scalar, "The evaluated time in seconds since 1970."),
    row("timestamp", &[Vector], Vector, "Time of each sample in seconds since 1970."),
    row(
        "ts_of_first_over_time",
        &[Matrix],
        Vector,
        "Time of the oldest sample in each window, in seconds since 1970.",
    )
    .experimental(),
    row(
        "ts_of_last_over_time",
        &[Matrix],
        Vector,
        "Time of the newest sample in each window, in seconds since 1970.",
    )
    .experimental(),
    row(
        "ts_of_max_over_time",
        &[Matrix],
        Vector,
        "Time of the last greatest sample in each window, in seconds since 1970.",
    )
    .experimental(),
    row(
        "ts_of_min_over_time",
        &[Matrix],
        Vector,
        "Time of the last smallest sample in each window, in seconds since 1970.",
    )
    .experimental(),
    row("vector", &[Scalar], Vector, "The number as a sample without labels."),
    row("year", &[Vector], Vector, "Year in UTC of each sample taken as seconds since 1970.").optional(),
];

// === impl Function ===

const fn row(
    name: &'static str,
    args: &'static [ValueType],
    returns: ValueType,
    doc: &'static str,
) -> Function {
    Function { name, args, variadic: 0, returns, experimental: false, doc }
}

impl Function {
    /// The fewest arguments that the function takes.
    pub fn min_args(&self) -> usize {
        if self.variadic == 0 { self.args.len() } else { self.args.len().saturating_sub(1) }
    }

    /// The most arguments that the function takes, if there is a limit.
    pub fn max_args(&self) -> Option<usize> {
        let extra = usize::try_from(self.variadic).ok()?;
        Some(if extra == 0 { self.args.len() } else { self.min_args() + extra })
    }

    /// The type of the argument at a position, counted from 0; past the end it is the last's.
    pub fn arg_type(&self, position: usize) -> Option<ValueType> {
        self.args.get(position).or(self.args.last()).copied()
    }

    const fn optional(self) -> Function {
        self.repeated(1)
    }

    const fn repeated(mut self, variadic: i8) -> Function {
        self.variadic = variadic;
        self
    }

    const fn experimental(mut self) -> Function {
        self.experimental = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_complete() {
        assert!(FUNCTIONS.windows(2).all(|two| two[0].name < two[1].name));
        assert_eq!(FUNCTIONS.iter().filter(|row| !row.experimental).count(), 73);
        assert_eq!(FUNCTIONS.iter().filter(|row| row.experimental).count(), 17);
        assert_eq!(find("rate").map(|row| row.returns), Some(Vector));
        assert_eq!(find("rat"), None);
    }

    #[test]
    fn counts_of_arguments() {
        let bounds = |name| find(name).map(|row| (row.min_args(), row.max_args()));
        assert_eq!(bounds("rate"), Some((1, Some(1))));
        assert_eq!(bounds("hour"), Some((0, Some(1))));
        assert_eq!(bounds("round"), Some((1, Some(2))));
        assert_eq!(bounds("label_join"), Some((3, None)));
        assert_eq!(bounds("histogram_quantiles"), Some((3, Some(12))));
    }
}
