//! How to reach a target: basic auth, tokens, OAuth 2, TLS, proxies. Secrets are read from the namespace of the
//! object that names them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::objects::{Lookup, Source};
use crate::read::{Fields, at, entries, is_empty, text};

/// Files that a configuration names, by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Reads credentials for the objects of one namespace.
pub(crate) struct Credentials<'a> {
    pub(crate) lookup: &'a Lookup<'a>,
    pub(crate) namespace: &'a str,
    /// The folder of TLS files.
    pub(crate) folder: &'a str,
    /// What the object needs.
    pub(crate) files: Files,
    /// Whether files of our own file system may be named.
    pub(crate) may_name_files: bool,
}

const VERSIONS: [&str; 4] = ["TLS10", "TLS11", "TLS12", "TLS13"];
const PROXY: [(&str, &str); 3] =
    [("proxy_url", "proxyUrl"), ("no_proxy", "noProxy"), ("proxy_from_environment", "proxyFromEnvironment")];

impl Credentials<'_> {
    fn secret(&self, selector: &Value) -> Result<String, String> {
        self.lookup.text(Source::Secret, self.namespace, selector)
    }

    fn file(&self, field: &str, path: &str) -> Result<(), String> {
        if path.is_empty() || self.may_name_files {
            return Ok(());
        }
        Err(format!(
            "{field} names a file, which Prometheus refuses here (arbitraryFSAccessThroughSMs.deny); use a Secret"
        ))
    }

    /// `basicAuth`; both halves are needed.
    pub(crate) fn basic(&self, value: &Value) -> Result<Value, String> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        let half =
            |name: &str| self.secret(at(value, name)).map_err(|error| format!("basicAuth.{name}: {error}"));
        Ok(json!({"username": half("username")?, "password": half("password")?}))
    }

    /// `authorization`. A file instead of a Secret is for Prometheus-level ones.
    pub(crate) fn authorization(&self, value: &Value) -> Result<Value, String> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        let kind = match text(value, "type").trim() {
            "" => "Bearer",
            kind => kind,
        };
        if kind.eq_ignore_ascii_case("basic") {
            return Err("authorization.type: \"Basic\" is not possible; use basicAuth".to_owned());
        }
        let mut fields = Fields::default();
        fields.set("type", kind);
        let file = text(value, "credentialsFile");
        if !is_empty(at(value, "credentials.key")) {
            let credentials = self.secret(at(value, "credentials"));
            fields.set(
                "credentials",
                credentials.map_err(|error| format!("authorization.credentials: {error}"))?,
            );
        } else if file.is_empty() {
            return Err("authorization.credentials: a Secret's name and key are needed".to_owned());
        } else {
            self.file("authorization.credentialsFile", file)?;
            fields.set("credentials_file", file);
        }
        Ok(fields.value())
    }

    /// `bearerTokenSecret`; an empty one is none.
    pub(crate) fn bearer(&self, value: &Value) -> Result<Value, String> {
        if text(value, "name").is_empty() && text(value, "key").is_empty() {
            return Ok(Value::Null);
        }
        self.secret(value).map(Value::String).map_err(|error| format!("bearerTokenSecret: {error}"))
    }

    /// `bearerTokenFile`
    pub(crate) fn bearer_file(&self, value: &Value) -> Result<Value, String> {
        self.file("bearerTokenFile", value.as_str().unwrap_or(""))?;
        Ok(value.clone())
    }

    /// `oauth2`
    pub(crate) fn oauth2(&mut self, value: &Value) -> Result<Value, String> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        let named = |name: &str, error: String| format!("oauth2.{name}: {error}");
        let id =
            self.lookup.either(self.namespace, at(value, "clientId")).map_err(|e| named("clientId", e))?;
        let secret = self.secret(at(value, "clientSecret")).map_err(|e| named("clientSecret", e))?;
        let mut fields = Fields::default();
        fields.set("client_id", id);
        fields.set("client_secret", secret);
        fields.copy(
            value,
            &[("token_url", "tokenUrl"), ("scopes", "scopes"), ("endpoint_params", "endpointParams")],
        );
        fields
            .put("tls_config", self.tls(at(value, "tlsConfig")).map_err(|error| format!("oauth2.{error}"))?);
        self.proxy(value, &mut fields)?;
        Ok(fields.value())
    }

    /// The four proxy fields.
    pub(crate) fn proxy(&self, value: &Value, fields: &mut Fields) -> Result<(), String> {
        fields.copy(value, &PROXY);
        let mut headers = Fields::default();
        for (name, selectors) in entries(value, "proxyConnectHeader") {
            let read = |selector| {
                self.secret(selector).map_err(|error| format!("proxyConnectHeader.{name}: {error}"))
            };
            let values: Result<Vec<String>, String> =
                selectors.as_array().into_iter().flatten().map(read).collect();
            headers.set(name, values?);
        }
        fields.put("proxy_connect_header", headers.value());
        Ok(())
    }

    /// `tlsConfig`, safe or with files.
    pub(crate) fn tls(&mut self, value: &Value) -> Result<Value, String> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        self.tls_fields(value).map_err(|error| format!("tlsConfig: {error}"))
    }

    fn tls_fields(&mut self, value: &Value) -> Result<Value, String> {
        check_tls(value)?;
        let mut fields = Fields::default();
        for (ours, theirs, file) in [("ca_file", "ca", "caFile"), ("cert_file", "cert", "certFile")] {
            self.file(file, text(value, file))?;
            fields.copy(value, &[(ours, file)]);
            if let Some((source, selector)) = from(at(value, theirs)) {
                fields.set(ours, self.asset(theirs, source, selector)?);
            }
        }
        self.file("keyFile", text(value, "keyFile"))?;
        fields.copy(value, &[("key_file", "keyFile")]);
        if !is_empty(at(value, "keySecret.name")) {
            fields.set("key_file", self.asset("keySecret", Source::Secret, at(value, "keySecret"))?);
        }
        fields.copy(
            value,
            &[("server_name", "serverName"), ("min_version", "minVersion"), ("max_version", "maxVersion")],
        );
        if let Value::Bool(skip) = at(value, "insecureSkipVerify") {
            fields.set("insecure_skip_verify", *skip);
        }
        Ok(fields.value())
    }

    /// Keeps a file for a Secret's or ConfigMap's key; gives its path.
    fn asset(&mut self, field: &str, source: Source, selector: &Value) -> Result<String, String> {
        let bytes = self.lookup.bytes(source, self.namespace, selector);
        let bytes = bytes.map_err(|error| format!("{field}: {error}"))?;
        let (name, key) = (text(selector, "name"), text(selector, "key"));
        if !bytes.windows(11).any(|window| window == b"-----BEGIN ") {
            return Err(format!("{field}: {source} \"{}/{name}\", key \"{key}\": not PEM", self.namespace));
        }
        let number = u8::from(source == Source::ConfigMap);
        let path = format!("{}/{number}_{}_{name}_{key}", self.folder, self.namespace);
        self.files.insert(path.clone(), bytes.to_vec());
        Ok(path)
    }
}

