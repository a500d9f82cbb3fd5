//! Go's literals: strings, characters and numbers.

/// A number of the source with every reading that it has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number {
    pub(crate) text: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
}

impl Number {
    /// Is the constant a float where no type is asked for?
    pub(crate) fn is_float(&self) -> bool {
        let hex_int = self.text.starts_with("0x") && !self.text.contains(['p', 'P']);
        self.float.is_some()
            && !hex_int
            && !self.text.starts_with('\'')
            && self.text.contains(['.', 'e', 'E', 'p', 'P'])
    }
}

/// Read a number or character constant; the error is Go's text.
pub(crate) fn parse_number(text: &str) -> Result<Number, String> {
    let mut number = Number { text: text.to_owned(), int: None, uint: None, float: None };
    if text.starts_with('\'') {
        let c = unquote_char(text).ok_or_else(|| format!("malformed character constant: {text}"))?;
        number.int = Some(i64::from(c));
        number.uint = Some(u64::from(c));
        number.float = Some(f64::from(c));
        return Ok(number);
    }
    let (negative, digits) = sign(text);
    let magnitude = parse_uint(digits);
    if !text.starts_with(['+', '-']) {
        number.uint = magnitude;
    }
    number.int =
        magnitude.and_then(|m| if negative { 0i64.checked_sub_unsigned(m) } else { i64::try_from(m).ok() });
    if number.int == Some(0) {
        number.uint = Some(0);
    }
    if let Some(int) = number.int {
        number.float = Some(int as f64);
    } else if let Some(uint) = number.uint {
        number.float = Some(uint as f64);
    } else if let Some(float) = parse_float(text) {
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", quote(text.as_bytes())));
        }
        number.float = Some(float);
        if (-9.3e18..9.2e18).contains(&float) && (float as i64) as f64 == float {
            number.int = Some(float as i64);
        }
        if (0.0..1.8e19).contains(&float) && (float as u64) as f64 == float {
            number.uint = Some(float as u64);
        }
    }
    if number.int.is_none() && number.uint.is_none() && number.float.is_none() {
        return Err(format!("illegal number syntax: {}", quote(text.as_bytes())));
    }
    Ok(number)
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// An integer in the bases of Go: `0x`, `0o`, `0b`, a leading zero is octal; `_` between digits.
fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits, prefixed) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..], true),
        [b'0', b'o', ..] => (8, &lower[2..], true),
        [b'0', b'b', ..] => (2, &lower[2..], true),
        [b'0', _, ..] => (8, &lower[1..], true),
        _ => (10, lower.as_str(), false),
    };
    let digits = strip_underscores(digits, prefixed)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(&digits, radix).ok()
}

/// Underscores may stand between digits and after a base prefix.
fn strip_underscores(digits: &str, prefixed: bool) -> Option<String> {
    let bad = digits.ends_with('_') || digits.contains("__") || (digits.starts_with('_') && !prefixed);
    (!bad).then(|| digits.replace('_', ""))
}

fn parse_float(text: &str) -> Option<f64> {
    let (negative, digits) = sign(text);
    let lower = digits.to_ascii_lowercase();
    if !lower.bytes().any(|b| b.is_ascii_digit()) || lower.contains(['i', 'n']) {
        return None;
    }
    let value = match lower.strip_prefix("0x") {
        Some(hex) => parse_hex_float(hex)?,
        None => {
            let plain = strip_underscores(&lower, false)?;
            plain.parse::<f64>().ok().filter(|v| v.is_finite())?
        }
    };
    Some(if negative { -value } else { value })
}

fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (whole, fraction) = (strip_underscores(whole, true)?, strip_underscores(fraction, false)?);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0f64;
    for c in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(c.to_digit(16)?);
    }
    let exponent: i32 = exponent.parse().ok()?;
    let shift = exponent.saturating_sub(i32::try_from(fraction.len()).ok()?.saturating_mul(4));
    let value = value * 2f64.powi(shift);
    value.is_finite().then_some(value)
}

