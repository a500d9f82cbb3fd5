//! What a Prometheus object wishes for and does not get: told, so that nobody takes it for granted.

use serde_json::Value;

use crate::read::{at, is_empty};

/// Fields of the spec without effect, and what is so instead.
const WITHOUT_EFFECT: [(&str, &str); 11] = [
    ("remoteWrite", "samples are sent nowhere"),
    ("remoteRead", "nothing is read from elsewhere"),
    ("enableRemoteWriteReceiver", "samples that others send are not taken"),
    ("enableOTLPReceiver", "samples that others send are not taken"),
    ("retention", "the flag --storage.tsdb.retention.time counts"),
    ("retentionSize", "the flag --storage.tsdb.retention.size counts"),
    ("tsdb.outOfOrderTimeWindow", "samples that come too late are refused and counted"),
    ("query", "the flags --query.… count"),
    ("externalUrl", "the flag --web.external-url counts"),
    ("tracingConfig", "no traces are sent"),
    ("thanos", "nothing is uploaded, no sidecar runs"),
];

/// A line for each field that is set.
pub(crate) fn notes(spec: &Value) -> Vec<String> {
    let is_set = |value: &Value| !is_empty(value) && *value != Value::Bool(false);
    let set = WITHOUT_EFFECT.iter().filter(|(field, _)| is_set(at(spec, field)));
    set.map(|(field, instead)| format!("spec.{field} has no effect: {instead}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_set_is_told() {
        for (spec, expected) in [
            (json!({}), &[][..]),
            (json!({"remoteWrite": [], "enableRemoteWriteReceiver": false, "scrapeInterval": "30s"}), &[]),
            (
                json!({"remoteWrite": [{"url": "http://a"}], "retention": "30d", "tsdb": {"outOfOrderTimeWindow": "5m"}}),
                &["remoteWrite", "retention", "tsdb.outOfOrderTimeWindow"],
            ),
        ] {
            let found = notes(&spec);
            assert_eq!(found.len(), expected.len(), "{spec}: {found:?}");
            for (note, field) in found.iter().zip(expected) {
                assert!(note.starts_with(&format!("spec.{field} has no effect: ")), "{note}");
            }
        }
    }
}
