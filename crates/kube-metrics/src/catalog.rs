//! Which families there are, and which resource each belongs to.

pub use crate::family::Resource;

use crate::family::Family;
use crate::resources::RESOURCES;

/// All resources, in the order of the exposition.
pub fn resources() -> &'static [Resource] {
    RESOURCES
}

/// The resource of a plural name.
pub fn resource(name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.name == name)
}

/// The resource that holds objects of a group and kind, whatever their version.
pub fn resource_of(group: &str, kind: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.kind == kind && resource.group == group)
}

/// The family of a name, and the resource it belongs to: what must be watched for it.
pub fn family(name: &str) -> Option<(&'static Resource, &'static Family)> {
    RESOURCES.iter().find_map(|resource| {
        let family = resource.families.iter().find(|family| family.name == name)?;
        Some((resource, family))
    })
}

impl Resource {
    /// `apiVersion` of the objects: `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_is_whole() {
        let families: Vec<&str> =
            RESOURCES.iter().flat_map(|resource| resource.families).map(|family| family.name).collect();
        let unique: HashSet<&&str> = families.iter().collect();
        assert_eq!((RESOURCES.len(), families.len(), unique.len()), (39, 336, 336));
        assert!(RESOURCES.iter().map(|resource| resource.name).is_sorted());
        assert_eq!(RESOURCES.iter().filter(|resource| resource.default).count(), 32);
        for resource in RESOURCES {
            for family in resource.families {
                assert!(family.help.ends_with('.') && family.help.len() < 120, "{}", family.name);
            }
        }
    }

    #[test]
    fn families_know_their_resource() {
        let (resource, family) = family("kube_pod_info").expect("a family");
        assert_eq!(
            (resource.name, family.name, resource.api_version().as_str()),
            ("pods", "kube_pod_info", "v1")
        );
        assert!(super::family("kube_nothing").is_none());
        assert_eq!(resource_of("apps", "Deployment").map(|resource| resource.name), Some("deployments"));
        assert!(resource_of("", "Deployment").is_none());
    }
}
