//! From the labels of an exposition to those of a stored series.

use std::borrow::Cow;

use model::exposition::LabelPairs;
use model::labels::{LabelsBuilder, METRIC_NAME, is_label_name, is_metric_name};
use model::{Labels, relabel};

use super::{IngestError, IngestSettings};

/// What a label that the target has too is renamed to; repeated until the name is free.
const EXPORTED: &str = "exported_";

/// Adds the target's labels, applies the rules and checks names and limits. None if a rule drops the series.
pub(super) fn resolve<'a>(
    pairs: &mut LabelPairs<'a>,
    target: &'a Labels,
    settings: &IngestSettings,
) -> Result<Option<Labels>, IngestError> {
    if settings.honor_labels {
        add_missing(pairs, target);
    } else {
        add_and_rename(pairs, target);
    }
    pairs.retain(|(_, value)| !value.is_empty());
    pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let sorted: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    let mut labels = Labels::from_sorted(&sorted);
    if !settings.metric_relabel.is_empty() {
        let mut builder: LabelsBuilder = labels.to_builder();
        if !relabel::apply(&settings.metric_relabel, &mut builder) {
            return Ok(None);
        }
        labels = builder.build();
    }
    if labels.is_empty() {
        return Ok(None);
    }
    check_names(&labels, settings)?;
    check_limits(&labels, settings)?;
    Ok(Some(labels))
}

/// `honor_labels: true`: the target's labels fill gaps. An empty label in the exposition is no gap: it keeps
/// the target's label away.
fn add_missing<'a>(pairs: &mut LabelPairs<'a>, target: &'a Labels) {
    for (name, value) in target {
        if !pairs.iter().any(|(scraped, _)| scraped == name) {
            pairs.push((Cow::Borrowed(name), Cow::Borrowed(value)));
        }
    }
}

/// `honor_labels: false`: the target's labels win; what they push aside is kept as `exported_…`, shorter
/// names first.
fn add_and_rename<'a>(pairs: &mut LabelPairs<'a>, target: &'a Labels) {
    let mut renamed = Vec::new();
    for (name, value) in target {
        match pairs.iter_mut().find(|(scraped, _)| scraped == name) {
            Some(pair) => {
                let scraped = std::mem::replace(&mut pair.1, Cow::Borrowed(value));
                if !scraped.is_empty() {
                    renamed.push((name, scraped));
                }
            }
            None => pairs.push((Cow::Borrowed(name), Cow::Borrowed(value))),
        }
    }
    renamed.sort_by_key(|(name, _)| name.len());
    for (name, value) in renamed {
        let mut new_name = format!("{EXPORTED}{name}");
        while pairs.iter().any(|(other, value)| *other == new_name && !value.is_empty()) {
            new_name.insert_str(0, EXPORTED);
        }
        pairs.retain(|(other, _)| *other != new_name);
        pairs.push((Cow::Owned(new_name), value));
    }
}

fn check_names(labels: &Labels, settings: &IngestSettings) -> Result<(), IngestError> {
    if labels.find(METRIC_NAME).is_none() {
        return Err(IngestError::NoMetricName(labels.clone()));
    }
    let is_valid = |name: &str, value: &str| match name {
        METRIC_NAME => is_metric_name(value),
        name => is_label_name(name),
    };
    if settings.legacy_names && !labels.iter().all(|(name, value)| is_valid(name, value)) {
        return Err(IngestError::InvalidName(labels.clone()));
    }
    Ok(())
}

fn check_limits(labels: &Labels, settings: &IngestSettings) -> Result<(), IngestError> {
    let metric = shortened(labels.metric_name());
    let limit = settings.label_limit;
    if limit > 0 && labels.len() > limit {
        let count = labels.len();
        return Err(IngestError::LabelLimit(format!(
            "label_limit exceeded (metric: {metric}, number of labels: {count}, limit: {limit})"
        )));
    }
    let (name_limit, value_limit) = (settings.label_name_length_limit, settings.label_value_length_limit);
    if name_limit == 0 && value_limit == 0 {
        return Ok(());
    }
    for (name, value) in labels {
        let shown = shortened(name);
        if name_limit > 0 && name.len() > name_limit {
            return Err(IngestError::LabelLimit(format!(
                "label_name_length_limit exceeded (metric: {metric}, label name: {shown}, length: {}, limit: {name_limit})",
                name.len()
            )));
        }
        if value_limit > 0 && value.len() > value_limit {
            return Err(IngestError::LabelLimit(format!(
                "label_value_length_limit exceeded (metric: {metric}, label name: {shown}, value: {}, length: {}, limit: {value_limit})",
                model::labels::Quoted(shortened(value)),
                value.len()
            )));
        }
    }
    Ok(())
}

/// The first 50 characters.
fn shortened(text: &str) -> &str {
    text.char_indices().nth(50).map_or(text, |(end, _)| &text[..end])
}
