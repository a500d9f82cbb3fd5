//! What a configuration file says of scraping: shapes by Prometheus' names, and the settings they come to.
//!
//! The whole file is another crate's; it embeds [`GlobalConfig`] and [`ScrapeConfig`] and calls [`resolve`].

mod shape;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use model::exposition::{ScrapeProtocol, accept_header};
use model::relabel::RelabelRule;
use model::{Duration, Labels};
use stdx::http::HttpClientConfig;

use crate::discovery::{self, Shapes, TargetGroup};
use crate::ingest::IngestSettings;
use shape::{Escaping, NameScheme};

pub use shape::{GlobalConfig, ScrapeConfig};
pub use values::{ByteSize, ByteSizeError, Span};

/// The largest body, decompressed, where no limit is given; bytes. Prometheus has none.
pub const DEFAULT_BODY_LIMIT: u64 = 256 << 20;

/// A job, validated; what it leaves open is filled in from `global` and the defaults.
#[derive(Clone, Debug)]
pub struct JobSettings {
    /// `job_name`, which names the scrape pool too.
    pub name: String,
    /// From scrape to scrape, unless a target has its own; more than zero.
    pub interval: Duration,
    /// How long a scrape may take, at most the interval.
    pub timeout: Duration,
    /// `http` or `https`.
    pub scheme: String,
    /// The path, from `/`.
    pub metrics_path: String,
    /// Parameters of the URL.
    pub params: BTreeMap<String, Vec<String>>,
    /// Rules for targets.
    pub relabel: Vec<RelabelRule>,
    /// Where targets come from.
    pub discovery: Vec<discovery::Config>,
    /// How to speak to targets.
    pub http: HttpClientConfig,
    /// The `Accept` header.
    pub accept: String,
    /// How to read bodies without a type that we know.
    pub fallback: Option<ScrapeProtocol>,
    /// Whether gzip is asked for.
    pub compression: bool,
    /// The most bytes of a body, decompressed.
    pub body_limit: u64,
    /// The most targets, 0 for any number; with more, all scrapes of the job fail.
    pub target_limit: usize,
    /// How many dropped targets are remembered; 0 for the bound of our own.
    pub keep_dropped: usize,
    /// How samples are taken; the timeout in it is set for each target.
    pub ingest: IngestSettings,
    /// The name of a source within this process that is read instead of a server.
    pub local: Option<String>,
}

/// Something wrong with the configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(*line))]
pub struct Fault {
    /// The line of the file, from 1; 0 if it is not known.
    pub line: u64,
    /// What is wrong; names the job.
    pub message: String,
}

/// Collects what is wrong with one job.
struct Faults<'a> {
    job: &'a str,
    line: u64,
    found: Vec<Fault>,
}

/// Validates all jobs. Relative paths become relative to `base`, the folder of the configuration file.
///
/// # Errors
/// Everything that is wrong, each naming the job.
pub fn resolve(
    global: &GlobalConfig,
    jobs: Vec<ScrapeConfig>,
    base: &Path,
) -> Result<Vec<JobSettings>, Vec<Fault>> {
    let (mut settings, mut faults) = (Vec::new(), Vec::new());
    if global.scrape_timeout() > global.scrape_interval() {
        let message = "global scrape timeout greater than scrape interval".to_owned();
        faults.push(Fault { line: 0, message });
    }
    for option in global.without_effect() {
        tracing::warn!(option, "An option of global has no effect");
    }
    let mut names = BTreeSet::new();
    for (index, job) in jobs.into_iter().enumerate() {
        let name = job.job_name.as_ref().map_or("", |name| name.value.as_str());
        let line = job.job_name.as_ref().map_or(0, |name| name.referenced.line());
        if name.is_empty() {
            faults.push(Fault { line, message: format!("scrape_configs[{index}]: job_name is empty") });
            continue;
        }
        if !names.insert(name.to_owned()) {
            let message = format!("found multiple scrape configs with job name \"{name}\"");
            faults.push(Fault { line, message });
        }
        for option in job.without_effect() {
            tracing::debug!(job = name, option, "An option has no effect");
        }
        let mut of_job = Faults { job: name, line, found: Vec::new() };
        settings.push(resolve_job(global, &job, base, &mut of_job));
        faults.append(&mut of_job.found);
    }
    if faults.is_empty() { Ok(settings) } else { Err(faults) }
}

/// A line in front of a message.
fn place(line: u64) -> String {
    if line == 0 { String::new() } else { format!("line {line}: ") }
}

// === impl Faults ===

