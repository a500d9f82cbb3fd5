//! From target groups to targets: labels, relabelling, address. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use model::relabel;
use model::{Duration, Labels, LabelsBuilder};
use rapidhash::v3::rapidhash_v3;
use url::Url;

use crate::config::JobSettings;
use crate::discovery::TargetGroup;

const ADDRESS: &str = "__address__";
const SCHEME: &str = "__scheme__";
const METRICS_PATH: &str = "__metrics_path__";
const INTERVAL: &str = "__scrape_interval__";
const TIMEOUT: &str = "__scrape_timeout__";
const PARAM: &str = "__param_";
const META: &str = "__meta_";
/// Labels with this prefix stay inside.
const INNER: &str = "__";

/// Dropped targets that are remembered where the configuration sets no bound.
const MAX_KEPT: usize = 10_000;
/// Refused targets that are named.
const MAX_REFUSED: usize = 100;

/// Something to scrape.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Labels of its series.
    pub labels: Labels,
    /// Labels before relabelling.
    pub discovered: Labels,
    /// What is fetched.
    pub url: Url,
    /// How often.
    pub interval: Duration,
    /// How long it may take.
    pub timeout: Duration,
    /// Of labels and URL; two targets with the same hash are one.
    pub hash: u64,
}

/// What the groups of a job came to.
#[derive(Clone, Debug, Default)]
pub struct TargetSet {
    /// Targets to scrape, each once, in the order of the groups.
    pub active: Vec<Arc<Target>>,
    /// Those that relabelling dropped, as many as are kept.
    pub dropped: Vec<Dropped>,
    /// What the job says of targets that do not say it themselves.
    pub defaults: Labels,
    /// How many were dropped.
    pub dropped_count: usize,
    /// Why targets were refused, the first ones.
    pub refused: Vec<String>,
    /// How many were refused.
    pub refused_count: usize,
}

/// Why a target cannot be scraped; texts as Prometheus has them where it has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Relabelling left no `__address__`.
    #[error("no address")]
    NoAddress,
    /// An address with a path or a scheme.
    #[error("\"{0}\" is not a valid hostname")]
    Address(String),
    /// Scheme, address and path make no URL.
    #[error("\"{url}\" is no URL with http or https: {reason}")]
    Url {
        /// As put together.
        url: String,
        /// Why.
        reason: String,
    },
    /// `__scrape_interval__` or `__scrape_timeout__` is no duration.
    #[error("error parsing scrape {what}: {error}")]
    Duration {
        /// `interval` or `timeout`.
        what: &'static str,
        /// Why.
        error: model::time::DurationError,
    },
    /// An interval or timeout of nothing.
    #[error("scrape {0} cannot be 0")]
    Zero(&'static str),
    /// The timeout is too long.
    #[error("scrape timeout cannot be greater than scrape interval (\"{timeout}\" > \"{interval}\")")]
    TimeoutAboveInterval {
        /// The timeout.
        timeout: Duration,
        /// The interval.
        interval: Duration,
    },
}

/// A target that relabelling dropped. A cluster has many of them for each job: the parts are shared with discovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    group: Arc<TargetGroup>,
    place: u32,
}

/// What became of the groups of a job before: a group that is still the same is not relabelled again.
#[derive(Debug, Default)]
pub struct Memo(Vec<Made>);

/// A group and what became of it.
#[derive(Debug)]
struct Made {
    group: Arc<TargetGroup>,
    outcomes: Outcomes,
}

#[derive(Debug)]
enum Outcomes {
    /// All targets were dropped, as most are.
    Dropped,
    Each(Box<[Outcome]>),
}

#[derive(Debug)]
enum Outcome {
    Active(Arc<Target>),
    Dropped,
    Refused(String),
}

/// The targets of a job.
pub fn build(job: &JobSettings, groups: &[Arc<TargetGroup>]) -> TargetSet {
    Memo::default().build(job, groups)
}

// === impl Memo ===

impl Memo {
    /// The targets of a job. All calls are for the same settings.
    pub fn build(&mut self, job: &JobSettings, groups: &[Arc<TargetGroup>]) -> TargetSet {
        let defaults = defaults(job);
        // What is compared is whether they are one in memory, where those of before still are.
        let mut before: HashMap<*const TargetGroup, Made> =
            self.0.drain(..).map(|made| (Arc::as_ptr(&made.group), made)).collect();
        let made = |group: &Arc<TargetGroup>| {
            before.remove(&Arc::as_ptr(group)).unwrap_or_else(|| Made::new(job, &defaults, group))
        };
        self.0 = groups.iter().map(made).collect();
        let mut set = TargetSet { defaults, ..TargetSet::default() };
        let keep = if job.keep_dropped == 0 { MAX_KEPT } else { job.keep_dropped };
        let mut seen = HashSet::new();
        for made in &self.0 {
            made.add(&mut set, &mut seen, keep);
        }
        set
    }
}

// === impl Made ===

impl Made {
    fn new(job: &JobSettings, defaults: &Labels, group: &Arc<TargetGroup>) -> Made {
        let of = |target: &Labels| match resolve(job, merged(target, &group.labels, defaults)) {
            Ok(Some(made)) => {
                // Most targets are dropped, and these labels are not needed then.
                let discovered = merged(target, &group.labels, defaults).build();
                Outcome::Active(Arc::new(Target { discovered, ..made }))
            }
            Ok(None) => Outcome::Dropped,
            Err(error) => Outcome::Refused(format!("{}: {error}", target.get(ADDRESS))),
        };
        let each: Box<[Outcome]> = group.targets.iter().map(of).collect();
        let is_dropped = each.iter().all(|outcome| matches!(outcome, Outcome::Dropped));
        let outcomes = if is_dropped { Outcomes::Dropped } else { Outcomes::Each(each) };
        Made { group: group.clone(), outcomes }
    }

