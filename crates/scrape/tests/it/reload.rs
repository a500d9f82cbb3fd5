//! What changes with a configuration, and what does not.

use model::is_stale;
use scrape::manager::Health;

use crate::server::{Server, text};
use crate::{House, eventually, jobs};

fn entry(name: &str, address: &str, rest: &str) -> String {
    format!("- {{job_name: {name}, static_configs: [{{targets: ['{address}']}}]{rest}}}\n")
}

#[tokio::test]
async fn a_reload_keeps_loops_and_ends_jobs_that_are_gone() {
    let server = Server::start(|_| text("a 1\nb 2\n")).await;
    let address = server.address.as_str();
    let mut house = House::with(&[entry("same", address, ""), entry("gone", address, "")].concat()).await;
    eventually("scrapes", || {
        house.memory.last("same", "a").is_some() && house.memory.last("gone", "a").is_some()
    })
    .await;
    assert_eq!(house.memory.groups(), 2);

    // Another limit and another interval: the loop stays and so does what it knows.
    house
        .manager
        .apply(jobs(&entry(
            "same",
            address,
            ", sample_limit: 1, scrape_interval: 100ms, scrape_timeout: 50ms",
        )))
        .await;
    assert!(
        house.memory.last("gone", "up").is_some_and(is_stale)
            && house.memory.last("gone", "a").is_some_and(is_stale)
    );
    assert_eq!(house.handle.pools(), ["same"]);
    eventually("the limit holds", || {
        house.target("same").is_some_and(|target| target.health == Health::Down)
    })
    .await;
    let target = house.target("same").expect("there");
    assert!(target.last_error.contains("sample limit exceeded"), "{}", target.last_error);
    assert_eq!((target.interval.0, house.memory.groups()), (100, 2));
    assert!(house.memory.last("same", "a").is_some_and(is_stale));

    house
        .manager
        .apply(jobs(&entry(
            "same",
            address,
            ", metric_relabel_configs: [{source_labels: [__name__], regex: b, action: drop}]",
        )))
        .await;
    eventually("back again", || house.memory.last("same", "a") == Some(1.0)).await;
    assert!(house.memory.last("same", "b").is_some_and(is_stale));
    assert_eq!((house.memory.groups(), server.connections()), (2, 2));

    // The end of the process marks nothing.
    let marked = house.memory.stale();
    let memory = house.memory.clone();
    house.manager.stop().await;
    assert_eq!(memory.stale(), marked);
    let count = memory.samples("same", "up").len();
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(memory.samples("same", "up").len(), count);
}

#[tokio::test]
async fn too_many_targets_fail_all_and_dropped_ones_are_shown() {
    let server = Server::start(|_| text("a 1\n")).await;
    let address = server.address.as_str();
    let two = "static_configs: [{targets: ['ADDRESS'], labels: {n: '1'}}, {targets: ['ADDRESS'], labels: {n: '2'}}]".replace("ADDRESS", address);
    let drop = "relabel_configs: [{source_labels: [n], regex: '2', action: drop}]";
    let mut house = House::with(&format!("- {{job_name: x, target_limit: 1, {two}}}")).await;
    let target = house.scraped("x").await;
    assert_eq!(target.last_error, "target_limit exceeded (number of targets: 2, limit: 1)");
    assert_eq!((target.health, house.memory.last("x", "up")), (Health::Down, Some(0.0)));

    house.manager.apply(jobs(&format!("- {{job_name: x, target_limit: 1, {two}, {drop}}}"))).await;
    eventually("one target, up", || {
        let targets = house.handle.targets();
        targets.len() == 1 && targets[0].health == Health::Up
    })
    .await;
    let dropped = house.handle.dropped(None, 10);
    assert_eq!((dropped.len(), dropped[0].1.get("n")), (1, "2"));
    assert_eq!(house.handle.dropped_counts().get("x"), Some(&1));
    let metrics = house.registry.render();
    assert!(metrics.contains("prometheus_target_scrape_pool_targets{scrape_job=\"x\"} 1\n"), "{metrics}");
}

#[tokio::test]
async fn a_target_that_comes_back_is_no_new_one() {
    let server = Server::start(|_| text("a 1\n")).await;
    let address = server.address.clone();
    let mut house = House::with(&entry("x", &address, "")).await;
    let up = house.scraped("x").await;
    assert_eq!(up.health, Health::Up);
    drop(server);
    // Connections that are open stay so, but the job can be pointed elsewhere.
    let other = Server::start(|_| text("a 2\n")).await;
    house.manager.apply(jobs(&entry("x", &other.address, ""))).await;
    eventually("the other target", || house.memory.last("x", "a") == Some(2.0)).await;
    assert_eq!(house.handle.targets().len(), 1);
}
