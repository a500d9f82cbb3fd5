//! `html`, `js` and `urlquery`.

use super::Answer;
use crate::exec::Context;
use crate::literal::is_printable;
use crate::value::Value;

/// Print the arguments (a nil as `<no value>`) and escape what that gives.
pub(super) fn escape(context: &Context, args: &[Value], with: fn(&[u8]) -> Vec<u8>) -> Answer {
    let text = match args {
        [Value::String(text)] => text.as_bytes().to_vec(),
        args => {
            let shown: Vec<Value> = args.iter().map(printable).collect();
            let mut printer = context.printer();
            printer.print(&shown);
            printer.finish()?
        }
    };
    let escaped = with(&text);
    context.charge_bytes(escaped.len())?;
    Ok(Value::String(escaped.into()))
}

fn printable(value: &Value) -> Value {
    if matches!(value, Value::Nil) { Value::from("<no value>") } else { value.clone() }
}

/// For HTML text and quoted attributes.
pub(super) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(*byte),
        }
    }
    out
}

/// For a string literal of JavaScript.
pub(super) fn js(text: &[u8]) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    for c in String::from_utf8_lossy(text).chars() {
        match c {
            '\\' | '\'' | '"' => {
                out.push('\\');
                out.push(c);
            }
            '<' | '>' | '&' | '=' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c if c < ' ' || !(c.is_ascii() || is_printable(c)) => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.into_bytes()
}

/// For the query part of a URL.
pub(super) fn url_query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            b' ' => out.push(b'+'),
            byte => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}
