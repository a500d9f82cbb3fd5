//! Walks an object along its shape.

use std::collections::HashSet;

use serde_json::Value;

use super::{Findings, Must, Once, Shape, quantity};
use crate::objects::Kind;
use crate::read::{at, text};

/// Says of the value at one place what is wrong between its fields.
type Between = fn(&Value) -> Option<String>;

/// What must hold between fields: kind, path with `[]` for each item.
const BETWEEN: [(Kind, &str, Between); 4] = [
    (Kind::ScrapeConfig, "", one_credential),
    (Kind::Prometheus, "alerting.alertmanagers[].sigv4", external_id),
    (Kind::Prometheus, "remoteWrite[].sigv4", external_id),
    (Kind::Prometheus, "", sharding),
];

pub(super) fn object(kind: Kind, object: &Value) -> Findings {
    let mut findings = Findings::default();
    let spec = at(object, "spec");
    if spec.is_null() {
        findings.faults.push("spec: is missing".to_owned());
        return findings;
    }
    shape("spec", spec, Shape::of(kind), &mut findings);
    for (_, path, between) in BETWEEN.iter().filter(|row| row.0 == kind) {
        each(spec, "spec", path, &mut |place, value| {
            findings.faults.extend(between(value).map(|fault| format!("{place}: {fault}")));
        });
    }
    findings
}

/// An API server drops fields that are null before it looks, but for those that it does not know.
fn shape(place: &str, value: &Value, shape: &Shape, findings: &mut Findings) {
    let Some(map) = value.as_object() else {
        findings.faults.push(wrong(place, value, "a mapping"));
        return;
    };
    for (key, inner) in map {
        match shape.field(key) {
            None => findings.unknown.push(format!("{place}.{key}")),
            Some(_) if inner.is_null() => {}
            Some(must) => check(&format!("{place}.{key}"), inner, must, findings),
        }
    }
    let missing = shape.needs.iter().filter(|name| map.get(**name).is_none_or(Value::is_null));
    findings.faults.extend(missing.map(|name| format!("{place}.{name}: is missing; it is needed here")));
}

fn check(place: &str, value: &Value, must: &Must, findings: &mut Findings) {
    match must {
        Must::Object(known) => shape(place, value, known, findings),
        Must::List(of, least, once) => list(place, value, (of, *least, *once), findings),
        Must::Words(of) => match value.as_object() {
            None => findings.faults.push(wrong(place, value, "a mapping")),
            Some(map) => {
                for (key, inner) in map.iter().filter(|(_, inner)| !inner.is_null()) {
                    check(&format!("{place}.{key}"), inner, of, findings);
                }
            }
        },
        single => findings.faults.extend(fault(place, value, single)),
    }
}

fn list(place: &str, value: &Value, (of, least, once): (&Must, usize, Once), findings: &mut Findings) {
    let Some(items) = value.as_array() else {
        findings.faults.push(wrong(place, value, "a list"));
        return;
    };
    if items.len() < least {
        findings.faults.push(format!("{place}: at least one item is needed"));
    }
    for (i, item) in items.iter().enumerate() {
        check(&format!("{place}[{i}]"), item, of, findings);
    }
    let key = |item: &Value| {
        let key = match once {
            Once::No => None,
            Once::Yes => Some(item),
            Once::By(field) => item.get(field),
        };
        key.filter(|key| !key.is_null()).map(canonical)
    };
    // A hostile list has a hundred thousand items: they are not compared with each other.
    let mut seen = HashSet::new();
    let mut keys = items.iter().map(key).enumerate();
    let twice = keys.find_map(|(i, key)| key.filter(|key| !seen.insert(key.clone())).map(|key| (i, key)));
    if let Some((i, key)) = twice {
        let field = if let Once::By(field) = once { format!(".{field}") } else { String::new() };
        findings.faults.push(format!("{place}[{i}]{field}: {key} is there already"));
    }
}

/// Equal texts for equal values, whatever the order of their keys.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<String> =
                map.iter().map(|(key, inner)| format!("{key:?}:{}", canonical(inner))).collect();
            fields.sort();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        single => single.to_string(),
    }
}

