use super::*;

fn expand(text: &str) -> String {
    let outside =
        Outside { at: Timestamp(1_000), external_url: "http://weir/x".to_owned(), ..Outside::default() };
    let templates = Templates {
        functions: functions::table(&outside),
        external_labels: Value::string_map([("cluster", "c1")]),
        external_url: outside.external_url.clone(),
    };
    let labels = Labels::from_pairs([("instance", "host.example.org:9090"), ("kind", "Kustomization")]);
    templates.expand("A", text, &labels, 1_234_567.5)
}

#[test]
fn expands_as_prometheus_does() {
    for (text, expected) in [
        ("plain", "plain"),
        ("{{ $labels.kind }}/{{ $labels.absent }}", "Kustomization/"),
        ("{{ $value }}", "1.2345675e+06"),
        ("{{ $value | humanize }} {{ printf \"%.1f\" $value }}", "1.235M 1234567.5"),
        ("{{ $externalLabels.cluster }} {{ externalURL }} {{ pathPrefix }}", "c1 http://weir/x /x"),
        (
            "{{ $labels.instance | stripPort }} {{ stripDomain $labels.instance }}",
            "host.example.org host:9090",
        ),
        ("{{ \"aa bb\" | title }} {{ toUpper \"x\" }}", "Aa Bb X"),
        ("{{ reReplaceAll \"(.*)-(.*)\" \"$2\" \"a-b\" }} {{ match \"a.*\" \"xabc\" }}", "b true"),
        ("{{ humanizeDuration 3661 }} {{ humanizePercentage 0.5 }}", "1h 1m 1s 50%"),
        ("{{ humanizeTimestamp 1435065584.128 }}", "2015-06-23 13:19:44.128 +0000 UTC"),
        ("{{ parseDuration \"1h\" }} {{ toDuration 3665 }}", "3600 1h1m5s"),
        ("{{ tableLink \"up > 0\" }}", "/graph?g0.expr=up+%3E+0&g0.tab=1"),
        ("{{ with query \"up\" }}x{{ else }}none{{ end }}", "none"),
        ("{{ (args 1 \"b\").arg1 }}", "b"),
    ] {
        assert_eq!(expand(text), expected, "{text}");
    }
}

#[test]
fn errors_stand_in_place_of_the_text() {
    let shown = expand("{{ query \"up\" | first }}");
    assert!(shown.starts_with("<error expanding template: "), "{shown}");
    assert!(shown.contains("first() called on vector with no elements"), "{shown}");
    assert!(check("A", "{{ nofunction }}").is_err());
    assert!(check("A", "{{ $labels.x | humanize }}").is_ok());
}
