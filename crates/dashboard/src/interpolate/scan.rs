//! Finds references in a text, and the PromQL string that each stands in.

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Plain(&'a str),
    Reference {
        /// As written.
        whole: &'a str,
        name: &'a str,
        /// `${name.field}`.
        field: Option<&'a str>,
        /// `${name:format}`.
        format: Option<&'a str>,
        quote: Quote,
    },
}

/// The string literal around a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// No string.
    None,
    /// In a comment.
    Comment,
    /// In a string with this quote; `equality`: it is compared with `=` or `!=`.
    String { quote: u8, equality: bool },
}

/// Walks over a text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    quote: Quote,
    /// The last byte outside of strings that is no space, and the one before.
    last: [u8; 2],
}

/// The names that a text refers to.
pub(crate) fn references(text: &str) -> Vec<&str> {
    let name = |piece| match piece {
        Piece::Reference { name, .. } => Some(name),
        Piece::Plain(_) => None,
    };
    Scanner::new(text).filter_map(name).collect()
}

// === impl Quote ===

impl Quote {
    pub(super) fn is_string(self) -> bool {
        matches!(self, Quote::String { .. })
    }

    /// Whether a value there is read as a regular expression.
    pub(super) fn takes_regex(self) -> bool {
        matches!(self, Quote::String { equality: false, .. })
    }

    /// The text as it must be written there to mean itself.
    pub(super) fn escape(self, text: &str) -> String {
        let Quote::String { quote: quote @ (b'"' | b'\''), .. } = self else { return text.to_owned() };
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                c if c == char::from(quote) => {
                    out.push('\\');
                    out.push(c);
                }
                c => out.push(c),
            }
        }
        out
    }
}

// === impl Scanner ===

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Scanner<'a> {
        Scanner { text, at: 0, quote: Quote::None, last: [0, 0] }
    }

    /// Notes a byte that is copied; how many bytes to take.
    fn step(&mut self, byte: u8) -> usize {
        match (self.quote, byte) {
            (Quote::None, b'#') => self.quote = Quote::Comment,
            (Quote::Comment, b'\n') => self.quote = Quote::None,
            (Quote::Comment, _) => {}
            (Quote::None, b'"' | b'\'' | b'`') => {
                let equality = self.last[1] == b'=';
                self.quote = Quote::String { quote: byte, equality };
            }
            (Quote::None, b' ' | b'\t' | b'\n' | b'\r') => {}
            (Quote::None, _) => self.last = [self.last[1], byte],
            (Quote::String { quote, .. }, b'\\') if quote != b'`' => return 2,
            (Quote::String { quote, .. }, byte) if byte == quote => {
                self.quote = Quote::None;
                self.last = [0, 0];
            }
            (Quote::String { .. }, _) => {}
        }
        1
    }

    /// The reference at this place.
    fn reference(&self, rest: &'a str) -> Option<Piece<'a>> {
        let piece = |length: usize, name, field, format| {
            Some(Piece::Reference { whole: &rest[..length], name, field, format, quote: self.quote })
        };
        if let Some(inner) = rest.strip_prefix("${") {
            let name = word(inner);
            let end = inner.find('}')?;
            let after = inner.get(name.len()..end)?;
            let (field, format) = match after.split_once(':') {
                Some((field, format)) => (field, Some(format)),
                None => (after, None),
            };
            let field = match field.strip_prefix('.') {
                Some(field) if !field.is_empty() => Some(field),
                None if field.is_empty() => None,
                _ => return None,
            };
            let usable = !name.is_empty() && format != Some("");
            return if usable { piece(2 + end + 1, name, field, format) } else { None };
        }
        if let Some(inner) = rest.strip_prefix("[[") {
            let name = word(inner);
            let end = inner.find("]]")?;
            let after = inner.get(name.len()..end)?;
            let format = match after.strip_prefix(':') {
                Some(format) if word(format).len() == format.len() && !format.is_empty() => Some(format),
                None if after.is_empty() => None,
                _ => return None,
            };
            return if name.is_empty() { None } else { piece(2 + end + 2, name, None, format) };
        }
        let name = word(rest.strip_prefix('$')?);
        if name.is_empty() { None } else { piece(1 + name.len(), name, None, None) }
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() {
            let byte = bytes[self.at];
            if matches!(byte, b'$' | b'[')
                && let Some(piece) = self.reference(&self.text[self.at..])
            {
                if self.at > start {
                    return Some(Piece::Plain(&self.text[start..self.at]));
                }
                if let Piece::Reference { whole, .. } = piece {
                    self.at += whole.len();
                }
                self.last = if self.quote == Quote::None { [0, b'$'] } else { self.last };
                return Some(piece);
            }
            // A backslash and what it escapes are taken together; what follows must begin a character.
            self.at += self.step(byte);
            while self.at < bytes.len() && !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
        }
        self.at = self.at.min(bytes.len());
        (self.at > start).then(|| Piece::Plain(&self.text[start..self.at]))
    }
}

/// The letters, digits and underscores of ASCII at the beginning.
fn word(text: &str) -> &str {
    let end = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    &text[..end]
}
