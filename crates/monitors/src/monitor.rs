//! PodMonitor and ServiceMonitor: a job for each endpoint.

use serde_json::{Value, json};

use crate::credentials::{Credentials, Files};
use crate::objects::{Kind, Lookup};
use crate::prometheus::{HISTOGRAMS, LIMITS, Workload};
use crate::read::{Fields, at, is_empty, items, plain, text, texts};
use crate::relabel::{self, copied, copied_if_there, fixed};
use crate::selector::{Selector, sanitize};

/// What a job is made from.
pub(crate) struct Origin<'a> {
    pub(crate) workload: &'a Workload<'a>,
    pub(crate) lookup: &'a Lookup<'a>,
    pub(crate) kind: Kind,
    pub(crate) object: &'a Value,
}

/// Jobs and the files that they name.
pub(crate) type Jobs = (Vec<Value>, Files);

/// The jobs of a PodMonitor or ServiceMonitor.
pub(crate) fn jobs(origin: &Origin<'_>) -> Result<Jobs, String> {
    let (kind, prefix) = match origin.kind {
        Kind::PodMonitor => ("podMetricsEndpoints", "podMonitor"),
        _ => ("endpoints", "serviceMonitor"),
    };
    let selector =
        Selector::read(at(origin.spec(), "selector")).map_err(|error| format!("spec.selector.{error}"))?;
    if text(origin.spec(), "selectorMechanism") == "RoleSelector" && !origin.workload.version.has((2, 17, 0))
    {
        return Err(format!("spec.selectorMechanism: RoleSelector {}", crate::version::needs((2, 17, 0))));
    }
    let class = origin.class()?;
    let (mut jobs, mut files) = (Vec::new(), Files::new());
    for (i, endpoint) in items(origin.spec(), kind).iter().enumerate() {
        let mut credentials = origin.workload.credentials(origin.lookup, origin.namespace());
        credentials.may_name_files = !origin.workload.denies_files();
        let name = format!("{prefix}/{}/{}/{i}", origin.namespace(), origin.name());
        let made = job(origin, endpoint, &selector, class, &name, &mut credentials);
        jobs.push(made.map_err(|error| format!("spec.{kind}[{i}].{error}"))?);
        files.append(&mut credentials.files);
    }
    Ok((jobs, files))
}

fn job(
    origin: &Origin<'_>,
    endpoint: &Value,
    selector: &Selector,
    class: &Value,
    name: &str,
    credentials: &mut Credentials<'_>,
) -> Result<Value, String> {
    let mut fields = Fields::default();
    fields.set("job_name", name);
    Credentials::at_most_one(endpoint)?;
    let honors = at(endpoint, "honorLabels") == &Value::Bool(true);
    fields.set("honor_labels", honors && !origin.workload.is_on("overrideHonorLabels"));
    honor_timestamps(origin.workload, endpoint, &mut fields);
    fields.copy(endpoint, &[("track_timestamps_staleness", "trackTimestampsStaleness")]);
    fields.set("kubernetes_sd_configs", json!([discovery(origin, selector, class, &mut credentials.files)?]));
    interval(origin.workload, endpoint, "interval", &mut fields)?;
    let rows = [
        ("metrics_path", "path"),
        ("params", "params"),
        ("follow_redirects", "followRedirects"),
        ("enable_http2", "enableHttp2"),
    ];
    fields.copy(endpoint, &rows);
    fields.put("scheme", text(endpoint, "scheme").to_lowercase());
    credentials.proxy(endpoint, &mut fields)?;
    fields.keep_made("tls_config", tls(origin, credentials, at(endpoint, "tlsConfig"), class)?);
    fields.put("bearer_token_file", credentials.bearer_file(at(endpoint, "bearerTokenFile"))?);
    fields.keep_made("bearer_token", credentials.bearer(at(endpoint, "bearerTokenSecret"))?);
    fields.put("basic_auth", credentials.basic(at(endpoint, "basicAuth"))?);
    fields.put("oauth2", credentials.oauth2(at(endpoint, "oauth2"))?);
    let own = credentials.authorization(at(endpoint, "authorization"), true)?;
    fields.put("authorization", authorization(origin, own, class)?);
    common(origin, class, &mut fields)?;
    let mut steps = target_steps(origin, endpoint, selector);
    steps.extend(origin.class_steps(class, "relabelings")?);
    steps.extend(origin.steps(endpoint, "relabelings")?);
    steps.extend(origin.enforced());
    fields.set("relabel_configs", steps);
    metric_steps(origin, class, endpoint, &mut fields)?;
    Ok(fields.value())
}

