//! Namespaces, quotas and limits.

use serde_json::Value;

use super::amounts::quantity;
use crate::family::Rows;
use crate::object;
use crate::rule::one_if;

/// Both phases, whatever the namespace has.
pub(crate) fn namespace_phase<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let phase = object::text(value, "status.phase");
    for known in ["Active", "Terminating"] {
        rows.push([("phase", known.into())], one_if(phase == known));
    }
}

/// Each bound of each limit.
pub(crate) fn limits<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for limit in object::list(value, "spec.limits") {
        for constraint in ["min", "max", "default", "defaultRequest", "maxLimitRequestRatio"] {
            for (resource, amount) in object::map(limit, constraint).into_iter().flatten() {
                let Some(amount) = quantity(amount) else { continue };
                let labels = [
                    ("resource", resource.as_str().into()),
                    ("type", object::label(limit, "type")),
                    ("constraint", constraint.into()),
                ];
                rows.push(labels, amount.float());
            }
        }
    }
}

/// The hard limits of the status and what is used.
pub(crate) fn quotas<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for (path, kind) in [("status.hard", "hard"), ("status.used", "used")] {
        for (resource, amount) in object::map(value, path).into_iter().flatten() {
            if let Some(amount) = quantity(amount) {
                rows.push([("resource", resource.as_str().into()), ("type", kind.into())], amount.float());
            }
        }
    }
}
