//! `weir kube-metrics render`: what kube-state-metrics would show of objects in files.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use kube_metrics::{Options, render_command};

use crate::cli::RenderFlags;
use crate::console;

pub(super) fn render(flags: &RenderFlags) -> Result<ExitCode> {
    let given = flags.given();
    let read = |path: &str| std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let options = Options::parse(given.iter().map(String::as_str), &read)
        .map_err(|faults| anyhow!(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    let mut files = Vec::new();
    for path in &flags.files {
        files.push((path.display().to_string(), text(path)?));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    console::text(&render_command(&files, &options)?);
    Ok(ExitCode::SUCCESS)
}

/// A file's text; `-` is standard input.
pub(super) fn text(path: &Path) -> Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
    } else {
        text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    }
    Ok(text)
}
