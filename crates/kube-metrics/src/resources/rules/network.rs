//! Endpoints and Ingresses.

use std::borrow::Cow;

use serde_json::Value;

use crate::family::Rows;
use crate::object;

/// A sample for each address and port of a subset. Without ports there are no samples.
pub(crate) fn endpoint_addresses<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for subset in object::list(value, "subsets") {
        for port in object::list(subset, "ports") {
            for (field, ready) in [("addresses", "true"), ("notReadyAddresses", "false")] {
                for address in object::list(subset, field) {
                    let labels = [
                        ("port_protocol", object::label(port, "protocol")),
                        ("port_number", object::label(port, "port")),
                        ("port_name", object::label(port, "name")),
                        ("ip", object::label(address, "ip")),
                        ("ready", ready.into()),
                    ];
                    rows.push(labels, 1.0);
                }
            }
        }
    }
}

/// A sample for each port of a subset.
pub(crate) fn endpoint_ports<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for subset in object::list(value, "subsets") {
        for port in object::list(subset, "ports") {
            let labels = [
                ("port_name", object::label(port, "name")),
                ("port_protocol", object::label(port, "protocol")),
                ("port_number", object::label(port, "port")),
            ];
            rows.push(labels, 1.0);
        }
    }
}

/// The zones of an endpoint, with its first address.
pub(crate) fn slice_hints<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for endpoint in object::list(value, "endpoints") {
        let Some(address) = object::list(endpoint, "addresses").first().and_then(Value::as_str) else {
            continue;
        };
        for zone in object::list(endpoint, "hints.forZones") {
            rows.push([("address", address.into()), ("for_zone", object::label(zone, "name"))], 1.0);
        }
    }
}

/// A sample for each address of an endpoint.
pub(crate) fn slice_endpoints<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for endpoint in object::list(value, "endpoints") {
        for address in object::list(endpoint, "addresses").iter().filter_map(Value::as_str) {
            let labels = [
                ("ready", object::label(endpoint, "conditions.ready")),
                ("serving", object::label(endpoint, "conditions.serving")),
                ("hostname", object::label(endpoint, "hostname")),
                ("terminating", object::label(endpoint, "conditions.terminating")),
                ("targetref_kind", object::label(endpoint, "targetRef.kind")),
                ("targetref_name", object::label(endpoint, "targetRef.name")),
                ("targetref_namespace", object::label(endpoint, "targetRef.namespace")),
                ("endpoint_nodename", object::label(endpoint, "nodeName")),
                ("endpoint_zone", object::label(endpoint, "zone")),
                ("address", address.into()),
            ];
            rows.push(labels, 1.0);
        }
    }
}

/// The class by annotation, else by field, else `_default`.
pub(crate) fn ingress_class<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let annotations = object::map(value, "metadata.annotations");
    let annotated =
        annotations.and_then(|map| map.get("kubernetes.io/ingress.class")).and_then(Value::as_str);
    let class = annotated.or_else(|| object::at(value, "spec.ingressClassName").and_then(Value::as_str));
    rows.push([("ingressclass", class.unwrap_or("_default").into())], 1.0);
}

/// A sample for each path, with the service or the resource behind it. A port with a name counts as 0.
pub(crate) fn ingress_paths<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for rule in object::list(value, "spec.rules") {
        for path in object::list(rule, "http.paths") {
            let common = [
                ("host", object::label(rule, "host")),
                ("path", object::label(path, "path")),
                ("path_type", object::label(path, "pathType")),
            ];
            let backend: Vec<(&'static str, Cow<'a, str>)> =
                if let Some(service) = object::at(path, "backend.service") {
                    let port = object::at(service, "port.number")
                        .map_or("0".into(), |_| object::label(service, "port.number"));
                    vec![("service_name", object::label(service, "name")), ("service_port", port)]
                } else {
                    vec![
                        ("resource_api_group", object::label(path, "backend.resource.apiGroup")),
                        ("resource_kind", object::label(path, "backend.resource.kind")),
                        ("resource_name", object::label(path, "backend.resource.name")),
                    ]
                };
            let labels = common.into_iter().chain(backend);
            rows.extend(labels.map(|(name, value)| (Cow::Borrowed(name), value)), 1.0);
        }
    }
}

/// A sample for each host.
pub(crate) fn ingress_tls<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for tls in object::list(value, "spec.tls") {
        for host in object::list(tls, "hosts").iter().filter_map(Value::as_str) {
            rows.push([("tls_host", host.into()), ("secret", object::label(tls, "secretName"))], 1.0);
        }
    }
}
