//! Kinds of objects.

use std::borrow::Cow;

use kube::Client;
use kube::api::{Api, DynamicObject};
use kube::core::ApiResource;

/// A kind as the API names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// API group; "" is the core.
    pub group: Cow<'static, str>,
    /// Version.
    pub version: Cow<'static, str>,
    /// `Pod`
    pub kind: Cow<'static, str>,
    /// `pods`
    pub plural: Cow<'static, str>,
    /// Whether objects are in namespaces.
    pub namespaced: bool,
}

impl Kind {
    /// Secrets.
    pub const SECRET: Kind = Kind::fixed("", "v1", "Secret", "secrets", true);
    /// ConfigMaps.
    pub const CONFIG_MAP: Kind = Kind::fixed("", "v1", "ConfigMap", "configmaps", true);
    /// Namespaces.
    pub const NAMESPACE: Kind = Kind::fixed("", "v1", "Namespace", "namespaces", false);
    /// Pods.
    pub const POD: Kind = Kind::fixed("", "v1", "Pod", "pods", true);
    /// Events.
    pub const EVENT: Kind = Kind::fixed("events.k8s.io", "v1", "Event", "events", true);

    /// A kind that is known when we are built.
    pub const fn fixed(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
        namespaced: bool,
    ) -> Kind {
        Kind {
            group: Cow::Borrowed(group),
            version: Cow::Borrowed(version),
            kind: Cow::Borrowed(kind),
            plural: Cow::Borrowed(plural),
            namespaced,
        }
    }

    /// `group/version`, or the version alone in the core.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The plural with the group, as roles and people name it: `deployments.apps`.
    pub fn resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_string()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// A client of this kind; "" is every namespace.
    pub fn api(&self, client: Client, namespace: &str) -> Api<DynamicObject> {
        let resource = ApiResource {
            group: self.group.to_string(),
            version: self.version.to_string(),
            api_version: self.api_version(),
            kind: self.kind.to_string(),
            plural: self.plural.to_string(),
        };
        if namespace.is_empty() || !self.namespaced {
            Api::all_with(client, &resource)
        } else {
            Api::namespaced_with(client, namespace, &resource)
        }
    }
}
