use super::*;

const DEFAULTS: Defaults = Defaults {
    interval: Duration::from_secs(60),
    query_offset: Duration::ZERO,
    features: Features {
        experimental_functions: false,
        duration_expressions: true,
        extended_range_selectors: false,
        fill_modifiers: false,
    },
};

fn faults(text: &str) -> Vec<String> {
    parse(text, "r.yml", DEFAULTS).expect_err("must be refused").faults
}

#[test]
fn reads_a_file_as_prometheus_does() {
    let text = "
groups:
- name: GitOpsToolkit
  interval: 30s
  labels: {team: flux}
  rules:
  - alert: ReconciliationFailure
    expr: max(gotk_reconcile_condition{status=\"False\"}) by (namespace) == 1
    for: 10m
    labels: {severity: page}
    annotations: {summary: '{{ $labels.kind }} failing'}
  - {record: 'job:up:sum', expr: sum by (job) (up)}
";
    let groups = parse(text, "r.yml", DEFAULTS).expect("valid");
    assert_eq!(groups[0].interval, Duration::from_secs(30));
    let Rule::Alerting(rule) = &groups[0].rules[0] else { panic!("not an alerting rule") };
    assert_eq!((rule.hold, rule.labels.get("team")), (Duration::from_secs(600), "flux"));
    assert_eq!(groups[0].rules[1].name(), "job:up:sum");
    assert!(parse("", "r.yml", DEFAULTS).expect("an empty file is valid").is_empty());
}

#[test]
fn reports_every_fault_with_its_place() {
    let found = faults(
        "groups:\n- name: a\n  rules:\n  - {alert: x, expr: 'up{', for: 1x}\n  - {record: y, expr: up, for: 1m}\n- name: a\n",
    );
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(found[0].starts_with("group \"a\", rule 1, \"x\": could not parse expression: 1:"), "{found:#?}");
    assert!(found[1].contains("for: "), "{found:#?}");
    assert!(found[2].contains("invalid field 'for' in recording rule"), "{found:#?}");
    assert!(found[3].contains("repeated"), "{found:#?}");
    let twice = "groups: [{name: a, rules: [{record: x, expr: up}, {record: x, expr: 'up > 0'}, {record: x, expr: up, labels: {a: b}}]}]";
    let groups = parse(twice, "r.yml", DEFAULTS).expect("Prometheus takes it too");
    assert_eq!(groups[0].repeated(), ["x"]);
    let utf8 = "groups: [{name: a, rules: [{alert: x, expr: up, annotations: {'run-book': a}}]}]";
    assert!(parse(utf8, "r.yml", DEFAULTS).is_ok(), "names of annotations may be any");
    assert!(
        faults("groups: [{name: a, rules: [{alert: x, expr: up, annotations: {'': a}}]}]")[0]
            .contains("no name")
    );
    let typo = &faults("groups:\n- name: a\n  rulez: []\n")[0];
    assert!(typo.contains("r.yml:3") && typo.contains("did you mean \"rules\""), "{typo}");
    let template =
        &faults("groups: [{name: a, rules: [{alert: x, expr: up, annotations: {s: '{{ .x '}}]}]")[0];
    assert!(template.contains("annotation \"s\""), "{template}");
}
