//! Query text to tree: a Pratt parser by hand, complete for the grammar of Prometheus 3.14.
//!
//! # Guarantees
//! - Any text gives a tree or an error; deep nesting and long chains are bounded by [`MAX_HEIGHT`], so that
//!   whoever walks a tree recursively is safe too.
//! - A tree that is handed out is checked in types, counts of arguments and matchers.
//! - Errors have Prometheus' words and positions (`promql/parser/parse.go` and `generated_parser.y` of 3.14).

use std::fmt;

use model::{Labels, Matcher};

use crate::ast::{Expr, ExprKind, Span};
use crate::lexer::{Lexer, Token, TokenKind};

mod check;
mod duration;
mod expression;
mod selector;
mod series;

pub use series::{SequenceValue, SeriesDescription};

/// The greatest height of a tree, each operator, call and parenthesis counted.
pub const MAX_HEIGHT: usize = 400;

/// Which parts of the language are taken that Prometheus keeps behind flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Functions and aggregations marked as experimental: `promql-experimental-functions`.
    pub experimental_functions: bool,
    /// Arithmetic in ranges, offsets and steps; on since Prometheus 3.14.
    pub duration_expressions: bool,
    /// `anchored` and `smoothed`: `promql-extended-range-selectors`.
    pub extended_range_selectors: bool,
    /// `fill`, `fill_left`, `fill_right`: `promql-binop-fill-modifiers`.
    pub fill_modifiers: bool,
}

/// Why a text is no valid query. Printed as Prometheus does: `1:8: parse error: unexpected …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Where in the text, in bytes.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// The line of the span's start, counted from 1; 0 if the text is empty.
    pub line: usize,
    /// The column of the span's start within its line, counted from 1 in bytes.
    pub column: usize,
}

/// Parses a query with the features that Prometheus 3.14 has on by default.
pub fn parse(text: &str) -> Result<Expr, ParseError> {
    parse_with(text, &Features::default())
}

/// Parses a query.
pub fn parse_with(text: &str, features: &Features) -> Result<Expr, ParseError> {
    let mut parser = Parser::new(text, *features);
    if parser.peek()?.kind == TokenKind::Eof {
        return Err(ParseError::new(text, Span::default(), "no expression found in input"));
    }
    let mut built = parser.expression(0)?;
    let token = parser.peek()?;
    if token.kind != TokenKind::Eof {
        return Err(parser.unexpected(token));
    }
    check::check(text, &mut built.expr)?;
    Ok(built.expr)
}

/// Parses one series selector, as `match[]` has it: no range, offset or `@`. Unlike in a query it may have
/// only matchers that an absent label passes; the API refuses these itself.
pub fn parse_selector(text: &str) -> Result<Vec<Matcher>, ParseError> {
    let mut parser = Parser::new(text, Features::default());
    let token = parser.peek()?;
    if token.kind != TokenKind::LeftBrace && !token.is_metric_name() {
        return Err(parser.unexpected(token));
    }
    let selector = parser.vector_selector()?;
    let token = parser.peek()?;
    if token.kind != TokenKind::Eof {
        return Err(parser.unexpected(token));
    }
    match selector.expr.kind {
        ExprKind::Vector(vector) => Ok(vector.matchers),
        _ => Ok(Vec::new()),
    }
}

/// Parses the labels of one series, such as `up{job="a"}`.
pub fn parse_metric(text: &str) -> Result<Labels, ParseError> {
    let mut parser = Parser::new(text, Features::default());
    let labels = parser.metric()?;
    let token = parser.peek()?;
    if token.kind != TokenKind::Eof {
        return Err(parser.unexpected(token));
    }
    Ok(labels)
}

/// Parses a series and its values in the notation of Prometheus' tests, such as `up{job="a"} 1+1x4 _ stale`.
///
/// Native histograms are written as `{{schema:1 sum:3 count:22 buckets:[5 10 7]}}`.
pub fn parse_series_description(text: &str) -> Result<SeriesDescription, ParseError> {
    series::parse(text)
}

// === impl Features ===

