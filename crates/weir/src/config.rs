//! The configuration file as a whole: Prometheus' sections, each owned by its crate, and our own.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::Duration;
use notify::config::{AlertingConfig, AlertmanagerConfig, WebhookConfig};
use rules::RuleGroup;
use rules::file::Defaults;
use scrape::config::{GlobalConfig, JobSettings, ScrapeConfig};
use scrape::discovery;
use serde::Deserialize;

mod redact;

pub(crate) use redact::redacted;

/// What is in force after a successful read.
#[derive(Clone, Default)]
pub(crate) struct Loaded {
    pub(crate) jobs: Vec<Arc<JobSettings>>,
    pub(crate) groups: Vec<RuleGroup>,
    pub(crate) alerting: AlertingConfig,
    /// For each set of Alertmanagers, what finds them beside `static_configs`.
    pub(crate) alertmanagers: Vec<Vec<discovery::Config>>,
    pub(crate) webhooks: Vec<WebhookConfig>,
    pub(crate) external_labels: Vec<(String, String)>,
    pub(crate) scrape_interval: Duration,
    pub(crate) evaluation_interval: Duration,
    /// Folder and text of dashboard files.
    pub(crate) dashboards: Vec<(String, String)>,
    /// The text, secrets hidden.
    pub(crate) yaml: String,
}

/// All that is wrong, a line each.
#[derive(Debug)]
pub(crate) struct ConfigError(pub(crate) Vec<String>);

/// The sections that we read, and those that we know and refuse.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FileShape {
    #[serde(default)]
    global: GlobalConfig,
    #[serde(default)]
    rule_files: Vec<String>,
    #[serde(default)]
    scrape_config_files: Vec<String>,
    #[serde(default)]
    scrape_configs: Vec<ScrapeConfig>,
    #[serde(default)]
    alerting: AlertingConfig,
    #[serde(default)]
    webhooks: Vec<WebhookConfig>,
    #[serde(default)]
    dashboard_files: Vec<String>,
    /// Tuning of Go's runtime: accepted, without effect.
    #[serde(default)]
    #[expect(dead_code, reason = "accepted so that Prometheus' files are read as they are")]
    runtime: Option<serde_json::Value>,
    /// Retention is a flag here; exemplars are always on.
    #[serde(default)]
    #[expect(dead_code, reason = "accepted so that Prometheus' files are read as they are")]
    storage: Option<serde_json::Value>,
    remote_write: Option<serde_json::Value>,
    remote_read: Option<serde_json::Value>,
    tracing: Option<serde_json::Value>,
    otlp: Option<serde_json::Value>,
}

/// A file of `scrape_config_files`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ScrapeFileShape {
    #[serde(default)]
    scrape_configs: Vec<ScrapeConfig>,
}

/// Reads the file and those that it names; nothing is in force yet.
pub(crate) fn load(path: &Path) -> Result<Loaded, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError(vec![format!("{}: {error}", path.display())]))?;
    let base = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    read(&text, &path.display().to_string(), &base)
}

/// Reads a configuration text; names in it are relative to `base`.
pub(crate) fn read(text: &str, name: &str, base: &Path) -> Result<Loaded, ConfigError> {
    let mut shape: FileShape = if text.trim().is_empty() {
        FileShape::default()
    } else {
        stdx::yaml::from_str(text, name).map_err(|error| ConfigError(vec![error.to_string()]))?
    };
    let mut faults = unsupported(&shape, name);
    for file in expand_globs(&shape.scrape_config_files, base, &mut faults) {
        match read_file(&file).and_then(|text| {
            stdx::yaml::from_str::<ScrapeFileShape>(&text, &file.display().to_string())
                .map_err(|e| e.to_string())
        }) {
            Ok(more) => shape.scrape_configs.extend(more.scrape_configs),
            Err(error) => faults.push(error),
        }
    }
    let (scrape_interval, evaluation_interval) =
        (shape.global.scrape_interval(), shape.global.evaluation_interval());
    let defaults = Defaults {
        interval: evaluation_interval,
        query_offset: shape.global.rule_query_offset(),
        features: promql::Features::default(),
    };
    let external_labels = expand_variables(shape.global.external_labels());
    let jobs = scrape::config::resolve(&shape.global, shape.scrape_configs, base).unwrap_or_else(|more| {
        faults.extend(more.into_iter().map(|fault| format!("{name}: {fault}")));
        Vec::new()
    });
    if let Err(error) = notify::config::check_webhooks(&shape.webhooks) {
        faults.push(format!("{name}: {error}"));
    }
    let alertmanagers = discoveries(&shape.alerting, name, base, &mut faults);
    shape.alerting.resolve_paths(base);
    shape.webhooks.iter_mut().for_each(|webhook| webhook.resolve_paths(base));
    let groups = read_rules(&shape.rule_files, base, defaults, &mut faults);
    let dashboards = read_dashboards(&shape.dashboard_files, base, &mut faults);
    if !faults.is_empty() {
        return Err(ConfigError(faults));
    }
    Ok(Loaded {
        jobs: jobs.into_iter().map(Arc::new).collect(),
        groups,
        alerting: shape.alerting,
        alertmanagers,
        webhooks: shape.webhooks,
        external_labels,
        scrape_interval,
        evaluation_interval,
        dashboards,
        yaml: redacted(text),
    })
}

