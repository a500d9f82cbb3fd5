//! The main job: recordings of real Flux control planes, replayed as targets.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::harness::{Webhook, Weir, eventually, free_port, shared, slow};

/// A running `weir replay`.
struct Replay {
    child: Child,
    port: u16,
}

impl Replay {
    fn start(recording: &Path, speed: &str) -> Replay {
        let port = free_port();
        let child = Command::new(env!("CARGO_BIN_EXE_weir"))
            .args(["replay", &recording.display().to_string(), "--speed", speed, "--loop"])
            .arg(format!("--listen=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("weir replay starts");
        Replay { child, port }
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One second of the test is fifteen of the recording: a scrape a second, and `for` in seconds.
fn config(replay: &Replay, webhook: &Webhook, rules: &[(&str, &str)], dir: &Path) -> String {
    for (name, text) in rules {
        std::fs::write(dir.join(name), text.replace("for: 10m", "for: 6s")).expect("rule file written");
    }
    format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
         rule_files: ['*.rules.yaml']\n\
         webhooks:\n- {{name: hook, url: '{}', group_by: [alertname], group_wait: 1s, group_interval: 2s}}\n\
         scrape_configs:\n- job_name: flux\n  http_sd_configs: [{{url: 'http://127.0.0.1:{}/targets', refresh_interval: 1s}}]\n",
        webhook.url, replay.port
    )
}

fn rule_file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn flux_2_1_the_guides_alert_fires_through_a_restart() {
    let Some(recording) = shared("recordings/flux-2.1.tar.zst") else { return };
    if !slow("the replay of flux-2.1") {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let (replay, webhook) = (Replay::start(&recording, "15"), Webhook::start());
    let rules = rule_file("flux.yaml");
    let config = config(&replay, &webhook, &[("flux.rules.yaml", &rules)], dir.path());
    let weir = Weir::start(dir.path(), Some(&config), &[]);
    eventually("targets up", Duration::from_secs(30), || {
        match weir.scalar("sum(up{job=\"monitoring/flux-system\"})") {
            Some(4.0) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    let since = eventually("an alert is pending", Duration::from_secs(60), || {
        weir.scalar("min(ALERTS_FOR_STATE{alertname=\"ReconciliationFailure\"})")
            .ok_or_else(|| "none".to_owned())
    });
    weir.kill();
    let weir = Weir::start(dir.path(), Some(&config), &[]);
    let firing = "min(ALERTS_FOR_STATE{alertname=\"ReconciliationFailure\"} and on (name, kind) ALERTS{alertstate=\"firing\"})";
    let restored = eventually("it fires", Duration::from_secs(60), || {
        weir.scalar(firing).ok_or_else(|| "not yet".to_owned())
    });
    assert_eq!(restored, since, "the restart made a gap in `for`");
    let labels = eventually("the webhook hears of it", Duration::from_secs(30), || {
        let found = webhook
            .alerts()
            .into_iter()
            .find(|(name, status, _)| name == "ReconciliationFailure" && status == "firing");
        found.map(|(_, _, labels)| labels).ok_or_else(|| format!("{:?}", webhook.bodies()))
    });
    assert_eq!(labels["exported_namespace"], "flux-system");
    // The recording mends what it broke, and begins again: alerts resolve.
    eventually("an alert is resolved", Duration::from_secs(120), || {
        let resolved = webhook.alerts().iter().any(|(_, status, _)| status == "resolved");
        if resolved { Ok(()) } else { Err(format!("{} notifications", webhook.bodies().len())) }
    });
    assert!(weir.terminate().success(), "SIGTERM ends the process in order");
}

#[test]
fn flux_2_9_the_guides_alert_is_dead_and_its_successor_fires() {
    let Some(recording) = shared("recordings/flux-2.9.tar.zst") else { return };
    if !slow("the replay of flux-2.9") {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let (replay, webhook) = (Replay::start(&recording, "15"), Webhook::start());
    let (old, new) = (rule_file("flux.yaml"), rule_file("flux-resource-info.yaml"));
    let files = [("flux.rules.yaml", old.as_str()), ("info.rules.yaml", new.as_str())];
    let config = config(&replay, &webhook, &files, dir.path());
    let weir = Weir::start(dir.path(), Some(&config), &["--rules.dead-after=10s"]);
    let heard = |name: &'static str| {
        eventually(name, Duration::from_secs(120), || {
            let found = webhook.alerts().into_iter().find(|(n, status, _)| n == name && status == "firing");
            found
                .map(|(_, _, labels)| labels)
                .ok_or_else(|| format!("{} notifications", webhook.bodies().len()))
        })
    };
    heard("FluxResourceNotReady");
    let dead = heard("WeirDeadAlert");
    assert_eq!((&dead["rule"], &dead["rule_group"]), (&"ReconciliationFailure".into(), &"flux".into()));
    let rules = weir.api("/api/v1/rules");
    let groups = rules["groups"].as_array().expect("groups");
    let rule = |group: &str| {
        groups.iter().find(|g| g["name"] == group).expect("the group is there")["rules"][0].clone()
    };
    assert_eq!(rule("flux")["dead"], true);
    assert_eq!(rule("flux-resource-info")["dead"], false);
    // The place of a selector is its place in the query that is shown.
    let (query, selector) = (rule("flux")["query"].clone(), rule("flux")["selectors"][0].clone());
    let place = |name: &str| selector[name].as_u64().map_or(0, |at| at as usize);
    let text = query.as_str().and_then(|query| query.get(place("start")..place("end")));
    assert_eq!(text, selector["selector"].as_str());
    assert!(
        rule("flux")["selectors"][0]["suggestion"]
            .as_str()
            .is_some_and(|s| s.contains("gotk_reconcile_duration_seconds"))
    );
    assert_eq!(
        weir.scalar("weir_rule_dead{name=\"ReconciliationFailure\"}"),
        None,
        "not scraped by this configuration"
    );
    assert!(
        weir.get("/metrics")
            .body
            .contains("weir_rule_dead{rule_group=\"flux\",name=\"ReconciliationFailure\"} 1")
    );
}
