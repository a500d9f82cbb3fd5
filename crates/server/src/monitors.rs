//! `/api/v1/monitors`: what became of each object of a cluster that says what to scrape or to evaluate.
//!
//! An addition of ours; Prometheus has no such path.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use model::Labels;
use model::relabel::{Action, RelabelRule};
use scrape::config::JobSettings;
use serde::Serialize;

use crate::app::App;
use crate::envelope::{Answer, ApiError, ApiResult};

/// What is known of the cluster's objects.
#[derive(Clone, Debug, Default)]
pub struct Monitors {
    /// `namespace/name` of the Prometheus object that is obeyed.
    pub prometheus: Option<String>,
    /// Why nothing is in force.
    pub failure: String,
    /// What the Prometheus object wishes for and does not get.
    pub notes: Vec<String>,
    /// One row for each object.
    pub objects: Vec<Monitored>,
    /// How old the view of the cluster is.
    pub heard: HeardSource,
}

/// Gives the resources and when the API server was last heard of each, in seconds since the epoch.
#[derive(Clone, Default)]
pub struct HeardSource(Option<Arc<dyn Fn() -> BTreeMap<String, f64> + Send + Sync>>);

/// An object and its answer.
#[derive(Clone, Debug, Default)]
pub struct Monitored {
    /// `PodMonitor`, `PrometheusRule` …
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `accepted`, `refused` or `not selected`.
    pub outcome: &'static str,
    /// Why it is not accepted.
    pub reason: String,
    /// Fields that are not honored.
    pub unknown: Vec<String>,
    /// Its jobs, with their settings. Of a PrometheusRule the file, which has none.
    pub jobs: Vec<(String, Option<Arc<JobSettings>>)>,
}

/// Why jobs have no target, and the version of the targets for which that was found.
#[derive(Debug, Default)]
pub struct Reasons(Mutex<HashMap<String, (u64, String)>>);

/// So long one answer may look for reasons; others are told as they were, or with the next answer.
const BUDGET: Duration = Duration::from_millis(200);

#[derive(Serialize)]
struct Data {
    prometheus: Option<String>,
    failure: String,
    notes: Vec<String>,
    /// Seconds since the API server was last heard of, by resource.
    age: BTreeMap<String, f64>,
    objects: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    kind: String,
    namespace: String,
    name: String,
    outcome: &'static str,
    reason: String,
    unknown: Vec<String>,
    jobs: Vec<String>,
    targets: usize,
    up: usize,
    /// Why an accepted object has no target.
    why: String,
}

/// The answers of all objects, with the targets as they are now.
pub(crate) async fn monitors(State(app): State<Arc<App>>) -> ApiResult {
    // With many pods and many objects without targets, saying why takes its time.
    let told = tokio::task::spawn_blocking(move || tell(&app)).await;
    told.map_err(|error| ApiError::internal(format!("telling what became of objects ended early: {error}")))?
}

fn tell(app: &App) -> ApiResult {
    let known = app.monitors.read().unwrap_or_else(PoisonError::into_inner).clone();
    let mut targets: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for target in app.scrape.targets() {
        let counts = targets.entry(target.pool).or_default();
        counts.0 += 1;
        counts.1 += usize::from(target.health.as_str() == "up");
    }
    let mut reasons = app.reasons.0.lock().unwrap_or_else(PoisonError::into_inner);
    let jobs: BTreeSet<&String> =
        known.objects.iter().flat_map(|object| &object.jobs).map(|job| &job.0).collect();
    reasons.retain(|job, _| jobs.contains(job));
    let until = Instant::now() + BUDGET;
    let mut why = |job: &str, rules: &[RelabelRule]| {
        let version = app.scrape.version(job);
        if let Some((of, reason)) = reasons.get(job)
            && (*of == version || Instant::now() > until)
        {
            return reason.clone();
        }
        if Instant::now() > until {
            return "no target; the reason is being looked for".to_owned();
        }
        let own = app.scrape.dropped_of(job);
        let reason = reason(rules, &own.iter().collect::<Vec<_>>());
        reasons.insert(job.to_owned(), (version, reason.clone()));
        reason
    };
    let age = known.heard.ages(app.now().seconds());
    let objects = known.objects.iter().map(|object| row(object.clone(), &targets, &mut why)).collect();
    let Monitors { prometheus, failure, notes, .. } = known;
    Answer::of(&Data { prometheus, failure, notes, age, objects })
}

// === impl HeardSource ===

impl HeardSource {
    /// Asks this whenever somebody wants to know.
    pub fn new(times: impl Fn() -> BTreeMap<String, f64> + Send + Sync + 'static) -> HeardSource {
        HeardSource(Some(Arc::new(times)))
    }

    fn ages(&self, now: f64) -> BTreeMap<String, f64> {
        let times = self.0.as_ref().map(|times| times()).unwrap_or_default();
        times.into_iter().map(|(resource, at)| (resource, (now - at).max(0.0))).collect()
    }
}

impl std::fmt::Debug for HeardSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("HeardSource").field(&self.0.is_some()).finish()
    }
}

fn row(
    object: Monitored,
    targets: &BTreeMap<String, (usize, usize)>,
    reason: &mut dyn FnMut(&str, &[RelabelRule]) -> String,
) -> Row {
    let count = |pick: fn(&(usize, usize)) -> usize| {
        object.jobs.iter().filter_map(|(name, _)| targets.get(name)).map(pick).sum::<usize>()
    };
    let (all, up) = (count(|counts| counts.0), count(|counts| counts.1));
    let is_scraped = object.outcome == "accepted" && object.kind != "PrometheusRule";
    let mut why = Vec::new();
    if is_scraped && all == 0 {
        for (name, settings) in &object.jobs {
            let rules = settings.as_ref().map(|settings| settings.relabel.as_slice());
            why.push(reason(name, rules.unwrap_or_default()));
        }
        why.dedup();
        if object.jobs.is_empty() {
            why.push("it has no endpoint".to_owned());
        }
    }
    Row {
        kind: object.kind,
        namespace: object.namespace,
        name: object.name,
        outcome: object.outcome,
        reason: object.reason,
        unknown: object.unknown,
        jobs: object.jobs.into_iter().map(|(name, _)| name).collect(),
        targets: all,
        up,
        why: why.join("; "),
    }
}

