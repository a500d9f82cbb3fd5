//! `weir up`: builds the services in order, hands each its pipes, and stops them in reverse.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration as StdDuration, Instant};

use anyhow::{Context, Result};
use model::Labels;
use model::storage::{Appender, Storage};
use server::{App, Facts, Lifecycle, QueryLimits, ReloadRequest};
use stdx::{Clock, Registry, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};

use crate::cli::UpFlags;
use crate::config::{self, Loaded};
use crate::demo::{self, Demo};
use crate::{console, own};
use alertmanagers::Alertmanagers;
pub(crate) use ui::ui;

mod alertmanagers;
mod cluster;
mod flags;
mod panels;
mod ui;
mod web;

/// The commit that the binary was built from, where the build knows it.
pub(crate) const REVISION: &str = match option_env!("WEIR_REVISION") {
    Some(revision) => revision,
    None => "unknown",
};

/// How often the log is synced to the disk.
const SYNC_INTERVAL: StdDuration = StdDuration::from_secs(5);
/// How often the store looks for old samples to move and drop.
const MAINTAIN_INTERVAL: StdDuration = StdDuration::from_secs(60);
/// How long notifications may take to leave when the process ends.
const DRAIN: StdDuration = StdDuration::from_secs(5);

/// Everything that runs.
struct Services {
    scrape: scrape::Manager,
    rules: rules::Manager,
    notify: notify::Manager,
    alertmanagers: Alertmanagers,
    discovery_metrics: scrape::discovery::Metrics,
    store: tsdb::Store,
    app: Arc<App>,
    flags: UpFlags,
    /// Keeps the demo's targets served.
    demo: Option<Demo>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    /// The configuration without what the cluster adds.
    base: Loaded,
    /// What the cluster adds.
    cluster: Option<Clustered>,
    /// Logins and TLS.
    doors: web::Doors,
}

/// A cluster that is read.
struct Clustered {
    view: cluster::View,
    metrics: cluster::ObjectMetrics,
}

/// Runs until SIGTERM or SIGINT.
pub(crate) async fn up(flags: UpFlags) -> Result<()> {
    let begun = Instant::now();
    let (reload, wishes) = mpsc::channel(4);
    let listener = bind(flags.listen.first().copied().context("no --web.listen-address")?).await?;
    let mut services = Services::build(flags, reload, listener.local_addr()?).await?;
    let loaded = services.load()?;
    services.serve(listener).await?;
    services.apply(loaded).await?;
    services.app.lifecycle.ready.store(true, Ordering::Release);
    tracing::info!(seconds = begun.elapsed().as_secs_f64(), address = %services.address, "Weir is ready");
    services.announce();
    services.run(wishes).await?;
    services.shut_down().await
}

// === impl Clustered ===

impl Clustered {
    /// Begins to watch, if that is wished.
    async fn start(flags: &UpFlags, app: &App, scrape: &scrape::Manager) -> Result<Option<Clustered>> {
        if !flags.cluster.reach.enabled {
            return Ok(None);
        }
        let view = cluster::View::start(&flags.cluster, &flags.storage_path, &app.registry).await?;
        let (from, clock) = (view.cluster.clone(), Arc::clone(&app.clock));
        let metrics = cluster::ObjectMetrics::start(from, &flags.cluster, scrape, clock)?;
        Ok(Some(Clustered { view, metrics }))
    }
}

// === impl Services ===

