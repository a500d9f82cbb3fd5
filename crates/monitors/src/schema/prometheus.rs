//! Prometheus. What shapes its pods is taken as it is.

use super::parts::{
    ATTACH, AUTHORIZATION, BASIC_AUTH, ESCAPING_SCHEMES, FILE_AUTHORIZATION, FILE_TLS, HTTP, KEY, LIMITS,
    OAUTH2, PROTOCOLS, PROXY, RELABELING, SCHEMES, SD_ROLES, SELECTOR, VALIDATION_SCHEMES,
};
use super::{LARGEST, Must, Shape, keyed, list, set, some_set};

/// Prometheus
pub(super) const PROMETHEUS: Shape = Shape {
    needs: &[],
    with: &[&LIMITS],
    fields: &[
        ("additionalAlertManagerConfigs", Must::Object(&KEY)),
        ("additionalAlertRelabelConfigs", Must::Object(&KEY)),
        ("additionalArgs", Must::Any),
        ("additionalScrapeConfigs", Must::Object(&KEY)),
        ("affinity", Must::Any),
        ("alerting", Must::Object(&ALERTING)),
        ("allowOverlappingBlocks", Must::Truth),
        ("apiserverConfig", Must::Object(&API_SERVER)),
        ("arbitraryFSAccessThroughSMs", Must::Object(&FILES_DENIED)),
        ("automountServiceAccountToken", Must::Truth),
        ("baseImage", Must::Any),
        ("bodySizeLimit", Must::Size),
        ("configMaps", Must::Any),
        ("containers", Must::Any),
        ("convertClassicHistogramsToNHCB", Must::Truth),
        ("disableCompaction", Must::Truth),
        ("dnsConfig", Must::Any),
        ("dnsPolicy", Must::OneOf(&["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"])),
        ("enableAdminAPI", Must::Truth),
        ("enableFeatures", set(&Must::Filled)),
        ("enableOTLPReceiver", Must::Truth),
        ("enableRemoteWriteReceiver", Must::Truth),
        ("enableServiceLinks", Must::Truth),
        ("enforcedBodySizeLimit", Must::Size),
        ("enforcedKeepDroppedTargets", Must::Count),
        ("enforcedLabelLimit", Must::Count),
        ("enforcedLabelNameLengthLimit", Must::Count),
        ("enforcedLabelValueLengthLimit", Must::Count),
        ("enforcedNamespaceLabel", Must::Text),
        ("enforcedSampleLimit", Must::Count),
        ("enforcedTargetLimit", Must::Count),
        ("evaluationInterval", Must::Duration),
        ("excludedFromEnforcement", list(&Must::Object(&EXCLUDED))),
        ("exemplars", Must::Object(&EXEMPLARS)),
        ("externalLabels", Must::Words(&Must::Text)),
        ("externalUrl", Must::Text),
        ("hostAliases", Must::Any),
        ("hostNetwork", Must::Truth),
        ("hostUsers", Must::Truth),
        ("ignoreNamespaceSelectors", Must::Truth),
        ("image", Must::Any),
        ("imagePullPolicy", Must::OneOf(&["", "Always", "Never", "IfNotPresent"])),
        ("imagePullSecrets", Must::Any),
        ("initContainers", Must::Any),
        ("listenLocal", Must::Truth),
        ("logFormat", Must::OneOf(&["", "logfmt", "json"])),
        ("logLevel", Must::OneOf(&["", "debug", "info", "warn", "error"])),
        ("maximumStartupDurationSeconds", Must::Whole(60, LARGEST)),
        ("minReadySeconds", Must::Whole(0, LARGEST)),
        ("nameEscapingScheme", Must::OneOf(ESCAPING_SCHEMES)),
        ("nameValidationScheme", Must::OneOf(VALIDATION_SCHEMES)),
        ("nodeSelector", Must::Any),
        ("otlp", Must::Object(&OTLP)),
        ("overrideHonorLabels", Must::Truth),
        ("overrideHonorTimestamps", Must::Truth),
        ("paused", Must::Truth),
        ("persistentVolumeClaimRetentionPolicy", Must::Any),
        ("podManagementPolicy", Must::Any),
        ("podMetadata", Must::Any),
        ("podMonitorNamespaceSelector", Must::Object(&SELECTOR)),
        ("podMonitorSelector", Must::Object(&SELECTOR)),
        ("podTargetLabels", list(&Must::Text)),
        ("portName", Must::Text),
        ("priorityClassName", Must::Text),
        ("probeNamespaceSelector", Must::Object(&SELECTOR)),
        ("probeSelector", Must::Object(&SELECTOR)),
        ("prometheusExternalLabelName", Must::Text),
        ("prometheusRulesExcludedFromEnforce", list(&Must::Object(&OLD_EXCLUDED))),
        ("query", Must::Object(&QUERY)),
        ("queryLogFile", Must::Text),
        ("reloadStrategy", Must::OneOf(&["HTTP", "ProcessSignal"])),
        ("remoteRead", list(&Must::Object(&REMOTE_READ))),
        ("remoteWrite", list(&Must::Object(&REMOTE_WRITE))),
        ("remoteWriteReceiverMessageVersions", some_set(&Must::OneOf(&["V1.0", "V2.0"]))),
        ("replicaExternalLabelName", Must::Text),
        ("replicas", Must::Whole(-LARGEST - 1, LARGEST)),
        ("resources", Must::Any),
        ("retention", Must::Duration),
        ("retentionSize", Must::Size),
        ("routePrefix", Must::Text),
        ("ruleNamespaceSelector", Must::Object(&SELECTOR)),
        ("ruleQueryOffset", Must::Duration),
        ("ruleSelector", Must::Object(&SELECTOR)),
        ("rules", Must::Object(&RULE_LIMITS)),
        ("runtime", Must::Object(&RUNTIME)),
        ("schedulerName", Must::Any),
        ("scrapeClasses", keyed("name", &Must::Object(&SCRAPE_CLASS))),
        ("scrapeClassicHistograms", Must::Truth),
        ("scrapeConfigNamespaceSelector", Must::Object(&SELECTOR)),
        ("scrapeConfigSelector", Must::Object(&SELECTOR)),
        ("scrapeFailureLogFile", Must::Filled),
        ("scrapeInterval", Must::Duration),
        ("scrapeNativeHistograms", Must::Truth),
        ("scrapeProtocols", set(&Must::OneOf(PROTOCOLS))),
        ("scrapeTimeout", Must::Duration),
        ("secrets", Must::Any),
        ("securityContext", Must::Any),
        ("serviceAccountName", Must::Text),
        ("serviceDiscoveryRole", Must::OneOf(SD_ROLES)),
        ("serviceMonitorNamespaceSelector", Must::Object(&SELECTOR)),
        ("serviceMonitorSelector", Must::Object(&SELECTOR)),
        ("serviceName", Must::Filled),
        ("sha", Must::Any),
        ("shardRetentionPolicy", Must::Object(&SHARD_RETENTION)),
        ("shardingStrategy", Must::Object(&SHARDING)),
        ("shards", Must::Whole(-LARGEST - 1, LARGEST)),
        ("storage", Must::Any),
        ("tag", Must::Any),
        ("terminationGracePeriodSeconds", Must::Count),
        ("thanos", Must::Any),
        ("tolerations", Must::Any),
        ("topologySpreadConstraints", Must::Any),
        ("tracingConfig", Must::Object(&TRACING)),
        ("tsdb", Must::Object(&TSDB)),
        ("updateStrategy", Must::Any),
        ("version", Must::Text),
        ("volumeMounts", Must::Any),
        ("volumes", Must::Any),
        ("walCompression", Must::Truth),
        ("web", Must::Any),
    ],
};

