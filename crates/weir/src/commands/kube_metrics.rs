//! `weir kube-metrics render`: what kube-state-metrics would show of objects in files.

use std::io::Read;
use std::path::{Path, PathBuf};
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
    let (files, mut is_whole) = texts(&flags.files);
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (exposition, faults) = render_command(&files, &options);
    console::text(&exposition);
    for fault in &faults {
        console::error(&fault.to_string());
        is_whole = false;
    }
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Names and texts of the files that can be read, and whether all can; the others are told of.
pub(super) fn texts(paths: &[PathBuf]) -> (Vec<(String, String)>, bool) {
    let (mut found, mut is_whole) = (Vec::new(), true);
    for path in paths {
        match text(path) {
            Ok(text) => found.push((path.display().to_string(), text)),
            Err(error) => {
                console::error(&format!("{error:#}"));
                is_whole = false;
            }
        }
    }
    (found, is_whole)
}

/// A file's text; `-` is standard input.
fn text(path: &Path) -> Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
    } else {
        text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    }
    Ok(text)
}
