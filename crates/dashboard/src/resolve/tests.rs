use serde_json::{Value, json};

use super::*;
use crate::api::Expansion;
use crate::expand::expand;
use crate::parse::parse;

/// Answers with what it was asked, so that tests see the question.
struct Echo;

impl VariableSource for Echo {
    fn series(&self, selector: &str) -> Result<Vec<Labels>, String> {
        match selector {
            "fails" => Err("no such thing".to_owned()),
            selector => Ok(vec![
                Labels::from_pairs([
                    ("__name__", selector),
                    ("namespace", "flux-system"),
                    ("exported_namespace", "apps"),
                ]),
                Labels::from_pairs([("__name__", selector), ("namespace", "other"), ("pod", "p-10")]),
            ]),
        }
    }

    fn label_values(&self, selector: Option<&str>, label: &str) -> Result<Vec<String>, String> {
        match (selector, label) {
            (_, "__name__") => Ok(vec!["up".to_owned(), "go_info".to_owned(), "go_threads".to_owned()]),
            (_, "pod") => Ok(["p-10", "p-9", "B", "a", "a"].map(str::to_owned).to_vec()),
            (_, "many") => Ok((0..10_500).map(|number| number.to_string()).collect()),
            (_, "none") => Ok(Vec::new()),
            (selector, label) => Ok(vec![format!("{}/{label}", selector.unwrap_or("all"))]),
        }
    }

    fn label_names(&self, selector: Option<&str>) -> Result<Vec<String>, String> {
        Ok(vec![format!("names of {}", selector.unwrap_or("all"))])
    }

    fn query(&self, expr: &str) -> Result<Vec<(Labels, f64, i64)>, String> {
        Ok(vec![(Labels::from_pairs([("__name__", "m"), ("b", "2"), ("a", expr)]), 1.5, 1000)])
    }
}

