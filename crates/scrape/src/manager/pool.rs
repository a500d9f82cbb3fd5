//! The targets of one job: follows discovery, begins and ends loops.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration as StdDuration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::Context;
use super::status::LastScrape;
use super::worker::{Job, Order, Worker};
use crate::config::JobSettings;
use crate::discovery::{self, Discovery, Found};
use crate::target::{self, Memo, Target};

/// How long the first targets may be waited for until all sources have answered.
const SETTLING: StdDuration = StdDuration::from_secs(5);

/// A running job.
#[derive(Debug)]
pub(super) struct Pool {
    wishes: watch::Sender<Wish>,
    task: JoinHandle<()>,
}

/// What a job is told.
#[derive(Clone, Debug)]
enum Wish {
    Run(Arc<JobSettings>),
    Leave,
    Quit,
}

struct Task {
    context: Arc<Context>,
    job: Arc<Job>,
    discovery: Discovery,
    groups: watch::Receiver<Arc<Found>>,
    /// Until when targets are held back, since not all sources have answered.
    settling: Option<Instant>,
    memo: Memo,
    loops: HashMap<u64, Loop>,
    refused: Vec<String>,
}

/// A running loop.
struct Loop {
    job: Arc<Job>,
    target: Arc<Target>,
    orders: watch::Sender<Order>,
    last: LastScrape,
    task: JoinHandle<()>,
}

// === impl Pool ===

impl Pool {
    pub(super) fn start(context: Arc<Context>, settings: Arc<JobSettings>) -> Pool {
        let (wishes, told) = watch::channel(Wish::Quit);
        let discovery =
            discovery::run(&settings.name, settings.discovery.clone(), &context.metrics.discovery);
        let groups = discovery.groups();
        let hold_back = if groups.borrow().complete { StdDuration::ZERO } else { SETTLING };
        let task = Task {
            groups,
            discovery,
            job: Arc::new(Job::new(settings, None)),
            context,
            settling: Some(Instant::now() + hold_back),
            memo: Memo::default(),
            loops: HashMap::new(),
            refused: Vec::new(),
        };
        Pool { wishes, task: tokio::spawn(task.run(told)) }
    }

    pub(super) fn reconfigure(&self, settings: Arc<JobSettings>) {
        self.wishes.send_replace(Wish::Run(settings));
    }

    /// Ends the job, its series stale.
    pub(super) async fn leave(self) {
        self.wishes.send_replace(Wish::Leave);
        self.ended().await;
    }

    /// Tells the job that the process ends.
    pub(super) fn quit(&self) {
        self.wishes.send_replace(Wish::Quit);
    }

    /// Waits for the end.
    pub(super) async fn ended(self) {
        if let Err(error) = self.task.await {
            tracing::error!(%error, "A job ended early");
        }
    }
}

// === impl Task ===

impl Task {
    async fn run(mut self, mut wishes: watch::Receiver<Wish>) {
        loop {
            let settled = self.settling.unwrap_or_else(Instant::now);
            tokio::select! {
                told = wishes.changed() => {
                    let wish = wishes.borrow_and_update().clone();
                    match wish {
                        Wish::Run(settings) if told.is_ok() => self.reconfigure(&settings).await,
                        wish => {
                            let order = if matches!(wish, Wish::Leave) { Order::Leave } else { Order::Quit };
                            return end(self.loops.into_values(), &order).await;
                        }
                    }
                }
                Ok(()) = self.groups.changed() => {
                    if self.settling.is_none() || self.groups.borrow().complete {
                        self.sync().await;
                    }
                }
                () = tokio::time::sleep_until(settled), if self.settling.is_some() => self.sync().await,
            }
        }
    }

    async fn reconfigure(&mut self, settings: &Arc<JobSettings>) {
        let moved = settings.discovery != self.job.settings.discovery;
        let error = self.job.forced_error.clone();
        let mut job = Job::new(Arc::clone(settings), error);
        if settings.http == self.job.settings.http && settings.local == self.job.settings.local {
            // Keeps what TLS has set up.
            job.reach = self.job.reach.clone();
        }
        self.job = Arc::new(job);
        self.memo = Memo::default();
        if moved {
            // The targets of before stay until the new sources have answered.
            let metrics = &self.context.metrics.discovery;
            self.discovery = discovery::run(&settings.name, settings.discovery.clone(), metrics);
            self.groups = self.discovery.groups();
            self.settling = Some(Instant::now() + SETTLING);
        } else if self.settling.is_none() {
            self.sync().await;
        }
    }

