//! Allow-lists of label and annotation keys, and filters of family names.

use std::collections::HashSet;

use regex::Regex;

use crate::family::Family;

/// Patterns of keys. A pattern has at most one `*`, for any characters; `*` alone counts only as the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPatterns {
    patterns: Vec<String>,
}

impl KeyPatterns {
    /// Patterns in the order of the flag.
    pub fn new(patterns: Vec<String>) -> KeyPatterns {
        KeyPatterns { patterns }
    }

    /// Every key.
    pub fn all() -> KeyPatterns {
        KeyPatterns { patterns: vec!["*".to_owned()] }
    }

    /// Whether no list was given: then there is no sample, not even one without labels.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether a key is allowed.
    pub fn allows(&self, key: &str) -> bool {
        if self.patterns.first().is_some_and(|first| first == "*") {
            return true;
        }
        self.patterns.iter().any(|pattern| matches(pattern, key))
    }
}

fn matches(pattern: &str, key: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == key,
        Some(("", "")) => false,
        Some((_, suffix)) if suffix.contains('*') => false,
        Some((prefix, suffix)) => {
            key.len() >= prefix.len() + suffix.len() && key.starts_with(prefix) && key.ends_with(suffix)
        }
    }
}

/// Which families are made.
#[derive(Clone, Debug, Default)]
pub(crate) struct FamilyFilter {
    /// Empty allows all.
    pub(crate) allow: Vec<Regex>,
    pub(crate) deny: Vec<Regex>,
    pub(crate) opt_in: Vec<Regex>,
    /// The names that are used; `None` is all.
    pub(crate) used: Option<HashSet<String>>,
}

impl FamilyFilter {
    /// Whether a name passes the allow-list and the deny-list.
    pub(crate) fn admits_name(&self, name: &str) -> bool {
        let any = |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(name));
        let used = self.used.as_ref().is_none_or(|used| used.contains(name));
        used && (self.allow.is_empty() || any(&self.allow)) && !any(&self.deny)
    }

    /// Whether a built-in family is made.
    pub(crate) fn admits(&self, family: &Family) -> bool {
        let asked = !family.opt_in || self.opt_in.iter().any(|pattern| pattern.is_match(family.name));
        asked && self.admits_name(family.name)
    }
}

#[cfg(test)]
mod tests {
    use super::KeyPatterns;

    #[test]
    fn patterns_have_one_star() {
        let rows: &[(&[&str], &str, bool)] = &[
            (&["*"], "any", true),
            (&["*", "tier"], "any", true),
            (&["tier", "*"], "any", false),
            (&["tier", "*"], "tier", true),
            (&["app.kubernetes.io/*"], "app.kubernetes.io/name", true),
            (&["app.kubernetes.io/*"], "name", false),
            (&["*/multi"], "note/multi", true),
            (&["a*b"], "ab", true),
            (&["a*a"], "a", false),
            (&["*a*"], "bab", false),
            (&[], "a", false),
        ];
        for (patterns, key, allowed) in rows {
            let patterns = KeyPatterns::new(patterns.iter().map(|text| (*text).to_owned()).collect());
            assert_eq!(patterns.allows(key), *allowed, "{patterns:?} {key}");
        }
    }
}
