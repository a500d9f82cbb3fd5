//! Holds the tree to the rules of STYLE.md: layers, sizes, forbidden words.
//!
//! Each check is a function from the tree to findings; all findings are printed, then the run fails.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

mod edges;
mod sizes;
mod words;

/// One breach of a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// `path` or `path:line`.
    pub(crate) place: String,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

/// One tracked text file.
pub(crate) struct SourceFile {
    /// Path from the root, with forward slashes.
    pub(crate) path: String,
    /// The whole text.
    pub(crate) text: String,
}

pub(crate) fn run(root: &Path) -> Result<()> {
    let files = tracked_files(root)?;
    let mut findings = edges::check(root)?;
    findings.extend(sizes::check(&files));
    findings.extend(words::check(&files));
    for finding in &findings {
        report(&format!("{}: {}", finding.place, finding.message));
    }
    if !findings.is_empty() {
        bail!("tidy: {} findings in {} files", findings.len(), files.len());
    }
    report(&format!("tidy: {} files, no findings", files.len()));
    Ok(())
}

impl Finding {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding { place: place.into(), message: message.into() }
    }
}

/// Files that git tracks, and those that it does not ignore, as far as they are UTF-8.
fn tracked_files(root: &Path) -> Result<Vec<SourceFile>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("tidy runs git ls-files: is git installed, and is this a checkout?")?;
    let names = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
    let mut files = Vec::new();
    for path in names.split('\0').filter(|name| !name.is_empty()) {
        // A file that is deleted but not yet committed, or one that is no text, has no rules to keep.
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            files.push(SourceFile { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

#[expect(clippy::print_stdout, reason = "a command-line tool speaks to its user on standard output")]
fn report(line: &str) {
    println!("{line}");
}
