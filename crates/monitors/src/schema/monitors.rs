//! PodMonitor, ServiceMonitor, Probe, PrometheusRule.

use super::parts::{
    ACCESS, AUTHORIZATION, BASIC_AUTH, ENDPOINT, FILE_TLS, HISTOGRAMS, KEY, LIMITS, MONITOR, NAMESPACES,
    OAUTH2, PROXY, RELABELING, SCHEMES, SCRAPE, SD_ROLES, SELECTOR,
};
use super::{Must, Shape, keyed, list, some, some_keyed};

/// PodMonitor
pub(super) const POD_MONITOR: Shape = Shape {
    needs: &["selector"],
    with: &[&LIMITS, &HISTOGRAMS, &SCRAPE, &MONITOR],
    fields: &[("podMetricsEndpoints", list(&Must::Object(&POD_ENDPOINT)))],
};

/// A port of a pod.
pub(super) const POD_ENDPOINT: Shape = Shape {
    needs: &[],
    with: &[&PROXY, &ACCESS, &ENDPOINT],
    fields: &[("port", Must::Text), ("portNumber", Must::Whole(1, 65_535))],
};

/// ServiceMonitor
pub(super) const SERVICE_MONITOR: Shape = Shape {
    needs: &["endpoints", "selector"],
    with: &[&LIMITS, &HISTOGRAMS, &SCRAPE, &MONITOR],
    fields: &[
        ("endpoints", list(&Must::Object(&SERVICE_ENDPOINT))),
        ("serviceDiscoveryRole", Must::OneOf(SD_ROLES)),
        ("targetLabels", list(&Must::Text)),
    ],
};

/// A port of a service.
pub(super) const SERVICE_ENDPOINT: Shape = Shape {
    needs: &[],
    with: &[&PROXY, &ENDPOINT],
    fields: &[
        ("authorization", Must::Object(&AUTHORIZATION)),
        ("basicAuth", Must::Object(&BASIC_AUTH)),
        ("bearerTokenFile", Must::Text),
        ("oauth2", Must::Object(&OAUTH2)),
        ("port", Must::Text),
        ("tlsConfig", Must::Object(&FILE_TLS)),
    ],
};

/// Probe
pub(super) const PROBE: Shape = Shape {
    needs: &[],
    with: &[&ACCESS, &LIMITS, &HISTOGRAMS, &SCRAPE],
    fields: &[
        ("bearerTokenSecret", Must::Object(&KEY)),
        ("enableHttp2", Must::Truth),
        ("followRedirects", Must::Truth),
        ("interval", Must::Duration),
        ("jobName", Must::Text),
        ("metricRelabelings", list(&Must::Object(&RELABELING))),
        ("module", Must::Text),
        ("params", some_keyed("name", &Must::Object(&PARAM))),
        ("prober", Must::Object(&PROBER)),
        ("scrapeTimeout", Must::Duration),
        ("targets", Must::Object(&TARGETS)),
    ],
};

/// A parameter of the URL.
pub(super) const PARAM: Shape =
    Shape { needs: &["name"], with: &[], fields: &[("name", Must::Filled), ("values", some(&Must::Filled))] };

/// Who probes.
pub(super) const PROBER: Shape = Shape {
    needs: &["url"],
    with: &[&PROXY],
    fields: &[("path", Must::Text), ("scheme", Must::OneOf(SCHEMES)), ("url", Must::Filled)],
};

/// What is probed.
pub(super) const TARGETS: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[("ingress", Must::Object(&INGRESS)), ("staticConfig", Must::Object(&STATIC_TARGETS))],
};

/// The hosts of Ingresses.
pub(super) const INGRESS: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("namespaceSelector", Must::Object(&NAMESPACES)),
        ("relabelingConfigs", list(&Must::Object(&RELABELING))),
        ("selector", Must::Object(&SELECTOR)),
    ],
};

/// Hosts by name.
pub(super) const STATIC_TARGETS: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("labels", Must::Words(&Must::Text)),
        ("relabelingConfigs", list(&Must::Object(&RELABELING))),
        ("static", list(&Must::Text)),
    ],
};

/// PrometheusRule
pub(super) const RULES: Shape =
    Shape { needs: &[], with: &[], fields: &[("groups", keyed("name", &Must::Object(&GROUP)))] };

/// A group of rules.
pub(super) const GROUP: Shape = Shape {
    needs: &["name"],
    with: &[],
    fields: &[
        ("interval", Must::Duration),
        ("labels", Must::Words(&Must::Text)),
        ("limit", Must::Whole(i64::MIN, i64::MAX)),
        ("name", Must::Filled),
        ("partial_response_strategy", Must::OneOf(&["", "abort", "warn", "ABORT", "WARN", "Abort", "Warn"])),
        ("query_offset", Must::Duration),
        ("rules", list(&Must::Object(&RULE))),
    ],
};

/// A rule.
pub(super) const RULE: Shape = Shape {
    needs: &["expr"],
    with: &[],
    fields: &[
        ("alert", Must::Text),
        ("annotations", Must::Words(&Must::Text)),
        ("expr", Must::WholeOrText),
        ("for", Must::Duration),
        ("keep_firing_for", Must::FilledDuration),
        ("labels", Must::Words(&Must::Text)),
        ("record", Must::Text),
    ],
};
