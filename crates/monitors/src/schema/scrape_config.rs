//! ScrapeConfig.

use super::discovery::{
    AZURE, CONSUL, DIGITAL_OCEAN, DNS, DOCKER, DOCKER_SWARM, EC2, EUREKA, FILE, GCE, HETZNER, HTTP_SD, IONOS,
    KUBERNETES, KUMA, LIGHT_SAIL, LINODE, NOMAD, OPENSTACK, OVHCLOUD, PUPPET_DB, SCALEWAY,
};
use super::parts::{
    ACCESS, ESCAPING_SCHEMES, HISTOGRAMS, LIMITS, PROTOCOLS, PROXY, RELABELING, SCHEMES, VALIDATION_SCHEMES,
};
use super::{Must, Shape, list, some, some_set};

/// ScrapeConfig
pub(super) const SCRAPE_CONFIG: Shape = Shape {
    needs: &[],
    with: &[&PROXY, &ACCESS, &LIMITS, &HISTOGRAMS],
    fields: &[
        ("azureSDConfigs", list(&Must::Object(&AZURE))),
        ("bodySizeLimit", Must::Size),
        ("consulSDConfigs", list(&Must::Object(&CONSUL))),
        ("digitalOceanSDConfigs", list(&Must::Object(&DIGITAL_OCEAN))),
        ("dnsSDConfigs", list(&Must::Object(&DNS))),
        ("dockerSDConfigs", list(&Must::Object(&DOCKER))),
        ("dockerSwarmSDConfigs", list(&Must::Object(&DOCKER_SWARM))),
        ("ec2SDConfigs", list(&Must::Object(&EC2))),
        ("enableCompression", Must::Truth),
        ("enableHTTP2", Must::Truth),
        ("eurekaSDConfigs", list(&Must::Object(&EUREKA))),
        ("fallbackScrapeProtocol", Must::OneOf(PROTOCOLS)),
        ("fileSDConfigs", list(&Must::Object(&FILE))),
        ("gceSDConfigs", list(&Must::Object(&GCE))),
        ("hetznerSDConfigs", list(&Must::Object(&HETZNER))),
        ("honorLabels", Must::Truth),
        ("honorTimestamps", Must::Truth),
        ("httpSDConfigs", list(&Must::Object(&HTTP_SD))),
        ("ionosSDConfigs", list(&Must::Object(&IONOS))),
        ("jobName", Must::Filled),
        ("kubernetesSDConfigs", list(&Must::Object(&KUBERNETES))),
        ("kumaSDConfigs", list(&Must::Object(&KUMA))),
        ("lightSailSDConfigs", list(&Must::Object(&LIGHT_SAIL))),
        ("linodeSDConfigs", list(&Must::Object(&LINODE))),
        ("metricRelabelings", some(&Must::Object(&RELABELING))),
        ("metricsPath", Must::Filled),
        ("nameEscapingScheme", Must::OneOf(ESCAPING_SCHEMES)),
        ("nameValidationScheme", Must::OneOf(VALIDATION_SCHEMES)),
        ("nomadSDConfigs", list(&Must::Object(&NOMAD))),
        ("openstackSDConfigs", list(&Must::Object(&OPENSTACK))),
        ("ovhcloudSDConfigs", list(&Must::Object(&OVHCLOUD))),
        ("params", Must::Words(&list(&Must::Text))),
        ("puppetDBSDConfigs", list(&Must::Object(&PUPPET_DB))),
        ("relabelings", some(&Must::Object(&RELABELING))),
        ("scalewaySDConfigs", list(&Must::Object(&SCALEWAY))),
        ("scheme", Must::OneOf(SCHEMES)),
        ("scrapeClass", Must::Filled),
        ("scrapeInterval", Must::Duration),
        ("scrapeProtocols", some_set(&Must::OneOf(PROTOCOLS))),
        ("scrapeTimeout", Must::Duration),
        ("staticConfigs", list(&Must::Object(&STATIC))),
        ("trackTimestampsStaleness", Must::Truth),
    ],
};

/// Targets by name.
pub(super) const STATIC: Shape = Shape {
    needs: &["targets"],
    with: &[],
    fields: &[("labels", Must::Words(&Must::Text)), ("targets", some_set(&Must::Filled))],
};
