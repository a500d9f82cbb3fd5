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
    entries.filter_map(move |(name, value)| {
        let unit = unit(name, with_pods)?;
        Some(Amount { resource: sanitize(name), unit, quantity: quantity(value)? })
    })
}

/// The unit of a resource; `None` where it is not counted.
fn unit(name: &str, with_pods: bool) -> Option<&'static str> {
    match name {
        "cpu" => Some("core"),
        "memory" | "storage" | "ephemeral-storage" => Some("byte"),
        "pods" if with_pods => Some("integer"),
        _ if name.starts_with("hugepages-") || name.starts_with("attachable-volumes-") => Some("byte"),
        _ if is_extended(name) => Some("integer"),
        _ => None,
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
    use super::unit;

    #[test]
    fn units() {
        let rows = [
            ("cpu", Some("core")),
            ("memory", Some("byte")),
            ("hugepages-2Mi", Some("byte")),
            ("attachable-volumes-csi-x", Some("byte")),
            ("example.net/fpga", Some("integer")),
            ("kubernetes.io/batteries", None),
            ("requests.example.net/odd", None),
            ("example.net/", None),
            ("Example.net/x", None),
            ("pods", None),
            ("something", None),
        ];
        for (name, expected) in rows {
            assert_eq!(unit(name, false), expected, "{name}");
        }
        assert_eq!(unit("pods", true), Some("integer"));
    }
}
