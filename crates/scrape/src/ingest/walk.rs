//! The walk through a body along the layout.

use model::exposition::{self, Entry, Format, LabelPairs, Parser, Series, Tail, parse_value};
use model::storage::Exemplar;
use model::{Duration, Labels, Timestamp};

use super::batch::{Batch, Place, UNOPENED};
use super::layout::{Layout, Line, NO_KEY, State, What};
use super::resolve::resolve;
use super::{Ingest, IngestError, IngestSettings, MAX_AHEAD_MS, families::Families};

/// Exemplars with more text in their labels are left out (OpenMetrics 1.0); characters.
const EXEMPLAR_CHARACTERS: usize = 128;

/// One body on its way into a [`Batch`].
pub(super) struct Walk<'a> {
    layout: &'a mut Layout,
    families: &'a mut Families,
    settings: &'a IngestSettings,
    target: &'a Labels,
    scrape: u32,
    body: &'a [u8],
    at: Timestamp,
    parser: Parser<'a>,
    batch: &'a mut Batch,
    /// The line of the layout that is expected next.
    cursor: usize,
    /// The lines so far, from the first one on that was not as expected.
    fresh: Option<Vec<Line>>,
    pairs: LabelPairs<'a>,
    /// Samples for the store so far, those beyond the limit too.
    samples: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        ingest: &'a mut Ingest,
        body: &'a [u8],
        format: Format,
        at: Timestamp,
        batch: &'a mut Batch,
    ) -> Walk<'a> {
        Walk {
            layout: &mut ingest.layout,
            families: &mut ingest.families,
            settings: &ingest.settings,
            target: &ingest.target,
            scrape: ingest.scrape,
            body,
            at,
            parser: Parser::new(body, format),
            batch,
            cursor: 0,
            fresh: None,
            pairs: Vec::new(),
            samples: 0,
        }
    }

    /// Reads the body to its end. On an error the layout stays that of the last good body.
    pub(super) fn run(mut self) -> Result<(), IngestError> {
        let read = self.read();
        if read.is_err() {
            self.layout.forget_unsettled();
            return read;
        }
        let limit = self.settings.sample_limit;
        if limit > 0 && self.samples > limit {
            self.layout.forget_unsettled();
            return Err(IngestError::SampleLimit { found: self.batch.stats.post_relabel, limit });
        }
        self.layout.settle(self.fresh, self.cursor);
        if self.families.forget_if_more_than(self.layout.lines()) {
            self.layout.forget_lines();
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), IngestError> {
        // An empty body is no error even where the format wants an end mark.
        if self.body.is_empty() {
            return Ok(());
        }
        while self.known_line() || self.unknown_line()? {}
        Ok(())
    }

    /// Takes the next line if it is the one that the layout expects.
    fn known_line(&mut self) -> bool {
        let start = self.parser.position();
        let Some(line) = self.layout.line(self.cursor) else { return false };
        let end = start + line.length as usize;
        let Some(text) = self.body.get(start..end) else { return false };
        if text.is_empty() || self.layout.hash(text) != line.hash {
            return false;
        }
        match line.what {
            What::Comment(kind) => self.parser.skip_to(end, kind),
            What::Series(index) => match self.known_series(index, end) {
                Some(next) => self.parser.skip_to(next, None),
                None => return false,
            },
        }
        self.cursor += 1;
        if let Some(fresh) = &mut self.fresh {
            fresh.push(line);
        }
        true
    }

    /// Takes the sample whose value begins at `value_at`; returns where the next line begins. None if the
    /// parser has to look.
    #[inline]
    fn known_series(&mut self, index: u32, value_at: usize) -> Option<usize> {
        let rest = &self.body[value_at..];
        let tail = self.layout.tail(rest);
        if !tail.ended {
            return None;
        }
        let next = value_at + tail.length + 1;
        let entry = self.layout.entry(index);
        let same = entry.bare && entry.tail_key == tail.key;
        let bare = if same { Some(entry.value) } else { parse_value(&rest[..tail.length]) };
        if let Some(value) = bare {
            self.take_bare(index, tail.key, value);
            return Some(next);
        }
        let parsed = self.parser.tail_at(value_at - 1).ok()?;
        self.take(index, tail.key, &parsed);
        Some(next)
    }

    /// Lets the parser read the next entry; false at the end of the body.
    fn unknown_line(&mut self) -> Result<bool, IngestError> {
        let start = self.parser.position();
        let Some(entry) = self.parser.next_entry()? else { return Ok(false) };
        if self.fresh.is_none() {
            self.fresh = Some(self.layout.first_lines(self.cursor));
        }
        match entry {
            Entry::Series(series) => self.series(start, &series)?,
            Entry::Type(family, kind) => {
                self.families.set_kind(&family, kind);
                self.push_line(start, self.parser.position(), What::Comment(Some(kind)));
            }
            Entry::Help(family, help) => {
                self.families.set_help(&family, &help);
                self.push_line(start, self.parser.position(), What::Comment(None));
            }
            Entry::Unit(family, unit) => {
                self.families.set_unit(&family, unit);
                self.push_line(start, self.parser.position(), What::Comment(None));
            }
        }
        Ok(true)
    }

    /// Remembers the line that begins at `start` by its bytes up to `end`, which must be a boundary.
    fn push_line(&mut self, start: usize, end: usize, what: What) {
        let text = self.body.get(start..end).unwrap_or_default();
        let bounded = match what {
            What::Series(_) => matches!(text.last(), Some(b' ' | b'\t')),
            What::Comment(_) => text.last() == Some(&b'\n'),
        };
        let length = if bounded { u32::try_from(text.len()).unwrap_or(0) } else { 0 };
        let line = Line { hash: self.layout.hash(text), length, what };
        if let Some(fresh) = &mut self.fresh {
            fresh.push(line);
        }
    }

    fn series(&mut self, start: usize, series: &Series<'a>) -> Result<(), IngestError> {
        let text_hash = self.layout.hash(series.text());
        let index = match self.layout.find(text_hash) {
            Some(index) => {
                self.cursor = self.layout.behind(index).unwrap_or(self.cursor);
                index
            }
            None => match self.create(text_hash, series)? {
                Some(index) => index,
                None => return Ok(()),
            },
        };
        let value_at = series.span().1 + 1;
        self.push_line(start, value_at, What::Series(index));
        // Without a blank the value begins one byte earlier, and a key of the rest would be that of another.
        let blank = matches!(self.body.get(value_at - 1), Some(b' ' | b'\t'));
        let rest = self.body.get(value_at..).unwrap_or_default();
        let key = if blank { self.layout.tail(rest).key } else { NO_KEY };
        self.take(index, key, &series.tail);
        Ok(())
    }

    /// Resolves a text that is not in the layout. None if it is beyond the sample limit.
    fn create(&mut self, text_hash: u64, series: &Series<'a>) -> Result<Option<u32>, IngestError> {
        series.labels(&mut self.pairs)?;
        // The scrape that fails counts the sample that it fails at, as Prometheus does.
        let labels = resolve(&mut self.pairs, self.target, self.settings)
            .inspect_err(|_| self.batch.stats.scraped += 1)?;
        let limit = self.settings.sample_limit;
        if labels.is_some() && limit > 0 && self.samples >= limit {
            self.samples += 1;
            self.batch.stats.scraped += 1;
            self.batch.stats.post_relabel += 1;
            return Ok(None);
        }
        self.batch.stats.series_added += usize::from(labels.is_some());
        Ok(Some(self.layout.insert(text_hash, labels)))
    }

    /// Takes a sample that is a value and nothing else.
    #[inline]
    fn take_bare(&mut self, index: u32, key: u64, value: f64) {
        let scrape = self.scrape;
        let entry = self.layout.entry(index);
        let State::Open(slot) = entry.state else {
            let tail = Tail { value, timestamp: None, exemplar: None, end: 0 };
            return self.take(index, key, &tail);
        };
        let repeated = std::mem::replace(&mut entry.seen, scrape) == scrape;
        self.batch.stats.scraped += 1;
        self.batch.stats.post_relabel += 1;
        if repeated {
            self.batch.stats.duplicates += 1;
            return;
        }
        (entry.tail_key, entry.value, entry.bare, entry.tracked) = (key, value, true, scrape);
        self.samples += 1;
        self.batch.samples.push((slot, value));
    }

    fn take(&mut self, index: u32, key: u64, tail: &Tail<'a>) {
        let scrape = self.scrape;
        let timestamp = tail.timestamp.filter(|_| self.settings.honor_timestamps);
        let entry = self.layout.entry(index);
        let repeated = entry.seen == scrape;
        let unchanged = entry.seen == scrape.wrapping_sub(1) && entry.tail_key == key;
        let was_live = entry.tracked == scrape.wrapping_sub(1);
        (entry.seen, entry.tail_key, entry.value) = (scrape, key, tail.value);
        entry.bare = tail.timestamp.is_none() && tail.exemplar.is_none();
        let state = entry.state;
        self.batch.stats.scraped += 1;
        if state == State::Dropped {
            return;
        }
        self.batch.stats.post_relabel += 1;
        if repeated && timestamp.is_none() {
            self.batch.stats.duplicates += 1;
            return;
        }
        self.samples += 1;
        let limit = self.settings.sample_limit;
        if limit > 0 && self.samples > limit {
            return;
        }
        match timestamp {
            None => {
                self.layout.entry(index).tracked = scrape;
                self.push_sample(index, state, tail.value);
            }
            Some(own) if own > self.at + Duration(MAX_AHEAD_MS) => {
                self.batch.stats.out_of_bounds += 1;
                return;
            }
            Some(own) => self.take_own_time(index, state, own, tail.value, (unchanged, was_live)),
        }
        if let Some(exemplar) = tail.exemplar.as_ref().filter(|_| !unchanged) {
            self.push_exemplar(index, state, exemplar, timestamp.unwrap_or(self.at));
        }
    }

    fn push_sample(&mut self, index: u32, state: State, value: f64) {
        let slot = self.slot(index, state, Place::Sample(self.batch.samples.len()));
        self.batch.samples.push((slot, value));
    }

    /// A sample with a timestamp of its own; one that was there before is not handed over again.
    fn take_own_time(
        &mut self,
        index: u32,
        state: State,
        own: Timestamp,
        value: f64,
        (unchanged, was_live): (bool, bool),
    ) {
        if !unchanged {
            let slot = self.slot(index, state, Place::OwnTime(self.batch.own_time.len()));
            self.batch.own_time.push((slot, own, value));
        }
        if self.settings.track_timestamps_staleness {
            self.layout.entry(index).tracked = self.scrape;
            return;
        }
        self.layout.set_untracked();
        if let (State::Open(slot), true) = (state, was_live) {
            self.batch.switched.push(slot);
        }
    }

    fn push_exemplar(
        &mut self,
        index: u32,
        state: State,
        exemplar: &exposition::Exemplar<'a>,
        at: Timestamp,
    ) {
        if exemplar.labels(&mut self.pairs).is_err() {
            return;
        }
        let characters = |text: &str| text.chars().count();
        let total: usize = self.pairs.iter().map(|(name, value)| characters(name) + characters(value)).sum();
        if total > EXEMPLAR_CHARACTERS {
            return;
        }
        let labels = Labels::from_pairs(self.pairs.iter().map(|(name, value)| (&**name, &**value)));
        let timestamp = exemplar.timestamp.unwrap_or(at);
        let slot = self.slot(index, state, Place::Exemplar(self.batch.exemplars.len()));
        self.batch.exemplars.push((slot, Exemplar { labels, value: exemplar.value, timestamp }));
    }

    fn slot(&mut self, index: u32, state: State, place: Place) -> model::storage::Slot {
        match state {
            State::Open(slot) => slot,
            _ => {
                self.batch.unopened.push((place, index));
                UNOPENED
            }
        }
    }
}
