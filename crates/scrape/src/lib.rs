//! Discovery, target sets, scrape loops, recordings.

pub mod ingest;
pub mod recording;
