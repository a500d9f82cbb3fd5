//! What objects are told: a condition in their status where the kind has one, else an Event.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use cluster::{Cluster, EventText, Kind};
use monitors::{Objects, Outcome, Rendered, Verdict};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// Who is bound where no Prometheus object is obeyed.
const OWN_NAME: &str = "weir";

/// Answers that are under way at once.
const AT_ONCE: usize = 2;

/// What was said last, by object.
pub(super) struct Answers {
    said: HashMap<String, (bool, String)>,
    permits: Arc<Semaphore>,
}

impl Default for Answers {
    fn default() -> Answers {
        Answers { said: HashMap::new(), permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

struct Answer {
    kind: Kind,
    object: Value,
    accepted: bool,
    reason: String,
    prometheus: Option<String>,
}

impl Answers {
    /// Sends what has changed, in the background.
    pub(super) fn give(&mut self, cluster: &Cluster, objects: &Objects, rendered: &Rendered) {
        let (mut said, mut answers) = (HashMap::new(), Vec::new());
        for verdict in &rendered.verdicts {
            let Some((accepted, reason)) = words(verdict) else { continue };
            let Some(object) = find(objects, verdict) else { continue };
            let version = object.pointer("/metadata/generation").map(Value::to_string).unwrap_or_default();
            let key = format!("{}/{}/{}/{version}", verdict.kind.name(), verdict.namespace, verdict.name);
            if self.said.get(&key) != Some(&(accepted, reason.clone())) {
                let kind = Kind::fixed(
                    monitors::objects::GROUP,
                    verdict.kind.version(),
                    verdict.kind.name(),
                    verdict.kind.plural(),
                    true,
                );
                let prometheus = rendered.prometheus.clone();
                let answer =
                    Answer { kind, object: object.clone(), accepted, reason: reason.clone(), prometheus };
                answers.push(answer);
            }
            said.insert(key, (accepted, reason));
        }
        self.said = said;
        let (cluster, permits) = (cluster.clone(), Arc::clone(&self.permits));
        tokio::spawn(async move {
            for answer in answers {
                let _permit = permits.acquire().await;
                send(&cluster, answer).await;
            }
        });
    }
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
    let text =
        |object: &Value, path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or("").to_owned();
    objects.of(verdict.kind).find(|object| {
        text(object, "/metadata/name") == verdict.name
            && text(object, "/metadata/namespace") == verdict.namespace
    })
}

async fn send(cluster: &Cluster, answer: Answer) {
    let text = |path: &str| answer.object.pointer(path).and_then(Value::as_str).unwrap_or("").to_owned();
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let time = model_time();
    let Some(bindings) = bindings(&answer, &namespace, &time) else { return };
    let patched = cluster.patch_status(&answer.kind, &namespace, &name, json!({"bindings": bindings})).await;
    let has_status = match patched {
        Ok(()) => true,
        Err(error) if error.is_absent() => false,
        Err(error) => {
            tracing::warn!(%error, namespace, name, "An object could not be answered");
            false
        }
    };
    if answer.accepted && has_status {
        return;
    }
    let (level, reason) =
        if answer.accepted { ("Normal", "Accepted") } else { ("Warning", "InvalidConfiguration") };
    let note = match answer.reason.as_str() {
        "" => "the object is in force".to_owned(),
        reason => reason.to_owned(),
    };
    let event = EventText { about: answer.object, level, reason, action: "Selecting", note, time };
    if let Err(error) = cluster.event(&event).await {
        tracing::warn!(%error, namespace, name, "An Event could not be sent");
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
        condition["message"] = json!(answer.reason);
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
