//! What is made for whom: options applied to the tables, once, so that an object costs only what it shows.

use serde_json::Value;

use crate::catalog::resource_of;
use crate::custom::{CustomPlan, Definition};
use crate::exposition::{Body, Form};
use crate::family::{Family, Resource, Rows, Sample};
use crate::options::Options;
use crate::resources::RESOURCES;
use crate::rule::{Allowed, identity};

/// Resources and families that the options leave.
#[derive(Debug)]
pub struct Plan {
    resources: Vec<PlannedResource>,
    custom: CustomPlan,
    definitions: Option<Vec<Definition>>,
    scope: Scope,
}

/// The namespaces that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// All if empty.
    namespaces: Vec<String>,
    excluded: Vec<String>,
}

/// A resource that is watched.
#[derive(Clone, Debug)]
pub struct PlannedResource {
    /// The row of the table.
    pub resource: &'static Resource,
    /// Its families that have a header.
    pub families: Vec<&'static Family>,
    allowed: Allowed,
}

impl Plan {
    /// Applies the options.
    pub fn new(options: &Options) -> Plan {
        let wanted = |resource: &Resource| match &options.resources {
            Some(names) => names.iter().any(|name| name == resource.name),
            None => resource.default,
        };
        let resources = RESOURCES
            .iter()
            .filter(|resource| !options.custom_only && wanted(resource))
            .map(|resource| PlannedResource {
                resource,
                families: resource.families.iter().filter(|family| options.families.admits(family)).collect(),
                allowed: Allowed {
                    labels: options.labels.of(resource.name),
                    annotations: options.annotations.of(resource.name),
                },
            })
            .collect();
        Plan {
            resources,
            custom: CustomPlan::new(options),
            definitions: None,
            scope: Scope {
                namespaces: options.namespaces.clone(),
                excluded: options.excluded_namespaces.clone(),
            },
        }
    }

    /// Takes the definitions of custom resources from elsewhere than from the objects.
    pub fn with_definitions(mut self, definitions: Vec<Definition>) -> Plan {
        self.definitions = Some(definitions);
        self
    }

    /// The built-in resources that are watched.
    pub fn resources(&self) -> &[PlannedResource] {
        &self.resources
    }

    /// The built-in resources that are watched.
    pub(crate) fn into_resources(self) -> Vec<PlannedResource> {
        self.resources
    }

    /// The namespaces that count.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The custom resources that are watched.
    pub fn custom(&self) -> &CustomPlan {
        &self.custom
    }

    /// The samples of an object of a built-in resource, family by family. Nothing where it is not watched.
    pub fn generate<'a>(&self, object: &'a Value) -> Vec<Sample<'a>> {
        let (group, kind) = group_and_kind(object);
        let Some(planned) = resource_of(group, kind).and_then(|resource| self.planned(resource.name)) else {
            return Vec::new();
        };
        if !self.watches(object, planned.resource.namespaced) {
            return Vec::new();
        }
        planned.generate(object).into_iter().flat_map(|(_, samples)| samples).collect()
    }

    /// The exposition of objects of any kinds, in kube-state-metrics' order.
    pub fn render(&self, objects: &[Value], form: Form) -> String {
        let mut body = Body::new(form);
        for planned in &self.resources {
            let own: Vec<&Value> = objects
                .iter()
                .filter(|object| {
                    group_and_kind(object) == (planned.resource.group, planned.resource.kind)
                        && self.watches(object, planned.resource.namespaced)
                })
                .collect();
            planned.render(&own, &mut body);
        }
        let watched: Vec<&Value> = objects.iter().filter(|object| self.scope.holds(object)).collect();
        let in_namespaces = !self.scope.namespaces.is_empty();
        self.custom.render(self.definitions.as_deref(), &watched, in_namespaces, &mut body);
        body.finish()
    }

    /// The planned form of a resource.
    pub fn planned(&self, name: &str) -> Option<&PlannedResource> {
        self.resources.iter().find(|planned| planned.resource.name == name)
    }

    fn watches(&self, object: &Value, namespaced: bool) -> bool {
        !namespaced || self.scope.holds(object)
    }
}

impl Scope {
    /// Whether an object is in a namespace that counts, or in none.
    pub(crate) fn holds(&self, object: &Value) -> bool {
        let namespace = crate::object::text(object, "metadata.namespace");
        let named = |names: &[String]| names.iter().any(|name| name == namespace);
        namespace.is_empty()
            || ((self.namespaces.is_empty() || named(&self.namespaces)) && !named(&self.excluded))
    }
}

impl PlannedResource {
    /// Whether an object gives the same lines here and there.
    pub(crate) fn makes_same(&self, other: &PlannedResource) -> bool {
        let names = |planned: &PlannedResource| planned.families.iter().map(|f| f.name).collect::<Vec<_>>();
        names(self) == names(other) && self.allowed == other.allowed
    }

    /// The samples of one object for each family, in the order of the families.
    pub fn generate<'a>(&self, object: &'a Value) -> Vec<(&'static Family, Vec<Sample<'a>>)> {
        let mut rows = Rows::samples(identity(self.resource, object));
        let mut all = Vec::with_capacity(self.families.len());
        for family in self.families.iter().filter(|family| !family.rule.is_silent(&self.allowed)) {
            rows.name = family.name;
            family.rule.apply(object, &self.allowed, &mut rows);
            let samples = rows.take();
            if !samples.is_empty() {
                all.push((*family, samples));
            }
        }
        all
    }

    /// The lines of one object: what all begin with, the rest of each, and where each family's end (its place and
    /// the length up to there).
    pub(crate) fn lines(&self, object: &Value) -> (String, String, Vec<(u16, u32)>) {
        let (mut rows, prefix) = Rows::text(identity(self.resource, object));
        let mut ends = Vec::with_capacity(self.families.len());
        for (place, family) in (0u16..).zip(&self.families) {
            let before = rows.len();
            if !family.rule.is_silent(&self.allowed) {
                rows.name = family.name;
                family.rule.apply(object, &self.allowed, &mut rows);
            }
            if rows.len() > before {
                ends.push((place, u32::try_from(rows.len()).unwrap_or(u32::MAX)));
            }
        }
        (prefix, rows.into_text(), ends)
    }

    /// A resource without objects prints nothing; with some, every family has its header.
    fn render(&self, objects: &[&Value], body: &mut Body) {
        if objects.is_empty() {
            return;
        }
        let mut lines: Vec<String> = vec![String::new(); self.families.len()];
        for object in objects {
            for (family, samples) in self.generate(object) {
                let place = self.families.iter().position(|planned| std::ptr::eq(*planned, family));
                if let Some(text) = place.and_then(|place| lines.get_mut(place)) {
                    samples.iter().for_each(|sample| sample.write(text));
                }
            }
        }
        for (family, lines) in self.families.iter().zip(&lines) {
            body.header(family.name, &family.header_help(), family.kind);
            body.push_str(lines);
        }
    }
}

/// API group and kind of an object.
pub(crate) fn group_and_kind(object: &Value) -> (&str, &str) {
    let api_version = crate::object::text(object, "apiVersion");
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    (group, crate::object::text(object, "kind"))
}
