use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use model::storage::{AppendError, Appended, Appender, GroupId, Row, Slot};
use model::{Metadata, Pattern};
use stdx::ManualClock;

use super::*;
use crate::ingest::IngestSettings;

/// The recording of that name in the shared folder.
fn shared(name: &str) -> Option<Recording> {
    let shared = std::env::var_os("WEIR_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = shared.join("recordings").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    }
    Some(Recording::open(&path).expect("a good recording"))
}

/// A recording of two targets, `a` at 0, 10 and 20 s (the second failed) and `b` at 5 and 15 s.
fn small(path: &Path) -> Recording {
    let mut writer = RecordingWriter::create(path).expect("created");
    let row = |time_ms: i64| RecordedScrape {
        time_ms,
        url: "http://x:1/metrics".into(),
        status: 200,
        content_type: "text/plain; version=0.0.4".into(),
        duration_ms: 250.0,
        ..RecordedScrape::default()
    };
    writer.add_target("a", &Labels::from_pairs([("job", "ja"), ("instance", "ia")])).expect("added");
    writer.add_target("b", &Labels::from_pairs([("job", "jb")])).expect("added");
    let body = "# HELP m h\n# TYPE m counter\nm 1\ngo_x{a=\"b\"} 2\n";
    writer.write("a", &row(0), Some(body.as_bytes())).expect("written");
    writer.write("b", &row(5_000), Some(b"m 10\n")).expect("written");
    let failed = RecordedScrape { status: 0, error: Some("refused".into()), ..row(10_000) };
    writer.write("a", &failed, None).expect("written");
    writer.write("b", &row(15_000), Some(b"m x\n")).expect("written");
    writer.write("a", &row(20_000), Some(b"m 3\n")).expect("written");
    writer.finish().expect("finished");
    Recording::open(path).expect("a good recording")
}

/// Counts samples, and keeps the first rows as text: `time name=value …`.
#[derive(Default)]
struct Store(Mutex<StoreState>);

#[derive(Default)]
struct StoreState {
    series: Vec<Labels>,
    rows: Vec<String>,
    samples_by_time: BTreeMap<i64, usize>,
}

impl Appender for Store {
    fn open_group(&self, _: &Labels) -> Result<GroupId, AppendError> {
        Ok(GroupId(0))
    }

    fn open_slot(&self, _: GroupId, labels: &Labels) -> Result<Slot, AppendError> {
        let mut state = self.0.lock().unwrap();
        state.series.push(labels.clone());
        Ok(Slot(state.series.len() as u32 - 1))
    }

    fn append_row(&self, _: GroupId, row: &Row<'_>) -> Result<Appended, AppendError> {
        let mut state = self.0.lock().unwrap();
        *state.samples_by_time.entry(row.timestamp.0).or_default() += row.samples.len();
        if state.rows.len() < 100 {
            let text = |(slot, value): &(Slot, f64)| {
                format!("{}={value}", state.series[slot.0 as usize].metric_name())
            };
            let samples: Vec<String> = row.samples.iter().map(text).take(4).collect();
            let all_stale = if row.all_stale { " all stale" } else { "" };
            state.rows.push(format!("{} {}{all_stale}", row.timestamp.0, samples.join(" ")));
        }
        Ok(Appended::default())
    }

    fn set_metadata(&self, _: GroupId, _: &str, _: &Metadata) -> Result<(), AppendError> {
        Ok(())
    }

    fn close_group(&self, _: GroupId) {}
}

#[test]
fn writes_and_reads_folders_and_archives() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = small(&dir.path().join("one"));
    let archive = small(&dir.path().join("two.tar.zst"));
    assert_eq!(folder.targets(), archive.targets());
    assert_eq!((folder.targets().len(), folder.scrapes()), (2, 5));
    assert_eq!(folder.span(), Some((Timestamp(0), Timestamp(20_000))));
    let names: Vec<_> =
        std::fs::read_dir(dir.path()).expect("read").flatten().map(|e| e.file_name()).collect();
    assert_eq!(names.len(), 2, "nothing is left behind: {names:?}");
    for recording in [&folder, &archive] {
        let target = &recording.targets()[0];
        assert_eq!(target.labels, Labels::from_pairs([("job", "ja"), ("instance", "ia")]));
        let body = recording.body(target, &target.scrapes[2]).expect("read");
        assert_eq!((body.as_deref(), target.scrapes[2].bytes), (Some(&b"m 3\n"[..]), 4));
        assert_eq!(recording.body(target, &target.scrapes[1]).expect("read"), None);
    }
    let error = RecordingWriter::create(&dir.path().join("one")).expect_err("taken").to_string();
    assert!(error.ends_with("one is there already: give another path or remove it"), "{error}");
}