impl Faults<'_> {
    fn push(&mut self, message: impl std::fmt::Display) {
        self.push_at(self.line, message);
    }

    fn push_at(&mut self, line: u64, message: impl std::fmt::Display) {
        let message = format!("job \"{}\": {message}", self.job);
        self.found.push(Fault { line, message });
    }
}

// === impl JobSettings ===

impl JobSettings {
    /// A job with all defaults and no targets.
    pub fn new(name: &str) -> JobSettings {
        JobSettings {
            name: name.to_owned(),
            interval: Duration::from_secs(60),
            timeout: Duration::from_secs(10),
            scheme: "http".to_owned(),
            metrics_path: "/metrics".to_owned(),
            params: BTreeMap::new(),
            relabel: Vec::new(),
            discovery: Vec::new(),
            http: HttpClientConfig::default(),
            accept: accept_header(&ScrapeProtocol::DEFAULT, Escaping::AllowUtf8.as_str()),
            fallback: None,
            compression: true,
            body_limit: DEFAULT_BODY_LIMIT,
            target_limit: 0,
            keep_dropped: 0,
            ingest: IngestSettings::default(),
            local: None,
        }
    }

    /// A job with one target of these labels, read from a source of that name within this process every 15 s.
    /// The `job` among the labels names the job; without one, the source does.
    #[expect(clippy::needless_pass_by_value, reason = "the job has them from now on")]
    pub fn local(name: &str, labels: Labels) -> JobSettings {
        // The address is only shown.
        let instance = labels.get("instance");
        let targets = vec![labels.with("__address__", if instance.is_empty() { name } else { instance })];
        let group = TargetGroup { source: "0".to_owned(), targets, labels: Labels::empty() };
        JobSettings {
            interval: Duration::from_secs(15),
            discovery: vec![discovery::Config::Static(vec![group])],
            local: Some(name.to_owned()),
            ..JobSettings::new(labels.find("job").unwrap_or(name))
        }
    }

    /// A job for targets at fixed addresses (host and port).
    pub fn fixed<A: AsRef<str>>(name: &str, addresses: impl IntoIterator<Item = A>) -> JobSettings {
        let address = |address: A| Labels::from_pairs([("__address__", address.as_ref())]);
        let targets = addresses.into_iter().map(address).collect();
        let group = TargetGroup { source: "0".to_owned(), targets, labels: Labels::empty() };
        JobSettings { discovery: vec![discovery::Config::Static(vec![group])], ..JobSettings::new(name) }
    }

    /// Whether nothing changed.
    pub(crate) fn is_same(&self, other: &JobSettings) -> bool {
        // Rules hold compiled patterns, which have no equality but print as what was written. Secrets do not
        // print, and are compared.
        self.http == other.http
            && self.discovery == other.discovery
            && format!("{self:?}") == format!("{other:?}")
    }
}

fn resolve_job(
    global: &GlobalConfig,
    job: &ScrapeConfig,
    base: &Path,
    faults: &mut Faults<'_>,
) -> JobSettings {
    for (kind, line) in job.absent_discoveries() {
        let message =
            format!("discovery {kind} is not supported by weir; use http_sd_configs or file_sd_configs");
        faults.push_at(line, message);
    }
    let (interval, timeout) = times(global, job, faults);
    let scheme = job.scheme.clone().unwrap_or_else(|| "http".to_owned());
    if !matches!(scheme.as_str(), "http" | "https") {
        faults.push(format!("scheme must be http or https, got \"{scheme}\""));
    }
    let mut http = job.http_client();
    if let Err(error) = http.validate() {
        faults.push(error);
    }
    http.resolve_paths(base);
    if job.relabel_configs.is_empty() {
        let with_path = job.static_configs.iter().filter_map(|shape| shape.address_with_path());
        for address in with_path {
            faults.push(format!("\"{address}\" is not a valid hostname"));
        }
    }
    let shapes = Shapes {
        statics: &job.static_configs,
        files: &job.file_sd_configs,
        https: &job.http_sd_configs,
        dns: &job.dns_sd_configs,
        kubernetes: &job.kubernetes_sd_configs,
    };
    let (discovery, errors) = shapes.resolve(base);
    for error in errors {
        faults.push(error);
    }
    let scheme_of_names = job.metric_name_validation_scheme.or(global.metric_name_validation_scheme);
    let legacy = scheme_of_names == Some(NameScheme::Legacy);
    let body_limit = job.body_size_limit.or(global.body_size_limit).map_or(0, |size| size.0);
    JobSettings {
        name: faults.job.to_owned(),
        interval,
        timeout,
        scheme,
        metrics_path: job.metrics_path.clone().unwrap_or_else(|| "/metrics".to_owned()),
        params: job.params.clone(),
        relabel: rules(&job.relabel_configs, legacy, faults),
        discovery,
        http,
        accept: accept_header(&protocols(global, job, faults), escaping(global, job, legacy, faults)),
        fallback: fallback(job, faults),
        compression: job.enable_compression.unwrap_or(true),
        body_limit: if body_limit == 0 { DEFAULT_BODY_LIMIT } else { body_limit },
        target_limit: or(job.target_limit, global.target_limit),
        keep_dropped: or(job.keep_dropped_targets, global.keep_dropped_targets),
        ingest: ingest(global, job, rules(&job.metric_relabel_configs, legacy, faults), legacy),
        local: None,
    }
}