/// `alerting`
pub(super) const ALERTING: Shape = Shape {
    needs: &["alertmanagers"],
    with: &[],
    fields: &[("alertmanagers", list(&Must::Object(&ALERTMANAGER)))],
};

/// An Alertmanager behind a service.
pub(super) const ALERTMANAGER: Shape = Shape {
    needs: &["name", "port"],
    with: &[&PROXY],
    fields: &[
        ("alertRelabelings", list(&Must::Object(&RELABELING))),
        ("apiVersion", Must::OneOf(&["v1", "V1", "v2", "V2"])),
        ("authorization", Must::Object(&AUTHORIZATION)),
        ("basicAuth", Must::Object(&BASIC_AUTH)),
        ("bearerTokenFile", Must::Text),
        ("enableHttp2", Must::Truth),
        ("name", Must::Filled),
        ("namespace", Must::Filled),
        ("pathPrefix", Must::Filled),
        ("port", Must::WholeOrText),
        ("relabelings", list(&Must::Object(&RELABELING))),
        ("scheme", Must::OneOf(SCHEMES)),
        ("sigv4", Must::Object(&SIGV4)),
        ("timeout", Must::Duration),
        ("tlsConfig", Must::Object(&FILE_TLS)),
    ],
};

/// Requests signed for AWS.
pub(super) const SIGV4: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("accessKey", Must::Object(&KEY)),
        ("externalId", Must::Filled),
        ("profile", Must::Text),
        ("region", Must::Text),
        ("roleArn", Must::Text),
        ("secretKey", Must::Object(&KEY)),
        ("useFIPSSTSEndpoint", Must::Truth),
    ],
};

