//! What a target costs before it is scraped: `cargo bench -p scrape --bench targets` prints targets relabelled a second,
//! by rules as Prometheus Operator makes them for a `PodMonitor` of which one pod in a hundred is selected.
#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use model::Labels;
use scrape::config::{GlobalConfig, ScrapeConfig, resolve};
use scrape::discovery::TargetGroup;
use scrape::target::{Memo, build};

const PODS: usize = 10_000;
const ROUNDS: usize = 20;
const JOB: &str = r#"{"job_name": "podMonitor/monitoring/a/0", "relabel_configs": [
    {"source_labels": ["job"], "target_label": "__tmp_prometheus_job_name"},
    {"action": "drop", "source_labels": ["__meta_kubernetes_pod_phase"], "regex": "(Failed|Succeeded)"},
    {"action": "keep", "source_labels": ["__meta_kubernetes_pod_label_app", "__meta_kubernetes_pod_labelpresent_app"], "regex": "(app-7);true"},
    {"action": "keep", "source_labels": ["__meta_kubernetes_pod_container_port_name"], "regex": "web"},
    {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
    {"source_labels": ["__meta_kubernetes_pod_container_name"], "target_label": "container"},
    {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
    {"target_label": "job", "replacement": "monitoring/a"},
    {"target_label": "endpoint", "replacement": "web"},
    {"source_labels": ["__address__", "__tmp_hash"], "target_label": "__tmp_hash", "regex": "(.+);", "replacement": "$1", "action": "replace"},
    {"source_labels": ["__tmp_hash"], "target_label": "__tmp_hash", "modulus": 1, "action": "hashmod"},
    {"source_labels": ["__tmp_hash"], "regex": "0", "action": "keep"}
]}"#;

fn pod(index: usize) -> TargetGroup {
    let (name, app, address) = (
        format!("pod-{index}"),
        format!("app-{}", index % 100),
        format!("10.0.{}.{}:8080", index / 250, index % 250),
    );
    let labels = [
        ("__meta_kubernetes_namespace", "load"),
        ("__meta_kubernetes_pod_name", name.as_str()),
        ("__meta_kubernetes_pod_phase", "Running"),
        ("__meta_kubernetes_pod_ready", "true"),
        ("__meta_kubernetes_pod_label_app", app.as_str()),
        ("__meta_kubernetes_pod_labelpresent_app", "true"),
    ];
    let target = [
        ("__address__", address.as_str()),
        ("__meta_kubernetes_pod_container_name", "manager"),
        ("__meta_kubernetes_pod_container_port_name", "web"),
        ("__meta_kubernetes_pod_container_port_number", "8080"),
    ];
    TargetGroup {
        source: format!("pod/load/{name}"),
        targets: vec![Labels::from_pairs(target)],
        labels: Labels::from_pairs(labels),
    }
}

fn main() {
    let config: ScrapeConfig = serde_json::from_str(JOB).expect("a job");
    let jobs = resolve(&GlobalConfig::default(), vec![config], Path::new(".")).expect("valid");
    let mut groups: Vec<Arc<TargetGroup>> = (0..PODS).map(pod).map(Arc::new).collect();
    let set = build(&jobs[0], &groups);
    assert_eq!(set.active.len(), PODS / 100, "{:?}", set.refused);
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        std::hint::black_box(build(&jobs[0], std::hint::black_box(&groups)));
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("targets relabelled: {:.0} a second", (PODS * ROUNDS) as f64 / seconds);
    let mut memo = Memo::default();
    memo.build(&jobs[0], &groups);
    let begun = Instant::now();
    for i in 0..ROUNDS {
        groups[i] = Arc::new(pod(i));
        std::hint::black_box(memo.build(&jobs[0], std::hint::black_box(&groups)));
    }
    let each = begun.elapsed().as_secs_f64() / ROUNDS as f64 * 1e3;
    println!("one pod of {PODS} has changed: {each:.1} ms a job");
}
