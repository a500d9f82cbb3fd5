//! Deployments and StatefulSets.

use serde_json::Value;

use crate::family::Rows;
use crate::object;
use crate::rule::statuses;

/// Reasons that the controller gives.
const REASONS: [&str; 10] = [
    "DeploymentPaused",
    "DeploymentResumed",
    "FoundNewReplicaSet",
    "MinimumReplicasAvailable",
    "MinimumReplicasUnavailable",
    "NewReplicaSetAvailable",
    "NewReplicaSetCreated",
    "ProgressDeadlineExceeded",
    "ReplicaSetCreateError",
    "ReplicaSetUpdated",
];

/// Conditions with their reasons. A reason that is not one of the controller's counts as `unknown`.
pub(crate) fn deployment_conditions<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for condition in object::list(value, "status.conditions") {
        let given = object::text(condition, "reason");
        let reason = if given.is_empty() || REASONS.contains(&given) { given } else { "unknown" };
        for (status, state) in statuses(condition) {
            let labels = [
                ("reason", reason.into()),
                ("condition", object::label(condition, "type")),
                ("status", status.into()),
            ];
            rows.push(labels, state);
        }
    }
}

/// Pods that may be missing: a share is rounded down.
pub(crate) fn max_unavailable<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    rolling(value, "maxUnavailable", f64::floor, rows);
}

/// Pods that may be added: a share is rounded up.
pub(crate) fn max_surge<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    rolling(value, "maxSurge", f64::ceil, rows);
}

fn rolling(value: &Value, field: &str, round: fn(f64) -> f64, rows: &mut Rows<'_>) {
    let Some(bounds) = object::at(value, "spec.strategy.rollingUpdate") else { return };
    let replicas = object::number(value, "spec.replicas").unwrap_or(0.0);
    let pods = match bounds.get(field) {
        Some(Value::String(text)) => text
            .strip_suffix('%')
            .and_then(|percent| percent.parse::<i32>().ok())
            .map(|percent| round(f64::from(percent) * replicas / 100.0)),
        Some(number) => number.as_f64(),
        None => None,
    };
    if let Some(pods) = pods {
        rows.value(pods);
    }
}

/// What becomes of the claims when pods go; nothing where the set does not say.
pub(crate) fn claim_retention<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    if let Some(policy) = object::at(value, "spec.persistentVolumeClaimRetentionPolicy") {
        let labels = [
            ("when_deleted", object::label(policy, "whenDeleted")),
            ("when_scaled", object::label(policy, "whenScaled")),
        ];
        rows.push(labels, 1.0);
    }
}
