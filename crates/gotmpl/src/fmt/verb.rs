//! Formats: flags, width, precision, argument indexes, verbs.

use super::Printer;
use crate::value::Value;

/// The largest width or precision that Go takes.
const MAX_NUMBER: usize = 1_000_000;

/// What stands between `%` and the verb.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the format language")]
pub(super) struct Flags {
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) plus_v: bool,
    pub(super) sharp_v: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// Where we are in a format and among its arguments.
struct Cursor<'a> {
    format: &'a [u8],
    at: usize,
    args: &'a [Value],
    next: usize,
    /// The last thing read was an index such as `[3]`.
    after_index: bool,
    reordered: bool,
    good_index: bool,
}

impl Printer {
    /// As `fmt.Sprintf`.
    pub(crate) fn printf(&mut self, format: &[u8], args: &[Value]) {
        let mut cursor =
            Cursor { format, at: 0, args, next: 0, after_index: false, reordered: false, good_index: true };
        while cursor.at < format.len() && self.fault.is_none() {
            let rest = &format[cursor.at..];
            let literal = rest.iter().position(|b| *b == b'%').unwrap_or(rest.len());
            self.write(&rest[..literal]);
            cursor.at += literal;
            if cursor.at < format.len() {
                cursor.at += 1;
                self.verb(&mut cursor);
            }
        }
        if !cursor.reordered && cursor.next < args.len() {
            self.extra(&args[cursor.next..]);
        }
    }

    /// One verb; the cursor is behind its `%`.
    fn verb(&mut self, cursor: &mut Cursor<'_>) {
        self.flags = cursor.flags();
        cursor.good_index = true;
        cursor.after_index = false;
        cursor.index();
        self.width(cursor);
        self.precision(cursor);
        if !cursor.after_index {
            cursor.index();
        }
        let Some(verb) = cursor.take_char() else {
            return self.write(b"%!(NOVERB)");
        };
        if verb == '%' {
            return self.write(b"%");
        }
        if !cursor.good_index {
            return self.bad_argument(verb, "(BADINDEX)");
        }
        let Some(arg) = cursor.args.get(cursor.next) else {
            return self.bad_argument(verb, "(MISSING)");
        };
        cursor.next += 1;
        if verb == 'v' {
            self.flags.sharp_v = std::mem::take(&mut self.flags.sharp);
            self.flags.plus_v = std::mem::take(&mut self.flags.plus);
        }
        self.arg(arg, verb);
    }

    fn width(&mut self, cursor: &mut Cursor<'_>) {
        if cursor.accept(b'*') {
            match cursor.int_argument() {
                Some(width) => {
                    self.flags.width = Some(width.unsigned_abs());
                    if width < 0 {
                        self.flags.minus = true;
                        self.flags.zero = false;
                    }
                }
                None => self.write(b"%!(BADWIDTH)"),
            }
            cursor.after_index = false;
            return;
        }
        self.flags.width = cursor.number();
        if cursor.after_index && self.flags.width.is_some() {
            cursor.good_index = false;
        }
    }

    fn precision(&mut self, cursor: &mut Cursor<'_>) {
        if !cursor.accept(b'.') {
            return;
        }
        if cursor.after_index {
            cursor.good_index = false;
        }
        cursor.index();
        if cursor.accept(b'*') {
            match cursor.int_argument() {
                Some(precision) => self.flags.precision = usize::try_from(precision).ok(),
                None => self.write(b"%!(BADPREC)"),
            }
            cursor.after_index = false;
            return;
        }
        self.flags.precision = Some(cursor.number().unwrap_or(0));
    }

    fn bad_argument(&mut self, verb: char, what: &str) {
        self.write(b"%!");
        self.write_char(verb);
        self.write(what.as_bytes());
    }

    fn extra(&mut self, args: &[Value]) {
        self.flags = Flags::default();
        self.write(b"%!(EXTRA ");
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.write(b", ");
            }
            if matches!(arg, Value::Nil) {
                self.write(b"<nil>");
            } else {
                self.write(arg.type_name().as_bytes());
                self.write(b"=");
                self.arg(arg, 'v');
            }
        }
        self.write(b")");
    }

    /// The bytes, padded to the width (counted in characters).
    pub(super) fn pad(&mut self, bytes: &[u8]) {
        let Some(width) = self.flags.width else {
            return self.write(bytes);
        };
        let missing = width.saturating_sub(characters(bytes));
        if self.flags.minus {
            self.write(bytes);
            self.padding(missing, b' ');
        } else {
            self.padding(missing, if self.flags.zero { b'0' } else { b' ' });
            self.write(bytes);
        }
    }

    pub(super) fn padding(&mut self, count: usize, with: u8) {
        if count > 0 {
            self.write(&vec![with; count.min(MAX_NUMBER)]);
        }
    }
}

/// Characters as Go counts them: a byte that is not UTF-8 is one.
fn characters(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        flags
    }

    /// A decimal number, none if it is not there or too large.
    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let value = number.unwrap_or(0usize) * 10 + usize::from(digit - b'0');
            if value > MAX_NUMBER {
                return None;
            }
            number = Some(value);
            self.at += 1;
        }
        number
    }

    /// An explicit index, `[3]`.
    fn index(&mut self) {
        if self.peek() != Some(b'[') {
            self.after_index = false;
            return;
        }
        self.reordered = true;
        let inside = &self.format[self.at + 1..];
        let Some(end) = inside.iter().position(|b| *b == b']') else {
            self.good_index = false;
            self.at += 1;
            return;
        };
        let digits = std::str::from_utf8(&inside[..end]).unwrap_or_default();
        self.at += end + 2;
        match digits.parse::<usize>() {
            Ok(index) if index >= 1 && index <= self.args.len() => {
                self.next = index - 1;
                self.after_index = true;
            }
            _ => {
                self.good_index = false;
                self.after_index = digits.parse::<usize>().is_ok();
            }
        }
    }

    /// The next argument as a width or precision.
    fn int_argument(&mut self) -> Option<isize> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        let number = match arg {
            Value::Int(i) => isize::try_from(*i).ok()?,
            Value::Uint(u) => isize::try_from(*u).ok()?,
            _ => return None,
        };
        (number.unsigned_abs() <= MAX_NUMBER).then_some(number)
    }

    fn take_char(&mut self) -> Option<char> {
        let rest = self.format.get(self.at..).filter(|rest| !rest.is_empty())?;
        let head = &rest[..rest.len().min(4)];
        let valid = head.utf8_chunks().next().map(|chunk| chunk.valid()).unwrap_or_default();
        let c = valid.chars().next();
        self.at += c.map_or(1, char::len_utf8);
        Some(c.unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}
