//! Discovery of every kind. Fields differ from Prometheus' in case alone, but for credentials and a few names.

use serde_json::Value;

use crate::convert::snake;
use crate::credentials::Credentials;
use crate::objects::Source;
use crate::read::{Fields, at, is_empty, items, text};
use crate::selector;
use crate::url;
use crate::version::{self, Since, Version};

/// Kinds whose names are not just another case.
const KINDS: [(&str, &str); 4] = [
    ("digitalOceanSDConfigs", "digitalocean_sd_configs"),
    ("dockerSwarmSDConfigs", "dockerswarm_sd_configs"),
    ("lightSailSDConfigs", "lightsail_sd_configs"),
    ("puppetDBSDConfigs", "puppetdb_sd_configs"),
];
/// Names of fields that are not just another case.
const NAMES: [(&str, &str); 2] = [("tokenRef", "token"), ("http2", "enable_http2")];
/// Fields that [`Credentials::proxy`] writes.
const PROXY: [&str; 4] = ["proxyUrl", "noProxy", "proxyFromEnvironment", "proxyConnectHeader"];
/// Kinds that came later.
const SINCE: [(&str, Since); 9] = [
    ("digitalOceanSDConfigs", (2, 20, 0)),
    ("dockerSwarmSDConfigs", (2, 20, 0)),
    ("scalewaySDConfigs", (2, 26, 0)),
    ("lightSailSDConfigs", (2, 27, 0)),
    ("httpSDConfigs", (2, 28, 0)),
    ("linodeSDConfigs", (2, 28, 0)),
    ("puppetDBSDConfigs", (2, 31, 0)),
    ("ionosSDConfigs", (2, 36, 0)),
    ("ovhcloudSDConfigs", (2, 40, 0)),
];
/// Fields that came later: kind, field, the value that did ("" is any).
const FIELDS_SINCE: [(&str, &str, &str, Since); 12] = [
    ("azureSDConfigs", "authenticationMethod", "SDK", (2, 52, 0)),
    ("azureSDConfigs", "authenticationMethod", "WorkloadIdentity", (3, 11, 0)),
    ("azureSDConfigs", "resourceGroup", "", (2, 35, 0)),
    ("consulSDConfigs", "filter", "", (3, 0, 0)),
    ("consulSDConfigs", "healthFilter", "", (3, 11, 2)),
    ("consulSDConfigs", "namespace", "", (2, 28, 0)),
    ("consulSDConfigs", "pathPrefix", "", (2, 45, 0)),
    ("dockerSDConfigs", "matchFirstNetwork", "", (2, 54, 1)),
    ("hetznerSDConfigs", "labelSelector", "", (3, 5, 0)),
    ("kubernetesSDConfigs", "role", "EndpointSlice", (2, 21, 0)),
    ("kumaSDConfigs", "clientID", "", (2, 50, 0)),
    ("openstackSDConfigs", "role", "LoadBalancer", (3, 2, 0)),
];
/// Fields that are URLs; whether a host is asked for.
const URLS: [(&str, &str, bool); 6] = [
    ("dockerSDConfigs", "host", false),
    ("dockerSwarmSDConfigs", "host", false),
    ("httpSDConfigs", "url", false),
    ("kumaSDConfigs", "server", true),
    ("nomadSDConfigs", "server", true),
    ("puppetDBSDConfigs", "url", true),
];
/// Roles of Kubernetes, and whose objects may be selected beside their own.
const ROLES: [(&str, &[&str]); 2] = [
    ("Endpoints", &["Pod", "Service", "Endpoints"]),
    ("EndpointSlice", &["Pod", "Service", "EndpointSlice"]),
];

/// The field of a job that a field of a ScrapeConfig becomes; `None` if it is no discovery.
pub(crate) fn field(name: &str) -> Option<String> {
    let kind = name.strip_suffix("SDConfigs")?;
    let known = KINDS.iter().find(|(theirs, _)| *theirs == name);
    Some(known.map_or_else(|| format!("{}_sd_configs", snake(kind)), |(_, ours)| (*ours).to_owned()))
}

/// Discovery of one kind: a list of entries.
pub(crate) fn list(
    name: &str,
    value: &Value,
    credentials: &mut Credentials<'_>,
    version: Version,
) -> Result<Vec<Value>, String> {
    let rows = value.as_array().map_or(&[][..], Vec::as_slice);
    let late = SINCE.iter().find(|row| row.0 == name && !version.has(row.1));
    if let Some((_, since)) = late.filter(|_| !rows.is_empty()) {
        return Err(format!("{name}: {}", version::needs(*since)));
    }
    let mut entries = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let named = |error: String| format!("{name}[{i}].{error}");
        check(name, row, version).map_err(named)?;
        let mut made = entry(row, credentials).map_err(named)?;
        mend(name, row, &mut made);
        entries.push(made);
    }
    Ok(entries)
}

