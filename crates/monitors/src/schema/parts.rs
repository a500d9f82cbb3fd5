//! What several kinds have in common: secrets, credentials, relabelings, selectors, limits.

use super::{Must, Shape, list, set};

/// Schemes of what is asked over HTTP.
pub(super) const HTTP: &[&str] = &["http", "https"];
/// Schemes of proxies.
pub(super) const HTTP_OR_SOCKS: &[&str] = &["http", "https", "socks5"];

/// `nameEscapingScheme`
pub(super) const ESCAPING_SCHEMES: &[&str] = &["AllowUTF8", "Underscores", "Dots", "Values"];

/// `nameValidationScheme`
pub(super) const VALIDATION_SCHEMES: &[&str] = &["UTF8", "Legacy"];

/// How endpoints of services are found.
pub(super) const SD_ROLES: &[&str] = &["Endpoints", "EndpointSlice"];

/// Versions of TLS, in their order.
pub(super) const TLS_VERSIONS: &[&str] = &["TLS10", "TLS11", "TLS12", "TLS13"];

/// Schemes, in both spellings.
pub(super) const SCHEMES: &[&str] = &["http", "https", "HTTP", "HTTPS"];

/// Actions of relabelings, in both spellings.
pub(super) const ACTIONS: &[&str] = &[
    "replace",
    "Replace",
    "keep",
    "Keep",
    "drop",
    "Drop",
    "hashmod",
    "HashMod",
    "labelmap",
    "LabelMap",
    "labeldrop",
    "LabelDrop",
    "labelkeep",
    "LabelKeep",
    "lowercase",
    "Lowercase",
    "uppercase",
    "Uppercase",
    "keepequal",
    "KeepEqual",
    "dropequal",
    "DropEqual",
];

/// Formats of a scrape.
pub(super) const PROTOCOLS: &[&str] = &[
    "PrometheusProto",
    "OpenMetricsText0.0.1",
    "OpenMetricsText1.0.0",
    "PrometheusText0.0.4",
    "PrometheusText1.0.0",
];

/// How a proxy is reached.
pub(super) const PROXY: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("proxyUrl", Must::Url(HTTP_OR_SOCKS)),
        ("noProxy", Must::Text),
        ("proxyFromEnvironment", Must::Truth),
        ("proxyConnectHeader", Must::Words(&list(&Must::Object(&KEY)))),
    ],
};

/// Credentials of every kind.
pub(super) const ACCESS: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("authorization", Must::Object(&AUTHORIZATION)),
        ("basicAuth", Must::Object(&BASIC_AUTH)),
        ("oauth2", Must::Object(&OAUTH2)),
        ("tlsConfig", Must::Object(&TLS)),
    ],
};

/// Limits of a job.
pub(super) const LIMITS: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("sampleLimit", Must::Count),
        ("targetLimit", Must::Count),
        ("labelLimit", Must::Count),
        ("labelNameLengthLimit", Must::Count),
        ("labelValueLengthLimit", Must::Count),
        ("keepDroppedTargets", Must::Count),
    ],
};

/// Native histograms.
pub(super) const HISTOGRAMS: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("scrapeNativeHistograms", Must::Truth),
        ("scrapeClassicHistograms", Must::Truth),
        ("nativeHistogramBucketLimit", Must::Count),
        ("nativeHistogramMinBucketFactor", Must::Quantity),
        ("convertClassicHistogramsToNHCB", Must::Truth),
    ],
};

/// Protocols, and the class.
pub(super) const SCRAPE: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("scrapeProtocols", set(&Must::OneOf(PROTOCOLS))),
        ("fallbackScrapeProtocol", Must::OneOf(PROTOCOLS)),
        ("scrapeClass", Must::Filled),
    ],
};

/// What monitors of pods and of services share.
pub(super) const MONITOR: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("jobLabel", Must::Text),
        ("podTargetLabels", list(&Must::Text)),
        ("selector", Must::Object(&SELECTOR)),
        ("selectorMechanism", Must::OneOf(&["RelabelConfig", "RoleSelector"])),
        ("namespaceSelector", Must::Object(&NAMESPACES)),
        ("attachMetadata", Must::Object(&ATTACH)),
        ("bodySizeLimit", Must::Size),
    ],
};

