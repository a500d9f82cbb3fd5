//! What a metric family is: a row that names it and says by which rule its samples are made.

use std::borrow::Cow;

use serde_json::Value;

use crate::exposition::{unsigned_zero, write_label};
use crate::number::write_number;

/// The type in a family's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// `gauge`.
    Gauge,
    /// `counter`.
    Counter,
    /// `info`: a gauge in the text format.
    Info,
    /// `stateset`: a gauge in the text format.
    StateSet,
}

impl MetricKind {
    /// The word in the header of the text format.
    pub fn text_name(self) -> &'static str {
        match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge | MetricKind::Info | MetricKind::StateSet => "gauge",
        }
    }

    /// The word in the header of OpenMetrics.
    pub fn open_metrics_name(self) -> &'static str {
        match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Info => "info",
            MetricKind::StateSet => "stateset",
        }
    }
}

/// How far names and labels are promised to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Stays for a major version.
    Stable,
    /// May change.
    Alpha,
}

/// A row: one family of one resource.
#[derive(Debug)]
pub struct Family {
    /// The metric's name.
    pub name: &'static str,
    /// What it says, in a few words, without the stability.
    pub help: &'static str,
    /// The type in the header.
    pub kind: MetricKind,
    /// The promise.
    pub stability: Stability,
    /// Only there if it is named in `--metric-opt-in-list`.
    pub opt_in: bool,
    /// The version that deprecated it.
    pub deprecated: Option<&'static str>,
    pub(crate) rule: Rule,
}

/// Label and path of the field that gives its value.
pub(crate) type Fields = &'static [(&'static str, &'static str)];

/// A rule that no row of paths can say.
pub(crate) type Custom = for<'a> fn(&'a Value, &mut Rows<'a>);

/// How the samples of a family come out of an object.
pub(crate) enum Rule {
    /// A single 1.
    One,
    /// A time, where it is there.
    Time(&'static str),
    /// A number, 0 where it is absent.
    Count(&'static str),
    /// A number, where it is there.
    Number(&'static str),
    /// The length of a list.
    Length(&'static str),
    /// 1 where a boolean is true, else 0.
    Flag(&'static str),
    /// `metadata.resourceVersion`, where it is a number.
    Version,
    /// The allowed labels.
    Labels,
    /// All labels, whatever is allowed.
    AllLabels,
    /// The allowed annotations.
    Annotations,
    /// The owners: a sample each, one with empty labels where there is none.
    Owners(OwnerForm),
    /// A 1 with labels.
    Info(Fields),
    /// A 1 with labels for each element of a list.
    Each(&'static str, Fields),
    /// A 1 for each string of a list, as a label.
    EachText(&'static str, &'static str),
    /// Three samples (true, false, unknown) for each condition of a list, with its type.
    Conditions(&'static str),
    /// Three samples for the conditions of one type.
    Condition(&'static str, &'static str),
    /// A sample for each known value of a field, 1 for the one it has; none where it has none.
    States(&'static str, &'static str, &'static [&'static str]),
    /// Anything else.
    Custom(Custom),
}

/// Which labels an owner gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnerForm {
    /// `owner_kind`, `owner_name`.
    Named,
    /// Those and `owner_is_controller`.
    Controlled,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Rule")
    }
}

/// A resource and its families, in the order of the exposition.
#[derive(Debug)]
pub struct Resource {
    /// The plural, as in `--resources`.
    pub name: &'static str,
    /// The API group, empty for the core group.
    pub group: &'static str,
    /// The version that is watched.
    pub version: &'static str,
    /// The kind of its objects.
    pub kind: &'static str,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// Whether it is watched if `--resources` does not say otherwise.
    pub default: bool,
    /// Its families.
    pub families: &'static [Family],
    pub(crate) identity: Fields,
}

/// One line of the exposition.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample<'a> {
    /// The metric's name.
    pub name: Cow<'a, str>,
    /// Label names and values, in the order of the exposition. Values may be empty.
    pub labels: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The value.
    pub value: f64,
}

/// Where rules put what they make of an object: samples, or at once the text that is kept of them.
pub(crate) struct Rows<'a> {
    pub(crate) name: &'static str,
    identity: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    out: Out<'a>,
}

/// The lines of most objects fit into this.
const TEXT: usize = 8 << 10;

enum Out<'a> {
    /// Each begins with the object's identity.
    Samples(Vec<Sample<'a>>),
    /// What follows the identity in each line.
    Text(String),
}

impl<'a> Rows<'a> {
    /// Collects samples.
    pub(crate) fn samples(identity: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> Rows<'a> {
        Rows { name: "", identity, out: Out::Samples(Vec::new()) }
    }

    /// Collects the ends of lines. Gives also what comes before them, without the brace.
    pub(crate) fn text(identity: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> (Rows<'a>, String) {
        let mut prefix = String::new();
        let mut is_first = true;
        for (name, value) in &identity {
            write_label(&mut prefix, &mut is_first, name, value);
        }
        (Rows { name: "", identity, out: Out::Text(String::with_capacity(TEXT)) }, prefix)
    }

    /// The samples since the last call.
    pub(crate) fn take(&mut self) -> Vec<Sample<'a>> {
        match &mut self.out {
            Out::Samples(samples) => std::mem::take(samples),
            Out::Text(_) => Vec::new(),
        }
    }

    /// How long the text is.
    pub(crate) fn len(&self) -> usize {
        match &self.out {
            Out::Samples(_) => 0,
            Out::Text(text) => text.len(),
        }
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        match self.out {
            Out::Samples(_) => String::new(),
            Out::Text(text) => text,
        }
    }

    /// Adds a sample without further labels.
    pub(crate) fn value(&mut self, value: f64) {
        self.push([], value);
    }

    /// Adds a sample.
    pub(crate) fn push<const N: usize>(&mut self, labels: [(&'static str, Cow<'a, str>); N], value: f64) {
        self.extend(labels.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)), value);
    }