    /// Makes the loops follow what was found.
    async fn sync(&mut self) {
        self.settling = None;
        let found = self.groups.borrow_and_update().clone();
        let begun = Instant::now();
        let set = self.memo.build(&self.job.settings, &found.groups);
        let length = &self.context.metrics.sync_length;
        length.with(&[&self.job.settings.name]).observe(begun.elapsed().as_secs_f64());
        self.check_limit(set.active.len());
        self.report(&set);
        let wanted: HashMap<u64, &Arc<Target>> =
            set.active.iter().map(|target| (target.hash, target)).collect();
        let gone: Vec<u64> = self.loops.keys().filter(|hash| !wanted.contains_key(hash)).copied().collect();
        // What is gone is marked before what is new begins: they may have series in common.
        let gone: Vec<Loop> = gone.into_iter().filter_map(|hash| self.loops.remove(&hash)).collect();
        end(gone.into_iter(), &Order::Leave).await;
        for target in &set.active {
            let order = Order::Run(self.job.clone(), target.clone());
            match self.loops.get_mut(&target.hash) {
                Some(running)
                    if Arc::ptr_eq(&running.target, target) && Arc::ptr_eq(&running.job, &self.job) => {}
                Some(running) => {
                    running.target = target.clone();
                    running.job = self.job.clone();
                    running.orders.send_replace(order);
                }
                None => {
                    let started = self.start(target, order);
                    self.loops.insert(target.hash, started);
                }
            }
        }
        let shown = |target: &Arc<Target>| {
            let running = self.loops.get(&target.hash)?;
            Some((running.target.clone(), running.last.clone()))
        };
        let shown = set.active.iter().filter_map(shown).collect();
        self.context.board.publish(&self.job.settings.name, &set, shown);
    }

    fn start(&self, target: &Arc<Target>, order: Order) -> Loop {
        let (orders, told) = watch::channel(order);
        let last = LastScrape::default();
        let worker = Worker::new(self.context.clone(), self.job.clone(), target.clone(), told, last.clone());
        Loop { job: self.job.clone(), target: target.clone(), orders, last, task: tokio::spawn(worker.run()) }
    }

    /// With too many targets all scrapes fail, as in Prometheus.
    fn check_limit(&mut self, targets: usize) {
        let limit = self.job.settings.target_limit;
        let exceeded = limit > 0 && targets > limit;
        let error =
            exceeded.then(|| format!("target_limit exceeded (number of targets: {targets}, limit: {limit})"));
        if exceeded {
            self.context.metrics.exceeded_target_limit.inc();
        }
        if error != self.job.forced_error {
            self.job = Arc::new(self.job.with_error(error));
        }
    }

    fn report(&mut self, set: &target::TargetSet) {
        let (metrics, name) = (&self.context.metrics, self.job.settings.name.as_str());
        metrics.pool_syncs.with(&[name]).inc();
        metrics.pool_targets.with(&[name]).set(set.active.len() as f64);
        metrics.pool_target_limit.with(&[name]).set(self.job.settings.target_limit as f64);
        metrics.refused_targets.with(&[name]).add(set.refused_count as u64);
        if set.refused != self.refused {
            for error in &set.refused {
                tracing::warn!(pool = name, error, "A target was refused");
            }
            self.refused.clone_from(&set.refused);
        }
    }
}

/// Tells all loops, then waits for them.
async fn end(loops: impl Iterator<Item = Loop>, order: &Order) {
    let told: Vec<Loop> = loops.inspect(|running| _ = running.orders.send_replace(order.clone())).collect();
    for running in told {
        if let Err(error) = running.task.await {
            tracing::error!(%error, url = running.target.url.as_str(), "A scrape loop ended early");
        }
    }
}
