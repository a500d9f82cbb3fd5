//! The shapes of `*_sd_configs`, and their validation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::{Duration, Labels};
use serde::Deserialize;
use stdx::http::HttpConfigError;
use url::Url;

use super::dns::{DnsConfig, RecordKind};
use super::file::FileConfig;
use super::http::HttpConfig;
use super::kubernetes::KubernetesShape;
use super::{Config, TargetGroup};
use crate::config::Span;

/// An entry of `static_configs`; files and URLs list entries of the same shape.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaticShape {
    targets: Vec<String>,
    labels: BTreeMap<String, String>,
}

/// An entry of `file_sd_configs`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileShape {
    files: Vec<PathBuf>,
    refresh_interval: Option<Span>,
}

stdx::http_client_shape! {
    /// An entry of `http_sd_configs`.
    #[derive(Clone, Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    pub struct HttpShape {
        url: String,
        refresh_interval: Option<Span>,
    }
}

/// An entry of `dns_sd_configs`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DnsShape {
    names: Vec<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    port: u16,
    refresh_interval: Option<Span>,
}

/// All entries of one job.
#[derive(Clone, Copy, Debug)]
pub struct Shapes<'a> {
    /// `static_configs`.
    pub statics: &'a [StaticShape],
    /// `file_sd_configs`.
    pub files: &'a [FileShape],
    /// `http_sd_configs`.
    pub https: &'a [HttpShape],
    /// `dns_sd_configs`.
    pub dns: &'a [DnsShape],
    /// `kubernetes_sd_configs`.
    pub kubernetes: &'a [KubernetesShape],
}

/// Why an entry was refused; texts as Prometheus has them where it has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// `file_sd_configs` without files.
    #[error("file service discovery config must contain at least one path name")]
    NoFiles,
    /// A path that is none for lists of targets.
    #[error(
        "path name \"{0}\" is not valid for file discovery: it ends in .json, .yml or .yaml, and * may stand in its last part"
    )]
    Path(String),
    /// `http_sd_configs` whose URL is none.
    #[error("http_sd_configs: \"{url}\" is no URL with http or https and a host: {reason}")]
    Url {
        /// As given.
        url: String,
        /// Why.
        reason: String,
    },
    /// How the URL is spoken to.
    #[error("http_sd_configs: {0}")]
    Http(#[from] HttpConfigError),
    /// `dns_sd_configs` without names.
    #[error("DNS-SD config must contain at least one SRV record name")]
    NoNames,
    /// A record type that is not asked for.
    #[error("invalid DNS-SD records type {0}: use SRV, A, AAAA, MX or NS")]
    RecordType(String),
    /// Only SRV records have ports.
    #[error("a port is required in DNS-SD configs for all record types except SRV")]
    NoPort,
    /// A label name that is none.
    #[error("\"{0}\" is not a valid label name")]
    LabelName(String),
    /// A kind of discovery that we do not have.
    #[error(
        "{0} is not supported by weir; use static_configs, file_sd_configs, http_sd_configs, dns_sd_configs or kubernetes_sd_configs"
    )]
    Kind(String),
    /// Fields that do not fit the kind.
    #[error("{field}: {reason}")]
    Fields {
        /// The kind.
        field: String,
        /// Why.
        reason: String,
    },
}

// === impl Config ===

impl Config {
    /// The source that an entry of a field such as `file_sd_configs` describes. Relative paths are made
    /// relative to `base`.
    ///
    /// # Errors
    /// A field that is none of ours, or an entry that does not fit it.
    pub fn from_entry(field: &str, entry: &serde_json::Value, base: &Path) -> Result<Config, DiscoveryError> {
        let unfit = |error: serde_json::Error| DiscoveryError::Fields {
            field: field.to_owned(),
            reason: error.to_string(),
        };
        match field {
            "static_configs" => {
                let group = StaticShape::deserialize(entry).map_err(unfit)?.group("0".to_owned())?;
                Ok(Config::Static(vec![group]))
            }
            "file_sd_configs" => {
                Ok(Config::File(FileShape::deserialize(entry).map_err(unfit)?.resolve(base)?))
            }
            "http_sd_configs" => {
                let config = HttpShape::deserialize(entry).map_err(unfit)?.resolve(base)?;
                Ok(Config::Http(Box::new(config)))
            }
            "dns_sd_configs" => Ok(Config::Dns(DnsShape::deserialize(entry).map_err(unfit)?.resolve()?)),
            "kubernetes_sd_configs" => kubernetes(&KubernetesShape::deserialize(entry).map_err(unfit)?, base),
            other => Err(DiscoveryError::Kind(other.to_owned())),
        }
    }
}

// === impl Shapes ===

