use super::*;

#[test]
fn alerting_is_read_as_prometheus_reads_it() {
    let text = r#"
alert_relabel_configs:
- {source_labels: [severity], regex: none, action: drop}
alertmanagers:
- static_configs:
  - targets: [am-1:9093, am-2:9093]
    labels: {zone: a}
  timeout: 5s
  basic_auth: {username: u, password: p}
  path_prefix: /am
- scheme: https
  dns_sd_configs:
  - names: [am.example.org]
"#;
    let config: AlertingConfig = stdx::yaml::from_str(text, "prometheus.yml").unwrap();
    assert_eq!(config.alert_relabel_configs.len(), 1);
    let [first, second] = config.alertmanagers.as_slice() else { panic!("two sets") };
    assert_eq!(first.timeout, Duration::from_secs(5));
    assert_eq!(first.scheme, "http");
    assert_eq!(first.http.basic_auth.as_ref().unwrap().password.reveal(), "p");
    let targets: Vec<String> = first.static_targets.iter().map(ToString::to_string).collect();
    assert_eq!(targets, [r#"{__address__="am-1:9093", zone="a"}"#, r#"{__address__="am-2:9093", zone="a"}"#]);
    assert_eq!(second.timeout, Duration::from_secs(10));
    assert_eq!(second.discovery.len(), 1);
    assert_eq!(second.discovery[0].0, "dns_sd_configs");
}

#[test]
fn webhooks_have_defaults() {
    let text = "- name: a\n  url: http://x/y\n- {name: b, url_file: /u, group_by: ['...'], group_wait: 0s, send_resolved: no}\n";
    let webhooks: Vec<WebhookConfig> = stdx::yaml::from_str(text, "w.yml").unwrap();
    assert_eq!(webhooks[0].group_by, ["alertname"]);
    assert_eq!(webhooks[0].repeat_interval, Duration::from_secs(14_400));
    assert!(webhooks[0].send_resolved);
    assert!(!webhooks[1].send_resolved);
    assert_eq!(check_webhooks(&webhooks), Ok(()));
    let twice = [webhooks[0].clone(), webhooks[0].clone()];
    assert_eq!(check_webhooks(&twice), Err(ConfigError::DuplicateName("a".to_owned())));
}

#[test]
fn faults_are_named() {
    for (text, expected) in [
        (
            "alertmanagers: [{api_version: v1}]",
            "expected Alertmanager api version to be one of [v2] but got v1",
        ),
        ("alertmanagers: [{scheme: ftp}]", "scheme must be http or https, got \"ftp\""),
        ("alertmanagers: [{static_configs: [{targets: ['http://x']}]}]", "is not a valid hostname"),
        ("alertmanagers: [{authorization: {type: basic}}]", "use \"basic_auth\" instead"),
        ("alertmanagers: [{timeout: 1}]", "not a valid duration"),
        ("alertmanagers: [{tiemout: 1s}]", "did you mean \"timeout\"?"),
        ("alertmanager: []", "did you mean \"alertmanagers\"?"),
    ] {
        let error = stdx::yaml::from_str::<AlertingConfig>(text, "p.yml").unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(error.starts_with("p.yml:1:"), "{error}");
    }
    for (text, expected) in [
        ("{url: http://x}", "webhook without a name"),
        ("{name: a}", "needs exactly one of url and url_file"),
        ("{name: a, url: http://x, url_file: y}", "needs exactly one of url and url_file"),
        ("{name: a, url: x}", "must begin with http:// or https://"),
        ("{name: a, url: http://x, group_interval: 0s}", "group_interval must be above zero"),
        ("{name: a, url: http://x, group-by: [x]}", "did you mean \"group_by\"?"),
    ] {
        let error = stdx::yaml::from_str::<WebhookConfig>(text, "p.yml").unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
