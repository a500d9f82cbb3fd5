//! The shell: takes alerts, hands them to a task for each receiver, starts and stops those tasks.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration as StdDuration;

use model::relabel::{self, RelabelRule};
use model::{Alert, Labels};
use stdx::Clock;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing::warn;

use crate::client::{ApplyError, Poster, Posters};
use crate::config::{AlertingConfig, AlertmanagerConfig, WebhookConfig};
use crate::grouping::GroupSettings;
use crate::metrics::Metrics;
use crate::sender::{Sender, SenderBase, SenderOptions};
use crate::status::{Recent, Status};
use crate::target::{Resolved, resolve};
use crate::webhook::{Address, Webhook, WebhookOptions};

/// So many batches of rules may wait to be taken.
const INTAKE: usize = 64;
/// A webhook keeps so many alerts in its groups.
const WEBHOOK_ALERTS: usize = 10_000;

/// What is in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Added to all alerts that have no such label.
    pub external_labels: Labels,
    /// Where this server is seen from outside, without a slash at the end.
    pub external_url: String,
    /// Alertmanagers.
    pub alerting: AlertingConfig,
    /// Webhooks.
    pub webhooks: Vec<WebhookConfig>,
    /// `--alertmanager.notification-queue-capacity`, alerts for each Alertmanager.
    pub queue_capacity: usize,
    /// `--alertmanager.notification-batch-size`.
    pub batch_size: usize,
}

/// Owns the tasks.
pub struct Manager {
    shared: Arc<Shared>,
    intake: JoinHandle<()>,
    stop_intake: watch::Sender<bool>,
}

/// What others give to and read of notification; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
    alerts: mpsc::Sender<Vec<Alert>>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    recent: Arc<Recent>,
    state: Mutex<State>,
}

/// Receivers in force.
struct State {
    settings: Settings,
    posters: Posters,
    /// Targets from the wiring, by the index of the set.
    discovered: HashMap<usize, Vec<Labels>>,
    senders: BTreeMap<(usize, String), Running<Sender>>,
    dropped: Vec<String>,
    webhooks: BTreeMap<String, Running<Webhook>>,
}

/// A receiver and its task.
struct Running<T> {
    receiver: Arc<T>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

// === impl Settings ===

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            external_labels: Labels::empty(),
            external_url: String::new(),
            alerting: AlertingConfig::default(),
            webhooks: Vec::new(),
            queue_capacity: 10_000,
            batch_size: 256,
        }
    }
}

// === impl Manager ===

impl Manager {
    /// Starts with no receivers; [`Manager::apply`] makes them. Needs a tokio runtime.
    pub fn start(clock: Arc<dyn Clock>, metrics: Metrics) -> (Manager, Handle) {
        let (alerts, incoming) = mpsc::channel(INTAKE);
        let shared = Arc::new(Shared {
            clock,
            metrics,
            recent: Arc::default(),
            state: Mutex::new(State {
                settings: Settings::default(),
                posters: Posters::default(),
                discovered: HashMap::new(),
                senders: BTreeMap::new(),
                dropped: Vec::new(),
                webhooks: BTreeMap::new(),
            }),
        });
        let stop_intake = watch::Sender::new(false);
        let intake = tokio::spawn(take_in(Arc::clone(&shared), incoming, stop_intake.subscribe()));
        let handle = Handle { shared: Arc::clone(&shared), alerts };
        (Manager { shared, intake, stop_intake }, handle)
    }

    /// Puts settings in force. Receivers that stay keep what waits for them.
    ///
    /// # Errors
    /// A client cannot be made, for example because a certificate cannot be read; all stays as it was.
    pub fn apply(&self, settings: Settings) -> Result<(), ApplyError> {
        let posters = Posters::make(&settings)?;
        let mut state = self.shared.state();
        state.settings = settings;
        state.posters = posters;
        let sets = state.settings.alerting.alertmanagers.len();
        state.discovered.retain(|set, _| *set < sets);
        self.shared.apply_alertmanagers(&mut state);
        self.shared.apply_webhooks(&mut state);
        Ok(())
    }

