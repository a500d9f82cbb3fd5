//! Variables of dashboards, asked of the other server.

use std::collections::BTreeMap;

use dashboard::VariableSource;
use model::{Labels, TimeRange};
use serde::Deserialize;
use serde_json::Value;

use super::Remote;

/// The other server's API as the source of variables; blocks.
pub(super) struct RemoteVariables<'a> {
    pub(super) remote: &'a Remote,
    pub(super) range: TimeRange,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    error: String,
    data: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Queried {
    result_type: String,
    result: Value,
}

#[derive(Deserialize)]
struct Sample {
    metric: BTreeMap<String, String>,
    value: (f64, String),
}

impl RemoteVariables<'_> {
    fn ask<T: serde::de::DeserializeOwned>(&self, path: &str, pairs: &[(&str, &str)]) -> Result<T, String> {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = self.remote.request(path, Some(&query));
        let asked = self.remote.runtime.block_on(self.remote.ask(request));
        let (status, _, body) = asked.map_err(|error| error.message)?;
        let envelope: Envelope = serde_json::from_slice(&body)
            .map_err(|error| format!("HTTP {status}: the answer is not that of Prometheus' API: {error}"))?;
        match envelope.data {
            Some(data) if status.is_success() => {
                serde_json::from_value(data).map_err(|error| error.to_string())
            }
            _ => Err(format!("HTTP {status}: {}", envelope.error)),
        }
    }

    fn ranged<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        selector: Option<&str>,
    ) -> Result<T, String> {
        let (start, end) = (seconds(self.range.start.0), seconds(self.range.end.0));
        let mut pairs = vec![("start", start.as_str()), ("end", end.as_str())];
        pairs.extend(selector.map(|selector| ("match[]", selector)));
        self.ask(path, &pairs)
    }
}

impl VariableSource for RemoteVariables<'_> {
    fn series(&self, selector: &str) -> Result<Vec<Labels>, String> {
        let found: Vec<BTreeMap<String, String>> = self.ranged("series", Some(selector))?;
        Ok(found.iter().map(labels).collect())
    }

    fn label_values(&self, selector: Option<&str>, label: &str) -> Result<Vec<String>, String> {
        // Names with other characters have no place in the path but escaped.
        let name: String = url::form_urlencoded::byte_serialize(label.as_bytes()).collect();
        self.ranged(&format!("label/{name}/values"), selector)
    }

    fn label_names(&self, selector: Option<&str>) -> Result<Vec<String>, String> {
        self.ranged("labels", selector)
    }

    fn query(&self, expr: &str) -> Result<Vec<(Labels, f64, i64)>, String> {
        let at = seconds(self.range.end.0);
        let queried: Queried = self.ask("query", &[("query", expr), ("time", &at)])?;
        let number = |(at, text): (f64, String)| {
            let value = model::value::parse_float(&text).ok_or_else(|| format!("{text} is not a number"))?;
            Ok::<_, String>((value, (at * 1000.0).round() as i64))
        };
        match queried.result_type.as_str() {
            "vector" => {
                let samples: Vec<Sample> =
                    serde_json::from_value(queried.result).map_err(|e| e.to_string())?;
                let of = |sample: Sample| {
                    let (value, at) = number(sample.value)?;
                    Ok((labels(&sample.metric), value, at))
                };
                samples.into_iter().map(of).collect()
            }
            "scalar" => {
                let (value, at) = number(serde_json::from_value(queried.result).map_err(|e| e.to_string())?)?;
                Ok(vec![(Labels::empty(), value, at)])
            }
            other => Err(format!("the query of a variable must give a vector or a scalar, not a {other}")),
        }
    }
}

fn labels(map: &BTreeMap<String, String>) -> Labels {
    Labels::from_pairs(map.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000))
}
