//! Schemas of the kinds, out of the tables by which objects are checked.

use serde_json::{Map, Value, json};

use crate::objects::Kind;
use crate::schema::{Must, Once, Shape};

/// Units from years to milliseconds, each at most once, in this order.
const DURATION: &str = "^(0|([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$";
const SIZE: &str = "^(0|[0-9]*[.]?[0-9]+([KMGTPE]i?)?B)$";
const QUANTITY: &str = "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+|[KMGTPE]i|[numkMGTPE])?$";
const ANY_SCHEME: &str = "[a-zA-Z][a-zA-Z0-9+.-]*";

/// The schema of a kind's `spec`. Fields that it does not name are kept.
pub(super) fn spec(kind: Kind) -> Value {
    object(Shape::of(kind))
}

fn object(shape: &Shape) -> Value {
    let properties: Map<String, Value> =
        shape.fields().map(|(name, must)| ((*name).to_owned(), field(must))).collect();
    let mut schema =
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": properties});
    if !shape.needs.is_empty() {
        schema["required"] = json!(shape.needs);
    }
    schema
}

/// What a value must be, in the words of a schema.
fn field(must: &Must) -> Value {
    let pattern = |pattern: &str| json!({"type": "string", "pattern": pattern});
    match must {
        Must::Any => json!({"x-kubernetes-preserve-unknown-fields": true}),
        Must::Truth => json!({"type": "boolean"}),
        Must::Text => json!({"type": "string"}),
        Must::Filled => json!({"type": "string", "minLength": 1}),
        Must::Duration => pattern(DURATION),
        Must::FilledDuration => json!({"type": "string", "minLength": 1, "pattern": DURATION}),
        Must::Size => pattern(SIZE),
        Must::Quantity => json!({"x-kubernetes-int-or-string": true, "pattern": QUANTITY}),
        Must::WholeOrText => json!({"x-kubernetes-int-or-string": true}),
        Must::Count => json!({"type": "integer", "format": "int64", "minimum": 0}),
        Must::Whole(from, to) => whole(*from, *to),
        Must::OneOf(known) => json!({"type": "string", "enum": known}),
        Must::Url([]) => pattern(&format!("^{ANY_SCHEME}://.+$")),
        Must::Url(schemes) => pattern(&format!("^({})://.+$", schemes.join("|"))),
        Must::Form(form, _) => pattern(form),
        Must::List(of, least, once) => list(of, *least, *once),
        Must::Words(of) => json!({"type": "object", "additionalProperties": field(of)}),
        Must::Object(shape) => object(shape),
    }
}

fn whole(from: i64, to: i64) -> Value {
    let mut schema = json!({"type": "integer", "format": "int64"});
    if from > i64::MIN {
        schema["minimum"] = json!(from);
    }
    if to < i64::MAX {
        schema["maximum"] = json!(to);
    }
    schema
}

fn list(of: &Must, least: usize, once: Once) -> Value {
    let mut schema = json!({"type": "array", "items": field(of)});
    if least > 0 {
        schema["minItems"] = json!(least);
    }
    match once {
        Once::No => {}
        Once::Yes => schema["x-kubernetes-list-type"] = json!("set"),
        Once::By(field) => {
            schema["x-kubernetes-list-type"] = json!("map");
            schema["x-kubernetes-list-map-keys"] = json!([field]);
            let required = &mut schema["items"]["required"];
            if !required.as_array().is_some_and(|names| names.iter().any(|name| name == field)) {
                *required = json!([field]);
            }
        }
    }
    schema
}
