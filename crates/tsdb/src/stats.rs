//! Facts for `/api/v1/status/tsdb`.

use crate::head::Head;

/// What the head holds, and what takes most of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Series in memory.
    pub series: usize,
    /// Distinct pairs of label name and value.
    pub label_pairs: usize,
    /// Chunks in memory.
    pub chunks: usize,
    /// Bytes of compressed samples in memory.
    pub sample_bytes: usize,
    /// The first time in memory, in milliseconds.
    pub min_time_ms: i64,
    /// The last time in memory, in milliseconds.
    pub max_time_ms: i64,
    /// Metric names with the most series.
    pub series_by_metric_name: Vec<(String, u64)>,
    /// Label names with the most values.
    pub values_by_label_name: Vec<(String, u64)>,
    /// Label names whose values take the most bytes.
    pub bytes_by_label_name: Vec<(String, u64)>,
    /// `name=value` pairs with the most series.
    pub series_by_label_pair: Vec<(String, u64)>,
    /// Log segments found damaged since the start.
    pub wal_corruptions: u64,
    /// Blocks there are.
    pub blocks: usize,
    /// Bytes of blocks and log.
    pub disk_bytes: u64,
}

impl Stats {
    /// Counts; the lists have at most `limit` rows.
    pub(crate) fn of(head: &Head, limit: usize) -> Stats {
        let mut stats = Stats {
            series: head.len(),
            min_time_ms: head.min_time.unwrap_or(0),
            max_time_ms: head.max_time.unwrap_or(0),
            ..Stats::default()
        };
        for (_, series) in head.each() {
            stats.chunks += series.sealed.len() + usize::from(series.open.is_some());
            stats.sample_bytes += series.sample_bytes();
        }
        for (name, values) in head.index().counts() {
            stats.label_pairs += values.len();
            stats.values_by_label_name.push((name.clone(), values.len() as u64));
            let bytes: usize = values.iter().map(|(value, ids)| value.len() * ids.len()).sum();
            stats.bytes_by_label_name.push((name.clone(), bytes as u64));
            for (value, ids) in values {
                if name == model::labels::METRIC_NAME {
                    stats.series_by_metric_name.push((value.clone(), ids.len() as u64));
                }
                stats.series_by_label_pair.push((format!("{name}={value}"), ids.len() as u64));
            }
        }
        for list in [
            &mut stats.series_by_metric_name,
            &mut stats.values_by_label_name,
            &mut stats.bytes_by_label_name,
            &mut stats.series_by_label_pair,
        ] {
            list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            list.truncate(limit);
        }
        stats
    }
}
