//! Where alerts go and whether they arrive, for the status page.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// So many of the latest notifications are kept.
pub const RECENT: usize = 100;

/// All receivers.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Alertmanagers that get alerts.
    pub alertmanagers: Vec<AlertmanagerStatus>,
    /// URLs of those that relabelling dropped.
    pub dropped_alertmanagers: Vec<String>,
    /// Webhooks.
    pub webhooks: Vec<WebhookStatus>,
    /// The latest notifications and batches, the newest first.
    pub recent: Vec<RecentNotification>,
}

/// One Alertmanager.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertmanagerStatus {
    /// Where alerts are posted, without a password.
    pub url: String,
    /// When a batch last arrived, RFC 3339.
    pub last_success: Option<String>,
    /// Why the latest attempt failed, if it did.
    pub last_error: Option<String>,
    /// Alerts that wait.
    pub pending: usize,
}

/// One webhook.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookStatus {
    /// Its name in the configuration.
    pub name: String,
    /// Scheme and host; the path may be a secret.
    pub url: String,
    /// When a notification last arrived, RFC 3339.
    pub last_success: Option<String>,
    /// Why the latest attempt failed, if it did.
    pub last_error: Option<String>,
    /// Notifications that are being delivered.
    pub pending: usize,
    /// Alerts in its groups.
    pub alerts: usize,
    /// When a group is looked at next, RFC 3339.
    pub next_look: Option<String>,
}

/// A notification that was delivered or given up.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecentNotification {
    /// When it was made, RFC 3339.
    pub time: String,
    /// The webhook's name, or the Alertmanager's URL.
    pub receiver: String,
    /// `firing` or `resolved`.
    pub status: String,
    /// Labels of the alerts in it, in text form; at most [`SHOWN_ALERTS`].
    pub alerts: Vec<String>,
    /// How many alerts there were.
    pub alert_count: usize,
    /// Why it did not arrive, if it did not.
    pub error: Option<String>,
}

/// So many alerts of a notification are shown.
pub const SHOWN_ALERTS: usize = 20;

/// The latest notifications of all receivers.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<VecDeque<RecentNotification>>);

impl Recent {
    pub(crate) fn push(&self, notification: RecentNotification) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.truncate(RECENT - 1);
        recent.push_front(notification);
    }

    pub(crate) fn list(&self) -> Vec<RecentNotification> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// A URL without user, password, path and query: they may be secrets.
pub(crate) fn host_of(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return String::new();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let more = if rest.len() > authority.len() + 1 { "/…" } else { "" };
    format!("{scheme}://{host}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for (url, shown) in [
            ("https://user:pw@hooks.example.org/T0/secret?x=1", "https://hooks.example.org/…"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://[::1]:80", "http://[::1]:80"),
            ("nothing", ""),
        ] {
            assert_eq!(host_of(url), shown);
        }
    }
}
