//! Schemas of the kinds, out of the tables by which objects are checked.

use serde_json::{Value, json};

use crate::objects::Kind;
use crate::schema::{FIELDS, Must, NAMES, PLACES};

/// What a field holds, where nothing more is asked of its value.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Whole,
    Truth,
    Port,
    Texts,
    /// An object that may have any fields.
    Open,
    /// A mapping of texts.
    Words,
    Rules,
    Selector,
}

/// By name, wherever they stand.
const SHAPES: &[(&str, Shape)] = &[
    ("alert", Shape::Text),
    ("annotations", Shape::Words),
    ("attachMetadata", Shape::Open),
    ("authorization", Shape::Open),
    ("basicAuth", Shape::Open),
    ("bearerTokenFile", Shape::Text),
    ("bearerTokenSecret", Shape::Open),
    ("convertClassicHistogramsToNHCB", Shape::Truth),
    ("enableHttp2", Shape::Truth),
    ("expr", Shape::Port),
    ("filterRunning", Shape::Truth),
    ("followRedirects", Shape::Truth),
    ("honorLabels", Shape::Truth),
    ("honorTimestamps", Shape::Truth),
    ("jobLabel", Shape::Text),
    ("jobName", Shape::Text),
    ("keepDroppedTargets", Shape::Whole),
    ("labelLimit", Shape::Whole),
    ("labelNameLengthLimit", Shape::Whole),
    ("labelValueLengthLimit", Shape::Whole),
    ("labels", Shape::Words),
    ("limit", Shape::Whole),
    ("metricRelabelings", Shape::Rules),
    ("module", Shape::Text),
    ("name", Shape::Text),
    ("namespaceSelector", Shape::Open),
    ("nativeHistogramBucketLimit", Shape::Whole),
    ("nativeHistogramMinBucketFactor", Shape::Port),
    ("noProxy", Shape::Text),
    ("oauth2", Shape::Open),
    ("path", Shape::Text),
    ("podTargetLabels", Shape::Texts),
    ("port", Shape::Text),
    ("prober", Shape::Open),
    ("proxyConnectHeader", Shape::Open),
    ("proxyFromEnvironment", Shape::Truth),
    ("record", Shape::Text),
    ("relabelings", Shape::Rules),
    ("sampleLimit", Shape::Whole),
    ("scheme", Shape::Text),
    ("scrapeClass", Shape::Text),
    ("scrapeClassicHistograms", Shape::Truth),
    ("scrapeNativeHistograms", Shape::Truth),
    ("selector", Shape::Selector),
    ("targetLabels", Shape::Texts),
    ("targetLimit", Shape::Whole),
    ("targetPort", Shape::Port),
    ("targets", Shape::Open),
    ("tlsConfig", Shape::Open),
    ("trackTimestampsStaleness", Shape::Truth),
];

/// The schema of a kind's `spec`. Fields that it does not name are kept.
pub(super) fn spec(kind: Kind, required: &[&str]) -> Value {
    let mut spec = open();
    if !required.is_empty() {
        spec["required"] = json!(required);
    }
    for (_, path, lists) in NAMES.iter().filter(|row| row.0 == kind) {
        let properties = &mut place(&mut spec, path)["properties"];
        for name in lists.iter().copied().flatten() {
            if properties.get(name).is_none() {
                properties[*name] = field(name);
            }
        }
    }
    for (_, path, must) in PLACES.iter().filter(|row| row.0 == kind) {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        let known = &mut place(&mut spec, parent)["properties"][name];
        for (key, value) in rule(name, must).as_object().into_iter().flatten() {
            known[key] = value.clone();
        }
        if matches!(must, Must::UniqueNames) {
            known["items"]["required"] = json!(["name"]);
        }
    }
    spec
}

fn open() -> Value {
    json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {}})
}

/// The object at a path such as `groups[].rules[]`; the lists on the way are made.
fn place<'s>(schema: &'s mut Value, path: &str) -> &'s mut Value {
    path.split('.').filter(|step| !step.is_empty()).fold(schema, |at, step| {
        let list = &mut at["properties"][step.trim_end_matches("[]")];
        if list["items"].is_null() {
            *list = json!({"type": "array", "items": open()});
        }
        &mut list["items"]
    })
}

fn field(name: &str) -> Value {
    if let Some((_, must)) = FIELDS.iter().find(|(known, _)| *known == name) {
        return rule(name, must);
    }
    let shape = SHAPES.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape);
    let text = || json!({"type": "string"});
    match shape {
        None => json!({"x-kubernetes-preserve-unknown-fields": true}),
        Some(Shape::Text) => text(),
        Some(Shape::Whole) => json!({"type": "integer", "format": "int64", "minimum": 0}),
        Some(Shape::Truth) => json!({"type": "boolean"}),
        Some(Shape::Port) => json!({"x-kubernetes-int-or-string": true}),
        Some(Shape::Texts) => json!({"type": "array", "items": text()}),
        Some(Shape::Open) => open(),
        Some(Shape::Words) => json!({"type": "object", "additionalProperties": text()}),
        Some(Shape::Rules) => {
            let mut rule = open();
            rule["properties"] = json!({
                "action": field("action"), "modulus": {"type": "integer", "format": "int64"}, "regex": text(),
                "replacement": text(), "separator": text(), "sourceLabels": {"type": "array", "items": text()},
                "targetLabel": text(),
            });
            json!({"type": "array", "items": rule})
        }
        Some(Shape::Selector) => {
            let mut selector = open();
            selector["properties"] = json!({
                "matchLabels": {"type": "object", "additionalProperties": text()},
                "matchExpressions": {"type": "array", "items": open()},
            });
            selector
        }
    }
}

/// What a value must be, in the words of a schema.
fn rule(name: &str, must: &Must) -> Value {
    // Units from years to milliseconds, each at most once, in this order.
    let duration = "^(0|([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$";
    match must {
        Must::Duration => json!({"type": "string", "pattern": duration}),
        Must::Size => json!({"type": "string", "pattern": "^(0|[0-9]*[.]?[0-9]+([KMGTPE]i?)?B)$"}),
        Must::OneOf(known) if name.ends_with('s') => json!({
            "type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string", "enum": known},
        }),
        Must::OneOf(known) => json!({"type": "string", "enum": known}),
        Must::AtLeast(least) => json!({"type": "integer", "format": "int32", "minimum": least}),
        Must::Url(schemes) => {
            json!({"type": "string", "pattern": format!("^(({})://.+)?$", schemes.join("|"))})
        }
        Must::NotEmpty => json!({"type": "array", "minItems": 1, "items": {"type": "string"}}),
        Must::UniqueNames => {
            json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]})
        }
    }
}
