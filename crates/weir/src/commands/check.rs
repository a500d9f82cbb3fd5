//! `weir check`: files read as `weir up` would read them; selectors looked up in a running API.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use model::{Matcher, Timestamp};
use rules::file::Defaults;
use rules::liveness::{SelectorLiveness, SeriesSource, examine};
use rules::{Rule, RuleGroup};
use serde_json::Value;
use stdx::http::{Client, HttpClientConfig, Request};

use crate::cli::CheckRulesFlags;
use crate::{config, console};

/// An API is asked with this patience.
const PATIENCE: Duration = Duration::from_secs(60);
/// Answers may have this many bytes.
const ANSWER_BYTES: u64 = 256 << 20;

/// A Prometheus API.
pub(super) struct Api {
    base: String,
    client: Client,
}

pub(super) fn config(file: &Path) -> Result<ExitCode> {
    match config::load(file) {
        Ok(loaded) => {
            let rules: usize = loaded.groups.iter().map(|group| group.rules.len()).sum();
            console::line(&format!(
                "{}: {} scrape configs, {} rule groups with {rules} rules, {} webhooks: valid",
                file.display(),
                loaded.jobs.len(),
                loaded.groups.len(),
                loaded.webhooks.len()
            ));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            console::line(&error.to_string());
            Ok(ExitCode::FAILURE)
        }
    }
}

pub(super) async fn rules(flags: CheckRulesFlags) -> Result<ExitCode> {
    let defaults = Defaults {
        interval: model::Duration::from_secs(60),
        query_offset: model::Duration::ZERO,
        features: promql::Features::default(),
    };
    let (mut groups, mut faulty) = (Vec::new(), false);
    for file in &flags.files {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        match rules::parse(&text, &file.display().to_string(), defaults) {
            Ok(found) => {
                let rules: usize = found.iter().map(|group| group.rules.len()).sum();
                console::line(&format!("{}: {} groups, {rules} rules: valid", file.display(), found.len()));
                for group in &found {
                    let place = format!("{}: group \"{}\"", file.display(), group.name);
                    for rule in group.repeated() {
                        console::note(&format!(
                            "{place}: rule \"{rule}\" is repeated with the same labels; they write the same series"
                        ));
                    }
                }
                groups.extend(found);
            }
            Err(error) => {
                console::line(&error.to_string());
                faulty = true;
            }
        }
    }
    if let Some(url) = &flags.url {
        let api = Api::new(url)?;
        // The look-ups are many and small, and the walk over rules is not asynchronous.
        let runtime = tokio::runtime::Handle::current();
        faulty |= tokio::task::block_in_place(|| look_up(&groups, &AskedSeries { api: &api, runtime }))?;
    }
    Ok(if faulty { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Names the rules with a selector that matches nothing; gives whether there is one.
fn look_up(groups: &[RuleGroup], source: &AskedSeries<'_>) -> Result<bool> {
    let mut any = false;
    for group in groups {
        for rule in group.rules.iter().filter(|rule| !rule.may_be_empty()) {
            let Some(expr) = rule.expr() else { continue };
            let examined = examine(expr, source).map_err(|error| anyhow::anyhow!(error))?;
            let silent = |s: &&SelectorLiveness| !s.matches_now && s.selector.exempt.is_empty();
            for selector in examined.iter().filter(silent) {
                any = true;
                console::line(&describe(group, rule, selector));
            }
        }
    }
    if !any {
        console::line("every selector matches a series");
    }
    Ok(any)
}

fn describe(group: &RuleGroup, rule: &Rule, selector: &SelectorLiveness) -> String {
    let near = match selector.suggestion.as_str() {
        "" => String::new(),
        text => format!(": {text}"),
    };
    let (file, group, rule) = (&group.file, &group.name, rule.name());
    format!("{file}: group \"{group}\", rule \"{rule}\": {} matches no series{near}", selector.selector.text)
}

// === impl Api ===

impl Api {
    pub(super) fn new(url: &str) -> Result<Api> {
        let client = Client::new(HttpClientConfig::default()).context("the HTTP client cannot be made")?;
        Ok(Api { base: url.trim_end_matches('/').to_owned(), client })
    }

    /// Posts a form; gives the whole answer, an error answer of the API too.
    pub(super) async fn post(&self, endpoint: &str, parameters: &[(&str, String)]) -> Result<Value> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(parameters);
        let path =
            if endpoint.starts_with('/') { endpoint.to_owned() } else { format!("/api/v1/{endpoint}") };
        let url = format!("{}{path}", self.base);
        let parsed = url::Url::parse(&url).with_context(|| format!("`{url}` is not a URL"))?;
        let mut request = Request::post(parsed, "application/x-www-form-urlencoded", form.finish());
        (request.deadline, request.body_limit) = (PATIENCE, ANSWER_BYTES);
        let (answer, body) =
            self.client.fetch(request).await.with_context(|| format!("{url} does not answer"))?;
        serde_json::from_slice(&body)
            .with_context(|| format!("{url} answered with status {} and no JSON", answer.status))
    }
}

/// Series that an API knows.
struct AskedSeries<'a> {
    api: &'a Api,
    runtime: tokio::runtime::Handle,
}

impl AskedSeries<'_> {
    fn data(&self, endpoint: &str, parameters: &[(&str, String)]) -> Result<Value, String> {
        let answer =
            self.runtime.block_on(self.api.post(endpoint, parameters)).map_err(|e| format!("{e:#}"))?;
        match answer["status"].as_str() {
            Some("success") => Ok(answer["data"].clone()),
            _ => Err(format!("{endpoint}: {}", answer["error"].as_str().unwrap_or("no data"))),
        }
    }
}

impl SeriesSource for AskedSeries<'_> {
    fn last_match(&self, _matchers: &[Matcher]) -> Result<Option<Timestamp>, String> {
        // Asking for all time would be dear, and only what matches now counts here.
        Ok(None)
    }

    fn matches_now(&self, matchers: &[Matcher]) -> Result<bool, String> {
        let query = format!("count({})", selector(matchers));
        let data = self.data("query", &[("query", query)])?;
        Ok(data["result"].as_array().is_some_and(|rows| !rows.is_empty()))
    }

    fn label_values(&self, name: &str, matchers: &[Matcher]) -> Result<Vec<String>, String> {
        // Names are listed by grouping, since the endpoint for values takes no form.
        let inner = if matchers.is_empty() { "{__name__!=\"\"}".to_owned() } else { selector(matchers) };
        let data = self.data("query", &[("query", format!("group by ({name}) ({inner})"))])?;
        let rows = data["result"].as_array().cloned().unwrap_or_default();
        let values = rows.iter().filter_map(|row| row["metric"][name].as_str());
        Ok(values.map(str::to_owned).collect())
    }
}

fn selector(matchers: &[Matcher]) -> String {
    let texts: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", texts.join(","))
}
