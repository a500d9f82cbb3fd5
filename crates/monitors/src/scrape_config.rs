//! ScrapeConfig: a job that says itself what it discovers.

use serde_json::{Value, json};

use crate::monitor::{self, Jobs, Origin};
use crate::read::{Fields, at, items, text};
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
    monitor::honor_timestamps(origin.workload, spec, &mut fields);
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
    let authorization = monitor::authorization(origin, &credentials, at(spec, "authorization"), class);
    fields.put("authorization", authorization.map_err(named)?);
    fields.put(
        "tls_config",
        monitor::tls(origin, &mut credentials, at(spec, "tlsConfig"), class).map_err(named)?,
    );
    monitor::common(origin, class, &mut fields).map_err(named)?;
    for (ours, theirs) in [
        ("metric_name_validation_scheme", "nameValidationScheme"),
        ("metric_name_escaping_scheme", "nameEscapingScheme"),
    ] {
        fields.put(ours, text(spec, theirs).to_lowercase());
    }
    for (name, value) in spec.as_object().into_iter().flatten() {
        if let Some(kind) = name.strip_suffix("SDConfigs") {
            let ours = format!("{}_sd_configs", crate::convert::snake(kind));
            fields.put(&ours, sd::list(name, value, &mut credentials).map_err(named)?);
        }
    }
    let fixed: Vec<Value> = items(spec, "staticConfigs").iter().map(fixed).collect();
    fields.put("static_configs", fixed);
    fields.set("relabel_configs", steps(origin, class).map_err(named)?);
    monitor::metric_steps(origin, class, spec, &mut fields).map_err(named)?;
    Ok((vec![fields.value()], credentials.files))
}

fn fixed(row: &Value) -> Value {
    let labels = if at(row, "labels").is_null() { json!({}) } else { at(row, "labels").clone() };
    json!({"targets": items(row, "targets"), "labels": labels})
}

/// The enforced label is set on targets only where there are relabelings, as the operator does it; it is set on
/// metrics always.
fn steps(origin: &Origin<'_>, class: &Value) -> Result<Vec<Value>, String> {
    let spec = origin.spec();
    let mut steps = vec![relabel::first()];
    steps.extend(monitor::class_steps(class, "relabelings")?);
    let job = text(spec, "jobName");
    if !job.is_empty() {
        steps.push(json!({"target_label": "job", "action": "replace", "replacement": job}));
    }
    let own = relabel::steps(items(spec, "relabelings"), "relabelings")?;
    if !own.is_empty() {
        steps.extend(own);
        steps.extend(origin.enforced());
    }
    Ok(steps)
}