/// Another API server.
pub(super) const API_SERVER: Shape = Shape {
    needs: &["host"],
    with: &[&PROXY],
    fields: &[
        ("authorization", Must::Object(&FILE_AUTHORIZATION)),
        ("basicAuth", Must::Object(&BASIC_AUTH)),
        ("bearerToken", Must::Text),
        ("bearerTokenFile", Must::Text),
        ("host", Must::Text),
        ("tlsConfig", Must::Object(&FILE_TLS)),
    ],
};

/// `arbitraryFSAccessThroughSMs`
pub(super) const FILES_DENIED: Shape = Shape { needs: &[], with: &[], fields: &[("deny", Must::Truth)] };

/// An object on which no namespace label is forced.
pub(super) const EXCLUDED: Shape = Shape {
    needs: &["namespace", "resource"],
    with: &[],
    fields: &[
        ("group", Must::OneOf(&["monitoring.coreos.com"])),
        ("name", Must::Text),
        ("namespace", Must::Filled),
        (
            "resource",
            Must::OneOf(&["prometheusrules", "servicemonitors", "podmonitors", "probes", "scrapeconfigs"]),
        ),
    ],
};

/// `exemplars`
pub(super) const EXEMPLARS: Shape =
    Shape { needs: &[], with: &[], fields: &[("maxSize", Must::Whole(i64::MIN, i64::MAX))] };

/// `otlp`
pub(super) const OTLP: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("convertHistogramsToNHCB", Must::Truth),
        ("ignoreResourceAttributes", some_set(&Must::Filled)),
        ("keepIdentifyingResourceAttributes", Must::Truth),
        ("labelNamePreserveMultipleUnderscores", Must::Truth),
        ("labelNameUnderscoreSanitization", Must::Truth),
        ("promoteAllResourceAttributes", Must::Truth),
        ("promoteResourceAttributes", some_set(&Must::Filled)),
        ("promoteScopeMetadata", Must::Truth),
        (
            "translationStrategy",
            Must::OneOf(&[
                "NoUTF8EscapingWithSuffixes",
                "UnderscoreEscapingWithSuffixes",
                "NoTranslation",
                "UnderscoreEscapingWithoutSuffixes",
            ]),
        ),
    ],
};

/// The same for rules, as it was written earlier.
pub(super) const OLD_EXCLUDED: Shape = Shape {
    needs: &["ruleName", "ruleNamespace"],
    with: &[],
    fields: &[("ruleName", Must::Text), ("ruleNamespace", Must::Text)],
};

/// `query`
pub(super) const QUERY: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("lookbackDelta", Must::Text),
        ("maxConcurrency", Must::Whole(1, LARGEST)),
        ("maxSamples", Must::Whole(-LARGEST - 1, LARGEST)),
        ("timeout", Must::Duration),
    ],
};

