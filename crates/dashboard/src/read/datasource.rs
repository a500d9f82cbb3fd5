//! What a panel or query reads from. There is one datasource here, Prometheus; the others are named in notes.

use std::collections::HashMap;

use serde_json::Value;

use crate::cursor::Cursor;

/// Which plugin a reference means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plugin {
    /// Ours, or nothing said.
    Prometheus,
    /// Each query says its own.
    Mixed,
    /// Something that is not ours.
    Other(String),
}

/// The names that references may use.
#[derive(Debug, Default)]
pub(super) struct Datasources {
    /// Variable or `__inputs` name to plugin id.
    plugins: HashMap<String, String>,
}

// === impl Datasources ===

impl Datasources {
    /// Collects the datasource variables and the inputs of an export.
    pub(super) fn read(root: &Cursor<'_>) -> Datasources {
        let mut plugins = HashMap::new();
        for input in root.get("__inputs").items(200) {
            if let (Some(name), Some(plugin)) = (input.get("name").text(), input.get("pluginId").text()) {
                plugins.insert(name, plugin);
            }
        }
        for variable in root.get("templating").get("list").items(200) {
            if variable.value().get("type").and_then(Value::as_str) == Some("datasource")
                && let (Some(name), Some(plugin)) =
                    (variable.get("name").text(), variable.get("query").text())
            {
                plugins.insert(name, plugin);
            }
        }
        Datasources { plugins }
    }

    /// What a reference means: null, a name, `$VAR`, `${VAR}`, or `{type, uid}`.
    pub(super) fn plugin(&self, reference: &Cursor<'_>) -> Plugin {
        match reference.value() {
            Value::String(name) => self.named(name),
            Value::Object(_) => {
                let kind = reference.get("type").text_or_empty();
                let uid = reference.get("uid").text_or_empty();
                match (kind.as_str(), self.named(&uid)) {
                    (_, Plugin::Mixed) => Plugin::Mixed,
                    ("prometheus", _) => Plugin::Prometheus,
                    ("" | "datasource", plugin) => plugin,
                    (other, _) if other.ends_with("prometheus-datasource") => Plugin::Prometheus,
                    (other, _) => Plugin::Other(other.to_owned()),
                }
            }
            Value::Null => Plugin::Prometheus,
            _ => {
                reference.note("a datasource that is no name and no object: Prometheus is taken");
                Plugin::Prometheus
            }
        }
    }

    fn named(&self, name: &str) -> Plugin {
        match name {
            "-- Mixed --" => return Plugin::Mixed,
            "-- Grafana --" | "grafana" => return Plugin::Other("grafana".to_owned()),
            "-- Dashboard --" => return Plugin::Other("another panel".to_owned()),
            _ => {}
        }
        let variable = variable_name(name);
        match variable.and_then(|variable| self.plugins.get(variable)).map(String::as_str) {
            None | Some("prometheus") => Plugin::Prometheus,
            Some(other) if other.ends_with("prometheus-datasource") => Plugin::Prometheus,
            Some(other) => Plugin::Other(other.to_owned()),
        }
    }
}

/// The name in `$name`, `${name}`, `${name:fmt}` or `[[name]]`.
fn variable_name(reference: &str) -> Option<&str> {
    let inner = reference
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .or_else(|| reference.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")))
        .or_else(|| reference.strip_prefix('$'))?;
    inner.split(':').next()
}
