//! What the schemas of the kinds ask for: the names of fields and their values, as an API server with the definitions
//! of Prometheus Operator sees to it.

mod check;
mod discovery;
mod monitors;
mod parts;
mod prometheus;
mod quantity;
mod scrape_config;

use serde_json::Value;

use crate::objects::Kind;

pub(crate) use check::bytes;
pub(crate) use quantity::quantity;

/// What a value must be.
pub(crate) enum Must {
    /// Anything.
    Any,
    /// `true` or `false`
    Truth,
    /// A text.
    Text,
    /// A text that is not "".
    Filled,
    /// `1h30m`, or "".
    Duration,
    /// `1h30m`
    FilledDuration,
    /// `10MB`
    Size,
    /// A number, or a text such as `1500m`.
    Quantity,
    /// A whole number or a text.
    WholeOrText,
    /// A whole number of at least 0.
    Count,
    /// A whole number: the least, the most.
    Whole(i64, i64),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// An URL of one of these schemes; with none, of any.
    Url(&'static [&'static str]),
    /// A text that matches a pattern; what that is in words.
    Form(&'static str, &'static str),
    /// A list: of what, of at least how many, which of them are there once.
    List(&'static Must, usize, Once),
    /// A mapping of the user's own keys.
    Words(&'static Must),
    /// A mapping of known fields.
    Object(&'static Shape),
}

/// Which items of a list must differ.
#[derive(Clone, Copy)]
pub(crate) enum Once {
    /// None.
    No,
    /// All.
    Yes,
    /// All, in this field.
    By(&'static str),
}

/// The fields of an object.
pub(crate) struct Shape {
    /// Fields that must be there.
    pub(crate) needs: &'static [&'static str],
    /// Fields that others have too.
    with: &'static [&'static Shape],
    fields: &'static [(&'static str, Must)],
}

/// What a schema says to an object.
#[derive(Default)]
pub(crate) struct Findings {
    /// What it would refuse, one sentence each.
    pub(crate) faults: Vec<String>,
    /// Fields that it does not have.
    pub(crate) unknown: Vec<String>,
}

/// The largest number of 32 bits.
const LARGEST: i64 = i32::MAX as i64;

// === impl Shape ===

impl Shape {
    /// The shape of a kind's `spec`.
    pub(crate) fn of(kind: Kind) -> &'static Shape {
        match kind {
            Kind::PodMonitor => &monitors::POD_MONITOR,
            Kind::ServiceMonitor => &monitors::SERVICE_MONITOR,
            Kind::Probe => &monitors::PROBE,
            Kind::PrometheusRule => &monitors::RULES,
            Kind::ScrapeConfig => &scrape_config::SCRAPE_CONFIG,
            Kind::Prometheus => &prometheus::PROMETHEUS,
        }
    }

    /// All fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static (&'static str, Must)> {
        self.with.iter().flat_map(|shape| shape.fields).chain(self.fields)
    }

    fn field(&self, name: &str) -> Option<&'static Must> {
        self.fields().find(|row| row.0 == name).map(|row| &row.1)
    }
}

/// What the schema of a kind says to an object.
pub(crate) fn findings(kind: Kind, object: &Value) -> Findings {
    check::object(kind, object)
}

const fn list(of: &'static Must) -> Must {
    Must::List(of, 0, Once::No)
}

const fn some(of: &'static Must) -> Must {
    Must::List(of, 1, Once::No)
}

const fn set(of: &'static Must) -> Must {
    Must::List(of, 0, Once::Yes)
}

const fn some_set(of: &'static Must) -> Must {
    Must::List(of, 1, Once::Yes)
}

const fn keyed(by: &'static str, of: &'static Must) -> Must {
    Must::List(of, 0, Once::By(by))
}

const fn some_keyed(by: &'static str, of: &'static Must) -> Must {
    Must::List(of, 1, Once::By(by))
}
