//! How to reach a target: basic auth, tokens, OAuth 2, TLS, proxies. Secrets are read from the namespace of the
//! object that names them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::objects::{Lookup, Source};
use crate::pem;
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
/// Ways of saying who asks.
const WAYS: [&str; 4] = ["authorization", "basicAuth", "bearerTokenSecret", "oauth2"];
const SIGV4: [(&str, &str); 4] =
    [("region", "region"), ("profile", "profile"), ("role_arn", "roleArn"), ("external_id", "externalId")];
const PROXY: [(&str, &str); 3] =
    [("proxy_url", "proxyUrl"), ("no_proxy", "noProxy"), ("proxy_from_environment", "proxyFromEnvironment")];

impl Credentials<'_> {
    pub(crate) fn secret(&self, selector: &Value) -> Result<String, String> {
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

    /// At most one way of saying who asks.
    pub(crate) fn at_most_one(value: &Value) -> Result<(), String> {
        let given: Vec<&str> = WAYS.into_iter().filter(|way| !at(value, way).is_null()).collect();
        if given.len() < 2 {
            return Ok(());
        }
        Err(format!("{} are both set; keep one of them", given[..2].join(" and ")))
    }

    /// `authorization`. Where it `needs` credentials, it is refused without; elsewhere it is then the type alone.
    pub(crate) fn authorization(&self, value: &Value, needs: bool) -> Result<Value, String> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        let kind = match text(value, "type").trim() {
            "" => "Bearer",
            kind => kind,
        };
        let (selector, file) = (at(value, "credentials"), text(value, "credentialsFile"));
        if kind.eq_ignore_ascii_case("basic") && (needs || !selector.is_null()) {
            return Err("authorization.type: \"Basic\" is not possible; use basicAuth".to_owned());
        }
        if needs && selector.is_null() && file.is_empty() {
            return Err("authorization.credentials: a Secret's name and key are needed".to_owned());
        }
        if !selector.is_null() && !file.is_empty() {
            return Err(
                "authorization: credentials and credentialsFile are both set; keep one of them".to_owned()
            );
        }
        let mut fields = Fields::default();
        fields.set("type", kind);
        if !text(selector, "name").is_empty() {
            let read = self.secret(selector).map_err(|error| format!("authorization.credentials: {error}"));
            fields.set("credentials", read?);
        }
        self.file("authorization.credentialsFile", file)?;
        fields.put("credentials_file", file);
        Ok(fields.value())
    }

    /// The same where it may be without credentials; an empty one is none.
    pub(crate) fn lenient_authorization(&self, value: &Value) -> Result<Value, String> {
        if is_empty(value) { Ok(Value::Null) } else { self.authorization(value, false) }
    }

    /// `bearerTokenSecret`; one without a name is none.
    pub(crate) fn bearer(&self, value: &Value) -> Result<Value, String> {
        if text(value, "name").is_empty() {
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
        one_source(at(value, "clientId")).map_err(|error| named("clientId", error))?;
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
        fields.keep_made("tls_config", self.tls(at(value, "tlsConfig")).map_err(|e| format!("oauth2.{e}"))?);
        self.proxy(value, &mut fields).map_err(|error| format!("oauth2.{error}"))?;
        Ok(fields.value())
    }

    /// `sigv4`; an empty one takes the credentials of the environment.
    pub(crate) fn sigv4(&self, value: &Value) -> Result<Value, String> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        let keys = [("access_key", "accessKey"), ("secret_key", "secretKey")];
        let given = keys.iter().filter(|(_, name)| !at(value, name).is_null()).count();
        if given == 1 {
            return Err("sigv4: accessKey and secretKey are needed together".to_owned());
        }
        let mut fields = Fields::default();
        if given == 2 {
            for (ours, name) in keys {
                let key = self.secret(at(value, name)).map_err(|error| format!("sigv4.{name}: {error}"))?;
                fields.put(ours, key);
            }
        }
        fields.copy(value, &SIGV4);
        fields.keep(value, &[("use_fips_sts_endpoint", "useFIPSSTSEndpoint")]);
        Ok(fields.value())
    }

    /// The four proxy fields.
    pub(crate) fn proxy(&self, value: &Value, fields: &mut Fields) -> Result<(), String> {
        check_proxy(value)?;
        fields.keep(value, &PROXY);
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

    /// Whether `tlsConfig` makes sense, whatever its Secrets hold.
    pub(crate) fn check_tls(&self, value: &Value) -> Result<(), String> {
        check_tls(value).map_err(|error| format!("tlsConfig: {error}"))
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
        if !at(value, "keySecret").is_null() {
            fields.set("key_file", self.asset("keySecret", Source::Secret, at(value, "keySecret"))?);
        }
        fields.copy(value, &[("server_name", "serverName")]);
        fields.keep(
            value,
            &[
                ("min_version", "minVersion"),
                ("max_version", "maxVersion"),
                ("insecure_skip_verify", "insecureSkipVerify"),
            ],
        );
        Ok(fields.value())
    }

    /// Keeps a file for a Secret's or ConfigMap's key; gives its path.
    fn asset(&mut self, field: &str, source: Source, selector: &Value) -> Result<String, String> {
        let bytes = self.lookup.bytes(source, self.namespace, selector);
        let bytes = bytes.map_err(|error| format!("{field}: {error}"))?;
        let (name, key) = (text(selector, "name"), text(selector, "key"));
        pem::check(bytes, field == "keySecret").map_err(|error| {
            format!("{field}: {source} \"{}/{name}\", key \"{key}\": {error}", self.namespace)
        })?;
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
        .find(|(_, selector)| !selector.is_null())
}

fn one_source(value: &Value) -> Result<(), String> {
    match (at(value, "secret"), at(value, "configMap")) {
        (Value::Null, _) | (_, Value::Null) => Ok(()),
        _ => Err("secret and configMap are both set; keep one of them".to_owned()),
    }
}

/// What of a proxy's settings makes no sense together.
fn check_proxy(value: &Value) -> Result<(), String> {
    let url = text(value, "proxyUrl");
    let has_url = !url.is_empty();
    let by_environment = at(value, "proxyFromEnvironment") == &Value::Bool(true);
    let headers = || entries(value, "proxyConnectHeader");
    if headers().next().is_some() && !has_url && !by_environment {
        return Err("proxyConnectHeader needs proxyUrl or proxyFromEnvironment".to_owned());
    }
    if by_environment && has_url {
        return Err("proxyFromEnvironment and proxyUrl are both set; keep one of them".to_owned());
    }
    if !text(value, "noProxy").is_empty() && !has_url {
        return Err("noProxy needs proxyUrl".to_owned());
    }
    if let Some((name, _)) = headers().find(|(_, selectors)| is_empty(selectors)) {
        return Err(format!("proxyConnectHeader.{name}: at least one Secret is needed"));
    }
    crate::url::check(url).map_err(|error| format!("proxyUrl: {error}"))
}

fn check_tls(value: &Value) -> Result<(), String> {
    for object in ["ca", "cert"] {
        one_source(at(value, object)).map_err(|error| format!("{object}: {error}"))?;
    }
    let rows = [("ca", "caFile"), ("cert", "certFile"), ("keySecret", "keyFile")];
    let has = |object: &str, file: &str| match object {
        // A key may be named badly, and is named then all the same.
        "keySecret" => !at(value, object).is_null() || !is_empty(at(value, file)),
        _ => from(at(value, object)).is_some() || !is_empty(at(value, file)),
    };
    for (object, file) in rows {
        if has(object, "") && !is_empty(at(value, file)) {
            return Err(format!("{object} and {file} are both set; one of them is enough"));
        }
    }
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
