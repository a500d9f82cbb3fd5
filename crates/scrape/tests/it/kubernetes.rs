//! Targets of a cluster: a server that speaks the list and watch of the Kubernetes API, and fails as such servers do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::Labels;

use crate::server::{Answer, Server, head, text};
use crate::{House, eventually};

/// What the API server does.
#[derive(Default)]
struct Cluster {
    /// Names of pods in `flux-system`, and the port of their container.
    pods: Vec<(&'static str, u16)>,
    /// Sent to the next watch.
    events: Vec<String>,
    /// All requests fail.
    is_away: bool,
}

fn pod(name: &str, port: u16) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"flux-system","resourceVersion":"5","labels":{{"app":"{name}"}}}},"spec":{{"containers":[{{"name":"manager","image":"x","ports":[{{"name":"http-prom","containerPort":{port},"protocol":"TCP"}}]}}]}},"status":{{"podIP":"127.0.0.1","phase":"Running"}}}}"#
    )
}

fn event(kind: &str, object: &str) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n")
}

fn answer(cluster: &Mutex<Cluster>, request: &str) -> Answer {
    let mut cluster = cluster.lock().unwrap();
    if cluster.is_away {
        return Answer::Close(head("500 Internal Server Error", &["Content-Length: 0"]));
    }
    assert!(request.starts_with("GET /api/v1/namespaces/flux-system/pods?"), "{request}");
    if request.contains("watch=true") {
        // Each watch ends soon, as behind a proxy that closes connections; the client begins the next.
        let events: String = cluster.events.drain(..).collect();
        let mut bytes = head("200 OK", &["Content-Type: application/json", "Connection: close"]);
        bytes.extend(events.as_bytes());
        return Answer::After(Duration::from_millis(100), bytes);
    }
    let items: Vec<String> = cluster.pods.iter().map(|(name, port)| pod(name, *port)).collect();
    let list = format!(
        r#"{{"apiVersion":"v1","kind":"PodList","metadata":{{"resourceVersion":"9"}},"items":[{}]}}"#,
        items.join(",")
    );
    Answer::Ok("application/json", list)
}

fn pods(house: &House) -> Vec<String> {
    let mut names: Vec<String> =
        house.handle.targets().iter().map(|target| target.labels.get("pod").to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn pods_are_followed_through_failures() {
    let metrics = Server::start(|_| text("a 1\n")).await;
    let port: u16 = metrics.address.rsplit(':').next().unwrap().parse().unwrap();
    let cluster = Arc::new(Mutex::new(Cluster { pods: vec![("one", port)], ..Cluster::default() }));
    let state = Arc::clone(&cluster);
    let api = Server::start(move |request| answer(&state, request)).await;
    let yaml = format!(
        "- job_name: k\n  kubernetes_sd_configs:\n  - {{role: pod, api_server: 'http://{}', namespaces: {{names: [flux-system]}}}}\n  \
         relabel_configs:\n  - {{source_labels: [__meta_kubernetes_pod_name], target_label: pod}}\n  \
         - {{source_labels: [__meta_kubernetes_namespace], target_label: namespace}}\n  \
         - {{action: labelmap, regex: __meta_kubernetes_pod_label_(.+)}}\n",
        api.address
    );
    let house = House::with(&yaml).await;
    let target = house.scraped("k").await;
    let label = |labels: &Labels, name: &str| labels.get(name).to_owned();
    let seen = ["pod", "namespace", "app", "instance"].map(|name| label(&target.labels, name));
    assert_eq!(seen, ["one", "flux-system", "one", metrics.address.as_str()]);
    assert_eq!(target.discovered_labels.get("__meta_kubernetes_pod_container_port_name"), "http-prom");
    cluster.lock().unwrap().events.push(event("ADDED", &pod("two", port)));
    eventually("a pod that a watch tells of", || pods(&house) == ["one", "two"]).await;
    // The server is away: what is known stays, and is scraped.
    cluster.lock().unwrap().is_away = true;
    let failures =
        r#"prometheus_sd_refresh_failures_total{mechanism="kubernetes",config="kubernetes pod flux-system"}"#;
    eventually("failures are counted", || house.registry.render().contains(failures)).await;
    assert_eq!(pods(&house), ["one", "two"]);
    cluster.lock().unwrap().is_away = false;
    cluster.lock().unwrap().events.push(event("DELETED", &pod("one", port)));
    eventually("a pod that is gone", || pods(&house) == ["two"]).await;
    // Too old a version: everything is listed anew, and what the list does not have is gone.
    cluster.lock().unwrap().pods = vec![("three", port)];
    let gone = r#"{"apiVersion":"v1","kind":"Status","status":"Failure","message":"too old","reason":"Expired","code":410}"#;
    cluster.lock().unwrap().events.push(event("ERROR", gone));
    eventually("a new list", || pods(&house) == ["three"]).await;
    assert!(
        house
            .registry
            .render()
            .contains("weir_sd_kubernetes_objects{config=\"kubernetes pod flux-system\"} 1")
    );
}
