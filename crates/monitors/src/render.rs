//! All objects together: the configuration, the rule files, and an answer for each object.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::credentials::Files;
use crate::monitor::{self, Jobs, Origin};
use crate::objects::{Kind, Lookup, Objects, Reference};
use crate::prometheus::Workload;
use crate::read::{at, text};
use crate::version::Version;
use crate::{notes, probe, rule, schema, scrape_config, versions};

/// How to render.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `namespace/name` or `name` of the Prometheus object to obey. With none, the first is taken; where there is
    /// none at all, everything is selected.
    pub prometheus: Option<String>,
    /// The folder of the TLS files that the configuration names.
    pub files: String,
    /// What becomes of fields that nobody knows.
    pub unknown: Unknown,
}

/// What becomes of an object with fields that its schema does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It is refused, as an API server does with strict validation.
    Refuse,
    /// It is taken, and the fields are reported as not honored.
    Report,
}

/// What the objects mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// `namespace/name` of the Prometheus that was obeyed.
    pub prometheus: Option<String>,
    /// `prometheus.yml`; none if Prometheus is paused, unmanaged or faulty.
    pub config: Option<Value>,
    /// Rule files by name.
    pub rules: BTreeMap<String, Value>,
    /// Contents of the files that the configuration names, by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// One for each object but Prometheus, in the order of kinds and names.
    pub verdicts: Vec<Verdict>,
    /// Why there is no configuration.
    pub failure: Option<String>,
    /// Whether that is because Prometheus is paused.
    pub is_paused: bool,
    /// What the Prometheus object wishes for and does not get.
    pub notes: Vec<String>,
    /// The parts of PromQL that Prometheus' feature flags switch on, for reading the rules.
    pub features: promql::Features,
    /// Secrets and ConfigMaps that objects name, there or not.
    pub references: BTreeSet<Reference>,
}

/// The answer to one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Fields that are not honored.
    pub unknown: Vec<String>,
}

/// What became of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It counts: its jobs, or its rule file.
    Accepted(Vec<String>),
    /// It is not selected, and why.
    NotSelected(String),
    /// It is invalid as a whole, and why.
    Refused(String),
    /// An API server with the schemas would not even keep it, and why.
    Malformed(String),
}

// === impl Outcome ===

impl Outcome {
    /// `accepted`, `not selected` or `refused`.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Accepted(_) => "accepted",
            Outcome::NotSelected(_) => "not selected",
            Outcome::Refused(_) | Outcome::Malformed(_) => "refused",
        }
    }
}

/// Faults of one object that are told.
const FAULTS_MOST: usize = 20;

struct Parts {
    jobs: Vec<Value>,
    rules: BTreeMap<String, Value>,
    files: Files,
}

/// Renders all objects.
pub fn render(objects: &Objects, settings: &Settings) -> Rendered {
    let found = find(objects, settings.prometheus.as_deref());
    let everything = everything();
    let (spec, namespace, name) = match &found {
        Ok(Some(object)) => {
            (at(object, "spec"), text(object, "metadata.namespace"), text(object, "metadata.name"))
        }
        _ => (&everything, "", ""),
    };
    let mut rendered = Rendered {
        prometheus: (!name.is_empty()).then(|| format!("{namespace}/{name}")),
        features: rule::features(spec),
        notes: notes::notes(spec),
        ..Rendered::default()
    };
    let lookup = Lookup::new(objects);
    rendered.notes.extend(others(objects, settings));
    let version = match found.map(|object| known(object, settings)) {
        Ok(Ok(unknown)) => {
            let note = |field: &String| format!("{field} has no effect: nobody knows the field");
            rendered.notes.extend(unknown.iter().map(note));
            Version::read(text(spec, "version")).map_err(|error| format!("spec.version: {error}"))
        }
        Ok(Err(error)) | Err(error) => Err(error),
    };
    let version = match version {
        Ok(version) => version,
        Err(error) => {
            rendered.failure = Some(error);
            return rendered;
        }
    };
    let workload = Workload { spec, namespace, name, folder: &settings.files, version };
    if workload.is_on("paused") {
        rendered.failure = Some("Prometheus is paused".to_owned());
        rendered.is_paused = true;
        return rendered;
    }
    let mut parts = Parts { jobs: Vec::new(), rules: BTreeMap::new(), files: Files::new() };
    let made = all(objects, &workload, &lookup, settings, &mut parts, &mut rendered.verdicts);
    rendered.rules = parts.rules.clone();
    let config = made.and_then(|()| config(&workload, &lookup, &mut parts));
    rendered.references = lookup.wanted();
    match config {
        Ok(config) => {
            rendered.config = Some(config);
            rendered.files = parts.files;
        }
        Err(error) => rendered.failure = Some(error),
    }
    rendered
}

