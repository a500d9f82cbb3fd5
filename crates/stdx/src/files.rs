//! Files that are there as a whole or not at all, and files by pattern.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path` through a neighbour file that is synced, then renamed over it; the directory is
/// synced too, so that after a crash either the old or the new file is there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".tmp");
    let temporary = parent.join(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    File::open(parent)?.sync_all()
}

/// The files that a pattern names, sorted: `*` and `?` are any characters, `[a-z]` is a class, in any part of the
/// path. None where nothing matches.
///
/// # Errors
/// The pattern is malformed; the text says where.
pub fn expand(pattern: &Path) -> Result<Vec<PathBuf>, String> {
    let text = pattern.to_str().ok_or_else(|| format!("{}: not UTF-8", pattern.display()))?;
    let found = glob::glob(text).map_err(|error| format!("{text}: {error}"))?;
    // A folder that may not be read holds nothing for us, as with Go's filepath.Glob.
    Ok(found.flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_files() {
        let dir = std::env::temp_dir().join(format!("stdx-patterns-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("sub")).expect("temporary directory");
        for name in ["a.json", "b.json", "b.yml", "json", "sub/c.json"] {
            std::fs::write(dir.join(name), "[]").expect("written");
        }
        let found = |pattern: &str| -> Vec<String> {
            let paths = expand(&dir.join(pattern)).expect("a pattern");
            paths.iter().filter_map(|p| p.strip_prefix(&dir).ok()?.to_str().map(str::to_owned)).collect()
        };
        assert_eq!(found("*.json"), ["a.json", "b.json"]);
        assert_eq!(found("*/c.*"), ["sub/c.json"]);
        assert_eq!(found("[b-c].?ml"), ["b.yml"]);
        assert!(found("no/such/*.json").is_empty());
        assert!(expand(Path::new("a[")).is_err());
        std::fs::remove_dir_all(&dir).expect("clean up");
        // Without a folder a pattern is relative to where the process runs.
        assert_eq!(expand(Path::new("Cargo.tom*")), Ok(vec![PathBuf::from("Cargo.toml")]));
    }

    #[test]
    fn replaces_the_whole_file() {
        let dir = std::env::temp_dir().join(format!("stdx-files-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("temporary directory");
        let path = dir.join("a");
        write_atomically(&path, b"long text").expect("first write");
        write_atomically(&path, b"x").expect("second write");
        assert_eq!(std::fs::read(&path).expect("read"), b"x");
        std::fs::remove_dir_all(&dir).expect("clean up");
    }
}
