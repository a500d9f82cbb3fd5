//! Quoted text: where it ends, and what it says.

use super::{Lexer, TokenKind};
use crate::parser::ParseError;

impl Lexer<'_> {
    /// A text in `'` or `"`; the opening quote has been taken.
    pub(super) fn quoted(&mut self, quote: char) -> Result<TokenKind, ParseError> {
        loop {
            match self.bump() {
                None | Some('\n') => return self.error("unterminated quoted string"),
                Some('\u{fffd}') => return self.error("invalid UTF-8 rune"),
                Some('\\') => self.escape(quote)?,
                Some(c) if c == quote => return Ok(TokenKind::Text),
                Some(_) => {}
            }
        }
    }

    /// A text in backquotes; the opening one has been taken.
    pub(super) fn raw(&mut self) -> Result<TokenKind, ParseError> {
        loop {
            match self.bump() {
                None => return self.error("unterminated raw string"),
                Some('\u{fffd}') => return self.error("invalid UTF-8 rune"),
                Some('`') => return Ok(TokenKind::Text),
                Some(_) => {}
            }
        }
    }

    /// An escape; the backslash has been taken.
    fn escape(&mut self, quote: char) -> Result<(), ParseError> {
        let (digits, base, greatest) = match self.bump() {
            Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\') => return Ok(()),
            Some(c) if c == quote => return Ok(()),
            Some(c @ '0'..='7') => {
                self.at -= c.len_utf8();
                (3, 8, 255)
            }
            Some('x') => (2, 16, 255),
            Some('u') => (4, 16, 0x0010_ffff),
            Some('U') => (8, 16, 0x0010_ffff),
            Some(c) => return self.error(format!("unknown escape sequence {}", code_point(c))),
            None => return self.error("escape sequence not terminated"),
        };
        let mut value = 0u32;
        for _ in 0..digits {
            let Some(c) = self.bump() else { return self.error("escape sequence not terminated") };
            let Some(digit) = c.to_digit(base) else {
                return self.error(format!("illegal character {} in escape sequence", code_point(c)));
            };
            value = value.wrapping_mul(base).wrapping_add(digit);
        }
        if value > greatest || (0xd800..0xe000).contains(&value) {
            return self.error("escape sequence is an invalid Unicode code point");
        }
        Ok(())
    }
}

/// What a quoted text says; the lexer has checked it. Bytes that are no UTF-8 (`"\xff"`) become U+FFFD.
pub(crate) fn unquote(quoted: &str) -> String {
    let body = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
    if quoted.starts_with('`') || !body.contains('\\') {
        return body.to_owned();
    }
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body.chars();
    while let Some(c) = rest.next() {
        if c == '\\' {
            push_escape(&mut bytes, &mut rest);
        } else {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

fn push_escape(bytes: &mut Vec<u8>, rest: &mut std::str::Chars<'_>) {
    let Some(kind) = rest.next() else { return };
    let mut digits = |count: usize, base: u32, first: u32| {
        let taken = rest.by_ref().take(count).filter_map(|c| c.to_digit(base));
        taken.fold(first, |value, digit| value.wrapping_mul(base).wrapping_add(digit))
    };
    let byte = match kind {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        'x' => digits(2, 16, 0) as u8,
        '0'..='7' => digits(2, 8, kind.to_digit(8).unwrap_or(0)) as u8,
        'u' | 'U' => {
            let code = digits(if kind == 'u' { 4 } else { 8 }, 16, 0);
            let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
        c => {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
    };
    bytes.push(byte);
}

/// A character as Go's `%#U` writes it.
fn code_point(c: char) -> String {
    if c.is_control() { format!("U+{:04X}", c as u32) } else { format!("U+{:04X} '{c}'", c as u32) }
}

#[cfg(test)]
mod tests {
    use super::unquote;

    #[test]
    fn unquotes_as_go_does() {
        for (quoted, text) in [
            (r#""a\nb""#, "a\nb"),
            (r#"'it\'s'"#, "it's"),
            (r"`a\nb`", r"a\nb"),
            (r#""\x41\101\u00e9\U0001F600""#, "AA\u{e9}\u{1f600}"),
            (r#""\xc3\xa9""#, "\u{e9}"),
            (r#""\xff""#, "\u{fffd}"),
            ("''", ""),
        ] {
            assert_eq!(unquote(quoted), text, "{quoted}");
        }
    }
}
