//! One view of the cluster for all jobs that ask for the same: a thousand monitors of a namespace are one watch.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::KubernetesConfig;
use super::follow::follow;
use crate::discovery::{Board, Found, Post};

/// The views that are followed now.
#[derive(Clone, Debug, Default)]
pub(in crate::discovery) struct Views(Arc<Mutex<Vec<Known>>>);

/// What was asked for, and the view that shows it.
type Known = (KubernetesConfig, Weak<View>);

/// A view, followed until the last job lets go of it.
#[derive(Debug)]
struct View {
    groups: watch::Receiver<Arc<Found>>,
    task: JoinHandle<()>,
}

/// Hands on what the view for this configuration shows, for ever.
pub(in crate::discovery) async fn subscribe(config: KubernetesConfig, post: Post) {
    let view = post.metrics().views.view(config, &post);
    let mut groups = view.groups.clone();
    loop {
        let found = groups.borrow_and_update().clone();
        if found.complete {
            post.publish(found.groups.clone());
        }
        if groups.changed().await.is_err() {
            return;
        }
    }
}

impl Views {
    fn view(&self, config: KubernetesConfig, post: &Post) -> Arc<View> {
        let mut views = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        views.retain(|(_, view)| view.strong_count() > 0);
        let known = views.iter().find(|(known, _)| *known == config).and_then(|(_, view)| view.upgrade());
        if let Some(view) = known.filter(|view| !view.task.is_finished()) {
            return view;
        }
        let name = format!("kubernetes {} {}", config.role.as_str(), config.namespaces.join(","));
        let (board, groups) = Board::shared(name.trim_end(), post.metrics());
        let task = tokio::spawn(follow(config.clone(), Post { board, index: 0 }));
        let view = Arc::new(View { groups, task });
        views.push((config, Arc::downgrade(&view)));
        view
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.task.abort();
    }
}