impl Loaded {
    /// With what the objects of a cluster add. Where there is a configuration file, its global settings win.
    pub(crate) fn with(mut self, cluster: Loaded, has_file: bool) -> Loaded {
        self.jobs.extend(cluster.jobs);
        self.groups.extend(cluster.groups);
        self.dashboards.extend(cluster.dashboards);
        let sets = self.alerting.alertmanagers.len();
        self.alertmanagers.resize_with(sets, Vec::new);
        self.alerting.alertmanagers.extend(cluster.alerting.alertmanagers);
        self.alerting.alert_relabel_configs.extend(cluster.alerting.alert_relabel_configs);
        self.alertmanagers.extend(cluster.alertmanagers);
        for (name, value) in cluster.external_labels {
            if !self.external_labels.iter().any(|(known, _)| *known == name) {
                self.external_labels.push((name, value));
            }
        }
        if !has_file {
            self.scrape_interval = cluster.scrape_interval;
            self.evaluation_interval = cluster.evaluation_interval;
        }
        if !cluster.yaml.is_empty() {
            self.yaml = if self.yaml.is_empty() {
                cluster.yaml
            } else {
                format!("{}---\n{}", self.yaml, cluster.yaml)
            };
        }
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// Sections that would silently do nothing are refused.
fn unsupported(shape: &FileShape, name: &str) -> Vec<String> {
    let sections = [
        ("remote_write", shape.remote_write.is_some()),
        ("remote_read", shape.remote_read.is_some()),
        ("tracing", shape.tracing.is_some()),
        ("otlp", shape.otlp.is_some()),
    ];
    let there = sections.into_iter().filter(|(_, there)| *there);
    there
        .map(|(section, _)| format!("{name}: weir does not support `{section}` yet; remove the section"))
        .collect()
}

/// What finds the Alertmanagers of each set.
fn discoveries(
    alerting: &AlertingConfig,
    name: &str,
    base: &Path,
    faults: &mut Vec<String>,
) -> Vec<Vec<discovery::Config>> {
    let mut of_set = |(index, set): (usize, &AlertmanagerConfig)| {
        let mut found = Vec::new();
        for (field, entry) in &set.discovery {
            match discovery::Config::from_entry(field, entry, base) {
                Ok(config) => found.push(config),
                Err(error) => faults.push(format!("{name}: alerting.alertmanagers[{index}]: {error}")),
            }
        }
        found
    };
    alerting.alertmanagers.iter().enumerate().map(&mut of_set).collect()
}

fn read_rules(
    patterns: &[String],
    base: &Path,
    defaults: Defaults,
    faults: &mut Vec<String>,
) -> Vec<RuleGroup> {
    let mut groups = Vec::new();
    for file in expand_globs(patterns, base, faults) {
        let shown = file.display().to_string();
        match read_file(&file).map(|text| rules::parse(&text, &shown, defaults)) {
            Ok(Ok(found)) => groups.extend(found),
            Ok(Err(error)) => faults.push(error.to_string()),
            Err(error) => faults.push(error),
        }
    }
    groups
}

pub(crate) fn read_dashboards(
    patterns: &[String],
    base: &Path,
    faults: &mut Vec<String>,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in expand_globs(patterns, base, faults) {
        match read_file(&file) {
            Ok(text) => found.push((file.display().to_string(), text)),
            Err(error) => faults.push(error),
        }
    }
    found
}

fn read_file(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Paths relative to `base`. A pattern that names no file is told of, a plain name that is not there is a fault.
fn expand_globs(patterns: &[String], base: &Path, faults: &mut Vec<String>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for pattern in patterns {
        let full = base.join(pattern);
        let plain = !pattern.contains(['*', '?', '[']);
        match stdx::files::expand(&full) {
            _ if plain && full.exists() => found.push(full),
            _ if plain => faults.push(format!("{}: no such file", full.display())),
            Ok(files) if files.is_empty() => {
                tracing::warn!(pattern = %full.display(), "No file matches a pattern of the configuration");
            }
            Ok(files) => found.extend(files),
            Err(error) => faults.push(error),
        }
    }
    found
}

/// `$NAME` and `${NAME}` are taken from the environment, `$$` is a dollar sign; nowhere else in the file.
fn expand_variables(labels: &BTreeMap<String, String>) -> Vec<(String, String)> {
    labels.iter().map(|(name, value)| (name.clone(), expand_value(value))).collect()
}

fn expand_value(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let braced = rest.strip_prefix('{').and_then(|body| body.split_once('}'));
        let plain = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let (name, after) = braced.unwrap_or_else(|| rest.split_at(plain));
        out.push_str(&std::env::var(name).unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_from_the_environment() {
        assert_eq!(expand_value("a$$b${NO_SUCH_NAME}c$NO_SUCH_NAME-d"), "a$bc-d");
    }
}
