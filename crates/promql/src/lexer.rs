//! Query text to tokens.
//!
//! Tokens are made one at a time, since what a character means depends on what is open: inside braces words
//! are label names, inside brackets only durations may stand. Errors are found in the order of the text, in
//! Prometheus' words (`promql/parser/lex.go` of 3.14 is the reference for what is one token).

use crate::ast::{AggregateOp, BinaryOp, Span};
use crate::parser::ParseError;
use model::labels::Quoted;

mod number;
mod text;

pub(crate) use number::parse_number;
pub(crate) use text::unquote;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Eof,
    Comma,
    Colon,
    /// `=` outside of comparisons.
    Assign,
    EqualRegex,
    NotRegex,
    At,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Text,
    Number,
    Duration,
    /// A word without colons.
    Identifier,
    /// A word with colons.
    MetricIdentifier,
    Binary(BinaryOp),
    Aggregate(AggregateOp),
    Keyword(Keyword),
    /// Words that are functions, duration terms or metric names, as the place says.
    Preprocessor(Preprocessor),
}

/// Words that shape expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Offset,
    Smoothed,
    Anchored,
    By,
    Without,
    On,
    Ignoring,
    GroupLeft,
    GroupRight,
    Fill,
    FillLeft,
    FillRight,
    Bool,
}

/// Words that are functions, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preprocessor {
    Start,
    End,
    Step,
    Range,
    MaxOf,
    MinOf,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// Makes tokens of a text, from left to right.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    /// Where to read on.
    at: usize,
    /// Where the token begins that is being read.
    start: usize,
    open_parens: u32,
    in_braces: bool,
    in_brackets: bool,
    /// After `[` or an operator behind it, until the first number.
    in_duration: bool,
    seen_colon: bool,
    seen_duration: bool,
}

