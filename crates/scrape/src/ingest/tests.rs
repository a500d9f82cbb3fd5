use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use model::exposition::Format;
use model::storage::{Appended, Exemplar};
use model::{Metadata, is_stale};

use super::*;

mod golden;

/// One appended row, by labels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) at: i64,
    pub(crate) samples: BTreeMap<Labels, f64>,
    pub(crate) own_time: Vec<(Labels, i64, f64)>,
    pub(crate) exemplars: Vec<(Labels, Exemplar)>,
    pub(crate) all_stale: bool,
}

/// A store that keeps rows as they come.
#[derive(Default)]
pub(crate) struct Recorder {
    state: Mutex<RecorderState>,
    series_limit: Option<usize>,
    /// The next row is refused with this.
    broken: Mutex<Option<AppendError>>,
}

#[derive(Default)]
struct RecorderState {
    series: Vec<Labels>,
    rows: Vec<Recorded>,
    metadata: BTreeMap<String, Metadata>,
    metadata_calls: usize,
    closed: bool,
}

impl Recorder {
    pub(crate) fn last(&self) -> Recorded {
        self.state.lock().unwrap().rows.last().cloned().unwrap_or_default()
    }

    fn series(&self) -> usize {
        self.state.lock().unwrap().series.len()
    }
}

impl Appender for Recorder {
    fn open_group(&self, _: &Labels) -> Result<GroupId, AppendError> {
        Ok(GroupId(7))
    }

    fn open_slot(&self, _: GroupId, labels: &Labels) -> Result<Slot, AppendError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = state.series.iter().position(|series| series == labels) {
            return Ok(Slot(index as u32));
        }
        if let Some(limit) = self.series_limit.filter(|limit| state.series.len() >= *limit) {
            return Err(AppendError::SeriesLimit { limit, labels: labels.clone() });
        }
        state.series.push(labels.clone());
        Ok(Slot(state.series.len() as u32 - 1))
    }

    fn append_row(&self, _: GroupId, row: &Row<'_>) -> Result<Appended, AppendError> {
        if let Some(error) = self.broken.lock().unwrap().take() {
            return Err(error);
        }
        let mut state = self.state.lock().unwrap();
        let labels = |slot: Slot| state.series[slot.0 as usize].clone();
        let mut recorded = Recorded { at: row.timestamp.0, all_stale: row.all_stale, ..Recorded::default() };
        for (slot, value) in row.samples {
            assert_eq!(recorded.samples.insert(labels(*slot), *value), None, "a slot twice in a row");
        }
        recorded.own_time =
            row.own_time.iter().map(|(slot, at, value)| (labels(*slot), at.0, *value)).collect();
        recorded.exemplars = row.exemplars.iter().map(|(slot, it)| (labels(*slot), it.clone())).collect();
        state.rows.push(recorded);
        Ok(Appended { samples: row.samples.len(), ..Appended::default() })
    }

    fn set_metadata(&self, _: GroupId, family: &str, metadata: &Metadata) -> Result<(), AppendError> {
        let mut state = self.state.lock().unwrap();
        state.metadata.insert(family.to_owned(), metadata.clone());
        state.metadata_calls += 1;
        Ok(())
    }

    fn close_group(&self, _: GroupId) {
        self.state.lock().unwrap().closed = true;
    }
}

/// A target that is scraped every 15 s.
struct Bench {
    store: Recorder,
    ingest: Ingest,
    now: i64,
}

impl Bench {
    fn new(settings: IngestSettings) -> Bench {
        let target = Labels::from_pairs([("job", "j"), ("instance", "i")]);
        Bench { store: Recorder::default(), ingest: Ingest::new(target, Arc::new(settings)), now: 1_000_000 }
    }

    fn scrape(&mut self, body: &str, format: Format) -> Result<ScrapeStats, String> {
        self.now += 15_000;
        self.ingest
            .append_body(&self.store, body.as_bytes(), format, Timestamp(self.now), 0.5)
            .map_err(|error| error.to_string())
    }

    fn text(&mut self, body: &str) -> ScrapeStats {
        self.scrape(body, Format::Text).expect("a good body")
    }

