//! Makes a smaller recording of one.

use model::exposition::{Entry, Format, ParseError, Parser};
use model::labels::METRIC_NAME;
use model::{Pattern, Timestamp};

use super::{Recording, RecordingError, RecordingWriter};

/// What is kept.
#[derive(Clone, Debug)]
pub struct CutOptions {
    /// These targets; all if empty.
    pub names: Vec<String>,
    /// Scrapes from this time on.
    pub from: Timestamp,
    /// Scrapes up to this time.
    pub until: Timestamp,
    /// Leave `# HELP` lines out.
    pub drop_help: bool,
    /// Leave out samples and comments whose metric or family name matches.
    pub drop_families: Option<Pattern>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CutReport {
    /// Targets.
    pub targets: usize,
    /// Scrapes.
    pub scrapes: usize,
    /// Bytes of all bodies before.
    pub bytes_before: u64,
    /// Bytes of all bodies now.
    pub bytes_after: u64,
    /// Bodies that are no exposition; they are kept as they are.
    pub unread: usize,
}

impl Default for CutOptions {
    fn default() -> CutOptions {
        CutOptions {
            names: Vec::new(),
            from: Timestamp::MIN,
            until: Timestamp::MAX,
            drop_help: false,
            drop_families: None,
        }
    }
}

/// Copies what the options keep into a new recording; the caller finishes it.
pub fn cut(
    recording: &Recording,
    options: &CutOptions,
    writer: &mut RecordingWriter,
) -> Result<CutReport, RecordingError> {
    let mut report = CutReport::default();
    let named = |name: &String| options.names.is_empty() || options.names.contains(name);
    for target in recording.targets().iter().filter(|target| named(&target.name)) {
        writer.add_target(&target.name, &target.labels)?;
        report.targets += 1;
        let span = options.from..=options.until;
        for scrape in target.scrapes.iter().filter(|scrape| span.contains(&scrape.time())) {
            let body = recording.body(target, scrape)?;
            let shorter = body.map(|body| {
                report.bytes_before += body.len() as u64;
                let format = Format::from_content_type(&scrape.content_type, None).unwrap_or(Format::Text);
                cut_body(&body, format, options).unwrap_or_else(|_| {
                    report.unread += 1;
                    body
                })
            });
            report.bytes_after += shorter.as_ref().map_or(0, |body| body.len() as u64);
            report.scrapes += 1;
            writer.write(&target.name, scrape, shorter.as_deref())?;
        }
    }
    Ok(report)
}

fn cut_body(body: &[u8], format: Format, options: &CutOptions) -> Result<Vec<u8>, ParseError> {
    let mut kept = Vec::with_capacity(body.len());
    let mut parser = Parser::new(body, format);
    let mut pairs = Vec::new();
    let dropped = |name: &str| options.drop_families.as_ref().is_some_and(|pattern| pattern.is_match(name));
    loop {
        let start = parser.position();
        let Some(entry) = parser.next_entry()? else {
            kept.extend_from_slice(&body[start..]);
            return Ok(kept);
        };
        let drop = match entry {
            Entry::Help(family, _) => options.drop_help || dropped(&family),
            Entry::Type(family, _) | Entry::Unit(family, _) => dropped(&family),
            Entry::Series(series) => {
                series.labels(&mut pairs)?;
                pairs.iter().any(|(name, value)| name == METRIC_NAME && dropped(value))
            }
        };
        if !drop {
            kept.extend_from_slice(&body[start..parser.position()]);
        }
    }
}
