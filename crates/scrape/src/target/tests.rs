use super::*;
use std::path::Path;

use crate::config::{GlobalConfig, ScrapeConfig, resolve};
use crate::discovery::Config;

/// A job, and the groups of its `static_configs`.
fn job(yaml: &str) -> (JobSettings, Vec<Arc<TargetGroup>>) {
    let config: ScrapeConfig = stdx::yaml::from_str(yaml, "a.yml").expect("valid");
    let job = resolve(&GlobalConfig::default(), vec![config], Path::new("/")).expect("valid").remove(0);
    let groups = job.discovery.iter().flat_map(|config| match config {
        Config::Static(groups) => groups.clone(),
        _ => Vec::new(),
    });
    let groups = groups.map(Arc::new).collect();
    (job, groups)
}

fn set(yaml: &str) -> TargetSet {
    let (job, groups) = job(yaml);
    build(&job, &groups)
}

#[test]
fn labels_make_the_url() {
    let relabel = |rule: &str| {
        format!("job_name: j\nstatic_configs: [{{targets: ['h:1']}}]\nrelabel_configs: [{rule}]")
    };
    for (yaml, url, labels) in [
        (
            "job_name: j\nstatic_configs: [{targets: ['h:1'], labels: {zone: z, empty: ''}}]".to_owned(),
            "http://h:1/metrics",
            vec![("instance", "h:1"), ("job", "j"), ("zone", "z")],
        ),
        (
            "job_name: j\nscheme: https\nmetrics_path: /probe?x\nparams: {b: ['1', '2'], a: ['x y']}\nstatic_configs: [{targets: ['h']}]"
                .to_owned(),
            "https://h/probe%3Fx?a=x+y&b=1&b=2",
            vec![("instance", "h"), ("job", "j")],
        ),
        (
            relabel("{target_label: __param_target, replacement: http://x/}"),
            "http://h:1/metrics?target=http%3A%2F%2Fx%2F",
            vec![("instance", "h:1"), ("job", "j")],
        ),
        (
            relabel("{source_labels: [__address__], target_label: instance}, {target_label: __address__, replacement: 'e:9'}"),
            "http://e:9/metrics",
            vec![("instance", "h:1"), ("job", "j")],
        ),
        (
            relabel("{target_label: __metrics_path__, replacement: /m}, {target_label: __scheme__, replacement: https}, {target_label: __tmp_x, replacement: a}"),
            "https://h:1/m",
            vec![("instance", "h:1"), ("job", "j")],
        ),
    ] {
        let set = set(&yaml);
        let target = set.active.first().expect("a target");
        assert_eq!(target.url.as_str(), url, "{yaml}");
        assert_eq!(target.labels, Labels::from_pairs(labels), "{yaml}");
    }
}

#[test]
fn times_of_labels_win() {
    let set = set(
        "job_name: j\nstatic_configs: [{targets: ['h:1'], labels: {__scrape_interval__: 5s, __scrape_timeout__: 1s}}]",
    );
    assert_eq!((set.active[0].interval, set.active[0].timeout), (Duration(5000), Duration(1000)));
    assert_eq!(set.active[0].discovered.get("__scrape_interval__"), "5s");
}

#[test]
fn what_is_no_target_is_refused_with_its_reason() {
    let relabel = |label: &str, value: &str| {
        format!(
            "job_name: j\nstatic_configs: [{{targets: ['h:1']}}]\nrelabel_configs: [{{target_label: {label}, replacement: '{value}'}}]"
        )
    };
    for (label, value, expected) in [
        ("__address__", "", "h:1: no address"),
        ("__address__", "a/b", "h:1: \"a/b\" is not a valid hostname"),
        ("__address__", "u:p@h:1", "the address is host:port"),
        ("__address__", "h:99999", "is no URL"),
        ("__scheme__", "ftp", "the scheme is another"),
        ("__scrape_interval__", "x", "error parsing scrape interval: "),
        ("__scrape_interval__", "0s", "scrape interval cannot be 0"),
        ("__scrape_timeout__", "0", "scrape timeout cannot be 0"),
        (
            "__scrape_timeout__",
            "2m",
            "scrape timeout cannot be greater than scrape interval (\"2m\" > \"1m\")",
        ),
    ] {
        let set = set(&relabel(label, value));
        assert_eq!((set.active.len(), set.refused_count), (0, 1), "{label} {value}");
        assert!(set.refused[0].contains(expected), "{label} {value}: {}", set.refused[0]);
    }
}

#[test]
fn equal_targets_are_one_and_dropped_ones_are_kept_within_bounds() {
    let set = set("job_name: j
keep_dropped_targets: 1
static_configs: [{targets: ['a:1', 'a:1', 'b:1', 'b:2']}]
relabel_configs: [{source_labels: [__address__], regex: 'b.*', action: drop}]");
    assert_eq!((set.active.len(), set.dropped.len(), set.dropped_count), (1, 1, 2));
    assert_eq!(set.dropped[0].discovered(&set.defaults).get("__address__"), "b:1");
}

#[test]
fn groups_that_stay_are_not_relabelled_again() {
    let (job, groups) =
        job("job_name: j\nrelabel_configs: [{source_labels: [__address__], regex: 'a:.*', action: keep}]\n\
         static_configs: [{targets: ['a:1', 'b:1']}, {targets: ['b:2']}, {targets: ['a:3', 'x/y']}]");
    let mut memo = Memo::default();
    let first = memo.build(&job, &groups);
    let mut changed = groups.clone();
    changed[1] = Arc::new(TargetGroup { targets: groups[0].targets.clone(), ..(*groups[1]).clone() });
    changed.swap(0, 2);
    let second = memo.build(&job, &changed);
    assert!(Arc::ptr_eq(&first.active[1], &second.active[0]), "the target is the one of before");
    let anew = build(&job, &changed);
    assert_eq!((second.active, second.refused, second.dropped), (anew.active, anew.refused, anew.dropped));
    assert_eq!(second.dropped_count, anew.dropped_count);
}