#[test]
fn says_what_is_wrong_with_a_recording() {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(path, text).expect("written");
    };
    let open = |name: &str| Recording::open(&dir.path().join(name));
    let message = |result: Result<Recording, RecordingError>| {
        result.expect_err("refused").to_string().replace(&dir.path().display().to_string(), "")
    };
    assert!(message(open("absent")).starts_with("/absent: No such file"), "{:?}", open("absent"));
    write("empty/x/y", "");
    assert_eq!(message(open("empty")), "/empty: no recording: there is no NAME/index.jsonl in it");
    write("bad/t/index.jsonl", "{\"time_ms\": 1}\n{\"time_ms\": \"x\"}\n");
    let text = message(open("bad"));
    assert!(text.starts_with("/bad/t/index.jsonl, line 2: invalid type: string \"x\""), "{text}");
    write("bad.tar.zst", "no archive");
    assert!(message(open("bad.tar.zst")).starts_with("/bad.tar.zst: "), "{:?}", open("bad.tar.zst"));
    for file in ["../../secret", "5.prom", "/etc/passwd"] {
        write(
            "lost/t/index.jsonl",
            &format!("{{\"time_ms\": 1, \"url\": \"http://h:1/x\", \"file\": \"{file}\"}}\n"),
        );
        let recording = open("lost").expect("the index is good");
        let target = &recording.targets()[0];
        assert_eq!(target.labels, Labels::from_pairs([("job", "t"), ("instance", "h:1")]));
        let error = recording.body(target, &target.scrapes[0]).expect_err("no body").to_string();
        assert!(error.ends_with(&format!("there is no body {file}")), "{error}");
    }
    let mut writer = RecordingWriter::create(&dir.path().join("new")).expect("created");
    for name in ["", "a/b", "..", ".a", "a b"] {
        assert!(writer.add_target(name, &Labels::empty()).is_err(), "{name}");
    }
}

#[test]
fn backfills_in_the_order_of_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let recording = small(&dir.path().join("r"));
    let (store, mut times) = (Store::default(), Vec::new());
    let settings = Arc::new(IngestSettings::default());
    let report = backfill(&recording, &store, &settings, &mut |progress| times.push(progress.time.0));
    let report = report.expect("appended");
    assert_eq!(times, [0, 5_000, 10_000, 15_000, 20_000]);
    assert_eq!((report.scrapes, report.failed, report.refused_total, report.stats.scraped), (5, 1, 1, 4));
    assert_eq!(report.refused, ["b/15000.prom: line 1, column 3: expected a value (a float), found \"x\""]);
    assert_eq!(
        store.0.lock().unwrap().rows,
        [
            "0 m=1 go_x=2 up=1 scrape_duration_seconds=0.25",
            "5000 m=10 up=1 scrape_duration_seconds=0.25 scrape_samples_scraped=1",
            "10000 up=0 scrape_duration_seconds=0.25 scrape_samples_scraped=0 scrape_samples_post_metric_relabeling=0 all stale",
            "15000 up=0 scrape_duration_seconds=0.25 scrape_samples_scraped=0 scrape_samples_post_metric_relabeling=0 all stale",
            "20000 m=3 up=1 scrape_duration_seconds=0.25 scrape_samples_scraped=1",
        ]
    );
}

