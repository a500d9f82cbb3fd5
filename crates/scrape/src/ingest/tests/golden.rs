//! Every body of the recordings, with and without what the scrape before left behind.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::PathBuf;

use super::*;

/// The bodies of a recording in the order of time: target, time in milliseconds, body.
fn bodies(name: &str) -> Option<BTreeMap<String, BTreeMap<i64, Vec<u8>>>> {
    let shared = std::env::var_os("WEIR_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = shared.join("recordings").join(name);
    let Ok(file) = std::fs::File::open(&path) else {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    };
    let mut archive = tar::Archive::new(zstd::Decoder::new(file).expect("zstd"));
    let mut bodies: BTreeMap<String, BTreeMap<i64, Vec<u8>>> = BTreeMap::new();
    for entry in archive.entries().expect("tar") {
        let mut entry = entry.expect("tar");
        let path = entry.path().expect("a path").into_owned();
        let Some(time) = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok())
        else {
            continue;
        };
        let target = path.parent().and_then(|dir| dir.file_name()).expect("a folder");
        let mut body = Vec::new();
        entry.read_to_end(&mut body).expect("the body");
        bodies.entry(target.to_string_lossy().into_owned()).or_default().insert(time, body);
    }
    Some(bodies)
}

#[test]
fn recordings_give_the_same_with_and_without_a_layout() {
    for name in ["flux-2.1.tar.zst", "flux-2.9.tar.zst"] {
        let Some(targets) = bodies(name) else { return };
        for (target, bodies) in targets {
            let labels =
                Labels::from_pairs([("job", target.as_str()), ("instance", "i"), ("namespace", "n")]);
            let settings = Arc::new(IngestSettings::default());
            let mut cached = Ingest::new(labels.clone(), Arc::clone(&settings));
            let cached_store = Slots::default();
            let mut before: HashMap<Labels, f64> = HashMap::new();
            // The largest one says little more in sixty rounds than in eight.
            let rounds = if target == "kube-apiserver" { 8 } else { bodies.len() };
            for (time, body) in bodies.into_iter().take(rounds) {
                let format = if body.ends_with(b"# EOF\n") { Format::OpenMetrics } else { Format::Text };
                let at = Timestamp(time);
                let stats = cached.append_body(&cached_store, &body, format, at, 1.0).expect("a good body");
                let found = cached_store.take();
                let mut fresh = Ingest::new(labels.clone(), Arc::clone(&settings));
                let fresh_store = Slots::default();
                fresh.append_body(&fresh_store, &body, format, at, 1.0).expect("a good body");
                let mut expected = fresh_store.take();
                expected.retain(|labels, _| labels.metric_name() != "scrape_series_added");
                let now = expected.clone();
                let gone = before.keys().filter(|labels| !now.contains_key(*labels)).count();
                expected.extend(before.into_keys().filter(|l| !now.contains_key(l)).map(|l| (l, STALE_NAN)));
                assert_eq!(stats.stale, gone, "{target} at {time}");
                assert_eq!(found.len(), expected.len() + 1, "{target} at {time}");
                for (labels, value) in &expected {
                    let bits = found.get(labels).map(|value| value.to_bits());
                    assert_eq!(bits, Some(value.to_bits()), "{target} at {time}: {labels}");
                }
                before = now;
            }
        }
    }
}

/// As [`Recorder`], fast enough for many series.
#[derive(Default)]
struct Slots(Mutex<SlotsState>);

#[derive(Default)]
struct SlotsState {
    slots: HashMap<Labels, Slot>,
    labels: Vec<Labels>,
    row: HashMap<Labels, f64>,
}

impl Slots {
    fn take(&self) -> HashMap<Labels, f64> {
        std::mem::take(&mut self.0.lock().unwrap().row)
    }
}

impl Appender for Slots {
    fn open_group(&self, _: &Labels) -> Result<GroupId, AppendError> {
        Ok(GroupId(0))
    }

    fn open_slot(&self, _: GroupId, labels: &Labels) -> Result<Slot, AppendError> {
        let mut state = self.0.lock().unwrap();
        let next = Slot(state.labels.len() as u32);
        if let Some(slot) = state.slots.get(labels) {
            return Ok(*slot);
        }
        state.slots.insert(labels.clone(), next);
        state.labels.push(labels.clone());
        Ok(next)
    }

    fn append_row(&self, _: GroupId, row: &Row<'_>) -> Result<Appended, AppendError> {
        let mut state = self.0.lock().unwrap();
        let samples = row.samples.iter().map(|(slot, value)| (state.labels[slot.0 as usize].clone(), *value));
        let samples: HashMap<Labels, f64> = samples.collect();
        assert_eq!(samples.len(), row.samples.len());
        state.row = samples;
        Ok(Appended::default())
    }

    fn set_metadata(&self, _: GroupId, _: &str, _: &Metadata) -> Result<(), AppendError> {
        Ok(())
    }

    fn close_group(&self, _: GroupId) {}
}
