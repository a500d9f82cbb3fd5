//! The shape of `kubernetes_sd_configs`, and its validation.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use stdx::http::HttpClientConfig;
use url::Url;

use super::{Access, Attach, Role};

/// An entry of `kubernetes_sd_configs`, validated.
#[derive(Clone, Debug, PartialEq)]
pub struct KubernetesConfig {
    /// What targets are made of.
    pub role: Role,
    /// How the API server is reached.
    pub access: Access,
    /// Namespaces that are watched; all if none is named.
    pub namespaces: Vec<String>,
    /// Watch the namespace that this process runs in.
    pub own_namespace: bool,
    /// What the API server is asked for, by role.
    pub selectors: Vec<Selector>,
    /// What more is added to targets.
    pub attach: Attach,
}

/// Label and field selectors of a role's objects, in the form of the API; "" is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selector {
    /// Name of the role.
    pub role: String,
    /// `labelSelector`.
    pub label: String,
    /// `fieldSelector`.
    pub field: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Namespaces {
    own_namespace: bool,
    names: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AttachShape {
    node: bool,
    namespace: bool,
    deployment: bool,
    job: bool,
    cronjob: bool,
}

stdx::http_client_shape! {
    /// An entry of `kubernetes_sd_configs`, as it is written.
    #[derive(Clone, Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    pub struct KubernetesShape {
        role: String,
        api_server: Option<String>,
        kubeconfig_file: Option<PathBuf>,
        namespaces: Namespaces,
        selectors: Vec<Selector>,
        attach_metadata: AttachShape,
    }
}

// === impl KubernetesShape ===

impl KubernetesShape {
    /// Validates; paths are made relative to `base`.
    ///
    /// # Errors
    /// What is wrong, worded as Prometheus does where it has a word for it.
    pub fn resolve(&self, base: &Path) -> Result<KubernetesConfig, String> {
        if self.role.is_empty() {
            return Err(
                "role missing (one of: pod, service, endpoints, endpointslice, node, ingress)".to_owned()
            );
        }
        let role = Role::from_name(&self.role)
            .ok_or_else(|| format!("unknown Kubernetes SD role \"{}\"", self.role))?;
        let AttachShape { node, namespace, deployment, job, cronjob } = self.attach_metadata;
        Ok(KubernetesConfig {
            role,
            access: self.access(base)?,
            namespaces: self.namespaces.names.clone(),
            own_namespace: self.namespaces.own_namespace,
            selectors: self.checked_selectors(role)?,
            attach: Attach { node, namespace, deployment, job, cronjob },
        })
    }

    fn access(&self, base: &Path) -> Result<Access, String> {
        let mut http = self.http_client();
        http.validate().map_err(|error| error.to_string())?;
        http.resolve_paths(base);
        let has_http = http != HttpClientConfig::default();
        let own = self.namespaces.own_namespace;
        match (&self.api_server, &self.kubeconfig_file) {
            (Some(_), Some(_)) => {
                Err("cannot use 'kubeconfig_file' and 'api_server' simultaneously".to_owned())
            }
            (None, Some(_)) if has_http => {
                Err("cannot use a custom HTTP client configuration together with 'kubeconfig_file'"
                    .to_owned())
            }
            (None, None) if has_http => {
                Err("to use custom HTTP client configuration please provide the 'api_server' URL explicitly"
                    .to_owned())
            }
            (Some(_), None) if own => {
                Err("cannot use 'api_server' and 'namespaces.own_namespace' simultaneously".to_owned())
            }
            (None, Some(_)) if own => {
                Err("cannot use 'kubeconfig_file' and 'namespaces.own_namespace' simultaneously".to_owned())
            }
            (None, None) => Ok(Access::InCluster),
            (None, Some(file)) => Ok(Access::Kubeconfig(base.join(file))),
            (Some(url), None) => {
                let parsed = Url::parse(url).map_err(|error| format!("api_server \"{url}\": {error}"))?;
                Ok(Access::Server(parsed, Box::new(http)))
            }
        }
    }

    fn checked_selectors(&self, role: Role) -> Result<Vec<Selector>, String> {
        let mut seen = BTreeSet::new();
        for selector in &self.selectors {
            if !seen.insert(&selector.role) {
                return Err(format!("duplicated selector role: {}", selector.role));
            }
            let of = Role::from_name(&selector.role);
            if !of.is_some_and(|of| role.selectable().contains(&of)) {
                let known: Vec<&str> = role.selectable().iter().map(|role| role.as_str()).collect();
                return Err(format!("{} role supports only {} selectors", role.as_str(), known.join(", ")));
            }
        }
        Ok(self.selectors.clone())
    }
}

// === impl KubernetesConfig ===

impl KubernetesConfig {
    /// The selector of a role's objects.
    pub fn selector(&self, role: &str) -> Option<&Selector> {
        self.selectors.iter().find(|selector| selector.role == role)
    }
}
