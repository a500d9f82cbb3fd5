//! kill -9 in the middle of scraping: what a query had shown is there after.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::harness::{Weir, eventually, slow};

const ROUNDS: usize = 50;

/// A target whose counter goes up with each scrape.
fn counting_target() -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let scrapes = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&scrapes);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let n = counted.fetch_add(1, Ordering::SeqCst) + 1;
            let series: String = (0..200).map(|i| format!("scrapes_total{{i=\"{i}\"}} {n}\n")).collect();
            let mut head = [0; 4096];
            let _ = std::io::Read::read(&mut stream, &mut head);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{series}",
                series.len()
            );
        }
    });
    (address, scrapes)
}

#[test]
fn what_was_shown_survives_kill_9() {
    if !slow("kill -9, 50 rounds") {
        return;
    }
    let (address, _) = counting_target();
    let dir = tempfile::tempdir().expect("a folder");
    let config = format!(
        "global: {{scrape_interval: 20ms, scrape_timeout: 20ms}}\nscrape_configs: [{{job_name: c, static_configs: [{{targets: ['{address}']}}]}}]\n"
    );
    let (mut shown, mut lost) = (Vec::<(f64, f64)>::new(), 0);
    for round in 0..ROUNDS {
        let weir = Weir::start(dir.path(), Some(&config), &[]);
        for (at, value) in &shown {
            let query = format!("/api/v1/query?query=count(scrapes_total=={value})&time={at}");
            let data = weir.api(&query.replace("==", "%3D%3D"));
            if data["result"][0]["value"][1] != "200" {
                lost += 1;
                eprintln!("round {round}: the scrape with value {value} at {at} is not whole: {data}");
            }
        }
        let before = shown.last().map_or(0.0, |(_, value)| *value);
        eventually("a new scrape is shown", Duration::from_secs(20), || {
            let data = weir.api("/api/v1/query?query=timestamp(scrapes_total%7Bi%3D%220%22%7D)");
            let at: f64 =
                data["result"][0]["value"][1].as_str().and_then(|s| s.parse().ok()).ok_or("none")?;
            let data = weir.api(&format!("/api/v1/query?query=scrapes_total%7Bi%3D%220%22%7D&time={at}"));
            let value: f64 =
                data["result"][0]["value"][1].as_str().and_then(|s| s.parse().ok()).ok_or("none")?;
            if value > before {
                shown.push((at, value));
                Ok(())
            } else {
                Err(format!("still {value}"))
            }
        });
        // A moment that differs from round to round.
        std::thread::sleep(Duration::from_millis((round as u64 * 7) % 40));
        weir.kill();
    }
    eprintln!("{ROUNDS} rounds, {} scrapes shown, {lost} lost", shown.len());
    assert_eq!(lost, 0);
}

/// Files of the store that were cut short or overwritten cost what they held, and no more.
#[test]
fn damaged_files_are_named_and_the_rest_is_read() {
    let (address, scrapes) = counting_target();
    let dir = tempfile::tempdir().expect("a folder");
    let config = format!(
        "global: {{scrape_interval: 20ms, scrape_timeout: 20ms}}\ndashboard_files: ['*.json']\nscrape_configs: [{{job_name: c, static_configs: [{{targets: ['{address}']}}]}}]\n"
    );
    fs::write(dir.path().join("bad.json"), r#"{"title": "cut of"#).expect("written");
    fs::write(dir.path().join("good.json"), r#"{"uid": "good", "title": "Good", "panels": []}"#)
        .expect("written");
    let weir = Weir::start(dir.path(), Some(&config), &[]);
    eventually("scrapes", Duration::from_secs(20), || {
        let n = scrapes.load(Ordering::SeqCst);
        if n > 20 { Ok(()) } else { Err(n.to_string()) }
    });
    assert_eq!(weir.get("/api/dashboards/uid/good").status, 200);
    assert!(weir.log().contains("bad.json"), "{}", weir.log());
    weir.kill();
    let mut logs: Vec<_> =
        fs::read_dir(dir.path().join("data/wal")).expect("the log").flatten().map(|e| e.path()).collect();
    logs.sort();
    let log = logs.iter().max_by_key(|path| fs::metadata(path).map_or(0, |m| m.len())).expect("a segment");
    let whole = fs::read(log).expect("read");
    let mut damaged = whole[..whole.len() - 3].to_vec();
    let middle = damaged.len() * 3 / 4;
    damaged[middle] ^= 0x55;
    fs::write(log, damaged).expect("written");
    fs::create_dir_all(dir.path().join("data/blocks")).expect("a folder");
    fs::write(dir.path().join("data/blocks/0000000000000-0000000000001.block"), b"WEIRBLK1 and no more")
        .expect("written");
    let weir = Weir::start(dir.path(), Some("scrape_configs: []\n"), &[]);
    let kept = weir.scalar("count(count_over_time(scrapes_total[1h]) > 3)");
    assert_eq!(kept, Some(200.0), "what stands before the damage is read");
    let page = weir.get("/metrics").body;
    assert!(page.contains("prometheus_tsdb_wal_corruptions_total 1"), "the damage is counted");
    assert!(weir.log().contains("block"), "the damaged block is named: {}", weir.log());
}
