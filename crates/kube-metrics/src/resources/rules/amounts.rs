//! Amounts of resources: which names count, in which unit, and how they are rounded.

use serde_json::Value;

use crate::names::sanitize;
use crate::object;
use crate::quantity::Quantity;

/// A resource's name as a label, its unit and its amount.
pub(super) struct Amount {
    pub(super) resource: String,
    pub(super) unit: &'static str,
    pub(super) quantity: Quantity,
}

/// A quantity that a field holds: a string, or in hand-written files a number.
pub(super) fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::parse(text),
        Value::Number(number) => Quantity::parse(&number.to_string()),
        _ => None,
    }
}

/// The amounts of a resource map that are counted. Only nodes count pods.
pub(super) fn amounts<'a>(
    object: &'a Value,
    path: &str,
    with_pods: bool,
) -> impl Iterator<Item = Amount> + use<'a> {
    let entries = object::map(object, path).into_iter().flatten();
    entries.flat_map(move |(name, value)| {
        let quantity = quantity(value);
        let amount = move |unit| quantity.map(|quantity| Amount { resource: sanitize(name), unit, quantity });
        units(name, with_pods).into_iter().flatten().filter_map(amount)
    })
}

/// The units that a resource is counted in: none, one, or two where a vendor's name looks like one of Kubernetes.
fn units(name: &str, with_pods: bool) -> [Option<&'static str>; 2] {
    match name {
        "cpu" => [Some("core"), None],
        "memory" | "storage" | "ephemeral-storage" => [Some("byte"), None],
        "pods" if with_pods => [Some("integer"), None],
        _ => {
            let is_known = name.starts_with("hugepages-") || name.starts_with("attachable-volumes-");
            [is_known.then_some("byte"), is_extended(name).then_some("integer")]
        }
    }
}

/// Whether a name is one of a vendor: qualified, not of Kubernetes itself, and valid within a quota.
fn is_extended(name: &str) -> bool {
    let Some((domain, local)) = name.split_once('/') else { return false };
    let word = |c: char| c.is_ascii_alphanumeric();
    let local_valid = local.len() <= 63
        && local.starts_with(word)
        && local.ends_with(word)
        && local.chars().all(|c| word(c) || matches!(c, '-' | '_' | '.'));
    let domain_valid = domain.len() + "requests.".len() <= 253 && domain.split('.').all(is_domain_part);
    !name.contains("kubernetes.io/") && !name.starts_with("requests.") && local_valid && domain_valid
}

fn is_domain_part(part: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(word) && part.ends_with(word) && part.chars().all(|c| word(c) || c == '-')
}

#[cfg(test)]
mod tests {
    use super::units;

    #[test]
    fn resources_have_units() {
        let rows: [(&str, &[&str]); 12] = [
            ("cpu", &["core"]),
            ("memory", &["byte"]),
            ("hugepages-2Mi", &["byte"]),
            ("attachable-volumes-csi-x", &["byte"]),
            ("hugepages-pool.example/large", &["byte", "integer"]),
            ("example.net/fpga", &["integer"]),
            ("kubernetes.io/batteries", &[]),
            ("requests.example.net/odd", &[]),
            ("example.net/", &[]),
            ("Example.net/x", &[]),
            ("pods", &[]),
            ("something", &[]),
        ];
        for (name, expected) in rows {
            assert!(units(name, false).iter().flatten().eq(expected), "{name}");
        }
        assert_eq!(units("pods", true), [Some("integer"), None]);
    }
}
