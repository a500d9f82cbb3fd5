//! Each object in each line-up of flags: exactly the lines of the real one.

use std::collections::BTreeMap;

use kube_metrics::{Body, Form, Live, Options, Plan, Stability, catalog};
use serde_json::{Value, json};

use super::{folder, json as read_json, rows, text, texts};

/// Differences that are shown.
const SHOWN: usize = 40;

fn plan(config: &Value) -> Plan {
    let flags = texts(&config["flags"]);
    let options = Options::parse(flags.iter().map(String::as_str), &|path| Err(path.to_owned()));
    Plan::new(&options.unwrap_or_else(|faults| panic!("{faults:?}")))
}

fn sorted(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.into_iter().collect();
    lines.sort_unstable();
    lines
}

/// Families in the order of their first line.
fn families(lines: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = lines.iter().filter_map(|line| line.split(['{', ' ']).next()).collect();
    names.dedup();
    names
}

#[test]
fn lines_are_those_of_the_real_one() {
    let Some(folder) = folder() else { return };
    let configs = read_json(&folder.join("configs.json"));
    let rows = rows(&folder.join("objects.jsonl.zst"));
    let mut differences = Vec::new();
    for (name, config) in configs.as_object().expect("a map") {
        let plan = plan(config);
        let mut agree = 0;
        for row in &rows {
            let object = &row["object"];
            let expected = texts(&row["metrics"][name]);
            let samples = plan.generate(object);
            let lines: Vec<String> = samples.iter().map(kube_metrics::Sample::line).collect();
            let in_order = families(&lines) == families(&expected);
            let (ours, theirs) = (sorted(lines), sorted(expected));
            if ours == theirs && in_order {
                agree += 1;
                continue;
            }
            let id = format!("{name}: {} {}", text(row, "resource"), object["metadata"]["name"]);
            differences.push(format!("{id} in order: {in_order}"));
            differences
                .extend(theirs.iter().filter(|line| !ours.contains(line)).map(|line| format!("  - {line}")));
            differences
                .extend(ours.iter().filter(|line| !theirs.contains(line)).map(|line| format!("  + {line}")));
        }
        println!("{name}: {agree} of {} objects agree", rows.len());
    }
    let shown = differences.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{shown}");
}

#[test]
fn headers_are_those_of_the_real_one() {
    let Some(folder) = folder() else { return };
    let headers = read_json(&folder.join("headers.json"));
    let headers = headers.as_object().expect("a map");
    for (name, header) in headers {
        let (resource, family) =
            catalog::family(name).unwrap_or_else(|| panic!("{name} is not in the table"));
        let stability = if family.stability == Stability::Stable { "STABLE" } else { "ALPHA" };
        let ours = (resource.name, family.kind.text_name(), stability, family.opt_in, family.deprecated);
        let theirs = (
            text(header, "resource"),
            text(header, "type"),
            text(header, "stability"),
            header["opt_in"] == true,
            header["deprecated"].as_str(),
        );
        assert_eq!(ours, theirs, "{name}");
    }
    let all: usize = catalog::resources().iter().map(|resource| resource.families.len()).sum();
    assert_eq!(all, headers.len());
    // In the order of a scrape, but for the two that must be asked for, which the list has at its end.
    let order = |opt_in: bool| {
        let families = catalog::resources().iter().flat_map(|resource| resource.families);
        families.filter(move |family| !opt_in && !family.opt_in).map(|family| family.name)
    };
    let theirs = headers.iter().filter(|(_, header)| header["opt_in"] != true).map(|(name, _)| name.as_str());
    assert!(order(false).eq(theirs));
}

