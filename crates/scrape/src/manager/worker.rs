//! The loop of one target.

use std::sync::Arc;
use std::time::Instant;

use model::exposition::Format;
use model::{Duration, Timestamp};
use stdx::http::HttpError;
use tokio::sync::watch;

use super::fetch::{Reach, ScrapeError};
use super::status::{Health, Last, LastScrape};
use super::{Context, locked, slots};
use crate::config::JobSettings;
use crate::ingest::{Ingest, IngestError, IngestSettings, ScrapeStats};
use crate::target::Target;

/// A job as its loops see it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) settings: Arc<JobSettings>,
    pub(super) ingest: Arc<IngestSettings>,
    pub(super) reach: Reach,
    /// Why all scrapes fail (too many targets).
    pub(super) forced_error: Option<String>,
}

/// What a loop is told.
#[derive(Clone, Debug)]
pub(super) enum Order {
    /// Scrape, by these settings.
    Run(Arc<Job>, Arc<Target>),
    /// The target is gone: mark its series stale and end.
    Leave,
    /// The process ends.
    Quit,
}

/// One target's loop.
pub(super) struct Worker {
    context: Arc<Context>,
    orders: watch::Receiver<Order>,
    job: Arc<Job>,
    target: Arc<Target>,
    reach: Reach,
    last: LastScrape,
    ingest: Ingest,
}

/// What a scrape gave before it is stored.
struct Fetched {
    result: Result<Format, ScrapeError>,
    body: Vec<u8>,
    seconds: f64,
}

// === impl Job ===

impl Job {
    pub(super) fn new(settings: Arc<JobSettings>, forced_error: Option<String>) -> Job {
        let ingest = Arc::new(settings.ingest.clone());
        Job { reach: Reach::of(&settings), ingest, settings, forced_error }
    }

    /// The same with another forced error, connections kept.
    pub(super) fn with_error(&self, forced_error: Option<String>) -> Job {
        let (settings, ingest) = (self.settings.clone(), self.ingest.clone());
        Job { settings, ingest, reach: self.reach.clone(), forced_error }
    }
}

// === impl Worker ===

impl Worker {
    pub(super) fn new(
        context: Arc<Context>,
        job: Arc<Job>,
        target: Arc<Target>,
        orders: watch::Receiver<Order>,
        last: LastScrape,
    ) -> Worker {
        let ingest = Ingest::new(target.labels.clone(), timed(&job, &target));
        let reach = job.reach.separate();
        Worker { context, orders, job, target, reach, last, ingest }
    }

    /// Scrapes until told to end.
    pub(super) async fn run(mut self) {
        let mut orders = self.orders.clone();
        let mut earliest = Timestamp(self.context.clock.now_ms());
        loop {
            let slot = slots::next(earliest, self.target.interval, self.target.hash);
            // Where the clock was set back just now, the slot is far away.
            let wait = Duration(slot.0 - self.context.clock.now_ms()).min(self.target.interval).to_std();
            tokio::select! {
                told = orders.changed() => {
                    let order = orders.borrow_and_update().clone();
                    match order {
                        Order::Run(job, target) if told.is_ok() => self.reconfigure(job, target),
                        order => return Box::pin(self.end(matches!(order, Order::Leave))).await,
                    }
                    continue;
                }
                () = tokio::time::sleep(wait) => {}
            }
            let now = Timestamp(self.context.clock.now_ms());
            if now.0 < slot.0 - 1 {
                // The clock was set back.
                earliest = now;
                continue;
            }
            let at = slots::aligned(slot, now, self.target.interval);
            // Boxed: a loop that waits, as most do, is a tenth of one that fetches.
            let Some(fetched) = Box::pin(self.fetch()).await else { continue };
            self = Box::pin(self.store(fetched, at)).await;
            let done = self.context.clock.now_ms();
            earliest = Timestamp(done.max(slot.0) + 1);
            let skipped = (done - slot.0) / self.target.interval.0.max(1);
            self.context.metrics.missed.add(u64::try_from(skipped).unwrap_or(0));
        }
    }

    /// Fetches; none if told to end meanwhile.
    async fn fetch(&self) -> Option<Fetched> {
        let mut ends = self.orders.clone();
        let mut body = self.context.buffer();
        let begun = Instant::now();
        let result = match &self.job.forced_error {
            Some(error) => Err(ScrapeError::Forced(error.clone())),
            None => tokio::select! {
                _ = ends.wait_for(|order| !matches!(order, Order::Run(..))) => return None,
                result = self.reach.fetch(&self.context, &self.job.settings, &self.target, &mut body) => result,
            },
        };
        Some(Fetched { result, body, seconds: begun.elapsed().as_secs_f64() })
    }

