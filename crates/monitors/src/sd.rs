//! Settings whose fields differ from Prometheus' in case alone, but for credentials and a few names:
//! discovery of every kind, remote write and read.

use serde_json::Value;

use crate::convert::snake;
use crate::credentials::Credentials;
use crate::objects::Source;
use crate::read::{Fields, at, is_empty, text};
use crate::relabel;

/// Names that are not just another case.
const NAMES: [(&str, &str); 5] = [
    ("tokenRef", "token"),
    ("retryOnRateLimit", "retry_on_http_429"),
    ("messageVersion", "protobuf_message"),
    ("remoteTimeout", "remote_timeout"),
    ("http2", "enable_http2"),
];
/// Fields that [`Credentials::proxy`] writes.
const PROXY: [&str; 4] = ["proxyUrl", "noProxy", "proxyFromEnvironment", "proxyConnectHeader"];

/// One entry of a list of such settings.
pub(crate) fn entry(value: &Value, credentials: &mut Credentials<'_>) -> Result<Value, String> {
    let mut fields = Fields::default();
    for (name, inner) in value.as_object().into_iter().flatten() {
        if PROXY.contains(&name.as_str()) {
            continue;
        }
        let known = NAMES.iter().find(|(theirs, _)| theirs == name);
        let ours = known.map_or_else(|| snake(name), |(_, ours)| (*ours).to_owned());
        fields.put(&ours, field(name, inner, credentials)?);
    }
    credentials.proxy(value, &mut fields)?;
    Ok(fields.value())
}

fn field(name: &str, value: &Value, credentials: &mut Credentials<'_>) -> Result<Value, String> {
    match name {
        "basicAuth" => credentials.basic(value),
        "authorization" => credentials.authorization(value),
        "bearerTokenSecret" => credentials.bearer(value),
        "bearerTokenFile" => credentials.bearer_file(value),
        "oauth2" => credentials.oauth2(value),
        "tlsConfig" => credentials.tls(value),
        "writeRelabelConfigs" => {
            Ok(Value::Array(relabel::unchecked(value.as_array().map_or(&[], Vec::as_slice))))
        }
        "role" => Ok(Value::String(value.as_str().unwrap_or("").to_lowercase())),
        "messageVersion" => Ok(Value::String(message(value.as_str().unwrap_or("")).to_owned())),
        // Mappings of the user's own keys.
        "headers" | "requiredMatchers" | "labels" | "params" | "endpointParams" | "filters" => {
            Ok(value.clone())
        }
        _ => nested(name, value, credentials),
    }
}

fn nested(name: &str, value: &Value, credentials: &mut Credentials<'_>) -> Result<Value, String> {
    match value {
        Value::Object(map) if map.contains_key("key") && map.keys().all(|k| is_selector_field(k)) => {
            let read = credentials.lookup.text(Source::Secret, credentials.namespace, value);
            read.map(Value::String).map_err(|error| format!("{name}: {error}"))
        }
        Value::Object(_) => entry(value, credentials),
        Value::Array(items) => {
            let inner =
                |item: &Value| if item.is_object() { entry(item, credentials) } else { Ok(item.clone()) };
            items.iter().map(inner).collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        other => Ok(other.clone()),
    }
}

fn is_selector_field(key: &str) -> bool {
    matches!(key, "name" | "key" | "optional")
}

fn message(version: &str) -> &'static str {
    match version {
        "V2.0" => "io.prometheus.write.v2.Request",
        "V1.0" => "prometheus.WriteRequest",
        _ => "",
    }
}

/// Discovery of one kind: a list of entries. `kubernetesSDConfigs` and `dnsSDConfigs` have checks of their own.
pub(crate) fn list(
    name: &str,
    value: &Value,
    credentials: &mut Credentials<'_>,
) -> Result<Vec<Value>, String> {
    let mut entries = Vec::new();
    for (i, row) in value.as_array().into_iter().flatten().enumerate() {
        let named = |error: String| format!("{name}[{i}].{error}");
        check(name, row).map_err(named)?;
        let mut made = entry(row, credentials).map_err(named)?;
        if name == "kubernetesSDConfigs" && text(row, "role") == "Service" {
            // Services run on no node.
            if let Some(map) = made.as_object_mut() {
                map.remove("attach_metadata");
            }
        }
        entries.push(made);
    }
    Ok(entries)
}

fn check(name: &str, row: &Value) -> Result<(), String> {
    if name == "dnsSDConfigs" && matches!(text(row, "type"), "A" | "AAAA") && at(row, "port").is_null() {
        return Err(format!("port: needed for records of type {}", text(row, "type")));
    }
    if name == "kubernetesSDConfigs" {
        if !is_empty(at(row, "apiServer")) && at(row, "namespaces.ownNamespace") == &Value::Bool(true) {
            return Err("namespaces.ownNamespace: has no meaning at another apiServer; name the namespaces"
                .to_owned());
        }
        for (i, selector) in crate::read::items(row, "selectors").iter().enumerate() {
            let checked = crate::selector::check_text(text(selector, "label"));
            checked.map_err(|error| format!("selectors[{i}].label: {error}"))?;
        }
    }
    Ok(())
}
