//! Metrics of the cluster's objects: watches of what is wanted, and the built-in target that shows them.

mod custom;
mod flux;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use anyhow::{Result, anyhow};
use cluster::{Cluster, Error, Follow, Followed, Kind, Sink};
use kube_metrics::flux::{FluxKind, RESOURCE_INFO};
use kube_metrics::{Body, Form, Live, LiveCustom, LiveFlux, Options, Plan};
use model::{Duration, Labels};
use scrape::config::JobSettings;
use serde_json::Value;
use stdx::Clock;
use tokio::task::JoinHandle;

use super::objects::tell;
use super::{locked, trimmed};
use crate::cli::{ClusterFlags, ObjectMetricsFlags};

/// The built-in target's source and job.
const SOURCE: &str = "kube-state-metrics";
/// Families that old controllers send themselves.
const ASKED: [&str; 2] = ["gotk_reconcile_condition", "gotk_suspend_status"];
/// How often it is asked which kinds there are.
const ASK_AGAIN: std::time::Duration = std::time::Duration::from_secs(20);

/// What is watched for metrics.
pub(in crate::run) struct ObjectMetrics {
    cluster: Cluster,
    namespaces: Vec<String>,
    flags: ObjectMetricsFlags,
    options: Options,
    /// Names that rules and panels asked for last.
    names: Vec<String>,
    shared: Arc<Shared>,
    handle: scrape::Handle,
    follows: BTreeMap<&'static str, Follow>,
    flux: JoinHandle<()>,
    custom: JoinHandle<()>,
}

struct Shared {
    live: Mutex<Live>,
    custom: Mutex<LiveCustom>,
    flux: Mutex<LiveFlux>,
    clock: Arc<dyn Clock>,
}

struct Resource {
    shared: Arc<Shared>,
    name: &'static str,
}

// === impl ObjectMetrics ===

impl ObjectMetrics {
    /// Begins to watch Flux' objects and custom resources; others follow with [`ObjectMetrics::want`].
    ///
    /// # Errors
    /// Where a flag is not valid.
    pub(in crate::run) fn start(
        cluster: Cluster,
        flags: &ClusterFlags,
        scrape: &scrape::Manager,
        clock: Arc<dyn Clock>,
    ) -> Result<ObjectMetrics> {
        let options = options(&flags.metrics)?;
        let shared = Arc::new(Shared {
            live: Mutex::default(),
            custom: Mutex::new(LiveCustom::new(&Plan::new(&options))),
            flux: Mutex::default(),
            clock,
        });
        scrape.ask(&ASKED);
        let (shown, handle) = (Arc::clone(&shared), scrape.handle());
        let source =
            move || ("text/plain; version=0.0.4".to_owned(), shown.render(&handle, Form::Text).into_bytes());
        scrape.register_local(SOURCE, Arc::new(source));
        let namespaces = flags.reach.namespaces.clone();
        let flux = tokio::spawn(flux::follow(cluster.clone(), namespaces.clone(), Arc::clone(&shared)));
        let custom = tokio::spawn(custom::follow(cluster.clone(), namespaces.clone(), Arc::clone(&shared)));
        Ok(ObjectMetrics {
            cluster,
            namespaces,
            flags: flags.metrics.clone(),
            options,
            names: Vec::new(),
            shared,
            handle: scrape.handle(),
            follows: BTreeMap::new(),
            flux,
            custom,
        })
    }

    /// What is made, for a port of its own.
    pub(in crate::run) fn exposition(&self) -> server::ExpositionSource {
        let (shared, handle) = (Arc::clone(&self.shared), self.handle.clone());
        Arc::new(move |open| shared.render(&handle, if open { Form::OpenMetrics } else { Form::Text }))
    }

