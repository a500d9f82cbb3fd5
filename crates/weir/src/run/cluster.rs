//! A cluster as a source of configuration: watches of monitors, rules and dashboards, and of the objects that
//! metrics are made of.
//!
//! Sinks keep what the watches tell; [`View::overlay`] says what it means now. Nothing here is in force: the
//! services apply the overlay.

mod answers;
mod jobs;
mod metrics;
mod objects;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use cluster::{Access, Cluster, Follow, Followed, Kind, Sink};
use monitors::{Objects, Outcome, Reference, Rendered, Settings, Source, Unknown};
use rules::RuleGroup;
use scrape::config::JobSettings;
use serde_json::Value;
use stdx::Registry;
use tokio::sync::Notify;

use crate::cli::{ClusterFlags, ReachFlags};
use crate::config::{self, Loaded};
pub(super) use metrics::ObjectMetrics;

/// A burst of changes is one.
const SETTLE: Duration = Duration::from_millis(200);
/// So often Secrets and ConfigMaps that objects name are read again.
const REREAD: Duration = Duration::from_secs(60);
/// How often objects may name further Secrets within one refresh.
const ROUNDS: usize = 4;
/// The label of ConfigMaps with dashboards, whatever its value.
const DASHBOARDS: &str = "grafana_dashboard";

/// What is known of the cluster.
#[derive(Default)]
struct State {
    objects: Mutex<Objects>,
    /// Dashboards: ConfigMap, then file name and text.
    boards: Mutex<BTreeMap<String, Vec<(String, String)>>>,
    changed: Notify,
}

/// Watches, and what they saw.
pub(super) struct View {
    pub(super) cluster: Cluster,
    flags: ClusterFlags,
    state: Arc<State>,
    contents: BTreeMap<Reference, BTreeMap<String, Vec<u8>>>,
    /// Jobs by their text, so that only changed ones are read anew.
    known_jobs: HashMap<String, Result<JobSettings, String>>,
    answers: answers::Answers,
    files: PathBuf,
    kubeconfig: Option<PathBuf>,
    _follows: Vec<Follow>,
}

/// The dashboards of a cluster alone.
pub(super) struct BoardView {
    pub(super) cluster: Cluster,
    state: Arc<State>,
    _follow: Follow,
}

/// What the cluster adds to the configuration.
pub(super) struct Overlay {
    pub(super) loaded: Loaded,
    pub(super) rendered: Rendered,
}

// === impl View ===

impl View {
    /// Connects and begins to watch. The server need not be there.
    pub(super) async fn start(flags: &ClusterFlags, storage: &Path, registry: &Registry) -> Result<View> {
        let (access, cluster) = connect(&flags.reach, registry).await?;
        let state = Arc::new(State::default());
        let mut follows = Vec::new();
        for kind in monitors::Kind::all() {
            let sink: Arc<dyn Sink> =
                Arc::new(objects::Monitors { state: Arc::clone(&state), kind: Some(kind) });
            let group = monitors::objects::GROUP;
            let kind = Kind::fixed(group, kind.version(), kind.name(), kind.plural(), true);
            follows.push(cluster.follow(&followed(&flags.reach, kind, ""), &sink));
        }
        let namespaces: Arc<dyn Sink> = Arc::new(objects::Monitors { state: Arc::clone(&state), kind: None });
        follows.push(cluster.follow(&followed(&flags.reach, Kind::NAMESPACE, ""), &namespaces));
        let boards: Arc<dyn Sink> = Arc::new(objects::Boards { state: Arc::clone(&state) });
        follows.push(cluster.follow(&followed(&flags.reach, Kind::CONFIG_MAP, DASHBOARDS), &boards));
        let kubeconfig = match access {
            Access::Kubeconfig(path) => Some(std::path::absolute(&path).unwrap_or(path)),
            _ => None,
        };
        Ok(View {
            cluster,
            flags: flags.clone(),
            state,
            contents: BTreeMap::new(),
            known_jobs: HashMap::new(),
            answers: answers::Answers::default(),
            files: storage.join("cluster-files"),
            kubeconfig,
            _follows: follows,
        })
    }

