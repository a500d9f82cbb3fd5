//! The store against a model of it: random rows, restarts, damage.

use std::collections::BTreeMap;
use std::path::Path;

use model::storage::{Appender, GroupId, Row, Samples, Slot, Storage};
use model::{Duration, Labels, Matcher, STALE_NAN, TimeRange, Timestamp};
use stdx::Registry;

use crate::{Options, Store};

/// Marsaglia's xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

const ALL: TimeRange = TimeRange { start: Timestamp(i64::MIN / 1000), end: Timestamp(i64::MAX / 1000) };

fn open(path: &Path) -> Store {
    let options = Options { retention: Duration::ZERO, retention_bytes: 0, max_series: 1_000_000 };
    Store::open(path, options, &Registry::new()).expect("the store opens")
}

fn everything(store: &Store) -> BTreeMap<Labels, Vec<(i64, u64)>> {
    let querier = store.querier(ALL).expect("a view");
    let mut samples = Samples::default();
    let mut all = BTreeMap::new();
    for series in querier.select(&[], ALL).expect("selected") {
        querier.read(series.series, ALL, &mut samples).expect("read");
        let pairs =
            samples.timestamps.iter().copied().zip(samples.values.iter().map(|v| v.to_bits())).collect();
        all.insert(series.labels, pairs);
    }
    all
}

fn labels(target: u64, line: u64) -> Labels {
    Labels::from_pairs([("__name__", format!("m{line}")), ("instance", format!("i{target}"))])
}

/// One target's open group.
struct Target {
    group: GroupId,
    slots: Vec<Slot>,
}

fn open_targets(store: &Store) -> Vec<Target> {
    (0..3)
        .map(|target| {
            let group = store.open_group(&Labels::empty()).expect("a group");
            let slots =
                (0..20).map(|line| store.open_slot(group, &labels(target, line)).expect("a slot")).collect();
            Target { group, slots }
        })
        .collect()
}

#[test]
fn random_rows_restarts_and_blocks_agree_with_a_map() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = Random(42);
    let mut model: BTreeMap<Labels, Vec<(i64, u64)>> = BTreeMap::new();
    let mut store = open(folder.path());
    let mut targets = open_targets(&store);
    let mut now = 1_795_361_426_908i64;
    for step in 0..3000 {
        now += 15_000 + random.below(3) as i64;
        let number = random.below(3);
        let target = &targets[number as usize];
        let mut samples = Vec::new();
        for (line, slot) in target.slots.iter().enumerate() {
            let value = match random.below(20) {
                0 => continue,
                1 => STALE_NAN,
                2 => f64::from_bits(random.below(u64::MAX)),
                n if n < 10 => 7.0,
                _ => random.below(1000) as f64 / 4.0,
            };
            samples.push((*slot, value));
            model.entry(labels(number, line as u64)).or_default().push((now, value.to_bits()));
        }
        let row = Row { timestamp: Timestamp(now), samples: &samples, ..Row::default() };
        assert_eq!(store.append_row(target.group, &row).expect("appended").samples, samples.len());
        if step % 701 == 700 {
            store.maintain().expect("maintained");
            drop(store);
            store = open(folder.path());
            targets = open_targets(&store);
            assert!(everything(&store) == model, "step {step}");
        }
    }
    assert!(store.stats(10).blocks >= 4, "{:?}", store.stats(10));
    assert!(everything(&store) == model);
}

#[test]
fn refuses_what_is_older_or_different_and_keeps_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let target = &open_targets(&store)[0];
    let append = |time: i64, value: f64| {
        let samples = [(target.slots[0], value)];
        store.append_row(
            target.group,
            &Row { timestamp: Timestamp(time), samples: &samples, ..Row::default() },
        )
    };
    assert_eq!(append(1000, 1.0).expect("appended").samples, 1);
    assert_eq!(append(1000, 1.0).expect("the same again").duplicate, 0);
    assert_eq!(append(1000, 2.0).expect("another value").duplicate, 1);
    assert_eq!(append(999, 2.0).expect("older").out_of_order, 1);
    assert!(store.append_row(GroupId(99), &Row::default()).is_err());
    let stale = Row { timestamp: Timestamp(2000), all_stale: true, ..Row::default() };
    store.append_row(target.group, &stale).expect("marked");
    store.append_row(target.group, &Row { timestamp: Timestamp(3000), ..stale }).expect("nothing to mark");
    let all = everything(&store);
    assert_eq!(all.len(), 1, "only live series are marked");
    assert_eq!(all[&labels(0, 0)], [(1000, 1f64.to_bits()), (2000, STALE_NAN.to_bits())]);
}