fn times(global: &GlobalConfig, job: &ScrapeConfig, faults: &mut Faults<'_>) -> (Duration, Duration) {
    let given = |span: Option<Span>| span.map(|span| span.0).filter(|span| *span != Duration::ZERO);
    let interval = given(job.scrape_interval).unwrap_or_else(|| global.scrape_interval());
    let timeout = given(job.scrape_timeout).unwrap_or_else(|| global.scrape_timeout().min(interval));
    if timeout > interval {
        // The text that Prometheus has, which names the job at its end.
        let message = format!(
            "scrape timeout greater than scrape interval for scrape config with job name \"{}\"",
            faults.job
        );
        faults.found.push(Fault { line: faults.line, message });
    }
    (interval, timeout)
}

fn rules(rules: &[RelabelRule], legacy: bool, faults: &mut Faults<'_>) -> Vec<RelabelRule> {
    if !legacy {
        return rules.to_vec();
    }
    let mut checked = Vec::new();
    for rule in rules {
        match rule.clone().with_legacy_names() {
            Ok(rule) => checked.push(rule),
            Err(error) => faults.push(error),
        }
    }
    checked
}

fn protocols(global: &GlobalConfig, job: &ScrapeConfig, faults: &mut Faults<'_>) -> Vec<ScrapeProtocol> {
    let Some(named) = job.scrape_protocols.as_ref().or(global.scrape_protocols.as_ref()) else {
        return ScrapeProtocol::DEFAULT.to_vec();
    };
    let doubled = named.iter().enumerate().find(|(index, protocol)| named[..*index].contains(protocol));
    if let Some((_, protocol)) = doubled {
        faults.push(format!("duplicated protocol in scrape_protocols, got {}", protocol.as_str()));
    }
    if named.is_empty() {
        faults.push("scrape_protocols cannot be empty");
    } else if named.iter().all(|protocol| protocol.format().is_none()) {
        faults.push("scrape_protocols has no text format, and protobuf is not read; add PrometheusText1.0.0");
    }
    named.clone()
}

fn fallback(job: &ScrapeConfig, faults: &mut Faults<'_>) -> Option<ScrapeProtocol> {
    if job.fallback_scrape_protocol == Some(ScrapeProtocol::PrometheusProto) {
        faults.push("fallback_scrape_protocol: PrometheusProto is not supported; name a text format");
    }
    job.fallback_scrape_protocol
}

fn escaping(
    global: &GlobalConfig,
    job: &ScrapeConfig,
    legacy: bool,
    faults: &mut Faults<'_>,
) -> &'static str {
    let scheme = job.metric_name_escaping_scheme.or(global.metric_name_escaping_scheme);
    if legacy && scheme == Some(Escaping::AllowUtf8) {
        faults.push("metric_name_escaping_scheme allow-utf-8 contradicts legacy validation of names");
    }
    let default = if legacy { Escaping::Underscores } else { Escaping::AllowUtf8 };
    scheme.unwrap_or(default).as_str()
}

fn ingest(
    global: &GlobalConfig,
    job: &ScrapeConfig,
    metric_relabel: Vec<RelabelRule>,
    legacy_names: bool,
) -> IngestSettings {
    IngestSettings {
        honor_labels: job.honor_labels,
        honor_timestamps: job.honor_timestamps.unwrap_or(true),
        track_timestamps_staleness: job.track_timestamps_staleness,
        sample_limit: or(job.sample_limit, global.sample_limit),
        label_limit: or(job.label_limit, global.label_limit),
        label_name_length_limit: or(job.label_name_length_limit, global.label_name_length_limit),
        label_value_length_limit: or(job.label_value_length_limit, global.label_value_length_limit),
        metric_relabel,
        legacy_names,
        extra_metrics: job.extra_scrape_metrics.or(global.extra_scrape_metrics).unwrap_or(false),
        ..IngestSettings::default()
    }
}

/// 0 is "not said".
fn or(own: usize, inherited: usize) -> usize {
    if own == 0 { inherited } else { own }
}

#[cfg(test)]
mod tests;
