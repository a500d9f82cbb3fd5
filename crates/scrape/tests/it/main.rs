//! The whole of scraping, over real sockets: discovery, loops, reloads, and servers that misbehave.

#![expect(clippy::unwrap_used, reason = "a failure of the test's own means ends the test")]

mod access;
mod discovery;
mod hostile;
mod kubernetes;
mod memory;
mod reload;
mod server;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scrape::config::{GlobalConfig, JobSettings, ScrapeConfig, resolve};
use scrape::manager::TargetStatus;
use scrape::{Handle, Manager, Metrics};
use stdx::{Registry, SystemClock};

use memory::Memory;

/// A manager, what it stores and what it shows.
struct House {
    manager: Manager,
    memory: Arc<Memory>,
    handle: Handle,
    registry: Registry,
}

impl House {
    fn new() -> House {
        let memory = Arc::new(Memory::default());
        let registry = Registry::new();
        let manager = Manager::new(memory.clone(), Arc::new(SystemClock), Metrics::new(&registry));
        House { handle: manager.handle(), manager, memory, registry }
    }

    async fn with(yaml: &str) -> House {
        let mut house = House::new();
        house.manager.apply(jobs(yaml)).await;
        house
    }

    /// The only target of a job.
    fn target(&self, pool: &str) -> Option<TargetStatus> {
        self.handle.targets().into_iter().find(|target| target.pool == pool)
    }

    /// Waits until a job's target was scraped, and gives it.
    async fn scraped(&self, pool: &str) -> TargetStatus {
        let scraped = || self.target(pool).filter(|target| target.last_scrape.is_some());
        eventually(pool, || scraped().is_some()).await;
        scraped().expect("it was there")
    }
}

/// Settings of entries of `scrape_configs`; targets are scraped every 200 ms unless they say otherwise.
fn jobs(yaml: &str) -> Vec<JobSettings> {
    let global: GlobalConfig =
        stdx::yaml::from_str("{scrape_interval: 200ms, scrape_timeout: 150ms}", "global").expect("valid");
    let configs: Vec<ScrapeConfig> = stdx::yaml::from_str(yaml, "test.yml").expect("valid YAML");
    resolve(&global, configs, Path::new("/")).expect("valid jobs")
}

/// Waits for what must come true soon.
async fn eventually(what: &str, check: impl Fn() -> bool) {
    let begun = Instant::now();
    while !check() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it did not come true in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
