//! What commands say to their user; everything else is logged.

use std::io::{self, IsTerminal, Write};

/// A line on standard output. A reader that has gone away (a closed pipe) is no error.
pub(crate) fn line(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Text on standard output, as it is.
pub(crate) fn text(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// An error on standard error.
pub(crate) fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "weir: error: {text}");
}

/// A remark on standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "weir: {text}");
}

/// A progress bar over `total` steps; on anything but a terminal it shows nothing.
pub(crate) fn progress(total: u64, what: &str) -> indicatif::ProgressBar {
    if !io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let style = indicatif::ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} {eta}");
    let bar = indicatif::ProgressBar::new(total).with_message(what.to_owned());
    match style {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
