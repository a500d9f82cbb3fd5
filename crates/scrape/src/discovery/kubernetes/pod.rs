//! Role `pod`, and the labels of pods for other roles.

use std::collections::BTreeMap;

use model::{Labels, LabelsBuilder};
use serde_json::Value;

use super::meta::{
    ADDRESS, add_namespace, add_node, add_object, address, controller, list, set, shown, source, text,
};
use super::{Attach, Kind, World};
use crate::discovery::TargetGroup;

pub(super) fn group(world: &World, pod: &Value, attach: Attach) -> Option<TargetGroup> {
    let mut group = TargetGroup { source: source("pod", pod), targets: Vec::new(), labels: Labels::empty() };
    let (ip, node) = (text(pod, &["status", "podIP"]), text(pod, &["spec", "nodeName"]));
    // Without an address it is starting, or was evicted; a node that is not known was left out by a selector.
    if ip.is_empty() || (attach.node && world.get(Kind::Node, "", node).is_none()) {
        return Some(group);
    }
    let mut labels = Labels::empty().to_builder();
    add_pod(world, &mut labels, pod, attach);
    add_namespace(world, &mut labels, pod, attach);
    if attach.node {
        add_node(world, &mut labels, node);
    }
    group.labels = labels.build();
    for (container, is_init) in containers(pod) {
        let ports = list(container, &["ports"]);
        if ports.is_empty() {
            // The port has to be added by relabelling.
            group.targets.push(target(pod, container, is_init, ip.to_owned(), None));
        }
        for port in ports {
            let at = address(ip, &shown(port.get("containerPort")));
            group.targets.push(target(pod, container, is_init, at, Some(port)));
        }
    }
    Some(group)
}

fn target(pod: &Value, container: &Value, is_init: bool, at: String, port: Option<&Value>) -> Labels {
    let mut labels = Labels::empty().to_builder();
    labels.set(ADDRESS, at);
    let name = text(container, &["name"]);
    let statuses = if is_init { "initContainerStatuses" } else { "containerStatuses" };
    let status = list(pod, &["status", statuses]).iter().find(|status| text(status, &["name"]) == name);
    set(&mut labels, "pod_container_id", status.map_or("", |status| text(status, &["containerID"])));
    add_container(&mut labels, container, is_init);
    if let Some(port) = port {
        add_port(&mut labels, port);
    }
    labels.build()
}

/// Containers, then init containers, which are marked.
pub(super) fn containers(pod: &Value) -> impl Iterator<Item = (&Value, bool)> {
    let own = list(pod, &["spec", "containers"]).iter().map(|container| (container, false));
    own.chain(list(pod, &["spec", "initContainers"]).iter().map(|container| (container, true)))
}

fn add_container(labels: &mut LabelsBuilder, container: &Value, is_init: bool) {
    set(labels, "pod_container_name", text(container, &["name"]));
    set(labels, "pod_container_image", text(container, &["image"]));
    set(labels, "pod_container_init", is_init.to_string());
}

fn add_port(labels: &mut LabelsBuilder, port: &Value) {
    set(labels, "pod_container_port_name", text(port, &["name"]));
    set(labels, "pod_container_port_number", shown(port.get("containerPort")));
    set(labels, "pod_container_port_protocol", text(port, &["protocol"]));
}

/// All that is said of a pod but its containers.
pub(super) fn add_pod(world: &World, labels: &mut LabelsBuilder, pod: &Value, attach: Attach) {
    const FIELDS: [(&str, &[&str]); 5] = [
        ("pod_ip", &["status", "podIP"]),
        ("pod_phase", &["status", "phase"]),
        ("pod_node_name", &["spec", "nodeName"]),
        ("pod_host_ip", &["status", "hostIP"]),
        ("pod_uid", &["metadata", "uid"]),
    ];
    for (name, path) in FIELDS {
        set(labels, name, text(pod, path));
    }
    let conditions = list(pod, &["status", "conditions"]);
    let ready = conditions.iter().find(|condition| text(condition, &["type"]) == "Ready");
    set(labels, "pod_ready", ready.map_or("unknown".to_owned(), |c| text(c, &["status"]).to_lowercase()));
    add_object(labels, "pod", pod);
    let Some((kind, name)) = controller(pod) else { return };
    set(labels, "pod_controller_kind", kind);
    set(labels, "pod_controller_name", name);
    let namespace = text(pod, &["metadata", "namespace"]);
    let owner_of = |of: Kind, kind: &str| {
        let owner = world.get(of, namespace, name).and_then(controller);
        owner.filter(|(owner, _)| *owner == kind).map(|(_, name)| name)
    };
    if kind == "ReplicaSet"
        && attach.deployment
        && let Some(deployment) = owner_of(Kind::ReplicaSet, "Deployment")
    {
        set(labels, "pod_deployment_name", deployment);
    }
    if kind == "Job" && attach.job {
        set(labels, "pod_job_name", name);
    }
    if kind == "Job"
        && attach.cronjob
        && let Some(cronjob) = owner_of(Kind::Job, "CronJob")
    {
        set(labels, "pod_cronjob_name", cronjob);
    }
}

/// Pods behind the addresses of a service, and which of their ports have targets already.
#[derive(Default)]
pub(super) struct Behind<'w> {
    pods: BTreeMap<(&'w str, &'w str), (&'w Value, Vec<String>)>,
}

impl<'w> Behind<'w> {
    /// Adds the labels of the pod that an address refers to, and of its container with that port; nothing where it
    /// refers to no known pod.
    pub(super) fn add(
        &mut self,
        world: &'w World,
        labels: &mut LabelsBuilder,
        reference: Option<&Value>,
        port: &str,
        attach: Attach,
    ) {
        let Some(reference) = reference.filter(|reference| text(reference, &["kind"]) == "Pod") else {
            return;
        };
        let (namespace, name) = (text(reference, &["namespace"]), text(reference, &["name"]));
        let Some(pod) = world.get(Kind::Pod, namespace, name) else { return };
        add_pod(world, labels, pod, attach);
        for (container, is_init) in containers(pod) {
            let ports = list(container, &["ports"]);
            if let Some(found) = ports.iter().find(|own| shown(own.get("containerPort")) == port) {
                add_container(labels, container, is_init);
                add_port(labels, found);
            }
        }
        let key = (text(pod, &["metadata", "namespace"]), text(pod, &["metadata", "name"]));
        self.pods.entry(key).or_insert_with(|| (pod, Vec::new())).1.push(port.to_owned());
    }

    /// Targets for the ports of these pods that the service does not name.
    pub(super) fn other_ports(&self, world: &World, attach: Attach) -> Vec<Labels> {
        let mut targets = Vec::new();
        for (pod, seen) in self.pods.values() {
            let ip = text(pod, &["status", "podIP"]);
            if ip.is_empty() {
                continue;
            }
            for (container, is_init) in containers(pod) {
                for port in list(container, &["ports"]) {
                    let number = shown(port.get("containerPort"));
                    if seen.contains(&number) {
                        continue;
                    }
                    let mut labels = Labels::empty().to_builder();
                    labels.set(ADDRESS, address(ip, &number));
                    add_container(&mut labels, container, is_init);
                    add_port(&mut labels, port);
                    add_pod(world, &mut labels, pod, attach);
                    targets.push(labels.build());
                }
            }
        }
        targets
    }
}
