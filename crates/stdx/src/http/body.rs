//! Reading a body within bounds, decompressed if need be.

use std::io::Write;

use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::HttpError;

/// Reads all of `incoming` into `out`, which is emptied first. `out` never holds more than `limit` bytes,
/// whether the server sends them or a small compressed body expands to them.
pub(super) async fn read(
    incoming: Incoming,
    gzip: bool,
    limit: u64,
    out: &mut Vec<u8>,
) -> Result<u64, HttpError> {
    out.clear();
    if gzip { read_gzip(incoming, limit, out).await } else { read_plain(incoming, limit, out).await }
}

async fn read_plain(mut incoming: Incoming, limit: u64, out: &mut Vec<u8>) -> Result<u64, HttpError> {
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(HttpError::Protocol)?;
        let Some(chunk) = frame.data_ref() else { continue };
        if (out.len() + chunk.len()) as u64 > limit {
            return Err(HttpError::TooLarge { limit });
        }
        out.extend_from_slice(chunk);
    }
    Ok(out.len() as u64)
}

async fn read_gzip(mut incoming: Incoming, limit: u64, out: &mut Vec<u8>) -> Result<u64, HttpError> {
    let bounded = Bounded { out, limit, exceeded: false };
    let mut decoder = MultiGzDecoder::new(bounded);
    let mut wire_bytes = 0;
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(HttpError::Protocol)?;
        let Some(chunk) = frame.data_ref() else { continue };
        wire_bytes += chunk.len() as u64;
        if let Err(source) = decoder.write_all(chunk) {
            return Err(refusal(source, decoder.get_ref(), limit));
        }
    }
    if wire_bytes == 0 {
        return Ok(0);
    }
    match decoder.try_finish() {
        Ok(()) => Ok(wire_bytes),
        Err(source) => Err(refusal(source, decoder.get_ref(), limit)),
    }
}

fn refusal(source: std::io::Error, written: &Bounded<'_>, limit: u64) -> HttpError {
    if written.exceeded { HttpError::TooLarge { limit } } else { HttpError::Gzip(source) }
}

/// Takes bytes up to a limit.
struct Bounded<'a> {
    out: &'a mut Vec<u8>,
    limit: u64,
    exceeded: bool,
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if (self.out.len() + bytes.len()) as u64 > self.limit {
            self.exceeded = true;
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
