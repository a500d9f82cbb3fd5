//! Flux of any version: the families that its controllers once sent, made from its objects.
//!
//! `gotk_resource_info` is what kube-state-metrics makes with Flux' example configuration. `gotk_reconcile_condition`
//! and `gotk_suspend_status` are the controllers' own of 2021, with the labels that the guide's PodMonitor gave them:
//! the scraped controller's `namespace`, the object's as `exported_namespace`. Controllers kept objects that were
//! deleted as `Deleted` until they restarted; here that has an end.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::custom::value;
use crate::family::{MetricKind, Sample};
use crate::object;
use crate::plan::group_and_kind;

/// How long an object that is gone stays `Deleted`, in milliseconds: one hour.
pub const DELETED_MS: i64 = 3_600_000;
/// How many objects that are gone are remembered; the oldest go first.
pub const DELETED_MOST: usize = 10_000;

/// Name, help and type of a family.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// The metric's name.
    pub name: &'static str,
    /// What it says.
    pub help: &'static str,
    /// The type in the header.
    pub kind: MetricKind,
}

/// An object and what it is about.
pub const RESOURCE_INFO: Header =
    Header { name: "gotk_resource_info", help: "State and source of a Flux object.", kind: MetricKind::Info };
/// 1 for the status that an object has.
pub const RECONCILE_CONDITION: Header = Header {
    name: "gotk_reconcile_condition",
    help: "1 for the status of the condition that a Flux object has, 0 for the others.",
    kind: MetricKind::Gauge,
};
/// Whether an object is suspended.
pub const SUSPEND_STATUS: Header = Header {
    name: "gotk_suspend_status",
    help: "1 while a Flux object is suspended.",
    kind: MetricKind::Gauge,
};

/// A kind of Flux, in any version.
#[derive(Debug)]
pub struct FluxKind {
    /// The API group.
    pub group: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// The plural name.
    pub plural: &'static str,
    /// The label `app` of the pods of its controller.
    pub controller: &'static str,
    /// Labels of `gotk_resource_info` besides those that all have.
    fields: &'static [(&'static str, Field)],
    /// Ready as it stands, in versions that have no status.
    is_static: bool,
}

/// Where a label's value is.
#[derive(Clone, Copy, Debug)]
enum Field {
    /// A dotted path.
    At(&'static str),
    /// The status of the condition `Ready`.
    Ready,
    /// A field of the newest entry of a HelmRelease's history.
    Newest(&'static str),
}

/// The labels that the scrape of a controller's pod gives its samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// `<namespace>/<name>` of the PodMonitor.
    pub job: String,
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The container of the scraped port.
    pub container: String,
    /// The port's name.
    pub endpoint: String,
    /// Address and port.
    pub instance: String,
}

const READY: (&str, Field) = ("ready", Field::Ready);
const ARTIFACT: (&str, Field) = ("revision", Field::At("status.artifact.revision"));
const URL: (&str, Field) = ("url", Field::At("spec.url"));
const SOURCE: &str = "source.toolkit.fluxcd.io";
const NOTIFICATION: &str = "notification.toolkit.fluxcd.io";
const IMAGE: &str = "image.toolkit.fluxcd.io";

const KINDS: &[FluxKind] = &[
    FluxKind {
        group: "kustomize.toolkit.fluxcd.io",
        kind: "Kustomization",
        plural: "kustomizations",
        controller: "kustomize-controller",
        fields: &[
            READY,
            ("revision", Field::At("status.lastAppliedRevision")),
            ("source_name", Field::At("spec.sourceRef.name")),
        ],
        is_static: false,
    },
    FluxKind {
        group: "helm.toolkit.fluxcd.io",
        kind: "HelmRelease",
        plural: "helmreleases",
        controller: "helm-controller",
        fields: &[
            READY,
            ("revision", Field::Newest("chartVersion")),
            ("chart_name", Field::Newest("chartName")),
            ("chart_app_version", Field::Newest("appVersion")),
            ("chart_ref_name", Field::At("spec.chartRef.name")),
            ("chart_source_name", Field::At("spec.chart.spec.sourceRef.name")),
        ],
        is_static: false,
    },
    source("GitRepository", "gitrepositories", &[READY, ARTIFACT, URL]),
    source("OCIRepository", "ocirepositories", &[READY, ARTIFACT, URL]),
    source("HelmRepository", "helmrepositories", &[READY, ARTIFACT, URL]),
    source(
        "Bucket",
        "buckets",
        &[
            READY,
            ARTIFACT,
            ("endpoint", Field::At("spec.endpoint")),
            ("bucket_name", Field::At("spec.bucketName")),
        ],
    ),
    source(
        "HelmChart",
        "helmcharts",
        &[
            READY,
            ARTIFACT,
            ("chart_name", Field::At("spec.chart")),
            ("chart_version", Field::At("spec.version")),
        ],
    ),
    notification("Alert", "alerts", &[], true),
    notification("Provider", "providers", &[], true),
    notification("Receiver", "receivers", &[READY, ("webhook_path", Field::At("status.webhookPath"))], false),
    image(
        "ImageRepository",
        "imagerepositories",
        "image-reflector-controller",
        &[READY, ("image", Field::At("spec.image"))],
    ),
    image(
        "ImagePolicy",
        "imagepolicies",
        "image-reflector-controller",
        &[READY, ("source_name", Field::At("spec.imageRepositoryRef.name"))],
    ),
    image(
        "ImageUpdateAutomation",
        "imageupdateautomations",
        "image-automation-controller",
        &[READY, ("source_name", Field::At("spec.sourceRef.name"))],
    ),
];

type Fields = &'static [(&'static str, Field)];

