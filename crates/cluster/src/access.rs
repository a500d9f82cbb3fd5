//! Clients of API servers.

use std::path::{Path, PathBuf};

use kube::Client;
use kube::client::ClientBuilder;
use kube::config::{AuthInfo, Config, KubeConfigOptions, Kubeconfig};
use stdx::http::HttpClientConfig;
use url::Url;

use crate::heard::{Heard, HeardLayer};

/// Where a pod finds the namespace that it runs in.
const OWN_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// How the API server is reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Access {
    /// As a pod of the cluster, with its service account.
    InCluster,
    /// As a kubeconfig file says.
    Kubeconfig(PathBuf),
    /// At a URL, with these credentials.
    Server(Url, Box<HttpClientConfig>),
}

impl Access {
    /// What a person means who names no server: the file, else the cluster that this process runs in, else the
    /// kubeconfig of `kubectl`.
    pub fn usual(file: Option<&Path>) -> Access {
        if let Some(file) = file {
            return Access::Kubeconfig(file.to_path_buf());
        }
        if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
            return Access::InCluster;
        }
        let named = std::env::var_os("KUBECONFIG").map(PathBuf::from);
        let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".kube/config"));
        named.or_else(home).map_or(Access::InCluster, Access::Kubeconfig)
    }
}

/// The namespace that this process runs in.
///
/// # Errors
/// Where it does not run in a pod.
pub fn own_namespace() -> Result<String, String> {
    read_namespace()
}

fn read_namespace() -> Result<String, String> {
    match std::fs::read_to_string(OWN_NAMESPACE) {
        Ok(name) if !name.trim().is_empty() => Ok(name.trim().to_owned()),
        Ok(_) => Err("could not read own namespace name (empty file)".to_owned()),
        Err(error) => Err(format!("could not determine the pod's namespace: {OWN_NAMESPACE}: {error}")),
    }
}

/// A client that notes when the server is heard of; it is not asked yet.
///
/// # Errors
/// Where there is no way to a server: no service account, no or a bad kubeconfig.
pub async fn connect(access: &Access, heard: Heard) -> Result<Client, String> {
    let config = match access {
        Access::InCluster => Config::incluster().map_err(|error| {
            format!("not inside a cluster ({error}); name a kubeconfig file or the API server")
        })?,
        Access::Kubeconfig(path) => from_file(path).await?,
        Access::Server(url, http) => from_url(url, http)?,
    };
    let builder = ClientBuilder::try_from(config).map_err(|error| error.to_string())?;
    Ok(builder.with_layer(&HeardLayer(heard)).build())
}

async fn from_file(path: &Path) -> Result<Config, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let read = Kubeconfig::read_from(path).map_err(|error| failed(&error))?;
    Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.map_err(|error| failed(&error))
}

fn from_url(url: &Url, http: &HttpClientConfig) -> Result<Config, String> {
    let uri = url.as_str().parse().map_err(|error| format!("api_server {url}: {error}"))?;
    let mut config = Config::new(uri);
    config.auth_info = auth(http);
    if let Some(tls) = &http.tls_config {
        config.accept_invalid_certs = tls.insecure_skip_verify;
        config.root_cert_file = tls.ca_file.clone();
        config.tls_server_name = Some(tls.server_name.clone()).filter(|name| !name.is_empty());
    }
    Ok(config)
}

fn auth(http: &HttpClientConfig) -> AuthInfo {
    let mut auth = AuthInfo::default();
    let shown = |path: &Path| path.display().to_string();
    if let Some(basic) = &http.basic_auth {
        auth.username = Some(basic.username.clone());
        auth.password = Some(basic.password.reveal().to_owned().into());
    }
    if let Some(token) = &http.bearer_token {
        auth.token = Some(token.reveal().to_owned().into());
    }
    if let Some(authorization) = &http.authorization {
        if !authorization.credentials.is_empty() {
            auth.token = Some(authorization.credentials.reveal().to_owned().into());
        }
        auth.token_file = authorization.credentials_file.as_deref().map(shown);
    }
    if let Some(file) = &http.bearer_token_file {
        auth.token_file = Some(shown(file));
    }
    if let Some(tls) = &http.tls_config {
        auth.client_certificate = tls.cert_file.as_deref().map(shown);
        auth.client_key = tls.key_file.as_deref().map(shown);
    }
    auth
}