#[test]
fn a_view_sees_whole_rows_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let target = &open_targets(&store)[0];
    let row = |time: i64| {
        let samples: Vec<(Slot, f64)> = target.slots.iter().map(|slot| (*slot, time as f64)).collect();
        store
            .append_row(
                target.group,
                &Row { timestamp: Timestamp(time), samples: &samples, ..Row::default() },
            )
            .expect("appended");
    };
    row(1000);
    let querier = store.querier(ALL).expect("a view");
    row(2000);
    let mut samples = Samples::default();
    for series in querier.select(&[], ALL).expect("selected") {
        querier.read(series.series, ALL, &mut samples).expect("read");
        assert_eq!(samples.timestamps, [1000]);
    }
}

#[test]
fn limits_locks_and_retention() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { retention: Duration::from_secs(6 * 3600), retention_bytes: 0, max_series: 2 };
    let store = Store::open(folder.path(), options.clone(), &Registry::new()).expect("open");
    let again = Store::open(folder.path(), options, &Registry::new());
    assert!(again.err().is_some_and(|e| e.to_string().contains("in use by another process")));
    let group = store.open_group(&Labels::empty()).expect("a group");
    let slot = store.open_slot(group, &labels(0, 0)).expect("the first");
    store.open_slot(group, &labels(0, 1)).expect("the second");
    let refused = store.open_slot(group, &labels(0, 2)).expect_err("the third");
    assert!(refused.to_string().contains("series limit of 2 is reached"), "{refused}");
    for minute in 0..24 * 60i64 {
        let samples = [(slot, minute as f64)];
        let row = Row { timestamp: Timestamp(minute * 60_000), samples: &samples, ..Row::default() };
        store.append_row(group, &row).expect("appended");
        if minute % 30 == 0 {
            store.maintain().expect("maintained");
        }
    }
    let kept = &everything(&store)[&labels(0, 0)];
    let hours = (kept[kept.len() - 1].0 - kept[0].0) as f64 / 3_600_000.0;
    assert!((6.0..9.0).contains(&hours), "{hours} hours are kept");
    assert_eq!(kept.len() as f64, hours * 60.0 + 1.0, "without a gap");
}

#[test]
fn selects_by_matchers_and_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let target = &open_targets(&store)[1];
    let samples = [(target.slots[3], 1.0)];
    store
        .append_row(target.group, &Row { timestamp: Timestamp(5000), samples: &samples, ..Row::default() })
        .expect("appended");
    let select = |start: i64, end: i64, matchers: &[Matcher]| {
        let range = TimeRange { start: Timestamp(start), end: Timestamp(end) };
        store.querier(range).expect("a view").select(matchers, range).expect("selected").len()
    };
    assert_eq!(select(0, 5000, &[Matcher::equal("__name__", "m3")]), 1);
    assert_eq!(select(0, 4999, &[]), 0);
    assert_eq!(select(5001, 9999, &[]), 0);
    assert_eq!(select(0, 9999, &[Matcher::equal("instance", "i0")]), 0);
    let querier = store.querier(ALL).expect("a view");
    assert_eq!(
        querier.label_values("instance", &[Matcher::equal("__name__", "m3")], ALL).expect("values"),
        ["i1"]
    );
}

fn append(store: &Store, target: &Target, time: i64, slot: usize, value: f64) {
    let samples = [(target.slots[slot], value)];
    let row = Row { timestamp: Timestamp(time), samples: &samples, ..Row::default() };
    assert_eq!(store.append_row(target.group, &row).expect("appended").samples, 1);
}

const MINUTE: i64 = 60_000;

#[test]
fn a_view_keeps_what_goes_to_a_block_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let target = &open_targets(&store)[0];
    (0..200).for_each(|minute| append(&store, target, minute * MINUTE, 0, minute as f64));
    let querier = store.querier(ALL).expect("a view");
    let selected = querier.select(&[], ALL).expect("selected");
    store.maintain().expect("maintained");
    assert_eq!(store.stats(1).blocks, 1);
    // A sample in the block's time that comes after the block was written must not be dropped with it.
    append(&store, target, 30 * MINUTE, 1, 5.0);
    store.maintain().expect("maintained");
    let mut samples = Samples::default();
    querier.read(selected[0].series, ALL, &mut samples).expect("read");
    assert_eq!(samples.len(), 200, "the view has all that was there");
    assert_eq!(everything(&store)[&labels(0, 0)].len(), 200, "a new view has each sample once");
    drop(querier);
    store.maintain().expect("maintained");
    assert!(store.stats(1).min_time_ms >= 30 * MINUTE, "no view needs it in memory any more");
    drop(store);
    let all = everything(&open(folder.path()));
    assert_eq!((all[&labels(0, 0)].len(), all[&labels(0, 1)].len()), (200, 1));
}

