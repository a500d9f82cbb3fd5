//! What a large cluster costs: 10,000 pods.

use std::time::Instant;

use kube_metrics::{Body, Form, Live, Options, Plan};
use serde_json::{Value, json};

const PODS: usize = 10_000;

/// A pod as Deployments make them: two containers, conditions, owner, volumes.
fn pod(i: usize, phase: &str) -> Value {
    let container = |name: &str| json!({"name": name, "image": format!("registry.example/shop/{name}:1.2.{}", i % 7), "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}});
    let status = |name: &str| json!({"name": name, "ready": true, "started": true, "restartCount": i % 3, "image": format!("registry.example/shop/{name}:1.2.{}", i % 7), "imageID": format!("sha256:{i:064x}"), "containerID": format!("containerd://{i:064x}"), "state": {"running": {"startedAt": "2026-11-24T06:00:00Z"}}});
    let condition =
        |kind: &str| json!({"type": kind, "status": "True", "lastTransitionTime": "2026-11-24T06:00:00Z"});
    let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition);
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("shop-{}-{i:05}", i % 40), "namespace": format!("team-{}", i % 25), "uid": format!("{i:036}"),
            "creationTimestamp": "2026-11-24T06:00:00Z", "labels": {"app": format!("shop-{}", i % 40)},
            "ownerReferences": [{"kind": "ReplicaSet", "name": format!("shop-{}", i % 40), "controller": true}],
        },
        "spec": {"nodeName": format!("node-{}", i % 100), "containers": [container("web"), container("proxy")], "priorityClassName": "default", "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": format!("data-{i}")}}]},
        "status": {
            "phase": phase, "podIP": "10.1.2.3", "hostIP": "10.0.0.1", "startTime": "2026-11-24T06:00:00Z", "qosClass": "Burstable",
            "podIPs": [{"ip": "10.1.2.3"}], "conditions": conditions,
            "containerStatuses": [status("web"), status("proxy")],
        },
    })
}

#[test]
fn ten_thousand_pods_fit_into_sixty_megabytes() {
    let options = Options::parse(["--resources=pods"], &|_| Err(String::new())).expect("valid");
    let mut live = Live::new(Plan::new(&options));
    for i in 0..PODS {
        live.apply(&pod(i, "Running"));
    }
    let updates: Vec<Value> = (0..1000).map(|i| pod(i, "Pending")).collect();
    let begun = Instant::now();
    updates.iter().for_each(|pod| live.apply(pod));
    let each = begun.elapsed() / 1000;
    let megabytes = live.bytes() as f64 / 1e6;
    let mut body = Body::new(Form::Text);
    live.write(&mut body);
    let text = body.finish();
    println!("{PODS} pods: {megabytes:.1} MB kept, {each:?} an update, {} bytes of exposition", text.len());
    assert_eq!(live.len(), PODS);
    assert!(megabytes <= 60.0, "{megabytes} MB");
}
