//! Delivery to a real HTTP server on this machine.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod receiver;

use std::sync::Arc;
use std::time::Duration as StdDuration;

use model::{Alert, Duration, Labels, Timestamp};
use notify::{AlertingConfig, Handle, Manager, Metrics, Settings, WebhookConfig};
use receiver::Receiver;
use stdx::{Clock, Registry, SystemClock};

fn alert(name: &str, instance: &str, ends_in_s: i64) -> Alert {
    let now = Timestamp(SystemClock.now_ms());
    Alert {
        labels: Labels::from_pairs([("alertname", name), ("instance", instance)]),
        annotations: Labels::from_pairs([("summary", "it is down")]),
        starts_at: now - Duration::from_secs(1),
        ends_at: now + Duration::from_secs(ends_in_s),
        generator_url: "http://weir/graph".to_owned(),
    }
}

fn start() -> (Manager, Handle, Registry) {
    let registry = Registry::new();
    let (manager, handle) = Manager::start(Arc::new(SystemClock), Metrics::new(&registry));
    (manager, handle, registry)
}

fn alerting(yaml: &str) -> AlertingConfig {
    stdx::yaml::from_str(yaml, "test.yml").unwrap()
}

fn webhook(yaml: &str) -> WebhookConfig {
    stdx::yaml::from_str(yaml, "test.yml").unwrap()
}

/// Waits until something holds; fails after ten seconds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        tokio::time::sleep(StdDuration::from_millis(10)).await;
    }
    panic!("in vain waited for: {what}");
}

