use super::*;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    global: GlobalConfig,
    scrape_configs: Vec<ScrapeConfig>,
}

fn read(yaml: &str) -> Result<Vec<JobSettings>, Vec<String>> {
    let file: File = stdx::yaml::from_str(yaml, "a.yml").map_err(|error| vec![error.to_string()])?;
    let faults = |faults: Vec<Fault>| faults.iter().map(ToString::to_string).collect();
    resolve(&file.global, file.scrape_configs, Path::new("/etc/weir")).map_err(faults)
}

#[test]
fn defaults_and_global_are_inherited() {
    let jobs = read(
        "global: {scrape_interval: 15s, sample_limit: 7, body_size_limit: 1MB, external_labels: {shard: 1}}
scrape_configs:
- job_name: a
  static_configs: [{targets: ['x:1'], labels: {zone: b}}]
- job_name: b
  scrape_interval: 5s
  sample_limit: 3
  honor_labels: yes
  scheme: https
  tls_config: {ca_file: ca.pem}
  fallback_scrape_protocol: PrometheusText0.0.4
  file_sd_configs: [{files: ['targets/*.yml']}]
",
    )
    .expect("valid");
    let (a, b) = (&jobs[0], &jobs[1]);
    assert_eq!((a.interval, a.timeout), (Duration::from_secs(15), Duration::from_secs(10)));
    assert_eq!((b.interval, b.timeout), (Duration::from_secs(5), Duration::from_secs(5)));
    assert_eq!((a.ingest.sample_limit, b.ingest.sample_limit), (7, 3));
    assert_eq!((a.body_limit, a.metrics_path.as_str()), (1 << 20, "/metrics"));
    assert!(b.ingest.honor_labels && !a.ingest.honor_labels && a.ingest.honor_timestamps);
    let tls = b.http.tls_config.as_ref().expect("set");
    assert_eq!(tls.ca_file.as_deref(), Some(Path::new("/etc/weir/ca.pem")));
    let discovery::Config::File(files) = &b.discovery[0] else { panic!("files") };
    assert_eq!(files.files, [Path::new("/etc/weir/targets/*.yml")]);
    assert!(a.is_same(&a.clone()) && !a.is_same(b));
    assert!(read("").is_ok() && read("global:\nscrape_configs:\n").is_ok());
}

#[test]
fn secrets_make_a_difference() {
    let job = |password: &str| {
        let yaml =
            format!("scrape_configs: [{{job_name: a, basic_auth: {{username: u, password: {password}}}}}]");
        read(&yaml).expect("valid").remove(0)
    };
    assert!(job("a").is_same(&job("a")) && !job("a").is_same(&job("b")));
}

#[test]
fn faults_name_line_and_remedy() {
    let job = |rest: &str| format!("scrape_configs:\n- job_name: a\n{rest}");
    for (yaml, expected) in [
        (
            job("  scrap_interval: 5s"),
            "a.yml:3:3: unknown field \"scrap_interval\"; did you mean \"scrape_interval\"?",
        ),
        (job("  scrape_interval: 5x"), "unknown unit \"x\" in duration \"5x\""),
        (job("- job_name: a"), "line 3: found multiple scrape configs with job name \"a\""),
        ("scrape_configs:\n- scheme: http".to_owned(), "job_name is empty"),
        (
            job("  scrape_interval: 5s\n  scrape_timeout: 6s"),
            "line 2: scrape timeout greater than scrape interval for scrape config with job name \"a\"",
        ),
        (
            "global: {scrape_interval: 5s, scrape_timeout: 6s}".to_owned(),
            "global scrape timeout greater than scrape interval",
        ),
        (
            job("  consul_sd_configs: [{server: x}]"),
            "line 3: job \"a\": discovery consul is not supported by weir; use http_sd_configs or file_sd_configs",
        ),
        (job("  static_configs: [{targets: ['http://x/y']}]"), "\"http://x/y\" is not a valid hostname"),
        (job("  scheme: ftp"), "line 2: job \"a\": scheme must be http or https, got \"ftp\""),
        (job("  oauth2: {client_id: x}"), "oauth2 token_url must be configured"),
        (job("  proxy_url: 'ftp://x'"), "a proxy is spoken to by http, https, socks5 or socks5h"),
        (
            job("  file_sd_configs: [{files: ['a.txt']}]"),
            "path name \"a.txt\" is not valid for file discovery",
        ),
        (job("  http_sd_configs: [{url: 'x'}]"), "http_sd_configs: \"x\" is no URL"),
        (job("  dns_sd_configs: [{names: ['x'], type: A}]"), "a port is required in DNS-SD configs"),
        (job("  scrape_protocols: [PrometheusProto]"), "scrape_protocols has no text format"),
        (job("  body_size_limit: 10"), "not a size: \"10\""),
        (job("  relabel_configs: [{action: keap}]"), "unknown relabel action \"keap\""),
        (job("  relabel_configs: [{regex: '('}]"), "a.yml:3:"),
        (job("  static_configs: [{targets: 5}]"), "a.yml:3:"),
        (job("  job_name: b"), "a.yml:3:3:"),
    ] {
        let faults = read(&yaml).expect_err(&yaml);
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{yaml}\n{faults:?}");
    }
    let many = read(&job("  scheme: ftp\n- job_name: b\n  scheme: x\n")).expect_err("two faults");
    assert_eq!(many.len(), 2, "{many:?}");
}

#[test]
fn sizes_are_powers_of_two() {
    for (text, expected) in [
        ("0", Some(0)),
        ("10B", Some(10)),
        ("1KB", Some(1024)),
        ("1KiB", Some(1024)),
        ("1.5MB", Some(3 << 19)),
        ("1GB512MB", Some(3 << 29)),
        ("", None),
        ("1", None),
        ("MB", None),
        ("1XB", None),
        ("9EB9EB", None),
    ] {
        assert_eq!(ByteSize::parse(text).ok(), expected.map(ByteSize), "{text}");
    }
}