#[test]
fn a_scrape_has_the_headers_of_the_real_one() {
    let Some(folder) = folder() else { return };
    let configs = read_json(&folder.join("configs.json"));
    let objects: Vec<Value> =
        rows(&folder.join("objects.jsonl.zst")).iter().map(|row| row["object"].clone()).collect();
    for (name, config) in configs.as_object().expect("a map") {
        let body = plan(config).render(&objects, Form::Text);
        let mut types: BTreeMap<&str, &str> = BTreeMap::new();
        for line in body.split('\n').filter_map(|line| line.strip_prefix("# TYPE ")) {
            let (family, kind) = line.split_once(' ').expect("a type");
            assert!(types.insert(family, kind).is_none(), "{name}: {family} has two headers");
        }
        assert_eq!(types.len() as u64, config["families_with_header"], "{name}");
        for absent in texts(&config["families_absent"]) {
            assert!(!types.contains_key(absent.as_str()), "{name}: {absent}");
        }
        for present in texts(&config["families_present"]) {
            assert!(types.contains_key(present.as_str()), "{name}: {present}");
        }
        let open_metrics = plan(config).render(&objects, Form::OpenMetrics);
        assert_eq!(open_metrics, format!("{body}# EOF\n"), "{name}");
    }
}

/// Objects with one field replaced by something of another type.
fn damaged(value: &Value, replacement: &Value) -> Vec<Value> {
    let mut all = vec![replacement.clone()];
    match value {
        Value::Object(map) => {
            for (key, field) in map {
                for broken in damaged(field, replacement) {
                    let mut map = map.clone();
                    map.insert(key.clone(), broken);
                    all.push(Value::Object(map));
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                for broken in damaged(item, replacement) {
                    let mut items = items.clone();
                    items[index] = broken;
                    all.push(Value::Array(items));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all
}

#[test]
fn damaged_objects_do_no_harm() {
    let Some(folder) = folder() else { return };
    let plan = plan(&read_json(&folder.join("configs.json"))["all"]);
    let mut seen = std::collections::BTreeSet::new();
    let rows = rows(&folder.join("objects.jsonl.zst"));
    for row in rows.iter().filter(|row| seen.insert(text(row, "resource").to_owned())) {
        for replacement in [json!(null), json!(-1.5e300), json!("é=/"), json!([null, {}]), json!({"é/": [1]})]
        {
            for object in damaged(&row["object"], &replacement) {
                plan.generate(&object).iter().for_each(|sample| assert!(!sample.line().is_empty()));
            }
        }
    }
}

/// Not a measure: a hint at what an update costs, for people who look.
#[test]
fn an_update_is_cheap() {
    let Some(folder) = folder() else { return };
    let configs = read_json(&folder.join("configs.json"));
    let plan = plan(&configs["default"]);
    let pods: Vec<Value> = rows(&folder.join("objects.jsonl.zst"))
        .into_iter()
        .filter(|row| row["resource"] == "pods")
        .map(|row| row["object"].clone())
        .collect();
    let start = std::time::Instant::now();
    let samples: usize = (0..20).flat_map(|_| &pods).map(|pod| plan.generate(pod).len()).sum();
    let each = start.elapsed() / u32::try_from(20 * pods.len()).expect("few");
    println!("a pod takes {each:?} and gives {} samples", samples / (20 * pods.len()));
    assert!(samples > 0);
}

#[test]
fn lines_that_are_kept_packed_are_the_same() {
    let Some(folder) = folder() else { return };
    let configs = read_json(&folder.join("configs.json"));
    let objects: Vec<Value> =
        rows(&folder.join("objects.jsonl.zst")).iter().map(|row| row["object"].clone()).collect();
    for (name, config) in configs.as_object().expect("a map") {
        for object in &objects {
            let mut live = Live::new(plan(config));
            live.apply(object);
            let whole = plan(config).render(std::slice::from_ref(object), Form::Text);
            let ours: Vec<&str> = whole.lines().filter(|line| !line.starts_with('#')).collect();
            let mut body = Body::new(Form::Text);
            live.write(&mut body);
            let kept = body.finish();
            let kept: Vec<&str> = kept.lines().filter(|line| !line.starts_with('#')).collect();
            if !kept.is_empty() {
                let known: Vec<&str> = ours.iter().copied().filter(|line| kept.contains(line)).collect();
                assert_eq!(known, kept, "{name}: {}", object["metadata"]["name"]);
                assert_eq!(kept.len(), plan(config).generate(object).len(), "{name}");
            }
        }
    }
}
