//! Relabelling: rules that rewrite or drop label sets, as `relabel_configs` of Prometheus.

use md5::{Digest, Md5};
use serde::{Deserialize, Deserializer};

use crate::labels::{LabelsBuilder, is_label_name};
use crate::pattern::{Pattern, PatternError};

/// What a rule does. `regex` means the rule's pattern, `source` the source labels' values joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Action {
    /// If source matches, sets the expanded target label to the expanded replacement; an empty one removes it.
    #[default]
    Replace,
    /// Drops what does not match.
    Keep,
    /// Drops what matches.
    Drop,
    /// Drops unless source equals the target label.
    KeepEqual,
    /// Drops if source equals the target label.
    DropEqual,
    /// Sets the target label to a hash of source modulo `modulus`.
    HashMod,
    /// Copies labels whose name matches to the expanded name.
    LabelMap,
    /// Removes labels whose name matches.
    LabelDrop,
    /// Removes labels whose name does not match.
    LabelKeep,
    /// Sets the target label to source in lower case.
    Lowercase,
    /// Sets the target label to source in upper case.
    Uppercase,
}

/// One validated rule.
#[derive(Clone, Debug)]
pub struct RelabelRule {
    /// Labels whose values are joined to `source`.
    pub source_labels: Vec<String>,
    /// What joins them.
    pub separator: String,
    /// The pattern, anchored.
    pub regex: Pattern,
    /// For [`Action::HashMod`].
    pub modulus: u64,
    /// The label that is set, a template for [`Action::Replace`]; "" where the action has none.
    pub target_label: String,
    /// The template of the new value or, for [`Action::LabelMap`], name.
    pub replacement: String,
    /// What is done.
    pub action: Action,
    /// Whether target labels must be plain identifiers.
    pub legacy_names: bool,
}

/// Why a rule was refused; texts as Prometheus has them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelabelError {
    /// No such action.
    #[error("unknown relabel action \"{0}\"")]
    UnknownAction(String),
    /// The pattern does not compile.
    #[error(transparent)]
    Regex(#[from] PatternError),
    /// `hashmod` with no or zero `modulus`.
    #[error("relabel configuration for hashmod requires non-zero modulus")]
    NoModulus,
    /// An action that sets a label, and none is named.
    #[error("relabel configuration for {0} action requires 'target_label' value")]
    NoTarget(&'static str),
    /// A name that is no label name.
    #[error("\"{name}\" is invalid '{field}' for {action} action")]
    InvalidName {
        /// The name as given.
        name: String,
        /// The field that holds it.
        field: &'static str,
        /// The rule's action.
        action: &'static str,
    },
    /// A source label that is no label name.
    #[error("\"{0}\" is not a valid label name")]
    InvalidSource(String),
    /// A field that the action has no use for.
    #[error("'replacement' can not be set for {0} action")]
    ReplacementSet(&'static str),
    /// Fields that the action has no use for.
    #[error("{action} action requires only {fields}, and no other fields")]
    OtherFieldsSet {
        /// The rule's action.
        action: &'static str,
        /// What it may have.
        fields: &'static str,
    },
}

/// All actions by their names.
const ACTIONS: [(&str, Action); 11] = [
    ("replace", Action::Replace),
    ("keep", Action::Keep),
    ("drop", Action::Drop),
    ("keepequal", Action::KeepEqual),
    ("dropequal", Action::DropEqual),
    ("hashmod", Action::HashMod),
    ("labelmap", Action::LabelMap),
    ("labeldrop", Action::LabelDrop),
    ("labelkeep", Action::LabelKeep),
    ("lowercase", Action::Lowercase),
    ("uppercase", Action::Uppercase),
];

const DEFAULT_SEPARATOR: &str = ";";
const DEFAULT_REGEX: &str = "(.*)";
const DEFAULT_REPLACEMENT: &str = "$1";

/// Applies the rules in order; false if one says to drop.
pub fn apply(rules: &[RelabelRule], labels: &mut LabelsBuilder) -> bool {
    rules.iter().all(|rule| rule.apply(labels))
}

// === impl Action ===

impl Action {
    /// The action of that name, in any case.
    pub fn from_name(name: &str) -> Option<Action> {
        ACTIONS.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, action)| *action)
    }

    /// The name in a configuration.
    pub fn as_str(self) -> &'static str {
        ACTIONS.iter().find(|(_, action)| *action == self).map_or("", |(name, _)| name)
    }

    fn needs_target(self) -> bool {
        use Action::{DropEqual, HashMod, KeepEqual, Lowercase, Replace, Uppercase};
        matches!(self, Replace | HashMod | Lowercase | Uppercase | KeepEqual | DropEqual)
    }
}