impl Shapes<'_> {
    /// Validated sources, and what is wrong. Relative paths are made relative to `base`.
    pub fn resolve(self, base: &Path) -> (Vec<Config>, Vec<DiscoveryError>) {
        let (mut configs, mut errors) = (Vec::new(), Vec::new());
        let mut groups = Vec::new();
        for (index, shape) in self.statics.iter().enumerate() {
            match shape.group(index.to_string()) {
                Ok(group) => groups.push(group),
                Err(error) => errors.push(error),
            }
        }
        if !groups.is_empty() {
            configs.push(Config::Static(groups));
        }
        let files = self.files.iter().map(|shape| shape.resolve(base).map(Config::File));
        let https =
            self.https.iter().map(|shape| shape.resolve(base).map(|config| Config::Http(Box::new(config))));
        let dns = self.dns.iter().map(|shape| shape.resolve().map(Config::Dns));
        let clusters = self.kubernetes.iter().map(|shape| kubernetes(shape, base));
        for resolved in files.chain(https).chain(dns).chain(clusters) {
            match resolved {
                Ok(config) => configs.push(config),
                Err(error) => errors.push(error),
            }
        }
        (configs, errors)
    }
}

impl StaticShape {
    /// The group of targets.
    ///
    /// # Errors
    /// A label name that is none.
    pub fn group(&self, source: String) -> Result<TargetGroup, DiscoveryError> {
        if let Some(name) = self.labels.keys().find(|name| name.is_empty()) {
            return Err(DiscoveryError::LabelName(name.clone()));
        }
        let address = |address: &String| Labels::from_pairs([("__address__", address.as_str())]);
        let targets = self.targets.iter().map(address).collect();
        Ok(TargetGroup { source, targets, labels: Labels::from_pairs(self.labels.clone()) })
    }

    /// An address that is a URL or has a path, which only relabelling can make use of.
    pub fn address_with_path(&self) -> Option<&str> {
        self.targets.iter().map(String::as_str).find(|address| address.contains('/'))
    }
}

impl FileShape {
    fn resolve(&self, base: &Path) -> Result<FileConfig, DiscoveryError> {
        if self.files.is_empty() {
            return Err(DiscoveryError::NoFiles);
        }
        if let Some(path) = self.files.iter().find(|path| !is_list_path(&path.to_string_lossy())) {
            return Err(DiscoveryError::Path(path.display().to_string()));
        }
        let files = self.files.iter().map(|path| base.join(path)).collect();
        Ok(FileConfig { files, refresh_interval: span(self.refresh_interval, 300) })
    }
}

impl HttpShape {
    fn resolve(&self, base: &Path) -> Result<HttpConfig, DiscoveryError> {
        let invalid = |reason: String| DiscoveryError::Url { url: self.url.clone(), reason };
        let url = Url::parse(&self.url).map_err(|error| invalid(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(invalid(format!("its scheme is {}", url.scheme())));
        }
        let mut http = self.http_client();
        http.validate()?;
        http.resolve_paths(base);
        Ok(HttpConfig { url, http, refresh_interval: span(self.refresh_interval, 60) })
    }
}

impl DnsShape {
    fn resolve(&self) -> Result<DnsConfig, DiscoveryError> {
        if self.names.is_empty() {
            return Err(DiscoveryError::NoNames);
        }
        let kind = match &self.kind {
            None => RecordKind::Srv,
            Some(name) => {
                RecordKind::from_name(name).ok_or_else(|| DiscoveryError::RecordType(name.clone()))?
            }
        };
        if kind != RecordKind::Srv && self.port == 0 {
            return Err(DiscoveryError::NoPort);
        }
        let refresh_interval = span(self.refresh_interval, 30);
        Ok(DnsConfig { names: self.names.clone(), kind, port: self.port, refresh_interval })
    }
}

fn kubernetes(shape: &KubernetesShape, base: &Path) -> Result<Config, DiscoveryError> {
    let resolved = shape.resolve(base);
    let failed = |reason| DiscoveryError::Fields { field: "kubernetes_sd_configs".to_owned(), reason };
    resolved.map(|config| Config::Kubernetes(Box::new(config))).map_err(failed)
}

/// Ends in a known extension, and `*` stands at most once and in the last part.
fn is_list_path(path: &str) -> bool {
    let known = [".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"].iter().any(|end| path.ends_with(end));
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    known && !folder.contains('*') && name.matches('*').count() <= 1
}

fn span(given: Option<Span>, default_seconds: i64) -> Duration {
    let given = given.map(|span| span.0).filter(|span| *span != Duration::ZERO);
    given.unwrap_or(Duration::from_secs(default_seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn entries_are_read_by_their_field() {
        let base = Path::new("/etc/weir");
        let read = |field: &str, entry: serde_json::Value| Config::from_entry(field, &entry, base);
        let file =
            read("file_sd_configs", json!({"files": ["am.yml"], "refresh_interval": "5s"})).expect("valid");
        let expected =
            FileConfig { files: vec!["/etc/weir/am.yml".into()], refresh_interval: Duration::from_secs(5) };
        assert_eq!(file, Config::File(expected));
        let dns = read("dns_sd_configs", json!({"names": ["am"], "type": "A", "port": 9093})).expect("valid");
        assert!(matches!(dns, Config::Dns(DnsConfig { port: 9093, .. })));
        assert!(matches!(read("http_sd_configs", json!({"url": "http://x/"})), Ok(Config::Http(_))));
        for (field, entry, expected) in [
            ("file_sd_configs", json!({"file": []}), "file_sd_configs: unknown field `file`"),
            ("dns_sd_configs", json!({"names": []}), "at least one SRV record name"),
            ("consul_sd_configs", json!({}), "consul_sd_configs is not supported by weir"),
        ] {
            let error = read(field, entry).expect_err(field).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
