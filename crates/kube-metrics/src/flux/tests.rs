use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;
use crate::custom::Config;
use crate::{Form, Options, Plan};

fn shared(path: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("WEIR_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is absent", path.display());
    None
}

fn fleet(folder: &Path) -> Vec<Value> {
    let mut objects = Vec::new();
    for file in std::fs::read_dir(folder).expect("a folder") {
        let path = file.expect("a file").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("").to_owned();
        if name != "events.yaml" && name != "applied.yaml" {
            let text = std::fs::read_to_string(&path).expect("text");
            let (found, faults) = crate::objects_of(&text, &name);
            assert_eq!(faults, []);
            objects.extend(found);
        }
    }
    objects
}

fn target() -> Target {
    Target {
        job: "monitoring/flux-system".to_owned(),
        namespace: "flux-system".to_owned(),
        pod: "kustomize-controller-1".to_owned(),
        container: "manager".to_owned(),
        endpoint: "http-prom".to_owned(),
        instance: "10.0.0.1:8080".to_owned(),
    }
}

/// The example of Flux is Helm values; the configuration is a part of it.
#[test]
fn info_is_what_the_example_makes() {
    let (Some(example), Some(folder)) =
        (shared("reference/flux/kube-state-metrics-config.yaml"), shared("reference/flux/objects"))
    else {
        return;
    };
    let text = std::fs::read_to_string(example).expect("text");
    let values: Value = stdx::yaml::from_str(&text, "example").expect("YAML");
    let config = values["kube-state-metrics"]["customResourceState"]["config"].to_string();
    let custom = Some(Config::parse(&config, "example").expect("valid"));
    let objects = fleet(&folder);
    let options = Options { custom, custom_only: true, ..Options::default() };
    let body = Plan::new(&options).render(&objects, Form::Text);
    let mut theirs: Vec<String> =
        body.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let mut ours: Vec<String> = objects
        .iter()
        .map(|object| kind_of(object).expect("a kind of Flux").resource_info(object).line())
        .collect();
    theirs.sort_unstable();
    ours.sort_unstable();
    assert!(ours.len() > 15, "{}", ours.len());
    assert_eq!(ours, theirs);
}

#[test]
fn each_object_has_one_status() {
    let Some(folder) = shared("reference/flux/objects") else { return };
    for object in fleet(&folder) {
        let samples = kind_of(&object).expect("a kind of Flux").controller_samples(&object, &target());
        let names: Vec<&str> = samples.iter().map(|sample| sample.name.as_ref()).collect();
        assert_eq!(names[..4], [RECONCILE_CONDITION.name; 4]);
        assert_eq!(names[4..], [SUSPEND_STATUS.name]);
        assert_eq!(samples[..4].iter().map(|sample| sample.value).sum::<f64>(), 1.0);
    }
}

fn kustomization(fields: &Value) -> Value {
    let mut object = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1beta2", "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "shop"},
    });
    for (key, value) in fields.as_object().expect("a map") {
        object[key] = value.clone();
    }
    object
}

/// The one status of the samples, and whether it is suspended.
fn read(samples: &[Sample<'_>]) -> (String, f64) {
    let one = samples.iter().find(|sample| sample.value == 1.0 && sample.name == RECONCILE_CONDITION.name);
    let status = one.and_then(|sample| sample.labels.iter().find(|(name, _)| name == "status"));
    let suspend = samples.iter().find(|sample| sample.name == SUSPEND_STATUS.name);
    (
        status.map(|(_, value)| value.to_string()).unwrap_or_default(),
        suspend.map_or(-1.0, |sample| sample.value),
    )
}

#[test]
fn statuses() {
    let condition = |status: &str| json!({"conditions": [{"type": "Ready", "status": status}]});
    let rows = [
        (json!({}), "Unknown", 0.0),
        (json!({"status": condition("True")}), "True", 0.0),
        (json!({"status": condition("False"), "spec": {"suspend": true}}), "False", 1.0),
        (json!({"status": condition("Unknown"), "spec": {"suspend": false}}), "Unknown", 0.0),
        (
            json!({"status": condition("True"), "spec": {"suspend": true},
                "metadata": {"name": "apps", "deletionTimestamp": "2026-01-01T00:00:00Z"}}),
            "Deleted",
            0.0,
        ),
    ];
    for (fields, status, suspended) in rows {
        let object = kustomization(&fields);
        let samples = kind_of(&object).expect("a kind").controller_samples(&object, &target());
        assert_eq!(read(&samples), (status.to_owned(), suspended), "{object}");
    }
    let alert = json!({"apiVersion": "notification.toolkit.fluxcd.io/v1beta3", "kind": "Alert"});
    let samples = kind_of(&alert).expect("a kind").controller_samples(&alert, &target());
    assert_eq!(read(&samples).0, "True");
}

#[test]
fn labels_are_those_of_the_scrape() {
    let object = kustomization(&json!({}));
    let samples = kind_of(&object).expect("a kind").controller_samples(&object, &target());
    let lines: Vec<String> = samples.iter().map(Sample::line).collect();
    assert_eq!(
        lines[2],
        "gotk_reconcile_condition{container=\"manager\",endpoint=\"http-prom\",exported_namespace=\"shop\",\
         instance=\"10.0.0.1:8080\",job=\"monitoring/flux-system\",kind=\"Kustomization\",name=\"apps\",\
         namespace=\"flux-system\",pod=\"kustomize-controller-1\",status=\"Unknown\",type=\"Ready\"} 1"
    );
}

#[test]
fn the_deleted_are_forgotten() {
    let mut deleted = DeletedObjects::default();
    let one = |_: &'static FluxKind| Some(target());
    let object = kustomization(&json!({}));
    deleted.disappeared(&object, 1_000);
    assert_eq!(read(&deleted.samples(2_000, &one)), ("Deleted".to_owned(), 0.0));
    assert!(deleted.samples(2_000, &|_| None).is_empty());
    assert!(deleted.samples(1_000 + DELETED_MS, &one).is_empty());
    deleted.expire(999 + DELETED_MS);
    assert_eq!(deleted.len(), 1);
    deleted.expire(1_000 + DELETED_MS);
    assert!(deleted.is_empty());
    deleted.disappeared(&object, 5_000);
    deleted.appeared(&object);
    assert!(deleted.samples(5_000, &one).is_empty());
    let mut small = DeletedObjects::new(DELETED_MS, 2);
    for (index, name) in ["a", "b", "c"].into_iter().enumerate() {
        let object = kustomization(&json!({"metadata": {"name": name, "namespace": "n"}}));
        small.disappeared(&object, i64::try_from(index).expect("small"));
    }
    let lines: Vec<String> = small.samples(5, &one).iter().map(Sample::line).collect();
    assert_eq!(lines.len(), 10);
    assert!(!lines.iter().any(|line| line.contains("name=\"a\"")));
}
