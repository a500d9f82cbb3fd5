//! Recordings: raw scrapes with their times, to carry real metrics into support cases, demos and tests.
//!
//! # Format
//! A folder, or a `.tar.zst` of it. Each target has a folder `NAME/` with
//! - `labels.json`: the target's labels, `{"job": "…", "instance": "…"}`; may be missing,
//! - `index.jsonl`: a row per scrape, see [`RecordedScrape`],
//! - `<time_ms>.prom`: the bodies, byte for byte as sent.
//!
//! # Use
//! [`Recording::open`] reads one, [`RecordingWriter`] writes one. [`backfill`] appends every scrape at its own
//! time; [`Replay`] says which body a target serves at what time, and [`serve`] serves it; [`cut()`] makes a
//! smaller recording; [`record`] makes one of live targets.

mod archive;
mod backfill;
mod cut;
pub mod record;
mod replay;
pub mod serve;
mod write;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use model::{Labels, Timestamp};
use serde::{Deserialize, Serialize};

use archive::Bodies;
pub use backfill::{BackfillError, BackfillReport, Progress, backfill};
pub use cut::{CutOptions, CutReport, cut};
pub use replay::{Replay, Served};
pub use write::RecordingWriter;

/// Name of the file that lists a target's scrapes.
const INDEX: &str = "index.jsonl";
/// Name of the file that holds a target's labels.
const LABELS: &str = "labels.json";
/// What the path of a packed recording ends with.
const PACKED: &str = ".tar.zst";

/// A recording that can be read.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    targets: Vec<RecordedTarget>,
    bodies: Bodies,
}

/// A target of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedTarget {
    /// Its folder.
    pub name: String,
    /// Its labels after relabelling. Without a `labels.json`: `job` is the name, `instance` the URL's host.
    pub labels: Labels,
    /// Its scrapes, ascending in time.
    pub scrapes: Vec<RecordedScrape>,
}

/// A row of `index.jsonl`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordedScrape {
    /// When the scrape was due, in milliseconds since the epoch.
    pub time_ms: i64,
    /// What was fetched.
    #[serde(default)]
    pub url: String,
    /// The HTTP status; 0 if there was no answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub status: u16,
    /// The `Content-Type` of the answer, "" if it had none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content_type: String,
    /// Size of the body.
    #[serde(default)]
    pub bytes: u64,
    /// Name of the body's file; none if the scrape failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How long the scrape took, in milliseconds.
    #[serde(default)]
    pub duration_ms: f64,
    /// Why the scrape failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Why a recording could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// A file or folder.
    #[error("{path}: {reason}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A row or file that is no JSON of the format.
    #[error("{path}, line {line}: {message}")]
    Json {
        /// Which file.
        path: PathBuf,
        /// 1 for the first line.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A row that names a body that is not there.
    #[error("{path}: there is no body {file}")]
    NoBody {
        /// The target's folder.
        path: PathBuf,
        /// The body's file.
        file: String,
    },
    /// No folder holds an `index.jsonl`.
    #[error("{0}: no recording: there is no NAME/{INDEX} in it")]
    Empty(PathBuf),
    /// The archive is larger than we unpack.
    #[error("{path}: larger than {limit} bytes when unpacked; unpack it with tar and give the folder")]
    TooLarge {
        /// The archive.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// A target's name that cannot be a folder's.
    #[error(
        "target name \"{0}\": use letters, digits, \"-\", \"_\" and \".\", beginning with a letter or digit"
    )]
    BadName(String),
    /// The place for a new recording is taken.
    #[error("{0} is there already: give another path or remove it")]
    Exists(PathBuf),
}

// === impl Recording ===

impl Recording {
    /// Opens a folder or a `.tar.zst`. Bodies of a folder are read when they are needed; an archive is kept
    /// in memory, its bodies compressed one by one.
    pub fn open(path: &Path) -> Result<Recording, RecordingError> {
        let packed = path.to_string_lossy().ends_with(PACKED);
        let bodies = if packed { Bodies::unpack(path)? } else { Bodies::in_folder(path) };
        let mut targets = Vec::new();
        for name in bodies.targets()? {
            let Some(index) = bodies.read(&name, INDEX)? else { continue };
            let scrapes = read_index(&path.join(&name).join(INDEX), &index)?;
            let labels = match bodies.read(&name, LABELS)? {
                Some(text) => read_labels(&path.join(&name).join(LABELS), &text)?,
                None => default_labels(&name, &scrapes),
            };
            targets.push(RecordedTarget { name, labels, scrapes });
        }
        if targets.is_empty() {
            return Err(RecordingError::Empty(path.to_owned()));
        }
        targets.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Recording { path: path.to_owned(), targets, bodies })
    }

    /// The targets, sorted by name.
    pub fn targets(&self) -> &[RecordedTarget] {
        &self.targets
    }

    /// How many scrapes there are, failed ones included.
    pub fn scrapes(&self) -> usize {
        self.targets.iter().map(|target| target.scrapes.len()).sum()
    }

    /// Times of the first and the last scrape; none if there is no scrape.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let times = || self.targets.iter().flat_map(|target| &target.scrapes).map(|scrape| scrape.time_ms);
        Some((Timestamp(times().min()?), Timestamp(times().max()?)))
    }

    /// The body of a scrape, as it was sent; none if the scrape failed.
    pub fn body(
        &self,
        target: &RecordedTarget,
        scrape: &RecordedScrape,
    ) -> Result<Option<Vec<u8>>, RecordingError> {
        let Some(file) = &scrape.file else { return Ok(None) };
        let missing = || RecordingError::NoBody { path: self.path.join(&target.name), file: file.clone() };
        if !is_plain_name(file) {
            return Err(missing());
        }
        self.bodies.read(&target.name, file)?.map(Cow::into_owned).ok_or_else(missing).map(Some)
    }
}

impl RecordedScrape {
    /// When the scrape was due.
    pub fn time(&self) -> Timestamp {
        Timestamp(self.time_ms)
    }

    /// Whether a body came with status 200.
    pub fn succeeded(&self) -> bool {
        self.was_answered() && self.file.is_some()
    }

    /// Whether the target answered as it should, written to a file or not yet.
    pub fn was_answered(&self) -> bool {
        self.error.is_none() && self.status == 200
    }
}

fn is_zero(status: &u16) -> bool {
    *status == 0
}

/// Whether a name from a recording is a file's or folder's and no way out of it.
fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain)
}

fn read_index(path: &Path, text: &[u8]) -> Result<Vec<RecordedScrape>, RecordingError> {
    let mut scrapes = Vec::new();
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let scrape: RecordedScrape = serde_json::from_slice(line).map_err(|error| RecordingError::Json {
            path: path.to_owned(),
            line: number + 1,
            message: error.to_string(),
        })?;
        scrapes.push(scrape);
    }
    scrapes.sort_by_key(|scrape| scrape.time_ms);
    Ok(scrapes)
}

fn read_labels(path: &Path, text: &[u8]) -> Result<Labels, RecordingError> {
    let pairs: std::collections::BTreeMap<String, String> =
        serde_json::from_slice(text).map_err(|error| RecordingError::Json {
            path: path.to_owned(),
            line: error.line(),
            message: error.to_string(),
        })?;
    Ok(Labels::from_pairs(pairs))
}

fn default_labels(name: &str, scrapes: &[RecordedScrape]) -> Labels {
    let url = scrapes.first().map_or("", |scrape| scrape.url.as_str());
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    Labels::from_pairs([("job", name), ("instance", host)])
}

#[cfg(test)]
mod tests;