// === impl RelabelRule ===

impl RelabelRule {
    /// Applies the rule; false if it says to drop.
    pub fn apply(&self, labels: &mut LabelsBuilder) -> bool {
        let source = self.source(labels);
        match self.action {
            Action::Drop => return !self.regex.is_match(&source),
            Action::Keep => return self.regex.is_match(&source),
            Action::DropEqual => return labels.get(&self.target_label) != source,
            Action::KeepEqual => return labels.get(&self.target_label) == source,
            Action::Replace => self.replace(&source, labels),
            Action::Lowercase => _ = labels.set(&self.target_label, lowercase(&source)),
            Action::Uppercase => _ = labels.set(&self.target_label, uppercase(&source)),
            Action::HashMod => {
                let hash = md5_tail(&source) % self.modulus.max(1);
                labels.set(&self.target_label, hash.to_string());
            }
            Action::LabelMap => self.map_names(labels),
            Action::LabelDrop => labels.retain(|name| !self.regex.is_match(name)),
            Action::LabelKeep => labels.retain(|name| self.regex.is_match(name)),
        }
        true
    }

    /// The same rule where label names must be plain identifiers.
    pub fn with_legacy_names(mut self) -> Result<RelabelRule, RelabelError> {
        self.legacy_names = true;
        self.check_names()?;
        Ok(self)
    }

    fn source(&self, labels: &LabelsBuilder) -> String {
        let mut source = String::new();
        for (i, name) in self.source_labels.iter().enumerate() {
            if i > 0 {
                source.push_str(&self.separator);
            }
            source.push_str(labels.get(name));
        }
        source
    }

    fn replace(&self, source: &str, labels: &mut LabelsBuilder) {
        let Some(target) = self.regex.expand(source, &self.target_label) else { return };
        if !self.is_valid_name(&target) {
            return;
        }
        let value = self.regex.expand(source, &self.replacement).unwrap_or_default();
        labels.set(target, value);
    }

    fn map_names(&self, labels: &mut LabelsBuilder) {
        let mapped: Vec<(String, String)> = labels
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .filter_map(|(name, value)| Some((self.regex.expand(name, &self.replacement)?, value.to_owned())))
            .collect();
        for (name, value) in mapped {
            labels.set(name, value);
        }
    }

    fn is_valid_name(&self, name: &str) -> bool {
        if self.legacy_names { is_label_name(name) } else { !name.is_empty() }
    }

    fn check(&self, fields: &RawRule) -> Result<(), RelabelError> {
        let action = self.action.as_str();
        if self.action == Action::HashMod && self.modulus == 0 {
            return Err(RelabelError::NoModulus);
        }
        if self.action.needs_target() && self.target_label.is_empty() {
            return Err(RelabelError::NoTarget(action));
        }
        if let Some(name) = self.source_labels.iter().find(|name| name.is_empty()) {
            return Err(RelabelError::InvalidSource(name.clone()));
        }
        self.check_names()?;
        let replacement_set = self.replacement != DEFAULT_REPLACEMENT;
        let separator_set = self.separator != DEFAULT_SEPARATOR;
        match self.action {
            Action::Lowercase | Action::Uppercase | Action::KeepEqual | Action::DropEqual
                if replacement_set =>
            {
                Err(RelabelError::ReplacementSet(action))
            }
            Action::KeepEqual | Action::DropEqual
                if fields.regex.is_some() || self.modulus != 0 || separator_set =>
            {
                let fields = "'source_labels' and `target_label`";
                Err(RelabelError::OtherFieldsSet { action, fields })
            }
            Action::LabelDrop | Action::LabelKeep
                if fields.source_labels.is_some()
                    || !self.target_label.is_empty()
                    || self.modulus != 0
                    || separator_set
                    || replacement_set =>
            {
                Err(RelabelError::OtherFieldsSet { action, fields: "'regex'" })
            }
            _ => Ok(()),
        }
    }

