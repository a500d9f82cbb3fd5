//! Pods.

use std::borrow::Cow;

use serde_json::Value;

use super::amounts::quantity;
use crate::allow::KeyPatterns;
use crate::family::Rows;
use crate::object;
use crate::rule::{keys, one_if};

/// Reasons that are told apart, wherever the pod names them.
const REASONS: [&str; 8] = [
    "Evicted",
    "NodeAffinity",
    "NodeLost",
    "PreemptionByScheduler",
    "SchedulingGated",
    "Shutdown",
    "TerminationByKubelet",
    "UnexpectedAdmissionError",
];

/// Reasons of the condition `DisruptionTarget` that are told apart.
const DISRUPTIONS: [&str; 5] = [
    "PreemptionByScheduler",
    "DeletionByTaintManager",
    "EvictionByEvictionAPI",
    "DeletionByPodGC",
    "TerminationByKubelet",
];

/// What any other reason counts as.
const OTHER: &str = "Other";

/// The latest end of a container that has ended.
pub(crate) fn completion_time<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let ends = object::list(value, "status.containerStatuses")
        .iter()
        .filter(|status| object::at(status, "state.terminated").is_some())
        .map(|status| object::time_or_zero(status, "state.terminated.finishedAt"));
    let last = ends.fold(0.0, |last: f64, end| if last == 0.0 || last < end { end } else { last });
    if last > 0.0 {
        rows.value(last);
    }
}

/// Addresses, node and controller.
pub(crate) fn pod_info<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let controller = object::list(value, "metadata.ownerReferences")
        .iter()
        .find(|owner| object::flag(owner, "controller") == Some(true))
        .unwrap_or(&Value::Null);
    let host_network = object::flag(value, "spec.hostNetwork") == Some(true);
    let labels = [
        ("host_ip", object::label(value, "status.hostIP")),
        ("pod_ip", object::label(value, "status.podIP")),
        ("node", object::label(value, "spec.nodeName")),
        ("created_by_kind", object::label(controller, "kind")),
        ("created_by_name", object::label(controller, "name")),
        ("priority_class", object::label(value, "spec.priorityClassName")),
        ("host_network", if host_network { "true" } else { "false" }.into()),
    ];
    rows.push(labels, 1.0);
}

/// A sample for each address that is one, with its family.
pub(crate) fn pod_ips<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for address in object::list(value, "status.podIPs") {
        let text = object::text(address, "ip");
        if let Some(family) = ip_family(text) {
            rows.push([("ip", text.into()), ("ip_family", family.into())], 1.0);
        }
    }
}

/// Numbers of an IPv4 address may begin with zeros, and one that is written as IPv6 is one all the same.
fn ip_family(text: &str) -> Option<&'static str> {
    if let Ok(address) = text.parse::<std::net::Ipv6Addr>() {
        return Some(if address.to_ipv4_mapped().is_some() { "4" } else { "6" });
    }
    let numbers: Vec<&str> = text.split('.').collect();
    let is_byte = |number: &&str| {
        number.bytes().all(|byte| byte.is_ascii_digit())
            && number.trim_start_matches('0').len() <= 3
            && number.parse::<u32>().is_ok_and(|number| number <= 255)
    };
    (numbers.len() == 4 && numbers.iter().all(is_byte)).then_some("4")
}

/// In cores.
pub(crate) fn overhead_cpu<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    if let Some(amount) = object::at(value, "spec.overhead.cpu").and_then(quantity) {
        rows.value(amount.float());
    }
}

/// In whole bytes.
pub(crate) fn overhead_memory<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    if let Some(amount) = object::at(value, "spec.overhead.memory").and_then(quantity) {
        rows.value(amount.value());
    }
}

/// The claims of the pod: by name, or by template with the name that was made of it. What names neither is passed over.
pub(crate) fn resource_claims<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for claim in object::list(value, "spec.resourceClaims") {
        if claim.get("resourceClaimName").is_none() && claim.get("resourceClaimTemplateName").is_none() {
            continue;
        }
        let name = object::text(claim, "name");
        let made = object::list(value, "status.resourceClaimStatuses")
            .iter()
            .find(|status| object::text(status, "name") == name)
            .map_or(Cow::Borrowed(""), |status| object::label(status, "resourceClaimName"));
        let own = object::label(claim, "resourceClaimName");
        let labels = [
            ("claim_name", name.into()),
            ("resourceclaim_name", if own.is_empty() { made } else { own }),
            ("resourceclaim_template_name", object::label(claim, "resourceClaimTemplateName")),
        ];
        rows.push(labels, 1.0);
    }
}

