//! A watch that begins by a streaming list where the server has them (Kubernetes 1.34 by default), else by a list in
//! pages. A streamed list is never held as a whole, by the server or by us.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use kube::api::{Api, DynamicObject};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{Config, Error, Event, watcher};

/// Objects that one answer of a list holds.
const PAGE: u32 = 500;
/// A streamed list that says nothing for so long is asked for in pages.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pauses before a watch is begun anew.
const PAUSES: [Duration; 6] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// Events of a kind, for ever.
pub struct Watcher {
    api: Api<DynamicObject>,
    config: Config,
    events: BoxStream<'static, Result<Event<DynamicObject>, Error>>,
    /// Whether the first list is asked for as a stream.
    is_streaming: bool,
    /// Whether a stream has begun that has not brought all objects yet.
    has_begun: bool,
}

/// Longer after each failure, and short again after success.
struct Pauses(usize);

// === impl Watcher ===

impl Watcher {
    /// Begins to watch as soon as it is asked for events.
    pub fn new(api: Api<DynamicObject>, config: Config) -> Watcher {
        let events = events(&api, config.clone().streaming_lists());
        Watcher { api, config, events, is_streaming: true, has_begun: false }
    }

    /// The next event, or why there is none at present.
    ///
    /// # Errors
    /// What the server says; the watch goes on after a pause.
    pub async fn next(&mut self) -> Result<Event<DynamicObject>, Error> {
        loop {
            let next = if self.has_begun {
                tokio::time::timeout(PATIENCE, self.events.next()).await.unwrap_or_default()
            } else {
                self.events.next().await
            };
            let Some(event) = next else {
                self.ask_for_pages();
                continue;
            };
            if self.is_streaming {
                match &event {
                    // Begun again: the stream ended before it had brought all.
                    Ok(Event::Init) if std::mem::replace(&mut self.has_begun, true) => {
                        self.ask_for_pages();
                        continue;
                    }
                    Ok(Event::InitDone) => self.has_begun = false,
                    Err(error) if is_not_known(error) => {
                        self.ask_for_pages();
                        continue;
                    }
                    _ => {}
                }
            }
            return event;
        }
    }

    fn ask_for_pages(&mut self) {
        self.events = events(&self.api, self.config.clone().page_size(PAGE));
        (self.is_streaming, self.has_begun) = (false, false);
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher").field("is_streaming", &self.is_streaming).finish_non_exhaustive()
    }
}

fn events(
    api: &Api<DynamicObject>,
    config: Config,
) -> BoxStream<'static, Result<Event<DynamicObject>, Error>> {
    watcher(api.clone(), config).backoff(Pauses(0)).boxed()
}

/// A server without streaming lists finds the question invalid.
fn is_not_known(error: &Error) -> bool {
    matches!(error, Error::WatchStartFailed(kube::Error::Api(status)) if matches!(status.code, 400 | 422))
}

// === impl Pauses ===

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = PAUSES.get(self.0).or(PAUSES.last()).copied();
        self.0 = (self.0 + 1).min(PAUSES.len());
        pause
    }
}

impl kube::runtime::utils::Backoff for Pauses {
    fn reset(&mut self) {
        self.0 = 0;
    }
}
