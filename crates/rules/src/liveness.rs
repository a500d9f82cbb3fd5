//! Which selectors match anything, when they last did, and what is near one that matches nothing.
//!
//! An alert whose selector matches no series can never fire, and nothing says so: that is how the alert of
//! Flux' guide died. Here every selector of every rule and dashboard panel is looked at from time to time.
//! Exempt are selectors that are meant to match nothing: the operand of `absent()` and
//! `absent_over_time()`, the right side of `unless`, the left side of `or vector(…)`, and `ALERTS`.

use std::collections::HashMap;

use model::labels::METRIC_NAME;
use model::storage::{Samples, SelectError, Storage};
use model::{Duration, MatchOp, Matcher, TimeRange, Timestamp, is_stale};
use promql::Expr;
use promql::ast::{BinaryOp, ExprKind, Span, VectorSelector};

use crate::alerting::{ALERTS, ALERTS_FOR_STATE};

/// At most so many series are read to find out when a selector last matched.
const SERIES_READ_MAX: usize = 200;
/// At most so many values are named in a suggestion.
const VALUES_NAMED_MAX: usize = 5;
/// Names less alike than this (Jaro-Winkler, 0 to 1) are not suggested.
const ALIKE: f64 = 0.8;

/// A selector in a query.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSelector {
    /// The selector's text, without range and modifiers.
    pub text: String,
    /// Where it stands in the query.
    pub span: Span,
    /// Its conditions.
    pub matchers: Vec<Matcher>,
    /// Why it may match nothing, or "".
    pub exempt: &'static str,
}

/// What is known of one selector of a rule or panel.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectorLiveness {
    /// The selector.
    pub selector: FoundSelector,
    /// Whether a series matches now.
    pub matches_now: bool,
    /// When one last did.
    pub last_matched: Option<Timestamp>,
    /// What is near, if nothing matches: a metric name or label values. Else "".
    pub suggestion: String,
}

/// Where selectors are looked up: the store, or another server's API.
pub trait SeriesSource {
    /// When a series last passed the matchers, as far as the source knows; none if never.
    fn last_match(&self, matchers: &[Matcher]) -> Result<Option<Timestamp>, String>;
    /// Whether a series passes the matchers now.
    fn matches_now(&self, matchers: &[Matcher]) -> Result<bool, String>;
    /// Values of a label among series that passed lately.
    fn label_values(&self, name: &str, matchers: &[Matcher]) -> Result<Vec<String>, String>;
}

/// The store as a source.
pub struct StoredSeries<'a> {
    /// The store.
    pub storage: &'a dyn Storage,
    /// The time.
    pub now: Timestamp,
    /// How far back a series counts as there now.
    pub lookback: Duration,
}

/// Remembers when selectors last matched.
#[derive(Debug, Default)]
pub struct Tracker {
    seen: HashMap<String, Seen>,
    started: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Seen {
    last_matched: Option<Timestamp>,
    checked: Timestamp,
}

/// All selectors of a query, in the order of the text.
pub fn selectors(expr: &Expr) -> Vec<FoundSelector> {
    let mut found = Vec::new();
    walk(expr, "", &mut found);
    found.sort_by_key(|selector| selector.span.start);
    found
}

/// Looks at each selector of a query once, remembering nothing.
pub fn examine(expr: &Expr, source: &dyn SeriesSource) -> Result<Vec<SelectorLiveness>, String> {
    selectors(expr).into_iter().map(|selector| examine_one(selector, source)).collect()
}

/// What is near a selector that matches nothing, in one sentence; "" where nothing is.
pub fn suggest(matchers: &[Matcher], source: &dyn SeriesSource) -> Result<String, String> {
    let name = matchers.iter().find(|m| m.name == METRIC_NAME && m.op == MatchOp::Equal);
    if let Some(name) = name
        && !source.matches_now(std::slice::from_ref(name))?
    {
        let mut names = source.label_values(METRIC_NAME, &[])?;
        // A store may still know a name that has no samples at that time.
        names.retain(|known| *known != name.value);
        return Ok(match nearest(&name.value, &names) {
            Some(near) => format!("no series is named {}; the nearest name is {near}", name.value),
            None => format!("no series is named {}", name.value),
        });
    }
    for (i, guilty) in matchers.iter().enumerate().filter(|(_, m)| m.name != METRIC_NAME) {
        let mut others = matchers.to_vec();
        others.remove(i);
        if source.matches_now(&others)? {
            let values = source.label_values(&guilty.name, &others)?;
            return Ok(value_sentence(guilty, &values));
        }
    }
    Ok("each label is fine alone, but no series has all of them".to_owned())
}

// === impl Tracker ===

impl Tracker {
    /// Looks at the selectors of a query now. `may_be_empty` exempts them all.
    pub fn examine(
        &mut self,
        expr: &Expr,
        source: &dyn SeriesSource,
        now: Timestamp,
        may_be_empty: bool,
    ) -> Result<Vec<SelectorLiveness>, String> {
        self.started.get_or_insert(now);
        let mut examined = Vec::new();
        for mut selector in selectors(expr) {
            if may_be_empty {
                selector.exempt = "annotation";
            }
            let matches_now = source.matches_now(&selector.matchers)?;
            let last_matched = self.note(&selector, matches_now, source, now)?;
            let suggest_now = !matches_now && selector.exempt.is_empty();
            let suggestion = if suggest_now { suggest(&selector.matchers, source)? } else { String::new() };
            examined.push(SelectorLiveness { selector, matches_now, last_matched, suggestion });
        }
        Ok(examined)
    }