impl Features {
    /// Everything that the parser knows.
    pub const ALL: Features = Features {
        experimental_functions: true,
        duration_expressions: true,
        extended_range_selectors: true,
        fill_modifiers: true,
    };
}

impl Default for Features {
    fn default() -> Features {
        Features {
            experimental_functions: false,
            duration_expressions: true,
            extended_range_selectors: false,
            fill_modifiers: false,
        }
    }
}

// === impl ParseError ===

impl ParseError {
    pub(crate) fn new(text: &str, span: Span, message: impl Into<String>) -> ParseError {
        let before = &text.as_bytes()[..span.start.min(text.len())];
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let lines = before.iter().filter(|b| **b == b'\n').count() + 1;
        ParseError {
            span,
            message: message.into(),
            line: if text.is_empty() { 0 } else { lines },
            column: before.len() - line_start + 1,
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return write!(f, "unknown position: parse error: {}", self.message);
        }
        write!(f, "{}:{}: parse error: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

/// An expression and the height of its tree.
struct Built {
    expr: Expr,
    height: usize,
}

/// Reads tokens with one token of lookahead.
struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    ahead: Option<Token>,
    /// Where the last token that was taken ends.
    taken: usize,
    features: Features,
    /// How many expressions are open above the current one.
    depth: usize,
    /// How many aggregations are open: an unexpected token is reported as being in one.
    aggregations: usize,
}

// === impl Parser ===

impl<'a> Parser<'a> {
    fn new(text: &'a str, features: Features) -> Parser<'a> {
        Parser { text, lexer: Lexer::new(text), ahead: None, taken: 0, features, depth: 0, aggregations: 0 }
    }

    fn peek(&mut self) -> Result<Token, ParseError> {
        match self.ahead {
            Some(token) => Ok(token),
            None => {
                let token = self.lexer.next_token()?;
                self.ahead = Some(token);
                Ok(token)
            }
        }
    }

    fn advance(&mut self) -> Result<Token, ParseError> {
        let token = self.peek()?;
        self.ahead = None;
        self.taken = token.span.end;
        Ok(token)
    }

    /// Takes the next token if it is of that kind.
    fn accept(&mut self, kind: TokenKind) -> Result<Option<Token>, ParseError> {
        let token = self.peek()?;
        if token.kind == kind { self.advance().map(Some) } else { Ok(None) }
    }

    /// Takes the next token, which must be of that kind.
    fn expect(&mut self, kind: TokenKind) -> Result<Token, ParseError> {
        let token = self.advance()?;
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(token)) }
    }

    fn word(&self, token: Token) -> &'a str {
        &self.text[token.span.start..token.span.end]
    }

    fn error(&self, span: Span, message: impl Into<String>) -> ParseError {
        ParseError::new(self.text, span, message)
    }

    fn unexpected(&self, token: Token) -> ParseError {
        let place = if self.aggregations > 0 { " in aggregation" } else { "" };
        self.error(token.span, format!("unexpected {}{place}", token.describe(self.text)))
    }

    fn unexpected_in(&self, token: Token, place: &str, expected: &str) -> ParseError {
        let found = token.describe(self.text);
        self.error(token.span, format!("unexpected {found} in {place}, expected {expected}"))
    }

    /// Enters a level of nesting, which the caller must leave by taking 1 from `depth`.
    fn descend(&mut self) -> Result<(), ParseError> {
        self.depth += 1;
        if self.depth <= MAX_HEIGHT {
            return Ok(());
        }
        let token = self.peek()?;
        Err(self.too_high(token.span))
    }

    fn too_high(&self, span: Span) -> ParseError {
        self.error(span, format!("expression is nested deeper than {MAX_HEIGHT} levels; split it"))
    }

    fn build(&self, kind: ExprKind, span: Span, height: usize) -> Result<Built, ParseError> {
        if height > MAX_HEIGHT {
            Err(self.too_high(span))
        } else {
            Ok(Built { expr: Expr { kind, span }, height })
        }
    }
}

#[cfg(test)]
mod tests;
