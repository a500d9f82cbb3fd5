//! The one current model, exactly as `docs/formats/dashboard-api.md` gives it to the browser.
//!
//! What only the server needs (a variable's query, a panel's repeat, minimum intervals) sits in fields that
//! are not serialized.

mod expansion;
mod field;
mod options;

use serde::Serialize;

pub use expansion::{
    ExpandRequest, ExpandedPanel, ExpandedQuery, Expansion, ResolvedVariable, VariableOption,
};
pub use field::{
    Align, AxisPlacement, Cell, Color, ColorMode, CustomPatch, DrawStyle, FieldConfig, FieldCustom,
    FieldOverride, FieldPatch, HideFrom, Interpolation, Mapping, OverrideMatcher, ShowPoints, SpecialMatch,
    Stacking, Step, ThresholdMode, Thresholds,
};
pub use options::{
    BarGaugeOptions, BarMode, ColorBy, Compare, Footer, GaugeOptions, GraphMode, Justify, Legend, LegendMode,
    Orientation, PanelOptions, Placement, ReduceOptions, Reducer, SortColumn, StatOptions, TableOptions,
    TextFormat, TextMode, TextOptions, TimeseriesOptions, Tooltip, TooltipMode, TooltipSort, ValueMode,
};

use crate::variable::Definition;

/// Declares a closed set of words: the enum, its serialized form and its reader.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Each word with its meaning.
            pub const WORDS: &[(&str, $name)] = &[$(($text, $name::$variant)),+];

            /// The value that the word stands for, if it is one of the set.
            pub fn from_word(word: &str) -> Option<$name> {
                $name::WORDS.iter().find(|(text, _)| *text == word).map(|(_, value)| *value)
            }

            /// The word, as in the API.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }
    };
}
pub(crate) use words;

/// One row of the list of dashboards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DashboardSummary {
    /// Unique in the library.
    pub uid: String,
    /// For humans.
    pub title: String,
    /// The title in the URL.
    pub slug: String,
    /// Path of the page: `/d/UID/SLUG`.
    pub url: String,
    /// The folder's title; "" at the top.
    pub folder: String,
    /// As in the JSON.
    pub tags: Vec<String>,
}

/// A dashboard after migration.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    /// Unique in the library.
    pub uid: String,
    /// For humans.
    pub title: String,
    /// The title in the URL.
    pub slug: String,
    /// Markdown.
    pub description: String,
    /// As in the JSON.
    pub tags: Vec<String>,
    /// The range that the page opens with.
    pub time: TimeSpan,
    /// How often the page asks again, such as `10s`; "" = never.
    pub refresh: String,
    /// Choices of [`Dashboard::refresh`], in order.
    pub refresh_intervals: Vec<String>,
    /// How times are shown.
    pub timezone: Timezone,
    /// Whether the crosshair is shared by all panels.
    pub shared_crosshair: bool,
    /// In the order of the JSON.
    pub variables: Vec<Variable>,
    /// Sorted by grid (y, x), rows included. The grid is that of all rows open.
    pub panels: Vec<Panel>,
    /// What could not be honored, for a human.
    pub notes: Vec<String>,
}

/// A range in Grafana's relative form (`now-15m`, `now`) or as milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimeSpan {
    /// The beginning.
    pub from: String,
    /// The end.
    pub to: String,
}

words! {
    /// How times are shown.
    Timezone { Browser = "browser", Utc = "utc" }
}

/// A variable as the page's header shows it; its options come with the [`Expansion`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Variable {
    /// As in `$name`.
    pub name: String,
    /// For humans; "" = the name.
    pub label: String,
    /// For humans.
    pub description: String,
    /// Where its options come from.
    #[serde(rename = "type")]
    pub kind: VariableKind,
    /// What of it is shown.
    pub hide: Hide,
    /// Whether several values may be chosen.
    pub multi: bool,
    /// Whether "All" may be chosen.
    pub include_all: bool,
    /// How to find its options.
    #[serde(skip)]
    pub definition: Definition,
}

words! {
    /// Where a variable's options come from.
    VariableKind {
        Query = "query", Custom = "custom", Interval = "interval", Textbox = "textbox",
        Constant = "constant", Datasource = "datasource",
    }
}

words! {
    /// What of a variable is not shown; `variable`: nothing is.
    Hide { None = "none", Label = "label", Variable = "variable" }
}

