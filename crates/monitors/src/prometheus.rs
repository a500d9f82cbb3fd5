//! The Prometheus object: what it selects, global settings, alerting, remote write and read.

mod check;
mod remote;

use serde_json::{Map, Value, json};

use crate::credentials::{Credentials, Files};
use crate::objects::{Kind, Lookup, Objects, Source};
use crate::read::{Fields, at, entries, is_empty, items, plain, text};
use crate::relabel;
use crate::selector::Selector;
use crate::version::Version;

/// A Prometheus, or what stands for it where there is none: everything is selected.
pub(crate) struct Workload<'a> {
    pub(crate) spec: &'a Value,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) folder: &'a str,
    pub(crate) version: Version,
}

/// What one kind's selectors mean.
pub(crate) struct Selection {
    /// `None` selects nothing.
    objects: Option<Selector>,
    /// `None` is the own namespace alone.
    namespaces: Option<Selector>,
}

/// Limits: field of a job, of monitors and of Prometheus, of Prometheus' enforced one.
pub(crate) const LIMITS: [(&str, &str, &str); 6] = [
    ("sample_limit", "sampleLimit", "enforcedSampleLimit"),
    ("target_limit", "targetLimit", "enforcedTargetLimit"),
    ("label_limit", "labelLimit", "enforcedLabelLimit"),
    ("label_name_length_limit", "labelNameLengthLimit", "enforcedLabelNameLengthLimit"),
    ("label_value_length_limit", "labelValueLengthLimit", "enforcedLabelValueLengthLimit"),
    ("keep_dropped_targets", "keepDroppedTargets", "enforcedKeepDroppedTargets"),
];

/// Native histograms: field of a job, of monitors.
pub(crate) const HISTOGRAMS: [(&str, &str); 5] = [
    ("scrape_native_histograms", "scrapeNativeHistograms"),
    ("native_histogram_bucket_limit", "nativeHistogramBucketLimit"),
    ("native_histogram_min_bucket_factor", "nativeHistogramMinBucketFactor"),
    ("always_scrape_classic_histograms", "scrapeClassicHistograms"),
    ("convert_classic_histograms_to_nhcb", "convertClassicHistogramsToNHCB"),
];

// === impl Workload ===

impl<'a> Workload<'a> {
    pub(crate) fn credentials<'b>(&'b self, lookup: &'b Lookup<'b>, namespace: &'b str) -> Credentials<'b> {
        Credentials {
            lookup,
            namespace,
            folder: self.folder,
            files: Files::new(),
            may_name_files: namespace == self.namespace || !self.denies_files(),
        }
    }

    pub(crate) fn denies_files(&self) -> bool {
        at(self.spec, "arbitraryFSAccessThroughSMs.deny") == &Value::Bool(true)
    }

    pub(crate) fn is_on(&self, field: &str) -> bool {
        at(self.spec, field) == &Value::Bool(true)
    }

    /// The interval where a monitor names none.
    pub(crate) fn scrape_interval(&self) -> &str {
        match text(self.spec, "scrapeInterval") {
            "" => "30s",
            interval => interval,
        }
    }

    pub(crate) fn selection(&self, kind: Kind) -> Result<Selection, String> {
        let read = |suffix: &str| {
            let field = format!("{}{suffix}", kind.stem());
            match at(self.spec, &field) {
                Value::Null => Ok(None),
                value => Selector::read(value).map(Some).map_err(|error| format!("spec.{field}: {error}")),
            }
        };
        Ok(Selection { objects: read("Selector")?, namespaces: read("NamespaceSelector")? })
    }

    /// Whether all selectors of what is scraped are null: Prometheus' configuration is then not ours to write.
    pub(crate) fn is_unmanaged(&self) -> bool {
        let scraped = Kind::all().filter(|kind| !matches!(kind, Kind::PrometheusRule | Kind::Prometheus));
        let mut fields = scraped.map(|kind| format!("{}Selector", kind.stem()));
        fields.all(|field| at(self.spec, &field).is_null())
    }

