//! Grafana JSON: parse, migrate, variables, panel queries.
//!
//! [`parse`] reads a dashboard of any schema into the one model of `docs/formats/dashboard-api.md`; [`expand`]
//! resolves its variables and makes each panel's queries ready to be asked. This crate evaluates nothing and
//! reads no store, file or clock: what it needs to know of series comes through [`VariableSource`].
//!
//! Reading order: [`api`], `parse`, `migrate`, `read`; then `variable`, `resolve`, `interpolate`, `interval`,
//! `expand`; last `library`.

pub mod api;
mod cursor;
mod expand;
mod interpolate;
mod interval;
mod library;
mod migrate;
mod notes;
mod parse;
mod read;
mod resolve;
mod slug;
mod variable;

pub use api::{
    Dashboard, DashboardSummary, ExpandRequest, ExpandedPanel, ExpandedQuery, Expansion, Panel, Variable,
};
pub use expand::{Settings, expand};
pub use library::{FLUX_ALIASES, Library, Problem, SourceFile};
pub use notes::Note;
pub use parse::{BYTES_MAX, PANELS_MAX, ParseError, parse};
pub use resolve::VariableSource;
pub use variable::{ALL, Definition, QueryKind};