/// What stands for Prometheus where there is none: all objects in all namespaces.
fn everything() -> Value {
    let mut spec = Map::new();
    for kind in Kind::all().filter(|kind| *kind != Kind::Prometheus) {
        for suffix in ["Selector", "NamespaceSelector"] {
            spec.insert(format!("{}{suffix}", kind.stem()), json!({}));
        }
    }
    Value::Object(spec)
}

/// Whether an API server would keep the Prometheus object; the fields of it that nobody knows.
fn known(object: Option<&Value>, settings: &Settings) -> Result<Vec<String>, String> {
    let Some(object) = object else { return Ok(Vec::new()) };
    let findings = schema::findings(Kind::Prometheus, object);
    match malformed(findings.faults, &findings.unknown, settings) {
        Some(fault) => Err(fault),
        None => Ok(findings.unknown),
    }
}

/// Where several could be obeyed and none is named, which are not.
fn others(objects: &Objects, settings: &Settings) -> Option<String> {
    let full =
        |object: &Value| format!("{}/{}", text(object, "metadata.namespace"), text(object, "metadata.name"));
    let others: Vec<String> = objects.of(Kind::Prometheus).skip(1).map(full).collect();
    let is_open = settings.prometheus.is_none() && !others.is_empty();
    is_open.then(|| {
        format!("the first Prometheus is obeyed, not {}: name the one that is meant", others.join(", "))
    })
}

fn find<'a>(objects: &'a Objects, wanted: Option<&str>) -> Result<Option<&'a Value>, String> {
    let Some(wanted) = wanted else {
        return Ok(objects.of(Kind::Prometheus).next());
    };
    let full =
        |object: &Value| format!("{}/{}", text(object, "metadata.namespace"), text(object, "metadata.name"));
    let found = objects
        .of(Kind::Prometheus)
        .find(|object| text(object, "metadata.name") == wanted || full(object) == wanted);
    if found.is_some() {
        return Ok(found);
    }
    let names: Vec<String> = objects.of(Kind::Prometheus).map(full).collect();
    let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(format!("there is no Prometheus \"{wanted}\"; there are: {there}"))
}

fn all(
    objects: &Objects,
    workload: &Workload<'_>,
    lookup: &Lookup<'_>,
    settings: &Settings,
    parts: &mut Parts,
    verdicts: &mut Vec<Verdict>,
) -> Result<(), String> {
    let mut result = Ok(());
    for kind in Kind::all().filter(|kind| *kind != Kind::Prometheus) {
        let selection = match workload.selection(kind) {
            Ok(selection) => selection,
            Err(error) => {
                result = result.and(Err(error));
                continue;
            }
        };
        for object in objects.of(kind) {
            let origin = Origin { workload, lookup, kind, object };
            let schema::Findings { faults, unknown } = schema::findings(kind, object);
            let outcome = match malformed(faults, &unknown, settings) {
                Some(fault) => Outcome::Malformed(fault),
                None => match selection.refusal(workload.namespace, objects, object) {
                    Some(reason) => Outcome::NotSelected(reason),
                    None => one(&origin, parts).map_or_else(Outcome::Refused, Outcome::Accepted),
                },
            };
            let (namespace, name) = (origin.namespace().to_owned(), origin.name().to_owned());
            verdicts.push(Verdict { kind, namespace, name, outcome, unknown });
        }
    }
    result
}

fn malformed(mut faults: Vec<String>, unknown: &[String], settings: &Settings) -> Option<String> {
    if settings.unknown == Unknown::Refuse {
        faults.extend(
            unknown.iter().map(|field| format!("{field}: unknown field; correct its name, or remove it")),
        );
    }
    let more = faults.len().saturating_sub(FAULTS_MOST);
    faults.truncate(FAULTS_MOST);
    if more > 0 {
        faults.push(format!("and {more} faults more"));
    }
    (!faults.is_empty()).then(|| faults.join("; "))
}

