//! kube-state-metrics' own flags.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use regex::Regex;

use crate::allow::{FamilyFilter, KeyPatterns};
use crate::catalog;
use crate::custom;

/// What is made of which objects.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Plural names; `None` is the default set.
    pub resources: Option<Vec<String>>,
    /// Namespaces; empty is all.
    pub namespaces: Vec<String>,
    /// Namespaces that are left out.
    pub excluded_namespaces: Vec<String>,
    /// Which labels become labels.
    pub labels: AllowList,
    /// Which annotations become labels.
    pub annotations: AllowList,
    /// Custom resources.
    pub custom: Option<custom::Config>,
    /// No built-in resources.
    pub custom_only: bool,
    pub(crate) families: FamilyFilter,
}

/// Key patterns for each resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList {
    entries: Vec<(String, KeyPatterns)>,
}

/// A flag that was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--{flag}: {message}")]
pub struct OptionError {
    /// The flag without its dashes.
    pub flag: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Goes on where the configuration of custom resources cannot be read.
const LENIENT: &str = "continue-without-custom-resource-state-config-file";

/// Flags of kube-state-metrics that say how it runs, not what it shows: read and left alone.
const WITHOUT_EFFECT: &[&str] = &["use-apiserver-cache", "use-api-server-cache"];

impl Options {
    /// Reads flags as kube-state-metrics writes them: `--name=value`, or `--name value`. `read` gives the text of a
    /// file that a flag names. All faults are reported.
    pub fn parse<'a>(
        arguments: impl IntoIterator<Item = &'a str>,
        read: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Options, Vec<OptionError>> {
        let mut options = Options::default();
        let mut faults = Vec::new();
        let mut inline = None;
        let mut file = None;
        let mut lenient = false;
        let mut arguments = arguments.into_iter().peekable();
        while let Some(argument) = arguments.next() {
            let Some(flag) = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')) else {
                faults.push(fault(argument, "is no flag; flags begin with --"));
                continue;
            };
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None if is_switch(flag) => (flag, None),
                None => (flag, arguments.next()),
            };
            let value = value.unwrap_or("true");
            match name {
                "custom-resource-state-config" => inline = Some(value),
                "custom-resource-state-config-file" => file = Some(value),
                LENIENT => match boolean(value) {
                    Ok(on) => lenient = on,
                    Err(message) => faults.push(fault(name, &message)),
                },
                _ => {
                    if let Err(message) = options.set(name, value) {
                        faults.push(fault(name, &message));
                    }
                }
            }
        }
        match custom_config(inline, file, lenient, read) {
            Ok(config) => options.custom = config,
            Err(errors) => faults.extend(errors),
        }
        faults.extend(options.unknown_resources());
        if !options.families.allow.is_empty() && !options.families.deny.is_empty() {
            faults.push(fault(
                "metric-allowlist",
                "cannot stand beside --metric-denylist; drop one of the two",
            ));
        }
        if faults.is_empty() { Ok(options) } else { Err(faults) }
    }

    /// Resources that the lists of keys name and that nobody knows. Custom ones may be any.
    fn unknown_resources(&self) -> Vec<OptionError> {
        let is_known = |name: &str| name == "*" || catalog::resource(name).is_some();
        let lists =
            [("metric-labels-allowlist", &self.labels), ("metric-annotations-allowlist", &self.annotations)];
        let lists = lists.into_iter().filter(|_| self.custom.is_none());
        let entries =
            lists.flat_map(|(flag, list)| list.entries.iter().map(move |(name, _)| (flag, name.as_str())));
        let told = |(flag, name)| fault(flag, &format!("{name} is no resource; {}", known_resources()));
        entries.filter(|(_, name)| !is_known(name)).map(told).collect()
    }

    /// Leaves only families of these names and those that the options themselves ask for, and of the resources only
    /// those that have one of them. Families that must be asked for are asked for by their name.
    pub fn only_families<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        let known = |name: &&str| catalog::family(name).is_some();
        let mut used: HashSet<String> = names.into_iter().filter(known).map(str::to_owned).collect();
        for resource in catalog::resources() {
            let families = resource.families.iter().map(|family| family.name);
            used.extend(families.filter(|name| self.asks_for(resource, name)).map(str::to_owned));
        }
        let has_one =
            |resource: &catalog::Resource| resource.families.iter().any(|family| used.contains(family.name));
        let resources = catalog::resources().iter().filter(|resource| has_one(resource));
        self.resources = Some(resources.map(|resource| resource.name.to_owned()).collect());
        let opt_in = used.iter().filter_map(|name| Regex::new(&format!("^{}$", regex::escape(name))).ok());
        self.families.opt_in.extend(opt_in);
        self.families.used = Some(used);
    }

    /// Whether a list names a family, or the keys that it shows.
    fn asks_for(&self, resource: &catalog::Resource, family: &str) -> bool {
        let any = |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(family));
        let listed = |list: &AllowList, suffix: &str| {
            family.ends_with(suffix) && list.entries.iter().any(|(name, _)| name == resource.name)
        };
        any(&self.families.allow)
            || any(&self.families.opt_in)
            || listed(&self.labels, "_labels")
            || listed(&self.annotations, "_annotations")
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "resources" => self.resources = Some(resource_names(value)?),
            "namespaces" => self.namespaces = words(value),
            "namespaces-denylist" => self.excluded_namespaces = words(value),
            "metric-labels-allowlist" => self.labels = AllowList::parse(value)?,
            "metric-annotations-allowlist" => self.annotations = AllowList::parse(value)?,
            "metric-allowlist" => self.families.allow = patterns(value)?,
            "metric-denylist" => self.families.deny = patterns(value)?,
            "metric-opt-in-list" => self.families.opt_in = patterns(value)?,
            "custom-resource-state-only" => self.custom_only = boolean(value)?,
            _ if WITHOUT_EFFECT.contains(&name) => {
                boolean(value)?;
            }
            _ => return Err("is not known; see docs/user/flags.md for those that are".to_owned()),
        }
        Ok(())
    }
}

