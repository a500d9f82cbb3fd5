//! Flags of logins and TLS.

use std::path::PathBuf;

use clap::Args;

/// Who may see pages and API.
#[derive(Args, Debug, Clone)]
pub(crate) struct WebFlags {
    /// TLS, users and headers of the server: the web configuration file of Prometheus and its exporters.
    #[arg(long = "web.config.file", value_name = "FILE")]
    pub(crate) web_config_file: Option<PathBuf>,
    /// Whether a login is asked for: "auto" is at addresses other than localhost.
    #[arg(long = "web.login", default_value = "auto", value_parser = ["auto", "on", "off"], value_name = "MODE")]
    pub(crate) login: String,
    /// The login: a folder with the files admin-user, admin-password and tokens, as a Secret is mounted. Without it:
    /// the folder "login" beside the store, where a password is generated.
    #[arg(long = "web.login.folder", value_name = "FOLDER")]
    pub(crate) login_folder: Option<PathBuf>,
    /// The login: a Secret of the own namespace with these keys; made, with a generated password, where there is none.
    /// Needs --kubernetes.
    #[arg(long = "web.login.secret", value_name = "NAME", conflicts_with = "login_folder")]
    pub(crate) login_secret: Option<String>,
    /// TLS: a folder with tls.crt and tls.key, as a Secret of that type is mounted. They may be replaced at any time.
    #[arg(long = "web.tls.folder", value_name = "FOLDER", conflicts_with = "web_config_file")]
    pub(crate) tls_folder: Option<PathBuf>,
}
