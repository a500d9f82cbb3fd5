//! What a sample costs: appended, on disk, read. The shape is that of the benchmark's targets: a fifth of the
//! values moves at each scrape.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::path::Path;
use std::time::{Duration as Elapsed, Instant};

use model::storage::{Appender, Row, Samples, Slot, Storage};
use model::{Duration, Labels, Matcher, TimeRange, Timestamp};
use stdx::Registry;

const TARGETS: usize = 20;
const LINES: usize = 1000;
/// Three hours and ten minutes at 15 s: enough for a block.
const ROWS: usize = 760;
const STEP_MS: i64 = 15_000;
const START_MS: i64 = 1_795_356_000_000;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = tsdb::Options { retention: Duration::ZERO, retention_bytes: 0, max_series: 1_000_000 };
    let store = tsdb::Store::open(folder.path(), options.clone(), &Registry::new()).expect("the store opens");
    let appending = append(&store);
    let samples = (TARGETS * LINES * ROWS) as f64;
    let print = |what: &str, value: f64, unit: &str| println!("{what:<28} {value:>9.2} {unit}");
    print("append", nanos(appending) / samples, "ns/sample");
    print("log", bytes(&folder.path().join("wal")) / samples, "B/sample");
    print("head, samples", store.stats(1).sample_bytes as f64 / samples, "B/sample");
    let (count, reading) = read_all(&store);
    print("read from memory", nanos(reading) / count as f64, "ns/sample");

    drop(store);
    let began = Instant::now();
    let store = tsdb::Store::open(folder.path(), options, &Registry::new()).expect("the store opens again");
    print("replay", nanos(began.elapsed()) / samples, "ns/sample");

    let began = Instant::now();
    store.maintain().expect("a block is written");
    print("seal and cut the log", nanos(began.elapsed()) / samples, "ns/sample");
    let in_memory: usize =
        (store.stats(1).max_time_ms - store.stats(1).min_time_ms) as usize / STEP_MS as usize + 1;
    let in_blocks = samples - (in_memory * TARGETS * LINES) as f64;
    print("block, with its index", bytes(&folder.path().join("blocks")) / in_blocks, "B/sample");
    let (count, reading) = read_all(&store);
    print("read, most from a block", nanos(reading) / count as f64, "ns/sample");
    assert_eq!(count as f64, samples, "nothing is lost on the way");
}

fn append(store: &tsdb::Store) -> Elapsed {
    let groups: Vec<_> = (0..TARGETS)
        .map(|target| {
            let group = store.open_group(&Labels::empty()).expect("a group");
            let slots: Vec<Slot> = (0..LINES)
                .map(|line| store.open_slot(group, &labels(target, line)).expect("a slot"))
                .collect();
            (group, slots, vec![0.0f64; LINES])
        })
        .collect();
    let mut groups = groups;
    let (mut spent, mut state) = (Elapsed::ZERO, 42u64);
    let mut samples = Vec::with_capacity(LINES);
    for row in 0..ROWS {
        for (number, (group, slots, values)) in groups.iter_mut().enumerate() {
            samples.clear();
            for (slot, value) in slots.iter().zip(values) {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                if state % 5 == 0 {
                    *value += if state % 3 == 0 { (state % 1000) as f64 / 7.0 } else { (state % 50) as f64 };
                }
                samples.push((*slot, *value));
            }
            let timestamp = Timestamp(START_MS + row as i64 * STEP_MS + number as i64 * 37);
            let row = Row { timestamp, samples: &samples, ..Row::default() };
            let began = Instant::now();
            store.append_row(*group, &row).expect("the row is appended");
            spent += began.elapsed();
        }
    }
    spent
}

fn read_all(store: &tsdb::Store) -> (usize, Elapsed) {
    let range = TimeRange { start: Timestamp(0), end: Timestamp(i64::MAX / 2) };
    let began = Instant::now();
    let querier = store.querier(range).expect("a view");
    let mut samples = Samples::default();
    let mut count = 0;
    for series in querier.select(&[Matcher::equal("job", "bench")], range).expect("selected") {
        querier.read(series.series, range, &mut samples).expect("read");
        count += samples.len();
    }
    (count, began.elapsed())
}

fn labels(target: usize, line: usize) -> Labels {
    Labels::from_pairs([
        ("__name__", format!("controller_metric_{}_total", line / 20)),
        ("job", "bench".to_owned()),
        ("instance", format!("10.0.0.{target}:8080")),
        ("object", format!("object-{}", line % 20)),
    ])
}

fn nanos(elapsed: Elapsed) -> f64 {
    elapsed.as_nanos() as f64
}

fn bytes(folder: &Path) -> f64 {
    let files = std::fs::read_dir(folder).expect("the folder is there").flatten();
    files.filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).sum::<u64>() as f64
}
