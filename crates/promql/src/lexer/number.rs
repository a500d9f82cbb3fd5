//! Numbers and durations: where they end, and which number a text is.

use super::{Lexer, TokenKind, is_alphanumeric};
use crate::parser::ParseError;
use model::labels::Quoted;

const DIGITS: &str = "0123456789";
const HEX_DIGITS: &str = "0123456789abcdefABCDEF";

impl Lexer<'_> {
    pub(super) fn number_or_duration(&mut self) -> Result<TokenKind, ParseError> {
        if self.scan_number() {
            return Ok(TokenKind::Number);
        }
        if self.scan_duration() {
            return Ok(TokenKind::Duration);
        }
        self.error(format!("bad number or duration syntax: {}", Quoted(self.word())))
    }

    /// Takes what looks like a number; whether it is one is seen when it is parsed. On failure, what was
    /// taken stays taken: a duration's digits have been read then.
    fn scan_number(&mut self) -> bool {
        let hex = self.accept("0") && self.accept("xX");
        if hex {
            self.accept("_");
        }
        let digits = if hex { HEX_DIGITS } else { DIGITS };
        let (mut seen_dot, mut seen_exponent) = (false, false);
        self.accept(".");
        self.accept(digits);
        loop {
            if self.sees(".") && seen_dot || self.sees("eE") && seen_exponent {
                self.at += 1;
                return false;
            }
            if self.accept(".") {
                seen_dot = true;
                if hex || self.accept("_.") {
                    return false;
                }
            } else if self.accept("eE") {
                seen_exponent = true;
                self.accept("+-");
                if self.accept("._eE") || self.peek().is_none() {
                    return false;
                }
            } else if self.accept("_") {
                if self.accept("._eE") || self.peek().is_none() {
                    return false;
                }
            } else if self.sees(digits) {
                while self.accept(digits) {}
            } else {
                break;
            }
        }
        self.at > self.start && !self.peek().is_some_and(is_alphanumeric)
    }

    /// Takes the rest of a duration, whose first digits have been taken.
    fn scan_duration(&mut self) -> bool {
        if !self.accept("smhdwy") {
            return false;
        }
        self.accept("s");
        while self.accept(DIGITS) {
            while self.accept(DIGITS) {}
            if !self.accept("smhdw") {
                return false;
            }
            self.accept("s");
        }
        let ends = !self.peek().is_some_and(is_alphanumeric);
        if !ends {
            self.at += 1;
        }
        ends
    }
}

/// The number that a token is, as Go's `ParseInt` with base 0 or else `ParseFloat` reads it; the error says
/// why it is none, in Go's words.
pub(crate) fn parse_number(text: &str) -> Result<f64, String> {
    if let Some(integer) = parse_integer(text) {
        return Ok(integer as f64);
    }
    let failed = |why| format!("strconv.ParseFloat: parsing {}: {why}", Quoted(text));
    let hex = text.starts_with("0x") || text.starts_with("0X");
    if hex || !underscores_are_between_digits(text) {
        return Err(failed("invalid syntax"));
    }
    let Some(value) = model::value::parse_float(&text.replace('_', "")) else {
        return Err(failed("invalid syntax"));
    };
    let written_infinite = text.starts_with(['i', 'I']);
    if value.is_infinite() && !written_infinite { Err(failed("value out of range")) } else { Ok(value) }
}

/// `0x1F`, `017` (octal), `1_000`; none if it is no integer or too large for 64 bits.
fn parse_integer(text: &str) -> Option<i64> {
    if !underscores_are_between_digits(text) {
        return None;
    }
    let plain = text.replace('_', "");
    if let Some(hex) = plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X")) {
        return i64::from_str_radix(hex, 16).ok();
    }
    match plain.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => i64::from_str_radix(octal, 8).ok(),
        _ => plain.parse().ok(),
    }
}

/// Underscores separate digits, or the prefix `0x` and a digit.
fn underscores_are_between_digits(text: &str) -> bool {
    if !text.contains('_') {
        return true;
    }
    let hex = text.starts_with("0x") || text.starts_with("0X");
    let is_digit = |c: char| if hex { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
    let body = if hex { &text[1..] } else { text };
    let mut before = ' ';
    for c in body.chars() {
        let after_digit = is_digit(before) || before == 'x' || before == 'X';
        if (c == '_' && !after_digit) || (before == '_' && !is_digit(c)) {
            return false;
        }
        before = c;
    }
    before != '_'
}

#[cfg(test)]
mod tests {
    use super::parse_number;

    #[test]
    fn reads_numbers_as_go_does() {
        for (text, value) in [
            ("1", 1.0),
            ("0", 0.0),
            ("010", 8.0),
            ("08", 8.0),
            ("1_000", 1000.0),
            ("1_000.5", 1000.5),
            ("0x_1F", 31.0),
            ("5.", 5.0),
            (".5", 0.5),
            ("9223372036854775808", 9_223_372_036_854_775_808.0),
            ("inf", f64::INFINITY),
        ] {
            assert_eq!(parse_number(text), Ok(value), "{text}");
        }
        for text in ["0x1e+5", "0x8000000000000000", "1e999", "1__0", "_1"] {
            assert!(parse_number(text).is_err(), "{text}");
        }
    }
}
