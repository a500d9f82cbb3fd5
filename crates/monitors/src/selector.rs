//! Label selectors: read, matched, and written as relabel steps or as the API server's text.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::read::{entries, items, text, texts};

/// A selector that was found valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    labels: BTreeMap<String, String>,
    expressions: Vec<Expression>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Expression {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

// === impl Selector ===

impl Selector {
    /// Reads `{matchLabels, matchExpressions}`.
    pub fn read(value: &Value) -> Result<Selector, String> {
        let mut selector = Selector::default();
        for (key, value) in entries(value, "matchLabels") {
            let value = value.as_str().unwrap_or("");
            check_key(key)
                .and_then(|()| check_value(value))
                .map_err(|error| format!("matchLabels.{key}: {error}"))?;
            selector.labels.insert(key.to_owned(), value.to_owned());
        }
        for (i, row) in items(value, "matchExpressions").iter().enumerate() {
            let place = |error: String| format!("matchExpressions[{i}]: {error}");
            selector.expressions.push(Expression::read(row).map_err(place)?);
        }
        Ok(selector)
    }

    /// Whether labels fulfil it.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.expressions.iter().all(|expression| expression.matches(labels.get(&expression.key)))
    }

    /// As `kubectl -l` takes it; "" is everything. Terms are sorted by key, values by themselves.
    pub fn text(&self) -> String {
        let labels = self.labels.iter().map(|(key, value)| (key, format!("{key}={value}")));
        let expressions = self.expressions.iter().map(|expression| (&expression.key, expression.text()));
        let mut terms: Vec<(&String, String)> = labels.chain(expressions).collect();
        terms.sort_by_key(|(key, _)| *key);
        terms.into_iter().map(|(_, term)| term).collect::<Vec<_>>().join(",")
    }

    /// Relabel steps that keep what has the labels, which stand in `__meta_kubernetes_{object}_label_…`.
    /// Values go into the regex as they are, as the operator does it.
    pub(crate) fn steps(&self, object: &str) -> Vec<Value> {
        let label = |key: &str| format!("__meta_kubernetes_{object}_label_{}", sanitize(key));
        let present = |key: &str| format!("__meta_kubernetes_{object}_labelpresent_{}", sanitize(key));
        let valued = |action: &str, key: &str, values: &str| json!({"action": action, "source_labels": [label(key), present(key)], "regex": format!("({values});true")});
        let there = |action: &str, key: &str| json!({"action": action, "source_labels": [present(key)], "regex": "true"});
        let mut steps: Vec<Value> =
            self.labels.iter().map(|(key, value)| valued("keep", key, value)).collect();
        for Expression { key, operator, values } in &self.expressions {
            steps.push(match operator {
                Operator::In => valued("keep", key, &values.join("|")),
                Operator::NotIn => valued("drop", key, &values.join("|")),
                Operator::Exists => there("keep", key),
                Operator::DoesNotExist => there("drop", key),
            });
        }
        steps
    }
}

impl Expression {
    fn read(row: &Value) -> Result<Expression, String> {
        let operator = match text(row, "operator") {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            other => {
                return Err(format!(
                    "\"{other}\" is no operator; it must be In, NotIn, Exists or DoesNotExist"
                ));
            }
        };
        let values: Vec<String> = texts(row, "values").map(str::to_owned).collect();
        let takes = matches!(operator, Operator::In | Operator::NotIn);
        if takes && values.is_empty() {
            return Err(format!("{} needs at least one value", text(row, "operator")));
        }
        if !takes && !values.is_empty() {
            return Err(format!("{} takes no values", text(row, "operator")));
        }
        check_key(text(row, "key"))?;
        values.iter().try_for_each(|value| check_value(value))?;
        Ok(Expression { key: text(row, "key").to_owned(), operator, values })
    }

    fn matches(&self, value: Option<&String>) -> bool {
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }

    fn text(&self) -> String {
        let mut values = self.values.clone();
        values.sort();
        let (key, values) = (&self.key, values.join(","));
        match self.operator {
            Operator::In => format!("{key} in ({values})"),
            Operator::NotIn => format!("{key} notin ({values})"),
            Operator::Exists => key.clone(),
            Operator::DoesNotExist => format!("!{key}"),
        }
    }
}

