//! HorizontalPodAutoscalers.

use std::borrow::Cow;

use serde_json::Value;

use super::amounts::quantity;
use crate::family::Rows;
use crate::object;
use crate::quantity::Quantity;

/// Type of a metric, where its parts are, where its name is, and whether it names a container.
const SOURCES: [(&str, &str, &str, &str); 5] = [
    ("Object", "object", "metric.name", ""),
    ("Pods", "pods", "metric.name", ""),
    ("Resource", "resource", "name", ""),
    ("ContainerResource", "containerResource", "name", "container"),
    ("External", "external", "metric.name", ""),
];

/// What is scaled; the API version is left out where there is none.
pub(crate) fn scale_target<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let fields = [
        ("scaletargetref_api_version", "spec.scaleTargetRef.apiVersion"),
        ("scaletargetref_kind", "spec.scaleTargetRef.kind"),
        ("scaletargetref_name", "spec.scaleTargetRef.name"),
    ];
    let skip = usize::from(object::text(value, "spec.scaleTargetRef.apiVersion").is_empty());
    let labels = fields.iter().skip(skip);
    rows.extend(labels.map(|(name, path)| (Cow::Borrowed(*name), object::label(value, path))), 1.0);
}

/// The targets of the specification.
pub(crate) fn spec_targets<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    targets(value, "spec.metrics", "target", rows);
}

/// The current values.
pub(crate) fn status_targets<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    targets(value, "status.currentMetrics", "current", rows);
}

fn targets<'a>(value: &'a Value, path: &str, part: &str, rows: &mut Rows<'a>) {
    for metric in object::list(value, path) {
        let kind = object::text(metric, "type");
        let Some((_, field, name, container)) = SOURCES.iter().find(|(known, ..)| *known == kind) else {
            continue;
        };
        let (Some(source), Some(target)) = (metric.get(field), metric.get(field).and_then(|of| of.get(part)))
        else {
            continue;
        };
        let amount = |field: &str| target.get(field).and_then(quantity).map(Quantity::float);
        let values = [
            ("value", amount("value")),
            ("average", amount("averageValue")),
            ("utilization", object::number(target, "averageUtilization")),
        ];
        for (target_type, found) in values {
            let Some(found) = found else { continue };
            let labels = [
                ("metric_name", object::label(source, name)),
                ("metric_target_type", target_type.into()),
                ("container", object::label(source, container)),
            ];
            rows.push(labels, found);
        }
    }
}

/// Where it is set.
pub(crate) fn scale_down_tolerance<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    tolerance(value, "spec.behavior.scaleDown.tolerance", rows);
}

/// Where it is set.
pub(crate) fn scale_up_tolerance<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    tolerance(value, "spec.behavior.scaleUp.tolerance", rows);
}

fn tolerance(value: &Value, path: &str, rows: &mut Rows<'_>) {
    if let Some(tolerance) = object::at(value, path).and_then(quantity) {
        rows.value(tolerance.float());
    }
}