    /// Takes what was handed over, sends what waits for Alertmanagers and lets notifications arrive that are
    /// on their way, all within a time; what is left then is given up and counted.
    pub async fn stop(self, within: StdDuration) {
        self.stop_intake.send_replace(true);
        let end = tokio::time::Instant::now() + within;
        let mut intake = self.intake;
        if tokio::time::timeout_at(end, &mut intake).await.is_err() {
            intake.abort();
        }
        let (senders, webhooks) = {
            let mut state = self.shared.state();
            (std::mem::take(&mut state.senders), std::mem::take(&mut state.webhooks))
        };
        let senders: Vec<_> = senders.into_values().collect();
        let webhooks: Vec<_> = webhooks.into_values().collect();
        senders.iter().for_each(|running| _ = running.stop.send_replace(true));
        webhooks.iter().for_each(|running| _ = running.stop.send_replace(true));
        for mut running in senders {
            running.finish(end).await;
            running.receiver.abandon();
        }
        for mut running in webhooks {
            running.finish(end).await;
        }
    }
}

// === impl Handle ===

impl Handle {
    /// Hands over alerts; waits if too many wait already. Alerts are lost after shutdown only.
    pub async fn send(&self, alerts: Vec<Alert>) {
        if self.alerts.send(alerts).await.is_err() {
            warn!("Alerts came after notification had stopped.");
        }
    }

    /// The channel that [`Handle::send`] uses.
    pub fn sender(&self) -> mpsc::Sender<Vec<Alert>> {
        self.alerts.clone()
    }

    /// Targets that service discovery found for a set of Alertmanagers, by its index in the configuration.
    /// They replace earlier ones; those of `static_configs` stay.
    pub fn set_targets(&self, set: usize, targets: Vec<Labels>) {
        let mut state = self.shared.state();
        state.discovered.insert(set, targets);
        self.shared.apply_alertmanagers(&mut state);
    }

    /// All receivers, and what was sent lately.
    pub fn status(&self) -> Status {
        let state = self.shared.state();
        Status {
            alertmanagers: state.senders.values().map(|running| running.receiver.status()).collect(),
            dropped_alertmanagers: state.dropped.clone(),
            webhooks: state.webhooks.values().map(|running| running.receiver.status()).collect(),
            recent: self.shared.recent.list(),
        }
    }
}

// === impl Shared ===

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands alerts to all receivers.
    fn dispatch(&self, alerts: &[Alert]) {
        let state = self.state();
        let rules = &state.settings.alerting.alert_relabel_configs;
        let prepared: Vec<Alert> = alerts
            .iter()
            .filter_map(|alert| relabeled(&with_external(alert, &state.settings.external_labels), rules))
            .collect();
        let senders: Vec<_> = state.senders.values().map(|running| Arc::clone(&running.receiver)).collect();
        let webhooks: Vec<_> = state.webhooks.values().map(|running| Arc::clone(&running.receiver)).collect();
        drop(state);
        self.metrics.relabel_dropped.add((alerts.len() - prepared.len()) as u64);
        if prepared.is_empty() {
            return;
        }
        senders.iter().for_each(|sender| sender.push(&prepared));
        webhooks.iter().for_each(|webhook| webhook.push(&prepared));
    }

    /// Makes the senders as settings and targets say.
    fn apply_alertmanagers(&self, state: &mut State) {
        let (wanted, dropped) = state.wanted_alertmanagers();
        state.dropped = dropped;
        let gone: Vec<_> = state.senders.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
        for key in gone {
            if let Some(running) = state.senders.remove(&key) {
                running.stop.send_replace(true);
                running.receiver.abandon();
                if !state.senders.keys().any(|(_, url)| *url == key.1) {
                    self.metrics.forget_alertmanager(&key.1);
                }
            }
        }
        for (key, options) in wanted {
            match state.senders.get(&key) {
                Some(running) => running.receiver.configure(options),
                None => {
                    let sender = Sender::new(key.1.clone(), options, self.sender_base(&state.settings));
                    state.senders.insert(key, Running::start(sender, Sender::run));
                }
            }
        }
        self.metrics.queue_capacity.set(state.settings.queue_capacity as f64);
        self.metrics.alertmanagers.set(state.senders.len() as f64);
    }

    fn sender_base(&self, settings: &Settings) -> SenderBase {
        SenderBase {
            capacity: settings.queue_capacity,
            batch: settings.batch_size.max(1),
            metrics: self.metrics.clone(),
            recent: Arc::clone(&self.recent),
            clock: Arc::clone(&self.clock),
        }
    }

    fn apply_webhooks(&self, state: &mut State) {
        let names: Vec<&String> = state.settings.webhooks.iter().map(|webhook| &webhook.name).collect();
        let gone: Vec<String> = state.webhooks.keys().filter(|name| !names.contains(name)).cloned().collect();
        for name in gone {
            if let Some(running) = state.webhooks.remove(&name) {
                running.stop.send_replace(true);
                self.metrics.webhooks.forget(&name);
            }
        }
        for (config, poster) in state.settings.webhooks.iter().zip(&state.posters.webhooks) {
            let grouping = group_settings(config);
            let options = webhook_options(config, &state.settings.external_url, poster.clone());
            match state.webhooks.get(&config.name) {
                Some(running) => running.receiver.configure(grouping, options),
                None => {
                    let (recent, clock) = (Arc::clone(&self.recent), Arc::clone(&self.clock));
                    let webhook =
                        Webhook::new(grouping, options, self.metrics.webhooks.clone(), recent, clock);
                    state.webhooks.insert(config.name.clone(), Running::start(webhook, Webhook::run));
                }
            }
        }
    }
}