    fn fail(&mut self) {
        self.now += 15_000;
        self.ingest.append_failure(&self.store, Timestamp(self.now), 0.5).expect("appended");
    }

    /// The last row without the target's labels and the synthetic series: `name{labels} value`.
    fn row(&self) -> Vec<String> {
        let row = self.store.last();
        assert_eq!(row.at, self.now);
        let samples = row.samples.iter().filter(|(labels, _)| !is_synthetic(labels));
        let mut lines: Vec<String> = samples.map(|(labels, value)| line(labels, *value)).collect();
        lines.extend(
            row.own_time.iter().map(|(labels, at, value)| format!("{} at {at}", line(labels, *value))),
        );
        if row.all_stale {
            lines.push("all stale".into());
        }
        lines.sort();
        lines
    }

    fn synthetic(&self, name: &str) -> f64 {
        let row = self.store.last();
        let found =
            row.samples.iter().find(|(labels, _)| labels.metric_name() == name && is_synthetic(labels));
        *found.expect("every row has the synthetic series").1
    }
}

fn is_synthetic(labels: &Labels) -> bool {
    let name = labels.metric_name();
    labels.len() == 3 && (name == "up" || name.starts_with("scrape_"))
}

fn line(labels: &Labels, value: f64) -> String {
    let own = labels.filtered(|name| name != "__name__" && name != "job" && name != "instance");
    let value = if is_stale(value) { "stale".to_owned() } else { value.to_string() };
    format!("{}{own} {value}", labels.metric_name())
}

#[test]
fn unchanged_changed_new_and_vanished_lines() {
    let mut bench = Bench::new(IngestSettings::default());
    let stats = bench.text("a 1\nb{x=\"1\"} 2\nc 3\n");
    assert_eq!(bench.row(), ["a{} 1", "b{x=\"1\"} 2", "c{} 3"]);
    assert_eq!((stats.scraped, stats.post_relabel, stats.series_added, stats.stale), (3, 3, 3, 0));
    bench.text("a 1\nb{x=\"1\"} 2.5\nc 3\n");
    assert_eq!(bench.row(), ["a{} 1", "b{x=\"1\"} 2.5", "c{} 3"]);
    assert_eq!(bench.synthetic("scrape_series_added"), 0.0);
    let stats = bench.text("a 1\nnew 9\nc 4\n");
    assert_eq!(bench.row(), ["a{} 1", "b{x=\"1\"} stale", "c{} 4", "new{} 9"]);
    assert_eq!((stats.series_added, stats.stale), (1, 1));
    bench.text("c 4\nb{x=\"1\"} 7\na 1\n");
    assert_eq!(bench.row(), ["a{} 1", "b{x=\"1\"} 7", "c{} 4", "new{} stale"]);
    bench.text("c 4\nb{x=\"1\"} 7\n");
    assert_eq!(bench.row(), ["a{} stale", "b{x=\"1\"} 7", "c{} 4"]);
    bench.text("");
    assert_eq!(bench.row(), ["b{x=\"1\"} stale", "c{} stale"]);
    assert_eq!((bench.synthetic("up"), bench.synthetic("scrape_samples_scraped")), (1.0, 0.0));
    assert_eq!(bench.store.series(), 4 + 5);
}

#[test]
fn a_name_that_is_the_start_of_another_is_not_taken_for_it() {
    let mut bench = Bench::new(IngestSettings::default());
    bench.text("foo 1\nfoo{a=\"b\"} 2\n");
    bench.text("foobar 1\nfoo {a=\"b\"} 3\nfoo{a=\"b\"}5\n");
    assert_eq!(bench.row(), ["foobar{} 1", "foo{a=\"b\"} 3", "foo{} stale"]);
    let stats = bench.text("foo\t1\nfoo{a=\"b\"} 0.00000000000000000000005\n");
    assert_eq!(
        (bench.row(), stats.duplicates),
        (vec!["foobar{} stale".into(), "foo{a=\"b\"} 0.00000000000000000000005".into(), "foo{} 1".into()], 0)
    );
}

