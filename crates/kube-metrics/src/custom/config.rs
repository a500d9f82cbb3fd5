//! The configuration and what it compiles to.

use super::family::{Each, Family};
use super::path::{Path, Paths};
use super::raw::{RawDocument, RawEach, RawKind, RawMetric, RawResource};

/// The prefix of names where a resource gives none.
const PREFIX: &str = "kube_customresource";

/// A fault of the configuration, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomError {
    /// The text is no YAML of the right shape.
    #[error(transparent)]
    Yaml(#[from] stdx::yaml::YamlError),
    /// The text has no document.
    #[error("{source_name}: no document; expected spec: {{resources: […]}}")]
    Empty {
        /// The file, as the caller named it.
        source_name: String,
    },
    /// A metric or a resource that nothing can be made of.
    #[error("{source_name}: {place}: {message}")]
    Invalid {
        /// The file, as the caller named it.
        source_name: String,
        /// `spec.resources[0].metrics[1] (name)`.
        place: String,
        /// What is wrong and what would be right.
        message: String,
    },
}

/// A valid configuration.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(super) resources: Vec<Resource>,
}

/// Families of a kind. `*` as version or kind stands for all, and so does none in the text.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) families: Vec<Family>,
}

impl Config {
    /// Reads the first document of a text. Fields that are not known are left alone. One metric that cannot be
    /// made refuses the whole; all faults are reported.
    pub fn parse(text: &str, source_name: &str) -> Result<Config, Vec<CustomError>> {
        let first = first_document(text);
        if !first.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
            return Err(vec![CustomError::Empty { source_name: source_name.to_owned() }]);
        }
        let raw: RawDocument =
            stdx::yaml::from_str(first, source_name).map_err(|error| vec![CustomError::Yaml(error)])?;
        let mut faults = Vec::new();
        let total = raw.spec.resources.len();
        let mut resources = Vec::with_capacity(total);
        let mut nameless = Vec::new();
        for (index, resource) in raw.spec.resources.iter().enumerate() {
            let place = format!("spec.resources[{index}]");
            if matches!(resource.group_version_kind.group.as_str(), "" | "*") {
                nameless.push((place, "groupVersionKind.group is missing; name the API group".to_owned()));
                continue;
            }
            resources.push(compile(resource, &place, &mut faults));
        }
        // A resource without a group is passed over, as kinds of the core group are; alone it makes nothing.
        if nameless.len() == total {
            faults.extend(nameless);
        }
        if faults.is_empty() {
            return Ok(Config { resources });
        }
        let invalid =
            |(place, message)| CustomError::Invalid { source_name: source_name.to_owned(), place, message };
        Err(faults.into_iter().map(invalid).collect())
    }
}

fn compile(raw: &RawResource, place: &str, faults: &mut Vec<(String, String)>) -> Resource {
    let RawKind { group, version, kind } = &raw.group_version_kind;
    let mut families = Vec::with_capacity(raw.metrics.len());
    for (index, metric) in raw.metrics.iter().enumerate() {
        match family(raw, metric) {
            Ok(family) => families.push(family),
            Err(message) => {
                faults.push((format!("{place}.metrics[{index}] ({})", metric.name), message));
            }
        }
    }
    // What is not named is any.
    let any = |name: &String| if name.is_empty() { "*".to_owned() } else { name.clone() };
    Resource { group: group.clone(), version: any(version), kind: any(kind), families }
}

/// Labels of a metric go before those of its resource; the kind's own labels before the resource's.
fn family(resource: &RawResource, metric: &RawMetric) -> Result<Family, String> {
    let mut labels_from_path = resource.labels_from_path.clone();
    labels_from_path.extend(metric.labels_from_path.clone());
    let prefix = resource.metric_name_prefix.as_deref().unwrap_or(PREFIX);
    let name = if prefix.is_empty() { metric.name.clone() } else { format!("{prefix}_{}", metric.name) };
    Ok(Family {
        name,
        help: metric.help.clone(),
        each: each(&metric.each)?,
        resource_labels: resource.common_labels.clone(),
        metric_labels: metric.common_labels.clone(),
        labels_from_path: Paths::compile(&labels_from_path)
            .map_err(|message| format!("labelsFromPath: {message}"))?,
    })
}

fn each(raw: &RawEach) -> Result<Each, String> {
    let at = |block: &'static str, field: &'static str| {
        move |message: String| format!("each.{block}.{field}: {message}")
    };
    let missing = |block: &str| format!("each.{block} is missing, which type {:?} needs", raw.kind);
    match raw.kind.to_ascii_lowercase().as_str() {
        "gauge" => {
            let block = raw.gauge.as_ref().ok_or_else(|| missing("gauge"))?;
            Ok(Each::Gauge {
                path: Path::compile(&block.path).map_err(at("gauge", "path"))?,
                labels: Paths::compile(&block.labels_from_path).map_err(at("gauge", "labelsFromPath"))?,
                value_from: Path::compile(&block.value_from).map_err(at("gauge", "valueFrom"))?,
                label_from_key: block.label_from_key.clone(),
                nil_is_zero: block.nil_is_zero,
            })
        }
        "info" => {
            let block = raw.info.as_ref().ok_or_else(|| missing("info"))?;
            Ok(Each::Info {
                path: Path::compile(&block.path).map_err(at("info", "path"))?,
                labels: Paths::compile(&block.labels_from_path).map_err(at("info", "labelsFromPath"))?,
                label_from_key: block.label_from_key.clone(),
            })
        }
        "stateset" => {
            let block = raw.state_set.as_ref().ok_or_else(|| missing("stateSet"))?;
            Ok(Each::StateSet {
                path: Path::compile(&block.path).map_err(at("stateSet", "path"))?,
                labels: Paths::compile(&block.labels_from_path).map_err(at("stateSet", "labelsFromPath"))?,
                value_from: Path::compile(&block.value_from).map_err(at("stateSet", "valueFrom"))?,
                label_name: block.label_name.clone(),
                list: block.list.clone(),
            })
        }
        other => Err(format!("each.type {other:?} is not known; known are Gauge, Info, StateSet")),
    }
}

/// The text up to the second document. A line of three dashes is a border wherever it stands.
fn first_document(text: &str) -> &str {
    let mut offset = 0;
    let mut content = false;
    for line in text.split_inclusive('\n') {
        let border = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\n', '\r', '\t']));
        if border && content {
            return text.get(..offset).unwrap_or(text);
        }
        let trimmed = line.trim();
        content |= !border && !trimmed.is_empty() && !trimmed.starts_with(['#', '%']);
        offset += line.len();
    }
    text
}