fn resolved(variables: &Value, chosen: &[(&str, &[&str])]) -> Expansion {
    let text = json!({"title": "t", "panels": [], "templating": {"list": variables}}).to_string();
    let (dashboard, notes) = parse(&text).unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    let mut request = ExpandRequest { from: 0, to: 3_600_000, ..ExpandRequest::default() };
    for (name, values) in chosen {
        request
            .variables
            .insert((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect());
    }
    expand(&dashboard, &request, &Echo, &Settings::default())
}

/// Options as `value` or `text=value`, and the choice.
fn options_of(variable: Value, chosen: &[&str]) -> (Vec<String>, Vec<String>, String) {
    let mut variable = variable;
    variable["name"] = json!("v");
    let chosen: &[(&str, &[&str])] = if chosen.is_empty() { &[] } else { &[("v", chosen)] };
    let one = resolved(&json!([variable]), chosen).variables.remove(0);
    let option = |option: &VariableOption| match option.text == option.value {
        true => option.value.clone(),
        false => format!("{}={}", option.text, option.value),
    };
    (one.options.iter().map(option).collect(), one.current, one.error)
}

#[test]
fn forms_of_queries() {
    for (query, want) in [
        (json!("label_values(ns)"), "all/ns"),
        (json!("label_values(up, ns)"), "up/ns"),
        (json!("label_values(up{a=\"b,c\"},ns) "), "up{a=\"b,c\"}/ns"),
        (json!("label_values(sum by (x, y) (up), ns)"), "sum by (x, y) (up)/ns"),
        (json!("label_names()"), "names of all"),
        (json!("label_names(up)"), "names of up"),
        (json!("metrics(^go_)"), ""),
        (json!("metrics(go_.*)"), "go_info go_threads"),
        (json!("metrics(/^go_i/)"), "go_info"),
        (json!("query_result(topk(1, up))"), "m{a=\"topk(1, up)\",b=\"2\"} 1.5 1000"),
        (
            json!("up"),
            "up{exported_namespace=\"apps\",namespace=\"flux-system\"} up{namespace=\"other\",pod=\"p-10\"}",
        ),
        (json!(""), ""),
        (json!({"query": "label_values(up, ns)", "refId": "x"}), "up/ns"),
        (json!({"qryType": 1, "query": "label_values(up, ns)", "label": "ns"}), "up/ns"),
        (json!({"qryType": 1, "metric": "up", "label": "ns"}), "up/ns"),
        (json!({"qryType": 1, "label": "ns"}), "all/ns"),
        (json!({"qryType": 0}), "names of all"),
        (json!({"qryType": 2, "metric": ".*info"}), "go_info"),
        (
            json!({"qryType": 3, "varQuery": "up", "query": "query_result(up)"}),
            "m{a=\"up\",b=\"2\"} 1.5 1000",
        ),
        (
            json!({"qryType": 4, "seriesQuery": "x{}"}),
            "x{}{exported_namespace=\"apps\",namespace=\"flux-system\"} x{}{namespace=\"other\",pod=\"p-10\"}",
        ),
        (json!({"qryType": 5, "query": "label_values(ns)"}), "all/ns"),
    ] {
        let (options, _, error) = options_of(json!({"type": "query", "query": query}), &[]);
        assert_eq!((options.join(" ").as_str(), error.as_str()), (want, ""), "{query}");
    }
    let (options, _, error) = options_of(json!({"type": "query", "query": "fails"}), &[]);
    assert_eq!((options.len(), error.as_str()), (0, "no such thing"));
    let (_, _, error) = options_of(json!({"type": "query", "query": "label_values()"}), &[]);
    assert_eq!(error, "label_values(): label_values takes a selector and a label name");
}

#[test]
fn regular_expressions_cut_options() {
    for (regex, want) in [
        (r#"/.*namespace="([^"]*).*/"#, "flux-system other"),
        (r#"/namespace="([^"]*)"/g"#, "apps flux-system other"),
        (r"/OTHER/i", "up{namespace=\"other\",pod=\"p-10\"}"),
        (r".*other.*", "up{namespace=\"other\",pod=\"p-10\"}"),
        (r"other", ""),
        (r#"/(?<text>p)-(?<value>\d+)/"#, "p=10"),
        (r#"/pod="(?<value>[^"]+)"/"#, "p-10"),
    ] {
        let (options, _, error) = options_of(json!({"type": "query", "query": "up", "regex": regex}), &[]);
        assert_eq!((options.join(" ").as_str(), error.as_str()), (want, ""), "{regex}");
    }
    let (_, _, error) = options_of(json!({"type": "query", "query": "up", "regex": "/(?!x)/"}), &[]);
    assert!(error.starts_with("regular expression /(?!x)/: look-around"), "{error}");
}

#[test]
fn orders() {
    for (sort, want) in [
        (0, "p-10 p-9 B a"),
        (1, "B a p-10 p-9"),
        (2, "p-9 p-10 a B"),
        (3, "B a p-9 p-10"),
        (4, "p-10 p-9 a B"),
        (5, "a B p-10 p-9"),
        (6, "p-9 p-10 B a"),
        (7, "a B p-9 p-10"),
        (8, "p-10 p-9 B a"),
    ] {
        let (options, _, _) =
            options_of(json!({"type": "query", "query": "label_values(pod)", "sort": sort}), &[]);
        assert_eq!(options.join(" "), want, "sort {sort}");
    }
}

#[test]
fn choices() {
    let query = |more: Value| {
        let mut variable = json!({"type": "query", "query": "label_values(pod)"});
        variable.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        variable
    };
    let saved = |value: Value| json!({"current": {"value": value}});
    let all = json!({"includeAll": true, "multi": true, "current": {"value": ["$__all"]}});
    for (variable, chosen, want) in [
        (query(json!({})), &[][..], "p-10"),
        (query(saved(json!("B"))), &[], "B"),
        (query(saved(json!("gone"))), &[], "p-10"),
        (query(saved(json!("B"))), &["a"], "a"),
        (query(json!({})), &["elsewhere"], "elsewhere"),
        (query(json!({})), &["a", "B"], "a"),
        (query(json!({})), &["$__all"], "p-10"),
        (query(json!({"includeAll": true})), &[], "$__all"),
        (query(all.clone()), &[], "$__all"),
        (query(all.clone()), &["a", "B", "a"], "a B"),
        (query(all.clone()), &["a", "$__all"], "$__all"),
        (query(all.clone()), &["All"], "$__all"),
        (query(json!({"multi": true, "current": {"value": ["a", "gone", "B"]}})), &[], "a B"),
        (query(json!({"includeAll": true, "current": {"text": "All", "value": ".*"}})), &[], "$__all"),
    ] {
        let (_, current, _) = options_of(variable.clone(), chosen);
        assert_eq!(current.join(" "), want, "{variable} {chosen:?}");
    }
    let empty = json!({"type": "query", "query": "label_values(none)", "current": {"value": "flux-system"}});
    assert_eq!(options_of(empty, &[]).1, ["flux-system"], "a choice outlives a store that is still empty");
}

#[test]
fn the_other_types() {
    for (variable, chosen, options, current) in [
        (json!({"type": "custom", "query": "a, b\\,c , Slow : s,a"}), &[][..], "a b,c Slow=s", "a"),
        (json!({"type": "custom", "query": "a,Slow : s", "current": {"value": "s"}}), &[], "a Slow=s", "s"),
        (json!({"type": "custom", "query": "a,Slow : s"}), &["Slow"], "a Slow=s", "s"),
        (json!({"type": "custom", "query": "a,b", "includeAll": true}), &[], "All=$__all a b", "$__all"),
        (json!({"type": "interval", "query": "1m,'10m'"}), &[], "1m 10m", "1m"),
        (
            json!({"type": "interval", "query": "1m", "auto": true, "auto_count": 10, "current": {"text": "auto", "value": "$__auto_interval_v"}}),
            &[],
            "auto=$__auto_interval_v 1m",
            "$__auto_interval_v",
        ),
        (json!({"type": "textbox", "query": "x"}), &[], "x", "x"),
        (json!({"type": "textbox", "query": "x"}), &["any thing"], "any thing", "any thing"),
        (json!({"type": "constant", "query": "42"}), &[], "42", "42"),
        (
            json!({"type": "datasource", "query": "prometheus", "current": {"value": "old"}}),
            &[],
            "Prometheus",
            "Prometheus",
        ),
    ] {
        let got = options_of(variable.clone(), chosen);
        assert_eq!((got.0.join(" ").as_str(), got.1.join(" ").as_str()), (options, current), "{variable}");
    }
    let (options, _, error) = options_of(json!({"type": "datasource", "query": "loki"}), &[]);
    assert_eq!((options.len(), error.as_str()), (0, "there is no datasource of type loki"));
}

#[test]
fn variables_that_use_others_come_after_them() {
    let variables = json!([
        {"name": "pod", "type": "query", "query": "label_values(up{ns=~\"$ns\"}, x)"},
        {"name": "ns", "type": "custom", "query": "a.b,c", "multi": true, "current": {"value": ["a.b", "c"]}},
    ]);
    let expansion = resolved(&variables, &[]);
    assert_eq!(expansion.variables[0].options[0].value, r#"up{ns=~"(a\\.b|c)"}/x"#);
    assert_eq!(expansion.variables[1].text, "a.b + c");
}

#[test]
fn cycles_are_named() {
    let variables = json!([
        {"name": "a", "type": "query", "query": "label_values(up{b=\"$b\"}, x)", "current": {"value": "kept"}},
        {"name": "b", "type": "query", "query": "label_values(up{a=\"$a\"}, x)"},
        {"name": "c", "type": "query", "query": "label_values(up{a=\"$a\"}, x)"},
    ]);
    let expansion = resolved(&variables, &[]);
    let errors: Vec<&str> = expansion.variables.iter().map(|variable| variable.error.as_str()).collect();
    assert_eq!(
        errors,
        [
            "variables refer to each other: a → b → a",
            "variables refer to each other: b → a → b",
            "variables refer to each other: c → a → b → a",
        ]
    );
    assert_eq!(expansion.variables[0].current, ["kept"]);
}

#[test]
fn too_many_options_are_cut_and_named() {
    let (options, _, error) = options_of(json!({"type": "query", "query": "label_values(many)"}), &[]);
    assert_eq!(options.len(), OPTIONS_MAX);
    assert_eq!(error, "10500 values were found, the first 10000 are shown");
}