#[test]
fn replays_from_any_start() {
    let dir = tempfile::tempdir().expect("a folder");
    let recording = small(&dir.path().join("r"));
    let (a, b) = (&recording.targets()[0], &recording.targets()[1]);
    let served = |replay: &Replay, target, now: i64| match replay.served(target, Timestamp(1_000_000 + now)) {
        Served::Scrape(scrape) => scrape.time_ms,
        Served::Over => -1,
    };
    let once = Replay::new(&recording, Timestamp(1_000_000), 1.0, false);
    let rows: [(i64, i64, i64); 7] = [
        (-5, 0, 5_000),
        (0, 0, 5_000),
        (9_999, 0, 5_000),
        (10_000, 10_000, 5_000),
        (29_999, 20_000, 15_000),
        (30_000, -1, -1),
        (i64::MAX / 2, -1, -1),
    ];
    for (now, in_a, in_b) in rows {
        assert_eq!((served(&once, a, now), served(&once, b, now)), (in_a, in_b), "{now}");
    }
    let looped = Replay::new(&recording, Timestamp(1_000_000), 2.0, true);
    assert_eq!(looped.round_ms(), 15_000);
    for (now, in_a) in
        [(0, 0), (5_000, 10_000), (10_000, 20_000), (14_999, 20_000), (15_000, 0), (20_000, 10_000)]
    {
        assert_eq!(served(&looped, a, now), in_a, "{now}");
    }
}

#[test]
fn cuts_targets_times_help_and_families() {
    let dir = tempfile::tempdir().expect("a folder");
    let recording = small(&dir.path().join("r"));
    let path = dir.path().join("cut");
    let mut writer = RecordingWriter::create(&path).expect("created");
    let options = CutOptions {
        names: vec!["a".into()],
        until: Timestamp(10_000),
        drop_help: true,
        drop_families: Some(Pattern::new("go_.*").expect("a pattern")),
        ..CutOptions::default()
    };
    let report = cut(&recording, &options, &mut writer).expect("cut");
    writer.finish().expect("finished");
    assert_eq!((report.targets, report.scrapes, report.bytes_before, report.bytes_after), (1, 2, 46, 21));
    let found = Recording::open(&path).expect("opened");
    let target = &found.targets()[0];
    let body = found.body(target, &target.scrapes[0]).expect("read").expect("a body");
    assert_eq!(String::from_utf8_lossy(&body), "# TYPE m counter\nm 1\n");
    assert_eq!(target.scrapes[1].error.as_deref(), Some("refused"));
}

