//! Writes a recording.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use model::Labels;

use super::archive::is_packed;
use super::{INDEX, LABELS, RecordedScrape, RecordingError, is_plain_name};

/// Bodies repeat from scrape to scrape: a window as large as the recording sees that. A reader needs as much
/// memory, so that it is bounded: 1 MiB to 128 MiB.
const WINDOW_LOGS: std::ops::RangeInclusive<u32> = 20..=27;
/// Up to this many bytes an archive is compressed as well as can be, since it may be kept in a repository.
const SMALL: u64 = 64 << 20;
const SMALL_LEVEL: i32 = 19;
const LARGE_LEVEL: i32 = 9;

/// Writes the files of a recording as scrapes come, so that what was written survives an interruption. A
/// `.tar.zst` is made of them by [`RecordingWriter::finish`]; until then they are in `PATH.partial`.
#[derive(Debug)]
pub struct RecordingWriter {
    path: PathBuf,
    folder: PathBuf,
    indexes: BTreeMap<String, File>,
    bytes: u64,
}

impl RecordingWriter {
    /// Begins a recording at a path where nothing is yet: a folder, or a `.tar.zst`.
    pub fn create(path: &Path) -> Result<RecordingWriter, RecordingError> {
        let folder = if is_packed(path) {
            let mut name = path.as_os_str().to_owned();
            name.push(".partial");
            PathBuf::from(name)
        } else {
            path.to_owned()
        };
        for place in [path, &folder] {
            let is_empty_folder = || fs::read_dir(place).is_ok_and(|mut entries| entries.next().is_none());
            if place.exists() && !is_empty_folder() {
                return Err(RecordingError::Exists(place.to_owned()));
            }
        }
        fs::create_dir_all(&folder).map_err(|reason| RecordingError::Io { path: folder.clone(), reason })?;
        Ok(RecordingWriter { path: path.to_owned(), folder, indexes: BTreeMap::new(), bytes: 0 })
    }

    /// Adds a target; its name becomes a folder.
    pub fn add_target(&mut self, name: &str, labels: &Labels) -> Result<(), RecordingError> {
        if !is_plain_name(name) || self.indexes.contains_key(name) {
            return Err(RecordingError::BadName(name.to_owned()));
        }
        let folder = self.folder.join(name);
        let failed = |reason| RecordingError::Io { path: folder.clone(), reason };
        fs::create_dir_all(&folder).map_err(failed)?;
        let pairs: serde_json::Map<String, serde_json::Value> =
            labels.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        fs::write(folder.join(LABELS), serde_json::Value::Object(pairs).to_string()).map_err(failed)?;
        let index = OpenOptions::new().create(true).append(true).open(folder.join(INDEX)).map_err(failed)?;
        self.indexes.insert(name.to_owned(), index);
        Ok(())
    }

    /// Adds a scrape of a target that was added, with its body if it has one. `file` and `bytes` of the row
    /// are set here.
    pub fn write(
        &mut self,
        target: &str,
        scrape: &RecordedScrape,
        body: Option<&[u8]>,
    ) -> Result<(), RecordingError> {
        let Some(index) = self.indexes.get_mut(target) else {
            return Err(RecordingError::BadName(target.to_owned()));
        };
        let folder = self.folder.join(target);
        let failed = |reason| RecordingError::Io { path: folder.clone(), reason };
        let mut row = scrape.clone();
        (row.file, row.bytes) = (None, 0);
        if let Some(body) = body {
            let file = format!("{}.prom", row.time_ms);
            fs::write(folder.join(&file), body).map_err(failed)?;
            (row.file, row.bytes) = (Some(file), body.len() as u64);
        }
        let mut line = serde_json::to_string(&row).map_err(|error| failed(io::Error::other(error)))?;
        line.push('\n');
        index.write_all(line.as_bytes()).map_err(failed)?;
        self.bytes += row.bytes;
        Ok(())
    }

    /// Ends the recording: packs it if its path says so.
    pub fn finish(self) -> Result<(), RecordingError> {
        if !is_packed(&self.path) {
            return Ok(());
        }
        drop(self.indexes);
        let mut temporary = self.path.as_os_str().to_owned();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        let failed = |reason| RecordingError::Io { path: self.path.clone(), reason };
        let level = if self.bytes <= SMALL { SMALL_LEVEL } else { LARGE_LEVEL };
        let window = (u64::BITS - self.bytes.leading_zeros()).clamp(*WINDOW_LOGS.start(), *WINDOW_LOGS.end());
        pack(&self.folder, &temporary, level, window).map_err(failed)?;
        fs::rename(&temporary, &self.path).map_err(failed)?;
        fs::remove_dir_all(&self.folder).map_err(failed)
    }
}

/// Packs the folders of a folder, sorted, so that equal recordings give equal archives.
fn pack(folder: &Path, archive: &Path, level: i32, window_log: u32) -> io::Result<()> {
    let mut encoder = zstd::Encoder::new(BufWriter::new(File::create(archive)?), level)?;
    encoder.long_distance_matching(true)?;
    encoder.window_log(window_log)?;
    encoder.include_checksum(true)?;
    let mut tar = tar::Builder::new(encoder);
    for target in sorted(folder)? {
        for file in sorted(&target)? {
            let bytes = fs::read(&file)?;
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            let name = file.strip_prefix(folder).map_err(io::Error::other)?;
            tar.append_data(&mut header, name, bytes.as_slice())?;
        }
    }
    let mut writer = tar.into_inner()?.finish()?;
    writer.flush()?;
    writer.get_ref().sync_all()
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    Ok(paths)
}
