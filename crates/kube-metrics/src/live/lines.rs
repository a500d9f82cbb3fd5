//! The lines of one object, packed.

use crate::exposition::Body;
use crate::family::Sample;

/// One text, and where each family ends in it. What all lines have in common, the labels that say which object it
/// is, is kept once.
#[derive(Debug)]
pub(super) struct Lines {
    /// What follows the brace of every line; empty if there is nothing in common.
    prefix: Box<str>,
    text: Box<str>,
    /// Place of the family, end in the text.
    ends: Box<[(u16, u32)]>,
}

impl Lines {
    pub(super) fn new((prefix, text, ends): (String, String, Vec<(u16, u32)>)) -> Lines {
        Lines { prefix: prefix.into_boxed_str(), text: text.into_boxed_str(), ends: ends.into_boxed_slice() }
    }

    /// Samples of families, in the families' order.
    pub(super) fn of<'s>(families: impl Iterator<Item = Vec<Sample<'s>>>) -> Lines {
        let (mut text, mut ends) = (String::new(), Vec::new());
        for (place, samples) in (0u16..).zip(families) {
            let before = text.len();
            for sample in samples {
                let line = text.len();
                sample.write(&mut text);
                text.replace_range(line..line + sample.name.len(), "");
            }
            if text.len() > before {
                ends.push((place, u32::try_from(text.len()).unwrap_or(u32::MAX)));
            }
        }
        Lines::new((String::new(), text, ends))
    }

    pub(super) fn bytes(&self) -> usize {
        self.prefix.len() + self.text.len() + self.ends.len() * 8
    }

    /// Writes the lines of a family.
    pub(super) fn write(&self, family: usize, name: &str, body: &mut Body) {
        for rest in self.family(family).unwrap_or("").split_inclusive('\n') {
            body.push_str(name);
            if !self.prefix.is_empty() {
                body.push_str("{");
                body.push_str(&self.prefix);
            }
            body.push_str(rest);
        }
    }

    fn family(&self, family: usize) -> Option<&str> {
        let at = self.ends.iter().position(|(index, _)| usize::from(*index) == family)?;
        let begin =
            at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |(_, end)| *end as usize);
        let end = self.ends.get(at)?.1 as usize;
        self.text.get(begin..end)
    }
}
