//! `weir kube-metrics render`: files of objects in, the exposition out.

use serde_json::Value;

use crate::exposition::Form;
use crate::options::Options;
use crate::plan::Plan;

/// A file that could not be read as objects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// A document is no YAML or JSON.
    #[error(transparent)]
    Yaml(#[from] stdx::yaml::YamlError),
    /// A document is no Kubernetes object.
    #[error("{source_name}: {place}: {message}")]
    NoObject {
        /// The file, as the caller named it.
        source_name: String,
        /// `document 2`, `line 7`, `document 1 items[3]`.
        place: String,
        /// What is missing.
        message: String,
    },
}

/// The exposition of the objects in files (name and text): YAML of many documents, JSON, lists, or a JSON object a
/// line. What is no object costs nothing else.
pub fn render_command(files: &[(&str, &str)], options: &Options) -> (String, Vec<InputError>) {
    let mut objects = Vec::new();
    let mut faults = Vec::new();
    for (name, text) in files {
        let (found, errors) = objects_of(text, name);
        objects.extend(found);
        faults.extend(errors);
    }
    (Plan::new(options).render(&objects, Form::Text), faults)
}

/// The objects of a text, lists taken apart, and what in it is none.
pub fn objects_of(text: &str, source_name: &str) -> (Vec<Value>, Vec<InputError>) {
    let mut objects = Vec::new();
    let mut faults = Vec::new();
    let documents = match json_lines(text) {
        Some(values) => values.into_iter().map(|(line, value)| (format!("line {line}"), Ok(value))).collect(),
        None => yaml_documents(text, source_name),
    };
    for (place, document) in documents {
        match document {
            Ok(Value::Null) => {}
            Ok(value) => take_apart(value, source_name, &place, &mut objects, &mut faults),
            Err(error) => faults.push(InputError::Yaml(error)),
        }
    }
    (objects, faults)
}

/// One JSON value, or one a line; `None` where the text is neither.
fn json_lines(text: &str) -> Option<Vec<(usize, Value)>> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    if let Ok(value) = serde_json::from_str(text) {
        return Some(vec![(1, value)]);
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(index, line)| serde_json::from_str(line).ok().map(|value| (index + 1, value))).collect()
}

type Document = (String, Result<Value, stdx::yaml::YamlError>);

/// Each document is read on its own, so that a fault names its line in the file.
fn yaml_documents(text: &str, source_name: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut start_line = 0;
    let mut offset = 0;
    let mut push = |body: &str, first_line: u64| {
        if body.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with(['#', '%'])) {
            return;
        }
        let place = format!("document {}", documents.len() + 1);
        let value = stdx::yaml::from_str(body, source_name).map_err(|mut error| {
            error.line += first_line;
            error
        });
        documents.push((place, value));
    };
    for (line_number, line) in text.split_inclusive('\n').enumerate() {
        let border = line
            .strip_prefix("---")
            .filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if border.is_some() || line.trim_end() == "..." {
            push(text.get(start..offset).unwrap_or(""), start_line);
            // What follows the border on its line belongs to the next document.
            start = if border.is_some_and(|rest| !rest.trim().is_empty()) {
                offset + 3
            } else {
                offset + line.len()
            };
            start_line = line_number as u64 + u64::from(start != offset + 3);
        }
        offset += line.len();
    }
    push(text.get(start..).unwrap_or(""), start_line);
    documents
}

