//! The command line. Flags that mean what Prometheus' do have Prometheus' names.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use model::Duration;

/// Weir watches Flux: it collects the controllers' metrics, stores and queries them, evaluates rules, notifies, and
/// draws the dashboards.
#[derive(Parser, Debug)]
#[command(name = "weir", version, about, long_about = None, max_term_width = 110)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Which messages are logged: error, warn, info, debug, trace, or per crate (info,scrape=debug).
    #[arg(long = "log.level", global = true, default_value = "info", value_name = "LEVEL")]
    pub(crate) log_level: String,
    /// How messages are written: logfmt (text) or json.
    #[arg(long = "log.format", global = true, default_value = "logfmt", value_name = "FORMAT", value_parser = ["logfmt", "json"])]
    pub(crate) log_format: String,
}

mod kube;
mod ui;
mod web;

pub(crate) use kube::{
    ClusterFlags, Format, KubeMetricsCommand, MonitorsCommand, MonitorsFlags, ObjectMetricsFlags, ReachFlags,
    RenderFlags,
};

pub(crate) use ui::UiFlags;
pub(crate) use web::WebFlags;

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Runs everything: scrape, store, rules, notification, API and pages.
    Up(Box<UpFlags>),
    /// Serves the pages and dashboards over the API of another server: Prometheus, Thanos, VictoriaMetrics, Weir.
    Ui(Box<UiFlags>),
    /// Stores raw scrapes of targets as files, to be replayed later.
    Record(RecordFlags),
    /// Serves recorded scrapes again as targets, or appends them to a store at their own times.
    Replay(ReplayFlags),
    /// Cuts a smaller recording out of one.
    Cut(CutFlags),
    /// Checks files without running them.
    #[command(subcommand)]
    Check(CheckCommand),
    /// Runs PromQL test scripts (the language of promqltest).
    Promqltest(PromqltestFlags),
    /// Asks an API queries whose answers are known, and compares.
    CompareQueries(CompareFlags),
    /// Metrics of Kubernetes objects.
    #[command(subcommand)]
    KubeMetrics(KubeMetricsCommand),
    /// The objects of Prometheus Operator: PodMonitor, ServiceMonitor, Probe, ScrapeConfig, PrometheusRule.
    #[command(subcommand)]
    Monitors(MonitorsCommand),
}

#[derive(Args, Debug, Clone)]
pub(crate) struct UpFlags {
    /// Prometheus' configuration file. Without it: scrape ourselves, and replay the built-in demo.
    #[arg(long = "config.file", value_name = "FILE")]
    pub(crate) config_file: Option<PathBuf>,
    /// Where samples are stored.
    #[arg(long = "storage.tsdb.path", default_value = "weir-data", value_name = "DIR")]
    pub(crate) storage_path: PathBuf,
    /// How long samples are kept.
    #[arg(long = "storage.tsdb.retention.time", default_value = "15d", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) retention_time: Duration,
    /// How large the store may become, such as 512MB; 0 is no limit.
    #[arg(long = "storage.tsdb.retention.size", default_value = "0", value_name = "BYTES", value_parser = parse_bytes)]
    pub(crate) retention_size: u64,
    /// The most series that may be held at once; scrapes that would exceed it fail and say so.
    #[arg(long = "storage.max-series", default_value_t = 2_000_000, value_name = "N")]
    pub(crate) max_series: usize,
    /// Where API and pages are served. May be repeated.
    #[arg(long = "web.listen-address", default_value = "127.0.0.1:9090", value_name = "ADDRESS", value_parser = parse_address)]
    pub(crate) listen: Vec<SocketAddr>,
    /// Where the dashboards are served too, at the port people know from Grafana; "off" is nowhere.
    #[arg(long = "web.dashboards-address", default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    pub(crate) dashboards_listen: String,
    /// Where this server is seen from outside; links in alerts begin with it.
    #[arg(long = "web.external-url", default_value = "", value_name = "URL")]
    pub(crate) external_url: String,
    /// Allows a reload by POST /-/reload; SIGHUP always does.
    #[arg(long = "web.enable-lifecycle", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
    pub(crate) enable_lifecycle: bool,
    /// The most connections at once; others wait.
    #[arg(long = "web.max-connections", default_value_t = 512, value_name = "N")]
    pub(crate) max_connections: usize,
    /// How far back an instant query looks for a series' newest sample.
    #[arg(long = "query.lookback-delta", default_value = "5m", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) lookback: Duration,
    /// The longest a query may run.
    #[arg(long = "query.timeout", default_value = "2m", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) query_timeout: Duration,
    /// The most queries that run at once; others wait.
    #[arg(long = "query.max-concurrency", default_value_t = 20, value_name = "N")]
    pub(crate) query_concurrency: usize,
    /// The most samples a query may hold at once.
    #[arg(long = "query.max-samples", default_value_t = 50_000_000, value_name = "N")]
    pub(crate) query_samples: usize,
    /// Outages longer than this restore no alert's `for`.
    #[arg(long = "rules.alert.for-outage-tolerance", default_value = "1h", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) outage_tolerance: Duration,
    /// After an outage longer than the lookback an alert needs at least so long to fire.
    #[arg(long = "rules.alert.for-grace-period", default_value = "10m", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) grace_period: Duration,
    /// Alerts that go on are handed over again after so long.
    #[arg(long = "rules.alert.resend-delay", default_value = "1m", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) resend_delay: Duration,
    /// A rule with a selector that has matched nothing for so long is marked as dead.
    #[arg(long = "rules.dead-after", default_value = "10m", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) dead_after: Duration,
    /// The most alerts that wait for Alertmanagers; the oldest are dropped when it is full.
    #[arg(long = "alertmanager.notification-queue-capacity", default_value_t = 10_000, value_name = "N")]
    pub(crate) queue_capacity: usize,
    /// How fast the built-in demo's recording is replayed: 1 is as it was recorded.
    #[arg(long = "demo.speed", default_value_t = 1.0, value_name = "N")]
    pub(crate) demo_speed: f64,
    /// Runs the built-in demo beside a configuration file too; "off" never runs it.
    #[arg(long = "demo", default_value = "auto", value_parser = ["auto", "on", "off"], value_name = "MODE")]
    pub(crate) demo: String,
    #[command(flatten)]
    pub(crate) web: WebFlags,
    #[command(flatten)]
    pub(crate) cluster: ClusterFlags,
}