#[test]
fn slots_of_dropped_series_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let target = &open_targets(&store)[0];
    append(&store, target, 0, 7, 1.0);
    (1..400).for_each(|minute| append(&store, target, minute * MINUTE, 0, 1.0));
    assert_eq!(store.stats(1).series, 60);
    store.maintain().expect("maintained");
    assert_eq!(store.stats(1).series, 1, "series without samples leave the memory");
    append(&store, target, 400 * MINUTE, 7, 2.0);
    let slot = store.open_slot(target.group, &labels(0, 9)).expect("a slot");
    assert_eq!(slot, target.slots[9], "the same slot for equal labels");
    // An older sample than the block has is shown in its place.
    append(&store, target, MINUTE, 9, 3.0);
    drop(store);
    let all = everything(&open(folder.path()));
    assert_eq!(all[&labels(0, 7)], [(0, 1f64.to_bits()), (400 * MINUTE, 2f64.to_bits())]);
    assert_eq!(all[&labels(0, 9)], [(MINUTE, 3f64.to_bits())]);
}

/// A store with a block and a log of some rows.
fn filled(folder: &Path) -> BTreeMap<Labels, Vec<(i64, u64)>> {
    let store = open(folder);
    let targets = open_targets(&store);
    for minute in 0..200 {
        let target = &targets[minute as usize % 3];
        append(&store, target, minute * MINUTE, minute as usize % 4, minute as f64 / 3.0);
    }
    store.maintain().expect("maintained");
    (200..215).for_each(|minute| append(&store, &targets[0], minute * MINUTE, 0, minute as f64 / 3.0));
    everything(&store)
}

fn only_file(folder: &Path, end: &str) -> std::path::PathBuf {
    let files = std::fs::read_dir(folder).expect("a folder").flatten().map(|file| file.path());
    let mut found: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == end)).collect();
    found.sort();
    found.pop().expect("a file")
}

#[test]
fn a_log_cut_anywhere_gives_a_prefix_and_takes_new_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = filled(folder.path());
    let path = only_file(&folder.path().join("wal"), "wal");
    let bytes = std::fs::read(&path).expect("read");
    let block = std::fs::read(only_file(&folder.path().join("blocks"), "block")).expect("read");
    for cut in (0..bytes.len()).step_by(7) {
        let copy = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(copy.path().join("wal")).expect("made");
        std::fs::create_dir_all(copy.path().join("blocks")).expect("made");
        std::fs::write(copy.path().join("blocks/a.block"), &block).expect("written");
        std::fs::write(copy.path().join("wal/00000001.wal"), &bytes[..cut]).expect("written");
        let store = open(copy.path());
        for (labels, samples) in everything(&store) {
            assert!(whole[&labels].starts_with(&samples), "{labels:?} when cut at {cut}");
        }
        append(&store, &open_targets(&store)[2], 900 * MINUTE, 5, 1.0);
        drop(store);
        let after = everything(&open(copy.path()));
        assert_eq!(after[&labels(2, 5)].last(), Some(&(900 * MINUTE, 1f64.to_bits())), "cut at {cut}");
    }
}

#[test]
fn a_damaged_block_is_left_out_or_named_and_never_panics() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path());
    let bytes = std::fs::read(only_file(&folder.path().join("blocks"), "block")).expect("read");
    let path = folder.path().join("damaged.block");
    for cut in 0..bytes.len() {
        std::fs::write(&path, &bytes[..cut]).expect("written");
        assert!(crate::block::Block::open(&path).is_err(), "cut at {cut}");
    }
    let target = only_file(&folder.path().join("blocks"), "block");
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x10;
        std::fs::write(&target, &damaged).expect("written");
        let store = open(folder.path());
        let querier = store.querier(ALL).expect("a view");
        let mut samples = Samples::default();
        for series in querier.select(&[], ALL).into_iter().flatten() {
            if let Err(error) = querier.read(series.series, ALL, &mut samples) {
                assert!(error.to_string().contains(".block"), "{error}");
            }
        }
    }
}
