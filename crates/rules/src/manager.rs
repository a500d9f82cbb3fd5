//! The shell: a task for each group, one that looks at selectors, and what is published of both.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration as StdDuration, Instant};

use model::storage::{Appender, Storage};
use model::{Alert, Duration, Labels, TimeRange, Timestamp};
use promql::Expr;
use stdx::Clock;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

use crate::file::{AlertingRule, Condition, Rule, RuleGroup};
use crate::group::{Context, DeadRule, GroupRunner, RuleStatus};
use crate::liveness::{SelectorLiveness, StoredSeries, Tracker, examine};
use crate::metrics::Metrics;
use crate::restore::RestoreSettings;

/// The file name that built-in rules show.
pub const BUILT_IN: &str = "(built in)";
/// So many groups are evaluated at once; the others wait.
const GROUPS_AT_ONCE: usize = 4;
/// How often selectors are looked at.
const LIVENESS_INTERVAL: StdDuration = StdDuration::from_secs(15);
/// A selector that no rule or panel has any more is forgotten after so long.
const FORGET_AFTER: Duration = Duration::from_secs(300);

/// What holds for all groups.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bounds of queries.
    pub options: promql::Options,
    /// Added to all alerts.
    pub external_labels: Labels,
    /// Where this server is seen from outside, without a slash at the end.
    pub external_url: String,
    /// How alerts are restored after a restart.
    pub restore: RestoreSettings,
    /// `--rules.alert.resend-delay`.
    pub resend: Duration,
    /// A selector is dead if it matched nothing for so long: `--rules.dead-after`.
    pub dead_after: Duration,
    /// The interval of the built-in group.
    pub interval: Duration,
}

/// Starts, replaces and stops groups.
pub struct Manager {
    shared: Arc<Shared>,
    tasks: HashMap<GroupKey, GroupTask>,
    liveness: Option<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

/// What others may read and ask for; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

/// A group as it is published.
#[derive(Clone, Debug)]
pub struct GroupStatus {
    /// The group; its rules are in `rules`.
    pub group: RuleGroup,
    /// When it was last evaluated.
    pub last_evaluation: Option<Timestamp>,
    /// How long that took, in seconds.
    pub seconds: f64,
    /// The rules in order.
    pub rules: Vec<RuleStatus>,
}

/// What is known of the selectors of one rule or panel.
#[derive(Clone, Debug, Default)]
pub struct RuleLiveness {
    /// Whether one of them is dead.
    pub dead: bool,
    /// All of them, in the order of the text.
    pub selectors: Vec<SelectorLiveness>,
}

type GroupKey = (String, String);

struct GroupTask {
    group: RuleGroup,
    runner: Arc<Mutex<Option<GroupRunner>>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// A query that is not a rule's: its name for humans, and the query.
type Panel = (String, Expr);

struct Shared {
    storage: Arc<dyn Storage>,
    appender: Arc<dyn Appender>,
    clock: Arc<dyn Clock>,
    settings: RwLock<Settings>,
    metrics: Metrics,
    alerts: mpsc::Sender<Vec<Alert>>,
    permits: Semaphore,
    groups: RwLock<HashMap<GroupKey, GroupStatus>>,
    order: RwLock<Vec<GroupKey>>,
    liveness: RwLock<HashMap<(GroupKey, usize), RuleLiveness>>,
    panels: RwLock<Vec<Panel>>,
    tracker: Mutex<Tracker>,
    started: Timestamp,
}

// === impl Manager ===

impl Manager {
    /// A manager without groups. Alerts go to `alerts`; if that is full, a group waits, and its next
    /// evaluations are skipped and counted.
    pub fn new(
        storage: Arc<dyn Storage>,
        appender: Arc<dyn Appender>,
        clock: Arc<dyn Clock>,
        settings: Settings,
        metrics: Metrics,
        alerts: mpsc::Sender<Vec<Alert>>,
    ) -> Manager {
        let started = Timestamp(clock.now_ms());
        let shared = Arc::new(Shared {
            storage,
            appender,
            clock,
            settings: RwLock::new(settings),
            metrics,
            alerts,
            permits: Semaphore::new(GROUPS_AT_ONCE),
            groups: RwLock::default(),
            order: RwLock::default(),
            liveness: RwLock::default(),
            panels: RwLock::default(),
            tracker: Mutex::default(),
            started,
        });
        Manager { shared, tasks: HashMap::new(), liveness: None, stop: watch::Sender::new(false) }
    }