impl Services {
    async fn build(
        flags: UpFlags,
        reload: mpsc::Sender<ReloadRequest>,
        address: SocketAddr,
    ) -> Result<Services> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let registry = Registry::new();
        own::register(&registry);
        let store = tsdb::Store::open(&flags.storage_path, flags.store_options(), &registry)?;
        let storage: Arc<dyn Storage> = Arc::new(store.clone());
        let appender: Arc<dyn Appender> = Arc::new(store.clone());
        let demo = start_demo(&flags, &clock).await?;
        let scrape_metrics = scrape::Metrics::new(&registry);
        let discovery_metrics = scrape_metrics.discovery().clone();
        let scrape = scrape::Manager::new(Arc::clone(&appender), Arc::clone(&clock), scrape_metrics);
        let rendered = registry.clone();
        scrape.register_local(
            "weir",
            Arc::new(move || ("text/plain; version=0.0.4".to_owned(), rendered.render().into_bytes())),
        );
        let (notify, notify_handle) =
            notify::Manager::start(Arc::clone(&clock), notify::Metrics::new(&registry));
        let url = external_url(&flags, address);
        let empty = flags.rule_settings(&Labels::empty(), &url, model::Duration::from_secs(60));
        let rules = rules::Manager::new(
            Arc::clone(&storage),
            Arc::clone(&appender),
            Arc::clone(&clock),
            empty,
            rules::Metrics::new(&registry),
            notify_handle.sender(),
        );
        let app = Arc::new(App {
            storage,
            store: Arc::new(store.clone()),
            scrape: scrape.handle(),
            rules: rules.handle(),
            notify: notify_handle,
            dashboards: RwLock::new(panels::library(&[])),
            facts: RwLock::new(facts(&flags, &clock, demo.is_some())),
            monitors: RwLock::default(),
            reasons: server::Reasons::default(),
            config_yaml: RwLock::default(),
            lifecycle: lifecycle(&flags, reload, &clock),
            metrics: server::Metrics::new(&registry),
            registry,
            clock,
            limits: limits(&flags),
            query_permits: Arc::new(Semaphore::new(flags.query_concurrency.max(1))),
        });
        let stop = watch::Sender::new(false);
        let cluster = Clustered::start(&flags, &app, &scrape).await?;
        let doors = doors(&flags, cluster.as_ref(), &app.registry)?;
        Ok(Services {
            scrape,
            rules,
            notify,
            alertmanagers: Alertmanagers::default(),
            discovery_metrics,
            store,
            app,
            flags,
            demo,
            address,
            stop,
            base: Loaded::default(),
            cluster,
            doors,
        })
    }

    /// Reads the configuration; nothing changes if it is not valid.
    fn load(&self) -> Result<Loaded> {
        let mut loaded = match &self.flags.config_file {
            Some(path) => config::load(path)
                .with_context(|| format!("the configuration {} is not valid", path.display()))?,
            None => config::read("", "(built in)", Path::new("."))?,
        };
        if let Some(demo) = &self.demo {
            let shown = demo::load(demo.address, self.address)?;
            loaded.jobs.extend(shown.jobs);
            loaded.groups.extend(shown.groups);
            loaded.webhooks.extend(shown.webhooks);
            if self.flags.config_file.is_none() {
                loaded.scrape_interval = shown.scrape_interval;
                loaded.evaluation_interval = shown.evaluation_interval;
                loaded.yaml = shown.yaml;
            }
        }
        if self.cluster.is_some() {
            loaded.jobs.push(Arc::new(cluster::ObjectMetrics::job(loaded.scrape_interval)));
        }
        if self.flags.config_file.is_none() {
            let labels =
                Labels::from_pairs([("job", "weir"), ("instance", self.address.to_string().as_str())]);
            loaded.jobs.push(Arc::new(scrape::config::JobSettings::local("weir", labels)));
        }
        Ok(loaded)
    }

    /// Puts a configuration in force, with what the cluster adds.
    async fn apply(&mut self, base: Loaded) -> Result<()> {
        self.base = base;
        let Some(clustered) = &mut self.cluster else { return self.enforce(self.base.clone()).await };
        let overlay = clustered.view.all().await;
        self.put(overlay).await
    }

    /// The objects of the cluster may have changed.
    async fn refresh(&mut self) {
        let Some(clustered) = &mut self.cluster else { return };
        let Some(overlay) = clustered.view.news().await else { return };
        if let Err(error) = self.put(overlay).await {
            tracing::error!(
                error = format!("{error:#}"),
                "What the cluster's objects say cannot be put in force"
            );
        }
    }

    async fn put(&mut self, overlay: cluster::Overlay) -> Result<()> {
        let mut merged = self.base.clone().with(overlay.loaded, self.flags.config_file.is_some());
        cluster::ObjectMetrics::pace(&mut merged.jobs, merged.scrape_interval);
        let groups = merged.groups.clone();
        self.enforce(merged).await?;
        if let Some(clustered) = &mut self.cluster {
            clustered.view.answer(&overlay.rendered);
            *write(&self.app.monitors) = clustered.view.shown(&overlay.rendered);
            clustered.view.confirm(overlay.fingerprint);
            let names = panels::metric_names(&self.app, &groups);
            clustered.metrics.want(names);
        }
        Ok(())
    }

    async fn enforce(&mut self, loaded: Loaded) -> Result<()> {
        let url = external_url(&self.flags, self.address);
        let external_labels = Labels::from_pairs(loaded.external_labels.clone());
        self.notify.apply(notify::manager::Settings {
            external_labels: external_labels.clone(),
            external_url: url.clone(),
            alerting: loaded.alerting,
            webhooks: loaded.webhooks,
            queue_capacity: self.flags.queue_capacity,
            batch_size: 256,
        })?;
        self.alertmanagers =
            Alertmanagers::follow(loaded.alertmanagers, &self.app.notify, &self.discovery_metrics);
        self.scrape.apply(loaded.jobs).await;
        let settings = self.flags.rule_settings(&external_labels, &url, loaded.evaluation_interval);
        self.rules.apply(loaded.groups, settings).await;
        write(&self.app.facts).external_labels = loaded.external_labels;
        write(&self.app.facts).scrape_interval = loaded.scrape_interval;
        *write(&self.app.dashboards) = panels::library(&loaded.dashboards);
        *write(&self.app.config_yaml) = loaded.yaml;
        self.app.lifecycle.last_reload_ms.store(self.app.clock.now_ms(), Ordering::Relaxed);
        Ok(())
    }

    async fn serve(&self, first: TcpListener) -> Result<()> {
        let mut listeners = vec![first];
        for address in self.flags.listen.iter().skip(1) {
            listeners.push(bind(*address).await?);
        }
        let most = self.flags.max_connections;
        let router = server::router(Arc::clone(&self.app));
        for listener in listeners {
            let served = self.doors.behind(listener.local_addr()?, router.clone(), most);
            tokio::spawn(server::serve(listener, served, self.stop.subscribe()));
        }
        if let Some(address) = self.flags.dashboards_address()? {
            let router = server::dashboards_router(Arc::clone(&self.app));
            let listener = bind(address).await?;
            let served = self.doors.behind(address, router, most);
            tokio::spawn(server::serve(listener, served, self.stop.subscribe()));
        }
        if let (Some(address), Some(clustered)) =
            (self.flags.cluster.metrics.metrics_listen, self.cluster.as_ref())
        {
            let router = server::exposition_router(clustered.metrics.exposition());
            let served = self.doors.behind(address, router, most);
            tokio::spawn(server::serve(bind(address).await?, served, self.stop.subscribe()));
        }
        Ok(())
    }

    /// What a person wants to know first.
    fn announce(&self) {
        console::line(&format!("weir {} is running", env!("CARGO_PKG_VERSION")));
        let scheme = self.doors.scheme();
        console::line(&format!("  API and pages  {scheme}://{}", self.address));
        if self.flags.dashboards_listen != "off" {
            let base = &self.flags.dashboards_listen;
            console::line(&format!("  dashboards     {scheme}://{base}/d/gitops-toolkit-cluster/"));
            console::line(&format!("                 {scheme}://{base}/d/gitops-toolkit-control-plane/"));
        }
        console::line(&format!("  alerts         {scheme}://{}/alerts", self.address));
        console::line(&format!("  storage        {}", self.flags.storage_path.display()));
        if self.demo.is_some() {
            console::line(demo::HINT);
        }
        if !server::has_web_pages() {
            console::note("this binary was built without its web pages; `make build` builds both");
        }
    }

    /// Serves wishes and signals until the end is asked for.
    async fn run(&mut self, mut wishes: mpsc::Receiver<ReloadRequest>) -> Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut hangup, mut terminate) = (signal(SignalKind::hangup())?, signal(SignalKind::terminate())?);
        let (mut sync, mut maintain) =
            (tokio::time::interval(SYNC_INTERVAL), tokio::time::interval(MAINTAIN_INTERVAL));
        let mut watch_panels = tokio::time::interval(MAINTAIN_INTERVAL);
        loop {
            let cluster = &mut self.cluster;
            tokio::select! {
                () = async { match cluster { Some(clustered) => clustered.view.changed().await, None => std::future::pending().await } } => {
                    self.refresh().await;
                }
                _ = terminate.recv() => return Ok(()),
                _ = tokio::signal::ctrl_c() => return Ok(()),
                _ = hangup.recv() => drop(self.reload().await),
                Some(wish) = wishes.recv() => {
                    // An asker who is gone needs no answer.
                    let _ = wish.done.send(self.reload().await);
                }
                _ = sync.tick() => self.on_store("syncing the log", tsdb::Store::sync).await,
                _ = maintain.tick() => self.on_store("maintaining the store", tsdb::Store::maintain).await,
                _ = watch_panels.tick() => panels::watch(&self.app).await,
            }
        }
    }

    /// Reads the configuration anew; a bad one changes nothing.
    async fn reload(&mut self) -> Result<(), String> {
        let metrics = self.cluster.as_mut().map_or(Ok(()), |clustered| clustered.metrics.reload());
        let result = match metrics.and_then(|()| self.load()) {
            Ok(loaded) => self.apply(loaded).await,
            Err(error) => Err(error),
        };
        self.app.lifecycle.last_reload_ok.store(result.is_ok(), Ordering::Relaxed);
        match result {
            Ok(()) => {
                tracing::info!("The configuration was read anew");
                Ok(())
            }
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "The configuration is not valid; the one before stays"
                );
                Err(format!("{error:#}"))
            }
        }
    }

    /// Work on the store that may block.
    async fn on_store(&self, what: &str, work: fn(&tsdb::Store) -> std::io::Result<()>) {
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || work(&store)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, what, "The store failed"),
            Err(error) => tracing::error!(%error, what, "The store's work ended early"),
        }
    }

    /// Stops in reverse: nothing is scraped, evaluated or notified any more, then the log is synced.
    async fn shut_down(self) -> Result<()> {
        tracing::info!("Weir is shutting down");
        self.app.lifecycle.ready.store(false, Ordering::Release);
        self.scrape.stop().await;
        self.rules.stop().await;
        self.notify.stop(DRAIN).await;
        self.stop.send_replace(true);
        self.store.sync().context("the log could not be synced")?;
        tracing::info!("Weir has stopped");
        Ok(())
    }
}

