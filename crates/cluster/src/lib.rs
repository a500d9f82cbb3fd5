//! A Kubernetes API server as a source of objects: clients, watches, single reads, answers.
//!
//! Objects are `serde_json::Value`s; what they mean is others' business. Must not know: discovery, metrics of
//! objects, monitors, the store, pages.
//!
//! # Guarantees
//! - What is known stays while the server is away; a kind that the server does not have is a kind without objects.
//! - A watch that ends is begun anew with growing pauses, 0.25 to 8 seconds.
//! - A watch keeps at most [`MOST_OBJECTS`] objects; more are an error that is told, and are left out.

mod access;
mod error;
mod heard;
mod kind;
mod metrics;
mod watch;
mod watcher;

pub use access::{Access, connect, own_namespace};
pub use error::{Error, Verb};
pub use heard::Heard;
pub use kind::Kind;
pub use metrics::Metrics;
pub use watch::{Follow, Followed, MOST_OBJECTS, Sink};
pub use watcher::Watcher;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tokio::time::timeout;

/// So long an answer to one question may take. Watches have no end.
const PATIENCE: Duration = Duration::from_secs(10);
/// Equal events within this time are one.
const EVENT_PAUSE: Duration = Duration::from_secs(600);
/// Events that are remembered for that; with more, all are forgotten.
const EVENTS_MOST: usize = 10_000;
/// Who writes statuses and events.
const WRITER: &str = "weir";

/// A server. Clones share everything.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    metrics: Metrics,
    sent: Arc<Mutex<HashMap<String, Instant>>>,
}

/// A resource that the server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// `Kustomization`
    pub kind: String,
    /// `kustomizations`
    pub plural: String,
    /// Whether objects are in namespaces.
    pub namespaced: bool,
    /// Its versions, the newest first.
    pub versions: Vec<String>,
}

/// What an Event says.
#[derive(Clone, Debug)]
pub struct EventText {
    /// The object that it is about.
    pub about: Value,
    /// `Normal` or `Warning`.
    pub level: &'static str,
    /// One word in camel case.
    pub reason: &'static str,
    /// What was done, one word in camel case.
    pub action: &'static str,
    /// A sentence.
    pub note: String,
    /// Now, RFC 3339 with microseconds.
    pub time: String,
}

// === impl Cluster ===

impl Cluster {
    /// A client; the server is not asked yet.
    ///
    /// # Errors
    /// Where there is no way to a server.
    pub async fn connect(access: &Access, metrics: Metrics) -> Result<Cluster, Error> {
        let client = connect(access, metrics.heard.clone()).await.map_err(Error::new)?;
        Ok(Cluster { client, metrics, sent: Arc::default() })
    }

    /// The namespace that is meant where none is named: the pod's own, or that of the kubeconfig's context.
    pub fn namespace(&self) -> &str {
        self.client.default_namespace()
    }

    /// When the server last said anything of a resource, in seconds since the epoch.
    pub fn heard(&self) -> BTreeMap<String, f64> {
        self.metrics.heard.times()
    }

    /// Watches objects until the result is dropped; must be called within a runtime.
    pub fn follow(&self, followed: &Followed, sink: &Arc<dyn Sink>) -> Follow {
        Follow::start(&self.client, followed, sink, &self.metrics)
    }

