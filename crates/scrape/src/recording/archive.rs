//! Where the files of a recording are: in a folder, or in memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::{PACKED, RecordingError, is_plain_name};

/// No archive is unpacked further; bytes.
const UNPACKED_LIMIT: u64 = 8 << 30;
/// No file of an archive is larger; bytes.
const FILE_LIMIT: u64 = 512 << 20;
/// No more is kept in memory, compressed; bytes.
const KEPT_LIMIT: usize = 1 << 30;
/// Fast, and small enough: bodies shrink to a tenth.
const LEVEL: i32 = 1;

/// The files by target and name.
pub(super) enum Bodies {
    Folder(PathBuf),
    Memory { path: PathBuf, files: BTreeMap<(String, String), Vec<u8>> },
}

impl std::fmt::Debug for Bodies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Bodies::Folder(path) => write!(f, "Folder({})", path.display()),
            Bodies::Memory { path, files } => write!(f, "Memory({}, {} files)", path.display(), files.len()),
        }
    }
}

impl Bodies {
    pub(super) fn in_folder(path: &Path) -> Bodies {
        Bodies::Folder(path.to_owned())
    }

    /// Reads an archive; each file is kept compressed by itself.
    pub(super) fn unpack(path: &Path) -> Result<Bodies, RecordingError> {
        let failed = |reason| RecordingError::Io { path: path.to_owned(), reason };
        let too_large = |limit| RecordingError::TooLarge { path: path.to_owned(), limit };
        let file = std::fs::File::open(path).map_err(failed)?;
        let plain = zstd::Decoder::new(file).map_err(failed)?.take(UNPACKED_LIMIT);
        let mut archive = tar::Archive::new(plain);
        let mut files = BTreeMap::new();
        let mut kept = 0;
        for entry in archive.entries().map_err(failed)? {
            let mut entry = entry.map_err(failed)?;
            let Some(place) = place(&entry.path().map_err(failed)?) else { continue };
            if !entry.header().entry_type().is_file() {
                continue;
            }
            if entry.size() > FILE_LIMIT {
                return Err(too_large(FILE_LIMIT));
            }
            let mut plain = Vec::new();
            entry.read_to_end(&mut plain).map_err(failed)?;
            let packed = zstd::encode_all(plain.as_slice(), LEVEL).map_err(failed)?;
            kept += packed.len();
            if kept > KEPT_LIMIT {
                return Err(too_large(KEPT_LIMIT as u64));
            }
            files.insert(place, packed);
        }
        if archive.into_inner().limit() == 0 {
            return Err(too_large(UNPACKED_LIMIT));
        }
        Ok(Bodies::Memory { path: path.to_owned(), files })
    }

    /// Names of the folders that may be targets.
    pub(super) fn targets(&self) -> Result<Vec<String>, RecordingError> {
        match self {
            Bodies::Memory { files, .. } => {
                let names: BTreeSet<&String> = files.keys().map(|(target, _)| target).collect();
                Ok(names.into_iter().cloned().collect())
            }
            Bodies::Folder(path) => {
                let failed = |reason| RecordingError::Io { path: path.clone(), reason };
                let mut names = Vec::new();
                for entry in std::fs::read_dir(path).map_err(failed)? {
                    let entry = entry.map_err(failed)?;
                    let name = entry.file_name().to_string_lossy().into_owned();
                    if is_plain_name(&name) && entry.path().is_dir() {
                        names.push(name);
                    }
                }
                Ok(names)
            }
        }
    }

    /// A file; none if it is not there.
    pub(super) fn read(
        &self,
        target: &str,
        file: &str,
    ) -> Result<Option<Cow<'static, [u8]>>, RecordingError> {
        let (path, bytes) = match self {
            Bodies::Folder(path) => {
                let path = path.join(target).join(file);
                let bytes = std::fs::read(&path);
                (path, bytes)
            }
            Bodies::Memory { path, files } => {
                let Some(packed) = files.get(&(target.to_owned(), file.to_owned())) else { return Ok(None) };
                (path.join(target).join(file), zstd::decode_all(packed.as_slice()))
            }
        };
        match bytes {
            Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(reason) => Err(RecordingError::Io { path, reason }),
        }
    }
}

/// Target and file of a path in an archive; anything but `NAME/FILE` is no part of a recording.
fn place(path: &Path) -> Option<(String, String)> {
    let mut parts = path.components().filter(|part| *part != Component::CurDir);
    let mut next = || match parts.next()? {
        Component::Normal(part) => part.to_str().filter(|part| is_plain_name(part)).map(str::to_owned),
        _ => None,
    };
    let (target, file) = (next()?, next()?);
    parts.next().is_none().then_some((target, file))
}

/// Whether a path names a packed recording.
pub(super) fn is_packed(path: &Path) -> bool {
    path.to_string_lossy().ends_with(PACKED)
}
