//! Content negotiation: what we ask for, and what a `Content-Type` means.

use super::Format;

/// A way to scrape, by the names of `scrape_protocols` and `fallback_scrape_protocol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
pub enum ScrapeProtocol {
    /// Delimited protobuf. A known name, but we do not read it: [`accept_header`] leaves it out.
    PrometheusProto,
    /// Prometheus text as of 2014.
    #[serde(rename = "PrometheusText0.0.4")]
    PrometheusText0_0_4,
    /// Prometheus text with quoted UTF-8 names.
    #[serde(rename = "PrometheusText1.0.0")]
    PrometheusText1_0_0,
    /// OpenMetrics before its release.
    #[serde(rename = "OpenMetricsText0.0.1")]
    OpenMetricsText0_0_1,
    /// OpenMetrics 1.0.
    #[serde(rename = "OpenMetricsText1.0.0")]
    OpenMetricsText1_0_0,
}

/// Why a body cannot be read at all. Texts as Prometheus has them, with the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// No `Content-Type`.
    #[error(
        "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target"
    )]
    Blank,
    /// A `Content-Type` that is none.
    #[error("cannot parse Content-Type \"{0}\" and no fallback_scrape_protocol for target")]
    Malformed(String),
    /// A media type that is no exposition.
    #[error("received unsupported Content-Type \"{0}\" and no fallback_scrape_protocol specified for target")]
    Unsupported(String),
    /// Protobuf, though we did not ask for it.
    #[error(
        "received protobuf exposition (Content-Type \"{0}\"), which is not supported: only text formats are"
    )]
    Protobuf(String),
}

impl ScrapeProtocol {
    /// All of them, with their names and what the `Accept` header says.
    pub const ALL: [(ScrapeProtocol, &'static str, &'static str); 5] = [
        (
            ScrapeProtocol::PrometheusProto,
            "PrometheusProto",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
        ),
        (ScrapeProtocol::PrometheusText0_0_4, "PrometheusText0.0.4", "text/plain;version=0.0.4"),
        (ScrapeProtocol::PrometheusText1_0_0, "PrometheusText1.0.0", "text/plain;version=1.0.0"),
        (
            ScrapeProtocol::OpenMetricsText0_0_1,
            "OpenMetricsText0.0.1",
            "application/openmetrics-text;version=0.0.1",
        ),
        (
            ScrapeProtocol::OpenMetricsText1_0_0,
            "OpenMetricsText1.0.0",
            "application/openmetrics-text;version=1.0.0",
        ),
    ];

    /// What Prometheus 3 asks for, most wanted first.
    pub const DEFAULT: [ScrapeProtocol; 4] = [
        ScrapeProtocol::OpenMetricsText1_0_0,
        ScrapeProtocol::OpenMetricsText0_0_1,
        ScrapeProtocol::PrometheusText1_0_0,
        ScrapeProtocol::PrometheusText0_0_4,
    ];

    /// The protocol of that name.
    pub fn from_name(name: &str) -> Option<ScrapeProtocol> {
        ScrapeProtocol::ALL.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// The name in a configuration.
    pub fn as_str(self) -> &'static str {
        ScrapeProtocol::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// How its bodies are read; none for protobuf.
    pub fn format(self) -> Option<Format> {
        match self {
            ScrapeProtocol::PrometheusProto => None,
            ScrapeProtocol::PrometheusText0_0_4 | ScrapeProtocol::PrometheusText1_0_0 => Some(Format::Text),
            ScrapeProtocol::OpenMetricsText0_0_1 | ScrapeProtocol::OpenMetricsText1_0_0 => {
                Some(Format::OpenMetrics)
            }
        }
    }

    fn media_type(self) -> &'static str {
        ScrapeProtocol::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.2)
    }
}

impl Format {
    /// The format that a `Content-Type` header announces ("" where there is none). A blank, malformed or
    /// unknown one is read as `fallback` says, as since Prometheus 3.0.
    pub fn from_content_type(
        content_type: &str,
        fallback: Option<ScrapeProtocol>,
    ) -> Result<Format, FormatError> {
        let owned = || content_type.to_owned();
        let fallback = fallback.and_then(ScrapeProtocol::format);
        if content_type.is_empty() {
            return fallback.ok_or(FormatError::Blank);
        }
        let Some(media_type) = media_type(content_type) else {
            return fallback.ok_or_else(|| FormatError::Malformed(owned()));
        };
        match media_type.as_str() {
            "text/plain" => Ok(Format::Text),
            "application/openmetrics-text" => Ok(Format::OpenMetrics),
            "application/vnd.google.protobuf" => Err(FormatError::Protobuf(owned())),
            _ => fallback.ok_or_else(|| FormatError::Unsupported(owned())),
        }
    }
}

/// The `Accept` header for these protocols, most wanted first, as Prometheus 3 writes it. `escaping` is the
/// scheme asked of the two 1.0.0 formats: `allow-utf-8`, or `underscores` where names must be legacy ones.
pub fn accept_header(protocols: &[ScrapeProtocol], escaping: &str) -> String {
    let mut header = String::new();
    let mut weight = ScrapeProtocol::ALL.len() + 1;
    for protocol in protocols.iter().filter(|protocol| protocol.format().is_some()) {
        header.push_str(protocol.media_type());
        if matches!(protocol, ScrapeProtocol::PrometheusText1_0_0 | ScrapeProtocol::OpenMetricsText1_0_0) {
            header.push_str(";escaping=");
            header.push_str(escaping);
        }
        header.push_str(&format!(";q=0.{weight},"));
        weight = weight.saturating_sub(1).max(1);
    }
    header.push_str(&format!("*/*;q=0.{weight}"));
    header
}

/// The media type, lower case, of a header whose parameters are well formed (RFC 9110 §8.3).
fn media_type(content_type: &str) -> Option<String> {
    let is_token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    let (head, mut rest) = content_type.split_once(';').unwrap_or((content_type, ""));
    let media_type = head.trim().to_ascii_lowercase();
    let mut halves = media_type.splitn(2, '/');
    if !halves.all(is_token) {
        return None;
    }
    while !rest.trim().is_empty() {
        let (name, value) = rest.split_once('=')?;
        if !is_token(name.trim_start()) {
            return None;
        }
        rest = if let Some(quoted) = value.strip_prefix('"') {
            let end = closing_quote(quoted)?;
            let after = quoted[end + 1..].trim_start();
            if after.is_empty() { after } else { after.strip_prefix(';')? }
        } else {
            let (value, after) = value.split_once(';').unwrap_or((value, ""));
            if !is_token(value.trim_end()) {
                return None;
            }
            after
        };
    }
    Some(media_type)
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}
