//! `remoteWrite` and `remoteRead`.

use serde_json::Value;

use crate::credentials::Credentials;
use crate::read::{Fields, at, is_empty, items, text};
use crate::relabel;
use crate::version::{Since, Version};

const WRITE: [(&str, &str); 3] = [("url", "url"), ("remote_timeout", "remoteTimeout"), ("name", "name")];
const WRITE_FLAGS: [(&str, &str); 5] = [
    ("send_exemplars", "sendExemplars"),
    ("send_native_histograms", "sendNativeHistograms"),
    ("follow_redirects", "followRedirects"),
    ("enable_http2", "enableHTTP2"),
    ("round_robin_dns", "roundRobinDNS"),
];
/// `maxRetries` is not among them: Prometheus does not know it any more.
const QUEUE: [(&str, &str); 4] = [
    ("capacity", "capacity"),
    ("min_shards", "minShards"),
    ("max_shards", "maxShards"),
    ("max_samples_per_send", "maxSamplesPerSend"),
];
const QUEUE_TIMES: [(&str, &str); 4] = [
    ("batch_send_deadline", "batchSendDeadline"),
    ("min_backoff", "minBackoff"),
    ("max_backoff", "maxBackoff"),
    ("sample_age_limit", "sampleAgeLimit"),
];
/// Ways of saying who writes.
const WAYS: [&str; 5] = ["basicAuth", "oauth2", "authorization", "sigv4", "azureAd"];
/// Ways of Azure, and what came when.
const AZURE: [(&str, Since); 4] = [
    ("managedIdentity", (2, 0, 0)),
    ("oauth", (2, 48, 0)),
    ("sdk", (2, 52, 0)),
    ("workloadIdentity", (3, 7, 0)),
];

/// An entry of `remote_write`.
pub(super) fn write(
    row: &Value,
    credentials: &mut Credentials<'_>,
    version: Version,
) -> Result<Value, String> {
    one_of(row, &WAYS)?;
    let mut fields = Fields::default();
    fields.copy(row, &WRITE);
    fields.copy(row, &[("headers", "headers")]);
    fields.keep(row, &WRITE_FLAGS);
    match text(row, "messageVersion") {
        "" => {}
        "V2.0" => fields.set("protobuf_message", "io.prometheus.write.v2.Request"),
        _ => fields.set("protobuf_message", "prometheus.WriteRequest"),
    }
    fields.put("write_relabel_configs", relabel::unchecked(items(row, "writeRelabelConfigs")));
    client(row, credentials, &mut fields)?;
    fields.keep_made("sigv4", credentials.sigv4(at(row, "sigv4"))?);
    let azure = azure(at(row, "azureAd"), credentials, version).map_err(|error| format!("azureAd{error}"));
    fields.keep_made("azuread", azure?);
    if !at(row, "queueConfig").is_null() {
        fields.set("queue_config", queue(at(row, "queueConfig")));
    }
    if !at(row, "metadataConfig").is_null() {
        fields.set("metadata_config", metadata(row));
    }
    Ok(fields.value())
}

/// An entry of `remote_read`.
pub(super) fn read(row: &Value, credentials: &mut Credentials<'_>) -> Result<Value, String> {
    let mut fields = Fields::default();
    fields.copy(row, &WRITE);
    fields.copy(row, &[("headers", "headers"), ("required_matchers", "requiredMatchers")]);
    if at(row, "readRecent") == &Value::Bool(true) {
        fields.set("read_recent", true);
    }
    fields.keep(
        row,
        &[("follow_redirects", "followRedirects"), ("filter_external_labels", "filterExternalLabels")],
    );
    client(row, credentials, &mut fields)?;
    Ok(fields.value())
}

/// At most one of these fields may be there.
pub(super) fn one_of(row: &Value, ways: &[&str]) -> Result<(), String> {
    let given: Vec<&str> = ways.iter().copied().filter(|way| !is_unset(at(row, way))).collect();
    if given.len() < 2 {
        return Ok(());
    }
    Err(format!("{} are set; keep one of them", given.join(" and ")))
}