#[tokio::test]
async fn serves_what_a_replay_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let recording = small(&dir.path().join("r"));
    let clock = ManualClock::at(1_000_000);
    let replay = Replay::new(&recording, Timestamp(1_000_000), 1.0, false);
    let server = Arc::new(serve::ReplayServer::new(recording, replay, Arc::new(clock.clone())));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("an address");
    let running = tokio::spawn(server.run(listener));
    let get = async |path: &str| {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("connected");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        answer
    };
    let answer = get("/a/metrics").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n# HELP m h\n# TYPE m counter\nm 1\ngo_x{a=\"b\"} 2\n"), "{answer}");
    clock.advance(10_000);
    assert!(get("/a/metrics").await.starts_with("HTTP/1.1 503"), "a recorded failure");
    clock.advance(10_000);
    assert!(get("/a/metrics").await.ends_with("m 3\n"));
    clock.advance(10_000);
    assert!(get("/a/metrics").await.ends_with("the recording is over\n"));
    assert!(get("/c/metrics").await.starts_with("HTTP/1.1 404"));
    assert!(get("/").await.contains("/a/metrics {instance=\"ia\", job=\"ja\"}\n"));
    let targets = get("/targets").await;
    let json = targets
        .split("\r\n\r\n")
        .nth(1)
        .and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let expected = serde_json::json!({
        "targets": [address.to_string()],
        "labels": {"instance": "ia", "job": "ja", "__metrics_path__": "/a/metrics"},
    });
    assert_eq!(json.and_then(|json| json.get(0).cloned()), Some(expected));
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn records_until_the_end() {
    use std::time::Duration;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("r.tar.zst");
    let mut writer = RecordingWriter::create(&path).expect("created");
    let options = record::RecordOptions {
        targets: vec![("good".into(), "http://g:1/m".into()), ("slow".into(), "http://s:1/m".into())],
        interval: Duration::from_secs(10),
        timeout: Duration::from_secs(3),
        length: Duration::from_secs(25),
    };
    let fetch: record::Fetch = Arc::new(|url| {
        Box::pin(async move {
            if url.contains("//s:") {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            Ok(record::Fetched { status: 200, content_type: "text/plain".into(), body: b"m 1\n".to_vec() })
        })
    });
    let clock = ManualClock::at(5);
    let mut heard = 0;
    let each = &mut |_: &str, _: &RecordedScrape| {
        heard += 1;
        clock.advance(5_000);
    };
    let scrapes = record::record(&options, &mut writer, &clock, fetch, std::future::pending(), each).await;
    assert_eq!((scrapes.expect("recorded"), heard), (6, 6));
    writer.finish().expect("finished");
    let recording = Recording::open(&path).expect("opened");
    let (good, slow) = (&recording.targets()[0], &recording.targets()[1]);
    assert_eq!(good.labels, Labels::from_pairs([("job", "good"), ("instance", "g:1")]));
    let times: Vec<i64> = good.scrapes.iter().map(|scrape| scrape.time_ms).collect();
    assert_eq!((times, good.scrapes[0].succeeded()), (vec![5, 10_005, 20_005], true));
    assert_eq!(slow.scrapes[0].error.as_deref(), Some("no answer within 3 s"));
    assert_eq!(slow.scrapes[0].duration_ms, 3000.0);
}

/// A recording of a replay is that recording again.
#[tokio::test]
async fn records_over_http() {
    use std::time::Duration;
    let dir = tempfile::tempdir().expect("a folder");
    let recording = small(&dir.path().join("r"));
    let (clock, from) = (Arc::new(ManualClock::at(0)), Timestamp(0));
    let replay = Replay::new(&recording, from, 1.0, false);
    let server = Arc::new(serve::ReplayServer::new(recording, replay, clock.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("an address");
    let running = tokio::spawn(server.run(listener));
    let options = record::RecordOptions {
        targets: ["a", "b", "c"].map(|name| (name.into(), format!("http://{address}/{name}/metrics"))).into(),
        interval: Duration::from_secs(600),
        timeout: Duration::from_secs(5),
        length: Duration::from_secs(1),
    };
    let path = dir.path().join("again");
    let mut writer = RecordingWriter::create(&path).expect("created");
    let client = stdx::http::Client::new(stdx::http::HttpClientConfig::default()).expect("a client");
    let fetch = record::over_http(client, options.timeout);
    let done =
        record::record(&options, &mut writer, &*clock, fetch, std::future::pending(), &mut |_, _| {}).await;
    assert_eq!(done.expect("recorded"), 3);
    let again = Recording::open(&path).expect("opened");
    let (a, c) = (&again.targets()[0], &again.targets()[2]);
    assert_eq!((a.scrapes[0].status, a.scrapes[0].content_type.as_str()), (200, "text/plain; version=0.0.4"));
    assert!(again.body(a, &a.scrapes[0]).expect("read").expect("a body").starts_with(b"# HELP m h\n"));
    assert_eq!((c.scrapes[0].status, c.scrapes[0].succeeded()), (404, false));
    running.abort();
}

#[test]
fn real_recordings_are_read_whole() {
    // The series that a real Prometheus has after the last scrapes, the synthetic ones, and one gone stale.
    for (name, targets, scrapes, last_samples) in
        [("flux-2.1.tar.zst", 4, 212, None), ("flux-2.9.tar.zst", 9, 549, Some(27_765 + 9 * 5 + 1))]
    {
        let Some(recording) = shared(name) else { return };
        assert_eq!((recording.targets().len(), recording.scrapes()), (targets, scrapes), "{name}");
        let store = Store::default();
        let settings = Arc::new(IngestSettings::default());
        let mut last = BTreeMap::new();
        let report = backfill(&recording, &store, &settings, &mut |_| {}).expect("appended");
        assert_eq!((report.scrapes, report.failed, report.refused_total), (scrapes, 0, 0), "{name}");
        assert_eq!((report.stats.duplicates, report.stats.out_of_bounds), (0, 0));
        for target in recording.targets() {
            let time = target.scrapes.last().map(|scrape| scrape.time_ms).unwrap_or_default();
            last.insert(&target.name, store.0.lock().unwrap().samples_by_time[&time]);
        }
        let total: usize = last.values().sum();
        eprintln!("{name}: {} samples, {total} in the last scrapes", report.stats.scraped);
        assert_eq!(total, last_samples.unwrap_or(total), "{name}: {last:?}");
    }
}