/// What their endpoints share.
pub(super) const ENDPOINT: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("path", Must::Text),
        ("scheme", Must::OneOf(SCHEMES)),
        ("params", Must::Words(&list(&Must::Text))),
        ("interval", Must::Duration),
        ("scrapeTimeout", Must::Duration),
        ("honorLabels", Must::Truth),
        ("honorTimestamps", Must::Truth),
        ("trackTimestampsStaleness", Must::Truth),
        ("filterRunning", Must::Truth),
        ("relabelings", list(&Must::Object(&RELABELING))),
        ("metricRelabelings", list(&Must::Object(&RELABELING))),
        ("bearerTokenSecret", Must::Object(&KEY)),
        ("followRedirects", Must::Truth),
        ("enableHttp2", Must::Truth),
        ("targetPort", Must::WholeOrText),
    ],
};

/// An HTTP client that asks now and then.
pub(super) const CLIENT: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("followRedirects", Must::Truth),
        ("enableHTTP2", Must::Truth),
        ("refreshInterval", Must::Duration),
    ],
};

/// A key of a Secret or ConfigMap.
pub(super) const KEY: Shape = Shape {
    needs: &["key"],
    with: &[],
    fields: &[("key", Must::Text), ("name", Must::Text), ("optional", Must::Truth)],
};

/// A key of a Secret, or of a ConfigMap.
pub(super) const KEY_OR_MAP: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[("configMap", Must::Object(&KEY)), ("secret", Must::Object(&KEY))],
};

/// A user and a password.
pub(super) const BASIC_AUTH: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[("password", Must::Object(&KEY)), ("username", Must::Object(&KEY))],
};

/// An `Authorization` header.
pub(super) const AUTHORIZATION: Shape =
    Shape { needs: &[], with: &[], fields: &[("credentials", Must::Object(&KEY)), ("type", Must::Text)] };

/// The same, or out of a file.
pub(super) const FILE_AUTHORIZATION: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[("credentials", Must::Object(&KEY)), ("credentialsFile", Must::Text), ("type", Must::Text)],
};

/// A token by client credentials.
pub(super) const OAUTH2: Shape = Shape {
    needs: &["clientId", "clientSecret", "tokenUrl"],
    with: &[&PROXY],
    fields: &[
        ("clientId", Must::Object(&KEY_OR_MAP)),
        ("clientSecret", Must::Object(&KEY)),
        ("endpointParams", Must::Words(&Must::Text)),
        ("scopes", list(&Must::Text)),
        ("tlsConfig", Must::Object(&TLS)),
        ("tokenUrl", Must::Url(HTTP)),
    ],
};

/// TLS without files.
pub(super) const TLS: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("ca", Must::Object(&KEY_OR_MAP)),
        ("cert", Must::Object(&KEY_OR_MAP)),
        ("insecureSkipVerify", Must::Truth),
        ("keySecret", Must::Object(&KEY)),
        ("maxVersion", Must::OneOf(TLS_VERSIONS)),
        ("minVersion", Must::OneOf(TLS_VERSIONS)),
        ("serverName", Must::Text),
    ],
};

/// TLS with files.
pub(super) const FILE_TLS: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("ca", Must::Object(&KEY_OR_MAP)),
        ("caFile", Must::Text),
        ("cert", Must::Object(&KEY_OR_MAP)),
        ("certFile", Must::Text),
        ("insecureSkipVerify", Must::Truth),
        ("keyFile", Must::Text),
        ("keySecret", Must::Object(&KEY)),
        ("maxVersion", Must::OneOf(TLS_VERSIONS)),
        ("minVersion", Must::OneOf(TLS_VERSIONS)),
        ("serverName", Must::Text),
    ],
};

/// A relabel step.
pub(super) const RELABELING: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("action", Must::OneOf(ACTIONS)),
        ("modulus", Must::Count),
        ("regex", Must::Text),
        ("replacement", Must::Text),
        ("separator", Must::Text),
        ("sourceLabels", list(&Must::Text)),
        ("targetLabel", Must::Text),
    ],
};

/// A label selector.
pub(super) const SELECTOR: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("matchExpressions", list(&Must::Object(&EXPRESSION))),
        ("matchLabels", Must::Words(&Must::Text)),
    ],
};

/// A term of a label selector.
pub(super) const EXPRESSION: Shape = Shape {
    needs: &["key", "operator"],
    with: &[],
    fields: &[("key", Must::Text), ("operator", Must::Text), ("values", list(&Must::Text))],
};

/// What else is known of a target.
pub(super) const ATTACH: Shape = Shape { needs: &[], with: &[], fields: &[("node", Must::Truth)] };

/// Namespaces to look in.
pub(super) const NAMESPACES: Shape =
    Shape { needs: &[], with: &[], fields: &[("any", Must::Truth), ("matchNames", list(&Must::Text))] };
