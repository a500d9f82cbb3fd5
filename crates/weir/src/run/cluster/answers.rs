//! What objects are told: a condition in their status where the kind has one, else an Event.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cluster::{Cluster, Error, EventText, Kind};
use monitors::{Objects, Outcome, Rendered, Verdict};
use serde_json::{Value, json};
use stdx::{Counter, Gauge, GaugeFamily, Registry};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::locked;

/// Who is bound where no Prometheus object is obeyed.
const OWN_NAME: &str = "weir";

/// Characters of a condition's message; the definitions allow for 32,768 bytes.
const MESSAGE_MOST: usize = 8000;
/// After a failure an answer is sent again so much later.
const AGAIN: Duration = Duration::from_secs(5);
/// After a refusal, which does not pass by itself.
const REFUSED_AGAIN: Duration = Duration::from_secs(60);

/// What was said last, by object, and what is still to be said.
pub(super) struct Answers {
    said: HashMap<String, Said>,
    queue: Arc<Queue>,
    worker: JoinHandle<()>,
}

/// Generation of the object, whether it is accepted, and why not.
type Said = (String, bool, String);

/// Answers that wait, one for each object: a newer one takes the place of an older.
struct Queue {
    waiting: Mutex<BTreeMap<String, Answer>>,
    pushed: Notify,
    metrics: Metrics,
}

struct Metrics {
    objects: GaugeFamily,
    waiting: Gauge,
    failures: Counter,
}

#[derive(Clone)]
struct Answer {
    kind: Kind,
    object: Value,
    accepted: bool,
    reason: String,
    prometheus: Option<String>,
    /// When it may be sent.
    not_before: Instant,
}

// === impl Answers ===

impl Answers {
    /// Says nothing yet; must be called within a runtime.
    pub(super) fn start(cluster: &Cluster, registry: &Registry) -> Answers {
        let queue = Arc::new(Queue {
            waiting: Mutex::default(),
            pushed: Notify::new(),
            metrics: Metrics::new(registry),
        });
        let worker = tokio::spawn(Arc::clone(&queue).work(cluster.clone()));
        Answers { said: HashMap::new(), queue, worker }
    }

    /// Counts the objects by what became of them.
    pub(super) fn count(&self, rendered: &Rendered) {
        for outcome in ["accepted", "refused", "not selected"] {
            let count = rendered.verdicts.iter().filter(|verdict| verdict.outcome.word() == outcome).count();
            self.queue.metrics.objects.with(&[outcome]).set(count as f64);
        }
    }

    /// Sends what has changed, in the background.
    pub(super) fn give(&mut self, objects: &Objects, rendered: &Rendered) {
        let mut said = HashMap::new();
        let known = rendered.verdicts.iter().filter_map(|verdict| {
            let (accepted, reason) = words(verdict)?;
            Some((verdict.kind, find(objects, verdict)?, accepted, reason))
        });
        for (kind, object, accepted, reason) in known.chain(workload(objects, rendered)) {
            let generation = object.pointer("/metadata/generation").map(Value::to_string).unwrap_or_default();
            let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or("");
            let key = format!("{}/{}/{}", kind.name(), text("/metadata/namespace"), text("/metadata/name"));
            let now = (generation, accepted, reason.clone());
            if self.said.get(&key) != Some(&now) {
                let (group, version) = (monitors::objects::GROUP, kind.version());
                let kind = Kind::fixed(group, version, kind.name(), kind.plural(), true);
                let prometheus = rendered.prometheus.clone();
                let (object, not_before) = (object.clone(), Instant::now());
                let answer = Answer { kind, object, accepted, reason, prometheus, not_before };
                locked(&self.queue.waiting).insert(key.clone(), answer);
            }
            said.insert(key, now);
        }
        // Nobody is left to be answered.
        locked(&self.queue.waiting).retain(|key, _| said.contains_key(key));
        self.said = said;
        self.queue.pushed.notify_one();
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.worker.abort();
    }
}

