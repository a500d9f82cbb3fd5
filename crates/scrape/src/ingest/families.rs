//! What the target said of its metric families.

use std::collections::HashMap;

use model::storage::{AppendError, Appender, GroupId};
use model::{Metadata, MetricType};

/// Metadata by family, and which the store has not heard of yet.
#[derive(Debug, Default)]
pub(super) struct Families {
    by_name: HashMap<String, Metadata>,
    changed: Vec<String>,
}

impl Families {
    pub(super) fn set_kind(&mut self, family: &str, kind: MetricType) {
        self.change(family, |metadata| std::mem::replace(&mut metadata.kind, kind) != kind);
    }

    pub(super) fn set_help(&mut self, family: &str, help: &str) {
        self.change(family, |metadata| replace(&mut metadata.help, help));
    }

    pub(super) fn set_unit(&mut self, family: &str, unit: &str) {
        self.change(family, |metadata| replace(&mut metadata.unit, unit));
    }

    /// Tells the store what changed.
    pub(super) fn hand_over(&mut self, appender: &dyn Appender, group: GroupId) -> Result<(), AppendError> {
        for family in std::mem::take(&mut self.changed) {
            if let Some(metadata) = self.by_name.get(&family) {
                appender.set_metadata(group, &family, metadata)?;
            }
        }
        Ok(())
    }

    /// Forgets everything if there is much more than `lines` of a body can have declared.
    pub(super) fn forget_if_more_than(&mut self, lines: usize) -> bool {
        let too_many = self.by_name.len() > 2 * lines + 1000;
        if too_many {
            *self = Families::default();
        }
        too_many
    }

    /// Whether the target has declared a family.
    pub(super) fn has(&self, family: &str) -> bool {
        self.by_name.contains_key(family)
    }

    fn change(&mut self, family: &str, change: impl FnOnce(&mut Metadata) -> bool) {
        let changed = match self.by_name.get_mut(family) {
            Some(metadata) => change(metadata),
            None => {
                change(self.by_name.entry(family.to_owned()).or_default());
                true
            }
        };
        if changed && self.changed.last().is_none_or(|last| last != family) {
            self.changed.push(family.to_owned());
        }
    }
}

fn replace(text: &mut String, new: &str) -> bool {
    if text == new {
        return false;
    }
    new.clone_into(text);
    true
}
