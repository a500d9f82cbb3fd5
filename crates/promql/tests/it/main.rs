//! The engine against data measured elsewhere, which are not part of this repository.
#![expect(clippy::print_stderr, reason = "a test says what it skipped")]

mod conformance;
mod hostile;

use std::path::PathBuf;

/// A path below the folder of shared test data; none, and a line saying so, if it is not there.
fn shared(path: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let found = std::env::var_os("WEIR_SHARED").map_or_else(beside, PathBuf::from).join(path);
    if !found.exists() {
        eprintln!("skipped: {} is absent", found.display());
        return None;
    }
    Some(found)
}