// === impl Queue ===

impl Queue {
    /// Each failure puts off its own object alone; while the server is away it is not asked for each of them.
    async fn work(self: Arc<Queue>, cluster: Cluster) {
        let mut told = None;
        loop {
            for key in self.due() {
                let Some(answer) = locked(&self.waiting).get(&key).cloned() else { continue };
                let sent = send(&cluster, &answer).await;
                self.settle(&key, &answer, sent.as_ref().err());
                let Err(error) = sent else { continue };
                let is_away = error.status().is_none();
                if told.as_ref() != Some(&error) {
                    tracing::warn!(%error, key, "An object could not be answered; it is tried again");
                    told = Some(error);
                }
                if is_away {
                    tokio::time::sleep(AGAIN).await;
                    break;
                }
            }
            let next = locked(&self.waiting).values().map(|answer| answer.not_before).min();
            match next {
                Some(next) => tokio::select! {
                    () = self.pushed.notified() => {}
                    () = tokio::time::sleep_until(next) => {}
                },
                None => {
                    told = None;
                    self.pushed.notified().await;
                }
            }
        }
    }

    /// Whose turn it is.
    fn due(&self) -> Vec<String> {
        let now = Instant::now();
        let waiting = locked(&self.waiting);
        self.metrics.waiting.set(waiting.len() as f64);
        waiting.iter().filter(|(_, answer)| answer.not_before <= now).map(|(key, _)| key.clone()).collect()
    }

    /// An answer was sent, or not. A newer one that came meanwhile is left alone.
    fn settle(&self, key: &str, answer: &Answer, error: Option<&Error>) {
        let mut waiting = locked(&self.waiting);
        if let Some(newest) = waiting.get_mut(key).filter(|newest| newest.is_same(answer)) {
            match error {
                None => _ = waiting.remove(key),
                Some(error) => {
                    let pause = if error.is_forbidden() { REFUSED_AGAIN } else { AGAIN };
                    newest.not_before = Instant::now() + pause;
                }
            }
        }
        self.metrics.waiting.set(waiting.len() as f64);
        if error.is_some() {
            self.metrics.failures.inc();
        }
    }
}

// === impl Metrics ===

impl Metrics {
    fn new(registry: &Registry) -> Metrics {
        Metrics {
            objects: registry.gauges(
                "weir_monitors_objects",
                "Monitors, probes, scrape configurations and rules of the cluster, by what became of them.",
                &["outcome"],
            ),
            waiting: registry.gauge(
                "weir_monitors_answers_waiting",
                "Objects of the cluster whose status or Event is still to be written; each waits once.",
            ),
            failures: registry.counter(
                "weir_monitors_answer_failures_total",
                "Answers to objects that could not be written; they are tried again.",
            ),
        }
    }
}

// === impl Answer ===

impl Answer {
    fn is_same(&self, other: &Answer) -> bool {
        self.accepted == other.accepted && self.reason == other.reason && self.object == other.object
    }
}

/// The answer to the Prometheus object where it cannot be obeyed, or not in all. A pause is what was wished for.
fn workload<'a>(
    objects: &'a Objects,
    rendered: &Rendered,
) -> Option<(monitors::Kind, &'a Value, bool, String)> {
    let object = objects.named(monitors::Kind::Prometheus, rendered.prometheus.as_deref()?)?;
    let (accepted, reason) = match &rendered.failure {
        Some(_) if rendered.is_paused => return None,
        Some(failure) => (false, failure.clone()),
        None if rendered.notes.is_empty() => return None,
        None => (true, rendered.notes.join("; ")),
    };
    Some((monitors::Kind::Prometheus, object, accepted, reason))
}