impl AllowList {
    /// Reads `pods=[a,b],*=[*]`.
    pub fn parse(text: &str) -> Result<AllowList, String> {
        let mut entries: Vec<(String, KeyPatterns)> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (name, after) = rest
                .split_once("=[")
                .ok_or_else(|| format!("{rest:?} has no \"=[\"; write pods=[key,…],nodes=[*]"))?;
            let (keys, after) =
                after.split_once(']').ok_or_else(|| format!("{rest:?} has no \"]\" at its end"))?;
            let name = name.trim();
            if name.is_empty() || name.contains(['[', ']', ',', '=']) {
                return Err(format!("{name:?} is no resource; write pods=[key,…]"));
            }
            if keys.contains(['[', '=']) {
                return Err(format!("{keys:?} is no list of keys"));
            }
            entries.retain(|(known, _)| known != name);
            entries.push((name.to_owned(), KeyPatterns::new(words(keys))));
            rest = match after.trim_start().strip_prefix(',') {
                Some(more) => more.trim_start(),
                None if after.trim().is_empty() => "",
                None => return Err(format!("{after:?} after \"]\"; entries are separated by commas")),
            };
        }
        Ok(AllowList { entries })
    }

    /// The patterns for a resource. Where `*` stands for all resources, no other entry counts.
    pub fn of(&self, resource: &str) -> KeyPatterns {
        let find = |wanted: &str| self.entries.iter().find(|(name, _)| name == wanted);
        find("*").or_else(|| find(resource)).map(|(_, patterns)| patterns.clone()).unwrap_or_default()
    }
}

fn custom_config(
    inline: Option<&str>,
    file: Option<&str>,
    lenient: bool,
    read: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Option<custom::Config>, Vec<OptionError>> {
    let (flag, text, source) = match (inline, file) {
        (Some(text), _) => ("custom-resource-state-config", text.to_owned(), "custom-resource-state-config"),
        (None, Some(path)) => {
            let flag = "custom-resource-state-config-file";
            match read(path) {
                Ok(text) => (flag, text, path),
                Err(_) if lenient => return Ok(None),
                Err(message) => return Err(vec![fault(flag, &message)]),
            }
        }
        (None, None) => return Ok(None),
    };
    custom::Config::parse(&text, source)
        .map(Some)
        .map_err(|errors| errors.into_iter().map(|error| fault(flag, &error.to_string())).collect())
}

fn fault(flag: &str, message: &str) -> OptionError {
    OptionError { flag: flag.to_owned(), message: message.to_owned() }
}

fn is_switch(name: &str) -> bool {
    name == "custom-resource-state-only" || name == LENIENT || WITHOUT_EFFECT.contains(&name)
}

fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn resource_names(text: &str) -> Result<Vec<String>, String> {
    if text == "all" {
        return Ok(catalog::resources().iter().map(|resource| resource.name.to_owned()).collect());
    }
    let names = words(text);
    let unknown: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| catalog::resource(name).is_none()).collect();
    if unknown.is_empty() {
        return Ok(names);
    }
    Err(format!("{} unknown; {}", unknown.join(", "), known_resources()))
}

fn known_resources() -> String {
    let known: Vec<&str> = catalog::resources().iter().map(|resource| resource.name).collect();
    format!("known are {}", known.join(", "))
}

/// Patterns match anywhere in a name.
fn patterns(text: &str) -> Result<Vec<Regex>, String> {
    words(text)
        .iter()
        .map(|word| Regex::new(word).map_err(|_| format!("{word:?} is no regular expression")))
        .collect()
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("{text:?} is neither true nor false")),
    }
}
