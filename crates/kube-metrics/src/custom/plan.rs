//! Which kinds a configuration means, given the definitions there are.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::config::{Config, Resource};
use crate::allow::FamilyFilter;
use crate::catalog;
use crate::exposition::Body;
use crate::family::{MetricKind, Sample};
use crate::object;
use crate::options::Options;
use crate::plan::group_and_kind;

/// A CustomResourceDefinition, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Definition {
    /// The API group.
    pub group: String,
    /// The kind of its objects.
    pub kind: String,
    /// The plural name.
    pub plural: String,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// The versions that are served.
    pub versions: Vec<String>,
}

/// The configuration and the filter of names that hold for custom resources.
#[derive(Clone, Debug, Default)]
pub struct CustomPlan {
    config: Config,
    filter: FamilyFilter,
}

/// A kind in one version, with the families that are configured for it.
#[derive(Clone, Debug)]
pub struct CustomResource {
    /// The API group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The plural name.
    pub plural: String,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    families: Vec<super::family::Family>,
}

impl Definition {
    /// Reads a CustomResourceDefinition.
    pub fn of(object: &Value) -> Option<Definition> {
        if group_and_kind(object) != ("apiextensions.k8s.io", "CustomResourceDefinition") {
            return None;
        }
        let served = object::list(object, "spec.versions")
            .iter()
            .filter(|version| object::flag(version, "served") == Some(true))
            .map(|version| object::text(version, "name").to_owned());
        Some(Definition {
            group: object::text(object, "spec.group").to_owned(),
            kind: object::text(object, "spec.names.kind").to_owned(),
            plural: object::text(object, "spec.names.plural").to_owned(),
            namespaced: object::text(object, "spec.scope") == "Namespaced",
            versions: served.collect(),
        })
    }

    /// The definitions among objects, and what objects without one tell of theirs.
    pub fn all_of(objects: &[&Value]) -> Vec<Definition> {
        let mut known: BTreeMap<(String, String), Definition> = objects
            .iter()
            .filter_map(|object| Definition::of(object))
            .map(|definition| ((definition.group.clone(), definition.kind.clone()), definition))
            .collect();
        let mut told: BTreeMap<(String, String), Definition> = BTreeMap::new();
        for object in objects {
            let (group, kind) = group_and_kind(object);
            let key = (group.to_owned(), kind.to_owned());
            let builtin = group.is_empty() || catalog::resource_of(group, kind).is_some();
            if builtin || known.contains_key(&key) {
                continue;
            }
            let version = object::text(object, "apiVersion").rsplit('/').next().unwrap_or("").to_owned();
            let definition = told.entry(key).or_insert_with(|| Definition {
                group: group.to_owned(),
                kind: kind.to_owned(),
                plural: format!("{}s", kind.to_lowercase()),
                namespaced: false,
                versions: Vec::new(),
            });
            definition.namespaced |= object::at(object, "metadata.namespace").is_some();
            if !definition.versions.contains(&version) {
                definition.versions.push(version);
            }
        }
        known.extend(told);
        known.into_values().collect()
    }
}

impl CustomPlan {
    pub(crate) fn new(options: &Options) -> CustomPlan {
        // What is configured is wished for, whether or not anything uses it.
        let filter = FamilyFilter { used: None, ..options.families.clone() };
        CustomPlan { config: options.custom.clone().unwrap_or_default(), filter }
    }

    /// Whether nothing is configured.
    pub fn is_empty(&self) -> bool {
        self.config.resources.is_empty()
    }

    /// Group, version and kind of each configured resource; `*` stands for all.
    pub fn selectors(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.config
            .resources
            .iter()
            .map(|resource| (resource.group.as_str(), resource.version.as_str(), resource.kind.as_str()))
    }

    /// The kinds that the configuration means. A later entry for the same kind takes the place of an earlier one;
    /// a kind without a definition that serves the version is passed over.
    pub fn resolve(&self, definitions: &[Definition]) -> Vec<CustomResource> {
        let mut resolved: BTreeMap<(String, String, String), CustomResource> = BTreeMap::new();
        for resource in &self.config.resources {
            for (definition, version) in resource.served(definitions) {
                let families = resource.families.iter();
                let families =
                    families.filter(|family| self.filter.admits_name(&family.name)).cloned().collect();
                let custom = CustomResource {
                    group: definition.group.clone(),
                    version: version.clone(),
                    kind: definition.kind.clone(),
                    plural: definition.plural.clone(),
                    namespaced: definition.namespaced,
                    families,
                };
                let key = (custom.group.clone(), custom.version.clone(), custom.plural.clone());
                resolved.insert(key, custom);
            }
        }
        resolved.into_values().collect()
    }

    /// Without definitions, those that the objects tell.
    pub(crate) fn render(
        &self,
        definitions: Option<&[Definition]>,
        objects: &[&Value],
        in_namespaces: bool,
        body: &mut Body,
    ) {
        if self.is_empty() {
            return;
        }
        let told = definitions.map_or_else(|| Definition::all_of(objects), <[Definition]>::to_vec);
        for custom in self.resolve(&told) {
            // Without a right to list the whole cluster, only what is in namespaces can be listed.
            if custom.namespaced || !in_namespaces {
                custom.render(objects, body);
            }
        }
    }
}

impl Resource {
    fn served<'a>(
        &'a self,
        definitions: &'a [Definition],
    ) -> impl Iterator<Item = (&'a Definition, &'a String)> {
        let kinds = definitions.iter().filter(|definition| {
            definition.group == self.group && (self.kind == "*" || definition.kind == self.kind)
        });
        let versions =
            |definition: &'a Definition| definition.versions.iter().map(move |version| (definition, version));
        kinds.flat_map(versions).filter(|(_, version)| self.version == "*" || **version == self.version)
    }
}

impl CustomResource {
    /// The samples of an object of this kind.
    pub fn generate(&self, object: &Value) -> Vec<Sample<'static>> {
        self.families.iter().flat_map(|family| family.samples(object, &self.fixed())).collect()
    }

    /// The samples of an object of this kind, family by family.
    pub fn generate_families(&self, object: &Value) -> impl Iterator<Item = Vec<Sample<'static>>> {
        self.families.iter().map(|family| family.samples(object, &self.fixed()))
    }

    /// Name, help and type of its families.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str, MetricKind)> {
        self.families.iter().map(|family| (family.name.as_str(), family.help.as_str(), family.kind()))
    }

    /// The names of its families.
    pub fn family_names(&self) -> impl Iterator<Item = &str> {
        self.families.iter().map(|family| family.name.as_str())
    }

    fn fixed(&self) -> [(&str, &str); 3] {
        [
            ("customresource_group", &self.group),
            ("customresource_version", &self.version),
            ("customresource_kind", &self.kind),
        ]
    }

    fn render(&self, objects: &[&Value], body: &mut Body) {
        let api_version = format!("{}/{}", self.group, self.version);
        let own = objects.iter().filter(|object| group_and_kind(object) == (&self.group, &self.kind));
        // Another version of a kind is the same object under another name, as without a conversion webhook.
        let own: Vec<Value> = own
            .map(|object| {
                let mut object = (*object).clone();
                if let Some(map) = object.as_object_mut() {
                    map.insert("apiVersion".to_owned(), json!(api_version));
                }
                object
            })
            .collect();
        if own.is_empty() {
            return;
        }
        for family in &self.families {
            body.header(&family.name, &family.help, family.kind());
            let mut lines = String::new();
            for object in &own {
                family.samples(object, &self.fixed()).iter().for_each(|sample| sample.write(&mut lines));
            }
            body.push_str(&lines);
        }
    }
}
