//! How values are shown: units, colors, thresholds, mappings, and exceptions by field.

use serde::Serialize;

use super::words;
use crate::api::Reducer;

/// How values are shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldConfig {
    /// Grafana's id of the unit; "" = none.
    pub unit: String,
    /// Digits after the point.
    pub decimals: Option<f64>,
    /// The scale's lower end.
    pub min: Option<f64>,
    /// The scale's upper end.
    pub max: Option<f64>,
    /// Name instead of the series' own; "" = none.
    pub display_name: String,
    /// Text where there is no value.
    pub no_value: String,
    /// Where colors come from.
    pub color: Color,
    /// Steps of color.
    pub thresholds: Thresholds,
    /// Texts instead of values; the first that matches wins.
    pub mappings: Vec<Mapping>,
    /// What graphs and tables add.
    pub custom: FieldCustom,
}

/// Where colors come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Color {
    /// The rule.
    pub mode: ColorMode,
    /// The color of `fixed`; "" otherwise.
    pub fixed: String,
}

words! {
    /// Rule by which a field gets its color.
    ColorMode { Thresholds = "thresholds", Fixed = "fixed", Palette = "palette", Continuous = "continuous" }
}

/// Steps of color.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Thresholds {
    /// What the values are.
    pub mode: ThresholdMode,
    /// Ascending; the first has no value.
    pub steps: Vec<Step>,
}

words! {
    /// Whether thresholds are values or percent of the scale.
    ThresholdMode { Absolute = "absolute", Percentage = "percentage" }
}

/// A color from a value on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// None = minus infinity.
    pub value: Option<f64>,
    /// CSS color or Grafana's name.
    pub color: String,
}

/// A text instead of a value. `color` "" = the field's.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Mapping {
    /// An exact value, as text.
    Value {
        /// What is compared.
        value: String,
        /// What is shown; "" = the value.
        text: String,
        /// "" = the field's.
        color: String,
    },
    /// Between two numbers, both included.
    Range {
        /// None = minus infinity.
        from: Option<f64>,
        /// None = infinity.
        to: Option<f64>,
        /// What is shown; "" = the value.
        text: String,
        /// "" = the field's.
        color: String,
    },
    /// A regular expression over the text; `$1` may stand in `text`.
    Regex {
        /// JavaScript's syntax, without slashes.
        pattern: String,
        /// What is shown; "" = the value.
        text: String,
        /// "" = the field's.
        color: String,
    },
    /// No proper value.
    Special {
        /// Which.
        #[serde(rename = "match")]
        matches: SpecialMatch,
        /// What is shown.
        text: String,
        /// "" = the field's.
        color: String,
    },
}

words! {
    /// Kinds of values that are no proper numbers.
    SpecialMatch {
        Null = "null", Nan = "nan", NullAndNan = "null+nan", True = "true", False = "false", Empty = "empty",
    }
}

/// What graphs and tables add to a field.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldCustom {
    /// Lines, bars or points.
    pub draw_style: DrawStyle,
    /// How points are joined.
    pub interpolation: Interpolation,
    /// Pixels.
    pub line_width: f64,
    /// Percent, 0 to 100.
    pub fill_opacity: f64,
    /// Whether points are drawn on lines.
    pub show_points: ShowPoints,
    /// Pixels.
    pub point_size: f64,
    /// Lines go over gaps.
    pub span_nulls: bool,
    /// Gaps are drawn as 0.
    pub null_as_zero: bool,
    /// Series on top of each other.
    pub stacking: Stacking,
    /// Where the axis stands.
    pub axis_placement: AxisPlacement,
    /// 1 = linear.
    pub log_base: f64,
    /// Where the series does not appear.
    pub hide_from: HideFrom,
    /// How a table's cell is drawn.
    pub cell: Cell,
    /// How a table's cell is aligned.
    pub align: Align,
    /// Pixels of a table's column; None = free.
    pub width: Option<f64>,
    /// Whether the column has a filter.
    pub filterable: bool,
    /// Whether the column is not shown.
    pub hidden: bool,
}

words! {
    /// How a series is drawn.
    DrawStyle { Line = "line", Bars = "bars", Points = "points" }
}
words! {
    /// How points are joined.
    Interpolation { Linear = "linear", Smooth = "smooth", StepBefore = "stepBefore", StepAfter = "stepAfter" }
}
words! {
    /// Whether points are drawn on lines.
    ShowPoints { Auto = "auto", Always = "always", Never = "never" }
}
words! {
    /// Series on top of each other.
    Stacking { None = "none", Normal = "normal", Percent = "percent" }
}
words! {
    /// Where an axis stands.
    AxisPlacement { Auto = "auto", Left = "left", Right = "right", Hidden = "hidden" }
}
words! {
    /// How a table's cell is drawn.
    Cell { Auto = "auto", ColorText = "color-text", ColorBackground = "color-background", Gauge = "gauge" }
}
words! {
    /// How a table's cell is aligned.
    Align { Auto = "auto", Left = "left", Center = "center", Right = "right" }
}