#[test]
fn a_failed_scrape_makes_all_stale_and_returns() {
    for broken in ["a 1\nb x\n", "a 1\nb 2\nnew 3\n}"] {
        let mut bench = Bench::new(IngestSettings::default());
        bench.text("a 1\nb 2\n");
        assert!(bench.scrape(broken, Format::Text).is_err());
        assert_eq!((bench.row(), bench.synthetic("up")), (vec!["all stale".to_owned()], 0.0));
        bench.fail();
        assert_eq!((bench.row(), bench.synthetic("up")), (vec!["all stale".to_owned()], 0.0));
        let stats = bench.text("b 2\n");
        assert_eq!((bench.row(), stats.series_added), (vec!["b{} 2".to_owned()], 0));
        bench.text("a 1\nb 2\n");
        assert_eq!(
            (bench.row(), bench.synthetic("scrape_series_added")),
            (vec!["a{} 1".into(), "b{} 2".into()], 1.0)
        );
        assert_eq!(bench.store.series(), 2 + 5, "a refused body opens no series");
    }
    let mut bench = Bench::new(IngestSettings::default());
    let error = bench.scrape("a 1\n\nb{c=\"d} 1\n", Format::Text).expect_err("broken");
    assert_eq!(error, "line 3, column 5: the quote is not closed");
    assert_eq!(
        (bench.synthetic("scrape_samples_scraped"), bench.synthetic("scrape_duration_seconds")),
        (1.0, 0.5)
    );
}

#[test]
fn own_timestamps() {
    for track in [false, true] {
        let mut bench =
            Bench::new(IngestSettings { track_timestamps_staleness: track, ..Default::default() });
        bench.text("a 1 500\nb 2\nlate 1 99999999999\n");
        assert_eq!(bench.row(), ["a{} 1 at 500", "b{} 2"]);
        let stats = bench.text("a 1 500\nb 2\nlate 1 99999999999\n");
        assert_eq!((bench.row(), stats.out_of_bounds), (vec!["b{} 2".to_owned()], 1));
        bench.text("a 2 600\na 3 700\nb 2 800\n");
        let mut expected = vec!["a{} 2 at 600", "a{} 3 at 700", "b{} 2 at 800"];
        if !track {
            expected.push("b{} stale");
        }
        assert_eq!(bench.row(), expected);
        bench.text("c 1\n");
        let expected: &[&str] = if track { &["a{} stale", "b{} stale", "c{} 1"] } else { &["c{} 1"] };
        assert_eq!(bench.row(), expected);
        bench.text("a 1 900\nc 1\n");
        bench.fail();
        assert_eq!(bench.row(), if track { ["all stale"] } else { ["c{} stale"] });
    }
    let mut bench = Bench::new(IngestSettings { honor_timestamps: false, ..Default::default() });
    bench.text("a 1 500\n");
    assert_eq!(bench.row(), ["a{} 1"]);
}

#[test]
fn labels_of_target_and_exposition() {
    let body = "m{job=\"x\",exported_job=\"y\",instance=\"\"} 1\n";
    let mut bench = Bench::new(IngestSettings::default());
    bench.text(body);
    assert_eq!(bench.row(), ["m{exported_exported_job=\"x\", exported_job=\"y\"} 1"]);
    let mut bench = Bench::new(IngestSettings { honor_labels: true, ..Default::default() });
    bench.text(body);
    let row = bench.store.last();
    let expected = Labels::from_pairs([("__name__", "m"), ("job", "x"), ("exported_job", "y")]);
    assert!(row.samples.contains_key(&expected), "{row:?}");
}

