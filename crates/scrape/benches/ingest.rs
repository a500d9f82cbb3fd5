//! What a line of a scrape costs: parsed alone, ingested for the first time, ingested along the layout.
//!
//! `cargo bench -p scrape --bench ingest` prints nanoseconds per sample over the recorded bodies of each
//! target, and microseconds per scrape of a body of 1,000 lines of which 20 % change.
#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use model::exposition::{Entry, Format, Parser};
use model::storage::{AppendError, Appended, Appender, GroupId, Row, Slot};
use model::{Labels, Metadata, Timestamp};
use scrape::ingest::{Ingest, IngestSettings};
use scrape::recording::Recording;

/// Takes everything and keeps nothing.
#[derive(Default)]
struct Nowhere(AtomicU32);

impl Appender for Nowhere {
    fn open_group(&self, _: &Labels) -> Result<GroupId, AppendError> {
        Ok(GroupId(0))
    }

    fn open_slot(&self, _: GroupId, _: &Labels) -> Result<Slot, AppendError> {
        Ok(Slot(self.0.fetch_add(1, Ordering::Relaxed)))
    }

    fn append_row(&self, _: GroupId, row: &Row<'_>) -> Result<Appended, AppendError> {
        Ok(Appended { samples: std::hint::black_box(row.samples).len(), ..Appended::default() })
    }

    fn set_metadata(&self, _: GroupId, _: &str, _: &Metadata) -> Result<(), AppendError> {
        Ok(())
    }

    fn close_group(&self, _: GroupId) {}
}

type Bodies = Vec<(Vec<u8>, Format)>;

fn main() {
    println!(
        "{:<26} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "ns/sample", "samples", "parse", "labels", "first", "cached"
    );
    let shared = std::env::var_os("WEIR_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = shared.join("recordings/flux-2.9.tar.zst");
    match Recording::open(&path) {
        Err(error) => println!("skipped: {error}"),
        Ok(recording) => {
            for target in recording.targets() {
                let body = |scrape| recording.body(target, scrape).ok().flatten();
                let format = |content_type: &str| Format::from_content_type(content_type, None).ok();
                let bodies: Bodies = target
                    .scrapes
                    .iter()
                    .filter_map(|scrape| Some((body(scrape)?, format(&scrape.content_type)?)))
                    .collect();
                report(&target.name, &bodies);
            }
        }
    }
    let synthetic: Bodies = (0..50).map(|round| (generated(round), Format::Text)).collect();
    report("generated, 1000 lines", &synthetic);
}

/// 1,000 lines; every fifth changes from round to round.
fn generated(round: u64) -> Vec<u8> {
    let mut body = String::new();
    for i in 0..1000u64 {
        let value = if i % 5 == 0 { i * 1000 + round * 17 } else { i };
        body.push_str(&format!(
            "http_requests_total{{handler=\"/api/v1/items/{}\",method=\"GET\",code=\"{}\",zone=\"eu-west-{}\"}} {value}\n",
            i / 10,
            200 + i % 10,
            i % 3
        ));
    }
    body.into_bytes()
}

fn report(name: &str, bodies: &Bodies) {
    let samples: usize = bodies.iter().map(|(body, format)| count(body, *format, false)).sum();
    let per_sample = |took: Duration| took.as_secs_f64() * 1e9 / samples.max(1) as f64;
    let parse = best(|| bodies.iter().for_each(|(body, format)| _ = count(body, *format, false)));
    let labels = best(|| bodies.iter().for_each(|(body, format)| _ = count(body, *format, true)));
    let first = best(|| {
        for one in bodies {
            ingest(&mut fresh(), std::slice::from_ref(one));
        }
    });
    let mut warm = fresh();
    ingest(&mut warm, bodies);
    let cached = best(|| ingest(&mut warm, bodies));
    let (parse, labels) = (per_sample(parse), per_sample(labels));
    let (first, each) = (per_sample(first), per_sample(cached));
    println!("{name:<26} {samples:>8} {parse:>8.1} {labels:>8.1} {first:>8.1} {each:>8.1}");
    let per_scrape = cached.as_secs_f64() * 1e6 / bodies.len().max(1) as f64;
    println!("{:<26} {per_scrape:>8.1} us per scrape along the layout", "");
}

fn fresh() -> Ingest {
    let target =
        Labels::from_pairs([("job", "j"), ("instance", "10.0.0.1:8080"), ("namespace", "n"), ("pod", "p")]);
    Ingest::new(target, Arc::new(IngestSettings::default()))
}

fn ingest(state: &mut Ingest, bodies: &[(Vec<u8>, Format)]) {
    let nowhere = Nowhere::default();
    for (body, format) in bodies {
        state.append_body(&nowhere, body, *format, Timestamp(0), 0.1).expect("a good body");
    }
}

fn count(body: &[u8], format: Format, labels: bool) -> usize {
    let (mut parser, mut pairs, mut samples) = (Parser::new(body, format), Vec::new(), 0);
    while let Some(entry) = parser.next_entry().expect("a good body") {
        if let Entry::Series(series) = entry {
            samples += 1;
            if labels {
                series.labels(&mut pairs).expect("good labels");
                std::hint::black_box(&pairs);
            }
        }
    }
    samples
}

/// The best of five runs: the machine has other work.
fn best(mut run: impl FnMut()) -> Duration {
    let timed = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..5).map(|_| timed(&mut run)).min().unwrap_or_default()
}
