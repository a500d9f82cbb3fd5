//! Which crate may use which: the ladder of ARCHITECTURE.md as a table.

use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;

use super::Finding;

/// Crate and the workspace crates it may use. A new edge is a change of design: argue it in the commit.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("stdx", &[]),
    ("gotmpl", &[]),
    ("dashboard", &["model"]),
    ("promql", &["model"]),
    ("tsdb", &["model", "stdx"]),
    ("cluster", &["stdx"]),
    ("scrape", &["model", "stdx", "cluster"]),
    ("rules", &["model", "promql", "gotmpl", "stdx"]),
    ("notify", &["model", "gotmpl", "stdx"]),
    ("kube-metrics", &["stdx"]),
    ("monitors", &["model", "promql", "rules", "stdx"]),
    ("server", &["model", "stdx", "gotmpl", "dashboard", "promql", "tsdb", "scrape", "rules", "notify"]),
    (
        "weir",
        &[
            "model",
            "stdx",
            "gotmpl",
            "dashboard",
            "promql",
            "tsdb",
            "cluster",
            "scrape",
            "rules",
            "notify",
            "kube-metrics",
            "monitors",
            "server",
        ],
    ),
    ("xtask", &[]),
];

/// Engines are synchronous: no runtime, no sockets.
const ENGINES: &[&str] = &["model", "gotmpl", "dashboard", "promql", "tsdb"];
/// What an engine must not name among its own dependencies.
const SHELL_LIBRARIES: &[&str] = &["tokio", "hyper", "axum", "http", "hyper-util"];

pub(crate) fn check(root: &Path) -> Result<Vec<Finding>> {
    let metadata = MetadataCommand::new()
        .current_dir(root)
        .no_deps()
        .exec()
        .context("cargo metadata failed: does `cargo check` work?")?;
    let mut findings = Vec::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let place = format!("{name}/Cargo.toml");
        let Some((_, allowed)) = EDGES.iter().find(|(listed, _)| *listed == name) else {
            findings.push(Finding::new(place, "the crate is not in the table of xtask/src/tidy/edges.rs"));
            continue;
        };
        for dependency in &package.dependencies {
            let used = dependency.name.as_str();
            let ours = dependency.path.is_some();
            if ours && !allowed.contains(&used) {
                findings
                    .push(Finding::new(&place, format!("{name} must not use {used}: see EDGES in xtask")));
            }
            if ENGINES.contains(&name) && SHELL_LIBRARIES.contains(&used) {
                findings.push(Finding::new(&place, format!("{name} is an engine and must not know {used}")));
            }
        }
    }
    Ok(findings)
}
