//! YAML into values, with errors that name file, line and remedy.

mod nulls;

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_saphyr::{Error, Options};

/// Names less alike than this (Jaro-Winkler, 0 to 1) are not suggested.
const ALIKE: f64 = 0.7;

/// Why a YAML text was refused: `prometheus.yml:3:5: …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}:{line}:{column}: {message}")]
pub struct YamlError {
    /// The file, as the caller named it.
    pub source_name: String,
    /// The line, from 1; 0 if it is not known.
    pub line: u64,
    /// The column, from 1; 0 if it is not known.
    pub column: u64,
    /// What is wrong, and what was probably meant.
    pub message: String,
}

/// Reads the first and only document of a text. Booleans are YAML 1.1's (`yes`, `on`), as in the files that
/// Go programs read; a key that stands twice is refused, and one without a value is an empty list or map.
pub fn from_str<T: DeserializeOwned>(text: &str, source_name: &str) -> Result<T, YamlError> {
    let mut options = Options::default();
    options.strict_booleans = false;
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |value| {
        nulls::document::<T>().deserialize(value)
    })
    .map_err(|error| refusal(&error, source_name))
}

fn refusal(error: &Error, source_name: &str) -> YamlError {
    let error = error.without_snippet();
    let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
    let message = match error {
        Error::SerdeUnknownField { field, expected, .. } => unknown_field(field, expected),
        other => {
            let text = other.to_string();
            let first = text.lines().next().unwrap_or("").to_owned();
            in_plain_words(&strip_place(&first))
        }
    };
    YamlError { source_name: source_name.to_owned(), line, column, message }
}

fn unknown_field(field: &str, expected: &[&'static str]) -> String {
    let alike = |name: &&&'static str| strsim::jaro_winkler(field, name);
    let nearest =
        expected.iter().max_by(|a, b| alike(a).total_cmp(&alike(b))).filter(|name| alike(name) >= ALIKE);
    match nearest {
        Some(name) => format!("unknown field \"{field}\"; did you mean \"{name}\"?"),
        None => format!("unknown field \"{field}\"; known are {}", expected.join(", ")),
    }
}

/// Messages of the library that speak of Rust, said for people who write YAML.
fn in_plain_words(message: &str) -> String {
    const ROWS: [(&str, &str); 1] =
        [("cannot deserialize null into string", "a value is missing: a text is expected")];
    let row = ROWS.iter().find(|(theirs, _)| message.starts_with(theirs));
    row.map_or_else(|| message.to_owned(), |(_, ours)| (*ours).to_owned())
}

/// The library's messages end with the place, which stands in front already.
fn strip_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[serde(default)]
        scrape_interval: String,
        #[serde(default)]
        on: bool,
    }

    #[test]
    fn reads_and_names_the_place() {
        let shape: Shape = from_str("scrape_interval: 5m\non: yes\n", "a.yml").expect("valid");
        assert_eq!((shape.scrape_interval.as_str(), shape.on), ("5m", true));
        let error = from_str::<Shape>("on: true\nscrap_interval: 5m\n", "a.yml").expect_err("unknown field");
        assert_eq!(
            error.to_string(),
            "a.yml:2:1: unknown field \"scrap_interval\"; did you mean \"scrape_interval\"?"
        );
        let error = from_str::<Shape>("on: [", "a.yml").expect_err("broken");
        assert!(error.to_string().starts_with("a.yml:1:"), "{error}");
        assert!(from_str::<Shape>("on: true\non: false\n", "a.yml").is_err());
    }

    #[test]
    fn keys_without_a_value_are_empty() {
        #[derive(Deserialize, Debug, Default, PartialEq)]
        #[serde(deny_unknown_fields, default)]
        struct Whole {
            files: Vec<String>,
            labels: std::collections::BTreeMap<String, Vec<u8>>,
            part: Option<Box<Whole>>,
            parts: Vec<Whole>,
        }
        let whole: Whole =
            from_str("files:\n# - a\nlabels: {x: ~}\npart:\nparts: [{files: , part: {}}]\n", "a.yml")
                .expect("valid");
        assert_eq!(whole.labels["x"], Vec::<u8>::new());
        assert_eq!((whole.files.len(), whole.part, whole.parts[0].part.is_some()), (0, None, true));
        let error = from_str::<Whole>("parts:\n- fils: [a]\n", "a.yml").expect_err("unknown field");
        assert_eq!(error.to_string(), "a.yml:2:3: unknown field \"fils\"; did you mean \"files\"?");
        let error = from_str::<Whole>("parts:\n- files: 5\n", "a.yml").expect_err("no list");
        assert!(error.to_string().starts_with("a.yml:2:10: "), "{error}");
    }
}
