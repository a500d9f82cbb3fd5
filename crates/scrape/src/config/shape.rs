//! The shapes of `global` and of an entry of `scrape_configs`.

use std::collections::BTreeMap;

use model::Duration;
use model::exposition::ScrapeProtocol;
use model::relabel::RelabelRule;
use serde::Deserialize;
use serde_saphyr::Spanned;
use stdx::http::Refused;

use super::values::{ByteSize, Span};
use crate::discovery;

/// `global`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GlobalConfig {
    pub(super) scrape_interval: Option<Span>,
    pub(super) scrape_timeout: Option<Span>,
    pub(super) scrape_protocols: Option<Vec<ScrapeProtocol>>,
    evaluation_interval: Option<Span>,
    rule_query_offset: Option<Span>,
    external_labels: BTreeMap<String, String>,
    query_log_file: Option<String>,
    pub(super) scrape_failure_log_file: Option<String>,
    pub(super) body_size_limit: Option<ByteSize>,
    pub(super) sample_limit: usize,
    pub(super) target_limit: usize,
    pub(super) label_limit: usize,
    pub(super) label_name_length_limit: usize,
    pub(super) label_value_length_limit: usize,
    pub(super) keep_dropped_targets: usize,
    pub(super) metric_name_validation_scheme: Option<NameScheme>,
    pub(super) metric_name_escaping_scheme: Option<Escaping>,
    pub(super) scrape_native_histograms: Option<bool>,
    pub(super) convert_classic_histograms_to_nhcb: Option<bool>,
    pub(super) always_scrape_classic_histograms: Option<bool>,
    pub(super) extra_scrape_metrics: Option<bool>,
}

/// `metric_name_validation_scheme`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum NameScheme {
    Utf8,
    Legacy,
}

/// `metric_name_escaping_scheme`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Escaping {
    #[serde(rename = "allow-utf-8")]
    AllowUtf8,
    Underscores,
    Dots,
    Values,
}

/// Stands for a discovery that we do not have, with its place.
type Absent = Option<Spanned<Refused>>;

stdx::http_client_shape! {
    /// An entry of `scrape_configs`.
    #[derive(Clone, Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    pub struct ScrapeConfig {
        pub(super) job_name: Option<Spanned<String>>,
        pub(super) scrape_interval: Option<Span>,
        pub(super) scrape_timeout: Option<Span>,
        pub(super) scrape_protocols: Option<Vec<ScrapeProtocol>>,
        pub(super) fallback_scrape_protocol: Option<ScrapeProtocol>,
        pub(super) metrics_path: Option<String>,
        pub(super) scheme: Option<String>,
        pub(super) params: BTreeMap<String, Vec<String>>,
        pub(super) honor_labels: bool,
        pub(super) honor_timestamps: Option<bool>,
        pub(super) track_timestamps_staleness: bool,
        pub(super) enable_compression: Option<bool>,
        pub(super) scrape_failure_log_file: Option<String>,
        pub(super) body_size_limit: Option<ByteSize>,
        pub(super) sample_limit: usize,
        pub(super) target_limit: usize,
        pub(super) label_limit: usize,
        pub(super) label_name_length_limit: usize,
        pub(super) label_value_length_limit: usize,
        pub(super) keep_dropped_targets: usize,
        pub(super) native_histogram_bucket_limit: Option<u64>,
        pub(super) native_histogram_min_bucket_factor: Option<f64>,
        pub(super) metric_name_validation_scheme: Option<NameScheme>,
        pub(super) metric_name_escaping_scheme: Option<Escaping>,
        pub(super) scrape_native_histograms: Option<bool>,
        pub(super) convert_classic_histograms_to_nhcb: Option<bool>,
        pub(super) always_scrape_classic_histograms: Option<bool>,
        pub(super) extra_scrape_metrics: Option<bool>,
        pub(super) relabel_configs: Vec<RelabelRule>,
        pub(super) metric_relabel_configs: Vec<RelabelRule>,
        pub(super) static_configs: Vec<discovery::StaticShape>,
        pub(super) file_sd_configs: Vec<discovery::FileShape>,
        pub(super) http_sd_configs: Vec<discovery::HttpShape>,
        pub(super) dns_sd_configs: Vec<discovery::DnsShape>,
        pub(super) kubernetes_sd_configs: Vec<discovery::kubernetes::KubernetesShape>,
        aws_sd_configs: Absent,
        azure_sd_configs: Absent,
        consul_sd_configs: Absent,
        digitalocean_sd_configs: Absent,
        docker_sd_configs: Absent,
        dockerswarm_sd_configs: Absent,
        ec2_sd_configs: Absent,
        eureka_sd_configs: Absent,
        gce_sd_configs: Absent,
        hetzner_sd_configs: Absent,
        ionos_sd_configs: Absent,
        kuma_sd_configs: Absent,
        lightsail_sd_configs: Absent,
        linode_sd_configs: Absent,
        marathon_sd_configs: Absent,
        nerve_sd_configs: Absent,
        nomad_sd_configs: Absent,
        oci_sd_configs: Absent,
        openstack_sd_configs: Absent,
        outscale_sd_configs: Absent,
        ovhcloud_sd_configs: Absent,
        puppetdb_sd_configs: Absent,
        scaleway_sd_configs: Absent,
        serverset_sd_configs: Absent,
        stackit_sd_configs: Absent,
        triton_sd_configs: Absent,
        uyuni_sd_configs: Absent,
        vultr_sd_configs: Absent,
    }
}

