//! Services, endpoints, Ingresses and NetworkPolicies.

use crate::family::Rule::{Annotations, Custom, Each, EachText, Info, Labels, Length, One, Time, Version};
use crate::family::{Family, Resource, alpha, stable};
use crate::resources::rules::network::{
    endpoint_addresses, endpoint_ports, ingress_class, ingress_paths, ingress_tls, slice_endpoints,
    slice_hints,
};

pub(super) const ENDPOINTS: Resource = Resource {
    name: "endpoints",
    group: "",
    version: "v1",
    kind: "Endpoints",
    namespaced: true,
    default: false,
    identity: &[("namespace", "metadata.namespace"), ("endpoint", "metadata.name")],
    families: &[
        stable("kube_endpoint_info", "That the object exists.", One),
        stable(
            "kube_endpoint_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha("kube_endpoint_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable("kube_endpoint_labels", "The allowed labels of the object, as labels.", Labels),
        stable("kube_endpoint_address", "The addresses with their ports.", Custom(endpoint_addresses)),
        Family {
            deprecated: Some("v2.14.0"),
            ..stable("kube_endpoint_ports", "The ports.", Custom(endpoint_ports))
        },
    ],
};

pub(super) const ENDPOINTSLICES: Resource = Resource {
    name: "endpointslices",
    group: "discovery.k8s.io",
    version: "v1",
    kind: "EndpointSlice",
    namespaced: true,
    default: true,
    identity: &[("endpointslice", "metadata.name"), ("namespace", "metadata.namespace")],
    families: &[
        alpha(
            "kube_endpointslice_info",
            "The type of the addresses.",
            Info(&[("addresstype", "addressType")]),
        ),
        alpha(
            "kube_endpointslice_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_endpointslice_endpoints_hints",
            "The zones that an endpoint should serve.",
            Custom(slice_hints),
        ),
        alpha(
            "kube_endpointslice_endpoints",
            "The endpoints, a sample for each address.",
            Custom(slice_endpoints),
        ),
        alpha(
            "kube_endpointslice_ports",
            "The ports.",
            Each("ports", &[("port_name", "name"), ("port_protocol", "protocol"), ("port_number", "port")]),
        ),
        alpha(
            "kube_endpointslice_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        alpha("kube_endpointslice_labels", "The allowed labels of the object, as labels.", Labels),
    ],
};

pub(super) const INGRESSCLASSES: Resource = Resource {
    name: "ingressclasses",
    group: "networking.k8s.io",
    version: "v1",
    kind: "IngressClass",
    namespaced: false,
    default: false,
    identity: &[("ingressclass", "metadata.name")],
    families: &[
        alpha(
            "kube_ingressclass_info",
            "The controller of the class.",
            Info(&[("controller", "spec.controller")]),
        ),
        alpha(
            "kube_ingressclass_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_ingressclass_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        alpha("kube_ingressclass_labels", "The allowed labels of the object, as labels.", Labels),
    ],
};

pub(super) const INGRESSES: Resource = Resource {
    name: "ingresses",
    group: "networking.k8s.io",
    version: "v1",
    kind: "Ingress",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("ingress", "metadata.name")],
    families: &[
        stable("kube_ingress_info", "The class of the ingress.", Custom(ingress_class)),
        alpha("kube_ingress_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable("kube_ingress_labels", "The allowed labels of the object, as labels.", Labels),
        stable(
            "kube_ingress_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha("kube_ingress_metadata_resource_version", "The resource version of the object.", Version),
        stable("kube_ingress_path", "Hosts, paths and what serves them.", Custom(ingress_paths)),
        stable("kube_ingress_tls", "Hosts with TLS and their secrets.", Custom(ingress_tls)),
    ],
};

pub(super) const NETWORKPOLICIES: Resource = Resource {
    name: "networkpolicies",
    group: "networking.k8s.io",
    version: "v1",
    kind: "NetworkPolicy",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("networkpolicy", "metadata.name")],
    families: &[
        alpha(
            "kube_networkpolicy_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        alpha(
            "kube_networkpolicy_annotations",
            "The allowed annotations of the object, as labels.",
            Annotations,
        ),
        alpha("kube_networkpolicy_labels", "The allowed labels of the object, as labels.", Labels),
        alpha("kube_networkpolicy_spec_ingress_rules", "Rules for what comes in.", Length("spec.ingress")),
        alpha("kube_networkpolicy_spec_egress_rules", "Rules for what goes out.", Length("spec.egress")),
    ],
};

pub(super) const SERVICES: Resource = Resource {
    name: "services",
    group: "",
    version: "v1",
    kind: "Service",
    namespaced: true,
    default: true,
    identity: &[("namespace", "metadata.namespace"), ("service", "metadata.name"), ("uid", "metadata.uid")],
    families: &[
        stable(
            "kube_service_info",
            "Addresses and traffic policy of the service.",
            Info(&[
                ("cluster_ip", "spec.clusterIP"),
                ("external_name", "spec.externalName"),
                ("load_balancer_ip", "spec.loadBalancerIP"),
                ("external_traffic_policy", "spec.externalTrafficPolicy"),
            ]),
        ),
        stable(
            "kube_service_created",
            "When the object was created, in seconds since 1970.",
            Time("metadata.creationTimestamp"),
        ),
        stable("kube_service_spec_type", "The type of the service.", Info(&[("type", "spec.type")])),
        alpha("kube_service_annotations", "The allowed annotations of the object, as labels.", Annotations),
        stable("kube_service_labels", "The allowed labels of the object, as labels.", Labels),
        stable(
            "kube_service_spec_external_ip",
            "The external addresses.",
            EachText("spec.externalIPs", "external_ip"),
        ),
        stable(
            "kube_service_status_load_balancer_ingress",
            "Where the load balancer takes traffic in.",
            Each("status.loadBalancer.ingress", &[("ip", "ip"), ("hostname", "hostname")]),
        ),
        alpha(
            "kube_service_deletion_timestamp",
            "When the object is to be gone, in seconds since 1970.",
            Time("metadata.deletionTimestamp"),
        ),
    ],
};