/// The fault of a value that is neither list nor mapping.
fn fault(place: &str, value: &Value, must: &Must) -> Option<String> {
    let said = value.as_str();
    let unless = |holds: bool, wanted: &str| (!holds).then(|| wrong(place, value, wanted));
    let is_whole = value.is_i64() || value.is_u64();
    match must {
        Must::Truth => unless(value.is_boolean(), "true or false"),
        Must::Text => unless(said.is_some(), "a text; write it in quotes"),
        Must::Filled => unless(said.is_some_and(|said| !said.is_empty()), "a text that is not empty"),
        Must::Duration => unless(said.is_some_and(|said| said.is_empty() || is_duration(said)), DURATION),
        Must::FilledDuration => unless(said.is_some_and(is_duration), DURATION),
        Must::Size => unless(
            said.is_some_and(|said| bytes(said).is_some()),
            "a size such as 10MB or 1GiB, or 0 for no limit",
        ),
        Must::Quantity => unless(
            quantity(value).is_some(),
            "a whole number, or a number in quotes such as \"1.5\" or \"1500m\"",
        ),
        Must::WholeOrText => unless(said.is_some() || is_whole, "a whole number or a text"),
        Must::Count => unless(value.is_u64(), "a whole number of at least 0"),
        Must::Whole(from, to) => {
            let fits = value.as_i64().is_some_and(|number| (*from..=*to).contains(&number));
            unless(fits, &range(*from, *to))
        }
        Must::OneOf(known) => {
            unless(said.is_some_and(|said| known.contains(&said)), &format!("one of {}", quoted(known)))
        }
        Must::Url(schemes) => {
            let wanted = match schemes {
                [] => "an URL with its scheme".to_owned(),
                schemes => format!("an URL that begins with {}://", schemes.join(":// or ")),
            };
            unless(said.is_some_and(|said| is_url(said, schemes)), &wanted)
        }
        Must::Form(pattern, words) => {
            let matches =
                |said: &str| model::Pattern::new(pattern).is_ok_and(|pattern| pattern.is_match(said));
            unless(said.is_some_and(matches), words)
        }
        Must::Any | Must::List(..) | Must::Words(_) | Must::Object(_) => None,
    }
}

const DURATION: &str = "a duration such as 30s or 1h30m: units y w d h m s ms, each once, in this order";

fn wrong(place: &str, value: &Value, wanted: &str) -> String {
    let mut shown = value.to_string();
    if shown.len() > 80 {
        shown = shown.chars().take(77).chain("...".chars()).collect();
    }
    format!("{place}: {shown} must be {wanted}")
}

fn quoted(known: &[&str]) -> String {
    known.iter().map(|name| if name.is_empty() { "\"\"" } else { name }).collect::<Vec<_>>().join(", ")
}

fn range(from: i64, to: i64) -> String {
    match (from, to) {
        (i64::MIN, _) => "a whole number".to_owned(),
        (from, i64::MAX | super::LARGEST) if from > -2 => format!("a whole number of at least {from}"),
        (from, to) => format!("a whole number from {from} to {to}"),
    }
}

fn is_duration(said: &str) -> bool {
    model::Duration::parse(said).is_ok()
}

fn is_url(said: &str, schemes: &[&str]) -> bool {
    let Some((scheme, rest)) = said.split_once("://") else { return false };
    let may_be = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    let is_scheme = match schemes {
        [] => scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(may_be),
        schemes => schemes.contains(&scheme),
    };
    is_scheme && !rest.is_empty()
}

/// Calls with each value at a path of keys with dots between, `[]` for each item of a list.
fn each(value: &Value, place: &str, path: &str, call: &mut dyn FnMut(&str, &Value)) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    if step.is_empty() {
        return call(place, value);
    }
    let Some(key) = step.strip_suffix("[]") else {
        if let Some(inner) = value.get(step).filter(|inner| !inner.is_null()) {
            each(inner, &format!("{place}.{step}"), rest, call);
        }
        return;
    };
    for (i, item) in value.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
        each(item, &format!("{place}.{key}[{i}]"), rest, call);
    }
}

// === What must hold between fields ===

fn one_credential(spec: &Value) -> Option<String> {
    let given: Vec<&str> = ["basicAuth", "authorization", "oauth2"]
        .into_iter()
        .filter(|name| !at(spec, name).is_null())
        .collect();
    (given.len() > 1).then(|| format!("{} are set; at most one of them may be", given.join(" and ")))
}

fn external_id(sigv4: &Value) -> Option<String> {
    let lacks = !at(sigv4, "externalId").is_null() && at(sigv4, "roleArn").is_null();
    lacks.then(|| "externalId needs roleArn".to_owned())
}

fn sharding(spec: &Value) -> Option<String> {
    let strategy = at(spec, "shardingStrategy");
    let zones = at(strategy, "topology.values").as_array().map_or(0, Vec::len);
    let shards = at(spec, "shards").as_i64().unwrap_or(1);
    if text(strategy, "mode") != "Topology" {
        let is_lost = !at(strategy, "topology").is_null();
        return is_lost.then(|| "shardingStrategy.topology needs shardingStrategy.mode Topology".to_owned());
    }
    let is_enough = i64::try_from(zones).is_ok_and(|zones| shards >= zones);
    (zones > 0 && !is_enough)
        .then(|| format!("shards: {shards} must be at least the {zones} zones of shardingStrategy"))
}

/// A size such as `10MB` or `1.5GiB` in bytes; units are powers of 1,024, as Prometheus takes them. `0` is 0.
pub(crate) fn bytes(text: &str) -> Option<f64> {
    if text == "0" {
        return Some(0.0);
    }
    let number = text.strip_suffix('B')?;
    let number = number.strip_suffix('i').unwrap_or(number);
    let units = ["", "K", "M", "G", "T", "P", "E"];
    let unit =
        number.chars().next_back().filter(char::is_ascii_alphabetic).map_or(String::new(), String::from);
    let power = units.iter().position(|known| *known == unit)?;
    let digits = number.strip_suffix(unit.as_str())?;
    let number: f64 =
        digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit() || b == b'.'))?;
    if digits.ends_with('.') {
        return None;
    }
    Some(number * 1024_f64.powi(i32::try_from(power).ok()?))
}
