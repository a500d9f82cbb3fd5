//! Flags of the commands that read Kubernetes objects from files.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::parse_address;

#[derive(Subcommand, Debug)]
pub(crate) enum KubeMetricsCommand {
    /// Prints the metrics that kube-state-metrics would show of the objects in files.
    Render(Box<RenderFlags>),
}

/// How a cluster is reached.
#[derive(Args, Debug, Clone)]
pub(crate) struct ReachFlags {
    /// Reads objects of a Kubernetes cluster: dashboards; `weir up` also monitors and rules, and it makes metrics of
    /// other objects.
    #[arg(long = "kubernetes")]
    pub(crate) enabled: bool,
    /// How to reach the cluster. Without it: as the pod that this is, else as kubectl does.
    #[arg(long = "kubernetes.kubeconfig", value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Namespaces whose objects count, with commas between; all if not given.
    #[arg(long = "kubernetes.namespaces", value_delimiter = ',', value_name = "LIST")]
    pub(crate) namespaces: Vec<String>,
}

/// What is read from a cluster.
#[derive(Args, Debug, Clone)]
pub(crate) struct ClusterFlags {
    #[command(flatten)]
    pub(crate) reach: ReachFlags,
    /// The Prometheus object to obey, as NAME or NAMESPACE/NAME. By default the first; where there is none, every
    /// object is selected.
    #[arg(long = "kubernetes.prometheus", value_name = "NAME")]
    pub(crate) prometheus: Option<String>,
    /// Whether to answer objects with a status or an Event.
    #[arg(long = "kubernetes.answers", default_value = "on", value_parser = ["on", "off"], value_name = "MODE")]
    pub(crate) answers: String,
    #[command(flatten)]
    pub(crate) metrics: ObjectMetricsFlags,
}

/// Metrics of the cluster's objects. The names after the dot are kube-state-metrics' own.
#[derive(Args, Debug, Clone)]
pub(crate) struct ObjectMetricsFlags {
    /// Resources whose metrics are made: "used" by rules, dashboards and the lists below, "all", "none", or plural
    /// names with commas between.
    #[arg(long = "kube-metrics.resources", default_value = "used", value_name = "LIST")]
    pub(crate) resources: String,
    /// Serves these metrics for others too, at /metrics of this address; such as 0.0.0.0:8080.
    #[arg(long = "kube-metrics.listen-address", requires = "enabled", value_name = "ADDRESS", value_parser = parse_address)]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Namespaces whose objects become no metrics.
    #[arg(long = "kube-metrics.namespaces-denylist", requires = "enabled", value_name = "LIST")]
    metrics_denied_namespaces: Option<String>,
    /// Only families whose name one of these regular expressions matches.
    #[arg(long = "kube-metrics.metric-allowlist", requires = "enabled", value_name = "LIST")]
    metrics_allowed: Option<String>,
    /// No families whose name one of these matches.
    #[arg(long = "kube-metrics.metric-denylist", requires = "enabled", value_name = "LIST")]
    metrics_denied: Option<String>,
    /// Families that are made only when they are asked for.
    #[arg(long = "kube-metrics.metric-opt-in-list", requires = "enabled", value_name = "LIST")]
    metrics_opt_in: Option<String>,
    /// Labels of objects that become labels of metrics, such as pods=[app,team],nodes=[*].
    #[arg(long = "kube-metrics.metric-labels-allowlist", requires = "enabled", value_name = "LIST")]
    metrics_labels: Option<String>,
    /// Annotations of objects that become labels of metrics.
    #[arg(long = "kube-metrics.metric-annotations-allowlist", requires = "enabled", value_name = "LIST")]
    metrics_annotations: Option<String>,
    /// Metrics of custom resources: a file in kube-state-metrics' language. It is read again on reload.
    #[arg(
        long = "kube-metrics.custom-resource-state-config-file",
        requires = "enabled",
        value_name = "FILE"
    )]
    metrics_custom: Option<String>,
}

impl ObjectMetricsFlags {
    /// The flags that were given, as kube-state-metrics takes them; the resources are not among them.
    pub(crate) fn given(&self) -> Vec<String> {
        let rows = [
            ("namespaces-denylist", &self.metrics_denied_namespaces),
            ("metric-allowlist", &self.metrics_allowed),
            ("metric-denylist", &self.metrics_denied),
            ("metric-opt-in-list", &self.metrics_opt_in),
            ("metric-labels-allowlist", &self.metrics_labels),
            ("metric-annotations-allowlist", &self.metrics_annotations),
            ("custom-resource-state-config-file", &self.metrics_custom),
        ];
        rows.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value.as_ref()?))).collect()
    }
}

