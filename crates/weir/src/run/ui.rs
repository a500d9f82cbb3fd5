//! `weir ui`: the pages over another server's API.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use server::{Remote, RemoteSettings};
use stdx::Registry;
use stdx::http::{BasicAuth, Client, HttpClientConfig};
use tokio::sync::watch;

use super::cluster::BoardView;
use super::{bind, panels, web};
use crate::cli::UiFlags;
use crate::{config, console, own};

/// Runs until SIGTERM or SIGINT; SIGHUP reads dashboard files anew.
pub(crate) async fn ui(flags: UiFlags) -> Result<()> {
    let registry = Registry::new();
    own::register(&registry);
    let settings = RemoteSettings {
        url: flags.url.clone(),
        client: client(&flags)?,
        timeout: flags.timeout.to_std(),
        scrape_interval: flags.scrape_interval,
    };
    let remote = Arc::new(Remote::new(settings, &registry));
    let mut view =
        if flags.reach.enabled { Some(BoardView::start(&flags.reach, &registry).await?) } else { None };
    let mut files = files(&flags.dashboards)?;
    show(&remote, &files, view.as_ref());
    let exposed = flags.listen.iter().any(|address| !address.ip().is_loopback());
    let reach = view.as_ref().map(|view| &view.cluster);
    let doors = web::Doors::open(&flags.web, exposed, &flags.storage_path, reach, &registry)?;
    let stop = watch::Sender::new(false);
    for address in &flags.listen {
        let listener = bind(*address).await?;
        let address = listener.local_addr()?;
        let served = doors.behind(address, server::remote_router(Arc::clone(&remote)), flags.max_connections);
        tokio::spawn(server::serve(listener, served, stop.subscribe()));
        console::line(&format!("pages of {} at {}://{address}", shown(&flags.url), doors.scheme()));
    }
    follow(&flags, &remote, view.as_mut(), &mut files).await?;
    stop.send_replace(true);
    Ok(())
}

async fn follow(
    flags: &UiFlags,
    remote: &Remote,
    mut view: Option<&mut BoardView>,
    known: &mut Vec<(String, String)>,
) -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut hangup, mut terminate) = (signal(SignalKind::hangup())?, signal(SignalKind::terminate())?);
    loop {
        let changed = async {
            match &mut view {
                Some(view) => view.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = tokio::signal::ctrl_c() => return Ok(()),
            () = changed => {}
            _ = hangup.recv() => match files(&flags.dashboards) {
                Ok(found) => *known = found,
                Err(error) => tracing::error!(error = format!("{error:#}"), "Dashboard files are as they were"),
            },
        }
        show(remote, known, view.as_deref());
    }
}

fn show(remote: &Remote, files: &[(String, String)], view: Option<&BoardView>) {
    let mut all = files.to_vec();
    all.extend(view.map(BoardView::boards).unwrap_or_default());
    remote.show(panels::library(&all));
}

fn files(patterns: &[String]) -> Result<Vec<(String, String)>> {
    let mut faults = Vec::new();
    let found = config::read_dashboards(patterns, Path::new("."), &mut faults);
    if !faults.is_empty() {
        bail!("--dashboards: {}", faults.join("; "));
    }
    Ok(found)
}

fn client(flags: &UiFlags) -> Result<Client> {
    if !matches!(flags.url.scheme(), "http" | "https") {
        bail!("--url: {} begins with neither http:// nor https://", shown(&flags.url));
    }
    let config = match (&flags.http_config, &flags.url_login_folder) {
        (Some(path), _) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).with_context(|| format!("--url.http-config: {name}"))?;
            let read: HttpClientConfig = stdx::yaml::from_str(&text, &name)?;
            read
        }
        (None, Some(folder)) => HttpClientConfig {
            basic_auth: Some(BasicAuth {
                username_file: Some(folder.join("admin-user")),
                password_file: Some(folder.join("admin-password")),
                ..BasicAuth::default()
            }),
            ..HttpClientConfig::default()
        },
        (None, None) => HttpClientConfig::default(),
    };
    Client::new(config).context("--url.http-config")
}

/// Without the password.
fn shown(url: &url::Url) -> String {
    let mut url = url.clone();
    // Where there is no password there is nothing to fail.
    let _ = url.set_password(None);
    url.to_string()
}
