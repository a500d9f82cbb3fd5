//! Kinds of discovery of a ScrapeConfig.

use super::parts::{ACCESS, ATTACH, AUTHORIZATION, CLIENT, HTTP, KEY, OAUTH2, PROXY, SCHEMES, TLS};
use super::{Must, Shape, keyed, set, some, some_set};

/// Roles of a discovery.
pub(super) const KUBERNETES_ROLES: &[&str] =
    &["Pod", "Endpoints", "Ingress", "Service", "Node", "EndpointSlice"];

/// `azureSDConfigs`
pub(super) const AZURE: Shape = Shape {
    needs: &["subscriptionID"],
    with: &[&PROXY, &ACCESS, &CLIENT],
    fields: &[
        ("authenticationMethod", Must::OneOf(&["OAuth", "ManagedIdentity", "SDK", "WorkloadIdentity"])),
        ("clientID", Must::Filled),
        ("clientSecret", Must::Object(&KEY)),
        ("environment", Must::Filled),
        ("port", Must::Whole(0, 65_535)),
        ("resourceGroup", Must::Filled),
        ("subscriptionID", Must::Filled),
        ("tenantID", Must::Filled),
    ],
};

/// `consulSDConfigs`
pub(super) const CONSUL: Shape = Shape {
    needs: &["server"],
    with: &[&PROXY, &ACCESS, &CLIENT],
    fields: &[
        ("allowStale", Must::Truth),
        ("datacenter", Must::Filled),
        ("filter", Must::Filled),
        ("healthFilter", Must::Filled),
        ("namespace", Must::Filled),
        ("nodeMeta", Must::Words(&Must::Text)),
        ("partition", Must::Filled),
        ("pathPrefix", Must::Filled),
        ("scheme", Must::OneOf(SCHEMES)),
        ("server", Must::Filled),
        ("services", set(&Must::Text)),
        ("tagSeparator", Must::Filled),
        ("tags", set(&Must::Text)),
        ("tokenRef", Must::Object(&KEY)),
    ],
};

/// `digitalOceanSDConfigs`
pub(super) const DIGITAL_OCEAN: Shape = Shape {
    needs: &[],
    with: &[&PROXY, &CLIENT],
    fields: &[
        ("authorization", Must::Object(&AUTHORIZATION)),
        ("oauth2", Must::Object(&OAUTH2)),
        ("port", Must::Whole(0, 65_535)),
        ("tlsConfig", Must::Object(&TLS)),
    ],
};

/// `dnsSDConfigs`
pub(super) const DNS: Shape = Shape {
    needs: &["names"],
    with: &[],
    fields: &[
        ("names", some(&Must::Filled)),
        ("port", Must::Whole(0, 65_535)),
        ("refreshInterval", Must::Duration),
        ("type", Must::OneOf(&["A", "AAAA", "MX", "NS", "SRV"])),
    ],
};

/// `dockerSDConfigs`
pub(super) const DOCKER: Shape = Shape {
    needs: &["host"],
    with: &[&PROXY, &ACCESS, &CLIENT],
    fields: &[
        ("filters", keyed("name", &Must::Object(&FILTER))),
        ("host", Must::Url(&[])),
        ("hostNetworkingHost", Must::Filled),
        ("matchFirstNetwork", Must::Truth),
        ("port", Must::Whole(0, 65_535)),
    ],
};

/// `dockerSwarmSDConfigs`
pub(super) const DOCKER_SWARM: Shape = Shape {
    needs: &["host", "role"],
    with: &[&PROXY, &ACCESS, &CLIENT],
    fields: &[
        ("filters", keyed("name", &Must::Object(&FILTER))),
        ("host", Must::Url(&[])),
        ("port", Must::Whole(0, 65_535)),
        ("role", Must::OneOf(&["Services", "Tasks", "Nodes"])),
    ],
};

/// `ec2SDConfigs`
pub(super) const EC2: Shape = Shape {
    needs: &[],
    with: &[&PROXY, &CLIENT],
    fields: &[
        ("accessKey", Must::Object(&KEY)),
        ("filters", keyed("name", &Must::Object(&FILTER))),
        ("port", Must::Whole(0, 65_535)),
        ("region", Must::Filled),
        ("roleARN", Must::Filled),
        ("secretKey", Must::Object(&KEY)),
        ("tlsConfig", Must::Object(&TLS)),
    ],
};

