//! Paths into objects: keys, indices, and look-ups of list elements by a field.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::value;
use crate::names::sanitize;

/// Segments, applied one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Path {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq)]
enum Segment {
    /// A key of a map, an index of a list (from the end if negative), or `key=value`: a field if it is equal.
    Key(String),
    /// `[key=value]`: the first element of a list with such a field.
    Lookup { text: String, key: String, value: String },
}

/// What a path led to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found<'a> {
    /// Nothing, or null.
    Nothing,
    /// A field.
    Value(&'a Value),
    /// The last segment was an index beyond the list's end: that is no value, but it is not nothing.
    OutOfRange(&'a str),
}

impl Path {
    /// Reads segments.
    pub(super) fn compile(segments: &[String]) -> Result<Path, String> {
        let segments = segments.iter().map(|text| {
            let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
                return Ok(Segment::Key(text.clone()));
            };
            let (key, value) = inner
                .split_once('=')
                .ok_or_else(|| format!("invalid list lookup {text}; write [key=value]"))?;
            Ok(Segment::Lookup { text: text.clone(), key: key.to_owned(), value: value.to_owned() })
        });
        Ok(Path { segments: segments.collect::<Result<_, String>>()? })
    }

    /// The only segment, as it was written.
    pub(super) fn single(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [Segment::Key(text) | Segment::Lookup { text, .. }]
                if !text.is_empty() && !text.contains(',') =>
            {
                Some(text)
            }
            _ => None,
        }
    }

    /// Follows the path.
    pub(super) fn get<'a>(&'a self, from: Option<&'a Value>) -> Found<'a> {
        let mut found = from.map_or(Found::Nothing, present);
        for segment in &self.segments {
            let Found::Value(value) = found else { return Found::Nothing };
            found = segment.get(value);
        }
        found
    }
}

fn present(value: &Value) -> Found<'_> {
    if value.is_null() { Found::Nothing } else { Found::Value(value) }
}

impl Segment {
    fn get<'a>(&'a self, value: &'a Value) -> Found<'a> {
        match (self, value) {
            (Segment::Lookup { key, value, .. }, Value::Array(items)) => items
                .iter()
                .find(|item| item.get(key).is_some_and(|candidate| equals(candidate, value)))
                .map_or(Found::Nothing, Found::Value),
            (Segment::Key(key), Value::Object(map)) => {
                field(map, key).or_else(|| map.get(key)).map_or(Found::Nothing, present)
            }
            (Segment::Key(key), Value::Array(items)) => element(items, key),
            _ => Found::Nothing,
        }
    }
}

/// `key=value` in a map.
fn field<'a>(map: &'a Map<String, Value>, segment: &str) -> Option<&'a Value> {
    let (key, value) = segment.split_once('=')?;
    if value.contains('=') {
        return None;
    }
    map.get(key).filter(|candidate| candidate.as_str() == Some(value))
}

fn element<'a>(items: &'a [Value], segment: &'a str) -> Found<'a> {
    let digits = segment.strip_prefix(['+', '-']).unwrap_or(segment);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let Some(index) = plain.then(|| segment.parse::<i64>().ok()).flatten() else { return Found::Nothing };
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from_start = if index < 0 { index.saturating_add(length) } else { index };
    let item = usize::try_from(from_start).ok().and_then(|index| items.get(index));
    item.map_or(Found::OutOfRange(segment), present)
}

/// Whether a field equals a text: as string, number or boolean.
fn equals(candidate: &Value, text: &str) -> bool {
    if candidate.as_str() == Some(text) {
        return true;
    }
    let number = value::string_number(text).is_some_and(|wanted| value::number(candidate) == Some(wanted));
    let boolean = match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    };
    number || (boolean.is_some() && candidate.as_bool() == boolean)
}

/// Label names and the paths of their values. A name with a star copies a whole map.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Paths {
    stars: Vec<(String, Path)>,
    plain: Vec<(String, Path)>,
}

impl Paths {
    pub(super) fn compile(raw: &BTreeMap<String, Vec<String>>) -> Result<Paths, String> {
        let mut paths = Paths::default();
        for (name, segments) in raw {
            let path = Path::compile(segments).map_err(|message| format!("{name}: {message}"))?;
            if name.starts_with('*') || name.ends_with('*') {
                paths.stars.push((name.clone(), path));
            } else {
                paths.plain.push((sanitize(name), path));
            }
        }
        Ok(paths)
    }

    /// Adds the labels that an object gives: first those of whole maps, then the named ones.
    pub(super) fn add(&self, object: Option<&Value>, labels: &mut BTreeMap<String, String>) {
        for (star, path) in &self.stars {
            let Found::Value(Value::Object(map)) = path.get(object) else { continue };
            let prefix = star.strip_suffix('*').unwrap_or("");
            for (key, value) in map {
                labels.insert(sanitize(&format!("{prefix}{key}")), value::text(value));
            }
        }
        for (name, path) in &self.plain {
            let text = match path.get(object) {
                Found::Nothing => continue,
                Found::Value(value) => value::text(value),
                Found::OutOfRange(index) => format!("list index out of range: {index}"),
            };
            labels.insert(name.clone(), text);
        }
    }
}
