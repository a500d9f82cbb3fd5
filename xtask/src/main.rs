//! Automation of the house: `cargo xtask tidy`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

mod tidy;

fn main() -> Result<()> {
    let root = workspace_root()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("tidy") => tidy::run(&root),
        other => bail!("usage: cargo xtask tidy (got {})", other.unwrap_or("nothing")),
    }
}

fn workspace_root() -> Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(manifest.parent().context("xtask has no parent folder")?.to_path_buf())
}
