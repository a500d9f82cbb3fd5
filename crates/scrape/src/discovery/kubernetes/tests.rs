//! Objects in, targets out.

use std::sync::Arc;

use model::Labels;
use serde_json::{Value, json};

use super::*;
use crate::discovery::TargetGroup;

fn world(objects: &[(Kind, Value)]) -> World {
    let mut world = World::default();
    for (kind, object) in objects {
        world.insert(*kind, trim(*kind, object));
    }
    world
}

/// Labels of each target with those of its group, meta labels without their prefix, sorted.
fn targets(world: &World, role: Role, attach: Attach) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for group in &*world.clone().groups(role, attach, &mut Made::default()) {
        for target in &group.targets {
            let mut merged = group.labels.to_builder();
            for (name, value) in target {
                merged.set(name, value);
            }
            let shown = |labels: &Labels| -> Vec<String> {
                let short = |name: &str| name.trim_start_matches("__meta_kubernetes_").to_owned();
                labels.iter().map(|(name, value)| format!("{}={value}", short(name))).collect()
            };
            all.push(shown(&merged.build()));
        }
    }
    all
}

fn has(target: &[String], wanted: &[&str]) {
    for label in wanted {
        assert!(target.iter().any(|own| own == label), "{label} is not among {target:#?}");
    }
}

fn controller_pod() -> Value {
    json!({
        "metadata": {
            "name": "source-controller-abc", "namespace": "flux-system", "uid": "u1",
            "labels": {"app": "source-controller", "app.kubernetes.io/part-of": "flux"},
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "large", "prometheus.io/port": "8080"},
            "managedFields": [{"manager": "x"}],
            "ownerReferences": [{"kind": "ReplicaSet", "name": "source-controller-5f", "controller": true}]
        },
        "spec": {
            "nodeName": "n1",
            "containers": [
                {"name": "manager", "image": "sc:1", "env": [{"name": "A"}],
                 "ports": [{"containerPort": 9090, "name": "http", "protocol": "TCP"}, {"containerPort": 8080, "name": "http-prom", "protocol": "TCP"}]},
                {"name": "sidecar", "image": "s:1"}
            ],
            "initContainers": [{"name": "init", "image": "i:1", "ports": [{"containerPort": 1, "protocol": "UDP"}]}]
        },
        "status": {
            "podIP": "10.0.0.1", "hostIP": "192.168.0.1", "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "manager", "containerID": "cri://1"}]
        }
    })
}

#[test]
fn a_pod_has_a_target_for_each_port() {
    let world = world(&[(Kind::Pod, controller_pod())]);
    let found = targets(&world, Role::Pod, Attach::default());
    assert_eq!(found.len(), 4);
    has(
        &found[1],
        &[
            "__address__=10.0.0.1:8080",
            "namespace=flux-system",
            "pod_name=source-controller-abc",
            "pod_container_name=manager",
            "pod_container_port_name=http-prom",
            "pod_container_port_number=8080",
            "pod_container_port_protocol=TCP",
            "pod_container_id=cri://1",
            "pod_container_init=false",
            "pod_label_app_kubernetes_io_part_of=flux",
            "pod_labelpresent_app=true",
            "pod_annotation_prometheus_io_port=8080",
            "pod_ready=true",
            "pod_phase=Running",
            "pod_controller_kind=ReplicaSet",
            "pod_controller_name=source-controller-5f",
            "pod_uid=u1",
            "pod_host_ip=192.168.0.1",
            "pod_node_name=n1",
        ],
    );
    has(&found[2], &["__address__=10.0.0.1", "pod_container_name=sidecar"]);
    has(&found[3], &["__address__=10.0.0.1:1", "pod_container_init=true"]);
    assert!(found.iter().flatten().all(|label| !label.contains("large")), "the copy of kubectl is not kept");
}

#[test]
fn a_pod_without_an_address_has_none_and_metadata_is_attached() {
    let mut starting = controller_pod();
    starting["status"]["podIP"] = json!("");
    assert!(targets(&world(&[(Kind::Pod, starting)]), Role::Pod, Attach::default()).is_empty());
    let attach = Attach { node: true, namespace: true, deployment: true, job: true, cronjob: true };
    let pods = [(Kind::Pod, controller_pod())];
    assert!(targets(&world(&pods), Role::Pod, attach).is_empty(), "its node is not selected");
    let more = [
        (Kind::Pod, controller_pod()),
        (Kind::Node, json!({"metadata": {"name": "n1", "labels": {"zone": "a"}}})),
        (Kind::Namespace, json!({"metadata": {"name": "flux-system", "labels": {"team": "t"}}})),
        (
            Kind::ReplicaSet,
            json!({"metadata": {"name": "source-controller-5f", "namespace": "flux-system",
                "ownerReferences": [{"kind": "Deployment", "name": "source-controller", "controller": true}]}}),
        ),
    ];
    has(
        &targets(&world(&more), Role::Pod, attach)[0],
        &[
            "node_name=n1",
            "node_label_zone=a",
            "namespace_label_team=t",
            "namespace_labelpresent_team=true",
            "pod_deployment_name=source-controller",
        ],
    );
}