// === impl State ===

type Wanted = BTreeMap<(usize, String), SenderOptions>;

impl State {
    /// Alertmanagers by set and URL, and the URLs that relabelling dropped.
    fn wanted_alertmanagers(&self) -> (Wanted, Vec<String>) {
        let (mut wanted, mut dropped) = (Wanted::new(), Vec::new());
        let sets = self.settings.alerting.alertmanagers.iter().zip(&self.posters.alertmanagers);
        for (set, (config, poster)) in sets.enumerate() {
            let discovered = self.discovered.get(&set).map(Vec::as_slice).unwrap_or_default();
            for target in config.static_targets.iter().chain(discovered) {
                match resolve(target, &config.scheme, &config.path_prefix, &config.relabel_configs) {
                    Resolved::Active(url) => {
                        wanted.insert((set, url), sender_options(config, poster.clone()));
                    }
                    Resolved::Dropped(url) => dropped.push(url),
                    Resolved::Invalid(reason) => {
                        warn!(%target, reason, "A target is no Alertmanager that alerts can be sent to.");
                    }
                }
            }
        }
        (wanted, dropped)
    }
}

// === impl Running ===

impl<T: Send + Sync + 'static> Running<T> {
    fn start<F>(receiver: T, run: impl FnOnce(Arc<T>, watch::Receiver<bool>) -> F) -> Running<T>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let receiver = Arc::new(receiver);
        let stop = watch::Sender::new(false);
        let task = tokio::spawn(run(Arc::clone(&receiver), stop.subscribe()));
        Running { receiver, stop, task }
    }

    async fn finish(&mut self, end: tokio::time::Instant) {
        if tokio::time::timeout_at(end, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// Takes alerts until `stop`, then what is already there.
async fn take_in(
    shared: Arc<Shared>,
    mut incoming: mpsc::Receiver<Vec<Alert>>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            alerts = incoming.recv() => match alerts {
                Some(alerts) => shared.dispatch(&alerts),
                None => return,
            },
            _ = stop.changed() => incoming.close(),
        }
    }
}

fn sender_options(config: &AlertmanagerConfig, poster: Poster) -> SenderOptions {
    SenderOptions {
        poster,
        timeout: config.timeout.to_std(),
        alert_relabel: config.alert_relabel_configs.clone(),
    }
}

fn group_settings(config: &WebhookConfig) -> GroupSettings {
    GroupSettings {
        receiver: config.name.clone(),
        group_by: config.group_by.clone(),
        group_wait: config.group_wait,
        group_interval: config.group_interval,
        repeat_interval: config.repeat_interval,
        send_resolved: config.send_resolved,
        capacity: WEBHOOK_ALERTS,
    }
}

fn webhook_options(config: &WebhookConfig, external_url: &str, poster: Poster) -> WebhookOptions {
    let address = match (&config.url_file, &config.url) {
        (Some(path), _) => Address::File(path.clone()),
        (None, url) => Address::Url(url.clone().unwrap_or_default()),
    };
    WebhookOptions {
        poster,
        address,
        external_url: external_url.to_owned(),
        max_alerts: config.max_alerts,
        timeout: config.timeout.to_std(),
    }
}

/// The alert with the external labels that it lacks.
fn with_external(alert: &Alert, external: &Labels) -> Alert {
    let missing: Vec<(&str, &str)> =
        external.iter().filter(|(name, _)| alert.labels.find(name).is_none()).collect();
    if missing.is_empty() {
        return alert.clone();
    }
    let pairs = alert.labels.iter().chain(missing);
    Alert { labels: Labels::from_pairs(pairs), ..alert.clone() }
}

/// The alert with its labels rewritten, unless the rules drop it.
pub(crate) fn relabeled(alert: &Alert, rules: &[RelabelRule]) -> Option<Alert> {
    if rules.is_empty() {
        return Some(alert.clone());
    }
    let mut labels = alert.labels.to_builder();
    relabel::apply(rules, &mut labels).then(|| Alert { labels: labels.build(), ..alert.clone() })
}