    /// Reads the file of custom resources anew; a bad one changes nothing.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::run) fn reload(&mut self) -> Result<()> {
        let options = options(&self.flags)?;
        self.custom.abort();
        *locked(&self.shared.custom) = LiveCustom::new(&Plan::new(&options));
        self.options = options;
        let (cluster, namespaces) = (self.cluster.clone(), self.namespaces.clone());
        self.custom = tokio::spawn(custom::follow(cluster, namespaces, Arc::clone(&self.shared)));
        Ok(())
    }

    /// The job that scrapes what is made. Labels of objects win over the target's.
    pub(in crate::run) fn job(interval: Duration) -> JobSettings {
        let namespace = cluster::own_namespace().unwrap_or_default();
        let labels = Labels::from_pairs([
            ("job", SOURCE),
            ("instance", SOURCE),
            ("namespace", namespace.as_str()),
            ("container", SOURCE),
            ("endpoint", "http"),
        ]);
        let mut job = JobSettings::local(SOURCE, labels);
        job.ingest.honor_labels = true;
        job.interval = job.interval.min(interval);
        job.timeout = job.timeout.min(job.interval);
        job
    }

    /// Scrapes the built-in target as often as the cluster's Prometheus says.
    pub(in crate::run) fn pace(jobs: &mut [Arc<JobSettings>], interval: Duration) {
        for job in jobs.iter_mut().filter(|job| job.name == SOURCE).map(Arc::make_mut) {
            job.interval = job.interval.min(interval);
            job.timeout = job.timeout.min(job.interval);
        }
    }

    /// Watches what these metric names need, and what was asked for; ends other watches.
    pub(in crate::run) fn want(&mut self, names: Vec<String>) {
        if names == self.names && !self.follows.is_empty() {
            return;
        }
        self.names = names;
        let plan = Plan::new(&self.wanted());
        let (anew, wanted) = {
            let mut live = locked(&self.shared.live);
            (live.replan(plan), live.resources().collect::<Vec<_>>())
        };
        let before = self.follows.len();
        self.follows.retain(|name, _| wanted.contains(name) && !anew.contains(name));
        if anew.is_empty() && self.follows.len() == before {
            return;
        }
        for name in anew {
            let Some(resource) = kube_metrics::catalog::resource(name) else { continue };
            let version = resource.api_version();
            let version = version.rsplit('/').next().unwrap_or("v1").to_owned();
            let kind = Kind {
                version: version.into(),
                ..Kind::fixed(resource.group, "", resource.kind, resource.name, resource.namespaced)
            };
            let followed =
                Followed { kind, namespaces: self.namespaces.clone(), labels: String::new(), keep: trimmed };
            let sink: Arc<dyn Sink> =
                Arc::new(Resource { shared: Arc::clone(&self.shared), name: resource.name });
            self.follows.insert(resource.name, self.cluster.follow(&followed, &sink));
        }
        tracing::info!(resources = wanted.join(","), "Metrics are made of objects");
    }

    /// The options, with the resources and families that are wished for.
    fn wanted(&self) -> Options {
        let mut options = self.options.clone();
        match self.flags.resources.as_str() {
            "used" => options.only_families(self.names.iter().map(String::as_str)),
            "none" => options.resources = Some(Vec::new()),
            // What each resource gives by default was read with the other options.
            _ => {}
        }
        options
    }
}

impl Drop for ObjectMetrics {
    fn drop(&mut self) {
        self.flux.abort();
        self.custom.abort();
    }
}

/// The flags as kube-state-metrics' own.
fn options(flags: &ObjectMetricsFlags) -> Result<Options> {
    let mut given = flags.given();
    if !matches!(flags.resources.as_str(), "used" | "all" | "none") {
        given.push(format!("--resources={}", flags.resources));
    }
    let read = |path: &str| std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    Options::parse(given.iter().map(String::as_str), &read).map_err(|faults| {
        let line = |fault: &kube_metrics::OptionError| fault.to_string().replace("--", "--kube-metrics.");
        anyhow!(faults.iter().map(line).collect::<Vec<_>>().join("\n"))
    })
}

// === impl Shared ===

impl Shared {
    fn render(&self, scrape: &scrape::Handle, form: Form) -> String {
        let targets = scrape.targets();
        let controller = |kind: &'static FluxKind| flux::controller(kind, &targets);
        let mut body = Body::new(form);
        locked(&self.live).write(&mut body);
        let custom = locked(&self.custom);
        custom.write(&mut body);
        let is_told = |kind: &'static FluxKind| custom.makes(kind.group, kind.kind, RESOURCE_INFO.name);
        locked(&self.flux).write(self.clock.now_ms(), &controller, &is_told, &mut body);
        body.finish()
    }
}

impl Sink for Resource {
    fn takes_parts(&self) -> bool {
        true
    }

    fn listed(&self, namespace: &str, names: &HashSet<String>) {
        locked(&self.shared.live).listed(self.name, namespace, names);
    }

    /// The kind is gone.
    fn replaced(&self, namespace: &str, _: Vec<Value>) {
        self.listed(namespace, &HashSet::new());
    }

    fn applied(&self, object: Value) {
        locked(&self.shared.live).apply(&object);
    }

    fn deleted(&self, object: &Value) {
        locked(&self.shared.live).delete(object);
    }

    fn failed(&self, error: &Error) {
        tell(error);
    }
}