/// A panel, or a row's heading.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Panel {
    /// Unique in the dashboard: the id, and for clashing ids a suffix.
    pub key: String,
    /// What draws it.
    #[serde(rename = "type")]
    pub kind: PanelKind,
    /// The type as in the JSON.
    pub original_type: String,
    /// May contain variables.
    pub title: String,
    /// Markdown; may contain variables.
    pub description: String,
    /// Where it stands.
    pub grid: Grid,
    /// Key of the row that it belongs to.
    pub row: Option<String>,
    /// Whether a row is closed at first; false for panels.
    pub collapsed: bool,
    /// Whether it is drawn without its box.
    pub transparent: bool,
    /// What it asks.
    pub queries: Vec<PanelQuery>,
    /// How values are shown.
    pub field: FieldConfig,
    /// Exceptions to [`Panel::field`], later ones win.
    pub overrides: Vec<FieldOverride>,
    /// Steps between answer and table.
    pub transformations: Vec<Transformation>,
    /// What is particular to the type.
    pub options: PanelOptions,
    /// Clones of it, one for each value of a variable.
    #[serde(skip)]
    pub repeat: Option<Repeat>,
    /// The least `$__interval` in Grafana's form (`1m`, `>10s`, `$var`); "" = that of the datasource.
    #[serde(skip)]
    pub min_interval: String,
    /// The most points of a series, where the JSON limits them.
    #[serde(skip)]
    pub max_data_points: Option<u32>,
}

words! {
    /// What draws a panel.
    PanelKind {
        Timeseries = "timeseries", Stat = "stat", Gauge = "gauge", BarGauge = "bargauge", Table = "table",
        Text = "text", Row = "row", Logs = "logs", Unsupported = "unsupported",
    }
}

/// A place on the grid of 24 columns; a row of `h` is 30 px and a gap of 8 px.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Grid {
    /// Columns from the left.
    pub x: u32,
    /// Rows from the top.
    pub y: u32,
    /// Columns, 1 to 24.
    pub w: u32,
    /// Rows, at least 1.
    pub h: u32,
}

/// How a panel or row is cloned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The variable whose chosen values are walked.
    pub variable: String,
    /// Clones go downwards, not to the right.
    pub vertical: bool,
    /// Most clones side by side.
    pub max_per_row: u32,
}

/// One query of a panel, variables not yet expanded.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PanelQuery {
    /// Unique in the panel.
    pub ref_id: String,
    /// PromQL with variables.
    pub expr: String,
    /// Text with `{{label}}` and variables; "" = the series' own name, "__auto" likewise.
    pub legend: String,
    /// Whether it is not asked.
    pub hide: bool,
    /// Asked at the range's end alone.
    pub instant: bool,
    /// Shape of the answer.
    pub format: QueryFormat,
    /// The least step in Grafana's form; "" = that of the panel.
    #[serde(skip)]
    pub min_step: String,
    /// The step is this many intervals.
    #[serde(skip)]
    pub interval_factor: u32,
}

words! {
    /// Shape of an answer.
    QueryFormat { TimeSeries = "time_series", Table = "table" }
}

/// A step between the answers and what is drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Transformation {
    /// Hides, renames and orders fields.
    Organize {
        /// Names of fields that vanish.
        exclude: Vec<String>,
        /// Old name to new name.
        rename: serde_json::Map<String, serde_json::Value>,
        /// Name to position.
        order: serde_json::Map<String, serde_json::Value>,
    },
    /// Keeps the fields whose name matches the unanchored pattern or is in the list.
    FilterFieldsByName {
        /// "" = none.
        pattern: String,
        /// Exact names.
        names: Vec<String>,
    },
    /// All frames become one table.
    Merge,
    /// Labels become columns.
    LabelsToFields,
    /// A row for each sample.
    SeriesToRows,
    /// Sorts rows.
    SortBy {
        /// The field's name.
        field: String,
        /// Largest first.
        desc: bool,
    },
    /// A row for each field, a column for each reducer.
    Reduce {
        /// In order.
        reducers: Vec<Reducer>,
    },
}

// === impl Dashboard ===

impl Dashboard {
    /// Its row in the list of dashboards.
    pub fn summary(&self, folder: &str) -> DashboardSummary {
        DashboardSummary {
            uid: self.uid.clone(),
            title: self.title.clone(),
            slug: self.slug.clone(),
            url: format!("/d/{}/{}", self.uid, self.slug),
            folder: folder.to_owned(),
            tags: self.tags.clone(),
        }
    }
}