/// A label value as Kubernetes takes it: at most 63 of `[A-Za-z0-9_.-]`, alphanumeric at both ends.
fn check_value(value: &str) -> Result<(), String> {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ends = value.starts_with(|c: char| c.is_ascii_alphanumeric())
        && value.ends_with(|c: char| c.is_ascii_alphanumeric());
    if value.is_empty() || (value.len() <= 63 && value.chars().all(inner) && ends) {
        return Ok(());
    }
    Err(format!(
        "\"{value}\" is no label value: at most 63 letters, digits, '-', '_' or '.', with a letter or digit at both ends"
    ))
}

/// A label's key as Kubernetes takes it: a name like a value but not empty, with a domain and `/` before it or not.
fn check_key(key: &str) -> Result<(), String> {
    let (domain, name) = key.rsplit_once('/').unwrap_or(("a", key));
    let may_be = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(may_be) && !part.starts_with('-') && !part.ends_with('-')
    };
    if !name.is_empty() && check_value(name).is_ok() && domain.len() <= 253 && domain.split('.').all(is_part)
    {
        return Ok(());
    }
    Err(format!("\"{key}\" is no key of a label: a name, or a domain, '/' and a name"))
}

/// The faults of a selector of labels written as text: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`.
pub(crate) fn check_text(selector: &str) -> Result<(), String> {
    let named = |error: String| format!("selector \"{selector}\": {error}");
    terms(selector).map_err(named)?.into_iter().try_for_each(|term| check_term(term.trim()).map_err(named))
}

/// The terms between commas that are not in brackets. An empty selector has none.
fn terms(selector: &str) -> Result<Vec<&str>, String> {
    let (mut terms, mut begin, mut is_open) = (Vec::new(), 0, false);
    for (at, c) in selector.char_indices() {
        match c {
            '(' if is_open => return Err("'(' within '('".to_owned()),
            '(' => is_open = true,
            ')' if !is_open => return Err("')' without '('".to_owned()),
            ')' => is_open = false,
            ',' if !is_open => {
                terms.push(&selector[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    if is_open {
        return Err("'(' is not closed".to_owned());
    }
    if !selector.trim().is_empty() {
        terms.push(&selector[begin..]);
    }
    Ok(terms)
}

fn check_term(term: &str) -> Result<(), String> {
    if let Some(key) = term.strip_prefix('!') {
        return check_key(key.trim());
    }
    if let Some((before, values)) = term.split_once('(') {
        let words: Vec<&str> = before.split_whitespace().collect();
        let [key, "in" | "notin"] = words.as_slice() else {
            return Err(format!("\"{term}\": '(' comes after a key and in or notin"));
        };
        let Some(values) = values.strip_suffix(')') else {
            return Err(format!("\"{term}\": ')' is the end of a term"));
        };
        check_key(key)?;
        return values.split(',').try_for_each(|value| check_value(value.trim()));
    }
    for operator in ["!=", "==", "=", ">", "<"] {
        let Some((key, value)) = term.split_once(operator) else { continue };
        check_key(key.trim())?;
        let value = value.trim();
        if matches!(operator, ">" | "<") && value.parse::<i64>().is_err() {
            return Err(format!("\"{term}\": \"{value}\" is no whole number"));
        }
        return check_value(value);
    }
    check_key(term)
}

/// The faults of a selector of fields written as text: `a=b,c!=d`, with `\` before `\`, `,` and `=` in values.
pub(crate) fn check_fields(selector: &str) -> Result<(), String> {
    let (mut terms, mut is_escaped) = (vec![String::new()], false);
    for c in selector.chars() {
        if is_escaped && !matches!(c, '\\' | ',' | '=') {
            return Err(format!("selector \"{selector}\": '\\' comes before '\\', ',' or '=' only"));
        }
        match (c, terms.last_mut()) {
            (',', _) if !is_escaped => terms.push(String::new()),
            // What is escaped is no operator.
            (_, Some(term)) => term.push(if is_escaped { '_' } else { c }),
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    match terms.iter().find(|term| !term.is_empty() && !term.contains('=')) {
        _ if is_escaped => Err(format!("selector \"{selector}\": '\\' at its end")),
        Some(term) => Err(format!("selector \"{selector}\": \"{term}\" must be field=value or field!=value")),
        None => Ok(()),
    }
}

/// A label's name in a meta label: what is not `[a-zA-Z0-9_]` becomes `_`.
pub(crate) fn sanitize(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect()
}
