//! What the schemas of the kinds ask for, where a server without them would let it pass: the values of fields,
//! and their names.

use serde_json::Value;

use crate::objects::Kind;
use crate::read::{at, text};

/// What a value must be.
pub(crate) enum Must {
    /// `1h30m`, or "".
    Duration,
    /// `10MB`
    Size,
    /// One of these, and each once in a list.
    OneOf(&'static [&'static str]),
    /// A number of at least this.
    AtLeast(u64),
    /// An URL of one of these schemes.
    Url(&'static [&'static str]),
    /// A list of at least one item.
    NotEmpty,
    /// Items whose `name` is there once.
    UniqueNames,
}

const PROTOCOLS: &[&str] = &[
    "PrometheusProto",
    "OpenMetricsText0.0.1",
    "OpenMetricsText1.0.0",
    "PrometheusText0.0.4",
    "PrometheusText1.0.0",
];
const ACTIONS: &[&str] = &[
    "replace",
    "Replace",
    "keep",
    "Keep",
    "drop",
    "Drop",
    "hashmod",
    "HashMod",
    "labelmap",
    "LabelMap",
    "labeldrop",
    "LabelDrop",
    "labelkeep",
    "LabelKeep",
    "lowercase",
    "Lowercase",
    "uppercase",
    "Uppercase",
    "keepequal",
    "KeepEqual",
    "dropequal",
    "DropEqual",
];

/// Fields by name, wherever they stand.
pub(crate) const FIELDS: &[(&str, Must)] = &[
    ("interval", Must::Duration),
    ("scrapeInterval", Must::Duration),
    ("scrapeTimeout", Must::Duration),
    ("refreshInterval", Must::Duration),
    ("for", Must::Duration),
    ("keep_firing_for", Must::Duration),
    ("query_offset", Must::Duration),
    ("bodySizeLimit", Must::Size),
    ("enforcedBodySizeLimit", Must::Size),
    ("scrapeProtocols", Must::OneOf(PROTOCOLS)),
    ("fallbackScrapeProtocol", Must::OneOf(PROTOCOLS)),
    ("action", Must::OneOf(ACTIONS)),
    ("portNumber", Must::AtLeast(1)),
    ("proxyUrl", Must::Url(&["http", "https", "socks5"])),
    ("partial_response_strategy", Must::OneOf(&["", "abort", "warn", "ABORT", "WARN", "Abort", "Warn"])),
    ("selectorMechanism", Must::OneOf(&["RelabelConfig", "RoleSelector"])),
    ("serviceDiscoveryRole", Must::OneOf(&["Endpoints", "EndpointSlice"])),
];
/// Fields at one place: kind, path with `[]` for each item.
pub(crate) const PLACES: &[(Kind, &str, Must)] = &[
    (Kind::ScrapeConfig, "httpSDConfigs[].url", Must::Url(&["http", "https"])),
    (Kind::ScrapeConfig, "staticConfigs[].targets", Must::NotEmpty),
    (Kind::PrometheusRule, "groups", Must::UniqueNames),
];
/// Mappings whose keys are the user's own.
const FREE: &[&str] = &[
    "labels",
    "annotations",
    "params",
    "headers",
    "matchLabels",
    "endpointParams",
    "externalLabels",
    "requiredMatchers",
    "proxyConnectHeader",
];

