//! Fields that old versions of Prometheus do not know: left out where `spec.version` names an older one.

use serde_json::Value;

use crate::version::{Since, Version};

/// Fields of a job.
const JOB: &[(&str, Since)] = &[
    ("honor_timestamps", (2, 9, 0)),
    ("target_limit", (2, 21, 0)),
    ("label_limit", (2, 27, 0)),
    ("label_name_length_limit", (2, 27, 0)),
    ("label_value_length_limit", (2, 27, 0)),
    ("body_size_limit", (2, 28, 0)),
    ("native_histogram_bucket_limit", (2, 45, 0)),
    ("scrape_classic_histograms", (2, 45, 0)),
    ("keep_dropped_targets", (2, 47, 0)),
    ("track_timestamps_staleness", (2, 48, 0)),
    ("scrape_protocols", (2, 49, 0)),
    ("enable_compression", (2, 49, 0)),
    ("native_histogram_min_bucket_factor", (2, 50, 0)),
    ("fallback_scrape_protocol", (3, 0, 0)),
    ("convert_classic_histograms_to_nhcb", (3, 0, 0)),
    ("metric_name_validation_scheme", (3, 0, 0)),
    ("metric_name_escaping_scheme", (3, 4, 0)),
    ("scrape_native_histograms", (3, 8, 0)),
];
/// Fields of `global`.
const GLOBAL: &[(&str, Since)] = &[
    ("body_size_limit", (2, 45, 0)),
    ("sample_limit", (2, 45, 0)),
    ("target_limit", (2, 45, 0)),
    ("label_limit", (2, 45, 0)),
    ("label_name_length_limit", (2, 45, 0)),
    ("label_value_length_limit", (2, 45, 0)),
    ("keep_dropped_targets", (2, 47, 0)),
    ("scrape_protocols", (2, 49, 0)),
    ("rule_query_offset", (2, 53, 0)),
    ("metric_name_validation_scheme", (3, 0, 0)),
    ("metric_name_escaping_scheme", (3, 4, 0)),
    ("convert_classic_histograms_to_nhcb", (3, 4, 0)),
    ("always_scrape_classic_histograms", (3, 5, 0)),
    ("scrape_native_histograms", (3, 8, 0)),
];
/// Fields of an HTTP client, wherever there is one.
const CLIENT: &[(&str, Since)] = &[
    ("authorization", (2, 26, 0)),
    ("follow_redirects", (2, 26, 0)),
    ("oauth2", (2, 27, 0)),
    ("enable_http2", (2, 35, 0)),
    ("no_proxy", (2, 43, 0)),
    ("proxy_from_environment", (2, 43, 0)),
    ("proxy_connect_header", (2, 43, 0)),
];
/// Fields of `oauth2`.
const OAUTH2: &[(&str, Since)] = &[("tls_config", (2, 43, 0)), ("proxy_url", (2, 43, 0))];
/// Fields of `tls_config`.
const TLS: &[(&str, Since)] = &[("min_version", (2, 35, 0)), ("max_version", (2, 41, 0))];
/// Fields of `sigv4`.
const SIGV4: &[(&str, Since)] = &[("use_fips_sts_endpoint", (2, 54, 0)), ("external_id", (3, 11, 0))];
/// Fields of an Alertmanager.
const ALERTMANAGER: &[(&str, Since)] =
    &[("basic_auth", (2, 26, 0)), ("sigv4", (2, 48, 0)), ("alert_relabel_configs", (2, 51, 0))];
