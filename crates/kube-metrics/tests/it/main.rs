//! The recorded objects and cases of a real kube-state-metrics.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what failed, what agrees and what it skips"
)]

mod custom;
mod live;
mod objects;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of the conformance data, or `None` and a word where it is absent.
fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("WEIR_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("conformance/kube-state-metrics");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is absent", folder.display());
    None
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of a packed file of JSON lines.
fn rows(path: &Path) -> Vec<Value> {
    let packed = std::fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let bytes = zstd::stream::decode_all(packed).expect("zstd");
    let text = String::from_utf8(bytes).expect("UTF-8");
    text.split('\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or("")
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