#[test]
fn relabelling_limits_and_names() {
    let rules = |text: &str| serde_json::from_str::<Vec<RelabelRule>>(text).expect("rules");
    let drop = rules(r#"[{"source_labels": ["__name__"], "regex": "drop.*", "action": "drop"}]"#);
    let mut bench =
        Bench::new(IngestSettings { metric_relabel: drop, sample_limit: 2, ..Default::default() });
    for _ in 0..2 {
        let stats = bench.text("a 1\ndrop_me 2\ndropped 3\nb 4\n");
        assert_eq!(
            (stats.scraped, stats.post_relabel, bench.row()),
            (4, 2, vec!["a{} 1".into(), "b{} 4".into()])
        );
    }
    let error = bench.scrape("a 1\ndrop_me 2\nb 4\nc 5\nd 6\n", Format::Text).expect_err("too many");
    assert_eq!(error, "sample limit exceeded: 4 samples, limit 2");
    assert_eq!(bench.row(), ["all stale"]);
    let counts =
        (bench.synthetic("scrape_samples_scraped"), bench.synthetic("scrape_samples_post_metric_relabeling"));
    assert_eq!((counts, bench.synthetic("scrape_series_added")), ((5.0, 4.0), 0.0));

    let rows: [(IngestSettings, &str, &str); 5] = [
        (
            IngestSettings { label_limit: 3, ..Default::default() },
            "a 1\nb{c=\"d\"} 1\n",
            "label_limit exceeded (metric: b, number of labels: 4, limit: 3)",
        ),
        (
            IngestSettings { label_name_length_limit: 8, ..Default::default() },
            "b{overlong1=\"d\"} 1\n",
            "label_name_length_limit exceeded (metric: b, label name: overlong1, length: 9, limit: 8)",
        ),
        (
            IngestSettings { label_value_length_limit: 3, ..Default::default() },
            "b{c=\"abcd\"} 1\n",
            "label_value_length_limit exceeded (metric: b, label name: c, value: \"abcd\", length: 4, limit: 3)",
        ),
        (
            IngestSettings { legacy_names: true, ..Default::default() },
            "{\"b.c\"} 1\n",
            "invalid metric name or label names: {__name__=\"b.c\", instance=\"i\", job=\"j\"}",
        ),
        (
            IngestSettings {
                metric_relabel: rules(r#"[{"regex": "__name__", "action": "labeldrop"}]"#),
                ..Default::default()
            },
            "b 1\n",
            "missing metric name after relabelling: {instance=\"i\", job=\"j\"}",
        ),
    ];
    for (settings, body, expected) in rows {
        let mut bench = Bench::new(settings);
        assert_eq!(bench.scrape(body, Format::Text), Err(expected.to_owned()), "{body}");
        assert_eq!((bench.row(), bench.synthetic("up")), (vec!["all stale".to_owned()], 0.0));
    }
}

#[test]
fn texts_that_give_the_same_series() {
    let drop_x = serde_json::from_str(r#"[{"regex": "x", "action": "labeldrop"}]"#).expect("rules");
    let mut bench = Bench::new(IngestSettings { metric_relabel: drop_x, ..Default::default() });
    let stats = bench.text("a{x=\"1\"} 1\na{x=\"2\"} 2\na{x=\"3\"} 1\nup 0\n");
    assert_eq!((bench.row(), stats.duplicates), (vec!["a{} 1".to_owned()], 2));
    assert_eq!(bench.synthetic("up"), 0.0, "what the target exposes comes first");
    bench.text("a{x=\"2\"} 2\n");
    assert_eq!((bench.row(), bench.synthetic("up")), (vec!["a{} 2".to_owned()], 1.0));
    bench.text("b 1\n");
    assert_eq!(bench.row(), ["a{} stale", "b{} 1"]);
}

#[test]
fn exemplars_and_metadata_are_handed_over_once() {
    let body = "# HELP a h\n# TYPE a counter\n# UNIT a \na_total 1 # {id=\"x\"} 0.5 1.5\na_created 3 # {id=\"y\"} 4\n# EOF\n";
    let mut bench = Bench::new(IngestSettings::default());
    assert_eq!(bench.scrape(body, Format::OpenMetrics).map(|stats| stats.exemplars), Ok(2));
    let row = bench.store.last();
    let times: Vec<i64> = row.exemplars.iter().map(|(_, exemplar)| exemplar.timestamp.0).collect();
    assert_eq!(times, [1500, bench.now]);
    assert_eq!(row.exemplars[0].0.metric_name(), "a_total");
    let calls = bench.store.state.lock().unwrap().metadata_calls;
    assert_eq!(calls, 5 + 1);
    assert_eq!(bench.scrape(body, Format::OpenMetrics).map(|stats| stats.exemplars), Ok(0));
    let changed = body.replace("a h", "a other").replace("a_total 1", "a_total 2");
    assert_eq!(bench.scrape(&changed, Format::OpenMetrics).map(|stats| stats.exemplars), Ok(1));
    let state = bench.store.state.lock().unwrap();
    assert_eq!((state.metadata_calls, state.metadata["a"].help.as_str()), (7, "other"));
    assert_eq!(state.metadata["a"].kind, model::MetricType::Counter);
}

#[test]
fn a_full_store_takes_what_it_has() {
    let mut bench = Bench::new(IngestSettings::default());
    bench.store.series_limit = Some(7);
    bench.text("a 1\n");
    for value in ["3", "4", "5"] {
        let stats = bench.text(&format!("a 2\nb {value}\nc {value}\nd 1 5\n"));
        assert_eq!(
            (stats.series_refused, bench.row()),
            (2, vec!["a{} 2".to_owned(), format!("b{{}} {value}")])
        );
    }
}

#[test]
fn a_store_that_fails_once() {
    for (error, gone_is_known) in
        [(AppendError::Storage("disk full".into()), true), (AppendError::UnknownGroup(GroupId(7)), false)]
    {
        let mut bench = Bench::new(IngestSettings::default());
        bench.text("a 1\nb 2\n");
        *bench.store.broken.lock().unwrap() = Some(error.clone());
        assert_eq!(bench.scrape("a 1\nb 2\nc 3\n", Format::Text), Err(error.to_string()));
        bench.text("b 3\nc 3\n");
        let expected: &[&str] =
            if gone_is_known { &["a{} stale", "b{} 3", "c{} 3"] } else { &["b{} 3", "c{} 3"] };
        assert_eq!(bench.row(), expected);
        *bench.store.broken.lock().unwrap() = Some(error);
        assert!(bench.ingest.append_failure(&bench.store, Timestamp(bench.now + 1), 1.0).is_err());
        bench.text("c 3\n");
        let expected: &[&str] = if gone_is_known { &["b{} stale", "c{} 3"] } else { &["c{} 3"] };
        assert_eq!(bench.row(), expected);
    }
}

#[test]
fn settings_change_and_end() {
    let mut bench =
        Bench::new(IngestSettings { extra_metrics: true, timeout_seconds: 3.0, ..Default::default() });
    bench.text("a 1\nb 2\n");
    let extra = (bench.synthetic("scrape_timeout_seconds"), bench.synthetic("scrape_body_size_bytes"));
    assert_eq!((extra, bench.synthetic("scrape_sample_limit")), ((3.0, 8.0), 0.0));
    let drop = serde_json::from_str(r#"[{"source_labels": ["__name__"], "regex": "a", "action": "drop"}]"#);
    let settings = IngestSettings { metric_relabel: drop.expect("rules"), ..Default::default() };
    bench.ingest.set_settings(Arc::new(settings));
    bench.text("a 1\nb 2\n");
    assert_eq!(bench.row(), ["a{} stale", "b{} 2"]);
    bench.ingest.close(&bench.store, Timestamp(bench.now + 1)).expect("closed");
    assert!(bench.store.last().all_stale && bench.store.state.lock().unwrap().closed);
}

#[test]
fn a_hostile_target_cannot_fill_the_memory() {
    let mut bench = Bench::new(IngestSettings::default());
    bench.text("a 1\n");
    for round in 0..20 {
        let mut body: String = (0..1000)
            .map(|i| format!("# TYPE f{round}_{i} gauge\nx{{r=\"{round}\",i=\"{i}\"}} 1\n"))
            .collect();
        body.push('!');
        assert!(bench.scrape(&body, Format::Text).is_err());
    }
    assert!(format!("{:?}", bench.ingest.layout).contains("(1 lines"), "{:?}", bench.ingest.layout);
    let kept: usize = format!("{:?}", bench.ingest.layout)
        .split([' ', '('])
        .filter_map(|word| word.parse().ok())
        .max()
        .unwrap_or(0);
    assert!(kept <= 2100, "{kept}");
    assert_eq!(bench.store.series(), 1 + 5);
}

/// Random edits of a body, walked along a layout, give the same rows as a walk without one.
#[test]
fn any_order_of_lines_gives_what_a_fresh_start_gives() {
    let mut random = 12345u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) as usize % below
    };
    let mut lines: Vec<(String, usize)> = (0..30).map(|i| (format!("m{}{{l=\"{i}\"}}", i % 3), i)).collect();
    let mut bench = Bench::new(IngestSettings::default());
    let mut before = BTreeSet::new();
    for round in 0..400 {
        for _ in 0..next(4) {
            let at = next(lines.len());
            match next(5) {
                0 => lines[at].1 = next(100_000_000_000),
                1 if lines.len() > 5 => _ = lines.remove(at),
                2 => lines.insert(at, (format!("n{{round=\"{round}\"}}"), round)),
                3 => lines.swap(at, 0),
                _ => lines.push((format!("back{{l=\"{}\"}}", next(5)), 1)),
            }
        }
        lines.dedup_by(|a, b| a.0 == b.0);
        let mut seen = BTreeSet::new();
        lines.retain(|line| seen.insert(line.0.clone()));
        let body: String =
            lines.iter().map(|(text, value)| format!("# TYPE x gauge\n{text} {value}\n")).collect();
        bench.text(&body);
        let mut expected: Vec<String> = Vec::new();
        let now: BTreeSet<String> = lines.iter().map(|line| line.0.clone()).collect();
        expected.extend(lines.iter().map(|(text, value)| format!("{text} {value}")));
        expected.extend(before.difference(&now).map(|text: &String| format!("{text} stale")));
        let mut found = bench.row();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "round {round}");
        before = now;
    }
}

/// Whatever a byte of a body becomes: the walk along a layout finds the same fault, or the same samples, as a
/// parse from scratch. (But for `le` of a text whose `# TYPE` changes: like Prometheus, the first one counts.)
#[test]
fn broken_bytes_are_found_along_the_layout_too() {
    let text = "# HELP a h\n# TYPE a histogram\na_bucket{le=\"1.0\"} 1\na_bucket{le=\"+Inf\"} 12345678901\nfoo 1\nfoo{x=\"é\"} 1.5\n\
                # comment\n{\"q.r\",y=\"z\"} 3 1234\nlast{a=\"b\",c=\"d\\\"e\"} NaN";
    let openmetrics = "# TYPE a counter\na_total 1 # {id=\"x\"} 1 1.5\na_total{b=\"c\"} 123456789.25 5\nb{c=\"d\"} 2\n# EOF\n";
    let mut random = 99u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) as usize % below
    };
    for (good, format) in [(text, Format::Text), (openmetrics, Format::OpenMetrics)] {
        let mut bench = Bench::new(IngestSettings::default());
        let mut refused = 0;
        for round in 0..4000 {
            if round % 3 == 0 {
                bench.scrape(good, format).expect("a good body");
            }
            let mut body = good.as_bytes().to_vec();
            for _ in 0..=next(2) {
                let at = next(body.len());
                match next(3) {
                    0 => body[at] = b"\"\\\n {}#=,\t\x000123456789.eEaN\xff"[next(27)],
                    1 => _ = body.remove(at),
                    _ => body.insert(at, body[next(body.len())]),
                }
            }
            bench.now += 15_000;
            let at = Timestamp(bench.now);
            let found = bench.ingest.append_body(&bench.store, &body, format, at, 0.5);
            let mut fresh = Bench::new(IngestSettings::default());
            let expected = fresh.ingest.append_body(&fresh.store, &body, format, at, 0.5);
            let shown = String::from_utf8_lossy(&body);
            assert_eq!(
                found.as_ref().map(|stats| stats.scraped).map_err(ToString::to_string),
                expected.as_ref().map(|stats| stats.scraped).map_err(ToString::to_string),
                "{shown:?}"
            );
            refused += usize::from(found.is_err());
            let live = |bench: &Bench| -> Vec<(Labels, u64)> {
                let row = bench.store.last();
                let own =
                    row.samples.iter().filter(|(labels, value)| !is_synthetic(labels) && !is_stale(**value));
                own.map(|(labels, value)| (labels.clone(), value.to_bits())).collect()
            };
            assert_eq!(live(&bench), live(&fresh), "{shown:?}");
        }
        assert!((500..3900).contains(&refused), "{refused}");
    }
}
