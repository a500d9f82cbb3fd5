//! The doors: which listener asks for a login, where the login comes from, and TLS.

use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use cluster::{Cluster, Kind};
use serde_json::{Value, json};
use server::access::{Credentials, Guard, ServerTls, TlsSource, WebConfig};
use stdx::Registry;

use crate::cli::WebFlags;

/// So often a login is read again.
const REREAD: Duration = Duration::from_secs(10);
/// So often a Secret is: each time is a request to the API server.
const REREAD_SECRET: Duration = Duration::from_secs(60);
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// What stands before the listeners.
pub(super) struct Doors {
    guard: Arc<Guard>,
    tls: Option<Arc<ServerTls>>,
    /// Whether listeners at localhost are guarded too.
    everywhere: bool,
    /// Whether any listener is.
    wanted: bool,
}

/// Where a login comes from.
enum Login {
    /// The web configuration file alone.
    File,
    Folder(PathBuf),
    Secret(Box<Cluster>, String),
}

// === impl Doors ===

impl Doors {
    /// Reads the web configuration, and the login, which is made where there is none; keeps reading it.
    pub(super) fn open(
        flags: &WebFlags,
        exposed: bool,
        folder: &Path,
        cluster: Option<&Cluster>,
        registry: &Registry,
    ) -> Result<Doors> {
        let config = web_config(flags)?;
        for ignored in &config.ignored {
            tracing::warn!(ignored, "--web.config.file: what is not supported is passed over");
        }
        let tls = config.tls.clone().or_else(|| flags.tls_folder.as_deref().map(TlsSource::folder));
        let tls = tls
            .map(ServerTls::load)
            .transpose()
            .map_err(|error| anyhow!(error))
            .context("TLS of the server")?;
        let guard = Arc::new(Guard::new(registry, config.headers.clone()));
        let named = config.users.is_some() || flags.login_folder.is_some() || flags.login_secret.is_some();
        let wanted = match flags.login.as_str() {
            "on" => true,
            "off" => false,
            _ => exposed || config.users.is_some(),
        };
        if wanted {
            let login = login(flags, &config, folder, cluster)?;
            login.keep(&guard, config.users.clone())?;
        } else if exposed {
            tracing::warn!("--web.login=off: whoever reaches this address sees everything");
        } else if named {
            tracing::info!("Only localhost is served: --web.login=auto asks for no login there");
        }
        if wanted && exposed && tls.is_none() {
            tracing::info!("Logins travel in clear text; --web.tls.folder or a proxy in front encrypts them");
        }
        let everywhere = flags.login == "on" || config.users.is_some();
        Ok(Doors { guard, tls: tls.map(Arc::new), everywhere, wanted })
    }

    /// What a listener serves.
    pub(super) fn behind(&self, address: SocketAddr, router: Router, most: usize) -> server::Served {
        let guarded = self.wanted && (self.everywhere || !address.ip().is_loopback());
        let router = if guarded { server::access::guarded(router, Arc::clone(&self.guard)) } else { router };
        server::Served { router, tls: self.tls.clone(), most }
    }

