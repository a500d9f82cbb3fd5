//! How Go prints values: `fmt.Sprint`, `Sprintln` and `Sprintf`.

mod float;
mod number;
mod text;
mod verb;

pub use float::{Form, format_float};

use crate::value::Value;
use verb::Flags;

/// How deep values in values are printed.
const MAX_DEPTH: usize = 100;

/// Print the values with spaces between those that are not strings (`fmt.Sprint`).
pub fn sprint(args: &[Value]) -> String {
    let mut printer = Printer::with_limit(usize::MAX);
    printer.print(args);
    printer.into_text()
}

/// Print by a format (`fmt.Sprintf`); what does not fit shows as Go shows it (`%!d(string=x)`).
pub fn sprintf(format: &str, args: &[Value]) -> String {
    let mut printer = Printer::with_limit(usize::MAX);
    printer.printf(format.as_bytes(), args);
    printer.into_text()
}

/// Prints into a buffer that does not grow beyond a limit.
pub(crate) struct Printer {
    out: Vec<u8>,
    limit: usize,
    fault: Option<&'static str>,
    flags: Flags,
    depth: usize,
}

impl Printer {
    /// Printing stops where the limit, in bytes, is passed.
    pub(crate) fn with_limit(limit: usize) -> Self {
        Self { out: Vec::new(), limit, fault: None, flags: Flags::default(), depth: 0 }
    }

    /// What was printed, or why not all of it was.
    pub(crate) fn finish(self) -> Result<Vec<u8>, &'static str> {
        self.fault.map_or(Ok(self.out), Err)
    }

    fn into_text(self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// As `fmt.Sprint`.
    pub(crate) fn print(&mut self, args: &[Value]) {
        let mut after_string = true;
        for (i, arg) in args.iter().enumerate() {
            let is_string = matches!(arg, Value::String(_));
            if i > 0 && !is_string && !after_string {
                self.write(b" ");
            }
            self.flags = Flags::default();
            self.arg(arg, 'v');
            after_string = is_string;
        }
    }

    /// As `fmt.Sprintln`.
    pub(crate) fn println(&mut self, args: &[Value]) {
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.write(b" ");
            }
            self.flags = Flags::default();
            self.arg(arg, 'v');
        }
        self.write(b"\n");
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        if self.out.len().saturating_add(bytes.len()) > self.limit {
            self.fault = Some("output is longer than allowed");
            return;
        }
        self.out.extend_from_slice(bytes);
    }

    fn write_char(&mut self, c: char) {
        self.write(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// An argument by a verb.
    fn arg(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (_, 'T') => {
                let name = value.type_name();
                self.string(name.as_bytes(), 's');
            }
            _ => self.value(value, verb),
        }
    }

    fn value(&mut self, value: &Value, verb: char) {
        if self.fault.is_some() {
            return;
        }
        if self.depth >= MAX_DEPTH {
            self.write(b"...");
            self.fault = Some("value is nested too deeply to be printed");
            return;
        }
        self.depth += 1;
        match value {
            Value::Nil => self.bad_verb(value, verb),
            Value::Bool(b) => match verb {
                't' | 'v' => self.pad(if *b { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(i) => self.integer(value, i.unsigned_abs(), *i < 0, true, verb),
            Value::Uint(u) => self.integer(value, *u, false, false, verb),
            Value::Float(f) => self.float(value, *f, verb),
            Value::String(text) => match verb {
                'v' | 's' | 'x' | 'X' | 'q' => self.string(text.as_bytes(), verb),
                _ => self.bad_verb(value, verb),
            },
            Value::List(list) => self.list(value, list, verb),
            Value::Map(map) => self.map(value, map, verb),
            Value::Function(_) => match verb {
                'v' => self.write(b"0x0"),
                _ => self.bad_verb(value, verb),
            },
            Value::Object(object) => self.object(value, object.as_ref(), verb),
        }
        self.depth -= 1;
    }

    fn list(&mut self, value: &Value, list: &crate::List, verb: char) {
        if self.flags.sharp_v {
            self.write(value.type_name().as_bytes());
        }
        self.write(if self.flags.sharp_v { b"{" } else { b"[" });
        for (i, item) in list.as_slice().iter().enumerate() {
            if i > 0 {
                self.write(if self.flags.sharp_v { b", " } else { b" " });
            }
            self.element(item, verb);
        }
        self.write(if self.flags.sharp_v { b"}" } else { b"]" });
    }

    fn map(&mut self, value: &Value, map: &crate::Map, verb: char) {
        if self.flags.sharp_v {
            self.write(value.type_name().as_bytes());
        }
        self.write(if self.flags.sharp_v { b"{" } else { b"map[" });
        for (i, (key, item)) in map.entries().into_iter().enumerate() {
            if self.fault.is_some() {
                return;
            }
            if i > 0 {
                self.write(if self.flags.sharp_v { b", " } else { b" " });
            }
            self.value(&Value::String(key), verb);
            self.write(b":");
            self.element(&item, verb);
        }
        self.write(if self.flags.sharp_v { b"}" } else { b"]" });
    }

    /// An element of a list, map or struct.
    fn element(&mut self, value: &Value, verb: char) {
        match value {
            Value::Nil if self.flags.sharp_v => self.write(b"interface {}(nil)"),
            Value::Nil => self.write(b"<nil>"),
            value => self.value(value, verb),
        }
    }

    fn object(&mut self, value: &Value, object: &dyn crate::Object, verb: char) {
        if !self.flags.sharp_v
            && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
            && let Some(text) = object.string()
        {
            return self.string(text.as_bytes(), verb);
        }
        if let Some(plain) = object.underlying() {
            return self.value(&plain, verb);
        }
        if self.flags.sharp_v {
            self.write(value.type_name().as_bytes());
        }
        self.write(b"{");
        for (i, (name, field)) in object.fields().into_iter().enumerate() {
            if i > 0 {
                self.write(if self.flags.sharp_v { b", " } else { b" " });
            }
            if self.flags.plus_v || self.flags.sharp_v {
                self.write(name.as_bytes());
                self.write(b":");
            }
            self.element(&field, verb);
        }
        self.write(b"}");
    }

    /// `%!d(string=x)`
    fn bad_verb(&mut self, value: &Value, verb: char) {
        self.write(b"%!");
        self.write_char(verb);
        self.write(b"(");
        if matches!(value, Value::Nil) {
            self.write(b"<nil>");
        } else {
            self.write(value.type_name().as_bytes());
            self.write(b"=");
            self.value(value, 'v');
        }
        self.write(b")");
    }
}
