//! The task that empties the queue of one Alertmanager.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use model::relabel::RelabelRule;
use model::{Alert, Timestamp};
use stdx::Clock;
use stdx::backoff::Backoff;
use tokio::sync::{Notify, watch};
use tracing::warn;

use crate::client::Poster;
use crate::delivery::{DeliveryError, Outcomes, is_stopped, stopped};
use crate::manager::relabeled;
use crate::metrics::Metrics;
use crate::payload::alertmanager_body;
use crate::queue::AlertQueue;
use crate::status::{AlertmanagerStatus, Recent, RecentNotification, SHOWN_ALERTS};
use crate::time_text::trimmed;

/// A batch is tried so often; rules send firing alerts again anyway.
const ATTEMPTS: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const MOST_WAIT: Duration = Duration::from_secs(10);

/// One Alertmanager with what waits for it.
pub(crate) struct Sender {
    pub(crate) url: String,
    options: RwLock<Arc<SenderOptions>>,
    queue: Mutex<AlertQueue>,
    batch: usize,
    wake: Notify,
    outcomes: Outcomes,
    metrics: Metrics,
    recent: Arc<Recent>,
    clock: Arc<dyn Clock>,
}

/// What a reload may change.
pub(crate) struct SenderOptions {
    pub(crate) poster: Poster,
    pub(crate) timeout: Duration,
    pub(crate) alert_relabel: Vec<RelabelRule>,
}

/// What all senders have alike.
pub(crate) struct SenderBase {
    pub(crate) capacity: usize,
    pub(crate) batch: usize,
    pub(crate) metrics: Metrics,
    pub(crate) recent: Arc<Recent>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Sender {
    pub(crate) fn new(url: String, options: SenderOptions, base: SenderBase) -> Sender {
        Sender {
            url,
            options: RwLock::new(Arc::new(options)),
            queue: Mutex::new(AlertQueue::new(base.capacity)),
            batch: base.batch,
            wake: Notify::new(),
            outcomes: Outcomes::default(),
            metrics: base.metrics,
            recent: base.recent,
            clock: base.clock,
        }
    }

    pub(crate) fn configure(&self, options: SenderOptions) {
        *self.options.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(options);
    }

    /// Queues alerts after this Alertmanager's own relabelling.
    pub(crate) fn push(&self, alerts: &[Alert]) {
        let options = self.options();
        let alerts = alerts.iter().filter_map(|alert| relabeled(alert, &options.alert_relabel));
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let dropped = queue.push(alerts);
        let length = queue.len();
        drop(queue);
        if dropped > 0 {
            self.metrics.dropped.with(&[&self.url]).add(dropped as u64);
            warn!(alertmanager = self.url, dropped, "The queue of an Alertmanager is full.");
        }
        self.show_length(length);
        self.wake.notify_one();
    }

    /// Sends until `stop` says so, then what is left without waiting between attempts.
    pub(crate) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            let batch = self.take();
            if !batch.is_empty() {
                self.send(batch, &mut stop).await;
                continue;
            }
            if is_stopped(&stop) {
                return;
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = stopped(&mut stop) => {}
            }
        }
    }

    pub(crate) fn status(&self) -> AlertmanagerStatus {
        let last = self.outcomes.last();
        AlertmanagerStatus {
            url: self.url.clone(),
            last_success: last.success.map(trimmed),
            last_error: last.error,
            pending: self.pending(),
        }
    }

    /// Alerts that wait.
    pub(crate) fn pending(&self) -> usize {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Gives up what waits.
    pub(crate) fn abandon(&self) {
        let left = self.queue.lock().unwrap_or_else(PoisonError::into_inner).take(usize::MAX).len();
        if left > 0 {
            self.metrics.dropped.with(&[&self.url]).add(left as u64);
            warn!(alertmanager = self.url, dropped = left, "Alerts are given up at shutdown.");
        }
    }

    fn options(&self) -> Arc<SenderOptions> {
        Arc::clone(&self.options.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self) -> Vec<Alert> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = queue.take(self.batch);
        self.show_length(queue.len());
        batch
    }

    fn show_length(&self, length: usize) {
        self.metrics.queue_length.with(&[&self.url]).set(length as f64);
    }

    /// Sends a batch, again where that may help.
    async fn send(&self, batch: Vec<Alert>, stop: &mut watch::Receiver<bool>) {
        let made = Timestamp(self.clock.now_ms());
        let mut backoff = Backoff::new(FIRST_WAIT, MOST_WAIT);
        let mut outcome = Ok(());
        for attempt in 1..=ATTEMPTS {
            outcome = self.attempt(&batch).await;
            let Err(error) = &outcome else { break };
            self.outcomes.failed(error);
            self.metrics.errors.with(&[&self.url]).add(batch.len() as u64);
            if !error.is_retryable() || attempt == ATTEMPTS || is_stopped(stop) {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(backoff.step()) => {}
                () = stopped(stop) => {}
            }
        }
        match &outcome {
            Ok(()) => {
                self.outcomes.succeeded(Timestamp(self.clock.now_ms()));
                self.metrics.sent.with(&[&self.url]).add(batch.len() as u64);
            }
            Err(error) => {
                self.metrics.dropped.with(&[&self.url]).add(batch.len() as u64);
                warn!(alertmanager = self.url, alerts = batch.len(), %error, "Alerts did not reach an Alertmanager.");
            }
        }
        self.recent.push(RecentNotification {
            time: trimmed(made),
            receiver: self.url.clone(),
            status: status_of(&batch, made).to_owned(),
            alerts: batch.iter().take(SHOWN_ALERTS).map(|alert| alert.labels.to_string()).collect(),
            alert_count: batch.len(),
            error: outcome.err().map(|error| error.to_string()),
        });
    }

    async fn attempt(&self, batch: &[Alert]) -> Result<(), DeliveryError> {
        let options = self.options();
        let begun = Instant::now();
        let result = options.poster.post(&self.url, alertmanager_body(batch), options.timeout).await;
        self.metrics.seconds.with(&[&self.url]).observe(begun.elapsed().as_secs_f64());
        result
    }
}

fn status_of(alerts: &[Alert], now: Timestamp) -> &'static str {
    if alerts.iter().any(|alert| !alert.is_resolved(now)) { "firing" } else { "resolved" }
}