/// Adds what an object brings; gives the names of its jobs or rule file.
fn one(origin: &Origin<'_>, parts: &mut Parts) -> Result<Vec<String>, String> {
    if origin.kind == Kind::PrometheusRule {
        let uid = text(origin.object, "metadata.uid");
        let tail = if uid.is_empty() { String::new() } else { format!("-{uid}") };
        let name = format!("{}-{}{tail}.yaml", origin.namespace(), origin.name());
        parts.rules.insert(name.clone(), rule::file(origin)?);
        return Ok(vec![name]);
    }
    let (jobs, mut files): Jobs = match origin.kind {
        Kind::Probe => probe::jobs(origin)?,
        Kind::ScrapeConfig => scrape_config::jobs(origin)?,
        _ => monitor::jobs(origin)?,
    };
    let names = jobs.iter().map(|job| text(job, "job_name").to_owned()).collect();
    parts.jobs.extend(jobs);
    parts.files.append(&mut files);
    Ok(names)
}

fn config(workload: &Workload<'_>, lookup: &Lookup<'_>, parts: &mut Parts) -> Result<Value, String> {
    workload.check(lookup)?;
    if workload.is_unmanaged() {
        return Err("no selector of Prometheus for what is scraped is set: its configuration is not managed"
            .to_owned());
    }
    let mut config = Map::new();
    config.insert("global".to_owned(), workload.global());
    parts.jobs.extend(workload.additional_jobs(lookup)?);
    config.insert("scrape_configs".to_owned(), Value::Array(std::mem::take(&mut parts.jobs)));
    let alerting = workload.alerting(lookup, &mut parts.files)?;
    if !alerting.is_null() {
        config.insert("alerting".to_owned(), alerting);
    }
    for (ours, theirs) in [("remote_write", "remoteWrite"), ("remote_read", "remoteRead")] {
        let remotes = workload.remotes(theirs, lookup, &mut parts.files)?;
        if !remotes.is_empty() {
            config.insert(ours.to_owned(), Value::Array(remotes));
        }
    }
    let mut config = Value::Object(config);
    versions::apply(workload.version, &mut config);
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prometheus(name: &str, spec: &Value) -> Value {
        json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus",
            "metadata": {"name": name, "namespace": "monitoring"}, "spec": spec,
        })
    }

    #[test]
    fn what_is_not_obeyed_is_told() {
        let objects = [
            prometheus("a", &json!({"podMonitorSelector": {}, "shiny": true})),
            prometheus("b", &json!({"podMonitorSelector": {}})),
        ];
        let objects = Objects::from_values(&objects);
        let mut settings = Settings { prometheus: None, files: String::new(), unknown: Unknown::Report };
        let rendered = render(&objects, &settings);
        assert_eq!(rendered.prometheus.as_deref(), Some("monitoring/a"));
        assert_eq!(
            rendered.notes,
            [
                "the first Prometheus is obeyed, not monitoring/b: name the one that is meant",
                "spec.shiny has no effect: nobody knows the field"
            ]
        );
        settings.prometheus = Some("b".to_owned());
        assert!(render(&objects, &settings).notes.is_empty());
        settings = Settings { prometheus: Some("a".to_owned()), unknown: Unknown::Refuse, ..settings };
        assert!(render(&objects, &settings).failure.is_some_and(|failure| failure.contains("spec.shiny")));
    }

    /// With each item compared with each other this takes minutes.
    #[test]
    fn a_hostile_list_takes_no_time() {
        let names: Vec<String> = (0..200_000).map(|i| format!("namespace-{i:06}")).collect();
        let mut list = json!({
            "apiVersion": "monitoring.coreos.com/v1alpha1", "kind": "ScrapeConfig",
            "metadata": {"name": "a", "namespace": "b"},
            "spec": {"kubernetesSDConfigs": [{"role": "Pod", "namespaces": {"names": names}}]},
        });
        let settings = Settings { prometheus: None, files: String::new(), unknown: Unknown::Report };
        let mut outcome = || {
            let rendered = render(&Objects::from_values([&list]), &settings);
            list["spec"]["kubernetesSDConfigs"][0]["namespaces"]["names"][199_999] =
                json!("namespace-000000");
            rendered.verdicts.into_iter().next().map(|verdict| verdict.outcome)
        };
        assert!(matches!(outcome(), Some(Outcome::Accepted(_))));
        let Some(Outcome::Malformed(fault)) = outcome() else { panic!("a name is there twice") };
        assert!(fault.contains("names[199999]: \"namespace-000000\" is there already"), "{fault}");
    }
}