#[tokio::test]
async fn alerts_reach_all_alertmanagers_in_batches() {
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    let (manager, handle, registry) = start();
    let yaml = format!(
        "alert_relabel_configs: [{{source_labels: [instance], regex: gone, action: drop}}]\n\
         alertmanagers:\n\
         - static_configs: [{{targets: ['{}']}}]\n\
         - path_prefix: /am\n  \
           alert_relabel_configs: [{{target_label: via, replacement: second}}]\n",
        first.address
    );
    let settings = Settings {
        external_labels: Labels::from_pairs([("cluster", "c1"), ("alertname", "external")]),
        alerting: alerting(&yaml),
        batch_size: 2,
        ..Settings::default()
    };
    manager.apply(settings).unwrap();
    handle.set_targets(1, vec![Labels::from_pairs([("__address__", second.address.clone())])]);
    let instances = ["a", "b", "gone", "c"];
    handle.send(instances.iter().map(|i| alert("Down", i, 60)).collect()).await;
    until("three alerts at both", || {
        first.count("/api/v2/alerts") == 3 && second.count("/am/api/v2/alerts") == 3
    })
    .await;
    let posts = first.posts();
    assert_eq!(posts.iter().map(|post| post.body.as_array().unwrap().len()).collect::<Vec<_>>(), [2, 1]);
    let labels = &posts[0].body[0]["labels"];
    assert_eq!(*labels, serde_json::json!({"alertname": "Down", "cluster": "c1", "instance": "a"}));
    assert_eq!(posts[0].content_type, "application/json");
    assert!(posts[0].body[0]["startsAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(second.posts()[0].body[0]["labels"]["via"], "second");
    until("status", || handle.status().alertmanagers.iter().all(|am| am.last_success.is_some())).await;
    let url = format!("http://{}/api/v2/alerts", first.address);
    until("recent", || handle.status().recent.len() == 4).await;
    let metrics = registry.render();
    assert!(
        metrics.contains(&format!("prometheus_notifications_sent_total{{alertmanager=\"{url}\"}} 3")),
        "{metrics}"
    );
    assert!(metrics.contains("prometheus_notifications_alertmanagers_discovered 2"));
    assert!(metrics.contains("weir_notify_relabel_dropped_total 1"));
    manager.stop(StdDuration::from_secs(5)).await;
}

#[tokio::test]
async fn failed_batches_are_tried_again() {
    let receiver = Receiver::start().await;
    receiver.fail_next(&[500, 503]);
    let (manager, handle, registry) = start();
    let yaml = format!("alertmanagers: [{{static_configs: [{{targets: ['{}']}}]}}]", receiver.address);
    manager.apply(Settings { alerting: alerting(&yaml), ..Settings::default() }).unwrap();
    handle.send(vec![alert("Down", "a", 60)]).await;
    until("the third attempt", || receiver.count("/api/v2/alerts") == 3).await;
    until("success", || handle.status().alertmanagers[0].last_success.is_some()).await;
    assert_eq!(handle.status().alertmanagers[0].last_error, None);
    // What is refused for good is not tried again.
    receiver.fail_next(&[400]);
    handle.send(vec![alert("Down", "b", 60)]).await;
    until("the error", || handle.status().alertmanagers[0].last_error.is_some()).await;
    assert_eq!(handle.status().alertmanagers[0].last_error.as_deref(), Some("answered 400: no"));
    until("counters", || registry.render().contains("prometheus_notifications_dropped_total{alertmanager="))
        .await;
    assert_eq!(receiver.count("/api/v2/alerts"), 4);
    manager.stop(StdDuration::from_secs(5)).await;
}

#[tokio::test]
async fn a_full_queue_drops_the_oldest_and_says_so() {
    let (manager, handle, registry) = start();
    let silent = Receiver::closed_address().await;
    let yaml = format!("alertmanagers: [{{static_configs: [{{targets: ['{silent}']}}]}}]");
    let settings = Settings { alerting: alerting(&yaml), queue_capacity: 10, ..Settings::default() };
    manager.apply(settings).unwrap();
    handle.send(vec![alert("Down", "first", 60)]).await;
    until("the first attempt", || handle.status().alertmanagers[0].last_error.is_some()).await;
    handle.send((0..25).map(|i| alert("Down", &i.to_string(), 60)).collect()).await;
    until("a full queue", || handle.status().alertmanagers[0].pending == 10).await;
    let text = registry.render();
    assert!(
        text.contains(&format!(
            "prometheus_notifications_dropped_total{{alertmanager=\"http://{silent}/api/v2/alerts\"}} 15"
        )),
        "{text}"
    );
    assert!(text.contains("prometheus_notifications_queue_capacity 10"));
    let begun = std::time::Instant::now();
    manager.stop(StdDuration::from_secs(5)).await;
    assert!(begun.elapsed() < StdDuration::from_secs(5));
    let text = registry.render();
    assert!(text.contains("/api/v2/alerts\"} 26"), "all are dropped and counted: {text}");
}

#[tokio::test]
async fn a_reload_keeps_what_waits() {
    let receiver = Receiver::start().await;
    receiver.fail_next(&[500]);
    let (manager, handle, _registry) = start();
    let yaml = format!("alertmanagers: [{{static_configs: [{{targets: ['{}']}}]}}]", receiver.address);
    let settings = Settings { alerting: alerting(&yaml), ..Settings::default() };
    manager.apply(settings.clone()).unwrap();
    handle.send(vec![alert("Down", "a", 60)]).await;
    until("the first attempt", || receiver.count("/api/v2/alerts") == 1).await;
    handle.send(vec![alert("Down", "b", 60)]).await;
    manager.apply(settings).unwrap();
    until("both", || receiver.instances().contains(&"b".to_owned())).await;
    manager.apply(Settings::default()).unwrap();
    assert!(handle.status().alertmanagers.is_empty());
    manager.stop(StdDuration::from_secs(5)).await;
}

#[tokio::test]
async fn shutdown_sends_what_waits() {
    let receiver = Receiver::start().await;
    let (manager, handle, _registry) = start();
    let yaml = format!("alertmanagers: [{{static_configs: [{{targets: ['{}']}}]}}]", receiver.address);
    manager.apply(Settings { alerting: alerting(&yaml), batch_size: 1, ..Settings::default() }).unwrap();
    for i in 0..40 {
        handle.send(vec![alert("Down", &i.to_string(), 60)]).await;
    }
    manager.stop(StdDuration::from_secs(10)).await;
    assert_eq!(receiver.count("/api/v2/alerts"), 40);
}

#[tokio::test]
async fn webhooks_are_notified_by_group_and_told_of_the_end() {
    let receiver = Receiver::start().await;
    receiver.fail_next(&[500]);
    let (manager, handle, registry) = start();
    let yaml = format!(
        "{{name: oncall, url: 'http://user:pw@{}/hook/secret', group_wait: 300ms, group_interval: 3s, max_alerts: 1}}",
        receiver.address
    );
    let settings = Settings {
        external_url: "http://weir.example".to_owned(),
        webhooks: vec![webhook(&yaml)],
        ..Settings::default()
    };
    manager.apply(settings).unwrap();
    let (a, b) = (alert("Down", "a", 60), alert("Down", "b", 60));
    handle.send(vec![a.clone(), b.clone(), alert("Full", "c", 60)]).await;
    until("two notifications", || receiver.count("/hook/secret") == 3).await;
    let posts = receiver.posts();
    let delivered: Vec<_> = posts.iter().filter(|post| post.answered == 200).collect();
    let down = delivered.iter().find(|post| post.body["groupLabels"]["alertname"] == "Down").unwrap();
    assert_eq!(down.body["version"], "4");
    assert_eq!(down.authorization, "Basic dXNlcjpwdw==");
    assert_eq!(down.body["receiver"], "oncall");
    assert_eq!(down.body["status"], "firing");
    assert_eq!(down.body["externalURL"], "http://weir.example");
    assert_eq!(down.body["groupKey"], "{}:{alertname=\"Down\"}");
    assert_eq!(down.body["truncatedAlerts"], 1);
    assert_eq!(down.body["alerts"][0]["endsAt"], "0001-01-01T00:00:00Z");
    // Both end.
    let ended = |alert: &Alert| Alert { ends_at: Timestamp(SystemClock.now_ms()), ..alert.clone() };
    handle.send(vec![ended(&a), ended(&b)]).await;
    until("the end", || receiver.posts().iter().any(|post| post.body["status"] == "resolved")).await;
    until("status", || handle.status().recent.len() == 3).await;
    let status = handle.status();
    assert_eq!(status.webhooks[0].url, format!("http://{}/…", receiver.address));
    assert!(status.webhooks[0].last_success.is_some());
    assert_eq!(status.webhooks[0].last_error, None);
    assert_eq!(status.recent[0].status, "resolved");
    let text = registry.render();
    assert!(text.contains("weir_notify_notifications_total{receiver=\"oncall\"} 3"), "{text}");
    assert!(text.contains("weir_notify_attempts_failed_total{receiver=\"oncall\"} 1"), "{text}");
    manager.stop(StdDuration::from_secs(5)).await;
}

#[tokio::test]
async fn a_webhook_that_is_away_is_tried_again_and_its_url_may_be_in_a_file() {
    let (manager, handle, _registry) = start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    let gone = Receiver::closed_address().await;
    std::fs::write(&file, format!("http://{gone}/x\n")).unwrap();
    let yaml = format!("{{name: w, url_file: '{}', group_wait: 0s, group_interval: 20s}}", file.display());
    manager.apply(Settings { webhooks: vec![webhook(&yaml)], ..Settings::default() }).unwrap();
    handle.send(vec![alert("Down", "a", 60)]).await;
    until("a failure", || handle.status().webhooks[0].last_error.is_some()).await;
    assert_eq!(handle.status().webhooks[0].pending, 1);
    let receiver = Receiver::start().await;
    std::fs::write(&file, format!("http://{}/x\n", receiver.address)).unwrap();
    until("delivery", || receiver.count("/x") == 1).await;
    until("status", || handle.status().webhooks[0].last_error.is_none()).await;
    manager.stop(StdDuration::from_secs(5)).await;
}
