//! Metrics of the cluster's objects: watches of what is wanted, and the built-in target that shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use cluster::{Cluster, Error, Follow, Followed, Kind, Sink};
use kube_metrics::flux::{FluxKind, Target, kinds};
use kube_metrics::{Controller, Form, Live, LiveFlux, Options, Plan, needed};
use model::{Duration, Labels};
use scrape::config::JobSettings;
use scrape::manager::TargetStatus;
use serde_json::Value;
use stdx::Clock;
use tokio::task::JoinHandle;

use super::objects::tell;
use super::{locked, trimmed};
use crate::cli::ClusterFlags;

/// The built-in target's source and job.
const SOURCE: &str = "kube-state-metrics";
/// Families that old controllers send themselves.
const ASKED: [&str; 2] = ["gotk_reconcile_condition", "gotk_suspend_status"];
/// How often it is asked which kinds of Flux there are, as long as some are missing.
const ASK_AGAIN: std::time::Duration = std::time::Duration::from_secs(20);

/// What is watched for metrics.
pub(in crate::run) struct ObjectMetrics {
    cluster: Cluster,
    namespaces: Vec<String>,
    wish: String,
    shared: Arc<Shared>,
    resources: BTreeSet<&'static str>,
    follows: Vec<Follow>,
    flux: JoinHandle<()>,
}

struct Shared {
    live: Mutex<Live>,
    flux: Mutex<LiveFlux>,
    clock: Arc<dyn Clock>,
}

struct Resource {
    shared: Arc<Shared>,
    name: &'static str,
}

struct Flux {
    shared: Arc<Shared>,
    kind: &'static FluxKind,
}

// === impl ObjectMetrics ===

impl ObjectMetrics {
    /// Begins to watch Flux' objects; others follow with [`ObjectMetrics::want`].
    pub(in crate::run) fn start(
        cluster: Cluster,
        flags: &ClusterFlags,
        scrape: &scrape::Manager,
        clock: Arc<dyn Clock>,
    ) -> ObjectMetrics {
        let shared = Arc::new(Shared {
            live: Mutex::new(Live::new(plan(&BTreeSet::new()))),
            flux: Mutex::default(),
            clock,
        });
        scrape.ask(&ASKED);
        let (shown, handle) = (Arc::clone(&shared), scrape.handle());
        let source = move || ("text/plain; version=0.0.4".to_owned(), shown.render(&handle).into_bytes());
        scrape.register_local(SOURCE, Arc::new(source));
        let flux =
            tokio::spawn(follow_flux(cluster.clone(), flags.reach.namespaces.clone(), Arc::clone(&shared)));
        ObjectMetrics {
            cluster,
            namespaces: flags.reach.namespaces.clone(),
            wish: flags.resources.clone(),
            shared,
            resources: BTreeSet::new(),
            follows: Vec::new(),
            flux,
        }
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
    pub(in crate::run) fn pace(jobs: &mut [JobSettings], interval: Duration) {
        for job in jobs.iter_mut().filter(|job| job.name == SOURCE) {
            job.interval = job.interval.min(interval);
            job.timeout = job.timeout.min(job.interval);
        }
    }

    /// Watches what these metric names need, and what was asked for; ends other watches.
    pub(in crate::run) fn want<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        let all =
            || kube_metrics::catalog::resources().iter().filter(|resource| resource.default).map(|r| r.name);
        let wanted: BTreeSet<&'static str> = match self.wish.as_str() {
            "used" => needed(names).into_iter().collect(),
            "all" => all().collect(),
            "none" => BTreeSet::new(),
            list => {
                let known =
                    |name: &str| kube_metrics::catalog::resource(name.trim()).map(|resource| resource.name);
                list.split(',').filter_map(known).collect()
            }
        };
        if wanted == self.resources {
            return;
        }
        self.follows.clear();
        *locked(&self.shared.live) = Live::new(plan(&wanted));
        for name in &wanted {
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
            self.follows.push(self.cluster.follow(&followed, &sink));
        }
        tracing::info!(
            resources = wanted.iter().copied().collect::<Vec<_>>().join(","),
            "Metrics are made of objects"
        );
        self.resources = wanted;
    }
}