/// `eurekaSDConfigs`
pub(super) const EUREKA: Shape =
    Shape { needs: &["server"], with: &[&PROXY, &ACCESS, &CLIENT], fields: &[("server", Must::Url(HTTP))] };

/// `fileSDConfigs`
pub(super) const FILE: Shape = Shape {
    needs: &["files"],
    with: &[],
    fields: &[
        (
            "files",
            some_set(&Must::Form(
                "^[^*]*(\\*[^/]*)?\\.(json|yml|yaml|JSON|YML|YAML)$",
                "a file's path that ends in .json, .yml or .yaml; * in its last part only",
            )),
        ),
        ("refreshInterval", Must::Duration),
    ],
};

/// `gceSDConfigs`
pub(super) const GCE: Shape = Shape {
    needs: &["project", "zone"],
    with: &[],
    fields: &[
        ("filter", Must::Filled),
        ("port", Must::Whole(0, 65_535)),
        ("project", Must::Filled),
        ("refreshInterval", Must::Duration),
        ("tagSeparator", Must::Filled),
        ("zone", Must::Filled),
    ],
};

/// `hetznerSDConfigs`
pub(super) const HETZNER: Shape = Shape {
    needs: &["role"],
    with: &[&PROXY, &ACCESS, &CLIENT],
    fields: &[
        ("labelSelector", Must::Filled),
        ("port", Must::Whole(0, 65_535)),
        ("role", Must::OneOf(&["hcloud", "Hcloud", "robot", "Robot"])),
    ],
};

/// `httpSDConfigs`
pub(super) const HTTP_SD: Shape =
    Shape { needs: &["url"], with: &[&PROXY, &ACCESS, &CLIENT], fields: &[("url", Must::Url(HTTP))] };

/// `ionosSDConfigs`
pub(super) const IONOS: Shape = Shape {
    needs: &["authorization", "datacenterID"],
    with: &[&PROXY, &CLIENT],
    fields: &[
        ("authorization", Must::Object(&AUTHORIZATION)),
        ("datacenterID", Must::Filled),
        ("oauth2", Must::Object(&OAUTH2)),
        ("port", Must::Whole(0, 65_535)),
        ("tlsConfig", Must::Object(&TLS)),
    ],
};

/// `kubernetesSDConfigs`
pub(super) const KUBERNETES: Shape = Shape {
    needs: &["role"],
    with: &[&PROXY, &ACCESS],
    fields: &[
        ("apiServer", Must::Filled),
        ("attachMetadata", Must::Object(&ATTACH)),
        ("enableHTTP2", Must::Truth),
        ("followRedirects", Must::Truth),
        ("namespaces", Must::Object(&KUBERNETES_NAMESPACES)),
        ("role", Must::OneOf(KUBERNETES_ROLES)),
        ("selectors", keyed("role", &Must::Object(&KUBERNETES_SELECTOR))),
    ],
};

/// `kumaSDConfigs`
pub(super) const KUMA: Shape = Shape {
    needs: &["server"],
    with: &[&PROXY, &ACCESS, &CLIENT],
    fields: &[("clientID", Must::Filled), ("fetchTimeout", Must::Duration), ("server", Must::Url(HTTP))],
};

/// `lightSailSDConfigs`
pub(super) const LIGHT_SAIL: Shape = Shape {
    needs: &[],
    with: &[&PROXY, &ACCESS, &CLIENT],
    fields: &[
        ("accessKey", Must::Object(&KEY)),
        ("endpoint", Must::Filled),
        ("port", Must::Whole(0, 65_535)),
        ("region", Must::Filled),
        ("roleARN", Must::Filled),
        ("secretKey", Must::Object(&KEY)),
    ],
};

/// `linodeSDConfigs`
pub(super) const LINODE: Shape = Shape {
    needs: &[],
    with: &[&PROXY, &CLIENT],
    fields: &[
        ("authorization", Must::Object(&AUTHORIZATION)),
        ("oauth2", Must::Object(&OAUTH2)),
        ("port", Must::Whole(0, 65_535)),
        ("region", Must::Filled),
        ("tagSeparator", Must::Filled),
        ("tlsConfig", Must::Object(&TLS)),
    ],
};

