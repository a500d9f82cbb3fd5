//! Text to tokens. All tokens are made at once; the first fault ends them with an `Error` token, which the
//! parser reports when it comes to it.

use crate::literal::quote;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Error,
    Bool,
    Char,
    CharConstant,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    // keywords
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

/// A piece of the source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'s> {
    pub(crate) kind: Kind,
    /// Byte offset in the source.
    pub(crate) pos: usize,
    /// Line at which it starts, from 1.
    pub(crate) line: usize,
    pub(crate) text: &'s str,
}

/// The tokens of a source and, where it is faulty, the fault's text.
pub(crate) struct Tokens<'s> {
    pub(crate) list: Vec<Token<'s>>,
    pub(crate) fault: String,
}

const KEYWORDS: &[(&str, Kind)] = &[
    ("block", Kind::Block),
    ("break", Kind::Break),
    ("continue", Kind::Continue),
    ("define", Kind::Define),
    ("else", Kind::Else),
    ("end", Kind::End),
    ("if", Kind::If),
    ("nil", Kind::Nil),
    ("range", Kind::Range),
    ("template", Kind::Template),
    ("with", Kind::With),
];

const LEFT: &str = "{{";
const RIGHT: &str = "}}";

/// Split the source. `is_function` says whether `break` or `continue` are names of functions.
pub(crate) fn lex<'s>(source: &'s str, is_function: &dyn Fn(&str) -> bool) -> Tokens<'s> {
    let mut lexer =
        Lexer { source, start: 0, pos: 0, line: 1, line_at: 0, parens: 0, out: Vec::new(), is_function };
    let fault = lexer.text().err().unwrap_or_default();
    let kind = if fault.is_empty() { Kind::Eof } else { Kind::Error };
    lexer.emit(kind);
    Tokens { list: lexer.out, fault }
}

struct Lexer<'s, 'f> {
    source: &'s str,
    start: usize,
    pos: usize,
    /// Line of the byte `line_at`.
    line: usize,
    line_at: usize,
    parens: usize,
    out: Vec<Token<'s>>,
    is_function: &'f dyn Fn(&str) -> bool,
}

impl<'s> Token<'s> {
    /// The token as error texts show it.
    pub(crate) fn describe(&self, fault: &str) -> String {
        match self.kind {
            Kind::Eof => "EOF".to_owned(),
            Kind::Error => fault.to_owned(),
            Kind::Dot | Kind::Nil => format!("<{}>", self.text),
            _ if KEYWORDS.iter().any(|(_, kind)| *kind == self.kind) => format!("<{}>", self.text),
            _ if self.text.len() > 10 => {
                let short: String = self.text.chars().take(10).collect();
                format!("{}...", quote(short.as_bytes()))
            }
            _ => quote(self.text.as_bytes()),
        }
    }
}