impl Drop for ObjectMetrics {
    fn drop(&mut self) {
        self.flux.abort();
    }
}

/// Watches each kind of Flux in the newest version that is served, as soon as it is.
async fn follow_flux(cluster: Cluster, namespaces: Vec<String>, shared: Arc<Shared>) {
    let mut follows: BTreeMap<&'static str, (String, Follow)> = BTreeMap::new();
    loop {
        let mut groups: BTreeMap<&'static str, BTreeMap<String, String>> = BTreeMap::new();
        for kind in kinds() {
            if !groups.contains_key(kind.group) {
                match cluster.served(kind.group).await {
                    Ok(served) => _ = groups.insert(kind.group, served),
                    Err(error) => {
                        tell(&error);
                        break;
                    }
                }
            }
            let Some(version) = groups.get(kind.group).and_then(|served| served.get(kind.plural)) else {
                continue;
            };
            if follows.get(kind.kind).is_some_and(|(before, _)| before == version) {
                continue;
            }
            let of = Kind {
                version: version.clone().into(),
                ..Kind::fixed(kind.group, "", kind.kind, kind.plural, true)
            };
            let followed = Followed {
                kind: of,
                namespaces: namespaces.clone(),
                labels: String::new(),
                keep: trimmed_flux,
            };
            let sink: Arc<dyn Sink> = Arc::new(Flux { shared: Arc::clone(&shared), kind });
            follows.insert(kind.kind, (version.clone(), cluster.follow(&followed, &sink)));
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

fn plan(resources: &BTreeSet<&'static str>) -> Plan {
    let list = resources.iter().copied().collect::<Vec<_>>().join(",");
    let flag = format!("--resources={list}");
    let options = Options::parse([flag.as_str()], &|_| Err(String::new()));
    Plan::new(&options.unwrap_or_default())
}

/// Of Flux' objects, the inventory is the largest part and never read.
fn trimmed_flux(object: Value) -> Value {
    let mut object = trimmed(object);
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("inventory");
    }
    object
}

// === impl Shared ===

impl Shared {
    fn render(&self, scrape: &scrape::Handle) -> String {
        let targets = scrape.targets();
        let controller = |kind: &'static FluxKind| controller(kind, &targets);
        let mut text = locked(&self.live).render(Form::Text);
        text.push_str(&locked(&self.flux).render(self.clock.now_ms(), &controller));
        text
    }
}

/// Where a kind's controller is scraped, and whether it sends the families itself. Where it is not scraped, the
/// labels are those that the guide's PodMonitor would give it.
fn controller(kind: &FluxKind, targets: &[TargetStatus]) -> Controller {
    let is_its = |target: &&TargetStatus| {
        target.discovered_labels.get("__meta_kubernetes_pod_label_app") == kind.controller
    };
    let Some(target) = targets.iter().find(is_its) else {
        return Controller::Silent(Target {
            job: "monitoring/flux-system".to_owned(),
            namespace: "flux-system".to_owned(),
            pod: kind.controller.to_owned(),
            container: "manager".to_owned(),
            endpoint: "http-prom".to_owned(),
            instance: String::new(),
        });
    };
    if !target.declared.is_empty() {
        return Controller::Sends;
    }
    let label = |name: &str| target.labels.get(name).to_owned();
    Controller::Silent(Target {
        job: label("job"),
        namespace: label("namespace"),
        pod: label("pod"),
        container: label("container"),
        endpoint: label("endpoint"),
        instance: label("instance"),
    })
}

// === Sinks ===

impl Sink for Resource {
    fn replaced(&self, namespace: &str, objects: Vec<Value>) {
        locked(&self.shared.live).replace(self.name, namespace, &objects);
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

impl Sink for Flux {
    fn replaced(&self, namespace: &str, objects: Vec<Value>) {
        let now = self.shared.clock.now_ms();
        locked(&self.shared.flux).replace(self.kind, namespace, objects, now);
    }

    fn applied(&self, object: Value) {
        locked(&self.shared.flux).apply(object);
    }

    fn deleted(&self, object: &Value) {
        locked(&self.shared.flux).delete(object, self.shared.clock.now_ms());
    }

    fn failed(&self, error: &Error) {
        tell(error);
    }
}