/// A row of recorded objects (`{"object": …}`), a list, or an object.
fn take_apart(
    value: Value,
    source_name: &str,
    place: &str,
    objects: &mut Vec<Value>,
    faults: &mut Vec<InputError>,
) {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or("");
    if let Value::Array(items) = value {
        for (index, item) in items.into_iter().enumerate() {
            take_apart(item, source_name, &format!("{place} [{index}]"), objects, faults);
        }
    } else if kind.ends_with("List") && value.get("items").is_some_and(Value::is_array) {
        let (api_version, item_kind) =
            (value.get("apiVersion").cloned(), kind.trim_end_matches("List").to_owned());
        let items = value.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        for (index, mut item) in items.into_iter().enumerate() {
            // The items of a typed list leave out what the list says.
            if let (Some(map), Some(api_version), false) =
                (item.as_object_mut(), &api_version, item_kind.is_empty())
            {
                map.entry("apiVersion").or_insert_with(|| api_version.clone());
                map.entry("kind").or_insert_with(|| Value::String(item_kind.clone()));
            }
            take_apart(item, source_name, &format!("{place} items[{index}]"), objects, faults);
        }
    } else if !kind.is_empty() && value.get("apiVersion").is_some_and(Value::is_string) {
        objects.push(value);
    } else if let Some(object) = value.get("object").filter(|object| object.get("kind").is_some()) {
        take_apart(object.clone(), source_name, place, objects, faults);
    } else {
        let message = "no Kubernetes object: apiVersion or kind is missing".to_owned();
        faults.push(InputError::NoObject {
            source_name: source_name.to_owned(),
            place: place.to_owned(),
            message,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let (objects, faults) = objects_of(text, "f");
        assert_eq!(faults, []);
        objects.iter().map(|object| crate::object::text(object, "metadata.name").to_owned()).collect()
    }

    #[test]
    fn files_hold_objects_in_many_forms() {
        let one = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}";
        assert_eq!(names(one), ["a"]);
        assert_eq!(names(&format!("{one}\n\n{one}\n")), ["a", "a"]);
        assert_eq!(names(&format!("[{one},{one}]")), ["a", "a"]);
        assert_eq!(names(&format!("{{\"resource\":\"pods\",\"object\":{one}}}\n")), ["a"]);
        assert_eq!(names(&format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{one}]}}")), ["a"]);
        let list = "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"name\":\"b\"}}]}";
        assert_eq!(names(list), ["b"]);
        let yaml = "# first\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n\n--- # c\n\
                    apiVersion: v1\nkind: Pod\nmetadata:\n  name: b\n...\n";
        assert_eq!(names(yaml), ["a", "b"]);
        assert_eq!(names(""), Vec::<String>::new());
    }

    #[test]
    fn hand_written_fields_keep_their_meaning() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  creationTimestamp: 2026-11-22T16:28:42Z\n\
                    spec:\n  nodeName:\n  overhead: {cpu: 0.5, memory: 1e6}\n";
        let options = Options::parse(["--metric-allowlist=created,overhead"], &|_| Err(String::new()));
        let (body, faults) = render_command(&[("f", text)], &options.expect("valid"));
        assert_eq!(faults, []);
        let values: Vec<&str> = body
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.rsplit(' ').next())
            .collect();
        assert_eq!(values, ["1.795364922e+09", "0.5", "1e+06"]);
    }

    #[test]
    fn faults_have_a_place() {
        let text = "apiVersion: v1\nkind: Pod\n---\na: [\n---\nkind: Pod\n";
        let (objects, errors) = objects_of(text, "f.yaml");
        assert_eq!(objects.len(), 1, "the first document is an object");
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let text = text.join("\n");
        assert!(text.contains("f.yaml:4:") || text.contains("f.yaml:5:"), "{text}");
        assert!(text.contains("f.yaml: document 3: no Kubernetes object"), "{text}");
    }

    #[test]
    fn the_exposition_has_headers_and_lines() {
        let pod =
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b, uid: c}\nspec: {nodeName: n-1}\n";
        let arguments = ["--resources=pods,nodes", "--metric-allowlist=kube_pod_info,kube_pod_ips"];
        let options = Options::parse(arguments, &|_| Err(String::new())).expect("valid");
        let (text, faults) = render_command(&[("f", pod)], &options);
        assert_eq!(faults, []);
        assert_eq!(
            text,
            "# HELP kube_pod_info [STABLE] Addresses, node and creator of the pod.\n# TYPE kube_pod_info gauge\n\
             kube_pod_info{namespace=\"b\",pod=\"a\",uid=\"c\",host_ip=\"\",pod_ip=\"\",node=\"n-1\",\
             created_by_kind=\"\",created_by_name=\"\",priority_class=\"\",host_network=\"false\"} 1\n\
             # HELP kube_pod_ips The addresses of the pod.\n# TYPE kube_pod_ips gauge\n"
        );
    }
}
