//! Prometheus' template functions: a row each.

use gotmpl::{CallError, Elem, Function, Functions, List, Map, Type, Value};
use model::Duration;
use model::pattern::translate;
use regex::Regex;

use super::{Outside, humanize};
use crate::group::{escape_query, generator_url};

type Body = fn(&Outside, &[Value]) -> Result<Value, CallError>;

/// Name, parameters, and what it does.
const ROWS: &[(&str, &[Type], Body)] = &[
    ("query", &[Type::String], |outside, args| outside.query(&text(&args[0]))),
    ("first", &[Type::Any], |_, args| first(&args[0])),
    ("label", &[Type::String, Type::Any], |_, args| sample_label(&args[1], &text(&args[0]))),
    ("value", &[Type::Any], |_, args| sample_field(&args[0], "Value")),
    ("strvalue", &[Type::Any], |_, args| sample_label(&args[0], "__value__")),
    ("sortByLabel", &[Type::String, Type::Any], |_, args| sort_by_label(&text(&args[0]), &args[1])),
    ("reReplaceAll", &[Type::String, Type::String, Type::String], |_, args| {
        let replaced = regex(&args[0])?.replace_all(&text(&args[2]), text(&args[1]).as_str()).into_owned();
        Ok(Value::from(replaced.as_str()))
    }),
    ("match", &[Type::String, Type::String], |_, args| {
        Ok(Value::Bool(regex(&args[0])?.is_match(&text(&args[1]))))
    }),
    ("safeHtml", &[Type::String], |_, args| Ok(args[0].clone())),
    ("title", &[Type::String], |_, args| Ok(Value::from(title(&text(&args[0]))))),
    ("toUpper", &[Type::String], |_, args| Ok(Value::from(text(&args[0]).to_uppercase()))),
    ("toLower", &[Type::String], |_, args| Ok(Value::from(text(&args[0]).to_lowercase()))),
    ("graphLink", &[Type::String], |_, args| Ok(Value::from(link(&text(&args[0]), 0)))),
    ("tableLink", &[Type::String], |_, args| Ok(Value::from(link(&text(&args[0]), 1)))),
    ("stripPort", &[Type::String], |_, args| Ok(Value::from(strip_port(&text(&args[0]))))),
    ("stripDomain", &[Type::String], |_, args| Ok(Value::from(strip_domain(&text(&args[0]))))),
    ("humanize", &[Type::Any], |_, args| Ok(Value::from(humanize::si(number(&args[0])?)))),
    ("humanize1024", &[Type::Any], |_, args| Ok(Value::from(humanize::binary(number(&args[0])?)))),
    ("humanizeDuration", &[Type::Any], |_, args| Ok(Value::from(humanize::duration(number(&args[0])?)))),
    ("humanizePercentage", &[Type::Any], |_, args| Ok(Value::from(humanize::percentage(number(&args[0])?)))),
    ("humanizeTimestamp", &[Type::Any], |_, args| Ok(Value::from(timestamp(number(&args[0])?)))),
    ("toTime", &[Type::Any], |_, args| Ok(Value::from(timestamp(number(&args[0])?)))),
    ("toDuration", &[Type::Any], |_, args| Ok(Value::from(go_duration(number(&args[0])?)))),
    ("parseDuration", &[Type::String], |_, args| {
        let parsed = Duration::parse(&text(&args[0])).map_err(|error| error.to_string())?;
        Ok(Value::Float(parsed.seconds()))
    }),
    ("now", &[], |outside, _| Ok(Value::Float(outside.at.seconds()))),
    ("urlQueryEscape", &[Type::String], |_, args| Ok(Value::from(escape_query(&text(&args[0]))))),
    ("externalURL", &[], |outside, _| Ok(Value::from(outside.external_url.clone()))),
    ("pathPrefix", &[], |outside, _| Ok(Value::from(path_of(&outside.external_url)))),
];

/// The table, bound to what the functions may ask.
pub(super) fn table(outside: &Outside) -> Functions {
    let mut functions = Functions::new();
    for (name, params, body) in ROWS {
        let outside = outside.clone();
        functions.insert(*name, Function::new(params, move |args| body(&outside, args)));
    }
    let args = Function::variadic(&[], Type::Any, |args| {
        let numbered = args.iter().enumerate().map(|(i, arg)| (format!("arg{i}"), arg.clone()));
        let map = Map::new();
        numbered.for_each(|(name, arg)| map.insert(name.as_str(), arg));
        Ok(Value::Map(map))
    });
    functions.insert("args", args);
    let tmpl = Function::with_context(&[Type::String, Type::Any], None, |_, _| {
        Err(CallError::from("tmpl is for console templates, which weir does not have"))
    });
    functions.insert("tmpl", tmpl);
    functions
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(String::new, |text| text.to_text().into_owned())
}