/// Why rules left nothing of what was discovered. The rule that the most candidates reached is the one to mend.
fn reason(rules: &[RelabelRule], dropped: &[&Labels]) -> String {
    if dropped.is_empty() {
        return "discovery finds nothing in the namespaces that it looks at".to_owned();
    }
    let stopped: Vec<usize> = dropped.iter().map(|labels| stop(rules, labels)).collect();
    let last = stopped.iter().copied().max().unwrap_or(0);
    let reached: Vec<&Labels> =
        stopped.iter().zip(dropped).filter(|(stop, _)| **stop == last).map(|(_, labels)| *labels).collect();
    let objects = objects(&reached);
    let all = self::objects(dropped);
    let Some(rule) = rules.get(last) else { return "all targets were dropped".to_owned() };
    let sources = rule.source_labels.join(" ");
    let pattern = rule.regex.as_str().to_owned();
    if sources.contains("_port_n") {
        let label = rule.source_labels.first().map_or("", String::as_str);
        let ports: BTreeSet<&str> =
            reached.iter().map(|labels| labels.get(label)).filter(|p| !p.is_empty()).collect();
        let ports = if ports.is_empty() { "none are declared".to_owned() } else { join(&ports) };
        let what = if label.ends_with("number") { "numbered" } else { "named" };
        return format!(
            "its selector matches {objects}, none has a port {what} {pattern}; ports are: {ports}"
        );
    }
    if sources.contains("_phase") {
        return format!("its selector matches {objects}, and all of them have ended");
    }
    if sources.contains("_label") {
        let keys: Vec<String> = rule.source_labels.iter().filter_map(|label| label_name(label)).collect();
        let verb = if rule.action == Action::Drop { "must not have" } else { "must have" };
        let value = pattern.trim_end_matches(";true");
        return format!("its selector matches none of {all}: they {verb} {} {value}", keys.join(", "));
    }
    format!(
        "rule {} of its relabelings ({} {sources} {pattern}) drops all of {objects}",
        last + 1,
        rule.action.as_str()
    )
}

/// The rule that drops a target.
fn stop(rules: &[RelabelRule], labels: &Labels) -> usize {
    let mut builder = labels.to_builder();
    rules.iter().position(|rule| !rule.apply(&mut builder)).unwrap_or(rules.len())
}

/// How many pods, services or other objects the targets are of.
fn objects(targets: &[&Labels]) -> String {
    let kinds = [("pod", "__meta_kubernetes_pod_name"), ("service", "__meta_kubernetes_service_name")];
    let kind = kinds.iter().find(|(_, label)| targets.iter().any(|labels| !labels.get(label).is_empty()));
    let (name, label) = kind.copied().unwrap_or(("target", "__address__"));
    let namespace = |labels: &&&Labels| labels.get("__meta_kubernetes_namespace").to_owned();
    let found: BTreeSet<(String, &str)> =
        targets.iter().map(|labels| (namespace(&labels), labels.get(label))).collect();
    let plural = if found.len() == 1 { "" } else { "s" };
    format!("{} {name}{plural}", found.len())
}

fn label_name(label: &str) -> Option<String> {
    let (_, name) = label.split_once("_label_")?;
    Some(format!("label {name}"))
}

fn join(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Vec<RelabelRule> {
        let text = "[{action: drop, source_labels: [__meta_kubernetes_pod_phase], regex: (Failed|Succeeded)},\
            {action: keep, source_labels: [__meta_kubernetes_pod_label_app, __meta_kubernetes_pod_labelpresent_app], regex: (shop);true},\
            {action: keep, source_labels: [__meta_kubernetes_pod_container_port_name], regex: http-prom}]";
        stdx::yaml::from_str(text, "rules").expect("valid")
    }

    fn pod(name: &str, app: &str, port: &str, phase: &str) -> Labels {
        Labels::from_pairs([
            ("__meta_kubernetes_namespace", "a"),
            ("__meta_kubernetes_pod_name", name),
            ("__meta_kubernetes_pod_label_app", app),
            ("__meta_kubernetes_pod_labelpresent_app", "true"),
            ("__meta_kubernetes_pod_container_port_name", port),
            ("__meta_kubernetes_pod_phase", phase),
        ])
    }

    #[test]
    fn the_rule_that_drops_names_the_remedy() {
        let said = |pods: &[Labels]| reason(&rules(), &pods.iter().collect::<Vec<_>>());
        let running = [
            pod("1", "shop", "metrics", "Running"),
            pod("1", "shop", "healthz", "Running"),
            pod("2", "shop", "metrics", "Running"),
            pod("3", "other", "http-prom", "Running"),
        ];
        assert_eq!(
            said(&running),
            "its selector matches 2 pods, none has a port named http-prom; ports are: healthz, metrics"
        );
        assert_eq!(
            said(&running[3..]),
            "its selector matches none of 1 pod: they must have label app (shop)"
        );
        let ended = [pod("1", "shop", "http-prom", "Succeeded")];
        assert_eq!(said(&ended), "its selector matches 1 pod, and all of them have ended");
        assert_eq!(said(&[]), "discovery finds nothing in the namespaces that it looks at");
    }
}