    /// Waits until something has changed, and a burst of changes is over; or until Secrets are to be read again.
    pub(super) fn changed(&self) -> impl Future<Output = ()> + use<> {
        let state = Arc::clone(&self.state);
        async move { settled(&state).await }
    }

    /// What the objects mean now. Reads the Secrets and ConfigMaps that they name.
    pub(super) async fn overlay(&mut self) -> Overlay {
        let settings = Settings {
            prometheus: self.flags.prometheus.clone(),
            files: self.files.display().to_string(),
            unknown: Unknown::Report,
        };
        let mut objects = locked(&self.state.objects).clone();
        self.contents.clear();
        let mut rendered = Rendered::default();
        for _ in 0..ROUNDS {
            objects.set_contents(self.contents.clone());
            rendered = monitors::render(&objects, &settings);
            let new: Vec<Reference> = rendered
                .references
                .iter()
                .filter(|reference| !self.contents.contains_key(*reference))
                .cloned()
                .collect();
            let before = self.contents.len();
            for reference in new {
                self.read(reference).await;
            }
            if self.contents.len() == before {
                break;
            }
        }
        let jobs = jobs::read(&mut rendered, &mut self.known_jobs, self.kubeconfig.as_deref());
        jobs::write_files(&self.files, &rendered.files);
        let loaded = self.load(&mut rendered, jobs);
        Overlay { loaded, rendered }
    }

    /// The answers for API and pages.
    pub(super) fn shown(&self, rendered: &Rendered) -> server::Monitors {
        let rules: HashMap<&str, &JobSettings> =
            self.known_jobs.values().flatten().map(|job| (job.name.as_str(), job)).collect();
        let row = |verdict: &monitors::Verdict| {
            let (outcome, reason, jobs) = match &verdict.outcome {
                Outcome::Accepted(names) => ("accepted", "", names.as_slice()),
                Outcome::NotSelected(reason) => ("not selected", reason.as_str(), [].as_slice()),
                Outcome::Refused(reason) | Outcome::Malformed(reason) => {
                    ("refused", reason.as_str(), [].as_slice())
                }
            };
            let of = |name: &String| {
                let relabel = rules.get(name.as_str()).map(|job| job.relabel.clone());
                (name.clone(), relabel.unwrap_or_default())
            };
            server::Monitored {
                kind: verdict.kind.name().to_owned(),
                namespace: verdict.namespace.clone(),
                name: verdict.name.clone(),
                outcome,
                reason: reason.to_owned(),
                unknown: verdict.unknown.clone(),
                jobs: jobs.iter().map(of).collect(),
            }
        };
        let cluster = self.cluster.clone();
        server::Monitors {
            heard: server::HeardSource::new(move || cluster.heard()),
            prometheus: rendered.prometheus.clone(),
            failure: rendered.failure.clone().unwrap_or_default(),
            objects: rendered.verdicts.iter().map(row).collect(),
        }
    }

    /// Tells the objects what became of them. Only what has changed is written.
    pub(super) fn answer(&mut self, rendered: &Rendered) {
        if self.flags.answers == "on" {
            let objects = locked(&self.state.objects).clone();
            self.answers.give(&self.cluster, &objects, rendered);
        }
    }

    async fn read(&mut self, reference: Reference) {
        let kind = match reference.source {
            Source::Secret => Kind::SECRET,
            Source::ConfigMap => Kind::CONFIG_MAP,
        };
        match self.cluster.read(&kind, &reference.namespace, &reference.name).await {
            Ok(Some(object)) => {
                let content = monitors::objects::content_of(reference.source, &object);
                self.contents.insert(reference, content);
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "What an object names cannot be read"),
        }
    }

