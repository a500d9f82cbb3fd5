//! Addresses as people type them: `curl 'http://…/query?query=up{job="a"}>0'` sends `"`, `<` and `>` as they are. Go's
//! server takes them; the parser below us does not, so that they are written as `%22`, `%3C` and `%3E` on their way in.
//!
//! Only request lines are changed. What follows a head is passed over by its length; behind a body whose length the
//! head does not give, nothing is changed any more.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A head of which no more than this is looked at, line by line.
const LINE_MAX: usize = 256;

/// A connection whose request lines are made valid.
pub(crate) struct Lenient<S> {
    stream: S,
    rewriter: Rewriter,
    /// Bytes that were rewritten and not read yet.
    ready: Vec<u8>,
    taken: usize,
}

/// Where in a request the next byte stands.
#[derive(Debug)]
enum Place {
    RequestLine,
    /// Begin of the current line, and the length of the body if it was said.
    Head {
        line: Vec<u8>,
        body: u64,
    },
    Body(u64),
    /// Not known: all passes as it is.
    Lost,
}

/// Follows the requests of a connection.
#[derive(Debug)]
struct Rewriter {
    place: Place,
}

// === impl Rewriter ===

impl Rewriter {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while let Some(byte) = rest.first().copied() {
            match &mut self.place {
                Place::Lost => return out.extend_from_slice(rest),
                Place::Body(left) => {
                    let take = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    out.extend_from_slice(&rest[..take]);
                    rest = &rest[take..];
                    *left -= take as u64;
                    if *left == 0 {
                        self.place = Place::RequestLine;
                    }
                    continue;
                }
                Place::RequestLine => {
                    match byte {
                        b'"' => out.extend_from_slice(b"%22"),
                        b'<' => out.extend_from_slice(b"%3C"),
                        b'>' => out.extend_from_slice(b"%3E"),
                        byte => out.push(byte),
                    }
                    if byte == b'\n' {
                        self.place = Place::Head { line: Vec::new(), body: 0 };
                    }
                }
                Place::Head { line, body } => {
                    out.push(byte);
                    if byte == b'\n' {
                        self.place = after_line(line, *body);
                    } else if line.len() < LINE_MAX {
                        line.push(byte);
                    }
                }
            }
            rest = &rest[1..];
        }
    }
}

/// What a line of a head says of what follows.
fn after_line(line: &[u8], body: u64) -> Place {
    let text = String::from_utf8_lossy(line).trim().to_ascii_lowercase();
    let Some((name, value)) = text.split_once(':') else {
        return match (text.is_empty(), body) {
            (true, 0) => Place::RequestLine,
            (true, length) => Place::Body(length),
            (false, body) => Place::Head { line: Vec::new(), body },
        };
    };
    match name.trim() {
        "transfer-encoding" | "upgrade" => Place::Lost,
        "content-length" => match value.trim().parse() {
            Ok(body) => Place::Head { line: Vec::new(), body },
            Err(_) => Place::Lost,
        },
        _ => Place::Head { line: Vec::new(), body },
    }
}

// === impl Lenient ===

impl<S> Lenient<S> {
    pub(crate) fn new(stream: S) -> Lenient<S> {
        let rewriter = Rewriter { place: Place::RequestLine };
        Lenient { stream, rewriter, ready: Vec::new(), taken: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lenient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.taken == this.ready.len() {
            let mut raw = [0; 8 << 10];
            let mut read = ReadBuf::new(&mut raw);
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut read))?;
            this.ready.clear();
            this.taken = 0;
            this.rewriter.push(read.filled(), &mut this.ready);
        }
        let left = &this.ready[this.taken..];
        let take = left.len().min(buf.remaining());
        buf.put_slice(&left[..take]);
        this.taken += take;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Lenient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same whether it comes at once or byte by byte.
    fn rewritten(text: &str) -> String {
        let (mut whole, mut single) = (Vec::new(), Vec::new());
        Rewriter { place: Place::RequestLine }.push(text.as_bytes(), &mut whole);
        let mut rewriter = Rewriter { place: Place::RequestLine };
        text.as_bytes().chunks(1).for_each(|byte| rewriter.push(byte, &mut single));
        assert_eq!(whole, single);
        String::from_utf8(whole).expect("still text")
    }

    #[test]
    fn only_request_lines_are_changed() {
        let body = "query=up{a=\"b\"}>0";
        let post = format!("POST /q HTTP/1.1\r\nContent-Length: {}\r\nX: \"<\"\r\n\r\n{body}", body.len());
        assert_eq!(rewritten(&post), post);
        let get = "GET /q?query=up{a=\"b\"}>0 HTTP/1.1\r\nHost: \"x\"\r\n\r\n";
        let fixed = "GET /q?query=up{a=%22b%22}%3E0 HTTP/1.1\r\nHost: \"x\"\r\n\r\n";
        assert_eq!(rewritten(get), fixed);
        // Many on one connection, with and without bodies.
        assert_eq!(rewritten(&format!("{get}{post}{get}")), format!("{fixed}{post}{fixed}"));
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\"<>\r\n0\r\n\r\n";
        assert_eq!(rewritten(&format!("{chunked}{get}")), format!("{chunked}{get}"));
        for odd in
            ["", "\n\n\n", "GET / HTTP/1.1\r\ncontent-length: -1\r\n\r\n\"", "\u{0}\"", "a:b\nc\"\n\n\""]
        {
            let _ = rewritten(odd);
        }
    }
}
