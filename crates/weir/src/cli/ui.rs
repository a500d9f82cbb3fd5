//! Flags of `weir ui`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use model::Duration;
use url::Url;

use super::{ReachFlags, WebFlags, parse_address};

#[derive(Args, Debug, Clone)]
pub(crate) struct UiFlags {
    /// The server whose API is shown, without /api/v1: http://prometheus:9090, http://vmselect:8481/select/0/prometheus.
    #[arg(long = "url", value_name = "URL")]
    pub(crate) url: Url,
    /// Credentials and TLS towards that server: a file in the form of Prometheus' HTTP client configuration.
    #[arg(long = "url.http-config", value_name = "FILE")]
    pub(crate) http_config: Option<PathBuf>,
    /// The login towards that server: a folder with admin-user and admin-password, as a Secret is mounted.
    #[arg(long = "url.login-folder", value_name = "FOLDER", conflicts_with = "http_config")]
    pub(crate) url_login_folder: Option<PathBuf>,
    /// The longest that an answer of that server may take.
    #[arg(long = "url.timeout", default_value = "2m", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) timeout: Duration,
    /// How often that server scrapes: the least step of dashboards.
    #[arg(long = "url.scrape-interval", default_value = "15s", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) scrape_interval: Duration,
    /// Dashboard files, or patterns of them such as boards/*.json. May be repeated.
    #[arg(long = "dashboards", value_name = "PATTERN")]
    pub(crate) dashboards: Vec<String>,
    /// Where pages and dashboards are served. May be repeated.
    #[arg(long = "web.listen-address", default_value = "127.0.0.1:3000", value_name = "ADDRESS", value_parser = parse_address)]
    pub(crate) listen: Vec<SocketAddr>,
    /// The most connections at once; others wait.
    #[arg(long = "web.max-connections", default_value_t = 512, value_name = "N")]
    pub(crate) max_connections: usize,
    /// Where a login is generated if none is named: its folder "login".
    #[arg(long = "storage.tsdb.path", default_value = "weir-data", value_name = "DIR")]
    pub(crate) storage_path: PathBuf,
    #[command(flatten)]
    pub(crate) web: WebFlags,
    #[command(flatten)]
    pub(crate) reach: ReachFlags,
}
