//! Leases.

use serde_json::Value;

use crate::family::Rows;
use crate::object;

const NONE: &Value = &Value::Null;

/// A sample for each owner; the namespace comes after it.
pub(crate) fn lease_owners<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let owners = object::list(value, "metadata.ownerReferences");
    let none = if owners.is_empty() { std::slice::from_ref(NONE) } else { &[] };
    for owner in owners.iter().chain(none) {
        let labels = [
            ("owner_kind", object::label(owner, "kind")),
            ("owner_name", object::label(owner, "name")),
            ("namespace", object::label(value, "metadata.namespace")),
            ("lease_holder", object::label(value, "spec.holderIdentity")),
        ];
        rows.push(labels, 1.0);
    }
}

/// When the lease was renewed.
pub(crate) fn lease_renew_time<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    if let Some(time) = object::time(value, "spec.renewTime") {
        rows.push([("namespace", object::label(value, "metadata.namespace"))], time);
    }
}
