//! Files that are there as a whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

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

#[cfg(test)]
mod tests {
    use super::*;

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
