//! The demo: a recording of a real Flux control plane, embedded, replayed in a loop as targets.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use model::Timestamp;
use rules::RuleGroup;
use rules::file::Defaults;
use scrape::recording::serve::ReplayServer;
use scrape::recording::{Recording, Replay};
use stdx::Clock;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::config::{self, Loaded};

/// Cut with `weir cut` from a recording of source-, kustomize-, helm- and notification-controller.
const RECORDING: &[u8] = include_bytes!("../../../deploy/demo/flux.tar.zst");
const CONFIG: &str = include_str!("../../../deploy/demo/weir.yml");
const RULES: &str = include_str!("../../../deploy/demo/rules.yaml");

/// One line for people who have seen enough of it.
pub(crate) const HINT: &str = "This is a demo: a recording of a Flux control plane, replayed in a loop. \
    To watch your own: weir up --config.file=prometheus.yml (a Prometheus configuration file as you have it).";

/// A running replay.
pub(crate) struct Demo {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves the recording on a free port of this machine.
pub(crate) async fn start(folder: &Path, clock: Arc<dyn Clock>, speed: f64) -> Result<Demo> {
    // Recordings are read from files, so that large ones need not fit into memory.
    let path = folder.join("demo.tar.zst");
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    std::fs::write(&path, RECORDING).with_context(|| format!("{} cannot be written", path.display()))?;
    let recording = Recording::open(&path).context("the embedded recording cannot be read")?;
    let replay = Replay::new(&recording, Timestamp(clock.now_ms()), speed, true);
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port for the demo's targets")?;
    let address = listener.local_addr().context("the demo's port is not known")?;
    let server = Arc::new(ReplayServer::new(recording, replay, clock));
    Ok(Demo { address, task: tokio::spawn(server.run(listener)) })
}

/// The demo's configuration, with its addresses filled in.
pub(crate) fn load(replay: SocketAddr, sink: SocketAddr) -> Result<Loaded> {
    let text = CONFIG.replace("{REPLAY}", &replay.to_string()).replace("{SINK}", &sink.to_string());
    let mut loaded = config::read(&text, "(demo)", Path::new("."))?;
    loaded.groups = groups(Defaults {
        interval: loaded.evaluation_interval,
        query_offset: model::Duration::ZERO,
        features: promql::Features::default(),
    })?;
    Ok(loaded)
}

fn groups(defaults: Defaults) -> Result<Vec<RuleGroup>> {
    Ok(rules::parse(RULES, "(demo) rules.yaml", defaults)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_files_are_sound() {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let loaded = load(address, address).expect("the demo's configuration is valid");
        assert_eq!((loaded.jobs.len(), loaded.groups.len(), loaded.webhooks.len()), (1, 2, 1));
        assert!(RECORDING.len() <= 1 << 20, "{} bytes", RECORDING.len());
    }
}