/// `remoteRead`
pub(super) const REMOTE_READ: Shape = Shape {
    needs: &["url"],
    with: &[&PROXY],
    fields: &[
        ("authorization", Must::Object(&FILE_AUTHORIZATION)),
        ("basicAuth", Must::Object(&BASIC_AUTH)),
        ("bearerToken", Must::Text),
        ("bearerTokenFile", Must::Text),
        ("filterExternalLabels", Must::Truth),
        ("followRedirects", Must::Truth),
        ("headers", Must::Words(&Must::Text)),
        ("name", Must::Text),
        ("oauth2", Must::Object(&OAUTH2)),
        ("readRecent", Must::Truth),
        ("remoteTimeout", Must::Duration),
        ("requiredMatchers", Must::Words(&Must::Text)),
        ("tlsConfig", Must::Object(&FILE_TLS)),
        ("url", Must::Url(HTTP)),
    ],
};

/// `remoteWrite`
pub(super) const REMOTE_WRITE: Shape = Shape {
    needs: &["url"],
    with: &[&PROXY],
    fields: &[
        ("authorization", Must::Object(&FILE_AUTHORIZATION)),
        ("azureAd", Must::Object(&AZURE_AD)),
        ("basicAuth", Must::Object(&BASIC_AUTH)),
        ("bearerToken", Must::Text),
        ("bearerTokenFile", Must::Text),
        ("enableHTTP2", Must::Truth),
        ("followRedirects", Must::Truth),
        ("headers", Must::Words(&Must::Text)),
        ("messageVersion", Must::OneOf(&["V1.0", "V2.0"])),
        ("metadataConfig", Must::Object(&METADATA)),
        ("name", Must::Text),
        ("oauth2", Must::Object(&OAUTH2)),
        ("queueConfig", Must::Object(&QUEUE)),
        ("remoteTimeout", Must::Duration),
        ("roundRobinDNS", Must::Truth),
        ("sendExemplars", Must::Truth),
        ("sendNativeHistograms", Must::Truth),
        ("sigv4", Must::Object(&SIGV4)),
        ("tlsConfig", Must::Object(&FILE_TLS)),
        ("url", Must::Url(HTTP)),
        ("writeRelabelConfigs", list(&Must::Object(&RELABELING))),
    ],
};

/// `remoteWrite[].azureAd`
pub(super) const AZURE_AD: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("cloud", Must::OneOf(&["AzureChina", "AzureGovernment", "AzurePublic"])),
        ("managedIdentity", Must::Object(&MANAGED_IDENTITY)),
        ("oauth", Must::Object(&AZURE_OAUTH)),
        ("scope", Must::Form("^[\\w\\s:/.\\\\-]+$", "letters, digits, space and _:/.-")),
        ("sdk", Must::Object(&AZURE_SDK)),
        ("workloadIdentity", Must::Object(&WORKLOAD_IDENTITY)),
    ],
};

/// `azureAd.managedIdentity`
pub(super) const MANAGED_IDENTITY: Shape =
    Shape { needs: &[], with: &[], fields: &[("clientId", Must::Filled)] };

/// `azureAd.oauth`
pub(super) const AZURE_OAUTH: Shape = Shape {
    needs: &["clientId", "clientSecret", "tenantId"],
    with: &[],
    fields: &[
        ("clientId", Must::Filled),
        ("clientSecret", Must::Object(&KEY)),
        ("tenantId", Must::Form("^[0-9a-zA-Z-.]+$", "letters, digits, - and .")),
    ],
};

/// `azureAd.sdk`
pub(super) const AZURE_SDK: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[("tenantId", Must::Form("^[0-9a-zA-Z-.]+$", "letters, digits, - and ."))],
};

/// `azureAd.workloadIdentity`
pub(super) const WORKLOAD_IDENTITY: Shape = Shape {
    needs: &["clientId", "tenantId"],
    with: &[],
    fields: &[("clientId", Must::Filled), ("tenantId", Must::Filled)],
};