fn entry(value: &Value, credentials: &mut Credentials<'_>) -> Result<Value, String> {
    let mut fields = Fields::default();
    for (name, inner) in value.as_object().into_iter().flatten() {
        if PROXY.contains(&name.as_str()) {
            continue;
        }
        let known = NAMES.iter().find(|(theirs, _)| theirs == name);
        let ours = known.map_or_else(|| snake(name), |(_, ours)| (*ours).to_owned());
        match name.as_str() {
            "tlsConfig" => fields.keep_made(&ours, credentials.tls(inner)?),
            _ => fields.put(&ours, made(name, inner, credentials)?),
        }
    }
    credentials.proxy(value, &mut fields)?;
    Ok(fields.value())
}

fn made(name: &str, value: &Value, credentials: &mut Credentials<'_>) -> Result<Value, String> {
    match name {
        "basicAuth" => credentials.basic(value),
        "authorization" => credentials.authorization(value, false),
        "oauth2" => credentials.oauth2(value),
        "role" | "scheme" => Ok(Value::String(value.as_str().unwrap_or("").to_lowercase())),
        // Lists of names and values; mappings of the user's own keys.
        "filters" | "nodeMeta" => Ok(value.clone()),
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

/// What of a kind is not just another case.
fn mend(name: &str, row: &Value, made: &mut Value) {
    let Some(map) = made.as_object_mut() else { return };
    match name {
        "kubernetesSDConfigs" if matches!(text(row, "role"), "Service" | "Node" | "Ingress") => {
            // These run on no node, or are one.
            map.remove("attach_metadata");
        }
        "ec2SDConfigs" | "lightSailSDConfigs"
            if at(row, "accessKey").is_null() || at(row, "secretKey").is_null() =>
        {
            map.remove("access_key");
            map.remove("secret_key");
        }
        "ionosSDConfigs" if map.contains_key("oauth2") => {
            // The field must be there, and means nothing beside OAuth 2.
            map.remove("authorization");
        }
        "ovhcloudSDConfigs" => {
            let service = if text(row, "service") == "VPS" { "vps" } else { "dedicated_server" };
            map.insert("service".to_owned(), Value::String(service.to_owned()));
        }
        _ => {}
    }
    if let Some(filters) = map.get_mut("filters").and_then(Value::as_array_mut) {
        filters.sort_by(|a, b| text(a, "name").cmp(text(b, "name")));
    }
}

fn check(name: &str, row: &Value, version: Version) -> Result<(), String> {
    for (_, field, value, since) in FIELDS_SINCE.iter().filter(|row| row.0 == name && !version.has(row.3)) {
        let given = at(row, field);
        if !given.is_null() && (value.is_empty() || given.as_str() == Some(value)) {
            return Err(format!("{field}: {given} {}", version::needs(*since)));
        }
    }
    for (_, field, needs_host) in URLS.iter().filter(|row| row.0 == name) {
        let check = if *needs_host { url::check_with_host } else { url::check };
        check(text(row, field)).map_err(|error| format!("{field}: {error}"))?;
    }
    match name {
        "dnsSDConfigs" => {
            let kind = text(row, "type");
            if !matches!(kind, "" | "SRV") && at(row, "port").is_null() {
                return Err(format!("port: needed for records of type {kind}"));
            }
            Ok(())
        }
        "azureSDConfigs" => azure(row),
        "kubernetesSDConfigs" => kubernetes(row),
        _ => Ok(()),
    }
}

/// With an application's secret, who that is must be said.
fn azure(row: &Value) -> Result<(), String> {
    if !matches!(text(row, "authenticationMethod"), "" | "OAuth") {
        return Ok(());
    }
    match ["tenantID", "clientID", "clientSecret"].iter().find(|name| is_empty(at(row, name))) {
        Some(name) => Err(format!("{name}: needed for authenticationMethod OAuth")),
        None => Ok(()),
    }
}

fn kubernetes(row: &Value) -> Result<(), String> {
    if !at(row, "apiServer").is_null() && at(row, "namespaces.ownNamespace") == &Value::Bool(true) {
        return Err(
            "namespaces.ownNamespace: has no meaning at another apiServer; name the namespaces".to_owned()
        );
    }
    let role = text(row, "role");
    let own = [role];
    let allowed = ROLES.iter().find(|known| known.0 == role).map_or(own.as_slice(), |known| known.1);
    for (i, selected) in items(row, "selectors").iter().enumerate() {
        let of = text(selected, "role");
        if !allowed.contains(&of) {
            return Err(format!(
                "selectors[{i}].role: \"{of}\" cannot be selected by role {role}; it must be {}",
                allowed.join(" or ")
            ));
        }
        selector::check_text(text(selected, "label"))
            .map_err(|error| format!("selectors[{i}].label: {error}"))?;
        selector::check_fields(text(selected, "field"))
            .map_err(|error| format!("selectors[{i}].field: {error}"))?;
    }
    Ok(())
}