    /// What others read.
    pub fn handle(&self) -> Handle {
        Handle { shared: Arc::clone(&self.shared) }
    }

    /// Runs these groups and the built-in one from now on. Groups that are as before go on undisturbed;
    /// changed ones keep what equal rules remember; the series of rules that are no more become stale.
    pub async fn apply(&mut self, groups: Vec<RuleGroup>, settings: Settings) {
        let built_in = built_in_group(settings.interval);
        *write(&self.shared.settings) = settings;
        let groups: Vec<RuleGroup> = groups.into_iter().chain([built_in]).collect();
        let order: Vec<GroupKey> = groups.iter().map(key).collect();
        let gone: Vec<GroupKey> = self.tasks.keys().filter(|key| !order.contains(key)).cloned().collect();
        let mut is_changed = !gone.is_empty();
        for key in gone {
            let runner = self.stop_group(&key).await;
            self.close(runner);
            self.shared.metrics.forget_group(&metric_key(&key));
            write(&self.shared.groups).remove(&key);
        }
        for group in groups {
            let key = key(&group);
            if self.tasks.get(&key).is_some_and(|task| task.group == group) {
                continue;
            }
            is_changed = true;
            for rule in group.repeated() {
                let (file, group) = (&group.file, &group.name);
                tracing::warn!(file, group, rule, "A rule is repeated in its group with the same labels");
            }
            let mut runner = GroupRunner::new(group.clone());
            if let Some(earlier) = self.stop_group(&key).await {
                let rest = runner.inherit(earlier);
                self.close(Some(rest));
            }
            self.start_group(group, runner);
        }
        *write(&self.shared.order) = order;
        if is_changed {
            write(&self.shared.liveness).clear();
            self.shared.metrics.dead.clear();
        }
        if self.liveness.is_none() {
            self.liveness =
                Some(tokio::spawn(watch_selectors(Arc::clone(&self.shared), self.stop.subscribe())));
        }
    }

    /// Ends all tasks; series stay as they are, so that a restart finds them.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for key in self.tasks.keys().cloned().collect::<Vec<_>>() {
            self.stop_group(&key).await;
        }
        if let Some(task) = self.liveness.take() {
            // It ends by itself; an error would be a panic, which the runtime has reported.
            let _ = task.await;
        }
    }

    fn start_group(&mut self, group: RuleGroup, runner: GroupRunner) {
        let status =
            GroupStatus { group: group.clone(), last_evaluation: None, seconds: 0.0, rules: runner.status() };
        let (key, name) = (key(&group), metric_key(&key(&group)));
        write(&self.shared.groups).insert(key.clone(), status);
        self.shared.metrics.interval.with(&[&name]).set(group.interval.seconds());
        self.shared.metrics.rules.with(&[&name]).set(group.rules.len() as f64);
        let (stop, stopped) = watch::channel(false);
        let runner = Arc::new(Mutex::new(Some(runner)));
        let task = tokio::spawn(run_group(
            Arc::clone(&self.shared),
            key.clone(),
            group.interval,
            Arc::clone(&runner),
            stopped,
        ));
        self.tasks.insert(key, GroupTask { group, runner, stop, task });
    }

    async fn stop_group(&mut self, key: &GroupKey) -> Option<GroupRunner> {
        let task = self.tasks.remove(key)?;
        task.stop.send_replace(true);
        // An error would be a panic of the task, which the runtime has reported.
        let _ = task.task.await;
        lock(&task.runner).take()
    }

    fn close(&self, runner: Option<GroupRunner>) {
        if let Some(runner) = runner {
            runner.close(self.shared.appender.as_ref(), Timestamp(self.shared.clock.now_ms()));
        }
    }
}

// === impl Handle ===

impl Handle {
    /// All groups in the order of their files, the built-in one last, with the liveness of each rule.
    pub fn groups(&self) -> Vec<(GroupStatus, Vec<RuleLiveness>)> {
        let (groups, liveness) = (read(&self.shared.groups), read(&self.shared.liveness));
        let known = |key: &GroupKey, i: usize| liveness.get(&(key.clone(), i)).cloned().unwrap_or_default();
        read(&self.shared.order)
            .iter()
            .filter_map(|key| groups.get(key).map(|group| (key, group)))
            .map(|(key, group)| {
                let rules = (0..group.rules.len()).map(|i| known(key, i)).collect();
                (group.clone(), rules)
            })
            .collect()
    }