#[derive(Subcommand, Debug)]
pub(crate) enum MonitorsCommand {
    /// Prints the prometheus.yml and the rule files that objects in files mean.
    Render(MonitorsFlags),
    /// Prints the CustomResourceDefinitions of these kinds, for clusters that have none.
    Crds,
}

#[derive(Args, Debug)]
pub(crate) struct MonitorsFlags {
    /// Objects: YAML of one or many documents, JSON, lists, or a JSON object a line; - is standard input. Secrets,
    /// ConfigMaps and Namespaces among them are read where an object names them.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The Prometheus object to obey, as NAME or NAMESPACE/NAME. By default the first; where there is none, every
    /// object is selected.
    #[arg(long, value_name = "NAME")]
    pub(crate) prometheus: Option<String>,
    /// The folder that TLS files are named in.
    #[arg(long, value_name = "FOLDER", default_value = "/etc/prometheus/certs")]
    pub(crate) files_folder: String,
    /// Take objects with unknown fields, and report the fields, instead of refusing them.
    #[arg(long)]
    pub(crate) keep_unknown: bool,
    /// How to print.
    #[arg(long, short, value_name = "FORMAT", value_enum, default_value_t = Format::Yaml)]
    pub(crate) output: Format,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A document for prometheus.yml and one for each rule file.
    Yaml,
    /// One JSON object a line: config, rules, files, and an answer for each object.
    Json,
}

/// The names are kube-state-metrics' own.
#[derive(Args, Debug)]
pub(crate) struct RenderFlags {
    /// Objects: YAML of one or many documents, JSON, lists, or a JSON object a line; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Resources, as plural names with commas between; all that kube-state-metrics shows by default if not given.
    #[arg(long, value_name = "LIST")]
    resources: Option<String>,
    /// Namespaces with commas between; all if not given.
    #[arg(long, value_name = "LIST")]
    namespaces: Option<String>,
    /// Namespaces that are left out.
    #[arg(long, value_name = "LIST")]
    namespaces_denylist: Option<String>,
    /// Only families whose whole name matches one of these regular expressions.
    #[arg(long, value_name = "LIST")]
    metric_allowlist: Option<String>,
    /// No families whose whole name matches one of these.
    #[arg(long, value_name = "LIST")]
    metric_denylist: Option<String>,
    /// Families that are shown only when they are asked for.
    #[arg(long, value_name = "LIST")]
    metric_opt_in_list: Option<String>,
    /// Labels of objects that become labels of metrics, such as pods=[app,team],nodes=[*].
    #[arg(long, value_name = "LIST")]
    metric_labels_allowlist: Option<String>,
    /// Annotations of objects that become labels of metrics.
    #[arg(long, value_name = "LIST")]
    metric_annotations_allowlist: Option<String>,
    /// Metrics of custom resources: the configuration itself.
    #[arg(long, value_name = "YAML")]
    custom_resource_state_config: Option<String>,
    /// Metrics of custom resources: a file with the configuration.
    #[arg(long, value_name = "FILE")]
    custom_resource_state_config_file: Option<String>,
    /// No built-in resources, custom ones only.
    #[arg(long)]
    custom_resource_state_only: bool,
}

impl RenderFlags {
    /// The flags that were given, as kube-state-metrics takes them.
    pub(crate) fn given(&self) -> Vec<String> {
        let rows = [
            ("resources", &self.resources),
            ("namespaces", &self.namespaces),
            ("namespaces-denylist", &self.namespaces_denylist),
            ("metric-allowlist", &self.metric_allowlist),
            ("metric-denylist", &self.metric_denylist),
            ("metric-opt-in-list", &self.metric_opt_in_list),
            ("metric-labels-allowlist", &self.metric_labels_allowlist),
            ("metric-annotations-allowlist", &self.metric_annotations_allowlist),
            ("custom-resource-state-config", &self.custom_resource_state_config),
            ("custom-resource-state-config-file", &self.custom_resource_state_config_file),
        ];
        let values =
            rows.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value.as_ref()?)));
        values
            .chain(self.custom_resource_state_only.then(|| "--custom-resource-state-only".to_owned()))
            .collect()
    }
}
