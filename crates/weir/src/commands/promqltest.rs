//! `weir promqltest`: runs PromQL test scripts.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use promql::promqltest::{Report, run as run_script};

use crate::cli::PromqltestFlags;
use crate::console;

/// Deeply nested expressions need room on the stack.
const STACK_BYTES: usize = 64 << 20;

pub(super) fn run(flags: &PromqltestFlags) -> Result<ExitCode> {
    let mut total = Report::default();
    for path in scripts(&flags.paths)? {
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let name = path.display().to_string();
        let worker = std::thread::Builder::new().stack_size(STACK_BYTES);
        let report = worker.spawn(move || run_script(&name, &text)).context("no thread can be started")?;
        let report = report.join().map_err(|_| anyhow::anyhow!("{}: the runner panicked", path.display()))?;
        if !flags.quiet {
            report.failures.iter().for_each(|failure| console::line(&failure.to_string()));
        }
        total.add(report);
    }
    console::line(&total.to_string());
    Ok(if total.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Files as they are named; of folders their *.test files, sorted.
fn scripts(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).with_context(|| path.display().to_string())?;
        let is_script = |path: &Path| path.extension().is_some_and(|end| end == "test");
        let mut inside: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| is_script(p)).collect();
        inside.sort();
        anyhow::ensure!(!inside.is_empty(), "{}: no *.test file in this folder", path.display());
        found.extend(inside);
    }
    Ok(found)
}
