//! Transformations.

use serde_json::{Map, Value};

use super::options::read_reducers;
use crate::api::Transformation;
use crate::cursor::Cursor;

/// Steps, and names in one step, that are read.
const STEPS_MAX: usize = 50;
const NAMES_MAX: usize = 1000;

/// Reads the steps that are known; the others are noted.
pub(super) fn read_transformations(list: &Cursor<'_>) -> Vec<Transformation> {
    let steps = list.items(STEPS_MAX);
    let active = steps.iter().filter(|step| step.object().is_some() && !step.get("disabled").is_true());
    active.flat_map(read_step).collect()
}

fn read_step(step: &Cursor<'_>) -> Vec<Transformation> {
    let options = step.get("options");
    match step.get("id").text_or_empty().as_str() {
        "organize" => vec![organize(&options)],
        "filterFieldsByName" => filter_fields(&options),
        "merge" => vec![Transformation::Merge],
        "labelsToFields" => vec![Transformation::LabelsToFields],
        "seriesToRows" => vec![Transformation::SeriesToRows],
        "joinByField" | "seriesToColumns" => join(&options),
        "sortBy" => sort_by(&options),
        "reduce" => vec![Transformation::Reduce { reducers: read_reducers(&options.get("reducers")) }],
        other => {
            step.get("id").note(format!("transformation \"{other}\" is not supported: ignored"));
            Vec::new()
        }
    }
}

fn organize(options: &Cursor<'_>) -> Transformation {
    let members = |key: &str| options.get(key).members().into_iter().take(NAMES_MAX);
    let exclude = members("excludeByName").filter(|(_, hide)| hide.is_true());
    let rename = members("renameByName").filter_map(|(old, new)| Some((old.to_owned(), new.text()?)));
    let rename = rename.filter(|(_, new)| !new.is_empty()).map(|(old, new)| (old, Value::from(new)));
    let order = members("indexByName").filter_map(|(name, at)| Some((name.to_owned(), at.number()?.into())));
    Transformation::Organize {
        exclude: exclude.map(|(name, _)| name.to_owned()).collect(),
        rename: rename.collect(),
        order: order.collect(),
    }
}

fn filter_fields(options: &Cursor<'_>) -> Vec<Transformation> {
    let include = options.get("include");
    let mut steps = Vec::new();
    if include.object().is_some() {
        let pattern = include.get("pattern").text_or_empty();
        let names = include.get("names").texts(NAMES_MAX);
        if !pattern.is_empty() || !names.is_empty() {
            steps.push(Transformation::FilterFieldsByName { pattern, names });
        }
    }
    let exclude = options.get("exclude");
    if exclude.object().is_some() {
        if exclude.get("pattern").text().is_some_and(|pattern| !pattern.is_empty()) {
            exclude.get("pattern").note("excluding by a pattern is not supported: ignored");
        }
        let exclude = exclude.get("names").texts(NAMES_MAX);
        if !exclude.is_empty() {
            steps.push(Transformation::Organize { exclude, rename: Map::new(), order: Map::new() });
        }
    }
    steps
}

/// An outer join by a label gives the rows that merging gives: one for each set of labels.
fn join(options: &Cursor<'_>) -> Vec<Transformation> {
    let mode = options.get("mode").text_or_empty();
    if !matches!(mode.as_str(), "" | "outer" | "outerTabular") {
        options.get("mode").note(format!("join of mode \"{mode}\": rows that are not on both sides stay"));
    }
    vec![Transformation::Merge]
}

fn sort_by(options: &Cursor<'_>) -> Vec<Transformation> {
    let read = |item: &Cursor<'_>| {
        let field = item.get("field").text().filter(|field| !field.is_empty())?;
        Some(Transformation::SortBy { field, desc: item.get("desc").is_true() })
    };
    options.get("sort").items(1).iter().filter_map(read).collect()
}