/// Fields of `remote_write`.
const WRITE: &[(&str, Since)] = &[
    ("metadata_config", (2, 23, 0)),
    ("sigv4", (2, 26, 0)),
    ("send_exemplars", (2, 27, 0)),
    ("send_native_histograms", (2, 40, 0)),
    ("azuread", (2, 45, 0)),
    ("protobuf_message", (2, 54, 0)),
    ("round_robin_dns", (3, 1, 0)),
];
/// Fields of `queue_config`.
const QUEUE: &[(&str, Since)] = &[("retry_on_http_429", (2, 26, 0)), ("sample_age_limit", (2, 50, 0))];
/// Fields of `metadata_config`.
const METADATA: &[(&str, Since)] = &[("max_samples_per_send", (2, 29, 0))];
/// Fields of `azuread`.
const AZURE: &[(&str, Since)] = &[("scope", (3, 9, 0))];
/// Fields of `remote_read`.
const READ: &[(&str, Since)] = &[("headers", (2, 26, 0)), ("filter_external_labels", (2, 34, 0))];
/// Fields of a group of rules.
const GROUP: &[(&str, Since)] = &[("limit", (2, 31, 0)), ("query_offset", (2, 53, 0)), ("labels", (3, 0, 0))];
/// Fields of a rule.
const RULE: &[(&str, Since)] = &[("keep_firing_for", (2, 42, 0))];
/// Mappings of the user's own keys.
const FREE: [&str; 4] = ["params", "labels", "headers", "required_matchers"];
/// A format that came with version 3, previews included.
const TEXT_1: &str = "PrometheusText1.0.0";

/// Removes what the version does not know.
pub(crate) fn apply(version: Version, config: &mut Value) {
    if let Some(global) = config.get_mut("global") {
        protocols(version, global);
        drop(version, global, GLOBAL);
    }
    for job in rows(config, "scrape_configs") {
        protocols(version, job);
        drop(version, job, JOB);
        attach(version, job);
        records(version, job);
        client(version, job);
    }
    if let Some(alerting) = config.get_mut("alerting") {
        rows(alerting, "alertmanagers").for_each(|row| {
            drop(version, row, ALERTMANAGER);
            client(version, row);
        });
    }
    for row in rows(config, "remote_write") {
        drop(version, row, WRITE);
        for (name, table) in [("queue_config", QUEUE), ("metadata_config", METADATA), ("azuread", AZURE)] {
            row.get_mut(name).into_iter().for_each(|inner| drop(version, inner, table));
        }
        client(version, row);
    }
    for row in rows(config, "remote_read") {
        drop(version, row, READ);
        client(version, row);
    }
}

/// Removes what the version does not know of groups of rules.
pub(crate) fn apply_to_group(version: Version, group: &mut Value) {
    drop(version, group, GROUP);
    rows(group, "rules").for_each(|rule| drop(version, rule, RULE));
}

fn rows<'v>(value: &'v mut Value, name: &str) -> impl Iterator<Item = &'v mut Value> {
    value.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

fn drop(version: Version, value: &mut Value, rows: &[(&str, Since)]) {
    if let Some(map) = value.as_object_mut() {
        map.retain(|key, _| rows.iter().all(|(name, since)| name != key || version.has(*since)));
    }
}

/// Clients are nested: discovery has one, and OAuth 2 has one.
fn client(version: Version, value: &mut Value) {
    drop(version, value, CLIENT);
    for (key, inner) in value.as_object_mut().into_iter().flatten() {
        match key.as_str() {
            "oauth2" => drop(version, inner, OAUTH2),
            "tls_config" => drop(version, inner, TLS),
            "sigv4" => drop(version, inner, SIGV4),
            key if FREE.contains(&key) => continue,
            _ => {}
        }
        match inner {
            Value::Object(_) => client(version, inner),
            Value::Array(items) => items.iter_mut().for_each(|item| client(version, item)),
            _ => {}
        }
    }
}

fn protocols(version: Version, value: &mut Value) {
    if version.major() >= 3 {
        return;
    }
    if let Some(list) = value.get_mut("scrape_protocols").and_then(Value::as_array_mut) {
        list.retain(|protocol| protocol.as_str() != Some(TEXT_1));
    }
}

/// What is attached to pods is older than what is attached to endpoints.
fn attach(version: Version, job: &mut Value) {
    for entry in rows(job, "kubernetes_sd_configs") {
        let since =
            if entry.get("role").and_then(Value::as_str) == Some("pod") { (2, 35, 0) } else { (2, 37, 0) };
        drop(version, entry, &[("attach_metadata", since), ("selectors", (2, 17, 0))]);
    }
}

/// Kinds of DNS records.
fn records(version: Version, job: &mut Value) {
    for entry in rows(job, "dns_sd_configs") {
        let since = match entry.get("type").and_then(Value::as_str) {
            Some("NS") => (2, 49, 0),
            Some("MX") => (2, 38, 0),
            _ => continue,
        };
        drop(version, entry, &[("type", since)]);
    }
}