#[derive(Args, Debug)]
pub(crate) struct RecordFlags {
    /// Targets: a name and where its metrics are.
    #[arg(required = true, value_name = "NAME=URL")]
    pub(crate) targets: Vec<String>,
    /// Time between two scrapes.
    #[arg(long, default_value = "15s", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) interval: Duration,
    /// How long to record.
    #[arg(long = "for", default_value = "15m", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) length: Duration,
    /// A folder, or a file that ends in .tar.zst.
    #[arg(long, value_name = "PATH")]
    pub(crate) out: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct ReplayFlags {
    /// A recording: a folder or a .tar.zst.
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// How fast: 1 is as it was recorded.
    #[arg(long, default_value_t = 1.0, value_name = "N")]
    pub(crate) speed: f64,
    /// Begin again at the end.
    #[arg(long = "loop")]
    pub(crate) repeat: bool,
    /// Where the targets are served.
    #[arg(long, default_value = "127.0.0.1:9099", value_name = "ADDRESS", value_parser = parse_address)]
    pub(crate) listen: SocketAddr,
    /// Appends all scrapes to the store at their own times, then ends.
    #[arg(long)]
    pub(crate) backfill: bool,
    /// The store to append to; no other weir may have it open.
    #[arg(long = "storage.tsdb.path", default_value = "weir-data", value_name = "DIR")]
    pub(crate) storage_path: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct CutFlags {
    /// A recording: a folder or a .tar.zst.
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// The targets to keep; all if none is named.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Leaves out so much at the beginning.
    #[arg(long, default_value = "0", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) skip: Duration,
    /// Keeps so much; the rest if not given.
    #[arg(long = "for", value_name = "DURATION", value_parser = Duration::parse)]
    pub(crate) length: Option<Duration>,
    /// Leaves out metric families whose whole name matches.
    #[arg(long, value_name = "REGEX")]
    pub(crate) drop: Option<String>,
    /// Keeps HELP lines.
    #[arg(long)]
    pub(crate) help_lines: bool,
    /// A folder, or a file that ends in .tar.zst.
    #[arg(long, value_name = "PATH")]
    pub(crate) out: PathBuf,
}

#[derive(Subcommand, Debug)]
pub(crate) enum CheckCommand {
    /// Checks rule files; with --url also whether each selector matches anything there.
    Rules(CheckRulesFlags),
    /// Checks a configuration file and the rule files it names.
    Config {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Args, Debug)]
pub(crate) struct CheckRulesFlags {
    /// Rule files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// A Prometheus API to look selectors up in, such as http://127.0.0.1:9090.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct PromqltestFlags {
    /// Files, or folders of *.test files.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Names only the counts, not each failure.
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CompareFlags {
    /// Files with a row a query: .jsonl or .jsonl.zst.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The API to ask.
    #[arg(long, default_value = "http://127.0.0.1:9090", value_name = "URL")]
    pub(crate) url: String,
}

/// `:9090` means all addresses, as in Prometheus.
pub(crate) fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let full =
        if text.starts_with(':') { format!("0.0.0.0{text}") } else { text.replace("localhost", "127.0.0.1") };
    full.parse().map_err(|_| format!("`{text}` is not an address; write IP:PORT, such as 127.0.0.1:9090"))
}

/// Sizes are powers of two: `512MB`, `1GiB`, `0`.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().map_err(|_| format!("`{text}` is not a size; write 512MB"))?;
    let power = match text[digits..].trim_end_matches("iB").trim_end_matches('B') {
        "" => 0,
        "K" | "k" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        "P" => 5,
        unit => return Err(format!("unknown unit `{unit}`; known are B, KB, MB, GB, TB, PB")),
    };
    number.checked_mul(1 << (10 * power)).ok_or_else(|| format!("`{text}` is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
        assert_eq!(parse_bytes("512MB"), Ok(512 << 20));
        assert_eq!(parse_bytes("1GiB"), Ok(1 << 30));
        assert!(parse_bytes("1XB").is_err() && parse_bytes("").is_err());
        assert_eq!(parse_address(":9090").map(|a| a.to_string()), Ok("0.0.0.0:9090".to_owned()));
        assert!(parse_address("nowhere").is_err());
    }
}
