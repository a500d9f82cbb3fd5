//! Selectors and what may follow an expression: ranges, `offset`, `@`, `anchored`, `smoothed`.

use crate::ast::{
    At, Expr, ExprKind, Extension, MatrixSelector, QueryDuration, Span, Subquery, VectorSelector,
};
use crate::lexer::{Keyword, Preprocessor, Token, TokenKind, unquote};
use crate::parser::{Built, ParseError, Parser};
use model::labels::METRIC_NAME;
use model::value::PlainFloat;
use model::{Duration, Labels, LabelsBuilder, MatchOp, Matcher, Timestamp};

const RANGE_OF_OTHER: &str = "ranges only allowed for vector selectors";

impl Parser<'_> {
    /// `name{…}`, `name` or `{…}`.
    pub(super) fn vector_selector(&mut self) -> Result<Built, ParseError> {
        let token = self.peek()?;
        if token.kind == TokenKind::LeftBrace {
            return self.braced_selector(None, token.span.start);
        }
        self.advance()?;
        self.named_selector(token)
    }

    /// A selector whose name has been taken.
    pub(super) fn named_selector(&mut self, name: Token) -> Result<Built, ParseError> {
        let word = self.word(name).to_owned();
        if self.peek()?.kind == TokenKind::LeftBrace {
            return self.braced_selector(Some(word), name.span.start);
        }
        self.selector(Some(word), Vec::new(), name.span)
    }

    fn braced_selector(&mut self, name: Option<String>, start: usize) -> Result<Built, ParseError> {
        let matchers = self.label_matchers()?;
        let end = self.taken;
        self.selector(name, matchers, Span { start, end })
    }

    fn selector(
        &self,
        name: Option<String>,
        mut matchers: Vec<Matcher>,
        span: Span,
    ) -> Result<Built, ParseError> {
        if let Some(name) = &name {
            matchers.push(Matcher::equal(METRIC_NAME, name));
        }
        let (offset, at, extension) = (QueryDuration::Fixed(Duration::ZERO), None, None);
        let selector = VectorSelector { name, matchers, offset, at, extension };
        self.build(ExprKind::Vector(selector), span, 1)
    }

    fn label_matchers(&mut self) -> Result<Vec<Matcher>, ParseError> {
        self.expect(TokenKind::LeftBrace)?;
        let mut matchers = Vec::new();
        while self.accept(TokenKind::RightBrace)?.is_none() {
            matchers.push(self.label_matcher()?);
            self.separator("label matching")?;
        }
        Ok(matchers)
    }

    /// A comma, or the closing brace, which is not taken.
    fn separator(&mut self, place: &str) -> Result<(), ParseError> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::Comma => self.advance().map(|_| ()),
            TokenKind::RightBrace => Ok(()),
            _ => Err(self.unexpected_in(token, place, "\",\" or \"}\"")),
        }
    }

    fn label_matcher(&mut self) -> Result<Matcher, ParseError> {
        const PLACE: &str = "label matching";
        let label = self.advance()?;
        let name = match label.kind {
            TokenKind::Identifier => self.word(label).to_owned(),
            TokenKind::Text => unquote(self.word(label)),
            _ => return Err(self.unexpected_in(label, PLACE, "identifier or \"}\"")),
        };
        let token = self.peek()?;
        let op = match token.kind {
            TokenKind::Assign => MatchOp::Equal,
            TokenKind::Binary(crate::ast::BinaryOp::NotEqual) => MatchOp::NotEqual,
            TokenKind::EqualRegex => MatchOp::Regex,
            TokenKind::NotRegex => MatchOp::NotRegex,
            _ if label.kind == TokenKind::Text => return Ok(Matcher::equal(METRIC_NAME, name)),
            _ => return Err(self.unexpected_in(token, PLACE, "label matching operator")),
        };
        self.advance()?;
        let value = self.advance()?;
        if value.kind != TokenKind::Text {
            return Err(self.unexpected_in(value, PLACE, "string"));
        }
        let span = Span { start: label.span.start, end: value.span.end };
        Matcher::new(op, name, unquote(self.word(value))).map_err(|why| self.error(span, why.to_string()))
    }

    /// The labels of one series: `name{a="b"}`.
    pub(super) fn metric(&mut self) -> Result<Labels, ParseError> {
        const PLACE: &str = "label set";
        let mut labels = LabelsBuilder::default();
        let token = self.peek()?;
        let name = token.is_metric_name().then(|| self.word(token));
        if name.is_some() {
            self.advance()?;
        }
        if self.accept(TokenKind::LeftBrace)?.is_some() {
            while self.accept(TokenKind::RightBrace)?.is_none() {
                let label = self.advance()?;
                let key = match label.kind {
                    TokenKind::Identifier => self.word(label).to_owned(),
                    TokenKind::Text => unquote(self.word(label)),
                    _ => return Err(self.unexpected_in(label, PLACE, "identifier or \"}\"")),
                };
                if self.accept(TokenKind::Assign)?.is_some() {
                    let value = self.advance()?;
                    if value.kind != TokenKind::Text {
                        return Err(self.unexpected_in(value, PLACE, "string"));
                    }
                    labels.set(key, unquote(self.word(value)));
                } else if label.kind == TokenKind::Text {
                    labels.set(METRIC_NAME, key);
                } else {
                    let token = self.peek()?;
                    return Err(self.unexpected_in(token, PLACE, "\"=\""));
                }
                self.separator(PLACE)?;
            }
        }
        if let Some(name) = name {
            labels.set(METRIC_NAME, name);
        }
        Ok(labels.build())
    }

    /// Everything that may follow a primary expression.
    pub(super) fn postfix(&mut self, mut built: Built) -> Result<Built, ParseError> {
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::LeftBracket => built = self.range(built)?,
                TokenKind::At => {
                    self.advance()?;
                    self.at(&mut built.expr)?;
                }
                TokenKind::Keyword(Keyword::Offset) => {
                    self.advance()?;
                    let offset = self.offset_duration()?;
                    self.set_offset(&mut built.expr, offset)?;
                }
                TokenKind::Keyword(Keyword::Anchored) => {
                    self.advance()?;
                    self.extend(&mut built.expr, Extension::Anchored)?;
                }
                TokenKind::Keyword(Keyword::Smoothed) => {
                    self.advance()?;
                    self.extend(&mut built.expr, Extension::Smoothed)?;
                }
                _ => return Ok(built),
            }
        }
    }

    /// `[range]` or `[range:step]` after an expression.
    fn range(&mut self, built: Built) -> Result<Built, ParseError> {
        let open = self.advance()?;
        let range =
            self.positive_duration("subquery or range selector", "number, duration, step(), or range()")?;
        let token = self.advance()?;
        match token.kind {
            TokenKind::RightBracket => {
                let brackets = Span { start: open.span.start, end: token.span.end };
                self.matrix(built, range, brackets)
            }
            TokenKind::Colon => self.subquery(built, range),
            _ => Err(self.unexpected_in(token, "subquery or range", "\":\" or \"]\"")),
        }
    }

    fn matrix(&self, built: Built, range: QueryDuration, brackets: Span) -> Result<Built, ParseError> {
        let ExprKind::Vector(selector) = built.expr.kind else {
            return Err(self.error(brackets, RANGE_OF_OTHER));
        };
        if matches!(selector.offset, QueryDuration::Fixed(offset) if offset != Duration::ZERO) {
            return Err(self.error(brackets, "no offset modifiers allowed before range"));
        }
        if matches!(selector.at, Some(At::Time(_))) {
            return Err(self.error(brackets, "no @ modifiers allowed before range"));
        }
        let span = Span { start: built.expr.span.start, end: brackets.end };
        let matrix = MatrixSelector { selector: Box::new(selector), range };
        self.build(ExprKind::Matrix(matrix), span, built.height + 1)
    }

    fn subquery(&mut self, built: Built, range: QueryDuration) -> Result<Built, ParseError> {
        const PLACE: &str = "subquery selector";
        let mut step = None;
        if self.peek()?.kind != TokenKind::RightBracket {
            let written = self.positive_duration(PLACE, "number, duration, step(), range(), or \"]\"")?;
            step = Some(match written {
                // A step of less than a millisecond is one.
                QueryDuration::Fixed(span) => QueryDuration::Fixed(span.max(Duration(1))),
                computed => computed,
            });
        }
        let close = self.advance()?;
        if close.kind != TokenKind::RightBracket {
            return Err(self.unexpected_in(close, PLACE, "\"]\""));
        }
        let span = Span { start: built.expr.span.start, end: close.span.end };
        let offset = QueryDuration::Fixed(Duration::ZERO);
        let subquery = Subquery { expr: built.expr, range, step, offset, at: None };
        self.build(ExprKind::Subquery(Box::new(subquery)), span, built.height + 1)
    }

    /// `@ 5`, `@ start()` or `@ end()`; the `@` has been taken.
    fn at(&mut self, expr: &mut Expr) -> Result<(), ParseError> {
        let first = self.peek()?;
        let at = match first.kind {
            TokenKind::Preprocessor(which @ (Preprocessor::Start | Preprocessor::End)) => {
                self.advance()?;
                for kind in [TokenKind::LeftParen, TokenKind::RightParen] {
                    let token = self.advance()?;
                    if token.kind != kind {
                        return Err(self.unexpected_in(token, "@", "timestamp"));
                    }
                }
                if which == Preprocessor::Start { At::Start } else { At::End }
            }
            _ => {
                let negate = self.sign()?;
                let token = self.advance()?;
                let number = self.number(token)?;
                let (seconds, _) = number.ok_or_else(|| self.unexpected_in(token, "@", "timestamp"))?;
                At::Time(self.timestamp(if negate { -seconds } else { seconds }, expr.span)?)
            }
        };
        let end = self.taken;
        let span = expr.span;
        let place = match &mut expr.kind {
            ExprKind::Vector(selector) => &mut selector.at,
            ExprKind::Matrix(matrix) => &mut matrix.selector.at,
            ExprKind::Subquery(subquery) => &mut subquery.at,
            _ => {
                let message = "@ modifier must be preceded by an instant vector selector or range vector \
                               selector or a subquery";
                return Err(self.error(span, message));
            }
        };
        if place.is_some() {
            return Err(self.error(span, "@ <timestamp> may not be set multiple times"));
        }
        *place = Some(at);
        expr.span.end = end;
        Ok(())
    }

    fn timestamp(&self, seconds: f64, span: Span) -> Result<Timestamp, ParseError> {
        let limit = i64::MAX as f64;
        if seconds.is_finite() && seconds < limit && seconds > -limit {
            return Ok(Timestamp::from_seconds(seconds));
        }
        let point = if seconds.is_finite() { ".000000" } else { "" };
        let message = format!("timestamp out of bounds for @ modifier: {}{point}", PlainFloat(seconds));
        Err(self.error(span, message))
    }

    fn set_offset(&self, expr: &mut Expr, offset: QueryDuration) -> Result<(), ParseError> {
        let span = expr.span;
        let place = match &mut expr.kind {
            ExprKind::Vector(selector) => &mut selector.offset,
            ExprKind::Matrix(matrix) => &mut matrix.selector.offset,
            ExprKind::Subquery(subquery) => &mut subquery.offset,
            _ => {
                let message = "offset modifier must be preceded by an instant vector selector or range vector \
                               selector or a subquery";
                return Err(self.error(span, message));
            }
        };
        if *place != QueryDuration::Fixed(Duration::ZERO) {
            return Err(self.error(span, "offset may not be set multiple times"));
        }
        *place = offset;
        expr.span.end = self.taken;
        Ok(())
    }

    fn extend(&self, expr: &mut Expr, extension: Extension) -> Result<(), ParseError> {
        let word = extension.as_str();
        let span = expr.span;
        if !self.features.extended_range_selectors {
            return Err(self.error(span, format!("{word} modifier is experimental and not enabled")));
        }
        let place = match &mut expr.kind {
            ExprKind::Vector(selector) => &mut selector.extension,
            ExprKind::Matrix(matrix) => &mut matrix.selector.extension,
            ExprKind::Subquery(_) => {
                return Err(self.error(span, format!("{word} modifier is not supported for subqueries")));
            }
            _ => return Err(self.error(span, format!("{word} modifier not implemented"))),
        };
        if place.is_some_and(|set| set != extension) {
            return Err(self.error(span, "anchored and smoothed modifiers cannot be used together"));
        }
        *place = Some(extension);
        Ok(())
    }
}