/// Where one is named.
pub(crate) fn runtime_class<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    if object::at(value, "spec.runtimeClassName").is_some() {
        rows.push([("runtimeclass_name", object::label(value, "spec.runtimeClassName"))], 1.0);
    }
}

/// A sample for each volume that is a claim.
pub(crate) fn pod_claims<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    claims(value, rows, |_| 1.0);
}

/// Whether it is read-only.
pub(crate) fn pod_claims_readonly<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    claims(value, rows, |volume| {
        one_if(object::flag(volume, "persistentVolumeClaim.readOnly") == Some(true))
    });
}

/// An ephemeral volume's claim is named after the pod and the volume.
fn claims<'a>(value: &'a Value, rows: &mut Rows<'a>, of: fn(&Value) -> f64) {
    for volume in object::list(value, "spec.volumes") {
        let name = object::text(volume, "name");
        let (claim, ephemeral) = if object::at(volume, "persistentVolumeClaim").is_some() {
            (object::label(volume, "persistentVolumeClaim.claimName"), "false")
        } else if object::at(volume, "ephemeral").is_some() {
            (Cow::Owned(format!("{}-{name}", object::text(value, "metadata.name"))), "true")
        } else {
            continue;
        };
        let labels =
            [("volume", name.into()), ("persistentvolumeclaim", claim), ("ephemeral", ephemeral.into())];
        rows.push(labels, of(volume));
    }
}

/// Since when a condition of the type has been true.
fn true_since(value: &Value, kind: &str, status: &str, rows: &mut Rows<'_>) {
    for condition in object::list(value, "status.conditions") {
        if object::text(condition, "type") == kind && object::text(condition, "status") == status {
            rows.value(object::time_or_zero(condition, "lastTransitionTime"));
        }
    }
}

/// `Ready`.
pub(crate) fn ready_time<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    true_since(value, "Ready", "True", rows);
}

/// `Initialized`.
pub(crate) fn initialized_time<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    true_since(value, "Initialized", "True", rows);
}

/// `ContainersReady`.
pub(crate) fn containers_ready_time<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    true_since(value, "ContainersReady", "True", rows);
}

/// `PodScheduled`.
pub(crate) fn scheduled_time<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    true_since(value, "PodScheduled", "True", rows);
}

/// `PodScheduled` being false.
pub(crate) fn unscheduled_time<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    true_since(value, "PodScheduled", "False", rows);
}

/// 1 where `PodScheduled` is false.
pub(crate) fn unschedulable<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for condition in object::list(value, "status.conditions") {
        if object::text(condition, "type") == "PodScheduled" && object::text(condition, "status") == "False" {
            rows.value(1.0);
        }
    }
}

/// Known reasons of the pod, its conditions and its ended containers; another reason of the pod itself is `Other`.
pub(crate) fn status_reason<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let own = object::text(value, "status.reason");
    let conditions = object::list(value, "status.conditions").iter();
    let containers = object::list(value, "status.containerStatuses").iter();
    let named: Vec<&str> = conditions
        .map(|condition| object::text(condition, "reason"))
        .chain(containers.map(|status| object::text(status, "state.terminated.reason")))
        .chain([own])
        .collect();
    for reason in REASONS.into_iter().filter(|reason| named.contains(reason)) {
        rows.push([("reason", reason.into())], 1.0);
    }
    if !own.is_empty() && !REASONS.contains(&own) {
        rows.push([("reason", OTHER.into())], 1.0);
    }
}

/// The reason of `DisruptionTarget`, where it is true.
pub(crate) fn disruption_reason<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for condition in object::list(value, "status.conditions") {
        if object::text(condition, "type") == "DisruptionTarget"
            && object::text(condition, "status") == "True"
        {
            let reason = object::text(condition, "reason");
            let known = DISRUPTIONS.into_iter().find(|known| *known == reason).unwrap_or(OTHER);
            rows.push([("reason", known.into())], 1.0);
        }
    }
}

/// A sample for each toleration; one that is there twice counts once.
pub(crate) fn tolerations<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let mut seen: Vec<[Cow<'a, str>; 5]> = Vec::new();
    for toleration in object::list(value, "spec.tolerations") {
        let values = ["key", "operator", "value", "effect", "tolerationSeconds"]
            .map(|field| object::label(toleration, field));
        if seen.contains(&values) {
            continue;
        }
        seen.push(values.clone());
        let [key, operator, text, effect, seconds] = values;
        let labels = [
            ("key", key),
            ("operator", operator),
            ("value", text),
            ("effect", effect),
            ("toleration_seconds", seconds),
        ];
        rows.push(labels, 1.0);
    }
}