/// Names of fields: of monitors in common, of endpoints in common.
const MONITOR: &[&str] = &[
    "jobLabel",
    "podTargetLabels",
    "selector",
    "selectorMechanism",
    "namespaceSelector",
    "sampleLimit",
    "targetLimit",
    "scrapeProtocols",
    "fallbackScrapeProtocol",
    "labelLimit",
    "labelNameLengthLimit",
    "labelValueLengthLimit",
    "scrapeNativeHistograms",
    "scrapeClassicHistograms",
    "nativeHistogramBucketLimit",
    "nativeHistogramMinBucketFactor",
    "convertClassicHistogramsToNHCB",
    "keepDroppedTargets",
    "attachMetadata",
    "scrapeClass",
    "bodySizeLimit",
];
const ENDPOINT: &[&str] = &[
    "port",
    "targetPort",
    "path",
    "scheme",
    "params",
    "interval",
    "scrapeTimeout",
    "honorLabels",
    "honorTimestamps",
    "trackTimestampsStaleness",
    "filterRunning",
    "relabelings",
    "metricRelabelings",
    "basicAuth",
    "authorization",
    "bearerTokenSecret",
    "oauth2",
    "tlsConfig",
    "followRedirects",
    "enableHttp2",
    "proxyUrl",
    "noProxy",
    "proxyFromEnvironment",
    "proxyConnectHeader",
];
const PROBE: &[&str] = &[
    "jobName",
    "prober",
    "module",
    "targets",
    "interval",
    "scrapeTimeout",
    "tlsConfig",
    "bearerTokenSecret",
    "basicAuth",
    "oauth2",
    "metricRelabelings",
    "authorization",
    "sampleLimit",
    "targetLimit",
    "scrapeProtocols",
    "fallbackScrapeProtocol",
    "labelLimit",
    "labelNameLengthLimit",
    "labelValueLengthLimit",
    "keepDroppedTargets",
    "scrapeClass",
    "params",
    "scrapeNativeHistograms",
    "scrapeClassicHistograms",
    "nativeHistogramBucketLimit",
    "nativeHistogramMinBucketFactor",
    "convertClassicHistogramsToNHCB",
    "enableHttp2",
    "followRedirects",
];
const GROUP: &[&str] =
    &["name", "interval", "query_offset", "limit", "labels", "rules", "partial_response_strategy"];
const RULE: &[&str] = &["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];

/// Where names are checked: kind, path, names.
pub(crate) const NAMES: &[(Kind, &str, &[&[&str]])] = &[
    (Kind::PodMonitor, "", &[MONITOR, &["podMetricsEndpoints"]]),
    (Kind::PodMonitor, "podMetricsEndpoints[]", &[ENDPOINT, &["portNumber"]]),
    (Kind::ServiceMonitor, "", &[MONITOR, &["endpoints", "targetLabels", "serviceDiscoveryRole"]]),
    (Kind::ServiceMonitor, "endpoints[]", &[ENDPOINT, &["bearerTokenFile"]]),
    (Kind::Probe, "", &[PROBE]),
    (Kind::PrometheusRule, "", &[&["groups"]]),
    (Kind::PrometheusRule, "groups[]", &[GROUP]),
    (Kind::PrometheusRule, "groups[].rules[]", &[RULE]),
];

/// What a schema would refuse in an object, one sentence each.
pub(crate) fn faults(kind: Kind, object: &Value) -> Vec<String> {
    let spec = at(object, "spec");
    let mut faults = Vec::new();
    walk("spec", spec, &mut faults);
    for (of, path, must) in PLACES.iter().filter(|row| row.0 == kind) {
        debug_assert!(*of == kind);
        each(spec, "spec", path, &mut |place, value| faults.extend(fault(place, value, must)));
    }
    faults
}

/// Fields that nobody knows.
pub(crate) fn unknown(kind: Kind, object: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (_, path, names) in NAMES.iter().filter(|row| row.0 == kind) {
        each(at(object, "spec"), "spec", path, &mut |place, value| {
            let keys = value.as_object().into_iter().flatten().map(|(key, _)| key);
            let strange = keys.filter(|key| !names.iter().any(|list| list.contains(&key.as_str())));
            found.extend(strange.map(|key| format!("{place}.{key}")));
        });
    }
    found
}

/// Calls with each value at a path of keys with dots between, `[]` for each item of a list.
fn each(value: &Value, place: &str, path: &str, call: &mut dyn FnMut(&str, &Value)) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    if step.is_empty() {
        return call(place, value);
    }
    let Some(key) = step.strip_suffix("[]") else {
        if let Some(inner) = value.get(step) {
            each(inner, &format!("{place}.{step}"), rest, call);
        }
        return;
    };
    for (i, item) in value.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
        each(item, &format!("{place}.{key}[{i}]"), rest, call);
    }
}

