//! Metrics of the process itself, with the names that dashboards made for Go programs read.
//!
//! What Go calls heap is here the process' anonymous resident memory; what it calls allocated bytes in total is
//! the memory that the kernel handed out page by page.

use std::fs;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use stdx::Registry;

/// A gauge or counter and how it is read.
type Row = (&'static str, &'static str, bool, fn(&Usage) -> f64);

/// Families, in the order of their names; the flag says that it is a counter.
const ROWS: &[Row] = &[
    ("go_goroutines", "Threads of the process, shown under Go's name for its threads.", false, |u| u.threads),
    ("go_memstats_alloc_bytes", "Anonymous resident memory.", false, |u| u.anonymous_bytes),
    ("go_memstats_alloc_bytes_total", "Memory handed out by the kernel so far.", true, |u| u.faulted_bytes),
    ("go_memstats_heap_inuse_bytes", "Anonymous resident memory.", false, |u| u.anonymous_bytes),
    ("go_memstats_sys_bytes", "Virtual memory.", false, |u| u.virtual_bytes),
    ("go_threads", "Threads of the process.", false, |u| u.threads),
    ("process_cpu_seconds_total", "User and system time.", true, |u| u.cpu_seconds),
    ("process_max_fds", "The most file descriptors that may be open.", false, |u| u.max_fds),
    ("process_open_fds", "Open file descriptors.", false, |u| u.open_fds),
    ("process_resident_memory_bytes", "Resident memory.", false, |u| u.resident_bytes),
    ("process_start_time_seconds", "When the process began, in seconds since the epoch.", false, |u| {
        u.started
    }),
    ("process_virtual_memory_bytes", "Virtual memory.", false, |u| u.virtual_bytes),
];

/// What the kernel says of the process; zero where it says nothing (other systems than Linux).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    threads: f64,
    anonymous_bytes: f64,
    faulted_bytes: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
    cpu_seconds: f64,
    open_fds: f64,
    max_fds: f64,
    started: f64,
}

/// Registers the families and `go_info`, `weir_build_info`.
pub(crate) fn register(registry: &Registry) {
    let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
    let read = Arc::new(move || Usage::read(started));
    for (name, help, counter, value) in ROWS {
        let read = Arc::clone(&read);
        let sample = move || value(&read());
        if *counter {
            registry.counter_fn(name, help, sample);
        } else {
            registry.gauge_fn(name, help, sample);
        }
    }
    let version = concat!("weir ", env!("CARGO_PKG_VERSION"));
    registry.gauges("go_info", "What the program is made with.", &["version"]).with(&[version]).set(1.0);
    let build = registry.gauges("weir_build_info", "The running version.", &["version", "revision"]);
    build.with(&[env!("CARGO_PKG_VERSION"), crate::run::REVISION]).set(1.0);
}

// === impl Usage ===

impl Usage {
    fn read(started: f64) -> Usage {
        let mut usage = Usage { started, ..Usage::default() };
        let page = rustix::param::page_size() as f64;
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        if let Ok(stat) = fs::read_to_string("/proc/self/stat") {
            usage.read_stat(&stat, page, ticks);
        }
        if let Ok(status) = fs::read_to_string("/proc/self/status") {
            usage.read_status(&status);
        }
        if let Ok(entries) = fs::read_dir("/proc/self/fd") {
            usage.open_fds = entries.count() as f64;
        }
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        usage.max_fds = limit.current.map_or(0.0, |n| n as f64);
        usage
    }

    /// Fields of proc(5) `stat`, counted behind the command's closing parenthesis: 10 minflt, 14 utime, 15
    /// stime, 20 threads.
    fn read_stat(&mut self, stat: &str, page: f64, ticks: f64) {
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let fields: Vec<f64> = rest.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
        let field = |number: usize| fields.get(number - 3).copied().unwrap_or(0.0);
        self.faulted_bytes = field(10) * page;
        self.cpu_seconds = (field(14) + field(15)) / ticks.max(1.0);
        self.threads = field(20);
    }

    fn read_status(&mut self, status: &str) {
        let kilobytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0)
                * 1024.0
        };
        self.anonymous_bytes = kilobytes("RssAnon:");
        self.resident_bytes = kilobytes("VmRSS:");
        self.virtual_bytes = kilobytes("VmSize:");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_proc_says() {
        let mut usage = Usage::default();
        usage.read_stat("1 (a b) c) S 1 1 1 0 -1 0 10 0 0 0 150 50 0 0 20 0 7 0 99 0", 4096.0, 100.0);
        usage.read_status("VmSize:\t   8 kB\nVmRSS:\t 4 kB\nRssAnon:\t 2 kB\n");
        assert_eq!((usage.cpu_seconds, usage.threads, usage.faulted_bytes), (2.0, 7.0, 40960.0));
        assert_eq!(
            (usage.anonymous_bytes, usage.resident_bytes, usage.virtual_bytes),
            (2048.0, 4096.0, 8192.0)
        );
    }
}