    /// Names that hold `$` are templates; what they expand to is checked when they are used.
    fn check_names(&self) -> Result<(), RelabelError> {
        let action = self.action.as_str();
        let invalid =
            |name: &str, field| Err(RelabelError::InvalidName { name: name.to_owned(), field, action });
        let is_template = |name: &str| name.contains('$');
        let is_valid_template = |name: &str| !self.legacy_names || is_legacy_template(name);
        let target = self.target_label.as_str();
        let target_is_valid = match self.action {
            Action::Replace if is_template(target) => is_valid_template(target),
            action if action.needs_target() => self.is_valid_name(target),
            _ => true,
        };
        if !target_is_valid {
            return invalid(target, "target_label");
        }
        let replacement = self.replacement.as_str();
        if self.action == Action::LabelMap && (replacement.is_empty() || !is_valid_template(replacement)) {
            return invalid(replacement, "replacement");
        }
        Ok(())
    }
}

/// The fields as a configuration has them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    source_labels: Option<Vec<String>>,
    separator: Option<String>,
    regex: Option<String>,
    modulus: Option<u64>,
    target_label: Option<String>,
    replacement: Option<String>,
    action: Option<String>,
}

impl TryFrom<RawRule> for RelabelRule {
    type Error = RelabelError;

    fn try_from(fields: RawRule) -> Result<RelabelRule, RelabelError> {
        let or = |field: &Option<String>, default: &str| field.clone().unwrap_or_else(|| default.to_owned());
        let action = match &fields.action {
            None => Action::Replace,
            Some(name) => Action::from_name(name).ok_or_else(|| RelabelError::UnknownAction(name.clone()))?,
        };
        let rule = RelabelRule {
            source_labels: fields.source_labels.clone().unwrap_or_default(),
            separator: or(&fields.separator, DEFAULT_SEPARATOR),
            regex: Pattern::new(fields.regex.as_deref().unwrap_or(DEFAULT_REGEX))?,
            modulus: fields.modulus.unwrap_or(0),
            target_label: or(&fields.target_label, ""),
            replacement: or(&fields.replacement, DEFAULT_REPLACEMENT),
            action,
            legacy_names: false,
        };
        rule.check(&fields)?;
        Ok(rule)
    }
}

/// Reads Prometheus' fields; an unknown one is refused, and the rule is validated.
impl<'de> Deserialize<'de> for RelabelRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RelabelRule, D::Error> {
        let fields = RawRule::deserialize(deserializer)?;
        RelabelRule::try_from(fields).map_err(serde::de::Error::custom)
    }
}

/// The last eight bytes of the MD5, big-endian: other scrapers shard by the same number.
fn md5_tail(text: &str) -> u64 {
    let hash = Md5::digest(text.as_bytes());
    hash.iter().skip(8).fold(0, |tail, byte| (tail << 8) | u64::from(*byte))
}

/// Character by character, as Go does: what would become more than one character stays.
fn lowercase(text: &str) -> String {
    text.chars().map(|c| if c == '\u{130}' { 'i' } else { single(c, c.to_lowercase()) }).collect()
}

fn uppercase(text: &str) -> String {
    text.chars().map(|c| single(c, c.to_uppercase())).collect()
}

fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(mapped), None) => mapped,
        _ => c,
    }
}

/// A label name in which `$name`, `$1` and `${name}` may stand for parts (`relabelTargetLegacy`).
fn is_legacy_template(template: &str) -> bool {
    let mut rest = template;
    let mut begun = false;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '$' => {
                let braced = rest[1..].starts_with('{');
                let start = if braced { 2 } else { 1 };
                let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
                let word = rest.as_bytes()[start..].iter().take_while(|b| is_word(b)).count();
                let end = start + word;
                if word == 0 || (braced && !rest[end..].starts_with('}')) {
                    return false;
                }
                end + usize::from(braced)
            }
            c if c.is_ascii_alphabetic() || c == '_' || (begun && c.is_ascii_digit()) => 1,
            _ => return false,
        };
        begun = true;
        rest = &rest[taken..];
    }
    begun
}

#[cfg(test)]
mod tests;
