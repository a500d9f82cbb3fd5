//! What is particular to each panel type.

use serde::Serialize;

use super::words;

/// What is particular to the panel's type.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PanelOptions {
    /// Of a graph.
    Timeseries(TimeseriesOptions),
    /// Of a single number.
    Stat(StatOptions),
    /// Of a dial.
    Gauge(GaugeOptions),
    /// Of bars.
    BarGauge(BarGaugeOptions),
    /// Of a table.
    Table(TableOptions),
    /// Of a text.
    Text(TextOptions),
    /// Of all others: `{}`.
    None {},
}

words! {
    /// How a series becomes one value.
    Reducer {
        Last = "last", LastNotNull = "lastNotNull", Mean = "mean", Min = "min", Max = "max", Sum = "sum",
        Count = "count", First = "first", FirstNotNull = "firstNotNull", Range = "range", Delta = "delta",
        AllIsZero = "allIsZero", AllIsNull = "allIsNull",
    }
}

words! {
    /// A comparison; "" = none.
    Compare { Gt = "gt", Gte = "gte", Lt = "lt", Lte = "lte", Eq = "eq", Neq = "neq", None = "" }
}

/// A graph's or pie's legend.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Legend {
    /// Whether it is shown.
    pub show: bool,
    /// List or table.
    pub mode: LegendMode,
    /// Where it stands.
    pub placement: Placement,
    /// Values beside the names.
    pub calcs: Vec<Reducer>,
    /// Leaves out series without a value.
    pub hide_empty: bool,
    /// Leaves out series that are 0 throughout.
    pub hide_zero: bool,
    /// Title of the column that sorts; "" = the series' order.
    pub sort_by: String,
    /// Largest first.
    pub sort_desc: bool,
}

words! {
    /// Shape of a legend.
    LegendMode { List = "list", Table = "table" }
}
words! {
    /// Where a legend stands.
    Placement { Bottom = "bottom", Right = "right" }
}

/// Of a graph.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeseriesOptions {
    /// The names of the series.
    pub legend: Legend,
    /// What the pointer shows.
    pub tooltip: Tooltip,
}

/// What the pointer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tooltip {
    /// One series, all, or nothing.
    pub mode: TooltipMode,
    /// Order by value.
    pub sort: TooltipSort,
}

words! {
    /// How many series a tooltip shows.
    TooltipMode { Single = "single", Multi = "multi", None = "none" }
}
words! {
    /// Order of a tooltip's series.
    TooltipSort { None = "none", Asc = "asc", Desc = "desc" }
}

/// How series become values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReduceOptions {
    /// The reducers; stat and gauge use the first.
    pub calcs: Vec<Reducer>,
    /// Which fields: "" = numbers, or a name, or `/pattern/`.
    pub fields: String,
    /// Every row instead of a reduced value.
    pub values: bool,
    /// Most rows, with `values`.
    pub limit: Option<f64>,
}

/// Of a single number.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatOptions {
    /// How series become values.
    pub reduce: ReduceOptions,
    /// What is colored.
    pub color_mode: ColorBy,
    /// Whether a small graph is drawn behind.
    pub graph_mode: GraphMode,
    /// What is written.
    pub text_mode: TextMode,
    /// How the text is aligned.
    pub justify: Justify,
    /// How several values are laid out.
    pub orientation: Orientation,
}

words! {
    /// What a stat panel colors.
    ColorBy { None = "none", Value = "value", Background = "background" }
}
words! {
    /// The small graph of a stat panel.
    GraphMode { None = "none", Area = "area" }
}
words! {
    /// What a stat panel writes.
    TextMode { Auto = "auto", Value = "value", ValueAndName = "value_and_name", Name = "name", None = "none" }
}
words! {
    /// How a stat panel aligns.
    Justify { Auto = "auto", Center = "center" }
}
words! {
    /// How several values are laid out.
    Orientation { Auto = "auto", Horizontal = "horizontal", Vertical = "vertical" }
}

/// Of a dial.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GaugeOptions {
    /// How series become values.
    pub reduce: ReduceOptions,
    /// Whether thresholds have their numbers.
    pub show_threshold_labels: bool,
    /// Whether thresholds are drawn around the dial.
    pub show_threshold_markers: bool,
    /// How several dials are laid out.
    pub orientation: Orientation,
}

/// Of bars.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BarGaugeOptions {
    /// How series become values.
    pub reduce: ReduceOptions,
    /// Which way the bars go.
    pub orientation: Orientation,
    /// How they are filled.
    pub display_mode: BarMode,
    /// Whether the rest of the scale is drawn.
    pub show_unfilled: bool,
    /// How the number is written.
    pub value_mode: ValueMode,
}

words! {
    /// How bars are filled.
    BarMode { Basic = "basic", Gradient = "gradient", Lcd = "lcd" }
}
words! {
    /// How a bar's number is written.
    ValueMode { Color = "color", Text = "text", Hidden = "hidden" }
}

/// Of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableOptions {
    /// Whether there is a heading.
    pub show_header: bool,
    /// Order of rows at first.
    pub sort_by: Vec<SortColumn>,
    /// The last line.
    pub footer: Footer,
}

/// A column that sorts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SortColumn {
    /// The field's displayed name.
    pub field: String,
    /// Largest first.
    pub desc: bool,
}

/// A table's last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Footer {
    /// Whether it is shown.
    pub show: bool,
    /// What it computes.
    pub reducers: Vec<Reducer>,
    /// Of which fields; empty = all numbers.
    pub fields: Vec<String>,
}

/// Of a text; HTML is shown as text, never injected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextOptions {
    /// What the content is.
    pub mode: TextFormat,
    /// With variables; the expanded content comes with the expansion.
    pub content: String,
}

words! {
    /// What a text panel's content is.
    TextFormat { Markdown = "markdown", Html = "html", Code = "code" }
}
