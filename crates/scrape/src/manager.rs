//! The shell: a task per job that follows discovery, and a task per target that scrapes.
//!
//! # Guarantees
//! - A target is scraped at the same phase of its interval always; samples bear the time that they were due
//!   at, if the scrape began within 2 ms (or a hundredth of the interval) of it.
//! - A reload changes what changed: a target whose labels and URL stay keeps its loop and what it remembers.
//! - A target that is gone leaves its series stale. At the end of the process nothing is marked.
//! - No target can take more memory than its body limit, more time than its timeout, or the turn of another:
//!   bodies are read side by side, and stored by as many threads as there are processors.

mod fetch;
mod pool;
mod slots;
mod status;
mod worker;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::storage::Appender;
use stdx::Clock;
use tokio::sync::Semaphore;

use crate::config::JobSettings;
use crate::metrics::Metrics;
use pool::Pool;
use status::Board;
pub use status::{Handle, Health, TargetStatus};

/// How we present ourselves to servers.
pub(crate) const AGENT: &str = concat!("weir/", env!("CARGO_PKG_VERSION"));

/// Buffers that are kept for the next bodies, and how large each may be.
const MAX_BUFFERS: usize = 8;
const MAX_BUFFER_BYTES: usize = 8 << 20;

/// A source of metrics within the process: gives the `Content-Type` and the body.
pub type LocalSource = Arc<dyn Fn() -> (String, Vec<u8>) + Send + Sync>;

/// Runs all jobs.
pub struct Manager {
    context: Arc<Context>,
    pools: BTreeMap<String, (Arc<JobSettings>, Pool)>,
}

/// What all tasks share.
struct Context {
    appender: Arc<dyn Appender>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    sources: Mutex<HashMap<String, LocalSource>>,
    board: Board,
    /// Families that others want to know the senders of.
    asked: Mutex<Arc<[String]>>,
    /// As many as bodies may be stored at once.
    storing: Semaphore,
    buffers: Mutex<Vec<Vec<u8>>>,
}

// === impl Manager ===

impl Manager {
    /// Without jobs. Rows go to `appender`.
    pub fn new(appender: Arc<dyn Appender>, clock: Arc<dyn Clock>, metrics: Metrics) -> Manager {
        let threads = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        let context = Context {
            appender,
            clock,
            metrics,
            sources: Mutex::default(),
            board: Board::default(),
            asked: Mutex::new(Arc::from([])),
            storing: Semaphore::new(threads),
            buffers: Mutex::default(),
        };
        Manager { context: Arc::new(context), pools: BTreeMap::new() }
    }

    /// Names a source within the process, for [`JobSettings::local`].
    pub fn register_local(&self, name: &str, source: LocalSource) {
        locked(&self.context.sources).insert(name.to_owned(), source);
    }

    /// From the next scrape of each target on, its status says which of these families it has declared.
    pub fn ask(&self, families: &[&str]) {
        *locked(&self.context.asked) = families.iter().map(ToString::to_string).collect();
    }

    /// What others may see.
    pub fn handle(&self) -> Handle {
        Handle::new(self.context.board.clone())
    }

    /// Runs these jobs from now on. Jobs that are not among them end, their series stale; those that say the
    /// same as before are left alone.
    pub async fn apply(&mut self, jobs: Vec<impl Into<Arc<JobSettings>>>) {
        let jobs: Vec<Arc<JobSettings>> = jobs.into_iter().map(Into::into).collect();
        let wanted: HashSet<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
        let gone: Vec<String> =
            self.pools.keys().filter(|name| !wanted.contains(name.as_str())).cloned().collect();
        for name in gone {
            if let Some((_, pool)) = self.pools.remove(&name) {
                pool.leave().await;
                self.context.board.remove(&name);
                self.context.metrics.forget(&name);
            }
        }
        for job in jobs {
            match self.pools.get_mut(&job.name) {
                Some((before, _)) if Arc::ptr_eq(before, &job) || before.is_same(&job) => {}
                Some((before, pool)) => {
                    pool.reconfigure(job.clone());
                    *before = job;
                }
                None => {
                    let pool = Pool::start(self.context.clone(), job.clone());
                    self.pools.insert(job.name.clone(), (job, pool));
                }
            }
        }
        self.context.metrics.pools.set(self.pools.len() as f64);
    }

    /// Ends all loops; series stay as they are.
    pub async fn stop(self) {
        for (_, pool) in self.pools.values() {
            pool.quit();
        }
        for (_, pool) in self.pools.into_values() {
            pool.ended().await;
        }
    }
}

impl std::fmt::Debug for Manager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manager").field("jobs", &self.pools.keys()).finish()
    }
}

// === impl Context ===

impl Context {
    fn source(&self, name: &str) -> Option<LocalSource> {
        locked(&self.sources).get(name).cloned()
    }

    /// An empty buffer.
    fn buffer(&self) -> Vec<u8> {
        locked(&self.buffers).pop().unwrap_or_default()
    }

    /// Takes a buffer back, unless there are enough or it is too large to keep.
    fn give_back(&self, mut buffer: Vec<u8>) {
        let mut buffers = locked(&self.buffers);
        if buffers.len() < MAX_BUFFERS && buffer.capacity() <= MAX_BUFFER_BYTES {
            buffer.clear();
            buffers.push(buffer);
        }
    }
}

/// A panic of one task does not end the others.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
