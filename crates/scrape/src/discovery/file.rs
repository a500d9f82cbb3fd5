//! Files that list targets: read when they change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration as StdDuration, Instant, SystemTime};

use model::Duration;

use super::shape::StaticShape;
use super::{MAX_LIST_BYTES, Post, TargetGroup};

/// How often the files' times and sizes are looked at.
const POLL: StdDuration = StdDuration::from_secs(1);
/// The most files of one entry.
const MAX_FILES: usize = 10_000;

/// An entry of `file_sd_configs`.
#[derive(Clone, Debug, PartialEq)]
pub struct FileConfig {
    /// Absolute paths; `*` may stand once in the last part.
    pub files: Vec<PathBuf>,
    /// How often files are read even if they seem unchanged.
    pub refresh_interval: Duration,
}

/// What a file looked like, and what it held.
#[derive(Debug)]
struct Seen {
    stamp: Option<(SystemTime, u64)>,
    groups: Vec<TargetGroup>,
}

/// All files of one entry.
#[derive(Debug)]
struct Files {
    config: FileConfig,
    seen: BTreeMap<PathBuf, Seen>,
    read_all_at: Option<Instant>,
}

/// Follows the files for ever. They are small and local: looking at them is left to a blocking thread.
pub(super) async fn follow(config: FileConfig, post: Post) {
    let mut files = Files { config, seen: BTreeMap::new(), read_all_at: None };
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut answered = false;
    loop {
        poll.tick().await;
        let reader = post.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let changed = files.look(&reader);
            (files, changed)
        });
        // It fails only if the runtime ends.
        let Ok((back, changed)) = looked.await else { return };
        files = back;
        if changed || !answered {
            answered = true;
            post.found(files.seen.values().flat_map(|seen| seen.groups.iter().cloned()).collect());
        }
    }
}

impl Files {
    /// Reads what is new or changed; whether anything was.
    fn look(&mut self, post: &Post) -> bool {
        let every = self.config.refresh_interval.to_std();
        let all = self.read_all_at.is_none_or(|at| at.elapsed() >= every);
        if all {
            self.read_all_at = Some(Instant::now());
        }
        let paths = self.paths();
        let known = self.seen.len();
        self.seen.retain(|path, _| paths.contains(path));
        let mut changed = self.seen.len() != known;
        for path in paths {
            let stamp = std::fs::metadata(&path).ok().and_then(|of| Some((of.modified().ok()?, of.len())));
            let before = self.seen.get(&path);
            if before.is_some_and(|seen| seen.stamp == stamp && !all) {
                continue;
            }
            match read(&path) {
                Ok(groups) => {
                    changed |= before.is_none_or(|seen| seen.groups != groups);
                    self.seen.insert(path, Seen { stamp, groups });
                }
                Err(error) => {
                    post.failed("file", &error);
                    // What it held before stays; it is read again when it changes.
                    self.seen.entry(path).or_insert(Seen { stamp: None, groups: Vec::new() }).stamp = stamp;
                }
            }
        }
        changed
    }

    fn paths(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self.config.files.iter().flat_map(|pattern| expand(pattern)).collect();
        paths.sort();
        paths.dedup();
        paths.truncate(MAX_FILES);
        paths
    }
}

/// A plain path stands for itself, so that its absence is told.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    if !pattern.to_string_lossy().contains(['*', '?', '[']) {
        return vec![pattern.to_owned()];
    }
    let mut paths = stdx::files::expand(pattern).unwrap_or_default();
    paths.truncate(MAX_FILES);
    paths
}

fn read(path: &Path) -> Result<Vec<TargetGroup>, String> {
    let shown = path.display().to_string();
    let text = text(path).map_err(|error| format!("{shown}: {error}"))?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let shapes: Vec<StaticShape> = if is_json {
        serde_json::from_str(&text).map_err(|error| format!("{shown}: {error}"))?
    } else if text.trim().is_empty() {
        Vec::new()
    } else {
        stdx::yaml::from_str(&text, &shown).map_err(|error| error.to_string())?
    };
    groups(&shapes, &shown)
}

fn text(path: &Path) -> std::io::Result<String> {
    if std::fs::metadata(path)?.len() > MAX_LIST_BYTES {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    std::fs::read_to_string(path)
}

fn groups(shapes: &[StaticShape], shown: &str) -> Result<Vec<TargetGroup>, String> {
    let group = |(index, shape): (usize, &StaticShape)| {
        let mut group =
            shape.group(format!("{shown}:{index}")).map_err(|error| format!("{shown}: {error}"))?;
        group.labels = group.labels.with("__meta_filepath", shown);
        Ok(group)
    };
    shapes.iter().enumerate().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.json", "b.json", "b.yml", "json"] {
            std::fs::write(folder.path().join(name), "[]").unwrap();
        }
        let mut found = expand(&folder.path().join("*.json"));
        found.sort();
        assert_eq!(found, [folder.path().join("a.json"), folder.path().join("b.json")]);
        assert!(expand(Path::new("/no/such/*.json")).is_empty());
    }

    #[test]
    fn lists_are_json_or_yaml() {
        let folder = tempfile::tempdir().unwrap();
        let check = |name: &str, text: &str, expected: Result<usize, &str>| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            match (read(&path), expected) {
                (Ok(groups), Ok(count)) => {
                    assert_eq!(groups.iter().map(|g| g.targets.len()).sum::<usize>(), count, "{text}");
                    assert!(groups.iter().all(|g| g.labels.get("__meta_filepath") == path.to_string_lossy()));
                }
                (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
                (got, _) => panic!("{text}: {got:?}"),
            }
        };
        check("a.json", r#"[{"targets": ["a:1", "b:2"], "labels": {"zone": "x"}}]"#, Ok(2));
        check("a.yml", "- targets: ['a:1']\n  labels: {zone: x}\n", Ok(1));
        check("b.yml", "", Ok(0));
        check("b.json", r#"[{"target": ["a:1"]}]"#, Err("unknown field"));
        check("c.yml", "- targts: ['a:1']\n", Err("did you mean \"targets\"?"));
    }
}