// === impl GlobalConfig ===

impl GlobalConfig {
    /// How often targets are scraped; 1m if not said.
    pub fn scrape_interval(&self) -> Duration {
        or_default(self.scrape_interval, Duration::from_secs(60))
    }

    /// How long a scrape may take; 10s, or the interval if that is less.
    pub fn scrape_timeout(&self) -> Duration {
        or_default(self.scrape_timeout, Duration::from_secs(10).min(self.scrape_interval()))
    }

    /// How often rules are evaluated; 1m if not said.
    pub fn evaluation_interval(&self) -> Duration {
        or_default(self.evaluation_interval, Duration::from_secs(60))
    }

    /// How far behind rules look; 0s if not said.
    pub fn rule_query_offset(&self) -> Duration {
        or_default(self.rule_query_offset, Duration::ZERO)
    }

    /// Labels for what leaves the process, as they are written: variables are not replaced.
    pub fn external_labels(&self) -> &BTreeMap<String, String> {
        &self.external_labels
    }

    /// Names of options that are set and do nothing here.
    pub(super) fn without_effect(&self) -> Vec<&'static str> {
        let on = |option: Option<bool>| option == Some(true);
        names(&[
            (self.query_log_file.is_some(), "query_log_file"),
            (self.scrape_failure_log_file.is_some(), "scrape_failure_log_file"),
            (on(self.scrape_native_histograms), "scrape_native_histograms"),
            (on(self.convert_classic_histograms_to_nhcb), "convert_classic_histograms_to_nhcb"),
            (on(self.always_scrape_classic_histograms), "always_scrape_classic_histograms"),
        ])
    }
}

// === impl ScrapeConfig ===

impl ScrapeConfig {
    /// Names of options that are set and do nothing here.
    pub(super) fn without_effect(&self) -> Vec<&'static str> {
        let on = |option: Option<bool>| option == Some(true);
        names(&[
            (self.scrape_failure_log_file.is_some(), "scrape_failure_log_file"),
            (self.native_histogram_bucket_limit.is_some(), "native_histogram_bucket_limit"),
            (self.native_histogram_min_bucket_factor.is_some(), "native_histogram_min_bucket_factor"),
            (on(self.scrape_native_histograms), "scrape_native_histograms"),
            (on(self.convert_classic_histograms_to_nhcb), "convert_classic_histograms_to_nhcb"),
            (on(self.always_scrape_classic_histograms), "always_scrape_classic_histograms"),
        ])
    }

    /// Discoveries that are set and that we do not have, with their lines.
    pub(super) fn absent_discoveries(&self) -> Vec<(&'static str, u64)> {
        let all = [
            ("aws", &self.aws_sd_configs),
            ("azure", &self.azure_sd_configs),
            ("consul", &self.consul_sd_configs),
            ("digitalocean", &self.digitalocean_sd_configs),
            ("docker", &self.docker_sd_configs),
            ("dockerswarm", &self.dockerswarm_sd_configs),
            ("ec2", &self.ec2_sd_configs),
            ("eureka", &self.eureka_sd_configs),
            ("gce", &self.gce_sd_configs),
            ("hetzner", &self.hetzner_sd_configs),
            ("ionos", &self.ionos_sd_configs),
            ("kuma", &self.kuma_sd_configs),
            ("lightsail", &self.lightsail_sd_configs),
            ("linode", &self.linode_sd_configs),
            ("marathon", &self.marathon_sd_configs),
            ("nerve", &self.nerve_sd_configs),
            ("nomad", &self.nomad_sd_configs),
            ("oci", &self.oci_sd_configs),
            ("openstack", &self.openstack_sd_configs),
            ("outscale", &self.outscale_sd_configs),
            ("ovhcloud", &self.ovhcloud_sd_configs),
            ("puppetdb", &self.puppetdb_sd_configs),
            ("scaleway", &self.scaleway_sd_configs),
            ("serverset", &self.serverset_sd_configs),
            ("stackit", &self.stackit_sd_configs),
            ("triton", &self.triton_sd_configs),
            ("uyuni", &self.uyuni_sd_configs),
            ("vultr", &self.vultr_sd_configs),
        ];
        all.into_iter().filter_map(|(name, at)| Some((name, at.as_ref()?.referenced.line()))).collect()
    }
}

impl Escaping {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Escaping::AllowUtf8 => "allow-utf-8",
            Escaping::Underscores => "underscores",
            Escaping::Dots => "dots",
            Escaping::Values => "values",
        }
    }
}

/// As Prometheus does, zero means that nothing was said.
fn or_default(span: Option<Span>, default: Duration) -> Duration {
    span.map(|span| span.0).filter(|span| *span != Duration::ZERO).unwrap_or(default)
}

fn names(options: &[(bool, &'static str)]) -> Vec<&'static str> {
    options.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect()
}