fn is_unset(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn client(row: &Value, credentials: &mut Credentials<'_>, fields: &mut Fields) -> Result<(), String> {
    fields.put("basic_auth", credentials.basic(at(row, "basicAuth"))?);
    fields.copy(row, &[("bearer_token", "bearerToken"), ("bearer_token_file", "bearerTokenFile")]);
    fields.put("oauth2", credentials.oauth2(at(row, "oauth2"))?);
    fields.keep_made("tls_config", credentials.tls(at(row, "tlsConfig"))?);
    fields.put("authorization", credentials.authorization(at(row, "authorization"), false)?);
    credentials.proxy(row, fields)
}

fn queue(value: &Value) -> Value {
    let mut fields = Fields::default();
    for (ours, theirs) in QUEUE {
        if at(value, theirs).as_i64() != Some(0) {
            fields.keep(value, &[(ours, theirs)]);
        }
    }
    fields.keep(value, &QUEUE_TIMES);
    if at(value, "retryOnRateLimit") == &Value::Bool(true) {
        fields.set("retry_on_http_429", true);
    }
    fields.value()
}

/// With version 2 of the protocol metadata goes along with the samples.
fn metadata(row: &Value) -> Value {
    let value = at(row, "metadataConfig");
    let mut fields = Fields::default();
    let sends = at(value, "send") == &Value::Bool(true) && text(row, "messageVersion") != "V2.0";
    fields.set("send", sends);
    fields.copy(value, &[("send_interval", "sendInterval")]);
    fields.keep(value, &[("max_samples_per_send", "maxSamplesPerSend")]);
    fields.value()
}

fn azure(value: &Value, credentials: &Credentials<'_>, version: Version) -> Result<Value, String> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let ways: Vec<&str> = AZURE.iter().map(|row| row.0).collect();
    one_of(value, &ways).map_err(|error| format!(": {error}"))?;
    let Some((way, since)) = AZURE.iter().find(|row| !at(value, row.0).is_null()) else {
        return Err(format!(": one of {} is needed", ways.join(", ")));
    };
    if !version.has(*since) {
        return Err(format!(".{way}: {}", crate::version::needs(*since)));
    }
    let inner = at(value, way);
    let mut made = Fields::default();
    made.copy(inner, &[("client_id", "clientId")]);
    match *way {
        "managedIdentity" if is_empty(at(inner, "clientId")) && !version.has((3, 5, 0)) => {
            return Err(".managedIdentity.clientId: needed before version 3.5.0 of Prometheus".to_owned());
        }
        "managedIdentity" => {}
        "sdk" => made.set("tenant_id", text(inner, "tenantId")),
        _ => {
            uuid(inner, "clientId").map_err(|error| format!(".{way}.{error}"))?;
            made.set("tenant_id", text(inner, "tenantId"));
        }
    }
    if *way == "workloadIdentity" {
        uuid(inner, "tenantId").map_err(|error| format!(".{way}.{error}"))?;
    }
    if *way == "oauth" {
        let secret = credentials.secret(at(inner, "clientSecret"));
        made.set("client_secret", secret.map_err(|error| format!(".oauth.clientSecret: {error}"))?);
    }
    let mut fields = Fields::default();
    fields.set(&crate::convert::snake(way), made.value());
    fields.copy(value, &[("cloud", "cloud"), ("scope", "scope")]);
    Ok(fields.value())
}

/// `8-4-4-4-12` hexadecimal digits, or 32.
fn uuid(value: &Value, field: &str) -> Result<(), String> {
    let written = text(value, field);
    let plain = written.strip_prefix("urn:uuid:").unwrap_or(written);
    let plain = plain.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(plain);
    let parts: Vec<usize> = plain.split('-').map(str::len).collect();
    let is_hex = plain.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    if is_hex && matches!(parts.as_slice(), [8, 4, 4, 4, 12] | [32]) {
        return Ok(());
    }
    Err(format!("{field}: \"{written}\" is no UUID"))
}
