//! `weir compare-queries`: asks an API queries whose answers are known.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use promql::compare::RecordedQuery;
use serde_json::Value;

use crate::cli::CompareFlags;
use crate::console;

use super::check::Api;

pub(super) async fn run(flags: CompareFlags) -> Result<ExitCode> {
    let api = Api::new(&flags.url)?;
    let (mut passed, mut failed) = (0, 0);
    for path in &flags.files {
        let rows = read_rows(path)?;
        let bar = console::progress(rows.len() as u64, &path.display().to_string());
        for (number, row) in rows.iter().enumerate() {
            match ask(&api, row).await {
                Ok(()) => passed += 1,
                Err(error) => {
                    failed += 1;
                    console::line(&format!("{}:{}: {error:#}", path.display(), number + 1));
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
    }
    console::line(&format!("{passed} passed, {failed} failed"));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ask(api: &Api, row: &str) -> Result<()> {
    let query = RecordedQuery::parse(row)?;
    let (endpoint, parameters) = query.request();
    let answer: Value = api.post(endpoint, &parameters).await.with_context(|| query.query.clone())?;
    query.compare(&answer).map_err(|difference| anyhow::anyhow!("{}\n  {}", query.query, difference.0))
}

fn read_rows(path: &Path) -> Result<Vec<String>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let reader: Box<dyn Read> = match path.extension().is_some_and(|end| end == "zst") {
        true => Box::new(zstd::Decoder::new(file).with_context(|| path.display().to_string())?),
        false => Box::new(file),
    };
    let lines = BufReader::new(reader).lines().collect::<Result<Vec<_>, _>>();
    let lines = lines.with_context(|| path.display().to_string())?;
    Ok(lines.into_iter().filter(|line| !line.trim().is_empty()).collect())
}
