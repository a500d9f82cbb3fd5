//! Operators, calls, aggregations and literals.

use crate::ast::{
    Aggregate, AggregateOp, Binary, BinaryOp, Call, Cardinality, Expr, ExprKind, Span, VectorMatching,
};
use crate::functions;
use crate::lexer::{Keyword, Token, TokenKind, parse_number, unquote};
use crate::parser::{Built, ParseError, Parser};
use model::Duration;
use model::labels::Quoted;

/// How strongly `^` and a sign bind: a sign stands between `*` and `^`.
const POWER: u8 = 6;

/// What may stand between a binary operator and its right operand.
struct Modifiers {
    return_bool: bool,
    matching: VectorMatching,
}

impl Parser<'_> {
    /// An expression whose operators bind at least as strongly as `weakest`.
    pub(super) fn expression(&mut self, weakest: u8) -> Result<Built, ParseError> {
        self.descend()?;
        let mut left = self.operand()?;
        loop {
            let token = self.peek()?;
            let TokenKind::Binary(op) = token.kind else { break };
            let strength = strength(op);
            if strength < weakest {
                break;
            }
            self.advance()?;
            let modifiers = self.modifiers()?;
            let right = self.expression(if op == BinaryOp::Pow { strength } else { strength + 1 })?;
            left = self.binary(left, op, modifiers, right)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn binary(
        &self,
        left: Built,
        op: BinaryOp,
        modifiers: Modifiers,
        right: Built,
    ) -> Result<Built, ParseError> {
        let span = Span { start: left.expr.span.start, end: right.expr.span.end };
        let filled = modifiers.matching.fill_left.is_some() || modifiers.matching.fill_right.is_some();
        if filled && !self.features.fill_modifiers {
            return Err(self.error(span, "binop fill modifiers are experimental and not enabled"));
        }
        let height = left.height.max(right.height) + 1;
        let binary = Binary {
            op,
            left: left.expr,
            right: right.expr,
            return_bool: modifiers.return_bool,
            matching: Some(modifiers.matching),
        };
        self.build(ExprKind::Binary(Box::new(binary)), span, height)
    }

    /// `bool`, `on (…)` or `ignoring (…)`, `group_left (…)` or `group_right (…)`, `fill (…)`.
    fn modifiers(&mut self) -> Result<Modifiers, ParseError> {
        let return_bool = self.accept(TokenKind::Keyword(Keyword::Bool))?.is_some();
        let mut matching = VectorMatching {
            cardinality: Cardinality::OneToOne,
            on: false,
            labels: Vec::new(),
            include: Vec::new(),
            fill_left: None,
            fill_right: None,
        };
        if let TokenKind::Keyword(keyword @ (Keyword::On | Keyword::Ignoring)) = self.peek()?.kind {
            self.advance()?;
            matching.on = keyword == Keyword::On;
            matching.labels = self.grouping_labels()?;
            if let TokenKind::Keyword(side @ (Keyword::GroupLeft | Keyword::GroupRight)) = self.peek()?.kind {
                self.advance()?;
                let many_left = side == Keyword::GroupLeft;
                matching.cardinality =
                    if many_left { Cardinality::ManyToOne } else { Cardinality::OneToMany };
                let next = self.peek()?;
                if next.kind == TokenKind::LeftParen || !next.starts_expression() {
                    matching.include = self.grouping_labels()?;
                }
            }
        }
        self.fill_modifiers(&mut matching)?;
        Ok(Modifiers { return_bool, matching })
    }

    fn fill_modifiers(&mut self, matching: &mut VectorMatching) -> Result<(), ParseError> {
        let TokenKind::Keyword(first) = self.peek()?.kind else { return Ok(()) };
        let second = match first {
            Keyword::Fill => {
                self.advance()?;
                let value = Some(self.fill_value()?);
                (matching.fill_left, matching.fill_right) = (value, value);
                return Ok(());
            }
            Keyword::FillLeft => Keyword::FillRight,
            Keyword::FillRight => Keyword::FillLeft,
            _ => return Ok(()),
        };
        for keyword in [first, second] {
            if self.accept(TokenKind::Keyword(keyword))?.is_some() {
                let value = Some(self.fill_value()?);
                let side = match keyword {
                    Keyword::FillLeft => &mut matching.fill_left,
                    _ => &mut matching.fill_right,
                };
                *side = value;
            }
        }
        Ok(())
    }

    /// `( [sign] number )`
    fn fill_value(&mut self) -> Result<f64, ParseError> {
        self.expect(TokenKind::LeftParen)?;
        let negate = self.sign()?;
        let token = self.advance()?;
        let (value, _) = self.number(token)?.ok_or_else(|| self.unexpected(token))?;
        self.expect(TokenKind::RightParen)?;
        Ok(if negate { -value } else { value })
    }

    /// Takes a sign, if there is one, and says whether it is a minus.
    pub(super) fn sign(&mut self) -> Result<bool, ParseError> {
        let token = self.peek()?;
        if !token.is_sign() {
            return Ok(false);
        }
        self.advance()?;
        Ok(token.kind == TokenKind::Binary(BinaryOp::Sub))
    }

    /// The value of a number or duration in seconds, and whether it is a duration; none for other tokens.
    pub(super) fn number(&self, token: Token) -> Result<Option<(f64, bool)>, ParseError> {
        let word = self.word(token);
        match token.kind {
            TokenKind::Number => match parse_number(word) {
                Ok(value) => Ok(Some((value, false))),
                Err(why) => Err(self.error(token.span, format!("error parsing number: {why}"))),
            },
            TokenKind::Duration => match Duration::parse(word) {
                Ok(span) => Ok(Some((span.seconds(), true))),
                Err(why) => Err(self.error(token.span, why.to_string())),
            },
            _ => Ok(None),
        }
    }

    /// Labels in parentheses after `by`, `on` and the like.
    pub(super) fn grouping_labels(&mut self) -> Result<Vec<String>, ParseError> {
        const PLACE: &str = "grouping opts";
        let token = self.advance()?;
        if token.kind != TokenKind::LeftParen {
            return Err(self.unexpected_in(token, PLACE, "\"(\""));
        }
        let mut labels = Vec::new();
        loop {
            let token = self.advance()?;
            let name = match token.kind {
                TokenKind::RightParen => return Ok(labels),
                TokenKind::Text => unquote(self.word(token)),
                _ if token.is_grouping_label() => self.word(token).to_owned(),
                _ => return Err(self.unexpected_in(token, PLACE, "label")),
            };
            if name.is_empty() {
                let message = format!("invalid label name for grouping: {}", Quoted(&name));
                return Err(self.error(token.span, message));
            }
            labels.push(name);
            let token = self.peek()?;
            match token.kind {
                TokenKind::Comma => self.advance()?,
                TokenKind::RightParen => continue,
                _ => return Err(self.unexpected_in(token, PLACE, "\",\" or \")\"")),
            };
        }
    }

    /// A sign and its operand, or a primary expression with its modifiers.
    fn operand(&mut self) -> Result<Built, ParseError> {
        let token = self.peek()?;
        if !token.is_sign() {
            let primary = self.primary(token)?;
            return self.postfix(primary);
        }
        self.advance()?;
        let negate = token.kind == TokenKind::Binary(BinaryOp::Sub);
        let mut inner = self.expression(POWER)?;
        let span = Span { start: token.span.start, end: inner.expr.span.end };
        if let ExprKind::Number { value, .. } = &mut inner.expr.kind {
            *value = if negate { -*value } else { *value };
            inner.expr.span = span;
            return Ok(inner);
        }
        let height = inner.height + 1;
        self.build(ExprKind::Unary { negate, expr: Box::new(inner.expr) }, span, height)
    }

    fn primary(&mut self, token: Token) -> Result<Built, ParseError> {
        match token.kind {
            TokenKind::Number | TokenKind::Duration => {
                self.advance()?;
                let (value, as_duration) = self.number(token)?.unwrap_or_default();
                self.build(ExprKind::Number { value, as_duration }, token.span, 1)
            }
            TokenKind::Text => {
                self.advance()?;
                self.build(ExprKind::String(unquote(self.word(token))), token.span, 1)
            }
            TokenKind::LeftParen => {
                self.advance()?;
                let inner = self.expression(0)?;
                let end = self.expect(TokenKind::RightParen)?.span.end;
                let span = Span { start: token.span.start, end };
                self.build(ExprKind::Paren(Box::new(inner.expr)), span, inner.height + 1)
            }
            TokenKind::LeftBrace => self.vector_selector(),
            TokenKind::Identifier | TokenKind::Preprocessor(_) => {
                self.advance()?;
                if self.peek()?.kind == TokenKind::LeftParen {
                    return self.call(token);
                }
                self.named_selector(token)
            }
            TokenKind::Aggregate(op) => {
                self.advance()?;
                match self.peek()?.kind {
                    TokenKind::LeftParen | TokenKind::Keyword(Keyword::By | Keyword::Without) => {
                        self.aggregations += 1;
                        self.aggregate(op, token)
                    }
                    _ => self.named_selector(token),
                }
            }
            _ if token.is_metric_name() => {
                self.advance()?;
                self.named_selector(token)
            }
            _ => Err(self.unexpected(token)),
        }
    }

    fn call(&mut self, name: Token) -> Result<Built, ParseError> {
        let (args, height, end) = self.arguments()?;
        let word = self.word(name);
        let Some(function) = functions::find(word) else {
            return Err(self.error(name.span, format!("unknown function with name {}", Quoted(word))));
        };
        if function.experimental && !self.features.experimental_functions {
            return Err(self.error(name.span, format!("function {} is not enabled", Quoted(word))));
        }
        let span = Span { start: name.span.start, end };
        self.build(ExprKind::Call(Call { function, args }), span, height + 1)
    }

    /// Arguments in parentheses, the height of the highest, and where the closing parenthesis ends.
    fn arguments(&mut self) -> Result<(Vec<Expr>, usize, usize), ParseError> {
        self.expect(TokenKind::LeftParen)?;
        if let Some(end) = self.accept(TokenKind::RightParen)? {
            return Ok((Vec::new(), 0, end.span.end));
        }
        let (mut args, mut height) = (Vec::new(), 0);
        loop {
            let arg = self.expression(0)?;
            height = height.max(arg.height);
            args.push(arg.expr);
            let Some(comma) = self.accept(TokenKind::Comma)? else { break };
            if !self.peek()?.starts_expression() {
                return Err(self.error(comma.span, "trailing commas not allowed in function call args"));
            }
        }
        let end = self.expect(TokenKind::RightParen)?;
        Ok((args, height, end.span.end))
    }

    /// An aggregation, whose operator has been taken; counted in `aggregations` until its end.
    fn aggregate(&mut self, op: AggregateOp, token: Token) -> Result<Built, ParseError> {
        let mut grouping = self.grouping()?;
        let (mut args, height, mut end) = self.arguments()?;
        self.aggregations -= 1;
        if grouping.is_none() {
            grouping = self.grouping()?;
            if let Some((_, _, grouping_end)) = grouping {
                end = grouping_end;
            }
        }
        let (without, labels) =
            grouping.map_or((false, Vec::new()), |(without, labels, _)| (without, labels));
        let span = Span { start: token.span.start, end };
        if args.is_empty() {
            return Err(self.error(span, "no arguments for aggregate expression provided"));
        }
        if op.is_experimental() && !self.features.experimental_functions {
            let message =
                "is experimental and must be enabled with --enable-feature=promql-experimental-functions";
            return Err(self.error(span, format!("{}() {message}", op.as_str())));
        }
        let wanted = if op.has_param() { 2 } else { 1 };
        let (count, last) = (args.len(), args.pop());
        let (Some(expr), true) = (last, count == wanted) else {
            let message = format!(
                "wrong number of arguments for aggregate expression provided, expected {wanted}, got {count}"
            );
            return Err(self.error(span, message));
        };
        let aggregate = Aggregate { op, expr, param: args.pop(), grouping: labels, without };
        self.build(ExprKind::Aggregate(Box::new(aggregate)), span, height + 1)
    }

    /// `by (…)` or `without (…)`: whether it is `without`, the labels, and where it ends.
    fn grouping(&mut self) -> Result<Option<(bool, Vec<String>, usize)>, ParseError> {
        let TokenKind::Keyword(keyword @ (Keyword::By | Keyword::Without)) = self.peek()?.kind else {
            return Ok(None);
        };
        self.advance()?;
        let labels = self.grouping_labels()?;
        Ok(Some((keyword == Keyword::Without, labels, self.taken)))
    }
}

/// How strongly an operator binds. All but `^` group to the left.
fn strength(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And | BinaryOp::Unless => 2,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Greater
        | BinaryOp::Less
        | BinaryOp::GreaterOrEqual
        | BinaryOp::LessOrEqual
        | BinaryOp::TrimUpper
        | BinaryOp::TrimLower => 3,
        BinaryOp::Add | BinaryOp::Sub => 4,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Atan2 => 5,
        BinaryOp::Pow => POWER,
    }
}