fn target_steps(origin: &Origin<'_>, endpoint: &Value, selector: &Selector) -> Vec<Value> {
    let is_pod = origin.kind == Kind::PodMonitor;
    let mut steps = vec![relabel::first()];
    let phase = (at(endpoint, "filterRunning") != &Value::Bool(false)).then(relabel::running);
    if is_pod {
        steps.extend(phase.clone());
    }
    if text(origin.spec(), "selectorMechanism") != "RoleSelector" {
        steps.extend(selector.steps(if is_pod { "pod" } else { "service" }));
    }
    steps.extend(port(origin, endpoint));
    if is_pod {
        steps.push(copied("__meta_kubernetes_namespace", "namespace"));
        steps.push(copied("__meta_kubernetes_pod_container_name", "container"));
        steps.push(copied("__meta_kubernetes_pod_name", "pod"));
    } else {
        steps.extend(service_labels(origin));
        steps.extend(phase);
    }
    steps.extend(named_labels(origin));
    if is_pod {
        steps.push(fixed("job", &format!("{}/{}", origin.namespace(), origin.name())));
    } else {
        let source = ["__meta_kubernetes_service_name"];
        steps.push(json!({"source_labels": source, "target_label": "job", "replacement": "${1}"}));
    }
    let label = text(origin.spec(), "jobLabel");
    if !label.is_empty() {
        let object = if is_pod { "pod" } else { "service" };
        let source = format!("__meta_kubernetes_{object}_label_{}", sanitize(label));
        steps.push(copied_if_there(&source, "job"));
    }
    // A service's port may be named by 0 alone, which filters nothing and is shown.
    let shown = [at(endpoint, "port"), at(endpoint, "targetPort")].map(plain);
    if let Some(port) = shown.iter().find(|port| !port.is_empty()) {
        steps.push(fixed("endpoint", port));
    }
    steps
}

/// Keeps the wanted port. A PodMonitor's are the container's; a ServiceMonitor's are the endpoint's by name.
fn port(origin: &Origin<'_>, endpoint: &Value) -> Option<Value> {
    let by_name = match origin.kind {
        Kind::PodMonitor => "__meta_kubernetes_pod_container_port_name".to_owned(),
        _ => format!("__meta_kubernetes_{}_port_name", origin.stem()),
    };
    if !is_empty(at(endpoint, "port")) {
        return Some(relabel::keep(&by_name, text(endpoint, "port")));
    }
    let number = |port: &Value| relabel::keep("__meta_kubernetes_pod_container_port_number", port.clone());
    if !at(endpoint, "portNumber").is_null() {
        return Some(number(at(endpoint, "portNumber")));
    }
    match at(endpoint, "targetPort") {
        Value::String(name) if !name.is_empty() => {
            Some(relabel::keep("__meta_kubernetes_pod_container_port_name", name.as_str()))
        }
        Value::Number(port) if port.as_i64() != Some(0) => Some(number(at(endpoint, "targetPort"))),
        _ => None,
    }
}

fn service_labels(origin: &Origin<'_>) -> Vec<Value> {
    let stem = origin.stem();
    let sources = [
        format!("__meta_kubernetes_{stem}_address_target_kind"),
        format!("__meta_kubernetes_{stem}_address_target_name"),
    ];
    let of = |kind: &str, target: &str| {
        json!({
            "source_labels": sources, "separator": ";", "regex": format!("{kind};(.*)"),
            "replacement": "${1}", "target_label": target,
        })
    };
    vec![
        of("Node", "node"),
        of("Pod", "pod"),
        copied("__meta_kubernetes_namespace", "namespace"),
        copied("__meta_kubernetes_service_name", "service"),
        copied("__meta_kubernetes_pod_name", "pod"),
        copied("__meta_kubernetes_pod_container_name", "container"),
    ]
}

/// `targetLabels` of the service, `podTargetLabels` of the pod, first the monitor's, then Prometheus'.
fn named_labels(origin: &Origin<'_>) -> Vec<Value> {
    let step = |object: &str, label: &str| {
        let name = sanitize(label);
        copied_if_there(&format!("__meta_kubernetes_{object}_label_{name}"), &name)
    };
    let of_service = texts(origin.spec(), "targetLabels").map(|label| step("service", label));
    let of_pod =
        texts(origin.spec(), "podTargetLabels").chain(texts(origin.workload.spec, "podTargetLabels"));
    of_service.chain(of_pod.map(|label| step("pod", label))).collect()
}

