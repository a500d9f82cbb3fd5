//! Custom resources of the configuration: watches of those that the cluster has.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use cluster::{Cluster, Error, Follow, Followed, Kind, Sink};
use kube_metrics::CustomKey;
use kube_metrics::custom::Definition;
use serde_json::Value;

use super::super::objects::tell;
use super::super::{locked, trimmed};
use super::{ASK_AGAIN, Shared};

/// Hands on what a watch of a kind sees.
struct Custom {
    shared: Arc<Shared>,
    key: CustomKey,
}

/// Watches each kind that is configured, as soon as it is served.
pub(super) async fn follow(cluster: Cluster, namespaces: Vec<String>, shared: Arc<Shared>) {
    let groups: BTreeSet<String> =
        locked(&shared.custom).plan().selectors().map(|(group, _, _)| group.to_owned()).collect();
    let mut follows: BTreeMap<CustomKey, Follow> = BTreeMap::new();
    while !groups.is_empty() {
        if let Some(definitions) = definitions(&cluster, &groups).await {
            let wanted = locked(&shared.custom).define(&definitions);
            follows.retain(|known, _| wanted.iter().any(|(key, _)| key == known));
            for (key, custom) in wanted {
                if follows.contains_key(&key) {
                    continue;
                }
                let kind = Kind {
                    group: custom.group.into(),
                    version: custom.version.into(),
                    kind: custom.kind.into(),
                    plural: custom.plural.into(),
                    namespaced: custom.namespaced,
                };
                let followed =
                    Followed { kind, namespaces: namespaces.clone(), labels: String::new(), keep: trimmed };
                let sink: Arc<dyn Sink> = Arc::new(Custom { shared: Arc::clone(&shared), key: key.clone() });
                follows.insert(key, cluster.follow(&followed, &sink));
            }
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// What the groups serve now; none where the server does not answer for one of them.
async fn definitions(cluster: &Cluster, groups: &BTreeSet<String>) -> Option<Vec<Definition>> {
    let mut found = Vec::new();
    for group in groups {
        match cluster.served(group).await {
            Ok(served) => found.extend(served.into_iter().map(|served| Definition {
                group: group.clone(),
                kind: served.kind,
                plural: served.plural,
                namespaced: served.namespaced,
                versions: served.versions,
            })),
            Err(error) => {
                tell(&error);
                return None;
            }
        }
    }
    Some(found)
}

impl Sink for Custom {
    fn takes_parts(&self) -> bool {
        true
    }

    fn listed(&self, namespace: &str, names: &HashSet<String>) {
        locked(&self.shared.custom).listed(&self.key, namespace, names);
    }

    /// The kind is gone.
    fn replaced(&self, namespace: &str, _: Vec<Value>) {
        self.listed(namespace, &HashSet::new());
    }

    fn applied(&self, object: Value) {
        locked(&self.shared.custom).apply(&self.key, &object);
    }

    fn deleted(&self, object: &Value) {
        locked(&self.shared.custom).delete(&self.key, object);
    }

    fn failed(&self, error: &Error) {
        tell(error);
    }
}
