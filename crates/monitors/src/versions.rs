//! Fields that old Prometheus versions do not know: left out where `spec.version` names an older one.

use serde_json::Value;

/// Field of a job, and the first version (major, minor) that has it.
const JOB: &[(&str, (u32, u32))] = &[
    ("target_limit", (2, 21)),
    ("follow_redirects", (2, 26)),
    ("label_limit", (2, 27)),
    ("label_name_length_limit", (2, 27)),
    ("label_value_length_limit", (2, 27)),
    ("body_size_limit", (2, 28)),
    ("enable_http2", (2, 35)),
    ("keep_dropped_targets", (2, 47)),
    ("track_timestamps_staleness", (2, 48)),
    ("scrape_protocols", (2, 49)),
    ("enable_compression", (2, 49)),
    ("fallback_scrape_protocol", (3, 0)),
];
/// Field of a `kubernetes_sd_configs` entry.
const DISCOVERY: &[(&str, (u32, u32))] = &[("attach_metadata", (2, 35)), ("own_namespace", (2, 35))];
/// Field of `global`.
const GLOBAL: &[(&str, (u32, u32))] = &[("rule_query_offset", (2, 53)), ("keep_dropped_targets", (2, 47))];

/// Removes what the version does not know. An empty or unreadable version is the newest.
pub(crate) fn apply(version: &str, config: &mut Value) {
    let Some(version) = parse(version) else { return };
    let drop = |value: &mut Value, rows: &[(&str, (u32, u32))]| {
        if let Some(map) = value.as_object_mut() {
            map.retain(|key, _| rows.iter().all(|(name, since)| name != key || *since <= version));
        }
    };
    if let Some(global) = config.get_mut("global") {
        drop(global, GLOBAL);
        drop(global, JOB);
    }
    for job in config.get_mut("scrape_configs").and_then(Value::as_array_mut).into_iter().flatten() {
        drop(job, JOB);
        let found = job.get_mut("kubernetes_sd_configs").and_then(Value::as_array_mut);
        found.into_iter().flatten().for_each(|entry| drop(entry, DISCOVERY));
    }
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
