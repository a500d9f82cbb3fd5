//! Who may see pages and API: logins, tokens, TLS.
//!
//! A [`Guard`] stands before a router. What it lets through is decided by [`Credentials`], which the shell reads from
//! files or a Secret and may replace at any time; as long as there are none, everything is refused.

mod credentials;
mod guard;
mod tls;
mod web_config;

pub use credentials::{Credentials, CredentialsError, generate_password};
pub use guard::{Guard, guarded};
pub use tls::{ServerTls, TlsSource};
pub use web_config::{WebConfig, read as read_web_config};