    fn load(&self, rendered: &mut Rendered, jobs: Vec<JobSettings>) -> Loaded {
        let mut rest = rendered.config.clone().unwrap_or_default();
        if let Some(map) = rest.as_object_mut() {
            // Jobs are read one by one; what we cannot do yet is told of.
            map.remove("scrape_configs");
            for section in ["remote_write", "remote_read"] {
                if map.remove(section).is_some() {
                    tracing::warn!(
                        section,
                        "Prometheus names a section that is not supported yet; it is passed over"
                    );
                }
            }
        }
        let managers = rest.pointer_mut("/alerting/alertmanagers").and_then(Value::as_array_mut);
        for manager in managers.into_iter().flatten() {
            *manager = jobs::reached(manager, self.kubeconfig.as_deref());
        }
        let mut loaded = match config::read(&rest.to_string(), "(objects of the cluster)", Path::new(".")) {
            Ok(loaded) => loaded,
            Err(error) => {
                tracing::error!(%error, "What Prometheus says is not valid here; its global settings are passed over");
                config::read("", "(objects of the cluster)", Path::new(".")).unwrap_or_default()
            }
        };
        loaded.jobs = jobs;
        loaded.groups = self.groups(rendered, &loaded);
        loaded.dashboards = locked(&self.state.boards).values().flatten().cloned().collect();
        loaded.yaml = yaml(rendered);
        loaded
    }

    fn groups(&self, rendered: &mut Rendered, loaded: &Loaded) -> Vec<RuleGroup> {
        let defaults = rules::file::Defaults {
            interval: loaded.evaluation_interval,
            query_offset: model::Duration::ZERO,
            features: rendered.features,
        };
        let mut groups = Vec::new();
        for (name, file) in &rendered.rules {
            match rules::parse(&file.to_string(), name, defaults) {
                Ok(found) => groups.extend(found),
                Err(error) => {
                    let made = |names: &[String]| names.iter().any(|made| made == name);
                    let verdicts = rendered.verdicts.iter_mut();
                    for verdict in verdicts {
                        if matches!(&verdict.outcome, Outcome::Accepted(names) if made(names)) {
                            verdict.outcome = Outcome::Refused(error.to_string());
                        }
                    }
                }
            }
        }
        groups
    }
}

// === impl BoardView ===

impl BoardView {
    /// Connects and begins to watch. The server need not be there.
    pub(super) async fn start(reach: &ReachFlags, registry: &Registry) -> Result<BoardView> {
        let (_, cluster) = connect(reach, registry).await?;
        let state = Arc::new(State::default());
        let sink: Arc<dyn Sink> = Arc::new(objects::Boards { state: Arc::clone(&state) });
        let follow = cluster.follow(&followed(reach, Kind::CONFIG_MAP, DASHBOARDS), &sink);
        Ok(BoardView { cluster, state, _follow: follow })
    }

    /// Waits until dashboards have changed, and a burst of changes is over.
    pub(super) async fn changed(&self) {
        settled(&self.state).await;
    }

    /// File names and texts.
    pub(super) fn boards(&self) -> Vec<(String, String)> {
        locked(&self.state.boards).values().flatten().cloned().collect()
    }
}

async fn settled(state: &State) {
    tokio::select! {
        () = state.changed.notified() => tokio::time::sleep(SETTLE).await,
        () = tokio::time::sleep(REREAD) => {}
    }
}

async fn connect(reach: &ReachFlags, registry: &Registry) -> Result<(Access, Cluster)> {
    let access = Access::usual(reach.kubeconfig.as_deref());
    let metrics = cluster::Metrics::new(registry);
    let cluster = Cluster::connect(&access, metrics).await.context(
        "--kubernetes: there is no way to a cluster; name a kubeconfig with --kubernetes.kubeconfig",
    )?;
    Ok((access, cluster))
}

/// The configuration that the objects mean, secrets hidden.
fn yaml(rendered: &Rendered) -> String {
    let text = rendered.config.as_ref().map(serde_saphyr::to_string);
    match text {
        Some(Ok(text)) => config::redacted(&text),
        _ => String::new(),
    }
}

fn followed(reach: &ReachFlags, kind: Kind, labels: &str) -> Followed {
    Followed { kind, namespaces: reach.namespaces.clone(), labels: labels.to_owned(), keep: trimmed }
}

/// Without what only the API server needs.
fn trimmed(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        let last = "kubectl.kubernetes.io/last-applied-configuration";
        let annotations = metadata.get_mut("annotations").and_then(Value::as_object_mut);
        annotations.and_then(|map| map.remove(last));
    }
    object
}

/// A panic of one task does not end the others.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
