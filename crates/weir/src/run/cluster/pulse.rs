//! When to look at the objects anew: bursts of changes are one, and Secrets are read again from time to time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// A burst of changes is one.
const SETTLE: Duration = Duration::from_millis(200);
/// So often Secrets and ConfigMaps that objects name are read again where some could not be read.
const SOON: Duration = Duration::from_secs(5);
/// In so many of these where all could.
const LATER: u32 = 12;

/// Says when; nothing is lost while nobody listens.
pub(super) struct Pulse {
    beats: mpsc::Receiver<()>,
    is_soon: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

// === impl Pulse ===

impl Pulse {
    /// Beats after each change; must be called within a runtime.
    pub(super) fn start(changed: &Arc<Notify>) -> Pulse {
        let (sender, beats) = mpsc::channel(1);
        let is_soon = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(beat(Arc::clone(changed), Arc::clone(&is_soon), sender));
        Pulse { beats, is_soon, task }
    }

    /// Waits for the next. It may be given up and asked for again without loss.
    pub(super) async fn next(&mut self) {
        if self.beats.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether to beat soon, changes or not.
    pub(super) fn hurry(&self, is_soon: bool) {
        self.is_soon.store(is_soon, Ordering::Relaxed);
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn beat(changed: Arc<Notify>, is_soon: Arc<AtomicBool>, beats: mpsc::Sender<()>) {
    loop {
        for _ in 0..LATER {
            tokio::select! {
                () = changed.notified() => {
                    tokio::time::sleep(SETTLE).await;
                    break;
                }
                () = tokio::time::sleep(SOON) => {}
            }
            if is_soon.load(Ordering::Relaxed) {
                break;
            }
        }
        if beats.send(()).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn beats_within(pulse: &mut Pulse, time: Duration) -> bool {
        tokio::time::timeout(time, pulse.next()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_not_lost_on_one_who_looks_away() {
        let changed = Arc::new(Notify::new());
        let mut pulse = Pulse::start(&changed);
        changed.notify_one();
        for _ in 0..10 {
            // Too short for a burst to be over.
            if beats_within(&mut pulse, SETTLE / 5).await {
                break;
            }
        }
        assert!(!beats_within(&mut pulse, SETTLE).await, "one change, one beat");
        changed.notify_one();
        tokio::time::sleep(SETTLE * 2).await;
        assert!(beats_within(&mut pulse, Duration::from_millis(1)).await, "it waited");
    }

    #[tokio::test(start_paused = true)]
    async fn it_beats_without_changes_too() {
        let changed = Arc::new(Notify::new());
        let mut pulse = Pulse::start(&changed);
        for _ in 0..50 {
            assert!(!beats_within(&mut pulse, Duration::from_secs(1)).await);
        }
        assert!(beats_within(&mut pulse, Duration::from_secs(11)).await);
        pulse.hurry(true);
        assert!(beats_within(&mut pulse, Duration::from_secs(6)).await);
    }
}
