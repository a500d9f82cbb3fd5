//! Flux' own kinds: watches of what is served, and where their controllers are scraped.

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster::{Cluster, Error, Follow, Followed, Kind, Served, Sink};
use kube_metrics::Controller;
use kube_metrics::flux::{FluxKind, Target, kinds};
use scrape::manager::TargetStatus;
use serde_json::Value;

use super::super::objects::tell;
use super::super::{locked, trimmed};
use super::{ASK_AGAIN, Shared};

/// Hands on what a watch of a kind sees.
struct Flux {
    shared: Arc<Shared>,
    kind: &'static FluxKind,
}

/// Watches each kind of Flux in the newest version that is served, as soon as it is.
pub(super) async fn follow(cluster: Cluster, namespaces: Vec<String>, shared: Arc<Shared>) {
    let mut follows: BTreeMap<&'static str, (String, Follow)> = BTreeMap::new();
    loop {
        let mut groups: BTreeMap<&'static str, Vec<Served>> = BTreeMap::new();
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
            let of =
                |served: &Vec<Served>| served.iter().find(|served| served.plural == kind.plural).cloned();
            let Some(version) = groups.get(kind.group).and_then(of).and_then(|s| s.versions.first().cloned())
            else {
                continue;
            };
            if follows.get(kind.kind).is_some_and(|(before, _)| *before == version) {
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
            follows.insert(kind.kind, (version, cluster.follow(&followed, &sink)));
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Of Flux' objects, the inventory is the largest part and never read.
fn trimmed_flux(object: Value) -> Value {
    let mut object = trimmed(object);
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("inventory");
    }
    object
}

/// Where a kind's controller is scraped, and whether it sends the families itself. Where it is not scraped, the
/// labels are those that the guide's PodMonitor would give it.
pub(super) fn controller(kind: &FluxKind, targets: &[TargetStatus]) -> Controller {
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
