use serde_json::json;

use super::{Config, Definition};
use crate::{Form, Options, Plan};

fn rendered(config: &str, objects: &[serde_json::Value]) -> String {
    let custom = Some(Config::parse(config, "c.yaml").unwrap_or_else(|errors| panic!("{errors:?}")));
    let options = Options { custom, custom_only: true, ..Options::default() };
    Plan::new(&options).render(objects, Form::Text)
}

#[test]
fn values_of_each_type() {
    let config = "
spec:
  resources:
    - groupVersionKind: {group: a.example, version: v1, kind: Thing}
      metricNamePrefix: t
      labelsFromPath: {name: [metadata, name]}
      metrics:
        - {name: size, help: Sizes., each: {type: Gauge, gauge: {path: [spec, sizes], labelFromKey: part}}}
        - {name: last, each: {type: gauge, gauge: {path: [spec, list, '-1']}}}
        - {name: far, each: {type: gauge, gauge: {path: [spec, list, '9']}}}
        - {name: ready, each: {type: Gauge, gauge: {path: [status, conditions, '[type=Ready]', status]}}}
        - {name: state, each: {type: StateSet, stateSet: {path: [status, state], labelName: s, list: [A, B]}}}
        - {name: x_info, each: {type: Info, info: {labelsFromPath: {'l_*': [metadata, labels], far: [spec, list, '9']}}}}
";
    let object = json!({
        "apiVersion": "a.example/v1", "kind": "Thing",
        "metadata": {"name": "n", "labels": {"a-b": "c"}},
        "spec": {"sizes": {"x": "1Gi", "y": "42%"}, "list": [1, 2, 3.5]},
        "status": {"state": "B", "conditions": [{"type": "Ready", "status": "Unknown"}]},
    });
    let fixed =
        "customresource_group=\"a.example\",customresource_kind=\"Thing\",customresource_version=\"v1\"";
    let expected = format!(
        "# HELP t_size Sizes.\n# TYPE t_size gauge\n\
         t_size{{{fixed},name=\"n\",part=\"x\"}} 1.073741824e+09\n\
         t_size{{{fixed},name=\"n\",part=\"y\"}} 0.42\n\
         # HELP t_last \n# TYPE t_last gauge\nt_last{{{fixed},name=\"n\"}} 3.5\n\
         # HELP t_far \n# TYPE t_far gauge\n\
         # HELP t_ready \n# TYPE t_ready gauge\nt_ready{{{fixed},name=\"n\"}} 0\n\
         # HELP t_state \n# TYPE t_state gauge\n\
         t_state{{{fixed},name=\"n\",s=\"A\"}} 0\nt_state{{{fixed},name=\"n\",s=\"B\"}} 1\n\
         # HELP t_x_info \n# TYPE t_x_info gauge\n\
         t_x_info{{{fixed},far=\"list index out of range: 9\",l_a_b=\"c\",name=\"n\"}} 1\n"
    );
    assert_eq!(rendered(config, &[object]), expected);
}

#[test]
fn faults_have_a_place() {
    let rows = [
        ("", "c.yaml: no document"),
        ("# nothing\n", "c.yaml: no document"),
        ("spec: {resources: {a: b}}", "c.yaml:1:"),
        ("- a", "c.yaml:1:"),
        (
            "spec: {resources: [{groupVersionKind: {group: g, version: v, kind: K}, metrics: [{name: x}]}]}",
            "c.yaml: spec.resources[0].metrics[0] (x): each.type \"\" is not known; known are Gauge, Info, StateSet",
        ),
        (
            "spec: {resources: [{groupVersionKind: {group: g}, metrics: [{name: x, each: {type: Info}}]}]}",
            "c.yaml: spec.resources[0].metrics[0] (x): each.info is missing, which type \"Info\" needs",
        ),
        (
            "spec: {resources: [{groupVersionKind: {group: g}, metrics: [{name: x, each: {type: Gauge, gauge: {path: ['[a]']}}}]}]}",
            "(x): each.gauge.path: invalid list lookup [a]; write [key=value]",
        ),
        ("spec: {resources: [{metrics: []}]}", "spec.resources[0]: groupVersionKind.group is missing"),
    ];
    for (text, part) in rows {
        let errors = Config::parse(text, "c.yaml").expect_err(text);
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(text.join("\n").contains(part), "{part} in {text:?}");
    }
}

