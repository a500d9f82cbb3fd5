//! What the browser asks for and gets when variables or the range change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Grid, QueryFormat};

/// The choices and the range to expand with.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExpandRequest {
    /// Chosen values by variable; `$__all` = All; a variable that is missing takes its default.
    pub variables: BTreeMap<String, Vec<String>>,
    /// Milliseconds since the epoch.
    pub from: i64,
    /// Milliseconds since the epoch.
    pub to: i64,
    /// By panel key, the panel's width in pixels; 800 where it is missing.
    pub max_data_points: BTreeMap<String, f64>,
}

/// A dashboard with its variables resolved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expansion {
    /// In the dashboard's order.
    pub variables: Vec<ResolvedVariable>,
    /// In the dashboard's order; repeated panels once for each value.
    pub panels: Vec<ExpandedPanel>,
    /// What could not be expanded, for a human.
    pub notes: Vec<String>,
}

/// A variable's options and choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResolvedVariable {
    /// As in `$name`.
    pub name: String,
    /// What can be chosen; All, where it can be, comes first.
    pub options: Vec<VariableOption>,
    /// Chosen values; `$__all` = All.
    pub current: Vec<String>,
    /// The choice for humans: `All`, `a + b`.
    pub text: String,
    /// Why the options are missing or incomplete; "" = they are not.
    pub error: String,
}

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VariableOption {
    /// For humans.
    pub text: String,
    /// For queries.
    pub value: String,
}

/// A panel with its variables resolved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpandedPanel {
    /// Unique in the expansion.
    pub key: String,
    /// Key of the model's panel.
    pub source: String,
    /// Key of the expanded row that it belongs to.
    pub row: Option<String>,
    /// For humans.
    pub title: String,
    /// Where it stands, all rows open.
    pub grid: Grid,
    /// Content of a text panel; "" for others.
    pub text: String,
    /// Hidden ones left out.
    pub queries: Vec<ExpandedQuery>,
}

/// A query that can be asked as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpandedQuery {
    /// Unique in the panel.
    pub ref_id: String,
    /// PromQL.
    pub expr: String,
    /// Text with `{{label}}`; "" = the series' own name.
    pub legend: String,
    /// Asked at the range's end alone.
    pub instant: bool,
    /// Shape of the answer.
    pub format: QueryFormat,
    /// Milliseconds between points.
    pub step_ms: u64,
}
