//! What the handlers see: the store, what the services publish, and facts about the process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use model::storage::{SelectError, Storage};
use model::{Duration, Timestamp};
use stdx::{Clock, Registry};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::envelope::{ApiError, ErrorType};
use crate::metrics::Metrics;
use crate::params::{Params, invalid};

/// All that handlers read.
pub struct App {
    /// Samples.
    pub storage: Arc<dyn Storage>,
    /// The store itself, for `/api/v1/status/tsdb`.
    pub store: Arc<tsdb::Store>,
    /// Targets.
    pub scrape: scrape::Handle,
    /// Rules, alerts and the liveness of selectors.
    pub rules: rules::Handle,
    /// What is notified.
    pub notify: notify::Handle,
    /// Dashboards by uid.
    pub dashboards: RwLock<dashboard::Library>,
    /// Facts of the process and of the configuration in force.
    pub facts: RwLock<Facts>,
    /// What became of the cluster's objects.
    pub monitors: RwLock<crate::Monitors>,
    /// Why some of them have no targets.
    pub reasons: crate::Reasons,
    /// The configuration as it is in force, as YAML with secrets hidden.
    pub config_yaml: RwLock<String>,
    /// Readiness and reload.
    pub lifecycle: Lifecycle,
    /// Own metrics.
    pub registry: Registry,
    /// The metrics of this crate.
    pub metrics: Metrics,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Bounds of queries.
    pub limits: QueryLimits,
    /// Holds as many permits as queries may run at once.
    pub query_permits: Arc<Semaphore>,
}

/// Facts for the status pages.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Our version.
    pub version: String,
    /// The commit we were built from, or "unknown".
    pub revision: String,
    /// Flag names without dashes, and their values in force.
    pub flags: BTreeMap<String, String>,
    /// When the process began, milliseconds since the epoch.
    pub started_ms: i64,
    /// Where the process runs.
    pub working_directory: String,
    /// The machine's name.
    pub hostname: String,
    /// Retention in words, as `storageRetention`.
    pub retention: String,
    /// Whether the built-in demo replays a recording.
    pub demo: bool,
    /// How to replace the demo by real targets.
    pub demo_hint: String,
    /// Labels added to federated series and alerts.
    pub external_labels: Vec<(String, String)>,
    /// The interval that dashboards take as the scrape interval.
    pub scrape_interval: Duration,
}

/// Readiness, and the way to ask for a reload.
#[derive(Debug)]
pub struct Lifecycle {
    /// Whether the store has been read and the services run.
    pub ready: AtomicBool,
    /// Asks the wiring for a reload; the answer is none, or why it failed.
    pub reload: mpsc::Sender<ReloadRequest>,
    /// Whether `POST /-/reload` is allowed.
    pub enabled: bool,
    /// Whether the last reload succeeded.
    pub last_reload_ok: AtomicBool,
    /// When the configuration in force was read, milliseconds since the epoch.
    pub last_reload_ms: std::sync::atomic::AtomicI64,
}

/// One wish for a reload.
#[derive(Debug)]
pub struct ReloadRequest {
    /// Where the outcome goes.
    pub done: oneshot::Sender<Result<(), String>>,
}

/// Bounds of queries, from flags.
#[derive(Clone, Debug)]
pub struct QueryLimits {
    /// How far back an instant vector selector looks.
    pub lookback: Duration,
    /// The longest a query may run.
    pub timeout: Duration,
    /// How many samples a query may hold at once.
    pub max_samples: usize,
    /// The step of subqueries that name none.
    pub evaluation_interval: Duration,
}

/// Cancels a query when the client is gone: dropped with the handler's future.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl App {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock.now_ms())
    }

    /// A copy of the facts.
    pub(crate) fn facts(&self) -> Facts {
        self.facts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether queries are answered yet.
    pub fn is_ready(&self) -> bool {
        self.lifecycle.ready.load(Ordering::Acquire)
    }

    /// Runs a read of the store on a thread that may block.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Storage) -> Result<T, SelectError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let storage = Arc::clone(&self.storage);
        let joined = tokio::task::spawn_blocking(move || read(storage.as_ref())).await;
        match joined {
            Ok(result) => Ok(result?),
            Err(error) => Err(ApiError::internal(format!("the query's thread ended early: {error}"))),
        }
    }

    /// Runs a query within the bounds, on a thread that may block; it ends when the client is gone.
    pub(crate) async fn evaluate(
        &self,
        kind: &str,
        params: &Params,
        run: impl FnOnce(&dyn Storage, &promql::Options) -> Result<promql::Answer, promql::EvalError>
        + Send
        + 'static,
    ) -> Result<promql::Answer, ApiError> {
        let mut options = self.query_options();
        let lookback = params.duration("lookback_delta").map_err(|error| {
            let why = error.message.trim_start_matches("invalid parameter \"lookback_delta\": ");
            ApiError::bad_data(format!("error parsing lookback delta duration: {why}"))
        })?;
        if let Some(lookback) = lookback {
            options.lookback = lookback;
        }
        let timeout = params.duration("timeout")?.unwrap_or(self.limits.timeout).min(self.limits.timeout);
        if timeout.0 <= 0 {
            return Err(invalid("timeout", "must be positive"));
        }
        self.evaluate_within(kind, options, timeout, run).await
    }

    /// The options that apply where the request says nothing.
    pub(crate) fn query_options(&self) -> promql::Options {
        promql::Options {
            lookback: self.limits.lookback,
            default_subquery_step: self.limits.evaluation_interval,
            max_samples: self.limits.max_samples,
            ..promql::Options::default()
        }
    }

    async fn evaluate_within(
        &self,
        kind: &str,
        mut options: promql::Options,
        timeout: Duration,
        run: impl FnOnce(&dyn Storage, &promql::Options) -> Result<promql::Answer, promql::EvalError>
        + Send
        + 'static,
    ) -> Result<promql::Answer, ApiError> {
        let cancel = Arc::new(AtomicBool::new(false));
        options.cancel = Some(Arc::clone(&cancel));
        let guard = CancelOnDrop(cancel);
        let begun = std::time::Instant::now();
        let work = async {
            let permit = Arc::clone(&self.query_permits).acquire_owned().await;
            let storage = Arc::clone(&self.storage);
            let joined = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                run(storage.as_ref(), &options)
            });
            joined.await
        };
        let outcome = tokio::time::timeout(timeout.to_std(), work).await;
        drop(guard);
        self.metrics.query_seconds.with(&[kind]).observe(begun.elapsed().as_secs_f64());
        match outcome {
            Ok(Ok(result)) => Ok(result?),
            Ok(Err(error)) => Err(ApiError::internal(format!("the query's thread ended early: {error}"))),
            Err(_) => Err(ApiError::new(ErrorType::Timeout, "query timed out in expression evaluation")),
        }
    }
}