fn walk(place: &str, value: &Value, faults: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let place = format!("{place}.{key}");
                if let Some((_, must)) = FIELDS.iter().find(|(name, _)| name == key) {
                    faults.extend(fault(&place, inner, must));
                }
                if !FREE.contains(&key.as_str()) {
                    walk(&place, inner, faults);
                }
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                walk(&format!("{place}[{i}]"), item, faults);
            }
        }
        _ => {}
    }
}

fn fault(place: &str, value: &Value, must: &Must) -> Option<String> {
    let said = value.as_str();
    match must {
        Must::Duration => {
            let said = said.filter(|said| !said.is_empty() && *said != "0")?;
            let error = model::Duration::parse(said).err()?;
            Some(format!("{place}: {error}"))
        }
        Must::Size => {
            let said = said.filter(|said| bytes(said).is_none())?;
            Some(format!("{place}: \"{said}\" is no size; write 10MB, 1GiB, or 0 for no limit"))
        }
        Must::OneOf(known) => {
            let single = [value.clone()];
            let list = value.as_array().map_or(single.as_slice(), Vec::as_slice);
            one_of(place, list, known)
        }
        Must::AtLeast(least) => (value.as_u64().is_none_or(|number| number < *least))
            .then(|| format!("{place}: {value} must be a number of at least {least}")),
        Must::Url(schemes) => {
            let said = said.unwrap_or("");
            let is_one = |scheme: &&&str| {
                said.strip_prefix(**scheme).is_some_and(|r| r.len() > 3 && r.starts_with("://"))
            };
            (!said.is_empty() && schemes.iter().find(is_one).is_none()).then(|| {
                format!("{place}: \"{said}\" must be an URL that begins with {}://", schemes.join(":// or "))
            })
        }
        Must::NotEmpty => value
            .as_array()
            .is_none_or(Vec::is_empty)
            .then(|| format!("{place}: at least one item is needed")),
        Must::UniqueNames => {
            let names: Vec<&str> =
                value.as_array().into_iter().flatten().map(|item| text(item, "name")).collect();
            let twice =
                names.iter().enumerate().find(|(i, name)| names.iter().take(*i).any(|other| other == *name));
            twice.map(|(i, name)| format!("{place}[{i}].name: \"{name}\" is there already"))
        }
    }
}

fn one_of(place: &str, list: &[Value], known: &[&str]) -> Option<String> {
    for (i, item) in list.iter().enumerate() {
        let said = item.as_str()?;
        if !known.contains(&said) {
            return Some(format!("{place}: \"{said}\" is not one of {}", known.join(", ")));
        }
        if list.iter().take(i).any(|other| other == item) {
            return Some(format!("{place}[{i}]: \"{said}\" is there already"));
        }
    }
    None
}

/// A size such as `10MB` or `1.5GiB` in bytes; units are powers of 1,024, as Prometheus takes them. `0` is 0.
pub(crate) fn bytes(text: &str) -> Option<f64> {
    if text == "0" {
        return Some(0.0);
    }
    let number = text.strip_suffix('B')?;
    let number = number.strip_suffix('i').unwrap_or(number);
    let units = ["", "K", "M", "G", "T", "P", "E"];
    let unit =
        number.chars().next_back().filter(char::is_ascii_alphabetic).map_or(String::new(), String::from);
    let power = units.iter().position(|known| *known == unit)?;
    let digits = number.strip_suffix(unit.as_str())?;
    let number: f64 =
        digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit() || b == b'.'))?;
    Some(number * 1024_f64.powi(i32::try_from(power).ok()?))
}