const fn source(kind: &'static str, plural: &'static str, fields: Fields) -> FluxKind {
    let controller = "source-controller";
    FluxKind { group: SOURCE, kind, plural, controller, fields, is_static: false }
}

const fn notification(kind: &'static str, plural: &'static str, fields: Fields, is_static: bool) -> FluxKind {
    let controller = "notification-controller";
    FluxKind { group: NOTIFICATION, kind, plural, controller, fields, is_static }
}

const fn image(
    kind: &'static str,
    plural: &'static str,
    controller: &'static str,
    fields: Fields,
) -> FluxKind {
    FluxKind { group: IMAGE, kind, plural, controller, fields, is_static: false }
}

/// All kinds.
pub fn kinds() -> &'static [FluxKind] {
    KINDS
}

/// The kind of an object, whatever its version.
pub fn kind_of(object: &Value) -> Option<&'static FluxKind> {
    let (group, kind) = group_and_kind(object);
    KINDS.iter().find(|known| known.group == group && known.kind == kind)
}

/// What an object is in, for the families of the controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    True,
    False,
    Unknown,
    Deleted,
}

/// The statuses that each object has a series for.
const STATES: [(State, &str); 4] = [
    (State::True, "True"),
    (State::False, "False"),
    (State::Unknown, "Unknown"),
    (State::Deleted, "Deleted"),
];

impl FluxKind {
    /// `gotk_resource_info` of an object. A label that leads to nothing is left out.
    pub fn resource_info(&self, object: &Value) -> Sample<'static> {
        let api_version = object::text(object, "apiVersion");
        let version = api_version.rsplit('/').next().unwrap_or("");
        let mut labels: BTreeMap<&'static str, String> = BTreeMap::from([
            ("customresource_group", self.group.to_owned()),
            ("customresource_kind", self.kind.to_owned()),
            ("customresource_version", version.to_owned()),
        ]);
        let common = [
            ("name", Field::At("metadata.name")),
            ("exported_namespace", Field::At("metadata.namespace")),
            ("suspended", Field::At("spec.suspend")),
        ];
        for (label, field) in common.iter().chain(self.fields) {
            if let Some(found) = field.get(object) {
                labels.insert(label, value::text(found));
            }
        }
        sample(RESOURCE_INFO, labels, 1.0)
    }

    /// `gotk_reconcile_condition` and `gotk_suspend_status` as the object's controller would send them.
    pub fn controller_samples(&self, object: &Value, target: &Target) -> Vec<Sample<'static>> {
        let name = object::text(object, "metadata.name");
        let namespace = object::text(object, "metadata.namespace");
        let state = self.state(object);
        let suspended = state != State::Deleted && object::flag(object, "spec.suspend") == Some(true);
        self.samples(namespace, name, state, suspended, target)
    }

    /// What the condition `Ready` says. Without one an object is unknown, but for kinds that have no status.
    fn state(&self, object: &Value) -> State {
        if object::at(object, "metadata.deletionTimestamp").is_some() {
            return State::Deleted;
        }
        match Field::Ready.get(object).and_then(Value::as_str) {
            Some("True") => State::True,
            Some("False") => State::False,
            None if self.is_static => State::True,
            _ => State::Unknown,
        }
    }

    fn samples(
        &self,
        namespace: &str,
        name: &str,
        state: State,
        suspended: bool,
        target: &Target,
    ) -> Vec<Sample<'static>> {
        let mut labels = target.labels();
        labels.extend([
            ("exported_namespace", namespace.to_owned()),
            ("kind", self.kind.to_owned()),
            ("name", name.to_owned()),
        ]);
        let suspend = sample(SUSPEND_STATUS, labels.clone(), f64::from(u8::from(suspended)));
        let conditions = STATES.iter().map(|(known, status)| {
            let mut labels = labels.clone();
            labels.extend([("type", "Ready".to_owned()), ("status", (*status).to_owned())]);
            sample(RECONCILE_CONDITION, labels, f64::from(u8::from(*known == state)))
        });
        conditions.chain([suspend]).collect()
    }
}

