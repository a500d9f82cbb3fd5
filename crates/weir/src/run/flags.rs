//! Flags as settings of services, and as the status page shows them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context, Result};
use clap::CommandFactory;
use model::{Duration, Labels};
use rules::manager::Settings;

use crate::cli::{Arguments, UpFlags};

impl UpFlags {
    /// Where the dashboards are served too; `None` is nowhere.
    pub(super) fn dashboards_address(&self) -> Result<Option<SocketAddr>> {
        if self.dashboards_listen == "off" {
            return Ok(None);
        }
        let address = self.dashboards_listen.parse().with_context(|| {
            format!("--web.dashboards-address: `{}` is neither an address nor off", self.dashboards_listen)
        })?;
        Ok(Some(address))
    }

    /// Whether any listener can be reached from other machines.
    pub(super) fn is_exposed(&self) -> Result<bool> {
        let dashboards = self.dashboards_address()?;
        let metrics = self.cluster.metrics.metrics_listen;
        Ok(self.listen.iter().chain(&dashboards).chain(&metrics).any(|address| !address.ip().is_loopback()))
    }

    /// What holds for all rules.
    pub(super) fn rule_settings(&self, external_labels: &Labels, url: &str, interval: Duration) -> Settings {
        Settings {
            options: promql::Options {
                lookback: self.lookback,
                default_subquery_step: interval,
                max_samples: self.query_samples,
                ..promql::Options::default()
            },
            external_labels: external_labels.clone(),
            external_url: url.to_owned(),
            restore: rules::RestoreSettings {
                outage_tolerance: self.outage_tolerance,
                grace_period: self.grace_period,
                lookback: self.lookback,
            },
            resend: self.resend_delay,
            dead_after: self.dead_after,
            interval,
        }
    }

    /// What the store may hold.
    pub(super) fn store_options(&self) -> tsdb::Options {
        tsdb::Options {
            retention: self.retention_time,
            retention_bytes: self.retention_size,
            max_series: self.max_series,
        }
    }

    /// Names and values in force: what was given on the command line, else the default.
    pub(super) fn shown(&self) -> BTreeMap<String, String> {
        let command = Arguments::command();
        let Ok(matches) = command.clone().try_get_matches_from(std::env::args_os()) else {
            return BTreeMap::new();
        };
        let Some((name, given)) = matches.subcommand() else { return BTreeMap::new() };
        let Some(sub) = command.find_subcommand(name) else { return BTreeMap::new() };
        let value = |id: &str| {
            let raw = given.get_raw(id).into_iter().flatten();
            raw.map(|v| v.to_string_lossy().into_owned()).collect::<Vec<_>>().join(",")
        };
        let named = sub.get_arguments().filter_map(|arg| arg.get_long().map(|long| (long, arg.get_id())));
        named.map(|(long, id)| (long.to_owned(), value(id.as_str()))).collect()
    }
}
