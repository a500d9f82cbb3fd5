//! A cluster as a source of configuration: watches of monitors, rules and dashboards, and of the objects that
//! metrics are made of.
//!
//! Sinks keep what the watches tell; [`View::overlay`] says what it means now. Nothing here is in force: the
//! services apply the overlay.

mod answers;
mod contents;
mod jobs;
mod metrics;
mod objects;
mod pulse;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use cluster::{Access, Cluster, Follow, Followed, Kind, Sink};
use monitors::{Objects, Outcome, Reference, Rendered, Settings, Unknown};
use rules::RuleGroup;
use scrape::config::JobSettings;
use serde_json::Value;
use stdx::Registry;
use tokio::sync::Notify;

use crate::cli::{ClusterFlags, ReachFlags};
use crate::config::{self, Loaded};
pub(super) use metrics::ObjectMetrics;

/// So long the kinds of configuration that were listed wait for those that were not, when we begin.
const GATHER: Duration = Duration::from_secs(15);
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
    /// How often dashboards have changed.
    boards_version: AtomicU64,
    first: Mutex<First>,
    changed: Arc<Notify>,
}

/// The first lists: before all are there the objects mean nothing, lest Prometheus be missed that selects.
#[derive(Default)]
struct First {
    /// Plural and namespace of those that have not come.
    missing: BTreeSet<(&'static str, String)>,
    /// When the first came.
    begun: Option<Instant>,
}

/// Watches, and what they saw.
pub(super) struct View {
    pub(super) cluster: Cluster,
    flags: ClusterFlags,
    state: Arc<State>,
    contents: contents::Contents,
    /// The fingerprint of what is in force.
    in_force: Option<u64>,
    /// What the objects meant when they last meant something.
    valid: Option<Valid>,
    /// Why they mean nothing now, and the notes on Prometheus, as they were logged last.
    told: (Option<String>, Vec<String>),
    known_jobs: jobs::KnownJobs,
    answers: answers::Answers,
    files: PathBuf,
    kubeconfig: Option<PathBuf>,
    pulse: pulse::Pulse,
    _follows: Vec<Follow>,
}

/// The dashboards of a cluster alone.
pub(super) struct BoardView {
    pub(super) cluster: Cluster,
    state: Arc<State>,
    pulse: pulse::Pulse,
    _follow: Follow,
}

/// What the cluster adds to the configuration.
pub(super) struct Overlay {
    pub(super) loaded: Loaded,
    /// The answers; the configuration is taken out of it.
    pub(super) rendered: Rendered,
    /// For [`View::confirm`].
    pub(super) fingerprint: u64,
}

/// What stays while the objects mean nothing.
struct Valid {
    loaded: Loaded,
    rendered: Rendered,
}

// === impl View ===

impl View {
    /// Connects and begins to watch. The server need not be there.
    pub(super) async fn start(flags: &ClusterFlags, storage: &Path, registry: &Registry) -> Result<View> {
        let (access, cluster) = connect(&flags.reach, registry).await?;
        let state = Arc::new(State::default());
        locked(&state.first).missing = First::all(&flags.reach.namespaces);
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
            flags: flags.clone(),
            pulse: pulse::Pulse::start(&state.changed),
            state,
            answers: answers::Answers::start(&cluster, registry),
            cluster,
            contents: contents::Contents::default(),
            in_force: None,
            valid: None,
            told: (None, Vec::new()),
            known_jobs: HashMap::new(),
            files: storage.join("cluster-files"),
            kubeconfig,
            _follows: follows,
        })
    }

    /// Waits until something has changed, and a burst of changes is over; or until Secrets are to be read again.
    pub(super) async fn changed(&mut self) {
        self.pulse.next().await;
    }

    /// What the objects mean now; `None` if that is in force. Reads the Secrets and ConfigMaps that they name.
    pub(super) async fn news(&mut self) -> Option<Overlay> {
        let (rendered, fingerprint) = self.means().await;
        (self.in_force != Some(fingerprint)).then(|| self.overlay(rendered, fingerprint))
    }

    /// What the objects mean now, in force or not.
    pub(super) async fn all(&mut self) -> Overlay {
        let (rendered, fingerprint) = self.means().await;
        self.overlay(rendered, fingerprint)
    }

    /// It is in force now.
    pub(super) fn confirm(&mut self, fingerprint: u64) {
        self.in_force = Some(fingerprint);
    }

    /// The meaning of the objects, and a fingerprint of all that an overlay is made of.
    async fn means(&mut self) -> (Rendered, u64) {
        let version = self.state.boards_version.load(Ordering::Acquire);
        let is_ready = locked(&self.state.first).is_over();
        let rendered = if is_ready { self.render().await } else { Rendered::default() };
        self.pulse.hurry(!is_ready || self.contents.is_lacking());
        self.tell(&rendered);
        let fingerprint = fingerprint(&(version, &rendered));
        (rendered, fingerprint)
    }

    async fn render(&mut self) -> Rendered {
        let settings = Settings {
            prometheus: self.flags.prometheus.clone(),
            files: self.files.display().to_string(),
            unknown: Unknown::Report,
        };
        let mut objects = locked(&self.state.objects).clone();
        if self.valid.as_ref().is_none_or(|valid| valid.rendered.prometheus.is_none()) {
            unpause(&mut objects);
        }
        let mut asked = BTreeSet::new();
        for round in 1.. {
            self.contents.give(&mut objects);
            let rendered = monitors::render(&objects, &settings);
            let new: Vec<Reference> = rendered.references.difference(&asked).cloned().collect();
            asked.extend(new.iter().cloned());
            let is_known = new.is_empty() || round > ROUNDS || !self.contents.read(&self.cluster, new).await;
            if is_known {
                if rendered.failure.is_none() {
                    self.contents.retain(&rendered.references);
                }
                return rendered;
            }
        }
        Rendered::default()
    }

    /// Logs what has changed about the Prometheus object.
    fn tell(&mut self, rendered: &Rendered) {
        let (failure, notes) =
            std::mem::replace(&mut self.told, (rendered.failure.clone(), rendered.notes.clone()));
        if !rendered.notes.is_empty() && notes != rendered.notes {
            let (notes, prometheus) = (rendered.notes.join("; "), &rendered.prometheus);
            tracing::warn!(notes, prometheus, "Not all that the Prometheus object says has an effect");
        }
        if rendered.failure == failure {
            return;
        }
        match &rendered.failure {
            Some(reason) if rendered.is_paused => tracing::info!(reason, "What is in force stays"),
            Some(reason) => tracing::error!(
                reason,
                "The objects of the cluster mean no configuration; what was in force stays"
            ),
            None => tracing::info!("The objects of the cluster mean a configuration again"),
        }
    }

    fn overlay(&mut self, mut rendered: Rendered, fingerprint: u64) -> Overlay {
        let kept = self.valid.as_ref().filter(|valid| valid.rendered.prometheus.is_some());
        let (loaded, rendered) = match (&rendered.failure, kept) {
            // Where Prometheus is faulty or paused, what the objects meant before stays.
            (Some(_), Some(valid)) => {
                let verdicts = valid.rendered.verdicts.clone();
                (valid.loaded.clone(), Rendered { verdicts, ..rendered })
            }
            _ => {
                let jobs = jobs::read(&mut rendered, &mut self.known_jobs, self.kubeconfig.as_deref());
                jobs::write_files(&self.files, &rendered.files);
                let loaded = self.load(&mut rendered, jobs);
                // What is large has been read.
                (rendered.config, rendered.rules, rendered.files) = Default::default();
                if rendered.failure.is_none() {
                    self.valid = Some(Valid { loaded: loaded.clone(), rendered: rendered.clone() });
                }
                (loaded, rendered)
            }
        };
        let dashboards = locked(&self.state.boards).values().flatten().cloned().collect();
        Overlay { loaded: Loaded { dashboards, ..loaded }, rendered, fingerprint }
    }

    /// The answers for API and pages.
    pub(super) fn shown(&self, rendered: &Rendered) -> server::Monitors {
        let settings: HashMap<&str, &Arc<JobSettings>> =
            self.known_jobs.values().flatten().map(|job| (job.name.as_str(), job)).collect();
        let row = |verdict: &monitors::Verdict| {
            let (reason, jobs) = match &verdict.outcome {
                Outcome::Accepted(names) => ("", names.as_slice()),
                Outcome::NotSelected(reason) | Outcome::Refused(reason) | Outcome::Malformed(reason) => {
                    (reason.as_str(), [].as_slice())
                }
            };
            let of = |name: &String| (name.clone(), settings.get(name.as_str()).map(|job| Arc::clone(job)));
            server::Monitored {
                kind: verdict.kind.name().to_owned(),
                namespace: verdict.namespace.clone(),
                name: verdict.name.clone(),
                outcome: verdict.outcome.word(),
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
            notes: rendered.notes.clone(),
            objects: rendered.verdicts.iter().map(row).collect(),
        }
    }

    /// Tells the objects what became of them. Only what has changed is written.
    pub(super) fn answer(&mut self, rendered: &Rendered) {
        self.answers.count(rendered);
        if self.flags.answers == "on" {
            let objects = locked(&self.state.objects).clone();
            self.answers.give(&objects, rendered);
        }
    }

    fn load(&self, rendered: &mut Rendered, jobs: Vec<Arc<JobSettings>>) -> Loaded {
        let mut rest = rendered.config.clone().unwrap_or(Value::Object(serde_json::Map::new()));
        if let Some(map) = rest.as_object_mut() {
            // Jobs are read one by one; of what we cannot do yet there are notes.
            map.remove("scrape_configs");
            for section in ["remote_write", "remote_read"] {
                map.remove(section);
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

// === impl First ===

impl First {
    fn all(namespaces: &[String]) -> BTreeSet<(&'static str, String)> {
        let places = if namespaces.is_empty() { vec![String::new()] } else { namespaces.to_vec() };
        let of = |kind: monitors::Kind| places.iter().map(move |place| (kind.plural(), place.clone()));
        monitors::Kind::all().flat_map(of).chain([("namespaces", String::new())]).collect()
    }

    /// A list has come.
    fn heard(&mut self, plural: &'static str, namespace: &str) {
        self.begun.get_or_insert_with(Instant::now);
        self.missing.remove(&(plural, namespace.to_owned()));
    }

    /// It will not come: there is no such kind, or we may not.
    fn refused(&mut self, plural: &'static str) {
        self.begun.get_or_insert_with(Instant::now);
        self.missing.retain(|(missing, _)| *missing != plural);
    }

    fn is_over(&self) -> bool {
        self.missing.is_empty() || self.begun.is_some_and(|begun| begun.elapsed() > GATHER)
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
        let pulse = pulse::Pulse::start(&state.changed);
        Ok(BoardView { cluster, state, pulse, _follow: follow })
    }

    /// Waits until dashboards have changed, and a burst of changes is over.
    pub(super) async fn changed(&mut self) {
        self.pulse.next().await;
    }

    /// File names and texts.
    pub(super) fn boards(&self) -> Vec<(String, String)> {
        locked(&self.state.boards).values().flatten().cloned().collect()
    }
}

/// A Prometheus that was paused before this process began is obeyed once: nothing is known that could stay.
fn unpause(objects: &mut Objects) {
    let is_paused = |object: &&Value| object.pointer("/spec/paused") == Some(&Value::Bool(true));
    let paused: Vec<Value> = objects.of(monitors::Kind::Prometheus).filter(is_paused).cloned().collect();
    for mut object in paused {
        object["spec"]["paused"] = Value::Bool(false);
        objects.insert(object);
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

/// Equal for equal values; for no other purpose than to see whether something has changed.
fn fingerprint(value: &impl std::fmt::Debug) -> u64 {
    struct Out(DefaultHasher);
    impl std::fmt::Write for Out {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut out = Out(DefaultHasher::new());
    // Hashing does not fail.
    let _ = std::fmt::write(&mut out, format_args!("{value:?}"));
    out.0.finish()
}

/// A panic of one task does not end the others.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
