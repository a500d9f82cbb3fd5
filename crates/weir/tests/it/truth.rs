//! Real Prometheus' answers over the recordings: every float query agrees.

use std::path::Path;
use std::process::Command;

use crate::harness::{Weir, shared, slow};

/// Backfills a recording into an empty store, then asks all its queries.
fn compare(recording: &str, files: &[&str]) {
    let Some(path) = shared(&format!("recordings/{recording}.tar.zst")) else { return };
    let files: Vec<_> = files
        .iter()
        .filter_map(|f| shared(&format!("conformance/real-queries/{recording}-{f}.jsonl.zst")))
        .collect();
    let dir = tempfile::tempdir().expect("a folder");
    run(dir.path(), &["replay", &path.display().to_string(), "--backfill", "--storage.tsdb.path=data"]);
    let config = "scrape_configs: []\n";
    let weir = Weir::start(dir.path(), Some(config), &["--storage.tsdb.retention.time=100y"]);
    let url = format!("--url=http://127.0.0.1:{}", weir.port);
    let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
    let mut arguments = vec!["compare-queries", url.as_str()];
    arguments.extend(names.iter().map(String::as_str));
    let printed = run(dir.path(), &arguments);
    let last = printed.lines().last().unwrap_or("");
    eprintln!("{recording}: {last}");
    assert!(last.ends_with(", 0 failed"), "{printed}");
}

fn run(dir: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(arguments)
        .current_dir(dir)
        .output()
        .expect("weir runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() || printed.contains("passed"),
        "{arguments:?}: {printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    printed
}

#[test]
fn all_queries_over_flux_2_1_agree() {
    compare("flux-2.1", &["dashboards", "general"]);
}

#[test]
fn all_queries_over_flux_2_9_agree() {
    if slow("the truth over flux-2.9 (27,765 series)") {
        compare("flux-2.9", &["dashboards", "general"]);
    }
}
