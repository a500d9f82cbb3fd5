//! A small store of series, shaped like a Flux control plane's, for variables to ask.

use dashboard::VariableSource;
use model::Labels;

/// Series by their labels alone; every one has the value 1.
pub(crate) struct Fleet {
    series: Vec<Labels>,
}

impl Fleet {
    /// Two namespaces of objects under controllers of one namespace.
    pub(crate) fn new() -> Fleet {
        let target = [("namespace", "flux-system"), ("pod", "kustomize-controller-6bc7d6c8f4-9w5tn")];
        let of = |name: &str, labels: &[(&str, &str)]| {
            let all = [("__name__", name)].into_iter().chain(target).chain(labels.iter().copied());
            Labels::from_pairs(all)
        };
        let object = |namespace: &'static str| [("exported_namespace", namespace), ("kind", "Kustomization")];
        let resource = |namespace: &'static str| {
            [("exported_namespace", namespace), ("customresource_kind", "Kustomization")]
        };
        Fleet {
            series: vec![
                of("gotk_reconcile_condition", &object("apps")),
                of("gotk_reconcile_condition", &object("infra")),
                of("gotk_reconcile_duration_seconds_sum", &object("apps")),
                of("gotk_reconcile_duration_seconds_count", &object("apps")),
                of("gotk_resource_info", &resource("apps")),
                of("gotk_resource_info", &resource("infra")),
                of("workqueue_work_duration_seconds_count", &[("name", "kustomization")]),
                of("workqueue_work_duration_seconds_count", &[("name", "helmrelease")]),
            ],
        }
    }

    /// By metric name; matchers in braces are not looked at.
    fn select(&self, selector: Option<&str>) -> Vec<&Labels> {
        let name = selector.map(|selector| selector.split('{').next().unwrap_or("").trim());
        self.series.iter().filter(|labels| name.is_none_or(|name| labels.metric_name() == name)).collect()
    }
}

impl VariableSource for Fleet {
    fn series(&self, selector: &str) -> Result<Vec<Labels>, String> {
        Ok(self.select(Some(selector)).into_iter().cloned().collect())
    }

    fn label_values(&self, selector: Option<&str>, label: &str) -> Result<Vec<String>, String> {
        let values = self.select(selector).into_iter().filter_map(|labels| labels.find(label));
        let mut values: Vec<String> = values.map(str::to_owned).collect();
        values.sort();
        values.dedup();
        Ok(values)
    }

    fn label_names(&self, selector: Option<&str>) -> Result<Vec<String>, String> {
        let names = self.select(selector).into_iter().flat_map(|labels| labels.iter().map(|(name, _)| name));
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn query(&self, expr: &str) -> Result<Vec<(Labels, f64, i64)>, String> {
        Ok(self
            .select(Some(expr))
            .into_iter()
            .map(|labels| (labels.clone(), 1.0, 1_600_000_000_000))
            .collect())
    }
}
