//! Records live targets.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use model::Labels;
use model::exposition::{ScrapeProtocol, accept_header};
use stdx::Clock;
use stdx::http::{Client, Request};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::{RecordedScrape, RecordingError, RecordingWriter, default_labels};

/// What is recorded, and how often.
#[derive(Clone, Debug)]
pub struct RecordOptions {
    /// Name and URL of each target.
    pub targets: Vec<(String, String)>,
    /// From scrape to scrape.
    pub interval: Duration,
    /// How long a scrape may take; at most the interval.
    pub timeout: Duration,
    /// How long to go on.
    pub length: Duration,
}

/// What a target answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`, "" if there was none.
    pub content_type: String,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// Fetches a URL with the `Accept` header of a scraper; the error is a sentence.
pub type Fetch = Arc<dyn Fn(String) -> Fetching + Send + Sync>;
/// A fetch under way.
pub type Fetching = Pin<Box<dyn Future<Output = Result<Fetched, String>> + Send>>;

/// The largest body that is recorded; bytes.
const BODY_LIMIT: u64 = 256 << 20;

/// Fetches as a scraper does: with the `Accept` header of Prometheus, gzip, and connections that are kept open.
pub fn over_http(client: Client, timeout: Duration) -> Fetch {
    Arc::new(move |url| {
        let client = client.clone();
        Box::pin(async move {
            let mut request = Request::get(url.parse().map_err(|error| format!("{url}: {error}"))?);
            let accept = accept_header(&ScrapeProtocol::DEFAULT, "allow-utf-8");
            let accept = HeaderValue::from_str(&accept).map_err(|error| error.to_string())?;
            request.headers.insert(header::ACCEPT, accept);
            (request.deadline, request.body_limit) = (timeout, BODY_LIMIT);
            let (response, body) = client.fetch(request).await.map_err(|error| error.to_string())?;
            let content_type = response.headers.get(header::CONTENT_TYPE);
            let content_type =
                content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
            Ok(Fetched { status: response.status.as_u16(), content_type, body })
        })
    })
}

/// Scrapes all targets at each interval until the length is over or `stop` is ready, and writes what came.
/// Returns the number of scrapes; `each` hears of every one (target, row). The caller finishes the writer.
pub async fn record(
    options: &RecordOptions,
    writer: &mut RecordingWriter,
    clock: &dyn Clock,
    fetch: Fetch,
    stop: impl Future<Output = ()>,
    each: &mut (dyn FnMut(&str, &RecordedScrape) + Send),
) -> Result<usize, RecordingError> {
    for (name, url) in &options.targets {
        writer.add_target(name, &labels(name, url))?;
    }
    let interval = options.interval.max(Duration::from_millis(1));
    let timeout = options.timeout.min(interval);
    let end = Instant::now() + options.length;
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    tokio::pin!(stop);
    let mut scrapes = 0;
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return Ok(scrapes),
            () = tokio::time::sleep_until(end) => return Ok(scrapes),
            _ = ticks.tick() => {}
        }
        let due = clock.now_ms();
        let mut round = JoinSet::new();
        for (index, (_, url)) in options.targets.iter().enumerate() {
            round.spawn(scrape(index, url.clone(), due, timeout, Arc::clone(&fetch)));
        }
        while let Some(done) = round.join_next().await {
            let Ok((index, row, body)) = done else { continue };
            let name = &options.targets[index].0;
            writer.write(name, &row, body.as_deref())?;
            each(name, &row);
            scrapes += 1;
        }
    }
}

async fn scrape(
    index: usize,
    url: String,
    time_ms: i64,
    timeout: Duration,
    fetch: Fetch,
) -> (usize, RecordedScrape, Option<Vec<u8>>) {
    let started = Instant::now();
    let fetched = tokio::time::timeout(timeout, fetch(url.clone())).await;
    let duration_ms = (started.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
    let row = RecordedScrape { time_ms, url, duration_ms, ..RecordedScrape::default() };
    let failed = |error: String| RecordedScrape { error: Some(error), ..row.clone() };
    match fetched {
        Err(_) => (index, failed(format!("no answer within {} s", timeout.as_secs_f64())), None),
        Ok(Err(error)) => (index, failed(error), None),
        Ok(Ok(fetched)) => {
            let (status, content_type) = (fetched.status, fetched.content_type);
            (index, RecordedScrape { status, content_type, ..row }, Some(fetched.body))
        }
    }
}

/// A target that is recorded by hand has no labels but these.
fn labels(name: &str, url: &str) -> Labels {
    default_labels(name, &[RecordedScrape { url: url.to_owned(), ..RecordedScrape::default() }])
}
