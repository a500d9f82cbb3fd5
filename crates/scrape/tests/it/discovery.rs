//! Targets that are found in files and behind URLs.

use std::sync::{Arc, Mutex};

use model::is_stale;

use crate::server::{Answer, Server, head, text};
use crate::{House, eventually};

fn addresses(house: &House, pool: &str) -> Vec<String> {
    let targets = house.handle.targets().into_iter().filter(|target| target.pool == pool);
    let mut all: Vec<String> = targets.map(|target| target.labels.get("instance").to_owned()).collect();
    all.sort();
    all
}

#[tokio::test]
async fn files_are_followed() {
    let (one, two) = (Server::start(|_| text("a 1\n")).await, Server::start(|_| text("a 2\n")).await);
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("x.yml");
    let write = |targets: &[&Server]| {
        let targets: Vec<String> = targets.iter().map(|server| format!("'{}'", server.address)).collect();
        std::fs::write(&list, format!("- targets: [{}]\n  labels: {{zone: z}}\n", targets.join(", ")))
            .unwrap();
    };
    write(&[&one]);
    let yaml =
        format!("- {{job_name: f, file_sd_configs: [{{files: ['{}/*.yml']}}]}}", folder.path().display());
    let house = House::with(&yaml).await;
    let target = house.scraped("f").await;
    assert_eq!((target.labels.get("zone"), target.labels.get("instance")), ("z", one.address.as_str()));
    assert_eq!(target.discovered_labels.get("__meta_filepath"), list.to_string_lossy());
    write(&[&one, &two]);
    eventually("the second target", || addresses(&house, "f").len() == 2).await;
    std::fs::write(&list, "- targts: []\n").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1300)).await;
    assert_eq!(addresses(&house, "f").len(), 2, "a broken file changes nothing");
    write(&[&two]);
    eventually("only the second target", || addresses(&house, "f") == [two.address.clone()]).await;
    eventually("markers", || house.memory.stale() > 0).await;
    std::fs::remove_file(&list).unwrap();
    eventually("no target", || addresses(&house, "f").is_empty()).await;
    assert!(
        house.registry.render().contains("prometheus_sd_discovered_targets{name=\"scrape\",config=\"f\"} 0")
    );
}

#[tokio::test]
async fn urls_are_followed() {
    let target = Server::start(|_| text("a 1\n")).await;
    let listed = Arc::new(Mutex::new(Answer::Ok("text/html", String::new())));
    let answer = listed.clone();
    let lists = Server::start(move |_| answer.lock().unwrap().clone()).await;
    let yaml = format!(
        "- {{job_name: h, http_sd_configs: [{{url: 'http://{}/list', refresh_interval: 100ms}}]}}",
        lists.address
    );
    let house = House::with(&yaml).await;
    let refused = || {
        house
            .registry
            .render()
            .contains("prometheus_sd_refresh_failures_total{mechanism=\"http\",config=\"h\"}")
    };
    eventually("an HTML page is refused", refused).await;
    let list = format!(r#"[{{"targets": ["{}"], "labels": {{"zone": "z"}}}}]"#, target.address);
    *listed.lock().unwrap() = Answer::Ok("application/json; charset=utf-8", list);
    let found = house.scraped("h").await;
    assert_eq!(found.labels.get("zone"), "z");
    assert_eq!(found.discovered_labels.get("__meta_url"), format!("http://{}/list", lists.address));
    *listed.lock().unwrap() = Answer::Raw(head("503 Service Unavailable", &["Content-Length: 0"]));
    let before = house.memory.samples("h", "a").len();
    eventually("more scrapes", || house.memory.samples("h", "a").len() > before + 2).await;
    assert_eq!(addresses(&house, "h").len(), 1, "what was found before stays");
    *listed.lock().unwrap() = Answer::Ok("application/json", "[]".to_owned());
    eventually("no target", || addresses(&house, "h").is_empty()).await;
    assert!(house.memory.last("h", "a").is_some_and(is_stale));
    assert!(lists.heads()[0].contains("x-prometheus-refresh-interval-seconds: 0.1\r\n"));
}
