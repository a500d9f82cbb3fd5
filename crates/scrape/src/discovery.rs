//! Where targets are found: in the configuration itself, in files, behind a URL, in DNS, in a
//! Kubernetes cluster.
//!
//! [`Config`] is one source, validated; [`run`] follows many and publishes the target groups of all of them
//! whenever they change. What a source said last stays while it fails. Alertmanagers are found by the same
//! means as targets.

mod dns;
mod file;
mod http;
pub mod kubernetes;
mod shape;

use std::sync::{Arc, Mutex, PoisonError};

use model::Labels;
use stdx::{CounterFamily, GaugeFamily, Registry};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use dns::{DnsConfig, RecordKind};
pub use file::FileConfig;
pub use http::HttpConfig;
pub use shape::{DiscoveryError, DnsShape, FileShape, HttpShape, Shapes, StaticShape};

/// The most bytes of a file or answer that lists targets.
const MAX_LIST_BYTES: u64 = 64 << 20;

/// One source of targets.
#[derive(Clone, Debug, PartialEq)]
pub enum Config {
    /// Targets that stand in the configuration.
    Static(Vec<TargetGroup>),
    /// Files that list targets.
    File(FileConfig),
    /// A URL that lists targets.
    Http(Box<HttpConfig>),
    /// Names that resolve to targets.
    Dns(DnsConfig),
    /// Objects of a cluster.
    Kubernetes(Box<kubernetes::KubernetesConfig>),
}

/// Targets with labels in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGroup {
    /// Where it comes from, unique among the groups of one source.
    pub source: String,
    /// Each with its `__address__` and what else is its own.
    pub targets: Vec<Labels>,
    /// Labels of all of them; a target's own win.
    pub labels: Labels,
}

/// Groups, each and all of them shared with whoever else asked for the same.
pub type Groups = Arc<[Arc<TargetGroup>]>;

/// What was found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The groups of all sources.
    pub groups: Groups,
    /// Whether every source has answered, or failed to, at least once.
    pub complete: bool,
}

/// What discovery says of itself.
#[derive(Clone, Debug)]
pub struct Metrics {
    discovered: GaugeFamily,
    failures: CounterFamily,
    kubernetes_events: CounterFamily,
    kubernetes_seen: GaugeFamily,
    kubernetes_objects: GaugeFamily,
    kubernetes_heard: GaugeFamily,
    views: kubernetes::Views,
}

/// Sources that are followed until this is dropped.
#[derive(Debug)]
pub struct Discovery {
    groups: watch::Receiver<Arc<Found>>,
    tasks: Vec<JoinHandle<()>>,
}

/// Where the tasks put what they find.
#[derive(Clone, Debug)]
struct Board {
    name: String,
    by_source: Arc<Mutex<Vec<Option<Groups>>>>,
    published: Arc<watch::Sender<Arc<Found>>>,
    metrics: Metrics,
    /// Whether jobs count what is found here as theirs.
    is_shared: bool,
}

/// One task's place on the board.
#[derive(Clone, Debug)]
struct Post {
    board: Board,
    index: usize,
}

/// Follows these sources within the current runtime. `name` (the job's) stands in metrics and logs.
pub fn run(name: &str, configs: Vec<Config>, metrics: &Metrics) -> Discovery {
    let nothing = Found { groups: Groups::default(), complete: configs.is_empty() };
    let (published, groups) = watch::channel(Arc::new(nothing));
    let board = Board {
        name: name.to_owned(),
        by_source: Arc::new(Mutex::new(vec![None; configs.len()])),
        published: Arc::new(published),
        metrics: metrics.clone(),
        is_shared: false,
    };
    let tasks = configs
        .into_iter()
        .enumerate()
        .filter_map(|(index, config)| {
            let post = Post { board: board.clone(), index };
            match config {
                Config::Static(groups) => {
                    post.found(groups);
                    None
                }
                Config::File(config) => Some(tokio::spawn(file::follow(config, post))),
                Config::Http(config) => Some(tokio::spawn(http::follow(*config, post))),
                Config::Dns(config) => Some(tokio::spawn(dns::follow(config, post))),
                Config::Kubernetes(config) => Some(tokio::spawn(kubernetes::subscribe(*config, post))),
            }
        })
        .collect();
    Discovery { groups, tasks }
}

// === impl Found ===

impl Found {
    /// All targets, each with its group's labels where it has none of its own.
    pub fn targets(&self) -> Vec<Labels> {
        let of = |group: &Arc<TargetGroup>| -> Vec<Labels> {
            group.targets.iter().map(|target| merged(target, &group.labels)).collect()
        };
        self.groups.iter().flat_map(of).collect()
    }
}

