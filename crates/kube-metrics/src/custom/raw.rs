//! The shape of the configuration in YAML, read as Go's yaml.v3 reads it into structs: a field without a value is as
//! one that is absent, an element without one is left out, and numbers and booleans are also texts.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawDocument {
    pub(super) spec: RawSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawSpec {
    #[serde(deserialize_with = "present")]
    pub(super) resources: Vec<RawResource>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawResource {
    pub(super) group_version_kind: RawKind,
    pub(super) metric_name_prefix: Option<String>,
    #[serde(rename = "resourcePlural", deserialize_with = "text")]
    _resource_plural: String,
    #[serde(rename = "errorLogV", deserialize_with = "level")]
    _error_log_v: (),
    #[serde(deserialize_with = "labels")]
    pub(super) common_labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "paths")]
    pub(super) labels_from_path: RawPaths,
    #[serde(deserialize_with = "present")]
    pub(super) metrics: Vec<RawMetric>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawKind {
    #[serde(deserialize_with = "text")]
    pub(super) group: String,
    #[serde(deserialize_with = "text")]
    pub(super) version: String,
    #[serde(deserialize_with = "text")]
    pub(super) kind: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawMetric {
    #[serde(deserialize_with = "text")]
    pub(super) name: String,
    #[serde(deserialize_with = "text")]
    pub(super) help: String,
    #[serde(rename = "errorLogV", deserialize_with = "level")]
    _error_log_v: (),
    #[serde(deserialize_with = "labels")]
    pub(super) common_labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "paths")]
    pub(super) labels_from_path: RawPaths,
    pub(super) each: RawEach,
}

pub(super) type RawPaths = BTreeMap<String, Vec<String>>;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawEach {
    #[serde(rename = "type", deserialize_with = "text")]
    pub(super) kind: String,
    pub(super) gauge: Option<RawGauge>,
    pub(super) info: Option<RawInfo>,
    pub(super) state_set: Option<RawStateSet>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawGauge {
    #[serde(deserialize_with = "present")]
    pub(super) path: Vec<String>,
    #[serde(deserialize_with = "paths")]
    pub(super) labels_from_path: RawPaths,
    #[serde(deserialize_with = "text")]
    pub(super) label_from_key: String,
    #[serde(deserialize_with = "present")]
    pub(super) value_from: Vec<String>,
    #[serde(deserialize_with = "truth")]
    pub(super) nil_is_zero: bool,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawInfo {
    #[serde(deserialize_with = "present")]
    pub(super) path: Vec<String>,
    #[serde(deserialize_with = "paths")]
    pub(super) labels_from_path: RawPaths,
    #[serde(deserialize_with = "text")]
    pub(super) label_from_key: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawStateSet {
    #[serde(deserialize_with = "present")]
    pub(super) path: Vec<String>,
    #[serde(deserialize_with = "paths")]
    pub(super) labels_from_path: RawPaths,
    #[serde(deserialize_with = "present")]
    pub(super) list: Vec<String>,
    #[serde(deserialize_with = "text")]
    pub(super) label_name: String,
    #[serde(deserialize_with = "present")]
    pub(super) value_from: Vec<String>,
}

/// A text; empty where there is none.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// The elements that have a value.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Vec::<Option<T>>::deserialize(from)?.into_iter().flatten().collect())
}

fn labels<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let labels = BTreeMap::<String, Option<String>>::deserialize(from)?;
    Ok(labels.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect())
}

fn paths<'de, D: Deserializer<'de>>(from: D) -> Result<RawPaths, D::Error> {
    let paths = BTreeMap::<String, Vec<Option<String>>>::deserialize(from)?;
    Ok(paths.into_iter().map(|(name, path)| (name, path.into_iter().flatten().collect())).collect())
}

/// A number that fits in 32 bits, without quotes. It changes nothing here.
fn level<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    from.deserialize_any(Scalar).and_then(|found| match found {
        Found::Nothing => Ok(()),
        Found::Number(number) if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number.trunc()) => {
            Ok(())
        }
        _ => Err(D::Error::custom("expected a number of 32 bits without quotes")),
    })
}

/// A boolean, or one of the words that YAML 1.1 takes for one, even in quotes.
fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    from.deserialize_any(Scalar).and_then(|found| match found {
        Found::Nothing => Ok(false),
        Found::Truth(truth) => Ok(truth),
        Found::Text(word) if matches!(word.as_str(), "y" | "Y" | "yes" | "on") => Ok(true),
        Found::Text(word) if matches!(word.as_str(), "n" | "N" | "no" | "off") => Ok(false),
        _ => Err(D::Error::custom("expected true or false, without quotes")),
    })
}

/// A scalar of any type.
struct Scalar;

enum Found {
    Nothing,
    Truth(bool),
    Number(f64),
    Text(String),
}

impl Visitor<'_> for Scalar {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a scalar")
    }

    fn visit_unit<E: Error>(self) -> Result<Found, E> {
        Ok(Found::Nothing)
    }

    fn visit_none<E: Error>(self) -> Result<Found, E> {
        Ok(Found::Nothing)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Found, E> {
        Ok(Found::Truth(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "what is not exact is too large all the same")]
    fn visit_i64<E: Error>(self, value: i64) -> Result<Found, E> {
        Ok(Found::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "what is not exact is too large all the same")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Found, E> {
        Ok(Found::Number(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Found, E> {
        Ok(Found::Number(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Found, E> {
        Ok(Found::Text(value.to_owned()))
    }
}
