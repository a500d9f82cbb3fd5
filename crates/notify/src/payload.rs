//! What is posted: alerts to Alertmanager's API v2, and notifications to webhooks in Alertmanager's form,
//! version 4.

use model::{Alert, Labels, Timestamp};
use serde_json::{Map, Value, json};

use crate::grouping::Notification;
use crate::time_text::{ZERO, trimmed, with_millis};

/// The body for `POST /api/v2/alerts`.
pub fn alertmanager_body(alerts: &[Alert]) -> Vec<u8> {
    let list: Vec<Value> = alerts
        .iter()
        .map(|alert| {
            json!({
                "annotations": labels_json(&alert.annotations),
                "endsAt": with_millis(alert.ends_at),
                "startsAt": with_millis(alert.starts_at),
                "generatorURL": alert.generator_url,
                "labels": labels_json(&alert.labels),
            })
        })
        .collect();
    Value::Array(list).to_string().into_bytes()
}

/// The body for a webhook. At most `max_alerts` alerts are in it, unless that is 0; the others are counted.
pub fn webhook_body(notification: &Notification, external_url: &str, max_alerts: usize) -> Vec<u8> {
    let all = notification.alerts.len();
    let shown = if max_alerts == 0 { all } else { max_alerts.min(all) };
    let alerts: Vec<Value> =
        notification.alerts[..shown].iter().map(|alert| webhook_alert(alert, notification.at)).collect();
    let body = json!({
        "receiver": notification.receiver,
        "status": notification.status(),
        "alerts": alerts,
        "groupLabels": labels_json(&notification.group_labels),
        "commonLabels": labels_json(&common(notification.alerts.iter().map(|alert| &alert.labels))),
        "commonAnnotations": labels_json(&common(notification.alerts.iter().map(|alert| &alert.annotations))),
        "externalURL": external_url,
        "version": "4",
        "groupKey": notification.group_key(),
        "truncatedAlerts": all - shown,
    });
    body.to_string().into_bytes()
}

fn webhook_alert(alert: &Alert, now: Timestamp) -> Value {
    let resolved = alert.is_resolved(now);
    json!({
        "status": if resolved { "resolved" } else { "firing" },
        "labels": labels_json(&alert.labels),
        "annotations": labels_json(&alert.annotations),
        "startsAt": trimmed(alert.starts_at),
        "endsAt": if resolved { trimmed(alert.ends_at) } else { ZERO.to_owned() },
        "generatorURL": alert.generator_url,
        "fingerprint": format!("{:016x}", alert.fingerprint()),
    })
}

/// What all the sets have alike.
fn common<'a>(mut sets: impl Iterator<Item = &'a Labels>) -> Labels {
    let first = sets.next().cloned().unwrap_or_default();
    sets.fold(first, |common, set| {
        let pairs: Vec<(&str, &str)> =
            common.iter().filter(|(name, value)| set.get(name) == *value).collect();
        Labels::from_sorted(&pairs)
    })
}

fn labels_json(labels: &Labels) -> Value {
    let map: Map<String, Value> =
        labels.iter().map(|(name, value)| (name.to_owned(), Value::String(value.to_owned()))).collect();
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(job: &str, ends_at: i64) -> Alert {
        Alert {
            labels: Labels::from_pairs([("alertname", "Down"), ("job", job)]),
            annotations: Labels::from_pairs([("summary", "it is down")]),
            starts_at: Timestamp(1_700_000_000_100),
            ends_at: Timestamp(ends_at),
            generator_url: "http://weir/graph?g0.expr=up".to_owned(),
        }
    }

    #[test]
    fn alertmanager_gets_millis() {
        let body = String::from_utf8(alertmanager_body(&[alert("a", 1_700_000_240_000)])).unwrap();
        assert_eq!(
            body,
            r#"[{"annotations":{"summary":"it is down"},"endsAt":"2023-11-14T22:17:20.000Z","#.to_owned()
                + r#""startsAt":"2023-11-14T22:13:20.100Z","generatorURL":"http://weir/graph?g0.expr=up","#
                + r#""labels":{"alertname":"Down","job":"a"}}]"#
        );
    }

    #[test]
    fn webhooks_get_version_four() {
        let notification = Notification {
            receiver: "hook".to_owned(),
            group_labels: Labels::from_pairs([("alertname", "Down")]),
            alerts: vec![alert("a", 1_700_000_240_000), alert("b", 1_700_000_000_200), alert("c", 0)],
            at: Timestamp(1_700_000_100_000),
        };
        let body: Value = serde_json::from_slice(&webhook_body(&notification, "http://weir", 2)).unwrap();
        let expected = json!({
            "receiver": "hook",
            "status": "firing",
            "alerts": [
                {
                    "status": "firing",
                    "labels": {"alertname": "Down", "job": "a"},
                    "annotations": {"summary": "it is down"},
                    "startsAt": "2023-11-14T22:13:20.1Z",
                    "endsAt": "0001-01-01T00:00:00Z",
                    "generatorURL": "http://weir/graph?g0.expr=up",
                    "fingerprint": format!("{:016x}", notification.alerts[0].fingerprint()),
                },
                {
                    "status": "resolved",
                    "labels": {"alertname": "Down", "job": "b"},
                    "annotations": {"summary": "it is down"},
                    "startsAt": "2023-11-14T22:13:20.1Z",
                    "endsAt": "2023-11-14T22:13:20.2Z",
                    "generatorURL": "http://weir/graph?g0.expr=up",
                    "fingerprint": format!("{:016x}", notification.alerts[1].fingerprint()),
                },
            ],
            "groupLabels": {"alertname": "Down"},
            "commonLabels": {"alertname": "Down"},
            "commonAnnotations": {"summary": "it is down"},
            "externalURL": "http://weir",
            "version": "4",
            "groupKey": "{}:{alertname=\"Down\"}",
            "truncatedAlerts": 1,
        });
        assert_eq!(body, expected);
    }
}