/// The selector as labels, also where there is none.
pub(crate) fn node_selector<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    keys(value, "spec.nodeSelector", "nodeselector", &KeyPatterns::all(), rows);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{disruption_reason, pod_ips, resource_claims, status_reason, tolerations};
    use crate::family::{Custom, Rows};

    fn labels(rule: Custom, object: &serde_json::Value) -> Vec<String> {
        let mut rows = Rows::samples(Vec::new());
        rows.name = "x";
        rule(object, &mut rows);
        rows.take().iter().map(crate::Sample::line).collect()
    }

    #[test]
    fn reasons_come_from_all_over_the_pod() {
        let rows = [
            (json!({"reason": "Evicted"}), vec!["x{reason=\"Evicted\"} 1"]),
            (json!({"reason": "Anything"}), vec!["x{reason=\"Other\"} 1"]),
            (json!({"conditions": [{"type": "A", "reason": "NodeLost"}]}), vec!["x{reason=\"NodeLost\"} 1"]),
            (json!({"conditions": [{"type": "A", "reason": "Anything"}]}), vec![]),
            (
                json!({"reason": "Shutdown", "containerStatuses": [{"state": {"terminated": {"reason": "Evicted"}}}]}),
                vec!["x{reason=\"Evicted\"} 1", "x{reason=\"Shutdown\"} 1"],
            ),
        ];
        for (status, expected) in rows {
            assert_eq!(labels(status_reason, &json!({"status": status})), expected);
        }
    }

    #[test]
    fn only_a_true_disruption_counts() {
        let rows = [
            ("True", json!("DeletionByTaintManager"), vec!["x{reason=\"DeletionByTaintManager\"} 1"]),
            ("True", json!("Anything"), vec!["x{reason=\"Other\"} 1"]),
            ("True", json!(null), vec!["x{reason=\"Other\"} 1"]),
            ("False", json!("DeletionByPodGC"), vec![]),
        ];
        for (status, reason, expected) in rows {
            let condition = json!({"type": "DisruptionTarget", "status": status, "reason": reason});
            assert_eq!(labels(disruption_reason, &json!({"status": {"conditions": [condition]}})), expected);
        }
    }

    #[test]
    fn addresses_have_a_family() {
        let rows = [
            ("10.2.0.7", Some("4")),
            ("010.002.0.07", Some("4")),
            ("::ffff:10.2.0.7", Some("4")),
            ("fd00::7", Some("6")),
            ("10.2.0", None),
            ("10.2.0.256", None),
            ("10.2.0.", None),
            ("fe80::7%eth0", None),
            ("", None),
        ];
        for (ip, family) in rows {
            let expected: Vec<String> =
                family.iter().map(|family| format!("x{{ip=\"{ip}\",ip_family=\"{family}\"}} 1")).collect();
            assert_eq!(labels(pod_ips, &json!({"status": {"podIPs": [{"ip": ip}]}})), expected, "{ip}");
        }
    }

    #[test]
    fn claims_have_a_name_or_a_template() {
        let claims = json!([{"name": "a"}, {"name": "b", "resourceClaimTemplateName": "t"}, {"name": "c", "resourceClaimName": "d"}]);
        let made = json!([{"name": "b", "resourceClaimName": "pod-b-x"}]);
        let object = json!({"spec": {"resourceClaims": claims}, "status": {"resourceClaimStatuses": made}});
        let expected = [
            "x{claim_name=\"b\",resourceclaim_name=\"pod-b-x\",resourceclaim_template_name=\"t\"} 1",
            "x{claim_name=\"c\",resourceclaim_name=\"d\",resourceclaim_template_name=\"\"} 1",
        ];
        assert_eq!(labels(resource_claims, &object), expected);
    }

    #[test]
    fn equal_tolerations_count_once() {
        let one = json!({"key": "a", "operator": "Exists", "tolerationSeconds": 3});
        let object = json!({"spec": {"tolerations": [one.clone(), one, {"operator": "Exists"}]}});
        let expected = [
            "x{key=\"a\",operator=\"Exists\",value=\"\",effect=\"\",toleration_seconds=\"3\"} 1",
            "x{key=\"\",operator=\"Exists\",value=\"\",effect=\"\",toleration_seconds=\"\"} 1",
        ];
        assert_eq!(labels(tolerations, &object), expected);
    }
}