    /// Adds a sample whose label names come from the object.
    pub(crate) fn extend(&mut self, labels: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>, value: f64) {
        match &mut self.out {
            Out::Samples(samples) => {
                let mut all = Vec::with_capacity(self.identity.len() + labels.size_hint().0);
                all.extend_from_slice(&self.identity);
                all.extend(labels);
                samples.push(Sample { name: Cow::Borrowed(self.name), labels: all, value });
            }
            Out::Text(text) => {
                let mut is_first = self.identity.is_empty();
                let mut is_open = !is_first;
                for (name, value) in labels {
                    if !is_open {
                        text.push('{');
                        is_open = true;
                    }
                    write_label(text, &mut is_first, &name, &value);
                }
                text.push_str(if is_open { "} " } else { " " });
                write_number(text, unsigned_zero(value));
                text.push('\n');
            }
        }
    }
}

// === rows ===

/// A stable gauge.
pub(crate) const fn stable(name: &'static str, help: &'static str, rule: Rule) -> Family {
    let (kind, stability) = (MetricKind::Gauge, Stability::Stable);
    Family { name, help, kind, stability, opt_in: false, deprecated: None, rule }
}

/// A gauge that may change.
pub(crate) const fn alpha(name: &'static str, help: &'static str, rule: Rule) -> Family {
    let (kind, stability) = (MetricKind::Gauge, Stability::Alpha);
    Family { name, help, kind, stability, opt_in: false, deprecated: None, rule }
}

/// A stable counter.
pub(crate) const fn counter(name: &'static str, help: &'static str, rule: Rule) -> Family {
    let (kind, stability) = (MetricKind::Counter, Stability::Stable);
    Family { name, help, kind, stability, opt_in: false, deprecated: None, rule }
}

/// A gauge that may change and must be asked for.
pub(crate) const fn opt_in(name: &'static str, help: &'static str, rule: Rule) -> Family {
    let (kind, stability) = (MetricKind::Gauge, Stability::Alpha);
    Family { name, help, kind, stability, opt_in: true, deprecated: None, rule }
}
