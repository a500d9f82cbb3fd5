//! `weir replay` and `weir cut`: recordings served again, appended to a store, or made smaller.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use model::{Pattern, Timestamp};
use scrape::ingest::IngestSettings;
use scrape::recording::serve::ReplayServer;
use scrape::recording::{CutOptions, Recording, RecordingWriter, Replay, backfill, cut as cut_recording};
use stdx::{Clock, Registry, SystemClock};
use tokio::net::TcpListener;

use crate::cli::{CutFlags, ReplayFlags};
use crate::console;

pub(super) async fn replay(flags: ReplayFlags) -> Result<ExitCode> {
    let recording = Recording::open(&flags.path)?;
    if flags.backfill {
        return tokio::task::block_in_place(|| append(&recording, &flags));
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let run = Replay::new(&recording, Timestamp(clock.now_ms()), flags.speed, flags.repeat);
    let listener = TcpListener::bind(flags.listen).await.with_context(|| {
        format!("{} cannot be listened on; give another address with --listen", flags.listen)
    })?;
    let address = listener.local_addr()?;
    for target in recording.targets() {
        console::line(&format!("http://{address}/{}/metrics", target.name));
    }
    console::line(&format!("http://{address}/targets lists them for http_sd_configs"));
    let server = Arc::new(ReplayServer::new(recording, run, clock));
    let length = std::time::Duration::from_millis(run.round_ms().unsigned_abs());
    let over = async {
        if flags.repeat { std::future::pending::<()>().await } else { tokio::time::sleep(length).await }
    };
    tokio::select! {
        () = server.run(listener) => {}
        () = over => console::line("the recording is over"),
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// All scrapes at their own times, into a store that nobody else has open.
fn append(recording: &Recording, flags: &ReplayFlags) -> Result<ExitCode> {
    let options =
        tsdb::Options { retention: model::Duration::ZERO, retention_bytes: 0, max_series: usize::MAX };
    let store = tsdb::Store::open(&flags.storage_path, options, &Registry::new())?;
    let bar = console::progress(recording.scrapes() as u64, "appending");
    let settings = Arc::new(IngestSettings::default());
    let report =
        backfill(recording, &store, &settings, &mut |progress| bar.set_position(progress.scrapes as u64))?;
    bar.finish_and_clear();
    store.maintain().context("moving samples to blocks")?;
    store.sync().context("syncing the log")?;
    for refused in &report.refused {
        console::note(refused);
    }
    console::line(&format!(
        "{}: {} scrapes appended, {} failed ones recorded as such, {} bodies refused",
        flags.path.display(),
        report.scrapes,
        report.failed,
        report.refused_total
    ));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn cut(flags: &CutFlags) -> Result<ExitCode> {
    let recording = Recording::open(&flags.path)?;
    let (first, _) =
        recording.span().with_context(|| format!("{}: the recording is empty", flags.path.display()))?;
    let from = first + flags.skip;
    let drop_families = flags.drop.as_deref().map(Pattern::new).transpose().context("--drop")?;
    let options = CutOptions {
        names: flags.names.clone(),
        from,
        until: flags.length.map_or(Timestamp::MAX, |length| from + length),
        drop_help: !flags.help_lines,
        drop_families,
    };
    let mut writer = RecordingWriter::create(&flags.out)?;
    let report = cut_recording(&recording, &options, &mut writer)?;
    writer.finish()?;
    console::line(&format!(
        "{}: {} targets, {} scrapes, {} bytes of bodies where there were {}",
        flags.out.display(),
        report.targets,
        report.scrapes,
        report.bytes_after,
        report.bytes_before
    ));
    Ok(ExitCode::SUCCESS)
}