// === impl Lexer ===

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Lexer<'a> {
        Lexer {
            text,
            at: 0,
            start: 0,
            open_parens: 0,
            in_braces: false,
            in_brackets: false,
            in_duration: false,
            seen_colon: false,
            seen_duration: false,
        }
    }

    /// The next token; [`TokenKind::Eof`] again and again at the end.
    pub(crate) fn next_token(&mut self) -> Result<Token, ParseError> {
        loop {
            self.start = self.at;
            let kind = if self.in_braces {
                self.inside_braces()?
            } else if self.in_duration {
                self.inside_duration()?
            } else {
                self.statement()?
            };
            if let Some(kind) = kind {
                return Ok(Token { kind, span: Span { start: self.start, end: self.at } });
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += next.map_or(0, char::len_utf8);
        next
    }

    fn accept(&mut self, valid: &str) -> bool {
        let accepted = self.sees(valid);
        if accepted {
            self.at += 1;
        }
        accepted
    }

    fn sees(&self, valid: &str) -> bool {
        self.peek().is_some_and(|c| valid.contains(c))
    }

    fn word(&self) -> &'a str {
        &self.text[self.start..self.at]
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, ParseError> {
        let span = Span { start: self.start, end: self.text.len() };
        Err(ParseError::new(self.text, span, message))
    }

    /// An error found right behind a token that has already been taken.
    fn error_behind<T>(&self, message: impl Into<String>) -> Result<T, ParseError> {
        let span = Span { start: self.at, end: self.text.len() };
        Err(ParseError::new(self.text, span, message))
    }

    fn skip_space(&mut self) -> Option<TokenKind> {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
        None
    }

    fn skip_comment(&mut self) -> Option<TokenKind> {
        let rest = &self.text[self.at..];
        self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
        None
    }

    fn statement(&mut self) -> Result<Option<TokenKind>, ParseError> {
        let Some(c) = self.bump() else { return self.end_of_text() };
        let kind = match c {
            '#' => return Ok(self.skip_comment()),
            c if is_space(c) => return Ok(self.skip_space()),
            ',' => TokenKind::Comma,
            '@' => TokenKind::At,
            '"' | '\'' => return self.quoted(c).map(Some),
            '`' => return self.raw().map(Some),
            '(' | ')' => return self.paren(c).map(Some),
            '{' => {
                self.in_braces = true;
                TokenKind::LeftBrace
            }
            '[' => return self.open_bracket().map(Some),
            ']' if !self.in_brackets => return self.error("unexpected right bracket ']'"),
            ']' => {
                self.in_brackets = false;
                TokenKind::RightBracket
            }
            c if c.is_ascii_digit() || (c == '.' && self.sees("0123456789")) => {
                self.at = self.start;
                return self.number_or_duration().map(Some);
            }
            c if is_alpha(c) || c == ':' => return self.word_token(c).map(Some),
            c => return self.operator(c).map(Some),
        };
        Ok(Some(kind))
    }

    fn end_of_text(&self) -> Result<Option<TokenKind>, ParseError> {
        if self.open_parens > 0 {
            return self.error("unclosed left parenthesis");
        }
        if self.in_brackets {
            return self.error("unclosed left bracket");
        }
        Ok(Some(TokenKind::Eof))
    }

    fn paren(&mut self, c: char) -> Result<TokenKind, ParseError> {
        if c == '(' {
            self.open_parens += 1;
            return Ok(TokenKind::LeftParen);
        }
        match self.open_parens.checked_sub(1) {
            Some(open) => self.open_parens = open,
            None => return self.error_behind("unexpected right parenthesis ')'"),
        }
        Ok(TokenKind::RightParen)
    }

    fn open_bracket(&mut self) -> Result<TokenKind, ParseError> {
        if self.in_brackets {
            return self.error("unexpected left bracket '['");
        }
        self.seen_colon = false;
        self.in_brackets = true;
        self.in_duration = true;
        Ok(TokenKind::LeftBracket)
    }

    fn operator(&mut self, c: char) -> Result<TokenKind, ParseError> {
        let op = match c {
            '*' => BinaryOp::Mul,
            '/' => BinaryOp::Div,
            '%' => BinaryOp::Mod,
            '+' => BinaryOp::Add,
            '-' => BinaryOp::Sub,
            '^' => BinaryOp::Pow,
            '=' if self.sees("~") => return self.error("unexpected character after '=': '~'"),
            '=' if self.accept("=") => BinaryOp::Equal,
            '=' => return Ok(TokenKind::Assign),
            '!' if self.accept("=") => BinaryOp::NotEqual,
            '!' => {
                return self.error(format!("unexpected character after '!': {}", quoted_rune(self.peek())));
            }
            '<' if self.accept("=") => BinaryOp::LessOrEqual,
            '<' if self.accept("/") => BinaryOp::TrimUpper,
            '<' => BinaryOp::Less,
            '>' if self.accept("=") => BinaryOp::GreaterOrEqual,
            '>' if self.accept("/") => BinaryOp::TrimLower,
            '>' => BinaryOp::Greater,
            c => return self.error(format!("unexpected character: {}", quoted_rune(Some(c)))),
        };
        Ok(TokenKind::Binary(op))
    }

    /// A token that begins with a letter, an underscore or a colon.
    fn word_token(&mut self, first: char) -> Result<TokenKind, ParseError> {
        if !self.in_brackets {
            self.take_while(|c| is_alphanumeric(c) || c == ':');
            return Ok(self.keyword_or_identifier());
        }
        if first == ':' {
            if self.seen_colon {
                return self.error("unexpected colon ':'");
            }
            self.seen_colon = true;
            return Ok(TokenKind::Colon);
        }
        match self.duration_keyword() {
            Some(kind) => Ok(kind),
            None => self.error(format!("unexpected character: {}, expected ':'", quoted_rune(Some(first)))),
        }
    }

    fn keyword_or_identifier(&self) -> TokenKind {
        let word = self.word();
        match keyword(word) {
            Some(TokenKind::Keyword(Keyword::Fill | Keyword::FillLeft | Keyword::FillRight))
                if !self.text[self.at..].trim_start_matches(is_space).starts_with('(') =>
            {
                TokenKind::Identifier
            }
            Some(kind) => kind,
            None if word.contains(':') => TokenKind::MetricIdentifier,
            None => TokenKind::Identifier,
        }
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    }

    /// `step`, `range`, `max_of`, `min_of`; of the word one letter has been taken.
    fn duration_keyword(&mut self) -> Option<TokenKind> {
        self.take_while(is_alpha);
        match keyword(self.word()) {
            Some(TokenKind::Preprocessor(Preprocessor::Start | Preprocessor::End)) => None,
            Some(kind @ TokenKind::Preprocessor(_)) => Some(kind),
            _ => None,
        }
    }

    fn inside_duration(&mut self) -> Result<Option<TokenKind>, ParseError> {
        let Some(c) = self.bump() else {
            return self.error("unexpected end of input in duration expression");
        };
        let kind = match c {
            c if is_space(c) => return Ok(self.skip_space()),
            ']' => {
                self.in_brackets = false;
                self.in_duration = false;
                self.seen_colon = false;
                TokenKind::RightBracket
            }
            ':' if !self.seen_duration => {
                return self.error_behind("unexpected colon before duration in duration expression");
            }
            ':' if self.seen_colon => {
                return self.error_behind("unexpected repeated colon in duration expression");
            }
            ':' => {
                self.seen_colon = true;
                TokenKind::Colon
            }
            '(' | ')' => self.paren(c)?,
            ',' => TokenKind::Comma,
            '+' | '-' | '*' | '/' | '%' | '^' => self.operator(c)?,
            c if c.is_ascii_digit() || (c == '.' && self.sees("0123456789")) => {
                self.at = self.start;
                self.seen_duration = true;
                self.in_duration = false;
                self.number_or_duration()?
            }
            c if is_alpha(c) && "srm".contains(c.to_ascii_lowercase()) => match self.duration_keyword() {
                Some(kind) => kind,
                None => return self.unexpected_in_duration(c),
            },
            c => return self.unexpected_in_duration(c),
        };
        Ok(Some(kind))
    }

    fn unexpected_in_duration<T>(&self, c: char) -> Result<T, ParseError> {
        self.error(format!("unexpected character in duration expression: {}", quoted_rune(Some(c))))
    }

    fn inside_braces(&mut self) -> Result<Option<TokenKind>, ParseError> {
        let Some(c) = self.bump() else { return self.error("unexpected end of input inside braces") };
        let kind = match c {
            '#' => return Ok(self.skip_comment()),
            c if is_space(c) => return Ok(self.skip_space()),
            c if is_alpha(c) => {
                self.take_while(is_alphanumeric);
                TokenKind::Identifier
            }
            ',' => TokenKind::Comma,
            '"' | '\'' => self.quoted(c)?,
            '`' => self.raw()?,
            '=' if self.accept("~") => TokenKind::EqualRegex,
            '=' => TokenKind::Assign,
            '!' if self.accept("~") => TokenKind::NotRegex,
            '!' if self.accept("=") => TokenKind::Binary(BinaryOp::NotEqual),
            '!' => {
                let next = quoted_rune(self.peek());
                return self.error(format!("unexpected character after '!' inside braces: {next}"));
            }
            '{' => return self.error("unexpected left brace '{'"),
            '}' => {
                self.in_braces = false;
                TokenKind::RightBrace
            }
            c => {
                return self.error(format!("unexpected character inside braces: {}", quoted_rune(Some(c))));
            }
        };
        Ok(Some(kind))
    }
}

// === impl Token ===

impl Token {
    /// As error messages name it.
    pub(crate) fn describe(self, text: &str) -> String {
        let word = text.get(self.span.start..self.span.end).unwrap_or("");
        match self.kind {
            TokenKind::Eof => "end of input".to_owned(),
            TokenKind::Identifier => format!("identifier {}", Quoted(word)),
            TokenKind::MetricIdentifier => format!("metric identifier {}", Quoted(word)),
            TokenKind::Text => format!("string {}", shortened(word)),
            TokenKind::Number => format!("number {}", shortened(word)),
            TokenKind::Duration => format!("duration {}", shortened(word)),
            TokenKind::Keyword(_) => format!("<{word}>"),
            TokenKind::Binary(_) | TokenKind::At | TokenKind::EqualRegex | TokenKind::NotRegex => {
                format!("<op:{word}>")
            }
            TokenKind::Aggregate(_) => format!("<aggr:{word}>"),
            _ => shortened(word),
        }
    }

    /// Whether the token may stand as a metric name before braces.
    pub(crate) fn is_metric_name(self) -> bool {
        use Keyword::{Anchored, By, Fill, FillLeft, FillRight, Offset, Smoothed, Without};
        match self.kind {
            TokenKind::Identifier
            | TokenKind::MetricIdentifier
            | TokenKind::Aggregate(_)
            | TokenKind::Preprocessor(_) => true,
            TokenKind::Binary(op) => op.is_set_operator(),
            TokenKind::Keyword(keyword) => {
                matches!(keyword, Anchored | By | Fill | FillLeft | FillRight | Offset | Smoothed | Without)
            }
            _ => false,
        }
    }

    /// Whether the token may stand bare as a label in `by (…)`, `on (…)` and the like.
    pub(crate) fn is_grouping_label(self) -> bool {
        match self.kind {
            TokenKind::Identifier
            | TokenKind::MetricIdentifier
            | TokenKind::Aggregate(_)
            | TokenKind::Preprocessor(_) => true,
            TokenKind::Binary(op) => op.is_set_operator() || op == BinaryOp::Atan2,
            TokenKind::Keyword(keyword) => keyword != Keyword::Without,
            _ => false,
        }
    }

    /// Whether an expression may begin with the token.
    pub(crate) fn starts_expression(self) -> bool {
        use TokenKind::{Duration, LeftBrace, LeftParen, Number, Text};
        matches!(self.kind, LeftBrace | LeftParen | Number | Duration | Text)
            || self.is_sign()
            || self.is_metric_name()
    }

    /// Whether the token is `+` or `-`.
    pub(crate) fn is_sign(self) -> bool {
        matches!(self.kind, TokenKind::Binary(BinaryOp::Add | BinaryOp::Sub))
    }
}

/// What a word means, whatever its case.
fn keyword(word: &str) -> Option<TokenKind> {
    use TokenKind::{Aggregate, Binary, Keyword as Key, Preprocessor as Pre};
    if word.len() > "count_values".len() {
        return None;
    }
    Some(match word.to_ascii_lowercase().as_str() {
        "and" => Binary(BinaryOp::And),
        "or" => Binary(BinaryOp::Or),
        "unless" => Binary(BinaryOp::Unless),
        "atan2" => Binary(BinaryOp::Atan2),
        "sum" => Aggregate(AggregateOp::Sum),
        "avg" => Aggregate(AggregateOp::Avg),
        "count" => Aggregate(AggregateOp::Count),
        "min" => Aggregate(AggregateOp::Min),
        "max" => Aggregate(AggregateOp::Max),
        "group" => Aggregate(AggregateOp::Group),
        "stddev" => Aggregate(AggregateOp::Stddev),
        "stdvar" => Aggregate(AggregateOp::Stdvar),
        "topk" => Aggregate(AggregateOp::Topk),
        "bottomk" => Aggregate(AggregateOp::Bottomk),
        "count_values" => Aggregate(AggregateOp::CountValues),
        "quantile" => Aggregate(AggregateOp::Quantile),
        "limitk" => Aggregate(AggregateOp::Limitk),
        "limit_ratio" => Aggregate(AggregateOp::LimitRatio),
        "offset" => Key(Keyword::Offset),
        "smoothed" => Key(Keyword::Smoothed),
        "anchored" => Key(Keyword::Anchored),
        "by" => Key(Keyword::By),
        "without" => Key(Keyword::Without),
        "on" => Key(Keyword::On),
        "ignoring" => Key(Keyword::Ignoring),
        "group_left" => Key(Keyword::GroupLeft),
        "group_right" => Key(Keyword::GroupRight),
        "fill" => Key(Keyword::Fill),
        "fill_left" => Key(Keyword::FillLeft),
        "fill_right" => Key(Keyword::FillRight),
        "bool" => Key(Keyword::Bool),
        "start" => Pre(Preprocessor::Start),
        "end" => Pre(Preprocessor::End),
        "step" => Pre(Preprocessor::Step),
        "range" => Pre(Preprocessor::Range),
        "max_of" => Pre(Preprocessor::MaxOf),
        "min_of" => Pre(Preprocessor::MinOf),
        "inf" | "nan" => TokenKind::Number,
        _ => return None,
    })
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_alpha(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic()
}

fn is_alphanumeric(c: char) -> bool {
    is_alpha(c) || c.is_ascii_digit()
}

/// The word in quotes, cut after ten characters.
fn shortened(word: &str) -> String {
    match word.char_indices().nth(10) {
        Some((cut, _)) => format!("{}...", Quoted(&word[..cut])),
        None if word.len() > 10 => format!("{}...", Quoted(word)),
        None => Quoted(word).to_string(),
    }
}

/// A character as Go's `%q` writes it; the end of the text is `'�'`, as there.
fn quoted_rune(c: Option<char>) -> String {
    match c {
        None => "'\u{fffd}'".to_owned(),
        Some('\'') => r"'\''".to_owned(),
        Some('"') => "'\"'".to_owned(),
        Some(c) => {
            let quoted = Quoted(c.encode_utf8(&mut [0; 4])).to_string();
            format!("'{}'", quoted.trim_matches('"'))
        }
    }
}
