//! From discovered targets to addresses of Alertmanagers.

use model::Labels;
use model::relabel::{self, RelabelRule};

/// The label that holds the path; relabelling may change it.
const PATH_LABEL: &str = "__alerts_path__";
const SCHEME_LABEL: &str = "__scheme__";
const ADDRESS_LABEL: &str = "__address__";

/// What became of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// Alerts go to this URL.
    Active(String),
    /// Relabelling dropped it; the URL as it would have been.
    Dropped(String),
    /// The address is none: why.
    Invalid(String),
}

/// The URL of a target that has `__address__` and its other labels, as `notifier` of Prometheus makes it.
pub fn resolve(target: &Labels, scheme: &str, path_prefix: &str, rules: &[RelabelRule]) -> Resolved {
    let mut labels = target.to_builder();
    for (name, value) in [(SCHEME_LABEL, scheme), (PATH_LABEL, &alerts_path(path_prefix))] {
        if labels.get(name).is_empty() {
            labels.set(name, value);
        }
    }
    let url = |labels: &model::LabelsBuilder| {
        let (scheme, address) = (labels.get(SCHEME_LABEL), labels.get(ADDRESS_LABEL));
        format!("{scheme}://{address}{}", labels.get(PATH_LABEL))
    };
    let before = url(&labels);
    if !relabel::apply(rules, &mut labels) {
        return Resolved::Dropped(before);
    }
    let address = labels.get(ADDRESS_LABEL);
    if address.is_empty() {
        return Resolved::Invalid("no address".to_owned());
    }
    if address.contains('/') {
        return Resolved::Invalid(format!("\"{address}\" is not a valid hostname"));
    }
    Resolved::Active(url(&labels))
}

/// `/PREFIX/api/v2/alerts` with single slashes.
fn alerts_path(prefix: &str) -> String {
    let parts = prefix.split('/').filter(|part| !part.is_empty());
    let path: Vec<&str> = parts.chain(["api", "v2", "alerts"]).collect();
    format!("/{}", path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(yaml: &str) -> RelabelRule {
        serde_json::from_str(yaml).unwrap()
    }

    #[test]
    fn urls_are_made_of_labels() {
        let target = Labels::from_pairs([("__address__", "am:9093"), ("zone", "a")]);
        let path = rule(r#"{"target_label": "__alerts_path__", "replacement": "/x"}"#);
        let drop = rule(r#"{"source_labels": ["zone"], "regex": "a", "action": "drop"}"#);
        let lost = rule(r#"{"target_label": "__address__", "replacement": "a/b"}"#);
        let cases = [
            ("", vec![], Resolved::Active("http://am:9093/api/v2/alerts".to_owned())),
            ("/am//x/", vec![], Resolved::Active("http://am:9093/am/x/api/v2/alerts".to_owned())),
            ("", vec![path], Resolved::Active("http://am:9093/x".to_owned())),
            ("p", vec![drop], Resolved::Dropped("http://am:9093/p/api/v2/alerts".to_owned())),
            ("", vec![lost], Resolved::Invalid("\"a/b\" is not a valid hostname".to_owned())),
        ];
        for (prefix, rules, expected) in cases {
            assert_eq!(resolve(&target, "http", prefix, &rules), expected);
        }
        let https = target.with("__scheme__", "https");
        let expected = Resolved::Active("https://am:9093/api/v2/alerts".to_owned());
        assert_eq!(resolve(&https, "http", "", &[]), expected);
        assert_eq!(resolve(&Labels::empty(), "http", "", &[]), Resolved::Invalid("no address".to_owned()));
    }
}
