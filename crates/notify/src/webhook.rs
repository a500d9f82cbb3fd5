//! The task that notifies one webhook.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use model::{Alert, Timestamp};
use stdx::Clock;
use stdx::backoff::Backoff;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tracing::{info, warn};

use crate::client::Poster;
use crate::delivery::{DeliveryError, Outcomes, is_stopped, stopped};
use crate::grouping::{GroupSettings, Grouping, Notification};
use crate::metrics::WebhookMetrics;
use crate::payload::webhook_body;
use crate::status::{Recent, RecentNotification, SHOWN_ALERTS, WebhookStatus, host_of};
use crate::time_text::trimmed;

/// So many notifications are on their way at once.
const AT_ONCE: usize = 8;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const MOST_WAIT: Duration = Duration::from_secs(60);
/// The clock is looked at so often while groups wait: it may be set.
const LOOK: Duration = Duration::from_secs(1);

/// One webhook with its groups.
pub(crate) struct Webhook {
    pub(crate) name: String,
    options: RwLock<Arc<WebhookOptions>>,
    grouping: Mutex<Grouping>,
    wake: Notify,
    outcomes: Outcomes,
    in_flight: AtomicUsize,
    permits: Semaphore,
    metrics: WebhookMetrics,
    recent: Arc<Recent>,
    clock: Arc<dyn Clock>,
}

/// What a reload may change.
pub(crate) struct WebhookOptions {
    pub(crate) poster: Poster,
    pub(crate) address: Address,
    pub(crate) external_url: String,
    pub(crate) max_alerts: usize,
    pub(crate) timeout: Duration,
}

/// Where to post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Url(String),
    /// The file is read at each attempt, so that a rotated secret is taken.
    File(PathBuf),
}

impl Webhook {
    pub(crate) fn new(
        grouping: GroupSettings,
        options: WebhookOptions,
        metrics: WebhookMetrics,
        recent: Arc<Recent>,
        clock: Arc<dyn Clock>,
    ) -> Webhook {
        Webhook {
            name: grouping.receiver.clone(),
            options: RwLock::new(Arc::new(options)),
            grouping: Mutex::new(Grouping::new(grouping)),
            wake: Notify::new(),
            outcomes: Outcomes::default(),
            in_flight: AtomicUsize::new(0),
            permits: Semaphore::new(AT_ONCE),
            metrics,
            recent,
            clock,
        }
    }

    pub(crate) fn configure(&self, grouping: GroupSettings, options: WebhookOptions) {
        let now = self.now();
        *self.options.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(options);
        self.with_groups(|groups| groups.configure(grouping, now));
        self.wake.notify_one();
    }

    pub(crate) fn push(&self, alerts: &[Alert]) {
        let now = self.now();
        let refused = self.with_groups(|groups| {
            alerts.iter().filter(|alert| !groups.insert((*alert).clone(), now)).count()
        });
        if refused > 0 {
            self.metrics.refused.with(&[&self.name]).add(refused as u64);
            warn!(receiver = self.name, refused, "The groups of a webhook are full.");
        }
        self.wake.notify_one();
    }

