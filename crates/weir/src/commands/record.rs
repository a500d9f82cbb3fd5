//! `weir record`: raw scrapes into files.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use scrape::recording::record::{Fetch, Fetched, RecordOptions, record as record_targets};
use scrape::recording::RecordingWriter;
use stdx::SystemClock;
use stdx::http::{Client, HttpClientConfig};

use crate::cli::RecordFlags;
use crate::console;

/// A body may have this many bytes.
const BODY_BYTES: usize = 256 << 20;
/// A scrape may take this long, and never longer than the interval.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

pub(super) async fn record(flags: RecordFlags) -> Result<ExitCode> {
    let targets = flags.targets.iter().map(|text| target(text)).collect::<Result<Vec<_>>>()?;
    let mut writer = RecordingWriter::create(&flags.out)?;
    let client = Client::new(&HttpClientConfig::default(), Path::new(".")).context("the HTTP client cannot be made")?;
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
    let fetch = fetcher(Arc::new(client));
    let scrapes = record_targets(&options, &mut writer, &SystemClock, fetch, stop, &mut |_, scrape| {
        failed += usize::from(!scrape.succeeded());
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
    ensure!(url.starts_with("http://") || url.starts_with("https://"), "`{text}`: the URL begins with http:// or https://");
    Ok((name.to_owned(), url.to_owned()))
}

/// Bodies are kept as they were sent, so that they are asked for without compression.
fn fetcher(client: Arc<Client>) -> Fetch {
    Arc::new(move |url: String| {
        let client = Arc::clone(&client);
        Box::pin(async move {
            let headers = [("accept".to_owned(), model::exposition::accept_header(&model::exposition::ScrapeProtocol::DEFAULT, "allow-utf-8"))];
            let answer = client.get(&url, &headers, TIMEOUT, BODY_BYTES).await.map_err(|error| error.to_string())?;
            Ok(Fetched { status: answer.status, content_type: answer.content_type, body: answer.body })
        })
    })
}