fn discovery(
    origin: &Origin<'_>,
    selector: &Selector,
    class: &Value,
    files: &mut Files,
) -> Result<Value, String> {
    let mut fields = Fields::default();
    let role = match origin.kind {
        Kind::PodMonitor => "pod",
        _ if origin.stem() == "endpointslice" => "endpointslice",
        _ => "endpoints",
    };
    fields.set("role", role);
    fields.put("namespaces", origin.namespaces(at(origin.spec(), "namespaceSelector")));
    origin
        .workload
        .api_server(origin.lookup, &mut fields, files)
        .map_err(|error| format!("apiserverConfig: {error}"))?;
    let wanted = selector.text();
    if text(origin.spec(), "selectorMechanism") == "RoleSelector" {
        let roles: &[&str] = if role == "pod" { &["pod"] } else { &[role, "service"] };
        let rows = roles.iter().map(|role| json!({"role": role, "label": wanted}));
        fields.set("selectors", rows.collect::<Vec<_>>());
    }
    let attached = [origin.spec(), class].map(|value| at(value, "attachMetadata"));
    if let Some(attached) = attached.into_iter().find(|attached| !attached.is_null()) {
        fields.set("attach_metadata", json!({"node": at(attached, "node") == &Value::Bool(true)}));
    }
    Ok(fields.value())
}

// === What all kinds share ===

impl<'a> Origin<'a> {
    pub(crate) fn spec(&self) -> &'a Value {
        at(self.object, "spec")
    }

    pub(crate) fn namespace(&self) -> &'a str {
        text(self.object, "metadata.namespace")
    }

    pub(crate) fn name(&self) -> &'a str {
        text(self.object, "metadata.name")
    }

    pub(crate) fn class(&self) -> Result<&'a Value, String> {
        let workload: &'a Workload<'a> = self.workload;
        workload.class(text(self.spec(), "scrapeClass")).map_err(|error| format!("spec.{error}"))
    }

    /// The stem of a service's endpoints in meta labels.
    fn stem(&self) -> &'static str {
        let own = text(self.spec(), "serviceDiscoveryRole");
        let role = if own.is_empty() { text(self.workload.spec, "serviceDiscoveryRole") } else { own };
        if self.workload.has_slices(role) { "endpointslice" } else { "endpoint" }
    }

    /// The `namespaces` of a discovery; null is everywhere.
    pub(crate) fn namespaces(&self, selector: &Value) -> Value {
        if self.workload.is_on("ignoreNamespaceSelectors") {
            return json!({"names": [self.namespace()]});
        }
        if at(selector, "any") == &Value::Bool(true) {
            return Value::Null;
        }
        match at(selector, "matchNames") {
            names if is_empty(names) => json!({"names": [self.namespace()]}),
            names => json!({"names": names}),
        }
    }

    /// The steps of a field of its own.
    pub(crate) fn steps(&self, own: &Value, field: &str) -> Result<Vec<Value>, String> {
        relabel::steps(items(own, field), field, self.workload.version)
    }

    /// The steps of its class.
    pub(crate) fn class_steps(&self, class: &Value, field: &str) -> Result<Vec<Value>, String> {
        self.steps(class, field).map_err(|error| format!("scrapeClass: {error}"))
    }

    /// The step that forces the namespace label.
    pub(crate) fn enforced(&self) -> Option<Value> {
        let (label, value) = self.workload.enforced(self.kind, self.namespace(), self.name())?;
        Some(fixed(label, value))
    }
}

/// Interval and timeout; the timeout must fit. `interval` is the field's name.
pub(crate) fn interval(
    workload: &Workload<'_>,
    value: &Value,
    interval: &str,
    fields: &mut Fields,
) -> Result<(), String> {
    fields.copy(value, &[("scrape_interval", interval), ("scrape_timeout", "scrapeTimeout")]);
    let (own, timeout) = (text(value, interval), text(value, "scrapeTimeout"));
    let every = if own.is_empty() { workload.scrape_interval() } else { own };
    if timeout.is_empty() {
        return Ok(());
    }
    let parse = |text: &str| model::Duration::parse(text).map_err(|error| error.to_string());
    if parse(timeout)? > parse(every)? {
        return Err(format!("scrapeTimeout: {timeout} is longer than the interval, {every}"));
    }
    Ok(())
}

/// Prometheus may override what a monitor says, or that it says nothing.
pub(crate) fn honor_timestamps(workload: &Workload<'_>, value: &Value, fields: &mut Fields) {
    let own = at(value, "honorTimestamps");
    if workload.is_on("overrideHonorTimestamps") {
        fields.set("honor_timestamps", false);
    } else {
        fields.keep_made("honor_timestamps", own.clone());
    }
}

