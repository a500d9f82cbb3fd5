//! Jobs that objects mean, as settings; an object with a job that cannot be read is refused as a whole.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use monitors::{Outcome, Rendered};
use scrape::config::JobSettings;
use serde_json::{Value, json};

use super::fingerprint;
use crate::config;

/// Jobs by the fingerprint of their text, so that only changed ones are read anew.
pub(super) type KnownJobs = HashMap<u64, Result<Arc<JobSettings>, String>>;

/// Reads all jobs; those that have not changed are taken from `known`.
pub(super) fn read(
    rendered: &mut Rendered,
    known: &mut KnownJobs,
    kubeconfig: Option<&Path>,
) -> Vec<Arc<JobSettings>> {
    let (mut jobs, mut refused, mut seen) = (Vec::new(), BTreeMap::new(), HashMap::new());
    let config = rendered.config.as_ref();
    let global = config.and_then(|config| config.get("global")).cloned().unwrap_or(json!({}));
    let all = config.and_then(|config| config.get("scrape_configs")).and_then(Value::as_array);
    for job in all.into_iter().flatten() {
        let name = job.get("job_name").and_then(Value::as_str).unwrap_or("").to_owned();
        let text = json!({"global": global, "scrape_configs": [reached(job, kubeconfig)]}).to_string();
        let mark = fingerprint(&text);
        let read = known.remove(&mark).unwrap_or_else(|| one(&text));
        match &read {
            Ok(settings) => jobs.push(Arc::clone(settings)),
            Err(error) => {
                refused.insert(name, error.clone());
            }
        }
        seen.insert(mark, read);
    }
    *known = seen;
    refuse(rendered, &mut jobs, &refused);
    jobs
}

fn one(text: &str) -> Result<Arc<JobSettings>, String> {
    let loaded = config::read(text, "", Path::new(".")).map_err(|error| {
        let plain = |line: &String| line.trim_start_matches(": ").trim_start_matches("line 1: ").to_owned();
        error.0.iter().map(plain).collect::<Vec<_>>().join("; ")
    })?;
    loaded.jobs.into_iter().next().ok_or_else(|| "no job was made".to_owned())
}

/// Discovery asks the server that the objects came from.
pub(super) fn reached(job: &Value, kubeconfig: Option<&Path>) -> Value {
    let mut job = job.clone();
    let Some(path) = kubeconfig else { return job };
    let entries = job.get_mut("kubernetes_sd_configs").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten().filter_map(Value::as_object_mut) {
        if !entry.contains_key("api_server") {
            entry.insert("kubeconfig_file".to_owned(), json!(path));
        }
    }
    job
}

/// Takes away all jobs of the objects that have a refused one.
fn refuse(rendered: &mut Rendered, jobs: &mut Vec<Arc<JobSettings>>, refused: &BTreeMap<String, String>) {
    let mut gone: BTreeSet<String> = refused.keys().cloned().collect();
    for verdict in &mut rendered.verdicts {
        let Outcome::Accepted(names) = &verdict.outcome else { continue };
        let reasons: Vec<&str> =
            names.iter().filter_map(|name| refused.get(name)).map(String::as_str).collect();
        if !reasons.is_empty() {
            gone.extend(names.iter().cloned());
            verdict.outcome = Outcome::Refused(reasons.join("; "));
        }
    }
    jobs.retain(|job| !gone.contains(&job.name));
}

/// Writes the TLS files that the jobs name, for nobody else to read; others go.
pub(super) fn write_files(folder: &Path, files: &BTreeMap<String, Vec<u8>>) {
    if files.is_empty() && !folder.exists() {
        return;
    }
    let written = std::fs::create_dir_all(folder).and_then(|()| {
        for entry in std::fs::read_dir(folder)?.flatten() {
            if !files.contains_key(&entry.path().display().to_string()) {
                std::fs::remove_file(entry.path())?;
            }
        }
        files.iter().try_for_each(|(path, content)| write(Path::new(path), content))
    });
    if let Err(error) = written {
        tracing::error!(%error, folder = %folder.display(), "TLS files of monitors cannot be written");
    }
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if std::fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(content)
}