    /// Queries of dashboard panels, whose selectors are looked at too.
    pub fn set_panels(&self, panels: Vec<(String, Expr)>) {
        *write(&self.shared.panels) = panels;
    }

    /// The liveness of any query's selectors, now.
    ///
    /// With `range` (a dashboard that shows the past), what matches within it counts as a match.
    pub fn examine(&self, expr: &Expr, range: Option<TimeRange>) -> Result<Vec<SelectorLiveness>, String> {
        let lookback = read(&self.shared.settings).options.lookback;
        let source = match range {
            Some(TimeRange { start, end }) => {
                let storage = self.shared.storage.as_ref();
                StoredSeries { storage, now: end, lookback: (end - start).max(lookback) }
            }
            None => self.shared.source(lookback),
        };
        examine(expr, &source)
    }
}

// === impl Shared ===

impl Shared {
    fn now(&self) -> Timestamp {
        Timestamp(self.clock.now_ms())
    }

    fn source(&self, lookback: Duration) -> StoredSeries<'_> {
        StoredSeries { storage: self.storage.as_ref(), now: self.now(), lookback }
    }

    /// Evaluates a group once and publishes what came of it; gives the alerts to hand over.
    fn evaluate(&self, key: &GroupKey, at: Timestamp, runner: &mut GroupRunner) -> Vec<Alert> {
        let settings = read(&self.settings).clone();
        let interval = runner.group().interval;
        let dead_rules = self.dead_rules();
        // Long enough for targets to be scraped again, so that a condition can show itself.
        let restore_until = self.started + Duration((2 * interval.0).max(settings.restore.lookback.0));
        let context = Context {
            storage: &self.storage,
            appender: self.appender.as_ref(),
            options: &settings.options,
            external_labels: &settings.external_labels,
            external_url: &settings.external_url,
            restore: (at <= restore_until).then_some(settings.restore),
            resend: settings.resend,
            dead_rules: &dead_rules,
        };
        let begun = Instant::now();
        let evaluation = runner.evaluate(at, &context);
        let seconds = begun.elapsed().as_secs_f64();
        let name = metric_key(key);
        let metrics = &self.metrics;
        metrics.evaluations.with(&[&name]).add(runner.group().rules.len() as u64);
        metrics.failures.with(&[&name]).add(evaluation.failures as u64);
        metrics.last_duration.with(&[&name]).set(seconds);
        metrics.last_evaluation.with(&[&name]).set(at.seconds());
        metrics.samples.with(&[&name]).set(evaluation.samples as f64);
        metrics.duration.with(&[]).observe(seconds);
        if let Some(status) = write(&self.groups).get_mut(key) {
            status.last_evaluation = Some(at);
            status.seconds = seconds;
            status.rules = runner.status();
        }
        evaluation.alerts
    }

    fn dead_rules(&self) -> Vec<DeadRule> {
        let (groups, liveness) = (read(&self.groups), read(&self.liveness));
        let mut dead = Vec::new();
        for ((key, index), known) in liveness.iter().filter(|(_, known)| known.dead) {
            let rule = groups.get(key).and_then(|group| group.rules.get(*index));
            let silent = |s: &&SelectorLiveness| s.selector.exempt.is_empty() && !s.matches_now;
            if let (Some(rule), Some(found)) = (rule, known.selectors.iter().find(silent)) {
                dead.push(DeadRule {
                    group: key.1.clone(),
                    rule: rule.rule.name().to_owned(),
                    selector: found.selector.text.clone(),
                    suggestion: found.suggestion.clone(),
                });
            }
        }
        dead.sort_by(|a, b| (&a.group, &a.rule).cmp(&(&b.group, &b.rule)));
        // Two rules of one name are one alert.
        dead.dedup_by(|a, b| (&a.group, &a.rule) == (&b.group, &b.rule));
        dead
    }

    /// Looks at the selectors of all rules and panels.
    fn examine_all(&self) -> Result<(), String> {
        let settings = read(&self.settings).clone();
        let (source, now) = (self.source(settings.options.lookback), self.now());
        let groups: Vec<(GroupKey, RuleGroup)> =
            read(&self.groups).iter().map(|(key, status)| (key.clone(), status.group.clone())).collect();
        let mut tracker = lock(&self.tracker);
        for (key, group) in &groups {
            for (index, rule) in group.rules.iter().enumerate() {
                let Some(expr) = rule.expr() else { continue };
                let selectors = tracker.examine(expr, &source, now, rule.may_be_empty())?;
                let dead = selectors.iter().any(|s| tracker.is_dead(s, now, settings.dead_after));
                self.metrics.dead.with(&[&key.1, rule.name()]).set(f64::from(u8::from(dead)));
                write(&self.liveness).insert((key.clone(), index), RuleLiveness { dead, selectors });
            }
        }
        for (_, expr) in read(&self.panels).iter() {
            tracker.examine(expr, &source, now, false)?;
        }
        tracker.forget(now - FORGET_AFTER);
        Ok(())
    }
}

