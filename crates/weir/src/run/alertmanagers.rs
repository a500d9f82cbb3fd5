//! Alertmanagers that service discovery finds.

use notify::manager::Handle;
use scrape::discovery::{self, Discovery};
use tokio::task::JoinHandle;

/// Follows the discovery of all sets until it is dropped.
#[derive(Default)]
pub(super) struct Alertmanagers {
    followed: Vec<(Discovery, JoinHandle<()>)>,
}

impl Alertmanagers {
    /// Follows what finds each set; targets go to notification as they come and go.
    pub(super) fn follow(
        sets: Vec<Vec<discovery::Config>>,
        notify: &Handle,
        metrics: &discovery::Metrics,
    ) -> Alertmanagers {
        let mut followed = Vec::new();
        for (set, configs) in sets.into_iter().enumerate() {
            if configs.is_empty() {
                notify.set_targets(set, Vec::new());
                continue;
            }
            let discovery = discovery::run(&format!("alertmanagers/{set}"), configs, metrics);
            let (mut groups, notify) = (discovery.groups(), notify.clone());
            let task = tokio::spawn(async move {
                loop {
                    let found = groups.borrow_and_update().clone();
                    // Before every source has spoken, targets of the configuration before stay.
                    if found.complete {
                        notify.set_targets(set, found.targets());
                    }
                    if groups.changed().await.is_err() {
                        return;
                    }
                }
            });
            followed.push((discovery, task));
        }
        Alertmanagers { followed }
    }
}

impl Drop for Alertmanagers {
    fn drop(&mut self) {
        self.followed.iter().for_each(|(_, task)| task.abort());
    }
}
