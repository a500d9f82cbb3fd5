//! Durations in ranges, steps and offsets: literals and expressions.

use crate::ast::{BinaryOp, DurationExpr, QueryDuration, Span};
use crate::lexer::{Preprocessor, Token, TokenKind};
use crate::parser::{MAX_HEIGHT, ParseError, Parser};
use model::Duration;

/// Go holds durations as nanoseconds in 64 bits; this many seconds fit.
const LIMIT_SECONDS: f64 = 9_223_372_036.854_776;

/// A duration expression, where it stands, and the height of its tree.
struct Term {
    expr: DurationExpr,
    span: Span,
    height: usize,
}

/// Where a duration stands, for messages: place and what is expected.
#[derive(Clone, Copy)]
struct Place<'p>(&'p str, &'p str);

impl Parser<'_> {
    /// The duration after `[` or `:`; a literal must be positive.
    pub(super) fn positive_duration(
        &mut self,
        place: &str,
        expected: &str,
    ) -> Result<QueryDuration, ParseError> {
        let term = self.duration(Place(place, expected), 0)?;
        if let DurationExpr::Literal { seconds, .. } = term.expr
            && seconds <= 0.0
        {
            return Err(self.error(term.span, "duration must be greater than 0"));
        }
        Ok(query_duration(term.expr))
    }

    /// The duration after `offset`. An operator behind it belongs to it only if it begins with a parenthesis
    /// or two signs: `offset -2^2` is `(offset -2)^2`.
    pub(super) fn offset_duration(&mut self) -> Result<QueryDuration, ParseError> {
        let place = Place("offset", "number, duration, step(), or range()");
        let first = self.peek()?;
        if !first.is_sign() {
            let term = match first.kind {
                TokenKind::LeftParen => self.duration(place, 0)?,
                _ => self.duration_term(place)?,
            };
            return Ok(query_duration(enclosed(term.expr)));
        }
        self.advance()?;
        let second = self.peek()?;
        let term = if second.is_sign() {
            let inner = self.duration(place, POWER)?;
            let left = self.signed(first, inner)?;
            self.duration_operators(place, left, 0)?
        } else {
            let inner = self.duration_term(place)?;
            self.signed(first, inner)?
        };
        Ok(query_duration(enclosed(term.expr)))
    }

    /// A duration expression whose operators bind at least as strongly as `weakest`.
    fn duration(&mut self, place: Place<'_>, weakest: u8) -> Result<Term, ParseError> {
        self.descend()?;
        let token = self.peek()?;
        let left = if token.is_sign() {
            self.advance()?;
            let inner = self.duration(place, POWER)?;
            self.signed(token, inner)?
        } else {
            self.duration_term(place)?
        };
        let term = self.duration_operators(place, left, weakest)?;
        self.depth -= 1;
        Ok(term)
    }

    fn duration_operators(&mut self, place: Place<'_>, left: Term, weakest: u8) -> Result<Term, ParseError> {
        let mut left = left;
        loop {
            let token = self.peek()?;
            let TokenKind::Binary(op) = token.kind else { break };
            let Some(strength) = strength(op).filter(|strength| *strength >= weakest) else { break };
            self.advance()?;
            let right = self.duration(place, if op == BinaryOp::Pow { strength } else { strength + 1 })?;
            self.duration_expressions_enabled(left.span)?;
            if matches!(right.expr, DurationExpr::Literal { seconds: 0.0, .. }) {
                match op {
                    BinaryOp::Div => return Err(self.error(token.span, "division by zero")),
                    BinaryOp::Mod => return Err(self.error(token.span, "modulo by zero")),
                    _ => {}
                }
            }
            let span = Span { start: left.span.start, end: right.span.end };
            let height = left.height.max(right.height) + 1;
            if height > MAX_HEIGHT {
                return Err(self.too_high(span));
            }
            let (a, b) = (Box::new(left.expr), Box::new(right.expr));
            left = Term { expr: DurationExpr::Binary { op, left: a, right: b }, span, height };
        }
        Ok(left)
    }

    /// A literal, `step()`, `range()`, `min_of(…)`, `max_of(…)` or an expression in parentheses.
    fn duration_term(&mut self, place: Place<'_>) -> Result<Term, ParseError> {
        let token = self.advance()?;
        if let Some((seconds, as_duration)) = self.number(token)? {
            self.in_range(seconds, token.span)?;
            let expr = DurationExpr::Literal { seconds, as_duration };
            return Ok(Term { expr, span: token.span, height: 1 });
        }
        let (expr, height) = match token.kind {
            TokenKind::LeftParen => {
                let inner = self.duration(place, 0)?;
                self.duration_token(TokenKind::RightParen, place)?;
                self.duration_expressions_enabled(inner.span)?;
                match inner.expr {
                    same @ (DurationExpr::Literal { .. } | DurationExpr::Paren(_)) => (same, inner.height),
                    other => (DurationExpr::Paren(Box::new(other)), inner.height + 1),
                }
            }
            TokenKind::Preprocessor(which @ (Preprocessor::Step | Preprocessor::Range)) => {
                self.duration_token(TokenKind::LeftParen, place)?;
                self.duration_token(TokenKind::RightParen, place)?;
                self.duration_expressions_enabled(token.span)?;
                (if which == Preprocessor::Step { DurationExpr::Step } else { DurationExpr::Range }, 1)
            }
            TokenKind::Preprocessor(which @ (Preprocessor::MinOf | Preprocessor::MaxOf)) => {
                self.duration_token(TokenKind::LeftParen, place)?;
                let a = self.duration(place, 0)?;
                self.duration_token(TokenKind::Comma, place)?;
                let b = self.duration(place, 0)?;
                self.duration_token(TokenKind::RightParen, place)?;
                self.duration_expressions_enabled(token.span)?;
                let height = a.height.max(b.height) + 1;
                let (a, b) = (Box::new(a.expr), Box::new(b.expr));
                let smaller = which == Preprocessor::MinOf;
                (if smaller { DurationExpr::MinOf(a, b) } else { DurationExpr::MaxOf(a, b) }, height)
            }
            _ => return Err(self.unexpected_in(token, place.0, place.1)),
        };
        Ok(Term { expr, span: Span { start: token.span.start, end: self.taken }, height })
    }

    fn duration_token(&mut self, kind: TokenKind, place: Place<'_>) -> Result<(), ParseError> {
        let token = self.advance()?;
        if token.kind == kind { Ok(()) } else { Err(self.unexpected_in(token, place.0, place.1)) }
    }

    fn duration_expressions_enabled(&self, span: Span) -> Result<(), ParseError> {
        if self.features.duration_expressions {
            return Ok(());
        }
        Err(self.error(span, "experimental duration expression is not enabled"))
    }

    fn signed(&self, sign: Token, term: Term) -> Result<Term, ParseError> {
        let span = Span { start: sign.span.start, end: term.span.end };
        let negate = sign.kind == TokenKind::Binary(BinaryOp::Sub);
        let height = term.height + 1;
        let expr = match term.expr {
            DurationExpr::Literal { seconds, as_duration } => {
                let seconds = if negate { -seconds } else { seconds };
                self.in_range(seconds, sign.span)?;
                DurationExpr::Literal { seconds, as_duration }
            }
            other if negate => DurationExpr::Unary { negate, expr: Box::new(other) },
            other => other,
        };
        Ok(Term { expr, span, height })
    }

    fn in_range(&self, seconds: f64, span: Span) -> Result<(), ParseError> {
        if seconds.abs() <= LIMIT_SECONDS { Ok(()) } else { Err(self.error(span, "duration out of range")) }
    }
}

const POWER: u8 = 3;

fn strength(op: BinaryOp) -> Option<u8> {
    match op {
        BinaryOp::Add | BinaryOp::Sub => Some(1),
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod => Some(2),
        BinaryOp::Pow => Some(POWER),
        _ => None,
    }
}

/// An offset's operators in parentheses, so that the printed offset reads the same again.
fn enclosed(expr: DurationExpr) -> DurationExpr {
    match expr {
        DurationExpr::Binary { .. } => DurationExpr::Paren(Box::new(expr)),
        other => other,
    }
}

/// Literals are known now, down to the millisecond; the rest is computed when step and range are known.
fn query_duration(expr: DurationExpr) -> QueryDuration {
    match expr {
        DurationExpr::Literal { seconds, .. } => {
            let nanoseconds = (seconds * 1e9).round() as i64;
            QueryDuration::Fixed(Duration(nanoseconds / 1_000_000))
        }
        other => QueryDuration::Computed(Box::new(other)),
    }
}