fn from(value: &Value) -> Option<(Source, &Value)> {
    let rows = [(Source::ConfigMap, "configMap"), (Source::Secret, "secret")];
    rows.into_iter()
        .map(|(source, field)| (source, at(value, field)))
        .find(|(_, selector)| !is_empty(selector))
}

fn check_tls(value: &Value) -> Result<(), String> {
    let rows = [("ca", "caFile"), ("cert", "certFile"), ("keySecret", "keyFile")];
    for (object, file) in rows {
        if !is_empty(at(value, object)) && !is_empty(at(value, file)) {
            return Err(format!("{object} and {file} are both set; one of them is enough"));
        }
    }
    let has = |object: &str, file: &str| !is_empty(at(value, object)) || !is_empty(at(value, file));
    match (has("cert", "certFile"), has("keySecret", "keyFile")) {
        (true, false) => return Err("a client certificate needs its key (keySecret)".to_owned()),
        (false, true) => return Err("a client key needs its certificate (cert)".to_owned()),
        _ => {}
    }
    let rank = |field: &str| VERSIONS.iter().position(|version| *version == text(value, field));
    match (rank("minVersion"), rank("maxVersion")) {
        (Some(min), Some(max)) if min > max => Err("minVersion is above maxVersion".to_owned()),
        _ => Ok(()),
    }
}
