//! PrometheusRule: a rule file.

use promql::Features;
use rules::file::Defaults;
use serde_json::{Value, json};

use crate::enforce::enforce;
use crate::monitor::Origin;
use crate::read::{at, entries, is_empty, items, plain, text};
use crate::version::Version;

/// A larger rule file is refused, as the operator does it.
const MAX_BYTES: usize = 512 * 1024;
/// Fields of a group that are for Thanos.
const NOT_OURS: &str = "partial_response_strategy";

/// The rule file of a PrometheusRule. Everything that would be refused is said, each with group and rule.
pub(crate) fn file(origin: &Origin<'_>) -> Result<Value, String> {
    let enforced = origin.workload.enforced(origin.kind, origin.namespace(), origin.name());
    let features = features(origin.workload.spec);
    let (mut groups, mut faults) = (Vec::new(), Vec::new());
    for group in items(origin.spec(), "groups") {
        let mut group = read_group(group, enforced, &features, &mut faults);
        crate::versions::apply_to_group(origin.workload.version, &mut group);
        groups.push(group);
    }
    if !origin.workload.version.has((3, 0, 0)) {
        groups.iter().for_each(|group| check_names(group, &mut faults));
    }
    if faults.is_empty() {
        faults.extend(check(&groups, origin, features));
    }
    if !faults.is_empty() {
        return Err(faults.join("; "));
    }
    let file = if groups.is_empty() { json!({}) } else { json!({"groups": groups}) };
    let bytes = file.to_string().len();
    if bytes > MAX_BYTES {
        return Err(format!(
            "spec.groups: {bytes} bytes of rules are more than {MAX_BYTES}; split the object"
        ));
    }
    Ok(file)
}

/// What a Prometheus with these feature flags parses.
pub(crate) fn features(spec: &Value) -> Features {
    let has = |name: &str| items(spec, "enableFeatures").iter().any(|flag| flag.as_str() == Some(name));
    Features {
        experimental_functions: has("promql-experimental-functions"),
        duration_expressions: has("promql-duration-expr"),
        extended_range_selectors: has("promql-extended-range-selectors"),
        fill_modifiers: has("promql-binop-fill-modifiers"),
    }
}

fn read_group(
    group: &Value,
    enforced: Option<(&str, &str)>,
    features: &Features,
    faults: &mut Vec<String>,
) -> Value {
    let mut made = group.clone();
    let Some(map) = made.as_object_mut() else { return made };
    map.remove(NOT_OURS);
    // A negative limit is none.
    map.retain(|key, value| key != "limit" || value.as_i64().is_none_or(|limit| limit >= 0));
    for (i, rule) in map.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
        let written = plain(at(rule, "expr"));
        if written.trim().is_empty() {
            continue;
        }
        match promql::parse_with(&written, features) {
            Ok(expr) => {
                if let Some((label, value)) = enforced {
                    force(rule, expr, label, value);
                }
            }
            Err(error) => faults.push(format!(
                "group \"{}\", rule {}, \"{}\": could not parse expression: {error}",
                text(group, "name"),
                i + 1,
                [text(rule, "alert"), text(rule, "record")].concat(),
            )),
        }
    }
    made
}

fn force(rule: &mut Value, mut expr: promql::Expr, label: &str, value: &str) {
    enforce(&mut expr, label, value);
    if let Some(rule) = rule.as_object_mut() {
        rule.insert("expr".to_owned(), Value::String(expr.to_string()));
        let labels = rule.entry("labels").or_insert_with(|| json!({}));
        if let Some(labels) = labels.as_object_mut() {
            labels.insert(label.to_owned(), Value::String(value.to_owned()));
        }
    }
}

/// Before version 3 names are letters, digits and `_`; of metrics also `:`.
fn check_names(group: &Value, faults: &mut Vec<String>) {
    const OLD: Version = Version::new(2, 0, 0);
    for (i, rule) in items(group, "rules").iter().enumerate() {
        let mut bad = |what: &str, name: &str| {
            let group = text(group, "name");
            faults.push(format!(
                "group \"{group}\", rule {}: {what} \"{name}\" needs version 3 of Prometheus",
                i + 1
            ));
        };
        let record = text(rule, "record");
        if !record.is_empty() && !OLD.allows_label(&record.replace(':', "_")) {
            bad("record", record);
        }
        for field in ["labels", "annotations"] {
            let names = entries(rule, field).map(|(name, _)| name);
            names.filter(|name| !OLD.allows_label(name)).for_each(|name| bad(field, name));
        }
    }
}

/// The faults that Prometheus would find in the file.
fn check(groups: &[Value], origin: &Origin<'_>, features: Features) -> Vec<String> {
    let mut shape = json!({"groups": groups});
    for group in shape["groups"].as_array_mut().into_iter().flatten() {
        // An empty interval is none; an empty offset is a fault.
        if let Some(map) = group.as_object_mut() {
            map.retain(|key, value| matches!(key.as_str(), "name" | "query_offset") || !is_empty(value));
        }
        for rule in group.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(map) = rule.as_object_mut() {
                map.retain(|_, value| !is_empty(value));
            }
        }
    }
    let name = format!("{}/{}", origin.namespace(), origin.name());
    let defaults = Defaults {
        interval: model::Duration::from_secs(30),
        query_offset: model::Duration::from_secs(0),
        features,
    };
    match rules::parse(&shape.to_string(), &name, defaults) {
        Ok(_) => Vec::new(),
        Err(error) => error.faults,
    }
}
