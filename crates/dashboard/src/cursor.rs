//! Tolerant reading of JSON: what has the wrong type is skipped with a note, never an error.

use serde_json::{Map, Value};

use crate::notes::Notes;

/// A text that is longer is refused, so that notes and answers stay bounded.
const TEXT_MAX: usize = 1 << 20;

/// A place in the JSON.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    value: &'a Value,
    path: String,
    notes: &'a Notes,
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    pub(crate) fn new(value: &'a Value, notes: &'a Notes) -> Cursor<'a> {
        Cursor { value, path: String::new(), notes }
    }

    /// A value that was put together of what stands at another place.
    pub(crate) fn instead<'b>(&self, value: &'b Value) -> Cursor<'b>
    where
        'a: 'b,
    {
        Cursor { value, path: self.path.clone(), notes: self.notes }
    }

    /// The member of an object; null where it is absent or this is no object.
    pub(crate) fn get(&self, key: &str) -> Cursor<'a> {
        let value = self.value.get(key).unwrap_or(&Value::Null);
        let dot = if self.path.is_empty() { "" } else { "." };
        Cursor { value, path: format!("{}{dot}{key}", self.path), notes: self.notes }
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    pub(crate) fn notes(&self) -> &'a Notes {
        self.notes
    }

    pub(crate) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// Says that this is not honored.
    pub(crate) fn note(&self, message: impl Into<String>) {
        self.notes.add(self.path.clone(), message);
    }

    /// The members of an array, at most so many; nothing for null, a note for anything else.
    pub(crate) fn items(&self, most: usize) -> Vec<Cursor<'a>> {
        match self.value {
            Value::Null => Vec::new(),
            Value::Array(items) => {
                if items.len() > most {
                    self.note(format!("{} items, all after the first {most} are ignored", items.len()));
                }
                let at = |(index, value)| Cursor {
                    value,
                    path: format!("{}[{index}]", self.path),
                    notes: self.notes,
                };
                items.iter().take(most).enumerate().map(at).collect()
            }
            _ => {
                self.wrong("a list");
                Vec::new()
            }
        }
    }

    /// The members of an object; nothing for null, a note for anything else.
    pub(crate) fn members(&self) -> Vec<(&'a str, Cursor<'a>)> {
        match self.object() {
            Some(map) => map.keys().map(|key| (key.as_str(), self.get(key))).collect(),
            None => Vec::new(),
        }
    }

    /// The object; None for null, a note for anything else.
    pub(crate) fn object(&self) -> Option<&'a Map<String, Value>> {
        match self.value {
            Value::Null => None,
            Value::Object(map) => Some(map),
            _ => {
                self.wrong("an object");
                None
            }
        }
    }

    /// Text; a number or a truth value is taken as its text.
    pub(crate) fn text(&self) -> Option<String> {
        match self.value {
            Value::Null => None,
            Value::String(text) if text.len() <= TEXT_MAX => Some(text.clone()),
            Value::String(text) => {
                self.note(format!("text of {} bytes is longer than {TEXT_MAX}: ignored", text.len()));
                None
            }
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => {
                self.wrong("text");
                None
            }
        }
    }

    /// Text, "" where there is none.
    pub(crate) fn text_or_empty(&self) -> String {
        self.text().unwrap_or_default()
    }

    /// A finite number; a text of one is taken, an empty text is none.
    pub(crate) fn number(&self) -> Option<f64> {
        let number = match self.value {
            Value::Null => return None,
            Value::Number(number) => number.as_f64(),
            Value::String(text) if text.trim().is_empty() || text == "auto" => return None,
            Value::String(text) => text.trim().parse::<f64>().ok(),
            _ => None,
        };
        match number {
            Some(number) if number.is_finite() => Some(number),
            _ => {
                self.wrong("a number");
                None
            }
        }
    }

    /// A whole number between the bounds; what lies outside is moved to the bound.
    pub(crate) fn whole(&self, least: u32, most: u32) -> Option<u32> {
        self.number().map(|number| number.clamp(f64::from(least), f64::from(most)) as u32)
    }

    /// A truth value; `"true"`, `"false"`, 0 and 1 are taken.
    pub(crate) fn truth(&self) -> Option<bool> {
        match self.value {
            Value::Null => None,
            Value::Bool(truth) => Some(*truth),
            Value::String(text) if text == "true" => Some(true),
            Value::String(text) if text == "false" || text.is_empty() => Some(false),
            Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
            Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
            _ => {
                self.wrong("true or false");
                None
            }
        }
    }

    /// A truth value, false where there is none.
    pub(crate) fn is_true(&self) -> bool {
        self.truth().unwrap_or(false)
    }

    /// One of a closed set of words; a note for any other.
    pub(crate) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() && !text.is_empty() {
            self.note(format!("\"{}\" is not supported: ignored", shorten(&text)));
        }
        found
    }

    /// Texts of an array, or of a single text.
    pub(crate) fn texts(&self, most: usize) -> Vec<String> {
        match self.value {
            Value::String(_) | Value::Number(_) | Value::Bool(_) => self.text().into_iter().collect(),
            _ => self.items(most).iter().filter_map(Cursor::text).collect(),
        }
    }

    fn wrong(&self, expected: &str) {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.note(format!("expected {expected}, found {found}: ignored"));
    }
}

/// The beginning of a text that may be long, for messages.
pub(crate) fn shorten(text: &str) -> &str {
    let end = text.char_indices().nth(80).map_or(text.len(), |(at, _)| at);
    &text[..end]
}