    /// Notifies until `stop` says so; then what is on its way may arrive, and nothing new begins.
    pub(crate) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut deliveries = JoinSet::new();
        while !is_stopped(&stop) {
            let due = self.with_groups(|groups| groups.step(self.now()));
            for notification in due {
                self.in_flight.fetch_add(1, Ordering::Relaxed);
                deliveries.spawn(Arc::clone(&self).deliver(notification, stop.clone()));
            }
            let wait = self.wait();
            tokio::select! {
                () = self.wake.notified() => {}
                () = sleep(wait) => {}
                Some(_) = deliveries.join_next() => {}
                () = stopped(&mut stop) => {}
            }
        }
        while deliveries.join_next().await.is_some() {}
    }

    pub(crate) fn status(&self) -> WebhookStatus {
        let last = self.outcomes.last();
        let (alerts, next) = self.with_groups(|groups| (groups.len(), groups.next()));
        let url = match &self.options().address {
            Address::Url(url) => host_of(url),
            Address::File(path) => format!("(of {})", path.display()),
        };
        WebhookStatus {
            name: self.name.clone(),
            url,
            last_success: last.success.map(trimmed),
            last_error: last.error,
            pending: self.in_flight.load(Ordering::Relaxed),
            alerts,
            next_look: next.map(trimmed),
        }
    }

    /// How long nothing is due; none if nothing waits.
    fn wait(&self) -> Option<Duration> {
        let next = self.with_groups(|groups| groups.next())?;
        Some((next - self.now()).to_std().clamp(Duration::from_millis(1), LOOK))
    }

    fn with_groups<T>(&self, act: impl FnOnce(&mut Grouping) -> T) -> T {
        let mut groups = self.grouping.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut groups);
        self.metrics.alerts.with(&[&self.name]).set(groups.len() as f64);
        result
    }

    fn options(&self) -> Arc<WebhookOptions> {
        Arc::clone(&self.options.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.clock.now_ms())
    }

    /// Delivers a notification, again and again until its group's next turn.
    async fn deliver(self: Arc<Self>, notification: Notification, mut stop: watch::Receiver<bool>) {
        let interval = self.with_groups(|groups| groups.settings().group_interval).to_std();
        let begun = Instant::now();
        let mut backoff = Backoff::new(FIRST_WAIT, MOST_WAIT);
        let outcome = loop {
            let Err(error) = self.attempt(&notification).await else { break Ok(()) };
            self.outcomes.failed(&error);
            self.metrics.attempts.with(&[&self.name]).inc();
            let wait = backoff.step();
            if !error.is_retryable() || begun.elapsed() + wait > interval || is_stopped(&stop) {
                break Err(error);
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stopped(&mut stop) => {}
            }
        };
        self.record(&notification, outcome.as_ref().err());
        self.with_groups(|groups| groups.delivered(&notification, outcome.is_ok()));
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    async fn attempt(&self, notification: &Notification) -> Result<(), DeliveryError> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await;
        let options = self.options();
        let url = match &options.address {
            Address::Url(url) => url.clone(),
            Address::File(path) => tokio::fs::read_to_string(path)
                .await
                .map_err(|error| DeliveryError::Failed(format!("url_file {}: {error}", path.display())))?
                .trim()
                .to_owned(),
        };
        let body = webhook_body(notification, &options.external_url, options.max_alerts);
        let begun = Instant::now();
        let result = options.poster.post(&url, body, options.timeout).await;
        self.metrics.seconds.with(&[&self.name]).observe(begun.elapsed().as_secs_f64());
        result
    }

    fn record(&self, notification: &Notification, error: Option<&DeliveryError>) {
        let alerts = notification.alerts.len();
        match error {
            None => {
                self.outcomes.succeeded(self.now());
                self.metrics.notifications.with(&[&self.name]).inc();
                let group_key = notification.group_key();
                info!(
                    receiver = self.name,
                    group_key,
                    status = notification.status(),
                    alerts,
                    "A webhook was notified."
                );
            }
            Some(error) => {
                self.metrics.failed.with(&[&self.name]).inc();
                let group_key = notification.group_key();
                warn!(receiver = self.name, group_key, alerts, %error, "A webhook was not reached.");
            }
        }
        self.recent.push(RecentNotification {
            time: trimmed(notification.at),
            receiver: self.name.clone(),
            status: notification.status().to_owned(),
            alerts: notification
                .alerts
                .iter()
                .take(SHOWN_ALERTS)
                .map(|alert| alert.labels.to_string())
                .collect(),
            alert_count: alerts,
            error: error.map(ToString::to_string),
        });
    }
}

/// Waits so long, or for ever.
async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}