    /// Whether a selector is dead: not exempt, and nothing matched for `after`, counted from the start at the
    /// earliest.
    pub fn is_dead(&self, liveness: &SelectorLiveness, now: Timestamp, after: Duration) -> bool {
        let started = self.started.unwrap_or(now);
        let since = liveness.last_matched.unwrap_or(started).max(started);
        liveness.selector.exempt.is_empty() && !liveness.matches_now && now - since >= after
    }

    /// Forgets selectors that were not looked at since `before`.
    pub fn forget(&mut self, before: Timestamp) {
        self.seen.retain(|_, seen| seen.checked >= before);
    }

    fn note(
        &mut self,
        selector: &FoundSelector,
        matches_now: bool,
        source: &dyn SeriesSource,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, String> {
        let known = self.seen.get(&selector.text).map(|seen| seen.last_matched);
        let last_matched = match (matches_now, known) {
            (true, _) => Some(now),
            (false, Some(last)) => last,
            // Not seen since the start: the store may know of an earlier life.
            (false, None) => source.last_match(&selector.matchers)?,
        };
        self.seen.insert(selector.text.clone(), Seen { last_matched, checked: now });
        Ok(last_matched)
    }
}

// === impl StoredSeries ===

impl StoredSeries<'_> {
    fn recent(&self) -> TimeRange {
        TimeRange { start: self.now - self.lookback, end: self.now }
    }
}

impl SeriesSource for StoredSeries<'_> {
    fn matches_now(&self, matchers: &[Matcher]) -> Result<bool, String> {
        let range = self.recent();
        let found = last_sample(self.storage, matchers, range, true).map_err(|error| error.to_string())?;
        Ok(found.is_some())
    }

    fn last_match(&self, matchers: &[Matcher]) -> Result<Option<Timestamp>, String> {
        let range = TimeRange { start: Timestamp(i64::MIN / 1000), end: self.now };
        last_sample(self.storage, matchers, range, false).map_err(|error| error.to_string())
    }

    fn label_values(&self, name: &str, matchers: &[Matcher]) -> Result<Vec<String>, String> {
        let range = self.recent();
        let querier = self.storage.querier(range).map_err(|error| error.to_string())?;
        querier.label_values(name, matchers, range).map_err(|error| error.to_string())
    }
}

/// The newest sample of the series that match and are not stale; with `any`, that of the first such series.
fn last_sample(
    storage: &dyn Storage,
    matchers: &[Matcher],
    range: TimeRange,
    any: bool,
) -> Result<Option<Timestamp>, SelectError> {
    let querier = storage.querier(range)?;
    let (mut samples, mut newest) = (Samples::default(), None);
    let most = if any { usize::MAX } else { SERIES_READ_MAX };
    for series in querier.select(matchers, range)?.into_iter().take(most) {
        querier.read(series.series, range, &mut samples)?;
        let mut columns = samples.timestamps.iter().zip(&samples.values);
        // A series that ends with a marker is gone now, but it was there before.
        let last = if any {
            columns.next_back().filter(|(_, value)| !is_stale(**value))
        } else {
            columns.rfind(|(_, value)| !is_stale(**value))
        };
        newest = newest.max(last.map(|(at, _)| Timestamp(*at)));
        if any && newest.is_some() {
            break;
        }
    }
    Ok(newest)
}