impl Field {
    fn get(self, object: &Value) -> Option<&Value> {
        match self {
            Field::At(path) => object::at(object, path),
            Field::Ready => object::list(object, "status.conditions")
                .iter()
                .find(|condition| object::text(condition, "type") == "Ready")
                .and_then(|condition| object::at(condition, "status")),
            Field::Newest(field) => {
                object::list(object, "status.history").first().and_then(|newest| object::at(newest, field))
            }
        }
    }
}

impl Target {
    fn labels(&self) -> BTreeMap<&'static str, String> {
        let labels = [
            ("container", &self.container),
            ("endpoint", &self.endpoint),
            ("instance", &self.instance),
            ("job", &self.job),
            ("namespace", &self.namespace),
            ("pod", &self.pod),
        ];
        labels.into_iter().map(|(name, value)| (name, value.clone())).collect()
    }
}

/// Objects that are gone, for a bounded time and up to a bounded number.
#[derive(Clone, Debug)]
pub struct DeletedObjects {
    hold_ms: i64,
    most: usize,
    gone: BTreeMap<Key, i64>,
}

/// Kind, namespace, name.
type Key = (&'static str, String, String);

impl Default for DeletedObjects {
    fn default() -> DeletedObjects {
        DeletedObjects::new(DELETED_MS, DELETED_MOST)
    }
}

impl DeletedObjects {
    /// Remembers as many objects for as long (milliseconds).
    pub fn new(hold_ms: i64, most: usize) -> DeletedObjects {
        DeletedObjects { hold_ms, most, gone: BTreeMap::new() }
    }

    /// An object is there: it is no longer among the deleted ones.
    pub fn appeared(&mut self, object: &Value) {
        if let Some(key) = key(object) {
            self.gone.remove(&key);
        }
    }

    /// An object has gone at a time (milliseconds since 1970).
    pub fn disappeared(&mut self, object: &Value, now_ms: i64) {
        let Some(key) = key(object) else { return };
        self.gone.insert(key, now_ms);
        while self.gone.len() > self.most {
            let oldest = self.gone.iter().min_by_key(|(_, since)| **since).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { return };
            self.gone.remove(&oldest);
        }
    }

    /// Forgets what has been gone for long enough.
    pub fn expire(&mut self, now_ms: i64) {
        let hold_ms = self.hold_ms;
        self.gone.retain(|_, since| now_ms.saturating_sub(*since) < hold_ms);
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.gone.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty()
    }

    /// The samples of what has been gone for a while, with the labels of the controller of each kind; nothing of
    /// kinds without one.
    pub fn samples(
        &self,
        now_ms: i64,
        target: &dyn Fn(&'static FluxKind) -> Option<Target>,
    ) -> Vec<Sample<'static>> {
        let mut samples = Vec::new();
        for kind in KINDS {
            let held = self.gone.iter().filter(|((name, ..), since)| {
                *name == kind.kind && now_ms.saturating_sub(**since) < self.hold_ms
            });
            let mut held = held.peekable();
            if held.peek().is_none() {
                continue;
            }
            let Some(target) = target(kind) else { continue };
            for ((_, namespace, name), _) in held {
                samples.extend(kind.samples(namespace, name, State::Deleted, false, &target));
            }
        }
        samples
    }
}

fn key(object: &Value) -> Option<Key> {
    let kind = kind_of(object)?;
    let text = |path| object::text(object, path).to_owned();
    Some((kind.kind, text("metadata.namespace"), text("metadata.name")))
}

fn sample(header: Header, labels: BTreeMap<&'static str, String>, value: f64) -> Sample<'static> {
    let labels = labels.into_iter().map(|(name, value)| (Cow::Borrowed(name), Cow::Owned(value))).collect();
    Sample { name: Cow::Borrowed(header.name), labels, value }
}