fn merged(target: &Labels, group: &Labels) -> Labels {
    let mut labels = target.to_builder();
    for (name, value) in group {
        if labels.get(name).is_empty() {
            labels.set(name, value);
        }
    }
    labels.build()
}

// === impl Board ===

impl Board {
    /// A board with one place, for what many jobs share.
    fn shared(name: &str, metrics: &Metrics) -> (Board, watch::Receiver<Arc<Found>>) {
        let (published, groups) = watch::channel(Arc::default());
        let board = Board {
            name: name.to_owned(),
            by_source: Arc::new(Mutex::new(vec![None])),
            published: Arc::new(published),
            metrics: metrics.clone(),
            is_shared: true,
        };
        (board, groups)
    }
}

// === impl Metrics ===

impl Metrics {
    /// Registers the families.
    pub fn new(registry: &Registry) -> Metrics {
        let discovered = registry.gauges(
            "prometheus_sd_discovered_targets",
            "Targets found, before relabelling.",
            &["name", "config"],
        );
        let failures = registry.counters(
            "prometheus_sd_refresh_failures_total",
            "Times that a source of targets could not be read; what it said before stays.",
            &["mechanism", "config"],
        );
        let kubernetes_events = registry.counters(
            "weir_sd_kubernetes_events_total",
            "Changes of objects that the API server told of, and failures of watches.",
            &["config"],
        );
        let kubernetes_seen = registry.gauges(
            "weir_sd_kubernetes_last_change_timestamp_seconds",
            "When the view of the cluster last changed, in seconds since the epoch.",
            &["config"],
        );
        let kubernetes_objects = registry.gauges(
            "weir_sd_kubernetes_objects",
            "Objects of the cluster that are kept for discovery.",
            &["config"],
        );
        let kubernetes_heard = registry.gauges(
            "weir_sd_kubernetes_last_contact_timestamp_seconds",
            "When the API server was last heard of, in seconds since the epoch; a quiet watch is heard of every minute.",
            &["config", "resource"],
        );
        Metrics {
            discovered,
            failures,
            kubernetes_events,
            kubernetes_seen,
            kubernetes_objects,
            kubernetes_heard,
            views: kubernetes::Views::default(),
        }
    }

    fn events(&self, post: &Post, count: u64) {
        self.kubernetes_events.with(&[&post.board.name]).add(count);
    }

    fn view(&self, post: &Post, now: f64, objects: usize) {
        self.kubernetes_seen.with(&[&post.board.name]).set(now);
        self.kubernetes_objects.with(&[&post.board.name]).set(objects as f64);
    }

    pub(crate) fn forget(&self, config: &str) {
        self.discovered.remove(&["scrape", config]);
    }
}

// === impl Discovery ===

impl Discovery {
    /// The groups now, and whenever they change.
    pub fn groups(&self) -> watch::Receiver<Arc<Found>> {
        self.groups.clone()
    }
}

impl Drop for Discovery {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

// === impl Post ===

impl Post {
    fn metrics(&self) -> &Metrics {
        &self.board.metrics
    }

    /// Replaces what this source said before.
    fn found(&self, groups: Vec<TargetGroup>) {
        self.publish(groups.into_iter().map(Arc::new).collect());
    }

    /// The same, of groups that others have too.
    fn publish(&self, groups: Groups) {
        self.update(|place| *place = Some(groups));
    }

    /// Counts and logs a failure; what this source said before stays.
    fn failed(&self, mechanism: &str, error: &dyn std::fmt::Display) {
        let config = &self.board.name;
        self.board.metrics.failures.with(&[mechanism, config]).inc();
        tracing::warn!(config, mechanism, %error, "Targets could not be refreshed; those before stay");
        self.update(|place| _ = place.get_or_insert_default());
    }

    /// Counts a failure that has been told.
    fn failed_again(&self, mechanism: &str) {
        self.board.metrics.failures.with(&[mechanism, &self.board.name]).inc();
    }

    fn update(&self, change: impl FnOnce(&mut Option<Groups>)) {
        let board = &self.board;
        let mut by_source = board.by_source.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = by_source.get_mut(self.index) else { return };
        change(place);
        let groups: Groups = match by_source.as_slice() {
            [Some(only)] => only.clone(),
            several => several.iter().flatten().flat_map(|groups| groups.iter().cloned()).collect(),
        };
        let found = Arc::new(Found { groups, complete: by_source.iter().all(Option::is_some) });
        let count = found.groups.iter().map(|group| group.targets.len()).sum::<usize>();
        if !board.is_shared {
            board.metrics.discovered.with(&["scrape", &board.name]).set(count as f64);
        }
        board.published.send_if_modified(|now| {
            let changed = **now != *found;
            *now = found;
            changed
        });
    }
}