fn examine_one(selector: FoundSelector, source: &dyn SeriesSource) -> Result<SelectorLiveness, String> {
    let matches_now = source.matches_now(&selector.matchers)?;
    let last_matched = source.last_match(&selector.matchers)?;
    let suggest_now = !matches_now && selector.exempt.is_empty();
    let suggestion = if suggest_now { suggest(&selector.matchers, source)? } else { String::new() };
    Ok(SelectorLiveness { selector, matches_now, last_matched, suggestion })
}

fn walk(expr: &Expr, exempt: &'static str, found: &mut Vec<FoundSelector>) {
    match &expr.kind {
        ExprKind::Number { .. } | ExprKind::String(_) => {}
        ExprKind::Paren(inner) | ExprKind::StepInvariant(inner) | ExprKind::Unary { expr: inner, .. } => {
            walk(inner, exempt, found);
        }
        ExprKind::Vector(selector) => found.push(found_selector(selector, expr.span, exempt)),
        ExprKind::Matrix(matrix) => found.push(found_selector(&matrix.selector, expr.span, exempt)),
        ExprKind::Subquery(subquery) => walk(&subquery.expr, exempt, found),
        ExprKind::Aggregate(aggregate) => {
            walk(&aggregate.expr, exempt, found);
            if let Some(param) = &aggregate.param {
                walk(param, exempt, found);
            }
        }
        ExprKind::Call(call) => {
            let absent = matches!(call.function.name, "absent" | "absent_over_time");
            let exempt = if absent { "absent" } else { exempt };
            call.args.iter().for_each(|arg| walk(arg, exempt, found));
        }
        ExprKind::Binary(binary) => {
            let guarded = binary.op == BinaryOp::Or && is_vector_call(&binary.right);
            let left = if guarded { "or vector" } else { exempt };
            let right = if binary.op == BinaryOp::Unless { "unless" } else { exempt };
            walk(&binary.left, left, found);
            walk(&binary.right, right, found);
        }
    }
}

fn found_selector(selector: &VectorSelector, span: Span, exempt: &'static str) -> FoundSelector {
    let internal = selector.matchers.iter().any(|m| {
        m.name == METRIC_NAME
            && m.op == MatchOp::Equal
            && matches!(m.value.as_str(), ALERTS | ALERTS_FOR_STATE)
    });
    FoundSelector {
        text: selector_text(selector),
        span,
        matchers: selector.matchers.clone(),
        exempt: if exempt.is_empty() && internal { "ALERTS" } else { exempt },
    }
}

/// `name{matchers}` without range and modifiers.
fn selector_text(selector: &VectorSelector) -> String {
    let name = selector.name.as_deref().unwrap_or("");
    let rest: Vec<String> = selector
        .matchers
        .iter()
        .filter(|m| selector.name.is_none() || m.name != METRIC_NAME)
        .map(ToString::to_string)
        .collect();
    if rest.is_empty() && !name.is_empty() {
        name.to_owned()
    } else {
        format!("{name}{{{}}}", rest.join(","))
    }
}

fn is_vector_call(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) => is_vector_call(inner),
        ExprKind::Call(call) => call.function.name == "vector",
        _ => false,
    }
}

fn nearest<'a>(wanted: &str, candidates: &'a [String]) -> Option<&'a str> {
    let alike = |candidate: &String| strsim::jaro_winkler(wanted, candidate);
    let best = candidates.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)))?;
    (alike(best) >= ALIKE).then_some(best.as_str())
}

fn value_sentence(guilty: &Matcher, values: &[String]) -> String {
    let mut sorted: Vec<&String> = values.iter().collect();
    let alike = |value: &str| strsim::jaro_winkler(&guilty.value, value);
    sorted.sort_by(|a, b| alike(b).total_cmp(&alike(a)));
    let named: Vec<&str> = sorted.iter().take(VALUES_NAMED_MAX).map(|v| v.as_str()).collect();
    let more = if values.len() > named.len() { ", …" } else { "" };
    match named.as_slice() {
        [] => format!("no series has the label {}", guilty.name),
        [one] => format!("no series has {guilty}; its value is {one}"),
        many => format!("no series has {guilty}; values are {}{more}", many.join(", ")),
    }
}

#[cfg(test)]
mod tests;