    /// The resources of an API group that are served now. A group that is not there has none.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub async fn served(&self, group: &str) -> Result<Vec<Served>, Error> {
        let failed = |error: kube::Error| Error::new(format!("API group {group}: {error}"));
        let late = |_| Error::late(&format!("API group {group}"));
        let groups = self.client.list_api_groups();
        let groups = timeout(PATIENCE, groups).await.map_err(late)?.map_err(failed)?;
        let mut served: Vec<Served> = Vec::new();
        let versions =
            groups.groups.into_iter().filter(|known| known.name == group).flat_map(|known| known.versions);
        for version in versions {
            let listed = self.client.list_api_group_resources(&version.group_version);
            let listed = timeout(PATIENCE, listed).await.map_err(late)?.map_err(failed)?;
            // The status of a resource is listed as one of its own.
            for resource in listed.resources.into_iter().filter(|resource| !resource.name.contains('/')) {
                match served.iter_mut().find(|known| known.plural == resource.name) {
                    Some(known) => known.versions.push(version.version.clone()),
                    None => served.push(Served {
                        kind: resource.kind,
                        plural: resource.name,
                        namespaced: resource.namespaced,
                        versions: vec![version.version.clone()],
                    }),
                }
            }
        }
        Ok(served)
    }

    /// One object; `None` if there is none.
    ///
    /// # Errors
    /// Any but 404.
    pub async fn read(&self, kind: &Kind, namespace: &str, name: &str) -> Result<Option<Value>, Error> {
        let api = self.api(kind, namespace);
        let found = asked(api.get_opt(name), Verb::Get, kind, namespace).await?;
        Ok(found.map(|object| serde_json::to_value(object).unwrap_or_default()))
    }

    /// Merges into the status of an object.
    ///
    /// # Errors
    /// What the server says.
    pub async fn patch_status(
        &self,
        kind: &Kind,
        namespace: &str,
        name: &str,
        status: Value,
    ) -> Result<(), Error> {
        let patch = json!({"apiVersion": kind.api_version(), "kind": kind.kind, "status": status});
        let params = PatchParams { field_manager: Some(WRITER.to_owned()), ..PatchParams::default() };
        let (api, patch) = (self.api(kind, namespace), Patch::Merge(&patch));
        let done = api.patch_status(name, &params, &patch);
        asked(done, Verb::PatchStatus, kind, namespace).await.map(|_| ())
    }

    /// Makes an object. `false` if it is there already.
    ///
    /// # Errors
    /// What the server says.
    pub async fn create(&self, kind: &Kind, namespace: &str, object: Value) -> Result<bool, Error> {
        let object: DynamicObject =
            serde_json::from_value(object).map_err(|error| Error::new(error.to_string()))?;
        let (api, params) = (self.api(kind, namespace), PostParams::default());
        match asked(api.create(&params, &object), Verb::Create, kind, namespace).await {
            Ok(_) => Ok(true),
            Err(error) if error.status() == Some(409) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Tells of an object. An equal event is not sent again within ten minutes.
    ///
    /// # Errors
    /// What the server says.
    pub async fn event(&self, event: &EventText) -> Result<(), Error> {
        let about = |path: &str| event.about.pointer(path).and_then(Value::as_str).unwrap_or("").to_owned();
        let (namespace, name) = (about("/metadata/namespace"), about("/metadata/name"));
        let key = format!("{}/{namespace}/{name}/{}/{}", about("/kind"), event.reason, event.note);
        if !self.is_new(&key) {
            return Ok(());
        }
        let object = json!({
            "apiVersion": "events.k8s.io/v1", "kind": "Event",
            "metadata": {"name": format!("{name}.{:016x}", nanoseconds()), "namespace": namespace},
            "regarding": {
                "apiVersion": about("/apiVersion"), "kind": about("/kind"), "namespace": namespace,
                "name": name, "uid": about("/metadata/uid"),
            },
            "type": event.level, "reason": event.reason, "action": event.action,
            // The API takes no more than 1,024 bytes.
            "note": event.note.chars().take(1000).collect::<String>(),
            "reportingController": WRITER, "reportingInstance": WRITER, "eventTime": event.time,
        });
        let created = self.create(&Kind::EVENT, &namespace, object).await;
        if created.is_err() {
            // It may be sent again.
            self.sent.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        }
        created.map(|_| ())
    }

    fn is_new(&self, key: &str) -> bool {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if sent.get(key).is_some_and(|at| now.duration_since(*at) < EVENT_PAUSE) {
            return false;
        }
        if sent.len() >= EVENTS_MOST {
            sent.clear();
        }
        sent.insert(key.to_owned(), now);
        true
    }

    fn api(&self, kind: &Kind, namespace: &str) -> Api<DynamicObject> {
        kind.api(self.client.clone(), namespace)
    }
}

/// The answer to one question.
async fn asked<T>(
    question: impl Future<Output = Result<T, kube::Error>>,
    verb: Verb,
    kind: &Kind,
    namespace: &str,
) -> Result<T, Error> {
    match timeout(PATIENCE, question).await {
        Ok(answer) => answer.map_err(|error| Error::of(&error, verb, kind, namespace)),
        Err(_) => Err(Error::late(&kind.resource())),
    }
}

/// Different for each event.
fn nanoseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cluster")
    }
}
