//! The sections `alerting` and `webhooks` of the configuration file.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use model::relabel::RelabelRule;
use model::{Duration, Labels};
use serde::{Deserialize, Deserializer};
use stdx::http::{HttpClientConfig, HttpConfigError};

/// `alerting`, as Prometheus has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlertingConfig {
    /// Applied to all alerts, with external labels, before they go anywhere.
    pub alert_relabel_configs: Vec<RelabelRule>,
    /// Sets of Alertmanagers.
    pub alertmanagers: Vec<AlertmanagerConfig>,
}

/// One entry of `alerting.alertmanagers`: how to find and reach a set of Alertmanagers.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawAlertmanager")]
pub struct AlertmanagerConfig {
    /// A post may take so long; 10s.
    pub timeout: Duration,
    /// Put before `/api/v2/alerts`.
    pub path_prefix: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Credentials and TLS.
    pub http: HttpClientConfig,
    /// Targets that stand in the file: each with `__address__` and its group's labels.
    pub static_targets: Vec<Labels>,
    /// Applied to targets; may set `__alerts_path__`.
    pub relabel_configs: Vec<RelabelRule>,
    /// Applied to alerts for this set only.
    pub alert_relabel_configs: Vec<RelabelRule>,
    /// Other service discovery, as `(field, entry)`: the wiring reads it and gives targets to
    /// [`crate::Handle::set_targets`].
    pub discovery: Vec<(&'static str, serde_json::Value)>,
}

/// One entry of `webhooks`, Weir's own section: a receiver with its grouping.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "RawWebhook")]
pub struct WebhookConfig {
    /// Unique; shown to humans and in the payload's `receiver`.
    pub name: String,
    /// Where to post, unless a file says so.
    pub url: Option<String>,
    /// A file that holds the URL; read at each attempt.
    pub url_file: Option<PathBuf>,
    /// Credentials and TLS.
    pub http: HttpClientConfig,
    /// Whether resolved alerts are sent; true.
    pub send_resolved: bool,
    /// Labels that alerts of a group have alike; `[alertname]`; `[...]` is all.
    pub group_by: Vec<String>,
    /// How long a new group collects; 30s.
    pub group_wait: Duration,
    /// How long a group that changed waits; 5m.
    pub group_interval: Duration,
    /// How often an unchanged group is sent again; 4h.
    pub repeat_interval: Duration,
    /// At most so many alerts in one body, 0 for all.
    pub max_alerts: usize,
    /// A post may take so long; 10s.
    pub timeout: Duration,
}

/// Why a section was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Another version of the API.
    #[error("expected Alertmanager api version to be one of [v2] but got {0}")]
    ApiVersion(String),
    /// No such scheme.
    #[error("scheme must be http or https, got \"{0}\"")]
    Scheme(String),
    /// A static target that is no address, and no relabelling that could make it one.
    #[error("\"{0}\" is not a valid hostname; give host:port, and a path as path_prefix")]
    Target(String),
    /// A webhook without a name.
    #[error("webhook without a name: set name")]
    NoName,
    /// Two webhooks of one name.
    #[error("two webhooks are named \"{0}\": names must be unique")]
    DuplicateName(String),
    /// No address, or two.
    #[error("webhook \"{0}\" needs exactly one of url and url_file")]
    Address(String),
    /// Not an HTTP URL.
    #[error("webhook \"{0}\": url must begin with http:// or https:// and name a host")]
    Url(String),
    /// A time that must be above zero.
    #[error("webhook \"{name}\": {field} must be above zero")]
    Zero {
        /// The webhook.
        name: String,
        /// The field.
        field: &'static str,
    },
    /// HTTP options that do not fit together.
    #[error(transparent)]
    Http(#[from] HttpConfigError),
}

/// Whether the webhooks' names are unique.
///
/// # Errors
/// Names the first that stands twice.
pub fn check_webhooks(webhooks: &[WebhookConfig]) -> Result<(), ConfigError> {
    let mut seen = HashSet::new();
    match webhooks.iter().find(|webhook| !seen.insert(&webhook.name)) {
        Some(twice) => Err(ConfigError::DuplicateName(twice.name.clone())),
        None => Ok(()),
    }
}

impl AlertingConfig {
    /// Makes relative paths of files relative to `base`, the folder of the configuration file.
    pub fn resolve_paths(&mut self, base: &Path) {
        self.alertmanagers.iter_mut().for_each(|set| set.http.resolve_paths(base));
    }
}

impl WebhookConfig {
    /// Makes relative paths of files relative to `base`, the folder of the configuration file.
    pub fn resolve_paths(&mut self, base: &Path) {
        self.http.resolve_paths(base);
        if let Some(path) = &mut self.url_file {
            *path = base.join(&*path);
        }
    }
}

stdx::http_client_shape! {
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct RawAlertmanager {
        #[serde(default = "ten_seconds", deserialize_with = "duration")]
        timeout: Duration,
        api_version: Option<String>,
        path_prefix: String,
        scheme: Option<String>,
        static_configs: Vec<StaticConfig>,
        file_sd_configs: Vec<serde_json::Value>,
        http_sd_configs: Vec<serde_json::Value>,
        dns_sd_configs: Vec<serde_json::Value>,
        kubernetes_sd_configs: Vec<serde_json::Value>,
        relabel_configs: Vec<RelabelRule>,
        alert_relabel_configs: Vec<RelabelRule>,
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct StaticConfig {
    targets: Vec<String>,
    labels: BTreeMap<String, String>,
}

stdx::http_client_shape! {
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct RawWebhook {
        name: String,
        url: Option<String>,
        url_file: Option<PathBuf>,
        send_resolved: Option<bool>,
        group_by: Option<Vec<String>>,
        #[serde(default = "half_a_minute", deserialize_with = "duration")]
        group_wait: Duration,
        #[serde(default = "five_minutes", deserialize_with = "duration")]
        group_interval: Duration,
        #[serde(default = "four_hours", deserialize_with = "duration")]
        repeat_interval: Duration,
        max_alerts: usize,
        #[serde(default = "ten_seconds", deserialize_with = "duration")]
        timeout: Duration,
    }
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

fn half_a_minute() -> Duration {
    Duration::from_secs(30)
}

fn five_minutes() -> Duration {
    Duration::from_secs(300)
}

fn four_hours() -> Duration {
    Duration::from_secs(4 * 3600)
}

impl TryFrom<RawAlertmanager> for AlertmanagerConfig {
    type Error = ConfigError;

    fn try_from(raw: RawAlertmanager) -> Result<AlertmanagerConfig, ConfigError> {
        let http = raw.http_client();
        http.validate()?;
        if let Some(version) = raw.api_version.filter(|version| version != "v2") {
            return Err(ConfigError::ApiVersion(version));
        }
        let scheme = raw.scheme.unwrap_or_else(|| "http".to_owned());
        if scheme != "http" && scheme != "https" {
            return Err(ConfigError::Scheme(scheme));
        }
        let mut static_targets = Vec::new();
        for group in raw.static_configs {
            for address in group.targets {
                if address.contains('/') && raw.relabel_configs.is_empty() {
                    return Err(ConfigError::Target(address));
                }
                let mut labels = Labels::from_pairs(group.labels.clone()).to_builder();
                labels.set("__address__", address);
                static_targets.push(labels.build());
            }
        }
        let lists = [
            ("file_sd_configs", raw.file_sd_configs),
            ("http_sd_configs", raw.http_sd_configs),
            ("dns_sd_configs", raw.dns_sd_configs),
            ("kubernetes_sd_configs", raw.kubernetes_sd_configs),
        ];
        let entries =
            |(field, list): (&'static str, Vec<_>)| list.into_iter().map(move |entry| (field, entry));
        Ok(AlertmanagerConfig {
            timeout: raw.timeout,
            path_prefix: raw.path_prefix,
            scheme,
            http,
            static_targets,
            relabel_configs: raw.relabel_configs,
            alert_relabel_configs: raw.alert_relabel_configs,
            discovery: lists.into_iter().flat_map(entries).collect(),
        })
    }
}

impl TryFrom<RawWebhook> for WebhookConfig {
    type Error = ConfigError;

    fn try_from(raw: RawWebhook) -> Result<WebhookConfig, ConfigError> {
        let http = raw.http_client();
        http.validate()?;
        let name = raw.name;
        if name.is_empty() {
            return Err(ConfigError::NoName);
        }
        if raw.url.is_some() == raw.url_file.is_some() {
            return Err(ConfigError::Address(name));
        }
        if raw.url.as_deref().is_some_and(|url| !is_http_url(url)) {
            return Err(ConfigError::Url(name));
        }
        let times = [
            ("group_interval", raw.group_interval),
            ("repeat_interval", raw.repeat_interval),
            ("timeout", raw.timeout),
        ];
        if let Some((field, _)) = times.into_iter().find(|(_, time)| time.0 <= 0) {
            return Err(ConfigError::Zero { name, field });
        }
        Ok(WebhookConfig {
            name,
            url: raw.url,
            url_file: raw.url_file,
            http,
            send_resolved: raw.send_resolved.unwrap_or(true),
            group_by: raw.group_by.unwrap_or_else(|| vec!["alertname".to_owned()]),
            group_wait: raw.group_wait,
            group_interval: raw.group_interval,
            repeat_interval: raw.repeat_interval,
            max_alerts: raw.max_alerts,
            timeout: raw.timeout,
        })
    }
}

fn is_http_url(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    Duration::parse(&text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests;
