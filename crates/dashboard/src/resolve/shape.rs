//! From values to options: cutting, sorting, and the options that variables write themselves.

use std::cmp::Ordering;
use std::collections::HashSet;

use regex::{Captures, Regex, RegexBuilder};

use crate::api::{Variable, VariableOption};

/// Memory that a compiled regular expression may take.
const REGEX_BYTES: usize = 1 << 20;
/// What the `auto` option of an interval variable is called in its values.
pub(super) const AUTO_PREFIX: &str = "$__auto_interval_";

/// An option whose text is its value.
pub(super) fn plain(value: &str) -> VariableOption {
    VariableOption { text: value.to_owned(), value: value.to_owned() }
}

/// Keeps what matches and cuts it: the groups `value` and `text`, else the first group, else all of it.
/// `/pattern/flags` matches anywhere, each time with the flag `g`; a bare pattern matches the whole.
/// Values are unique.
pub(super) fn cut(values: Vec<String>, regex: &str) -> Result<Vec<VariableOption>, String> {
    let mut seen = HashSet::new();
    if regex.is_empty() {
        let unique = values.into_iter().filter(|value| seen.insert(value.clone()));
        return Ok(unique.map(|value| plain(&value)).collect());
    }
    let every = regex.starts_with('/') && flags(regex).contains('g');
    let regex = build_regex(regex)?;
    let mut options = Vec::new();
    for value in &values {
        let matches: Vec<Captures<'_>> =
            regex.captures_iter(value).take(if every { 100 } else { 1 }).collect();
        for option in options_of(value, &matches) {
            if seen.insert(option.value.clone()) {
                options.push(option);
            }
        }
    }
    Ok(options)
}

/// Compiles JavaScript's `/pattern/flags`; a bare pattern is for the whole text.
pub(super) fn build_regex(text: &str) -> Result<Regex, String> {
    let (pattern, flags) = match text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        Some((pattern, flags)) => (pattern.to_owned(), flags),
        None => (format!("^(?:{text})$"), ""),
    };
    RegexBuilder::new(&pattern)
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .size_limit(REGEX_BYTES)
        .build()
        .map_err(|error| {
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or("").trim_start_matches("error: ");
            format!("regular expression {}: {reason}", crate::cursor::shorten(text))
        })
}

fn flags(regex: &str) -> &str {
    regex.rsplit_once('/').map_or("", |(_, flags)| flags)
}

fn options_of(whole: &str, matches: &[Captures<'_>]) -> Vec<VariableOption> {
    let named =
        |name: &str| matches.iter().find_map(|captures| captures.name(name)).map(|found| found.as_str());
    let (value, text) = (named("value"), named("text"));
    if let Some(first) = value.or(text) {
        let (value, text) = (value.unwrap_or(first).to_owned(), text.unwrap_or(first).to_owned());
        return vec![VariableOption { text, value }];
    }
    let group = |captures: &Captures<'_>| captures.get(1).map_or("", |found| found.as_str()).to_owned();
    match matches {
        [] => Vec::new(),
        [first, ..] if first.len() == 1 => vec![plain(whole)],
        several => several.iter().map(|captures| plain(&group(captures))).collect(),
    }
}

/// Grafana's orders: 0 none, 1 by letters, 3 by the first number, 5 by letters whatever their case, 7 by
/// letters with numbers in them by value; each followed by its reverse.
pub(super) fn sort(options: &mut [VariableOption], order: u8) {
    let compare: fn(&str, &str) -> Ordering = match order {
        1 | 2 => |a, b| a.cmp(b),
        3 | 4 => |a, b| first_number(a).total_cmp(&first_number(b)),
        5 | 6 => |a, b| a.to_lowercase().cmp(&b.to_lowercase()),
        7 | 8 => natural,
        _ => return,
    };
    options.sort_by(|a, b| compare(&a.text, &b.text));
    if order.is_multiple_of(2) {
        options.reverse();
    }
}

/// The first number in the text; -1 where there is none.
fn first_number(text: &str) -> f64 {
    let start = text.find(|c: char| c.is_ascii_digit());
    let digits = start.map(|start| text[start..].split(|c: char| !c.is_ascii_digit()).next().unwrap_or(""));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(-1.0)
}

fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (digits_a, digits_b) = (digits(a), digits(b));
        if digits_a > 0 && digits_b > 0 {
            let number = |text: &str, end: usize| text[..end].parse::<f64>().unwrap_or(f64::MAX);
            let order = number(a, digits_a).total_cmp(&number(b, digits_b));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (&a[digits_a..], &b[digits_b..]);
            continue;
        }
        let (Some(first_a), Some(first_b)) = (a.chars().next(), b.chars().next()) else {
            return a.len().cmp(&b.len());
        };
        let order = first_a.to_lowercase().cmp(first_b.to_lowercase());
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (&a[first_a.len_utf8()..], &b[first_b.len_utf8()..]);
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// `a, b : c, d\,e`: values, texts before ` : `, commas after a backslash as they are.
pub(super) fn custom_options(query: &str) -> Vec<VariableOption> {
    let mut parts = vec![String::new()];
    let mut chars = query.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, parts.last_mut()) {
            ('\\', Some(part)) if chars.peek() == Some(&',') => {
                chars.next();
                part.push(',');
            }
            (',', _) => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
            (_, None) => {}
        }
    }
    let option = |part: &String| match part.split_once(" : ") {
        Some((text, value)) if !text.trim().is_empty() && !value.trim().is_empty() => {
            VariableOption { text: text.trim().to_owned(), value: value.trim().to_owned() }
        }
        _ => plain(part.trim()),
    };
    let mut seen = HashSet::new();
    let options = parts.iter().filter(|part| !part.trim().is_empty()).map(option);
    options.filter(|option| seen.insert(option.value.clone())).collect()
}

/// `1m,10m,1h`, quoted or not, and `auto` before them.
pub(super) fn interval_options(variable: &Variable) -> Vec<VariableOption> {
    let auto = variable.definition.auto_count.map(|_| VariableOption {
        text: "auto".to_owned(),
        value: format!("{AUTO_PREFIX}{}", variable.name),
    });
    let listed = variable.definition.query.split(',');
    let listed = listed.map(|part| part.trim().trim_matches(['"', '\''])).filter(|part| !part.is_empty());
    auto.into_iter().chain(listed.filter(|part| *part != "auto").map(plain)).collect()
}
