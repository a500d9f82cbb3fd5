//! Discovery, target sets, scrape loops, recordings.
