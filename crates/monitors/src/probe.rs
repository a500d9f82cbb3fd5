//! Probe: a prober is asked about each target.

use serde_json::{Value, json};

use crate::credentials::{Credentials, Files};
use crate::monitor::{self, Jobs, Origin};
use crate::read::{Fields, at, entries, items, text};
use crate::relabel::{self, copied, fixed};
use crate::selector::Selector;

/// The job of a Probe.
pub(crate) fn jobs(origin: &Origin<'_>) -> Result<Jobs, String> {
    let spec = origin.spec();
    let named = |error: String| format!("spec.{error}");
    let class = origin.class()?;
    let mut credentials = origin.workload.credentials(origin.lookup, origin.namespace());
    credentials.may_name_files = !origin.workload.denies_files();
    crate::url::check_host(text(spec, "prober.url")).map_err(|error| format!("spec.prober.url: {error}"))?;
    let mut fields = Fields::default();
    fields.set("job_name", format!("probe/{}/{}", origin.namespace(), origin.name()));
    fields.set("honor_timestamps", !origin.workload.is_on("overrideHonorTimestamps"));
    let path = text(spec, "prober.path");
    fields.set("metrics_path", if path.is_empty() { "/probe" } else { path });
    monitor::interval(origin.workload, spec, "interval", &mut fields).map_err(named)?;
    fields.put("scheme", text(spec, "prober.scheme").to_lowercase());
    fields.put("params", params(spec));
    credentials.proxy(at(spec, "prober"), &mut fields).map_err(named)?;
    fields.copy(spec, &[("follow_redirects", "followRedirects"), ("enable_http2", "enableHttp2")]);
    let mut steps = vec![relabel::first()];
    let job = text(spec, "jobName");
    if !job.is_empty() {
        steps.push(fixed("job", job));
    }
    steps.extend(targets(origin, &mut fields, &mut credentials.files).map_err(named)?);
    steps.push(copied("__param_target", "instance"));
    steps.push(fixed("__address__", text(spec, "prober.url")));
    let tls = monitor::tls(origin, &mut credentials, at(spec, "tlsConfig"), class);
    fields.keep_made("tls_config", tls.map_err(named)?);
    fields.keep_made("bearer_token", bearer(spec, &credentials).map_err(named)?);
    fields.put("basic_auth", credentials.basic(at(spec, "basicAuth")).map_err(named)?);
    fields.put("oauth2", credentials.oauth2(at(spec, "oauth2")).map_err(named)?);
    let own = credentials.lenient_authorization(at(spec, "authorization")).map_err(named)?;
    fields.put("authorization", monitor::authorization(origin, own, class).map_err(named)?);
    monitor::common(origin, class, &mut fields).map_err(named)?;
    steps.extend(origin.class_steps(class, "relabelings").map_err(named)?);
    steps.extend(own_steps(origin)?);
    steps.extend(origin.enforced());
    fields.set("relabel_configs", steps);
    monitor::metric_steps(origin, class, spec, &mut fields).map_err(named)?;
    Ok((vec![fields.value()], credentials.files))
}

/// Where the field is there, its Secret must be.
fn bearer(spec: &Value, credentials: &Credentials<'_>) -> Result<Value, String> {
    let selector = at(spec, "bearerTokenSecret");
    if !selector.is_null() && text(selector, "name").is_empty() {
        return Err(
            "bearerTokenSecret: no Secret is named; give name and key, or remove the field".to_owned()
        );
    }
    credentials.bearer(selector)
}

/// The steps of the targets that count. Those of the others must be valid too.
fn own_steps(origin: &Origin<'_>) -> Result<Vec<Value>, String> {
    let spec = origin.spec();
    for name in ["staticConfig", "ingress"] {
        let made = origin.steps(at(spec, &format!("targets.{name}")), "relabelingConfigs");
        made.map_err(|error| format!("spec.targets.{name}.{error}"))?;
    }
    origin.steps(own_targets(spec), "relabelingConfigs")
}

/// Static targets win over those of an Ingress.
fn own_targets(spec: &Value) -> &Value {
    match at(spec, "targets.staticConfig") {
        Value::Null => at(spec, "targets.ingress"),
        fixed => fixed,
    }
}

fn targets(origin: &Origin<'_>, fields: &mut Fields, files: &mut Files) -> Result<Vec<Value>, String> {
    let own = own_targets(origin.spec());
    if own.is_null() {
        return Err("targets: staticConfig or ingress is needed".to_owned());
    }
    if !at(origin.spec(), "targets.staticConfig").is_null() {
        let mut labels = serde_json::Map::new();
        if let Some((name, _)) =
            entries(own, "labels").find(|(name, _)| !origin.workload.version.allows_label(name))
        {
            return Err(format!("targets.staticConfig.labels: \"{name}\" is no name of a label"));
        }
        labels.insert("namespace".to_owned(), Value::String(origin.namespace().to_owned()));
        labels.extend(entries(own, "labels").map(|(name, value)| (name.to_owned(), value.clone())));
        fields.set("static_configs", json!([{"targets": items(own, "static"), "labels": labels}]));
        return Ok(vec![copied("__address__", "__param_target")]);
    }
    let selector =
        Selector::read(at(own, "selector")).map_err(|error| format!("targets.ingress.selector.{error}"))?;
    let mut discovery = Fields::default();
    discovery.set("role", "ingress");
    discovery.put("namespaces", origin.namespaces(at(own, "namespaceSelector")));
    origin.workload.api_server(origin.lookup, &mut discovery, files)?;
    fields.set("kubernetes_sd_configs", json!([discovery.value()]));
    let mut steps = selector.steps("ingress");
    let sources = ["__meta_kubernetes_ingress_scheme", "__address__", "__meta_kubernetes_ingress_path"];
    steps.push(json!({
        "source_labels": sources, "separator": ";", "regex": "(.+);(.+);(.+)",
        "target_label": "__param_target", "replacement": "${1}://${2}${3}", "action": "replace",
    }));
    steps.push(copied("__meta_kubernetes_namespace", "namespace"));
    steps.push(copied("__meta_kubernetes_ingress_name", "ingress"));
    steps.push(json!({
        "source_labels": ["__address__"], "separator": ";", "regex": "(.*)",
        "target_label": "__tmp_ingress_address", "replacement": "$1", "action": "replace",
    }));
    Ok(steps)
}

fn params(spec: &Value) -> Value {
    let mut params = Fields::default();
    let module = text(spec, "module");
    if !module.is_empty() {
        params.set("module", json!([module]));
    }
    // A parameter of that name is passed over where there is a module.
    for row in items(spec, "params").iter().filter(|row| module.is_empty() || text(row, "name") != "module") {
        params.set(text(row, "name"), json!(items(row, "values")));
    }
    params.value()
}