    /// The label that is forced on what an object brings, and its value.
    pub(crate) fn enforced<'b>(&self, kind: Kind, namespace: &'b str, name: &str) -> Option<(&str, &'b str)> {
        let label = text(self.spec, "enforcedNamespaceLabel");
        if label.is_empty() {
            return None;
        }
        let excluded = |row: &Value| {
            let is = |field: &str, value: &str| text(row, field).is_empty() || text(row, field) == value;
            let group = text(row, "group");
            (group.is_empty() || group == crate::objects::GROUP)
                && text(row, "resource") == kind.plural()
                && text(row, "namespace") == namespace
                && is("name", name)
        };
        let old = |row: &Value| {
            kind == Kind::PrometheusRule
                && text(row, "ruleNamespace") == namespace
                && text(row, "ruleName") == name
        };
        let is_free = items(self.spec, "excludedFromEnforcement").iter().any(excluded)
            || items(self.spec, "prometheusRulesExcludedFromEnforce").iter().any(old);
        (!is_free).then_some((label, namespace))
    }

    /// The class that an object names, or the default one; null if there is none.
    pub(crate) fn class(&self, name: &str) -> Result<&Value, String> {
        let classes = items(self.spec, "scrapeClasses");
        if name.is_empty() {
            let default = classes.iter().find(|class| at(class, "default") == &Value::Bool(true));
            return Ok(default.unwrap_or(&Value::Null));
        }
        classes.iter().find(|class| text(class, "name") == name).ok_or_else(|| {
            let names: Vec<&str> = classes.iter().map(|class| text(class, "name")).collect();
            format!("scrapeClass: \"{name}\" is not among scrapeClasses of Prometheus: {}", names.join(", "))
        })
    }

    /// Whether endpoints are found by slices.
    pub(crate) fn has_slices(&self, role: &str) -> bool {
        role == "EndpointSlice" && self.version.has((2, 21, 0))
    }

    pub(crate) fn global(&self) -> Value {
        let mut fields = Fields::default();
        fields.set("scrape_interval", self.scrape_interval());
        fields
            .copy(self.spec, &[("scrape_timeout", "scrapeTimeout"), ("scrape_protocols", "scrapeProtocols")]);
        fields.set("external_labels", self.external_labels());
        let size = ["bodySizeLimit", "enforcedBodySizeLimit"].map(|field| text(self.spec, field));
        fields.put("body_size_limit", size.into_iter().find(|size| !size.is_empty()).unwrap_or(""));
        for (ours, own, enforced) in LIMITS {
            let numbers = [enforced, own].map(|field| at(self.spec, field).as_u64().filter(|n| *n > 0));
            if let Some(limit) = numbers.into_iter().flatten().min() {
                fields.set(ours, limit);
            }
        }
        for (ours, theirs) in HISTOGRAMS {
            fields.put(ours, at(self.spec, theirs).clone());
        }
        crate::scrape_config::names(self.spec, &mut fields);
        let evaluation = text(self.spec, "evaluationInterval");
        fields.set("evaluation_interval", if evaluation.is_empty() { "30s" } else { evaluation });
        fields.copy(self.spec, &[("rule_query_offset", "ruleQueryOffset")]);
        fields.value()
    }

    /// The user's, with the names of this Prometheus and of its replica over them.
    fn external_labels(&self) -> Value {
        let mut labels = std::collections::BTreeMap::new();
        for (name, value) in entries(self.spec, "externalLabels") {
            labels.insert(name.to_owned(), plain(value));
        }
        if !self.name.is_empty() {
            let own = format!("{}/{}", self.namespace, self.name);
            labels
                .extend(self.label_name("prometheusExternalLabelName", "prometheus").map(|name| (name, own)));
            let replica = self.label_name("replicaExternalLabelName", "prometheus_replica");
            labels.extend(replica.map(|name| (name, "$(POD_NAME)".to_owned())));
        }
        Value::Object(
            labels.into_iter().map(|(name, value)| (name, Value::String(value))).collect::<Map<_, _>>(),
        )
    }

    /// An empty name is none.
    fn label_name(&self, field: &str, default: &str) -> Option<String> {
        match at(self.spec, field) {
            Value::Null => Some(default.to_owned()),
            name => name.as_str().filter(|name| !name.is_empty()).map(str::to_owned),
        }
    }

    /// A list of YAML that a Secret holds; `None` if no Secret is named.
    fn extra(&self, lookup: &Lookup<'_>, field: &str) -> Result<Option<Vec<Value>>, String> {
        let selector = at(self.spec, field);
        if is_empty(selector) {
            return Ok(None);
        }
        let named = |error: String| format!("spec.{field}: {error}");
        let content = lookup.text(Source::Secret, self.namespace, selector);
        if content.is_err() && at(selector, "optional") == &Value::Bool(true) {
            return Ok(None);
        }
        let content = content.map_err(named)?;
        let place = format!("{}/{}, key {}", self.namespace, text(selector, "name"), text(selector, "key"));
        let list = stdx::yaml::from_str(&content, &place).map_err(|error| named(error.to_string()))?;
        Ok(Some(list))
    }

    pub(crate) fn additional_jobs(&self, lookup: &Lookup<'_>) -> Result<Vec<Value>, String> {
        Ok(self.extra(lookup, "additionalScrapeConfigs")?.unwrap_or_default())
    }

    /// The `alerting` part; null if no Alertmanager is named.
    pub(crate) fn alerting(&self, lookup: &Lookup<'_>, files: &mut Files) -> Result<Value, String> {
        let mut relabel: Vec<Value> = self
            .label_name("replicaExternalLabelName", "prometheus_replica")
            .map(|name| json!({"action": "labeldrop", "regex": quoted(&name)}))
            .into_iter()
            .collect();
        let more_steps = self.extra(lookup, "additionalAlertRelabelConfigs")?;
        let more_managers = self.extra(lookup, "additionalAlertManagerConfigs")?;
        let is_none = more_steps.is_none() && more_managers.is_none();
        relabel.extend(more_steps.unwrap_or_default());
        let mut managers = Vec::new();
        for (i, row) in items(self.spec, "alerting.alertmanagers").iter().enumerate() {
            let named = |error: String| format!("spec.alerting.alertmanagers[{i}].{error}");
            managers.push(self.alertmanager(row, lookup, files).map_err(named)?);
        }
        managers.extend(more_managers.unwrap_or_default());
        if is_none && at(self.spec, "alerting").is_null() {
            return Ok(Value::Null);
        }
        Ok(json!({"alert_relabel_configs": relabel, "alertmanagers": managers}))
    }

    fn alertmanager(&self, row: &Value, lookup: &Lookup<'_>, files: &mut Files) -> Result<Value, String> {
        remote::one_of(row, &["bearerTokenFile", "basicAuth", "authorization", "sigv4"])?;
        let mut credentials = self.credentials(lookup, self.namespace);
        let mut fields = Fields::default();
        fields.put("scheme", text(row, "scheme").to_lowercase());
        fields.copy(
            row,
            &[("path_prefix", "pathPrefix"), ("timeout", "timeout"), ("enable_http2", "enableHttp2")],
        );
        fields.keep_made("tls_config", credentials.tls(at(row, "tlsConfig"))?);
        credentials.proxy(row, &mut fields)?;
        let slices = self.has_slices(text(self.spec, "serviceDiscoveryRole"));
        let role = if slices { "endpointslice" } else { "endpoints" };
        let namespace = match text(row, "namespace") {
            "" => self.namespace,
            namespace => namespace,
        };
        let mut found = Fields::default();
        found.set("role", role);
        found.set("namespaces", json!({"names": [namespace]}));
        self.api_server(lookup, &mut found, files).map_err(|error| format!("apiserverConfig: {error}"))?;
        fields.set("kubernetes_sd_configs", json!([found.value()]));
        fields.put("basic_auth", credentials.basic(at(row, "basicAuth"))?);
        fields.put("authorization", credentials.authorization(at(row, "authorization"), false)?);
        fields.put("bearer_token_file", credentials.bearer_file(at(row, "bearerTokenFile"))?);
        fields.keep_made("sigv4", credentials.sigv4(at(row, "sigv4"))?);
        // Version 3 of Prometheus has no version 1 of the API.
        let api = text(row, "apiVersion").to_lowercase();
        if api != "v1" || self.version.major() < 3 {
            fields.put("api_version", api);
        }
        let stem = if slices { "endpointslice" } else { "endpoint" };
        let mut steps = vec![relabel::keep("__meta_kubernetes_service_name", text(row, "name"))];
        match at(row, "port") {
            Value::String(name) if !name.is_empty() => {
                steps.push(relabel::keep(&format!("__meta_kubernetes_{stem}_port_name"), name.as_str()));
            }
            Value::Number(port) if port.as_i64() != Some(0) => {
                steps.push(relabel::keep("__meta_kubernetes_pod_container_port_number", port.to_string()));
            }
            _ => {}
        }
        steps.extend(relabel::steps(items(row, "relabelings"), "relabelings", self.version)?);
        fields.set("relabel_configs", steps);
        fields.put(
            "alert_relabel_configs",
            relabel::steps(items(row, "alertRelabelings"), "alertRelabelings", self.version)?,
        );
        files.append(&mut credentials.files);
        Ok(fields.value())
    }

    /// `remoteWrite` or `remoteRead`.
    pub(crate) fn remotes(
        &self,
        field: &str,
        lookup: &Lookup<'_>,
        files: &mut Files,
    ) -> Result<Vec<Value>, String> {
        let mut remotes = Vec::new();
        for (i, row) in items(self.spec, field).iter().enumerate() {
            let mut credentials = self.credentials(lookup, self.namespace);
            let remote = match field {
                "remoteWrite" => remote::write(row, &mut credentials, self.version),
                _ => remote::read(row, &mut credentials),
            };
            remotes.push(remote.map_err(|error| format!("spec.{field}[{i}].{error}"))?);
            files.append(&mut credentials.files);
        }
        Ok(remotes)
    }

    /// Where the API server is, if it is not the own cluster's: fields of `kubernetes_sd_configs`.
    /// Its TLS files are added to `files`.
    pub(crate) fn api_server(
        &self,
        lookup: &Lookup<'_>,
        fields: &mut Fields,
        files: &mut Files,
    ) -> Result<(), String> {
        let value = at(self.spec, "apiserverConfig");
        if is_empty(value) {
            return Ok(());
        }
        let mut credentials = self.credentials(lookup, self.namespace);
        fields.copy(value, &[("api_server", "host")]);
        fields.put("basic_auth", credentials.basic(at(value, "basicAuth"))?);
        fields.copy(value, &[("bearer_token", "bearerToken"), ("bearer_token_file", "bearerTokenFile")]);
        fields.put("authorization", credentials.authorization(at(value, "authorization"), false)?);
        fields.keep_made("tls_config", credentials.tls(at(value, "tlsConfig"))?);
        files.append(&mut credentials.files);
        credentials.proxy(value, fields)
    }
}

// === impl Selection ===

impl Selection {
    /// Why an object is not selected, or `None` if it is.
    pub(crate) fn refusal(&self, own: &str, objects: &Objects, object: &Value) -> Option<String> {
        let Some(selector) = &self.objects else {
            return Some("no selector of Prometheus for this kind is set: none is selected".to_owned());
        };
        let namespace = text(object, "metadata.namespace");
        match &self.namespaces {
            None if namespace != own => {
                return Some(format!("Prometheus selects in its own namespace \"{own}\" only"));
            }
            Some(wanted) if !wanted.matches(&objects.namespace_labels(namespace)) => {
                return Some(format!(
                    "the labels of namespace \"{namespace}\" do not match the namespace selector \"{}\"",
                    wanted.text()
                ));
            }
            _ => {}
        }
        let labels = entries(object, "metadata.labels")
            .filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned())))
            .collect();
        (!selector.matches(&labels))
            .then(|| format!("its labels do not match Prometheus' selector \"{}\"", selector.text()))
    }
}

/// A text as the pattern that matches it alone.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}