    /// `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

// === impl Login ===

impl Login {
    /// Reads the login, and goes on reading it.
    fn keep(self, guard: &Arc<Guard>, users: Option<Credentials>) -> Result<()> {
        let users = users.unwrap_or_default();
        match self {
            Login::File => guard.set(users),
            Login::Folder(folder) => {
                guard.set(users.clone().with(read_folder(&folder)?));
                let guard = Arc::clone(guard);
                tokio::spawn(async move {
                    loop {
                        tokio::time::sleep(REREAD).await;
                        match Credentials::of_folder(&folder) {
                            Ok(Some(found)) => guard.set(users.clone().with(found)),
                            Ok(None) => {
                                tracing::warn!(folder = %folder.display(), "The login is gone; what was read stays");
                            }
                            Err(error) => {
                                tracing::warn!(%error, "The login cannot be read; what was read stays");
                            }
                        }
                    }
                });
            }
            Login::Secret(cluster, name) => {
                let namespace = cluster.namespace().to_owned();
                guard.close(&format!("Secret {namespace}/{name} was not read yet"));
                tokio::spawn(follow_secret(cluster, namespace, name, Arc::clone(guard), users));
            }
        }
        Ok(())
    }
}

async fn follow_secret(
    cluster: Box<Cluster>,
    namespace: String,
    name: String,
    guard: Arc<Guard>,
    users: Credentials,
) {
    let (mut known, mut told) = (false, String::new());
    loop {
        match read_secret(&cluster, &namespace, &name).await {
            Ok(found) => {
                guard.set(users.clone().with(found));
                (known, told) = (true, String::new());
            }
            Err(error) => {
                let error = format!("{error:#}");
                if error != told {
                    tracing::error!(error, "The login cannot be read");
                }
                if !known {
                    guard.close(&error);
                }
                told = error;
            }
        }
        tokio::time::sleep(if known { REREAD_SECRET } else { REREAD }).await;
    }
}

/// The login that a Secret holds, which is made where there is none.
async fn read_secret(cluster: &Cluster, namespace: &str, name: &str) -> Result<Credentials> {
    let place = format!("Secret {namespace}/{name}");
    let object = match cluster.read(&Kind::SECRET, namespace, name).await? {
        Some(object) => object,
        None => {
            let made = server::access::generate_password()?;
            let keys: serde_json::Map<String, Value> =
                made.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
            let object = json!({
                "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
                "metadata": {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/managed-by": "weir"}},
                "stringData": keys,
            });
            if cluster.create(&Kind::SECRET, namespace, object).await? {
                tracing::info!(secret = place, "A login was made; key admin-password holds its password");
            }
            let made = cluster.read(&Kind::SECRET, namespace, name).await?;
            made.with_context(|| format!("{place} was made, and is gone"))?
        }
    };
    let content = monitors::objects::content_of(monitors::Source::Secret, &object);
    let keys =
        content.into_iter().map(|(key, value)| (key, String::from_utf8_lossy(&value).into_owned())).collect();
    Ok(Credentials::of_keys(&keys, &place)?)
}

fn web_config(flags: &WebFlags) -> Result<WebConfig> {
    let Some(path) = &flags.web_config_file else { return Ok(WebConfig::default()) };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("--web.config.file: {name}"))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    server::access::read_web_config(&text, &name, folder)
        .map_err(|error| anyhow!("--web.config.file: {error}"))
}

fn login(flags: &WebFlags, config: &WebConfig, folder: &Path, cluster: Option<&Cluster>) -> Result<Login> {
    if let Some(name) = &flags.login_secret {
        let cluster = cluster.context("--web.login.secret needs --kubernetes")?;
        return Ok(Login::Secret(Box::new(cluster.clone()), name.clone()));
    }
    Ok(match &flags.login_folder {
        Some(folder) => Login::Folder(folder.clone()),
        None if config.users.is_some() => Login::File,
        None => {
            let folder = folder.join("login");
            make(&folder).with_context(|| {
                format!(
                    "{}: no login can be made; name one with --web.login.folder or --web.config.file",
                    folder.display()
                )
            })?;
            Login::Folder(folder)
        }
    })
}

fn read_folder(folder: &Path) -> Result<Credentials> {
    let found = Credentials::of_folder(folder).map_err(|error| anyhow!("--web.login.folder: {error}"))?;
    found.with_context(|| {
        let folder = folder.display();
        format!(
            "--web.login.folder: {folder} holds neither admin-password nor tokens; write one of these files"
        )
    })
}

/// A folder with a generated password that its owner alone may read, if there is none yet.
fn make(folder: &Path) -> Result<()> {
    if Credentials::of_folder(folder)?.is_some() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
    for (name, content) in server::access::generate_password()? {
        let mut options = std::fs::OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(FILE_MODE).open(folder.join(name))?;
        std::io::Write::write_all(&mut file, content.as_bytes())?;
    }
    tracing::info!(folder = %folder.display(), "A login was made; the file admin-password there holds its password");
    Ok(())
}