fn doors(flags: &UpFlags, cluster: Option<&Clustered>, registry: &Registry) -> Result<web::Doors> {
    let reach = cluster.map(|clustered| &clustered.view.cluster);
    web::Doors::open(&flags.web, flags.is_exposed()?, &flags.storage_path, reach, registry)
}

async fn start_demo(flags: &UpFlags, clock: &Arc<dyn Clock>) -> Result<Option<Demo>> {
    let wanted = flags.demo == "on" || (flags.demo == "auto" && flags.config_file.is_none());
    if !wanted {
        return Ok(None);
    }
    demo::start(&flags.storage_path, Arc::clone(clock), flags.demo_speed).await.map(Some)
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} cannot be listened on; is another process using it? Give another address with --web.listen-address or --web.dashboards-address")
    })
}

fn external_url(flags: &UpFlags, address: SocketAddr) -> String {
    match flags.external_url.trim_end_matches('/') {
        "" => format!("http://{address}"),
        url => url.to_owned(),
    }
}

fn lifecycle(flags: &UpFlags, reload: mpsc::Sender<ReloadRequest>, clock: &Arc<dyn Clock>) -> Lifecycle {
    Lifecycle {
        ready: AtomicBool::new(false),
        reload,
        enabled: flags.enable_lifecycle,
        last_reload_ok: AtomicBool::new(true),
        last_reload_ms: AtomicI64::new(clock.now_ms()),
    }
}

fn limits(flags: &UpFlags) -> QueryLimits {
    QueryLimits {
        lookback: flags.lookback,
        timeout: flags.query_timeout,
        max_samples: flags.query_samples,
        evaluation_interval: model::Duration::from_secs(60),
    }
}

fn facts(flags: &UpFlags, clock: &Arc<dyn Clock>, demo: bool) -> Facts {
    let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    Facts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: REVISION.to_owned(),
        flags: flags.shown(),
        started_ms: clock.now_ms(),
        working_directory: std::env::current_dir().map(|d| d.display().to_string()).unwrap_or_default(),
        hostname: text("/proc/sys/kernel/hostname"),
        retention: flags.retention_time.to_string(),
        demo,
        demo_hint: if demo { demo::HINT.to_owned() } else { String::new() },
        external_labels: Vec::new(),
        scrape_interval: model::Duration::from_secs(15),
    }
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
