//! Certificate requests.

use serde_json::Value;

use crate::family::Rows;
use crate::object;
use crate::rule::count;

/// How many conditions of each type there are.
pub(crate) fn csr_conditions<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    for (kind, label) in [("Approved", "approved"), ("Denied", "denied"), ("Failed", "failed")] {
        let conditions = object::list(value, "status.conditions");
        let found = conditions.iter().filter(|condition| object::text(condition, "type") == kind).count();
        rows.push([("condition", label.into())], count(found));
    }
}

/// The bytes that base64 stands for.
pub(crate) fn certificate_length<'a>(value: &'a Value, rows: &mut Rows<'a>) {
    let encoded = object::text(value, "status.certificate");
    let digits = encoded.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').count();
    rows.value(count(digits * 3 / 4));
}