/// Where a series does not appear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HideFrom {
    /// Not in the legend.
    pub legend: bool,
    /// Not in the tooltip.
    pub tooltip: bool,
    /// Not drawn.
    pub viz: bool,
}

/// An exception for the fields that match.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldOverride {
    /// Which fields.
    pub matcher: OverrideMatcher,
    /// What is different for them.
    pub set: FieldPatch,
}

/// Which fields an override is for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind")]
pub enum OverrideMatcher {
    /// The displayed name.
    #[serde(rename = "byName")]
    ByName {
        /// The exact name.
        value: String,
    },
    /// A regular expression over the displayed name.
    #[serde(rename = "byRegexp")]
    ByRegexp {
        /// `/pattern/flags` or a pattern.
        value: String,
    },
    /// `number`, `string`, `time`, `boolean`.
    #[serde(rename = "byType")]
    ByType {
        /// The type.
        value: String,
    },
    /// The fields of one query.
    #[serde(rename = "byFrameRefID")]
    ByFrameRefId {
        /// The query's refId.
        value: String,
    },
    /// The reduced value of the field.
    #[serde(rename = "byValue")]
    ByValue {
        /// How it is reduced.
        reducer: Reducer,
        /// How it is compared; None = the reducer's own truth (`allIsZero`).
        op: super::Compare,
        /// What it is compared with.
        value: f64,
    },
}

/// Parts of a [`FieldConfig`]; what is None stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each field is documented at FieldConfig")]
pub struct FieldPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimals: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mappings: Option<Vec<Mapping>>,
    #[serde(skip_serializing_if = "CustomPatch::is_empty")]
    pub custom: CustomPatch,
}

/// Parts of a [`FieldCustom`]; what is None stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each field is documented at FieldCustom")]
pub struct CustomPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw_style: Option<DrawStyle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpolation: Option<Interpolation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_width: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill_opacity: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_points: Option<ShowPoints>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point_size: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span_nulls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub null_as_zero: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stacking: Option<Stacking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub axis_placement: Option<AxisPlacement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_base: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_from: Option<HideFrom>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<Cell>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub align: Option<Align>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filterable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
}

/// Copies the parts that the patch has.
macro_rules! apply {
    ($to:expr, $patch:expr; $($field:ident),+; $($optional:ident),*) => {
        $(if let Some(value) = &$patch.$field { $to.$field = value.clone(); })+
        $(if let Some(value) = $patch.$optional { $to.$optional = Some(value); })*
    };
}

// === impl FieldConfig ===

impl FieldConfig {
    /// What a field is before the JSON says anything; graphs take their colors from a palette.
    pub(crate) fn initial(color: ColorMode) -> FieldConfig {
        FieldConfig {
            unit: String::new(),
            decimals: None,
            min: None,
            max: None,
            display_name: String::new(),
            no_value: String::new(),
            color: Color { mode: color, fixed: String::new() },
            thresholds: Thresholds {
                mode: ThresholdMode::Absolute,
                steps: vec![
                    Step { value: None, color: "green".to_owned() },
                    Step { value: Some(80.0), color: "red".to_owned() },
                ],
            },
            mappings: Vec::new(),
            custom: FieldCustom::initial(),
        }
    }

    /// Takes over what the patch has.
    pub(crate) fn apply(&mut self, patch: &FieldPatch) {
        apply!(self, patch; unit, display_name, no_value, color, thresholds, mappings; decimals, min, max);
        let (custom, patch) = (&mut self.custom, &patch.custom);
        apply!(custom, patch; draw_style, interpolation, line_width, fill_opacity, show_points, point_size,
            span_nulls, null_as_zero, stacking, axis_placement, log_base, hide_from, cell, align, filterable,
            hidden; width);
    }
}

impl FieldCustom {
    fn initial() -> FieldCustom {
        FieldCustom {
            draw_style: DrawStyle::Line,
            interpolation: Interpolation::Linear,
            line_width: 1.0,
            fill_opacity: 0.0,
            show_points: ShowPoints::Auto,
            point_size: 5.0,
            span_nulls: false,
            null_as_zero: false,
            stacking: Stacking::None,
            axis_placement: AxisPlacement::Auto,
            log_base: 1.0,
            hide_from: HideFrom::default(),
            cell: Cell::Auto,
            align: Align::Auto,
            width: None,
            filterable: false,
            hidden: false,
        }
    }
}

impl CustomPatch {
    fn is_empty(&self) -> bool {
        *self == CustomPatch::default()
    }
}
