//! ScrapeConfig: a job that says itself what it discovers.

use serde_json::{Value, json};

use crate::monitor::{self, Jobs, Origin};
use crate::read::{Fields, at, entries, items, text};
use crate::relabel;
use crate::sd;

/// The job of a ScrapeConfig.
pub(crate) fn jobs(origin: &Origin<'_>) -> Result<Jobs, String> {
    let spec = origin.spec();
    let named = |error: String| format!("spec.{error}");
    let class = origin.class()?;
    let mut credentials = origin.workload.credentials(origin.lookup, origin.namespace());
    credentials.may_name_files = true;
    let mut fields = Fields::default();
    fields.set("job_name", format!("scrapeConfig/{}/{}", origin.namespace(), origin.name()));
    // What it does not say is not overridden.
    if !at(spec, "honorTimestamps").is_null() {
        monitor::honor_timestamps(origin.workload, spec, &mut fields);
    }
    fields.copy(spec, &[("track_timestamps_staleness", "trackTimestampsStaleness")]);
    if let Value::Bool(honors) = at(spec, "honorLabels") {
        fields.set("honor_labels", *honors && !origin.workload.is_on("overrideHonorLabels"));
    }
    let rows = [
        ("metrics_path", "metricsPath"),
        ("params", "params"),
        ("enable_compression", "enableCompression"),
        ("enable_http2", "enableHTTP2"),
    ];
    fields.copy(spec, &rows);
    monitor::interval(origin.workload, spec, "scrapeInterval", &mut fields).map_err(named)?;
    fields.put("scheme", text(spec, "scheme").to_lowercase());
    credentials.proxy(spec, &mut fields).map_err(named)?;
    fields.put("basic_auth", credentials.basic(at(spec, "basicAuth")).map_err(named)?);
    fields.put("oauth2", credentials.oauth2(at(spec, "oauth2")).map_err(named)?);
    let own = credentials.lenient_authorization(at(spec, "authorization")).map_err(named)?;
    fields.put("authorization", monitor::authorization(origin, own, class).map_err(named)?);
    let tls = monitor::tls(origin, &mut credentials, at(spec, "tlsConfig"), class);
    fields.keep_made("tls_config", tls.map_err(named)?);
    monitor::common(origin, class, &mut fields).map_err(named)?;
    names(spec, &mut fields);
    for (name, value) in spec.as_object().into_iter().flatten() {
        if let Some(ours) = sd::field(name) {
            let made = sd::list(name, value, &mut credentials, origin.workload.version);
            fields.put(&ours, made.map_err(named)?);
        }
    }
    let fixed = items(spec, "staticConfigs").iter().enumerate().map(|(i, row)| fixed(origin, i, row));
    fields.put("static_configs", fixed.collect::<Result<Vec<Value>, String>>()?);
    fields.set("relabel_configs", steps(origin, class).map_err(named)?);
    monitor::metric_steps(origin, class, spec, &mut fields).map_err(named)?;
    Ok((vec![fields.value()], credentials.files))
}

/// Which names of metrics are taken, and how they are asked for.
pub(crate) fn names(spec: &Value, fields: &mut Fields) {
    fields.put("metric_name_validation_scheme", text(spec, "nameValidationScheme").to_lowercase());
    let escaping = match text(spec, "nameEscapingScheme") {
        "AllowUTF8" => "allow-utf-8".to_owned(),
        other => other.to_lowercase(),
    };
    fields.put("metric_name_escaping_scheme", escaping);
}

fn fixed(origin: &Origin<'_>, i: usize, row: &Value) -> Result<Value, String> {
    let bad = entries(row, "labels").find(|(name, _)| !origin.workload.version.allows_label(name));
    if let Some((name, _)) = bad {
        return Err(format!("spec.staticConfigs[{i}].labels: \"{name}\" is no name of a label"));
    }
    let labels = if at(row, "labels").is_null() { json!({}) } else { at(row, "labels").clone() };
    Ok(json!({"targets": items(row, "targets"), "labels": labels}))
}

/// The enforced label is set on targets only where there are relabelings, as the operator does it; it is set on
/// metrics always.
fn steps(origin: &Origin<'_>, class: &Value) -> Result<Vec<Value>, String> {
    let spec = origin.spec();
    let mut steps = vec![relabel::first()];
    steps.extend(origin.class_steps(class, "relabelings")?);
    let job = text(spec, "jobName");
    if !job.is_empty() {
        steps.push(json!({"target_label": "job", "action": "replace", "replacement": job}));
    }
    let own = origin.steps(spec, "relabelings")?;
    if !own.is_empty() {
        steps.extend(own);
        steps.extend(origin.enforced());
    }
    Ok(steps)
}