/// `remoteWrite[].metadataConfig`
pub(super) const METADATA: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("maxSamplesPerSend", Must::Whole(-1, LARGEST)),
        ("send", Must::Truth),
        ("sendInterval", Must::Duration),
    ],
};

/// `remoteWrite[].queueConfig`
pub(super) const QUEUE: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("batchSendDeadline", Must::Duration),
        ("capacity", Must::Whole(i64::MIN, i64::MAX)),
        ("maxBackoff", Must::Duration),
        ("maxRetries", Must::Whole(i64::MIN, i64::MAX)),
        ("maxSamplesPerSend", Must::Whole(i64::MIN, i64::MAX)),
        ("maxShards", Must::Whole(i64::MIN, i64::MAX)),
        ("minBackoff", Must::Duration),
        ("minShards", Must::Whole(i64::MIN, i64::MAX)),
        ("retryOnRateLimit", Must::Truth),
        ("sampleAgeLimit", Must::Duration),
    ],
};

/// `rules`
pub(super) const RULE_LIMITS: Shape =
    Shape { needs: &[], with: &[], fields: &[("alert", Must::Object(&RULE_ALERT))] };

/// `rules.alert`
pub(super) const RULE_ALERT: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("forGracePeriod", Must::Text),
        ("forOutageTolerance", Must::Text),
        ("resendDelay", Must::Text),
    ],
};

/// `runtime`
pub(super) const RUNTIME: Shape =
    Shape { needs: &[], with: &[], fields: &[("goGC", Must::Whole(-1, LARGEST))] };

/// `scrapeClasses`
pub(super) const SCRAPE_CLASS: Shape = Shape {
    needs: &["name"],
    with: &[],
    fields: &[
        ("attachMetadata", Must::Object(&ATTACH)),
        ("authorization", Must::Object(&FILE_AUTHORIZATION)),
        ("default", Must::Truth),
        ("fallbackScrapeProtocol", Must::OneOf(PROTOCOLS)),
        ("metricRelabelings", list(&Must::Object(&RELABELING))),
        ("name", Must::Filled),
        ("relabelings", list(&Must::Object(&RELABELING))),
        ("tlsConfig", Must::Object(&FILE_TLS)),
    ],
};

/// `shardRetentionPolicy`
pub(super) const SHARD_RETENTION: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[("retain", Must::Object(&RETAIN)), ("whenScaled", Must::OneOf(&["Retain", "Delete"]))],
};

/// `shardRetentionPolicy.retain`
pub(super) const RETAIN: Shape =
    Shape { needs: &["retentionPeriod"], with: &[], fields: &[("retentionPeriod", Must::Duration)] };

/// `shardingStrategy`
pub(super) const SHARDING: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[("mode", Must::OneOf(&["Address", "Topology"])), ("topology", Must::Object(&TOPOLOGY))],
};

/// `shardingStrategy.topology`
pub(super) const TOPOLOGY: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[("externalLabelName", Must::Text), ("values", list(&Must::Text))],
};

/// `tracingConfig`
pub(super) const TRACING: Shape = Shape {
    needs: &["endpoint"],
    with: &[],
    fields: &[
        ("clientType", Must::OneOf(&["http", "grpc", "HTTP", "GRPC"])),
        ("compression", Must::OneOf(&["gzip", "Gzip"])),
        ("endpoint", Must::Filled),
        ("headers", Must::Words(&Must::Text)),
        ("insecure", Must::Truth),
        ("samplingFraction", Must::Quantity),
        ("timeout", Must::Duration),
        ("tlsConfig", Must::Object(&FILE_TLS)),
    ],
};

/// `tsdb`
pub(super) const TSDB: Shape = Shape {
    needs: &[],
    with: &[],
    fields: &[
        ("chunkEncoding", Must::Object(&CHUNKS)),
        ("outOfOrderTimeWindow", Must::Duration),
        ("staleSeriesCompactionThreshold", Must::Quantity),
    ],
};

/// `tsdb.chunkEncoding`
pub(super) const CHUNKS: Shape =
    Shape { needs: &[], with: &[], fields: &[("floats", Must::OneOf(&["Xor", "Xor2"]))] };