impl<'s> Lexer<'s, '_> {
    fn rest(&self) -> &'s str {
        &self.source[self.pos..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Make a token of what was read since the last one.
    fn emit(&mut self, kind: Kind) {
        let passed = &self.source.as_bytes()[self.line_at..self.start];
        self.line += memchr_count(passed);
        self.line_at = self.start;
        let text = &self.source[self.start..self.pos];
        self.out.push(Token { kind, pos: self.start, line: self.line, text });
        self.start = self.pos;
    }

    fn ignore(&mut self) {
        self.start = self.pos;
    }

    /// Text up to the end, with the actions in it.
    fn text(&mut self) -> Result<(), String> {
        while let Some(found) = self.rest().find(LEFT) {
            let text = &self.rest()[..found];
            let delim = self.pos + found;
            let trim = has_left_trim(&self.source[delim + 2..]);
            let kept = if trim { text.trim_end_matches(is_space).len() } else { text.len() };
            self.pos += kept;
            if kept > 0 {
                self.emit(Kind::Text);
            }
            self.pos = delim;
            self.ignore();
            let after = delim + 2 + if trim { 2 } else { 0 };
            if self.source[after..].starts_with("/*") {
                self.pos = after;
                self.comment()?;
                continue;
            }
            self.pos = delim + 2;
            self.emit(Kind::LeftDelim);
            self.pos = after;
            self.ignore();
            self.parens = 0;
            self.action()?;
        }
        self.pos = self.source.len();
        if self.pos > self.start {
            self.emit(Kind::Text);
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), String> {
        self.ignore();
        let Some(end) = self.source[self.pos + 2..].find("*/") else {
            return Err("unclosed comment".to_owned());
        };
        self.pos += 2 + end + 2;
        match self.at_right_delim() {
            None => return Err("comment ends before closing delimiter".to_owned()),
            Some(trim) => self.pass_right_delim(trim),
        }
        self.ignore();
        Ok(())
    }

    /// Are we at `}}` (false) or ` -}}` (true)?
    fn at_right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        if has_right_trim(rest) && rest[2..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    fn pass_right_delim(&mut self, trim: bool) {
        self.pos += if trim { 4 } else { 2 };
        if trim {
            let rest = self.rest();
            self.pos += rest.len() - rest.trim_start_matches(is_space).len();
        }
    }

    fn right_delim(&mut self, trim: bool) {
        if trim {
            self.pos += 2;
            self.ignore();
        }
        self.pos += 2;
        self.emit(Kind::RightDelim);
        if trim {
            let rest = self.rest();
            self.pos += rest.len() - rest.trim_start_matches(is_space).len();
            self.ignore();
        }
    }

    /// Tokens up to the closing delimiter.
    fn action(&mut self) -> Result<(), String> {
        loop {
            if let Some(trim) = self.at_right_delim() {
                if self.parens > 0 {
                    return Err("unclosed left paren".to_owned());
                }
                self.right_delim(trim);
                return Ok(());
            }
            let Some(c) = self.peek() else {
                return Err("unclosed action".to_owned());
            };
            self.item(c)?;
        }
    }

    fn item(&mut self, c: char) -> Result<(), String> {
        match c {
            c if is_space(c) => self.space(),
            '=' => self.single(Kind::Assign),
            '|' => self.single(Kind::Pipe),
            ':' => {
                if !self.rest().starts_with(":=") {
                    return Err("expected :=".to_owned());
                }
                self.pos += 2;
                self.emit(Kind::Declare);
            }
            '"' => self.quoted('"', Kind::String, "unterminated quoted string")?,
            '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant")?,
            '`' => self.raw()?,
            '$' => self.name(Kind::Variable, Kind::Variable)?,
            '.' if !self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) && self.rest().len() > 1 => {
                self.name(Kind::Field, Kind::Dot)?;
            }
            '.' | '+' | '-' | '0'..='9' => self.number()?,
            c if is_alphanumeric(c) => self.identifier()?,
            '(' => {
                self.parens += 1;
                self.single(Kind::LeftParen);
            }
            ')' => {
                let Some(parens) = self.parens.checked_sub(1) else {
                    return Err("unexpected right paren".to_owned());
                };
                self.parens = parens;
                self.single(Kind::RightParen);
            }
            ' '..='~' => self.single(Kind::Char),
            c => return Err(format!("unrecognized character in action: {}", code_point(c))),
        }
        Ok(())
    }

    fn single(&mut self, kind: Kind) {
        self.pos += 1;
        self.emit(kind);
    }

    /// A run of spaces; its last one may belong to a trimming delimiter.
    fn space(&mut self) {
        let rest = self.rest();
        let mut run = rest.len() - rest.trim_start_matches(is_space).len();
        if rest[run - 1..].len() > 1 && has_right_trim(&rest[run - 1..]) && rest[run + 1..].starts_with(RIGHT)
        {
            run -= 1;
        }
        self.pos += run;
        if run > 0 {
            self.emit(Kind::Space);
        }
    }

    fn quoted(&mut self, quote: char, kind: Kind, fault: &str) -> Result<(), String> {
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if !matches!(chars.next(), None | Some((_, '\n'))) => {}
                '\\' | '\n' => break,
                c if c == quote => {
                    self.pos += at + 1;
                    self.emit(kind);
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(fault.to_owned())
    }

    fn raw(&mut self) -> Result<(), String> {
        let end = self.rest()[1..].find('`').ok_or("unterminated raw quoted string")?;
        self.pos += end + 2;
        self.emit(Kind::RawString);
        Ok(())
    }

    /// `.name` or `$name`, or only the first character (`bare`).
    fn name(&mut self, kind: Kind, bare: Kind) -> Result<(), String> {
        self.pos += 1;
        if self.at_terminator() {
            self.emit(bare);
            return Ok(());
        }
        self.alphanumeric_run()?;
        self.emit(kind);
        Ok(())
    }

    fn alphanumeric_run(&mut self) -> Result<(), String> {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start_matches(is_alphanumeric).len();
        if self.at_terminator() {
            return Ok(());
        }
        Err(format!("bad character {}", self.peek().map(code_point).unwrap_or_default()))
    }

    fn identifier(&mut self) -> Result<(), String> {
        self.alphanumeric_run()?;
        let word = &self.source[self.start..self.pos];
        let keyword = KEYWORDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
        let kind = match keyword {
            Some(Kind::Break | Kind::Continue) if (self.is_function)(word) => Kind::Identifier,
            Some(kind) => kind,
            None if word == "true" || word == "false" => Kind::Bool,
            None => Kind::Identifier,
        };
        self.emit(kind);
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        let mut good = self.scan_number();
        if good && self.rest().starts_with(['+', '-']) {
            // Complex constants are read whole, so that the parser refuses them whole.
            good = self.scan_number() && self.source[..self.pos].ends_with('i');
        }
        if !good {
            let text = &self.source.as_bytes()[self.start..self.pos];
            return Err(format!("bad number syntax: {}", quote(text)));
        }
        self.emit(Kind::Number);
        Ok(())
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        let exponent = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if self.accept(exponent) {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        match self.peek() {
            Some(c) if is_alphanumeric(c) => {
                self.pos += c.len_utf8();
                false
            }
            _ => true,
        }
    }

    fn accept(&mut self, set: &str) -> bool {
        let found = self.peek().is_some_and(|c| set.contains(c));
        if found {
            self.pos += 1;
        }
        found
    }

    fn accept_run(&mut self, set: &str) {
        while self.accept(set) {}
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(c) => is_space(c) || self.rest().starts_with(RIGHT),
        }
    }
}

fn memchr_count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b == b'\n').count()
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn has_left_trim(text: &str) -> bool {
    matches!(text.as_bytes(), [b'-', b' ' | b'\t' | b'\r' | b'\n', ..])
}

fn has_right_trim(text: &str) -> bool {
    matches!(text.as_bytes(), [b' ' | b'\t' | b'\r' | b'\n', b'-', ..])
}

/// As Go's `%#U`.
fn code_point(c: char) -> String {
    let number = format!("U+{:04X}", u32::from(c));
    if crate::literal::is_printable(c) { format!("{number} '{c}'") } else { number }
}