/// The bytes of a quoted string of the source, `"…"` or `` `…` ``.
pub(crate) fn unquote(source: &str) -> Option<Vec<u8>> {
    if let Some(raw) = source.strip_prefix('`') {
        let raw = raw.strip_suffix('`')?;
        return (!raw.contains('`')).then(|| raw.bytes().filter(|b| *b != b'\r').collect());
    }
    let mut rest = source.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(rest.len());
    while let Some(c) = rest.chars().next() {
        match c {
            '"' | '\n' => return None,
            '\\' => {
                let (escape, used) = unescape(rest, '"')?;
                match escape {
                    Escape::Byte(b) => out.push(b),
                    Escape::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                rest = &rest[used..];
            }
            c => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    Some(out)
}

/// The value of a character constant, quotes included in the source.
fn unquote_char(source: &str) -> Option<u32> {
    let inner = source.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    let (value, used) = match first {
        '\'' | '\n' => return None,
        '\\' => match unescape(inner, '\'')? {
            (Escape::Byte(b), used) => (u32::from(b), used),
            (Escape::Char(c), used) => (u32::from(c), used),
        },
        c => (u32::from(c), c.len_utf8()),
    };
    (&inner[used..] == "'").then_some(value)
}

enum Escape {
    Byte(u8),
    Char(char),
}

/// The escape at the start of the text and how many bytes it takes.
fn unescape(text: &str, quote: char) -> Option<(Escape, usize)> {
    let bytes = text.as_bytes();
    let kind = *bytes.get(1)?;
    let simple = match kind {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' | b'"' if char::from(kind) == quote => kind,
        b'x' => return radix(bytes, 2, 2, 16).and_then(|v| Some((Escape::Byte(u8::try_from(v).ok()?), 4))),
        b'u' => return radix(bytes, 2, 4, 16).and_then(|v| Some((Escape::Char(char::from_u32(v)?), 6))),
        b'U' => return radix(bytes, 2, 8, 16).and_then(|v| Some((Escape::Char(char::from_u32(v)?), 10))),
        b'0'..=b'7' => {
            return radix(bytes, 1, 3, 8).and_then(|v| Some((Escape::Byte(u8::try_from(v).ok()?), 4)));
        }
        _ => return None,
    };
    Some((Escape::Byte(simple), 2))
}

fn radix(bytes: &[u8], from: usize, len: usize, radix: u32) -> Option<u32> {
    let digits = bytes.get(from..from + len)?;
    let mut value = 0u32;
    for digit in digits {
        value = value.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?)?;
    }
    Some(value)
}

/// Bytes as a Go string literal in double quotes (`strconv.Quote`).
pub fn quote(bytes: &[u8]) -> String {
    quote_with(bytes, '"', false)
}

/// As [`quote`] with another quote character, and with everything beyond ASCII escaped if asked for.
pub(crate) fn quote_with(bytes: &[u8], quote: char, ascii: bool) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push(quote);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            quote_char(&mut out, c, quote, ascii);
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push(quote);
    out
}

fn quote_char(out: &mut String, c: char, quote: char, ascii: bool) {
    if c == quote || c == '\\' {
        out.push('\\');
        out.push(c);
        return;
    }
    if is_printable(c) && (c.is_ascii() || !ascii) {
        out.push(c);
        return;
    }
    let escaped = match c {
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        c if c < ' ' || c == '\u{7f}' => format!("\\x{:02x}", u32::from(c)),
        c if u32::from(c) < 0x10000 => format!("\\u{:04x}", u32::from(c)),
        c => format!("\\U{:08x}", u32::from(c)),
    };
    out.push_str(&escaped);
}

/// Would Go print the character as it is? Spaces other than the ASCII one are not printable.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    let mut pair = String::from("a");
    pair.push(c);
    !c.is_whitespace() && pair.escape_debug().count() == 2
}