#[test]
fn services_nodes_and_ingresses() {
    let service = json!({
        "metadata": {"name": "web", "namespace": "a", "labels": {"x": "y"}},
        "spec": {"type": "LoadBalancer", "clusterIP": "10.1.1.1", "loadBalancerIP": "1.2.3.4",
                 "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]}
    });
    let node = json!({
        "metadata": {"name": "n1"}, "spec": {"providerID": "p"},
        "status": {"addresses": [{"type": "Hostname", "address": "h"}, {"type": "InternalIP", "address": "fd00::1"}],
                   "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
                   "conditions": [{"type": "MemoryPressure", "status": "False"}]}
    });
    let ingress = json!({
        "metadata": {"name": "i", "namespace": "a"},
        "spec": {"ingressClassName": "nginx", "tls": [{"hosts": ["*.example.com"]}], "rules": [
            {"host": "x.example.com", "http": {"paths": [{"path": "/p"}, {}]}}, {"host": "x.y.example.com"}]}
    });
    let world = world(&[(Kind::Service, service), (Kind::Node, node), (Kind::Ingress, ingress)]);
    has(
        &targets(&world, Role::Service, Attach::default())[0],
        &[
            "__address__=web.a.svc:80",
            "service_cluster_ip=10.1.1.1",
            "service_loadbalancer_ip=1.2.3.4",
            "service_port_name=http",
            "service_port_number=80",
            "service_type=LoadBalancer",
            "service_label_x=y",
        ],
    );
    has(
        &targets(&world, Role::Node, Attach::default())[0],
        &[
            "__address__=[fd00::1]:10250",
            "instance=n1",
            "node_address_Hostname=h",
            "node_condition_memorypressure=false",
            "node_provider_id=p",
        ],
    );
    let ingresses = targets(&world, Role::Ingress, Attach::default());
    has(&ingresses[0], &["ingress_scheme=https", "ingress_path=/p", "ingress_class_name=nginx"]);
    has(&ingresses[1], &["ingress_path=/"]);
    has(&ingresses[2], &["ingress_scheme=http", "__address__=x.y.example.com", "ingress_path=/"]);
}

#[test]
fn endpoints_and_slices_carry_pods_and_their_other_ports() {
    let reference = json!({"kind": "Pod", "name": "source-controller-abc", "namespace": "flux-system"});
    let endpoints = json!({
        "metadata": {"name": "web", "namespace": "flux-system"},
        "subsets": [{"addresses": [{"ip": "10.0.0.1", "nodeName": "n1", "targetRef": reference}],
                     "notReadyAddresses": [{"ip": "10.0.0.9"}],
                     "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]}]
    });
    let slice = json!({
        "metadata": {"name": "web-x", "namespace": "flux-system", "labels": {"kubernetes.io/service-name": "web"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": true, "serving": true}, "zone": "z", "targetRef": reference}],
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]
    });
    let mut service =
        json!({"metadata": {"name": "web", "namespace": "flux-system", "labels": {"a": "b"}}, "spec": {}});
    let objects = |service: &Value| {
        world(&[
            (Kind::Pod, controller_pod()),
            (Kind::Endpoints, endpoints.clone()),
            (Kind::EndpointSlice, slice.clone()),
            (Kind::Service, service.clone()),
        ])
    };
    let found = targets(&objects(&service), Role::Endpoints, Attach::default());
    // The service's port, the address that is not ready, and the pod's two other ports.
    assert_eq!(found.len(), 4);
    has(
        &found[0],
        &[
            "__address__=10.0.0.1:8080",
            "endpoint_ready=true",
            "endpoint_port_name=http",
            "endpoint_node_name=n1",
            "endpoint_address_target_kind=Pod",
            "pod_container_port_name=http-prom",
            "pod_name=source-controller-abc",
            "service_name=web",
            "service_label_a=b",
            "endpoints_name=web",
        ],
    );
    has(&found[1], &["__address__=10.0.0.9:8080", "endpoint_ready=false"]);
    has(&found[2], &["__address__=10.0.0.1:9090", "pod_container_name=manager"]);
    let found = targets(&objects(&service), Role::EndpointSlice, Attach::default());
    assert_eq!(found.len(), 3);
    has(
        &found[0],
        &[
            "endpointslice_port=8080",
            "endpointslice_endpoint_conditions_ready=true",
            "endpointslice_endpoint_zone=z",
            "endpointslice_address_type=IPv4",
            "service_name=web",
            "pod_ready=true",
        ],
    );
    service["spec"] = json!({"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]});
    assert!(
        targets(&objects(&service), Role::EndpointSlice, Attach::default()).is_empty(),
        "the first family only"
    );
}

#[test]
fn a_list_replaces_what_it_does_not_have() {
    let object = |namespace: &str, name: &str| json!({"metadata": {"namespace": namespace, "name": name}});
    let mut world = World::default();
    let listed = |world: &mut World, namespace: &str, objects: &[Value]| {
        objects.iter().for_each(|object| assert!(world.insert(Kind::Pod, object.clone())));
        world.keep(Kind::Pod, namespace, &objects.iter().map(world::key).collect());
    };
    listed(&mut world, "", &[object("a", "1"), object("a", "2"), object("b", "1")]);
    listed(&mut world, "a", &[object("a", "3")]);
    assert_eq!(world.len(), 2);
    world.remove(Kind::Pod, &object("b", "1"));
    listed(&mut world, "", &[]);
    assert!(world.is_empty());
}

/// Whatever an object holds, there is no panic.
#[test]
fn strange_objects_are_read_as_far_as_they_go() {
    let strange = [
        json!(null),
        json!([]),
        json!({"spec": 1}),
        json!({"metadata": [], "spec": {"containers": {}}}),
        json!({"metadata": {"labels": {"a": null}}, "subsets": [{"ports": [null], "addresses": [1]}], "ports": [{}], "endpoints": [{"addresses": [1, "x"]}]}),
    ];
    let roles = [Role::Pod, Role::Service, Role::Endpoints, Role::EndpointSlice, Role::Node, Role::Ingress];
    for object in strange {
        for role in roles {
            let kinds = role.kinds(Attach::default());
            let mut world = world(&kinds.iter().map(|kind| (*kind, object.clone())).collect::<Vec<_>>());
            let _ = world.groups(role, Attach { node: true, ..Attach::default() }, &mut Made::default());
        }
    }
    assert_eq!(Role::from_name("endpointslice").map(Role::as_str), Some("endpointslice"));
    assert_eq!(Role::from_name("pods"), None);
}

/// Groups that say the same stay the same in memory, whatever has changed.
#[test]
fn what_has_not_changed_is_not_made_again() {
    let pod = |name: &str, ip: &str| json!({"metadata": {"name": name, "namespace": "n"}, "spec": {"nodeName": "x", "containers": [{"name": "c"}]}, "status": {"podIP": ip}});
    let node = |zone: &str| json!({"metadata": {"name": "x", "labels": {"zone": zone}}});
    let attach = Attach { node: true, ..Attach::default() };
    let mut world = world(&[
        (Kind::Pod, pod("a", "10.0.0.1")),
        (Kind::Pod, pod("b", "10.0.0.2")),
        (Kind::Node, node("z")),
    ]);
    let mut made = Made::default();
    let first = world.groups(Role::Pod, attach, &mut made);
    let same = |a: &[Arc<TargetGroup>], b: &[Arc<TargetGroup>]| -> Vec<bool> {
        a.iter().zip(b).map(|(a, b)| Arc::ptr_eq(a, b)).collect()
    };
    world.insert(Kind::Pod, trim(Kind::Pod, &pod("b", "10.0.0.3")));
    let second = world.groups(Role::Pod, attach, &mut made);
    assert_eq!(same(&first, &second), [true, false]);
    world.insert(Kind::Node, trim(Kind::Node, &node("z")));
    assert_eq!(same(&second, &world.groups(Role::Pod, attach, &mut made)), [true, true]);
    world.insert(Kind::Node, trim(Kind::Node, &node("y")));
    let moved = world.groups(Role::Pod, attach, &mut made);
    assert_eq!(same(&second, &moved), [false, false]);
    assert_eq!(moved[0].labels.get("__meta_kubernetes_node_label_zone"), "y");
    world.remove(Kind::Pod, &pod("a", ""));
    let left = world.groups(Role::Pod, attach, &mut made);
    assert_eq!((left.len(), Arc::ptr_eq(&left[0], &moved[1])), (1, true));
    assert_eq!(left, world.clone().groups(Role::Pod, attach, &mut made));
}

#[test]
fn a_view_has_a_bound() {
    let pod = |i: usize| json!({"metadata": {"name": format!("{i}"), "namespace": "n"}});
    let mut world = World::default();
    assert!((0..world::MOST_OBJECTS).all(|i| world.insert(Kind::Pod, pod(i))));
    assert!(!world.insert(Kind::Pod, pod(world::MOST_OBJECTS)), "one too many");
    assert!(world.insert(Kind::Pod, pod(7)), "a known one may change");
    world.remove(Kind::Pod, &pod(7));
    assert!(world.insert(Kind::Pod, pod(world::MOST_OBJECTS)), "there is room again");
}