#[test]
fn definitions_come_from_objects() {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "spec": {"group": "a.example", "scope": "Namespaced", "names": {"kind": "Thing", "plural": "things"},
            "versions": [{"name": "v1", "served": true}, {"name": "v0", "served": false}]},
    });
    let other = json!({"apiVersion": "b.example/v2", "kind": "Other", "metadata": {"name": "x"}});
    let found = Definition::all_of(&[&definition, &other]);
    let kinds: Vec<(&str, &str, Vec<&str>)> = found
        .iter()
        .map(|found| {
            (found.kind.as_str(), found.plural.as_str(), found.versions.iter().map(String::as_str).collect())
        })
        .collect();
    assert!(kinds.contains(&("Thing", "things", vec!["v1"])), "{kinds:?}");
    assert!(kinds.contains(&("Other", "others", vec!["v2"])), "{kinds:?}");
}

#[test]
fn a_version_or_kind_that_is_not_named_is_any() {
    let object = json!({"apiVersion": "a.example/v1", "kind": "Thing", "spec": {"size": 3}});
    for named in ["version: v1", "kind: Thing", "version: '*', kind: ''", "kind: '*'"] {
        let config = format!(
            "spec: {{resources: [{{groupVersionKind: {{group: a.example, {named}}}, metrics: [
            {{name: size, each: {{type: Gauge, gauge: {{path: [spec, size]}}}}}}]}}]}}"
        );
        assert!(rendered(&config, std::slice::from_ref(&object)).ends_with("} 3\n"), "{named}");
    }
    let other = "spec: {resources: [{groupVersionKind: {group: a.example, version: v2}, metrics: []}]}";
    assert_eq!(rendered(other, &[object]), "");
}

#[test]
fn yaml_is_read_as_go_reads_it() {
    let object = json!({"apiVersion": "a.example/v1", "kind": "Thing", "spec": {"list": [4, 5]}});
    let gauge = "{path: [spec, list, ~, 1]}";
    // What stands in the resource, the gauge, and the line after the fixed labels; none where it is refused.
    let rows = [
        (
            "metricNamePrefix: ~, commonLabels: {n: ~, o: 1_0, p: yes}",
            gauge,
            Some("n=\"\",o=\"1_0\",p=\"yes\"} 5"),
        ),
        ("resourcePlural: ~, errorLogV: 2.5", gauge, Some("} 5")),
        ("labelsFromPath: {n: [spec, ~, list, 0]}, errorLogV: ~", gauge, Some("n=\"4\"} 5")),
        ("errorLogV: 3", "{path: [spec, none], nilIsZero: 'yes', labelFromKey: ~}", Some("} 0")),
        ("errorLogV: 3", "{path: [spec, none], nilIsZero: ~}", None),
        ("errorLogV: 3", "{path: [spec, none], nilIsZero: 'true'}", None),
        ("errorLogV: '3'", gauge, None),
        ("errorLogV: 3000000000", gauge, None),
    ];
    for (resource, gauge, expected) in rows {
        let text = format!(
            "spec: {{resources: [~, {{groupVersionKind: {{group: a.example, version: v1, kind: Thing}}, {resource},
            metrics: [~, {{name: size, help: ~, each: {{type: gauge, gauge: {gauge}}}}}]}}]}}"
        );
        let lines = Config::parse(&text, "c.yaml").map(|_| rendered(&text, std::slice::from_ref(&object)));
        let line = lines.ok().and_then(|lines| lines.lines().nth(2).map(str::to_owned));
        let end = line.as_deref().and_then(|line| line.split("_version=\"v1\"").nth(1));
        assert_eq!(end.map(|end| end.trim_start_matches(',')), expected, "{resource} {gauge}");
    }
}

/// As in the files that people write, words that YAML takes for booleans are not quoted.
#[test]
fn states_may_look_like_booleans() {
    let config = "
spec:
  resources:
    - groupVersionKind: {group: a.example, version: v1, kind: Thing}
      metricNamePrefix: ''
      metrics:
        - name: ready
          errorLogV: 5
          each:
            type: StateSet
            stateSet:
              path: [status, conditions, '[type=Ready]', status]
              labelName: on
              list: [True, False, Unknown, 1, 1.0]
";
    let object = json!({
        "apiVersion": "a.example/v1", "kind": "Thing",
        "status": {"conditions": [{"type": "Ready", "status": "False"}]},
    });
    let body = rendered(config, &[object]);
    let states: Vec<&str> = body.lines().filter_map(|line| line.split(",on=").nth(1)).collect();
    assert_eq!(states, ["\"1\"} 0", "\"1.0\"} 0", "\"False\"} 1", "\"True\"} 0", "\"Unknown\"} 0"]);
}
