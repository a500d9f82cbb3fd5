//! Integers and floats by verb and flags.

use super::Printer;
use super::float::{Form, format_float};
use crate::literal::{is_printable, quote_with};
use crate::value::Value;

impl Printer {
    pub(super) fn integer(
        &mut self,
        value: &Value,
        magnitude: u64,
        negative: bool,
        signed: bool,
        verb: char,
    ) {
        match verb {
            'v' if self.flags.sharp_v && !signed => {
                let sharp = std::mem::replace(&mut self.flags.sharp, true);
                self.based(magnitude, negative, 16, 'v');
                self.flags.sharp = sharp;
            }
            'v' | 'd' => self.based(magnitude, negative, 10, verb),
            'b' => self.based(magnitude, negative, 2, verb),
            'o' | 'O' => self.based(magnitude, negative, 8, verb),
            'x' | 'X' => self.based(magnitude, negative, 16, verb),
            'c' => {
                let c = character(magnitude, negative);
                self.pad(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            'q' => {
                let mut text = String::new();
                text.push(character(magnitude, negative));
                let quoted = quote_with(text.as_bytes(), '\'', self.flags.plus);
                self.pad(quoted.as_bytes());
            }
            'U' => self.unicode(magnitude, negative),
            _ => self.bad_verb(value, verb),
        }
    }

    fn based(&mut self, magnitude: u64, negative: bool, base: u32, verb: char) {
        let signed = negative || self.flags.plus || self.flags.space;
        let wanted = match (self.flags.precision, self.flags.width) {
            (Some(0), width) if magnitude == 0 => {
                return self.padding(width.unwrap_or(0), b' ');
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if self.flags.zero && !self.flags.minus => {
                width.saturating_sub(usize::from(signed))
            }
            _ => 0,
        };
        let digits = match (base, verb) {
            (2, _) => format!("{magnitude:b}"),
            (8, _) => format!("{magnitude:o}"),
            (16, 'X') => format!("{magnitude:X}"),
            (16, _) => format!("{magnitude:x}"),
            _ => magnitude.to_string(),
        };
        let mut text = String::with_capacity(wanted + 3);
        text.push_str(match (negative, self.flags.plus, self.flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        });
        let zeros = wanted.saturating_sub(digits.len());
        text.push_str(match (base, verb, self.flags.sharp) {
            (_, 'O', _) => "0o",
            (2, _, true) => "0b",
            (8, _, true) if zeros == 0 && !digits.starts_with('0') => "0",
            (16, 'X', true) => "0X",
            (16, _, true) => "0x",
            _ => "",
        });
        text.extend(std::iter::repeat_n('0', zeros));
        text.push_str(&digits);
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text.as_bytes());
        self.flags.zero = zero;
    }

    /// `U+0041`, and `U+0041 'A'` with `#`.
    fn unicode(&mut self, magnitude: u64, negative: bool) {
        let number = if negative { magnitude.wrapping_neg() } else { magnitude };
        let digits = format!("{number:X}");
        let zeros = self.flags.precision.unwrap_or(4).max(4).saturating_sub(digits.len());
        let mut text = format!("U+{}{digits}", "0".repeat(zeros));
        let c = u32::try_from(number).ok().and_then(char::from_u32);
        if let Some(c) = c.filter(|c| self.flags.sharp && is_printable(*c)) {
            text.push_str(&format!(" '{c}'"));
        }
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text.as_bytes());
        self.flags.zero = zero;
    }

    pub(super) fn float(&mut self, value: &Value, number: f64, verb: char) {
        let (form, default) = match verb {
            'v' | 'g' | 'G' => (Form::General, None),
            'e' | 'E' => (Form::Exponent, Some(6)),
            'f' | 'F' => (Form::Fixed, Some(6)),
            _ => return self.bad_verb(value, verb),
        };
        let precision = self.flags.precision.or(default);
        let mut text = format_float(number.abs(), form, precision);
        if self.flags.sharp && number.is_finite() {
            text = sharpened(&text, verb, precision);
        }
        if matches!(verb, 'E' | 'G') {
            text = text.replace('e', "E");
        }
        let sign = match (number.is_sign_negative() && !number.is_nan(), self.flags.plus, self.flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ if number.is_infinite() => "+",
            _ => "",
        };
        if !number.is_finite() {
            let zero = std::mem::take(&mut self.flags.zero);
            self.pad(format!("{sign}{text}").as_bytes());
            self.flags.zero = zero;
            return;
        }
        let width = self.flags.width.unwrap_or(0);
        if self.flags.zero && !self.flags.minus && width > sign.len() + text.len() && !sign.is_empty() {
            self.write(sign.as_bytes());
            self.padding(width - sign.len() - text.len(), b'0');
            return self.write(text.as_bytes());
        }
        self.pad(format!("{sign}{text}").as_bytes());
    }
}

/// With `#` there is always a decimal point, and `%g` keeps its trailing zeros.
fn sharpened(text: &str, verb: char, precision: Option<usize>) -> String {
    let (mantissa, exponent) = match text.find('e') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let mut mantissa = mantissa.to_owned();
    if !mantissa.contains('.') {
        mantissa.push('.');
    }
    if matches!(verb, 'g' | 'G' | 'v') {
        let wanted = precision.unwrap_or(6).max(1);
        let significant = mantissa.replace('.', "");
        let significant =
            significant.trim_start_matches('0').len().max(usize::from(mantissa.starts_with("0.")));
        mantissa.push_str(&"0".repeat(wanted.saturating_sub(significant)));
    }
    mantissa + exponent
}

fn character(magnitude: u64, negative: bool) -> char {
    let code = if negative { None } else { u32::try_from(magnitude).ok() };
    code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}
