//! Names that resolve to targets.

use std::fmt;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::{RData, RecordType};
use model::{Duration, Labels};

use super::{Post, TargetGroup};

/// An entry of `dns_sd_configs`.
#[derive(Clone, Debug, PartialEq)]
pub struct DnsConfig {
    /// Names that are asked for.
    pub names: Vec<String>,
    /// Records that are asked for.
    pub kind: RecordKind,
    /// The port of all targets, but for SRV records, which have their own.
    pub port: u16,
    /// How often.
    pub refresh_interval: Duration,
}

/// A type of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// Hosts with ports.
    Srv,
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Mail hosts.
    Mx,
    /// Name servers.
    Ns,
}

/// A record, as far as a target needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    Srv(String, u16),
    Address(String),
    Mx(String),
    Ns(String),
}

/// Resolves for ever. The resolver is made anew each time, so that it knows the name servers of now.
pub(super) async fn follow(config: DnsConfig, post: Post) {
    let mut groups: Vec<TargetGroup> = Vec::new();
    let mut refresh = tokio::time::interval(config.refresh_interval.to_std());
    refresh.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        refresh.tick().await;
        let made = TokioResolver::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build);
        let resolver = match made {
            Ok(resolver) => resolver,
            Err(error) => {
                post.failed("dns", &error);
                continue;
            }
        };
        for name in &config.names {
            match resolve(&resolver, name, config.kind).await {
                Ok(found) => {
                    groups.retain(|group| group.source != *name);
                    groups.push(group(name, &found, config.port));
                }
                Err(error) => post.failed("dns", &format!("{name}: {error}")),
            }
        }
        groups.sort_by(|a, b| a.source.cmp(&b.source));
        post.found(groups.clone());
    }
}

async fn resolve(resolver: &TokioResolver, name: &str, kind: RecordKind) -> Result<Vec<Found>, String> {
    match resolver.lookup(name, kind.record_type()).await {
        Ok(lookup) => Ok(lookup.answers().iter().filter_map(|record| found(&record.data)).collect()),
        Err(error) if error.is_no_records_found() && !error.is_nx_domain() => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}

fn found(data: &RData) -> Option<Found> {
    match data {
        RData::SRV(srv) => Some(Found::Srv(srv.target.to_string(), srv.port)),
        RData::A(address) => Some(Found::Address(address.0.to_string())),
        RData::AAAA(address) => Some(Found::Address(format!("[{}]", address.0))),
        RData::MX(mx) => Some(Found::Mx(mx.exchange.to_string())),
        RData::NS(ns) => Some(Found::Ns(ns.0.to_string())),
        _ => None,
    }
}

fn group(name: &str, found: &[Found], port: u16) -> TargetGroup {
    let mut targets: Vec<Labels> = found.iter().map(|found| target(name, found, port)).collect();
    // Servers answer in changing order.
    targets.sort();
    TargetGroup { source: name.to_owned(), targets, labels: Labels::empty() }
}

fn target(name: &str, found: &Found, port: u16) -> Labels {
    let with = |host: &str, port: u16, more: &[(&str, &str)]| {
        let address = format!("{}:{port}", host.trim_end_matches('.'));
        let own = [("__address__", address.as_str()), ("__meta_dns_name", name)];
        Labels::from_pairs(own.iter().chain(more).copied())
    };
    match found {
        Found::Address(address) => with(address, port, &[]),
        Found::Mx(host) => with(host, port, &[("__meta_dns_mx_record_target", host)]),
        Found::Ns(host) => with(host, port, &[("__meta_dns_ns_record_target", host)]),
        Found::Srv(host, port) => {
            let text = port.to_string();
            with(
                host,
                *port,
                &[("__meta_dns_srv_record_target", host), ("__meta_dns_srv_record_port", &text)],
            )
        }
    }
}

// === impl RecordKind ===

impl RecordKind {
    /// The type of that name, in any case.
    pub fn from_name(name: &str) -> Option<RecordKind> {
        use RecordKind::{A, Aaaa, Mx, Ns, Srv};
        [Srv, A, Aaaa, Mx, Ns].into_iter().find(|kind| kind.to_string().eq_ignore_ascii_case(name))
    }

    fn record_type(self) -> RecordType {
        match self {
            RecordKind::Srv => RecordType::SRV,
            RecordKind::A => RecordType::A,
            RecordKind::Aaaa => RecordType::AAAA,
            RecordKind::Mx => RecordType::MX,
            RecordKind::Ns => RecordType::NS,
        }
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.record_type().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_become_targets() {
        let found = [
            Found::Srv("web.example.".to_owned(), 8080),
            Found::Address("10.0.0.1".to_owned()),
            Found::Address("[::1]".to_owned()),
            Found::Mx("mail.example.".to_owned()),
        ];
        let group = group("x.example", &found, 80);
        let mut addresses: Vec<&str> = group.targets.iter().map(|t| t.get("__address__")).collect();
        addresses.sort_unstable();
        assert_eq!(addresses, ["10.0.0.1:80", "[::1]:80", "mail.example:80", "web.example:8080"]);
        let srv = group.targets.iter().find(|t| t.get("__address__") == "web.example:8080").unwrap();
        assert_eq!(srv.get("__meta_dns_srv_record_target"), "web.example.");
        assert_eq!(srv.get("__meta_dns_srv_record_port"), "8080");
        assert_eq!(RecordKind::from_name("aaaa"), Some(RecordKind::Aaaa));
        assert_eq!(RecordKind::from_name("TXT"), None);
    }
}
