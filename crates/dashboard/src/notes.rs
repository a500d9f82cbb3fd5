//! What could not be honored, collected while a dashboard is read.

use std::cell::{Cell, RefCell};
use std::fmt;

/// More notes than these are counted, not kept.
const NOTES_MAX: usize = 200;

/// Something of a dashboard that is not honored: where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Title of the panel or name of the variable; "" = the dashboard itself.
    pub subject: String,
    /// Place in the JSON after migration, such as `options.legend.calcs[1]`; "" where none is meant.
    pub path: String,
    /// What is wrong and what was done.
    pub message: String,
}

/// Collects notes; shared by all readers of one dashboard.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    list: RefCell<Vec<Note>>,
    subject: RefCell<String>,
    left_out: Cell<usize>,
}

// === impl Note ===

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.subject.is_empty() {
            write!(f, "{}: ", self.subject)?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

// === impl Notes ===

impl Notes {
    /// All notes from here on are about this panel or variable.
    pub(crate) fn about(&self, subject: impl Into<String>) {
        *self.subject.borrow_mut() = subject.into();
    }

    /// Adds a note on the current subject, unless the same was made before.
    pub(crate) fn add(&self, path: impl Into<String>, message: impl Into<String>) {
        let note =
            Note { subject: self.subject.borrow().clone(), path: path.into(), message: message.into() };
        let mut list = self.list.borrow_mut();
        if list.len() >= NOTES_MAX {
            self.left_out.set(self.left_out.get() + 1);
        } else if !list.contains(&note) {
            list.push(note);
        }
    }

    /// All notes in the order they were made.
    pub(crate) fn finish(self) -> Vec<Note> {
        let mut list = self.list.into_inner();
        let left_out = self.left_out.get();
        if left_out > 0 {
            let message = format!("{left_out} more notes are left out");
            list.push(Note { subject: String::new(), path: String::new(), message });
        }
        list
    }
}
