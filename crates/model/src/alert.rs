//! An alert as rules hand it over and notification takes it.

use crate::labels::Labels;
use crate::time::Timestamp;

/// One alert instance: fires from `starts_at` until `ends_at`.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Identity: `alertname` and all others, external labels not yet added.
    pub labels: Labels,
    /// Text for humans, expanded.
    pub annotations: Labels,
    /// When it began to fire.
    pub starts_at: Timestamp,
    /// When it was resolved, or until when a receiver may take it as firing if it hears no more.
    pub ends_at: Timestamp,
    /// Where the expression can be seen.
    pub generator_url: String,
}

impl Alert {
    /// Whether the alert has ended at `now`.
    pub fn is_resolved(&self, now: Timestamp) -> bool {
        self.ends_at <= now
    }

    /// FNV-1a over the sorted labels with 0xff separators: Prometheus' `model.Fingerprint`, which receivers
    /// and Alertmanager's API show.
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.labels)
    }
}

/// FNV-1a 64 over names and values, each followed by 0xff (`model.Fingerprint` of prometheus/common).
pub fn fingerprint(labels: &Labels) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    for (name, value) in labels {
        name.bytes().for_each(&mut add);
        add(0xff);
        value.bytes().for_each(&mut add);
        add(0xff);
    }
    hash
}