/// Limits, protocols, native histograms.
pub(crate) fn common(origin: &Origin<'_>, class: &Value, fields: &mut Fields) -> Result<(), String> {
    let spec = origin.spec();
    for (ours, own, enforced) in LIMITS {
        fields.keep_made(ours, limit(origin.workload, at(spec, own), at(origin.workload.spec, enforced)));
    }
    fields.put("body_size_limit", body_size(origin)?);
    fields.copy(spec, &[("scrape_protocols", "scrapeProtocols")]);
    let fallback = [at(spec, "fallbackScrapeProtocol"), at(class, "fallbackScrapeProtocol")];
    fields.put(
        "fallback_scrape_protocol",
        fallback.into_iter().find(|p| !is_empty(p)).cloned().unwrap_or_default(),
    );
    for (ours, theirs) in HISTOGRAMS {
        let value = at(spec, theirs);
        match (theirs, crate::schema::quantity(value)) {
            ("nativeHistogramMinBucketFactor", Some(number)) => fields.set(ours, number),
            ("scrapeClassicHistograms", _) if origin.workload.version.major() < 3 => {
                fields.put("scrape_classic_histograms", value.clone());
            }
            _ => fields.put(ours, value.clone()),
        }
    }
    Ok(())
}

/// The smaller of the own and the enforced limit; 0 is none. Since 2.45 `global` sees to the enforced one where there
/// is no own one.
fn limit(workload: &Workload<'_>, own: &Value, enforced: &Value) -> Value {
    let number = |value: &Value| value.as_u64().filter(|number| *number > 0);
    match (number(own), number(enforced)) {
        (_, None) => own.clone(),
        (Some(own), Some(enforced)) => json!(own.min(enforced)),
        (None, Some(_)) if workload.version.has((2, 45, 0)) => Value::Null,
        (None, Some(enforced)) => json!(enforced),
    }
}

/// The smaller of the own and the enforced one; "0" is no limit and wins.
fn body_size(origin: &Origin<'_>) -> Result<String, String> {
    let own = text(origin.spec(), "bodySizeLimit");
    let enforced = text(origin.workload.spec, "enforcedBodySizeLimit");
    if own.is_empty() || enforced.is_empty() {
        return Ok(if own.is_empty() { enforced } else { own }.to_owned());
    }
    let bytes = |text: &str| {
        crate::schema::bytes(text).ok_or_else(|| format!("bodySizeLimit: \"{text}\" is no size"))
    };
    Ok(if bytes(own)? <= bytes(enforced)? { own } else { enforced }.to_owned())
}

/// The own TLS settings, their files filled up with the class'; the class' where there are none.
pub(crate) fn tls(
    origin: &Origin<'_>,
    credentials: &mut Credentials<'_>,
    own: &Value,
    class: &Value,
) -> Result<Value, String> {
    let theirs = at(class, "tlsConfig");
    // Only a ServiceMonitor's may name files, and may be empty.
    let is_none = own.is_null() || (is_empty(own) && origin.kind != Kind::ServiceMonitor);
    if is_none {
        let mut of_class = origin.workload.credentials(origin.lookup, origin.workload.namespace);
        of_class.may_name_files = true;
        let made = of_class.tls(theirs).map_err(|error| format!("scrapeClass: {error}"))?;
        credentials.files.append(&mut of_class.files);
        return Ok(made);
    }
    let mut made = credentials.tls(own)?;
    for (ours, file) in [("ca_file", "caFile"), ("cert_file", "certFile"), ("key_file", "keyFile")] {
        if made.get(ours).is_none() && !is_empty(at(theirs, file)) {
            made[ours] = at(theirs, file).clone();
        }
    }
    Ok(made)
}

/// The own authorization as it was made, with the class' credentials if it has none; else the class'.
pub(crate) fn authorization(origin: &Origin<'_>, own: Value, class: &Value) -> Result<Value, String> {
    let mut of_class = origin.workload.credentials(origin.lookup, origin.workload.namespace);
    of_class.may_name_files = true;
    let theirs = of_class.authorization(at(class, "authorization"), false);
    let theirs = theirs.map_err(|error| format!("scrapeClass: {error}"))?;
    let (Value::Object(mut own), Value::Object(theirs)) = (own.clone(), theirs.clone()) else {
        return Ok(if own.is_null() { theirs } else { own });
    };
    if !own.contains_key("credentials") {
        own.extend(theirs.into_iter().filter(|(name, _)| name != "type"));
    }
    Ok(Value::Object(own))
}

/// `metric_relabel_configs`: the class', the own, the enforced label.
pub(crate) fn metric_steps(
    origin: &Origin<'_>,
    class: &Value,
    own: &Value,
    fields: &mut Fields,
) -> Result<(), String> {
    let mut steps = origin.class_steps(class, "metricRelabelings")?;
    steps.extend(origin.steps(own, "metricRelabelings")?);
    steps.extend(origin.enforced());
    fields.put("metric_relabel_configs", steps);
    Ok(())
}