/// `nomadSDConfigs`
pub(super) const NOMAD: Shape = Shape {
    needs: &["server"],
    with: &[&PROXY, &ACCESS, &CLIENT],
    fields: &[
        ("allowStale", Must::Truth),
        ("namespace", Must::Filled),
        ("region", Must::Filled),
        ("server", Must::Url(HTTP)),
        ("tagSeparator", Must::Filled),
    ],
};

/// `openstackSDConfigs`
pub(super) const OPENSTACK: Shape = Shape {
    needs: &["region", "role"],
    with: &[],
    fields: &[
        ("allTenants", Must::Truth),
        ("applicationCredentialId", Must::Filled),
        ("applicationCredentialName", Must::Filled),
        ("applicationCredentialSecret", Must::Object(&KEY)),
        ("availability", Must::OneOf(&["Public", "public", "Admin", "admin", "Internal", "internal"])),
        ("domainID", Must::Filled),
        ("domainName", Must::Filled),
        ("identityEndpoint", Must::Url(HTTP)),
        ("password", Must::Object(&KEY)),
        ("port", Must::Whole(0, 65_535)),
        ("projectID", Must::Filled),
        ("projectName", Must::Filled),
        ("refreshInterval", Must::Duration),
        ("region", Must::Filled),
        ("role", Must::OneOf(&["Instance", "Hypervisor", "LoadBalancer"])),
        ("tlsConfig", Must::Object(&TLS)),
        ("userid", Must::Filled),
        ("username", Must::Filled),
    ],
};

/// `ovhcloudSDConfigs`
pub(super) const OVHCLOUD: Shape = Shape {
    needs: &["applicationKey", "applicationSecret", "consumerKey", "service"],
    with: &[],
    fields: &[
        ("applicationKey", Must::Filled),
        ("applicationSecret", Must::Object(&KEY)),
        ("consumerKey", Must::Object(&KEY)),
        ("endpoint", Must::Filled),
        ("refreshInterval", Must::Duration),
        ("service", Must::OneOf(&["VPS", "DedicatedServer"])),
    ],
};

/// `puppetDBSDConfigs`
pub(super) const PUPPET_DB: Shape = Shape {
    needs: &["query", "url"],
    with: &[&PROXY, &ACCESS, &CLIENT],
    fields: &[
        ("includeParameters", Must::Truth),
        ("port", Must::Whole(0, 65_535)),
        ("query", Must::Filled),
        ("url", Must::Url(HTTP)),
    ],
};

/// `scalewaySDConfigs`
pub(super) const SCALEWAY: Shape = Shape {
    needs: &["accessKey", "projectID", "role", "secretKey"],
    with: &[&PROXY, &CLIENT],
    fields: &[
        ("accessKey", Must::Filled),
        ("apiURL", Must::Url(HTTP)),
        ("nameFilter", Must::Filled),
        ("port", Must::Whole(0, 65_535)),
        ("projectID", Must::Filled),
        ("role", Must::OneOf(&["Instance", "Baremetal"])),
        ("secretKey", Must::Object(&KEY)),
        ("tagsFilter", some_set(&Must::Filled)),
        ("tlsConfig", Must::Object(&TLS)),
        ("zone", Must::Filled),
    ],
};

/// A filter of a cloud's objects.
pub(super) const FILTER: Shape = Shape {
    needs: &["name", "values"],
    with: &[],
    fields: &[("name", Must::Filled), ("values", some_set(&Must::Filled))],
};

/// Namespaces of a discovery.
pub(super) const KUBERNETES_NAMESPACES: Shape =
    Shape { needs: &[], with: &[], fields: &[("names", set(&Must::Text)), ("ownNamespace", Must::Truth)] };

/// Objects of a discovery.
pub(super) const KUBERNETES_SELECTOR: Shape = Shape {
    needs: &["role"],
    with: &[],
    fields: &[("field", Must::Filled), ("label", Must::Filled), ("role", Must::OneOf(KUBERNETES_ROLES))],
};
