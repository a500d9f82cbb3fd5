//! `weir record`: raw scrapes into files.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use scrape::recording::RecordingWriter;
use scrape::recording::record::{RecordOptions, over_http, record as record_targets};
use stdx::SystemClock;
use stdx::http::{Client, HttpClientConfig};

use crate::cli::RecordFlags;
use crate::console;

/// A scrape may take this long, and never longer than the interval.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

pub(super) async fn record(flags: RecordFlags) -> Result<ExitCode> {
    let targets = flags.targets.iter().map(|text| target(text)).collect::<Result<Vec<_>>>()?;
    let mut writer = RecordingWriter::create(&flags.out)?;
    let client = Client::new(HttpClientConfig::default()).context("the HTTP client cannot be made")?;
    let options = RecordOptions {
        targets,
        interval: flags.interval.to_std(),
        timeout: TIMEOUT,
        length: flags.length.to_std(),
    };
    let rounds = (flags.length.0 / flags.interval.0.max(1) + 1).max(1);
    let bar = console::progress(rounds.unsigned_abs() * options.targets.len() as u64, "recording");
    let mut failed = 0;
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    let fetch = over_http(client, TIMEOUT);
    let scrapes = record_targets(&options, &mut writer, &SystemClock, fetch, stop, &mut |_, scrape| {
        failed += usize::from(!scrape.was_answered());
        bar.inc(1);
    })
    .await?;
    bar.finish_and_clear();
    writer.finish()?;
    console::line(&format!("{}: {scrapes} scrapes, {failed} failed", flags.out.display()));
    Ok(ExitCode::SUCCESS)
}

fn target(text: &str) -> Result<(String, String)> {
    let (name, url) = text.split_once('=').with_context(|| format!("`{text}`: write NAME=URL"))?;
    ensure!(
        url.starts_with("http://") || url.starts_with("https://"),
        "`{text}`: the URL begins with http:// or https://"
    );
    Ok((name.to_owned(), url.to_owned()))
}