/// Whether it is accepted, and why not. Objects that are not selected are none of our business.
fn words(verdict: &Verdict) -> Option<(bool, String)> {
    match &verdict.outcome {
        Outcome::Accepted(_) => {
            let unknown = verdict.unknown.join(", ");
            let note = if unknown.is_empty() { unknown } else { format!("not honored: {unknown}") };
            Some((true, note))
        }
        Outcome::NotSelected(_) => None,
        Outcome::Refused(reason) | Outcome::Malformed(reason) => Some((false, reason.clone())),
    }
}

fn find<'a>(objects: &'a Objects, verdict: &Verdict) -> Option<&'a Value> {
    objects.named(verdict.kind, &format!("{}/{}", verdict.namespace, verdict.name))
}

async fn send(cluster: &Cluster, answer: &Answer) -> Result<(), Error> {
    let text = |path: &str| answer.object.pointer(path).and_then(Value::as_str).unwrap_or("");
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let time = model_time();
    // The status of Prometheus belongs to those who run it.
    let has_status = if answer.kind.kind == monitors::Kind::Prometheus.name() {
        false
    } else {
        let Some(bindings) = bindings(answer, namespace, &time) else { return Ok(()) };
        let status = json!({"bindings": bindings});
        match cluster.patch_status(&answer.kind, namespace, name, status).await {
            Ok(()) => true,
            Err(error) if error.is_absent() => false,
            Err(error) => return Err(error),
        }
    };
    if answer.accepted && has_status {
        return Ok(());
    }
    let (level, reason) = match answer.accepted {
        false => ("Warning", "InvalidConfiguration"),
        true if answer.reason.is_empty() => ("Normal", "Accepted"),
        true => ("Warning", "NotHonored"),
    };
    let note = match answer.reason.as_str() {
        "" => "the object is in force".to_owned(),
        reason => reason.to_owned(),
    };
    let about = answer.object.clone();
    match cluster.event(&EventText { about, level, reason, action: "Selecting", note, time }).await {
        // Its namespace goes, or has gone.
        Err(error) if error.is_absent() => Ok(()),
        sent => sent,
    }
}

/// The bindings of the status with ours among them; `None` if ours says the same already.
fn bindings(answer: &Answer, namespace: &str, time: &str) -> Option<Vec<Value>> {
    let own = format!("{namespace}/{OWN_NAME}");
    let full = answer.prometheus.as_deref().unwrap_or(&own);
    let (of, called) = full.split_once('/').unwrap_or((namespace, full));
    let is_ours = |binding: &Value| {
        binding.get("name") == Some(&json!(called)) && binding.get("namespace") == Some(&json!(of))
    };
    let there =
        answer.object.pointer("/status/bindings").and_then(Value::as_array).cloned().unwrap_or_default();
    let status = if answer.accepted { "True" } else { "False" };
    let generation = answer.object.pointer("/metadata/generation").cloned().unwrap_or(json!(1));
    let mut condition = json!({
        "type": "Accepted", "status": status, "lastTransitionTime": time, "observedGeneration": generation,
    });
    if !answer.reason.is_empty() {
        condition["reason"] = json!(if answer.accepted { "Accepted" } else { "InvalidConfiguration" });
        condition["message"] = json!(answer.reason.chars().take(MESSAGE_MOST).collect::<String>());
    }
    let same = |condition: &Value, before: &Value| {
        ["type", "status", "message", "observedGeneration"]
            .iter()
            .all(|field| condition.get(field) == before.get(field))
    };
    let before =
        there.iter().find(|binding| is_ours(binding)).and_then(|binding| binding.pointer("/conditions/0"));
    if before.is_some_and(|before| same(&condition, before)) {
        return None;
    }
    let mut bindings: Vec<Value> = there.into_iter().filter(|binding| !is_ours(binding)).collect();
    bindings.push(json!({
        "group": monitors::objects::GROUP, "resource": "prometheuses", "name": called, "namespace": of,
        "conditions": [condition],
    }));
    Some(bindings)
}

/// Now, as the API wants it.
fn model_time() -> String {
    let now = jiff::Timestamp::try_from(SystemTime::now()).unwrap_or_default();
    format!("{now:.6}")
}