    /// Stores what was fetched, on a thread that may block, and publishes how it went.
    async fn store(mut self, fetched: Fetched, at: Timestamp) -> Worker {
        let seconds = fetched.seconds;
        let permit = self.context.storing.acquire().await;
        let context = self.context.clone();
        let fresh = || Ingest::new(self.target.labels.clone(), timed(&self.job, &self.target));
        let mut ingest = std::mem::replace(&mut self.ingest, fresh());
        let stored = tokio::task::spawn_blocking(move || {
            let Fetched { result, body, seconds } = fetched;
            let stored = append(&mut ingest, &context, result, &body, at, seconds);
            context.give_back(body);
            (ingest, stored)
        })
        .await;
        drop(permit);
        let result = match stored {
            Ok((ingest, result)) => {
                self.ingest = ingest;
                result
            }
            // The state is lost, and made anew with the next body.
            Err(_) => Err(ScrapeError::Panicked),
        };
        self.publish(result, at, seconds);
        self
    }

    fn publish(&self, result: Result<ScrapeStats, ScrapeError>, at: Timestamp, seconds: f64) {
        let metrics = &self.context.metrics;
        metrics.duration.observe(seconds);
        let error = match result {
            Ok(stats) => {
                metrics.scrapes.with(&["success"]).inc();
                metrics.count(&stats);
                String::new()
            }
            Err(error) => {
                metrics.scrapes.with(&["failure"]).inc();
                self.count_failure(&error);
                error.to_string()
            }
        };
        let health = if error.is_empty() { Health::Up } else { Health::Down };
        let asked = locked(&self.context.asked).clone();
        let declared = asked.iter().filter(|family| self.ingest.declares(family)).cloned().collect();
        let mut last = locked(&self.last);
        if last.health != health && health == Health::Down {
            let (pool, url) = (&self.job.settings.name, self.target.url.as_str());
            tracing::debug!(pool, url, error, "A target went down");
        }
        *last = Last { error, at: Some(at), duration_seconds: seconds, health, declared };
    }

    fn count_failure(&self, error: &ScrapeError) {
        let metrics = &self.context.metrics;
        match error {
            ScrapeError::Http(HttpError::TooLarge { .. }) => metrics.exceeded_body_size.inc(),
            ScrapeError::Ingest(IngestError::SampleLimit { .. }) => metrics.exceeded_sample_limit.inc(),
            ScrapeError::Ingest(IngestError::Append(error)) => {
                metrics.append_errors.inc();
                let (pool, url) = (&self.job.settings.name, self.target.url.as_str());
                tracing::error!(pool, url, %error, "The store did not take a scrape");
            }
            ScrapeError::Panicked => {
                metrics.append_errors.inc();
                let (pool, url) = (&self.job.settings.name, self.target.url.as_str());
                tracing::error!(pool, url, "Reading a body ended early");
            }
            _ => {}
        }
    }

    fn reconfigure(&mut self, job: Arc<Job>, target: Arc<Target>) {
        let before = timed(&self.job, &self.target);
        let after = timed(&job, &target);
        // The settings hold patterns, which compare by their text.
        if format!("{before:?}") != format!("{after:?}") {
            self.ingest.set_settings(after);
        }
        if self.job.settings.http != job.settings.http || self.job.settings.local != job.settings.local {
            self.reach = job.reach.separate();
        }
        self.job = job;
        self.target = target;
    }

    async fn end(mut self, stale: bool) {
        // After the last sample, or the markers would be taken for duplicates.
        let last = locked(&self.last).at.map_or(i64::MIN, |at| at.0.saturating_add(1));
        let at = Timestamp(self.context.clock.now_ms().max(last));
        let (context, appender) = (self.context.clone(), self.context.appender.clone());
        let ended = tokio::task::spawn_blocking(move || {
            if stale {
                self.ingest.close(&*appender, at)
            } else {
                self.ingest.detach(&*appender);
                Ok(())
            }
        });
        if let Ok(Err(error)) = ended.await {
            context.metrics.append_errors.inc();
            tracing::error!(%error, "The store did not take the end of a target");
        }
    }
}

/// The job's settings with the target's own timeout.
fn timed(job: &Job, target: &Target) -> Arc<IngestSettings> {
    let seconds = target.timeout.seconds();
    if job.ingest.timeout_seconds == seconds {
        return job.ingest.clone();
    }
    Arc::new(IngestSettings { timeout_seconds: seconds, ..(*job.ingest).clone() })
}

fn append(
    ingest: &mut Ingest,
    context: &Context,
    fetched: Result<Format, ScrapeError>,
    body: &[u8],
    at: Timestamp,
    seconds: f64,
) -> Result<ScrapeStats, ScrapeError> {
    let appender = &*context.appender;
    let error = match fetched {
        Ok(format) => return Ok(ingest.append_body(appender, body, format, at, seconds)?),
        Err(error) => error,
    };
    match &error {
        ScrapeError::Http(HttpError::TooLarge { .. }) => ingest.append_too_large(appender, at, seconds)?,
        _ => ingest.append_failure(appender, at, seconds)?,
    }
    Err(error)
}
