//! Containers and init containers of pods.

use std::borrow::Cow;

use serde_json::Value;

use super::amounts::amounts;
use crate::family::Rows;
use crate::object;
use crate::rule::one_if;

/// Where the two kinds of containers are.
struct Place {
    specs: &'static str,
    statuses: &'static str,
}

const PLAIN: Place = Place { specs: "spec.containers", statuses: "status.containerStatuses" };
const INIT: Place = Place { specs: "spec.initContainers", statuses: "status.initContainerStatuses" };

/// Both forms of a rule.
macro_rules! both {
    ($($plain:ident $init:ident = $rule:expr;)*) => {$(
        pub(crate) fn $plain<'a>(value: &'a Value, rows: &mut Rows<'a>) {
            ($rule)(value, &PLAIN, rows);
        }
        pub(crate) fn $init<'a>(value: &'a Value, rows: &mut Rows<'a>) {
            ($rule)(value, &INIT, rows);
        }
    )*};
}

both! {
    info init_info = images;
    limits init_limits = |value, place, rows| resources(value, place, "resources.limits", rows);
    requests init_requests = |value, place, rows| resources(value, place, "resources.requests", rows);
    started init_started = |value, place, rows| each(value, place, rows, start);
    ready init_ready =
        |value, place, rows| each(value, place, rows, |status| Some(one_if(object::flag(status, "ready") == Some(true))));
    restarts init_restarts =
        |value, place, rows| each(value, place, rows, |status| Some(object::number(status, "restartCount").unwrap_or(0.0)));
    running init_running = |value, place, rows| in_state(value, place, "state.running", rows);
    terminated init_terminated = |value, place, rows| in_state(value, place, "state.terminated", rows);
    waiting init_waiting = |value, place, rows| in_state(value, place, "state.waiting", rows);
    terminated_reason init_terminated_reason = |value, place, rows| reasons(value, place, "state.terminated", rows);
    waiting_reason init_waiting_reason = |value, place, rows| reasons(value, place, "state.waiting", rows);
    last_reason init_last_reason = |value, place, rows| reasons(value, place, "lastState.terminated", rows);
    last_exit_code init_last_exit_code = |value, place, rows| each(value, place, rows, |status| {
        last(status).map(|state| object::number(state, "exitCode").unwrap_or(0.0))
    });
    last_finished init_last_finished = |value, place, rows| each(value, place, rows, |status| {
        last(status).map(|state| object::time_or_zero(state, "finishedAt"))
    });
}

/// The state in which a container ended before.
fn last(status: &Value) -> Option<&Value> {
    object::at(status, "lastState.terminated")
}

fn start(status: &Value) -> Option<f64> {
    let state = object::at(status, "state.running").or_else(|| object::at(status, "state.terminated"))?;
    Some(object::time_or_zero(state, "startedAt"))
}

fn name(status: &Value) -> (&'static str, Cow<'_, str>) {
    ("container", object::label(status, "name"))
}

fn each<'a>(value: &'a Value, place: &Place, rows: &mut Rows<'a>, of: impl Fn(&'a Value) -> Option<f64>) {
    for status in object::list(value, place.statuses) {
        if let Some(found) = of(status) {
            rows.push([name(status)], found);
        }
    }
}

fn in_state<'a>(value: &'a Value, place: &Place, state: &str, rows: &mut Rows<'a>) {
    each(value, place, rows, |status| Some(one_if(object::at(status, state).is_some())));
}

fn reasons<'a>(value: &'a Value, place: &Place, state: &str, rows: &mut Rows<'a>) {
    for status in object::list(value, place.statuses) {
        if let Some(state) = object::at(status, state) {
            rows.push([name(status), ("reason", object::label(state, "reason"))], 1.0);
        }
    }
}

/// Only containers that the pod declares have an image to tell.
fn images<'a>(value: &'a Value, place: &Place, rows: &mut Rows<'a>) {
    for spec in object::list(value, place.specs) {
        let declared = object::text(spec, "name");
        for status in object::list(value, place.statuses) {
            if object::text(status, "name") != declared {
                continue;
            }
            let mut labels = vec![
                name(status),
                ("image_spec", object::label(spec, "image")),
                ("image", object::label(status, "image")),
                ("image_id", object::label(status, "imageID")),
                ("container_id", object::label(status, "containerID")),
            ];
            if place.specs == INIT.specs {
                labels.push(("restart_policy", object::label(spec, "restartPolicy")));
            }
            rows.extend(labels.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)), 1.0);
        }
    }
}

/// CPU counts in thousandths, everything else in whole units.
fn resources<'a>(value: &'a Value, place: &Place, path: &str, rows: &mut Rows<'a>) {
    for spec in object::list(value, place.specs) {
        for amount in amounts(spec, path, false) {
            let found = if amount.unit == "core" { amount.quantity.float() } else { amount.quantity.value() };
            let labels = [
                name(spec),
                ("node", object::label(value, "spec.nodeName")),
                ("resource", amount.resource.into()),
                ("unit", amount.unit.into()),
            ];
            rows.push(labels, found);
        }
    }
}