/// The alert that says that another one is dead.
fn built_in_group(interval: Duration) -> RuleGroup {
    let rule = AlertingRule {
        alert: "WeirDeadAlert".to_owned(),
        condition: Condition::DeadRules,
        hold: Duration::ZERO,
        keep_firing: Duration::ZERO,
        labels: Labels::from_pairs([("severity", "warning")]),
        annotations: Labels::empty(),
    };
    RuleGroup {
        file: BUILT_IN.to_owned(),
        name: "weir".to_owned(),
        interval,
        limit: 0,
        query_offset: Duration::ZERO,
        rules: vec![Rule::Alerting(rule)],
    }
}

/// Evaluates a group at its slots: the interval's multiples, moved by a hash of the name so that not all
/// groups run at once. Slots that pass while one evaluation runs are skipped and counted.
async fn run_group(
    shared: Arc<Shared>,
    key: GroupKey,
    interval: Duration,
    runner: Arc<Mutex<Option<GroupRunner>>>,
    mut stopped: watch::Receiver<bool>,
) {
    let name = metric_key(&key);
    let mut slot = next_slot(shared.now(), interval, &key);
    loop {
        let wait = (slot - shared.now()).to_std();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        // The permit outlives neither the evaluation nor a closed semaphore, and ours is never closed.
        let Ok(permit) = shared.permits.acquire().await else { return };
        let (of, at, held, group) = (Arc::clone(&shared), slot, Arc::clone(&runner), key.clone());
        let evaluated = tokio::task::spawn_blocking(move || {
            lock(&held).as_mut().map_or_else(Vec::new, |runner| of.evaluate(&group, at, runner))
        });
        let alerts = evaluated.await.unwrap_or_default();
        drop(permit);
        if !alerts.is_empty() && shared.alerts.send(alerts).await.is_err() {
            tracing::error!(group = key.1, "Alerts cannot be handed over: the notifier is gone");
            return;
        }
        let following = next_slot(shared.now(), interval, &key);
        let passed = ((following - slot).0 / interval.0.max(1)).max(1);
        shared.metrics.iterations.with(&[&name]).add(passed.unsigned_abs());
        shared.metrics.missed.with(&[&name]).add((passed - 1).unsigned_abs());
        slot = following.max(slot + interval);
    }
}

/// The first slot after `now`.
fn next_slot(now: Timestamp, interval: Duration, key: &GroupKey) -> Timestamp {
    let labels = Labels::from_pairs([("file", key.0.as_str()), ("name", key.1.as_str())]);
    let interval_ms = interval.0.max(1);
    let offset = (model::alert::fingerprint(&labels) % interval_ms.unsigned_abs()) as i64;
    let base = now.0 - (now.0 - offset).rem_euclid(interval_ms);
    Timestamp(base + interval_ms)
}

async fn watch_selectors(shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    loop {
        let of = Arc::clone(&shared);
        match tokio::task::spawn_blocking(move || of.examine_all()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "Looking at the selectors of rules failed"),
            Err(error) => tracing::error!(%error, "Looking at the selectors of rules ended early"),
        }
        tokio::select! {
            () = tokio::time::sleep(LIVENESS_INTERVAL) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

fn key(group: &RuleGroup) -> GroupKey {
    (group.file.clone(), group.name.clone())
}

/// As Prometheus writes it in `rule_group` labels.
fn metric_key(key: &GroupKey) -> String {
    format!("{};{}", key.0, key.1)
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_multiples_moved_by_a_constant() {
        let key = ("f".to_owned(), "g".to_owned());
        let interval = Duration::from_secs(15);
        let first = next_slot(Timestamp(1_000_000), interval, &key);
        assert!(first.0 > 1_000_000 && first.0 <= 1_015_000);
        assert_eq!(next_slot(first, interval, &key), first + interval);
        assert_eq!(next_slot(Timestamp(first.0 - 1), interval, &key), first);
    }
}