    fn add(&self, set: &mut TargetSet, seen: &mut HashSet<u64>, keep: usize) {
        let drop = |set: &mut TargetSet, place: usize| {
            set.dropped_count += 1;
            if let (true, Ok(place)) = (set.dropped.len() < keep, u32::try_from(place)) {
                set.dropped.push(Dropped { group: self.group.clone(), place });
            }
        };
        let Outcomes::Each(each) = &self.outcomes else {
            return (0..self.group.targets.len()).for_each(|place| drop(set, place));
        };
        for (place, outcome) in each.iter().enumerate() {
            match outcome {
                Outcome::Active(target) if seen.insert(target.hash) => set.active.push(target.clone()),
                Outcome::Active(_) => {}
                Outcome::Dropped => drop(set, place),
                Outcome::Refused(error) => {
                    set.refused_count += 1;
                    if set.refused.len() < MAX_REFUSED {
                        set.refused.push(error.clone());
                    }
                }
            }
        }
    }
}

/// What a job says of targets that do not say it themselves.
fn defaults(job: &JobSettings) -> Labels {
    let mut labels = LabelsBuilder::default();
    labels.set("job", &job.name);
    labels.set(INTERVAL, job.interval.to_string());
    labels.set(TIMEOUT, job.timeout.to_string());
    labels.set(METRICS_PATH, &job.metrics_path);
    labels.set(SCHEME, &job.scheme);
    for (name, values) in &job.params {
        if let Some(first) = values.first() {
            labels.set(format!("{PARAM}{name}"), first);
        }
    }
    labels.build()
}

/// The labels that relabelling begins with: the target's, then its group's, then the job's.
fn merged(target: &Labels, group: &Labels, defaults: &Labels) -> LabelsBuilder {
    let mut labels = target.to_builder();
    for (name, value) in group.iter().chain(defaults) {
        if labels.get(name).is_empty() {
            labels.set(name, value);
        }
    }
    labels
}

// === impl Dropped ===

impl Dropped {
    /// Labels before relabelling, with the defaults of the job.
    pub fn discovered(&self, defaults: &Labels) -> Labels {
        let target = self.group.targets.get(self.place as usize);
        target.map_or_else(Labels::empty, |target| merged(target, &self.group.labels, defaults).build())
    }
}

/// The target of these labels, which it does not remember; none if relabelling drops it.
fn resolve(job: &JobSettings, mut labels: LabelsBuilder) -> Result<Option<Target>, TargetError> {
    if !relabel::apply(&job.relabel, &mut labels) {
        return Ok(None);
    }
    let address = labels.get(ADDRESS).to_owned();
    if address.is_empty() {
        return Err(TargetError::NoAddress);
    }
    if address.contains('/') {
        return Err(TargetError::Address(address));
    }
    let interval = duration(&labels, INTERVAL, "interval")?;
    let timeout = duration(&labels, TIMEOUT, "timeout")?;
    if timeout > interval {
        return Err(TargetError::TimeoutAboveInterval { timeout, interval });
    }
    labels.retain(|name| !name.starts_with(META));
    if labels.get("instance").is_empty() {
        labels.set("instance", address.clone());
    }
    let url = url(job, &labels, &address)?;
    labels.retain(|name| !name.starts_with(INNER));
    let labels = labels.build();
    let hash = hash(&labels, &url);
    Ok(Some(Target { labels, discovered: Labels::empty(), url, interval, timeout, hash }))
}

fn duration(labels: &LabelsBuilder, name: &str, what: &'static str) -> Result<Duration, TargetError> {
    let parsed = Duration::parse(labels.get(name)).map_err(|error| TargetError::Duration { what, error })?;
    if parsed == Duration::ZERO { Err(TargetError::Zero(what)) } else { Ok(parsed) }
}

fn url(job: &JobSettings, labels: &LabelsBuilder, address: &str) -> Result<Url, TargetError> {
    let scheme = labels.get(SCHEME);
    let base = format!("{scheme}://{address}");
    let invalid = |reason: &str| TargetError::Url { url: base.clone(), reason: reason.to_owned() };
    let mut url = Url::parse(&base).map_err(|error| invalid(&error.to_string()))?;
    if !matches!(scheme, "http" | "https") {
        return Err(invalid("the scheme is another"));
    }
    if url.host_str().is_none_or(str::is_empty) || !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("the address is host:port"));
    }
    url.set_path(labels.get(METRICS_PATH));
    let mut params = job.params.clone();
    for (name, value) in labels.iter() {
        let Some(name) = name.strip_prefix(PARAM) else { continue };
        let values = params.entry(name.to_owned()).or_default();
        match values.first_mut() {
            Some(first) => value.clone_into(first),
            None => values.push(value.to_owned()),
        }
    }
    if params.values().any(|values| !values.is_empty()) {
        let pairs = params.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        url.query_pairs_mut().extend_pairs(pairs);
    }
    Ok(url)
}

fn hash(labels: &Labels, url: &Url) -> u64 {
    let mut text = String::new();
    for (name, value) in labels {
        for part in [name, value] {
            text.push_str(part);
            text.push('\u{ff}');
        }
    }
    text.push_str(url.as_str());
    rapidhash_v3(text.as_bytes())
}

#[cfg(test)]
mod tests;