fn regex(pattern: &Value) -> Result<Regex, CallError> {
    Regex::new(&translate(&text(pattern)))
        .map_err(|error| CallError(format!("error parsing regexp: {error}")))
}

/// Numbers, and texts that are numbers (`convertToFloat` of prometheus/common).
fn number(value: &Value) -> Result<f64, CallError> {
    match value {
        Value::Float(number) => Ok(*number),
        Value::Int(number) => Ok(*number as f64),
        Value::Uint(number) => Ok(*number as f64),
        Value::String(digits) => model::value::parse_float(&digits.to_text()).ok_or_else(|| {
            CallError(format!("can't convert {} to a number", gotmpl::quote(digits.as_bytes())))
        }),
        other => Err(CallError(format!("can't convert {} to float", other.type_name()))),
    }
}

fn samples(value: &Value) -> Result<&[Value], CallError> {
    match value {
        Value::List(list) => Ok(list.as_slice()),
        other => Err(CallError(format!("expected a query result, got {}", other.type_name()))),
    }
}

fn first(value: &Value) -> Result<Value, CallError> {
    let samples = samples(value)?;
    samples.first().cloned().ok_or_else(|| CallError::from("first() called on vector with no elements"))
}

fn sample_field(sample: &Value, name: &str) -> Result<Value, CallError> {
    match sample {
        Value::Map(map) => Ok(map.get(name.as_bytes()).unwrap_or_default()),
        other => Err(CallError(format!("expected a series of a query result, got {}", other.type_name()))),
    }
}

fn sample_label(sample: &Value, name: &str) -> Result<Value, CallError> {
    match sample_field(sample, "Labels")? {
        Value::Map(labels) => Ok(labels.get(name.as_bytes()).unwrap_or_else(|| Value::from(""))),
        _ => Ok(Value::from("")),
    }
}

fn sort_by_label(name: &str, value: &Value) -> Result<Value, CallError> {
    let mut keyed = Vec::new();
    for sample in samples(value)? {
        keyed.push((text(&sample_label(sample, name)?), sample.clone()));
    }
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    let sorted = keyed.into_iter().map(|(_, sample)| sample).collect();
    Ok(Value::List(List::typed(sorted, Elem::Any)))
}

fn link(expr: &str, tab: u8) -> String {
    let table = generator_url("", expr);
    if tab == 1 { table } else { table.replace("g0.tab=1", "g0.tab=0") }
}

/// Each word begins with a capital (Go's `strings.Title`).
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.push(c);
        } else {
            out.extend(c.to_uppercase());
        }
        inside = c.is_alphanumeric() || c == '_' || c == '\'';
    }
    out
}

fn strip_port(host: &str) -> String {
    let bare = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) if rest.starts_with(':') => address,
        Some(_) => host,
        None if host.matches(':').count() == 1 => host.split(':').next().unwrap_or(host),
        None => host,
    };
    bare.to_owned()
}

fn strip_domain(host: &str) -> String {
    let (name, port) = host.rsplit_once(':').map_or((host, ""), |(name, _)| (name, &host[name.len()..]));
    if name.parse::<std::net::IpAddr>().is_ok() || host.parse::<std::net::IpAddr>().is_ok() {
        return host.to_owned();
    }
    format!("{}{port}", name.split('.').next().unwrap_or(name))
}

/// As Go prints a time in UTC.
fn timestamp(seconds: f64) -> String {
    let nanoseconds = (seconds * 1e9).round();
    let time =
        seconds.is_finite().then(|| jiff::Timestamp::from_nanosecond(nanoseconds as i128).ok()).flatten();
    match time {
        Some(time) => format!("{} +0000 UTC", time.to_string().trim_end_matches('Z').replace('T', " ")),
        None => humanize::four_digits(seconds),
    }
}

/// As Go prints a duration: `1h0m5s`.
fn go_duration(seconds: f64) -> String {
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = seconds.abs() as u64;
    let rest = model::value::PlainFloat(((seconds.abs() % 60.0) * 1e9).round() / 1e9);
    match (whole / 3600, whole / 60 % 60) {
        (0, 0) => format!("{sign}{rest}s"),
        (0, minutes) => format!("{sign}{minutes}m{rest}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{rest}s"),
    }
}

/// The path of a URL.
fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or_else(String::new, |at| rest[at..].to_owned())
}
