//! Faults of a Prometheus object that stop everything.

use serde_json::Value;

use super::Workload;
use crate::credentials::Files;
use crate::objects::Lookup;
use crate::read::{Fields, at, is_empty, items, text};
use crate::relabel;
use crate::schema::quantity;
use crate::version::{self, Since};

/// Fields that are parts of 1.
const PARTS: [&str; 2] = ["tracingConfig.samplingFraction", "tsdb.staleSeriesCompactionThreshold"];
/// OTLP's strategies, and the version that brought them.
const STRATEGIES: [(&str, Since); 2] =
    [("NoTranslation", (3, 4, 0)), ("UnderscoreEscapingWithoutSuffixes", (3, 6, 0))];

impl Workload<'_> {
    /// Faults of the object itself.
    pub(crate) fn check(&self, lookup: &Lookup<'_>) -> Result<(), String> {
        self.check_classes(lookup)?;
        self.check_times()?;
        self.api_server(lookup, &mut Fields::default(), &mut Files::new())
            .map_err(|error| format!("spec.apiserverConfig: {error}"))?;
        let named = |error: String| format!("spec.tracingConfig.{error}");
        self.credentials(lookup, self.namespace)
            .check_tls(at(self.spec, "tracingConfig.tlsConfig"))
            .map_err(named)?;
        for part in PARTS {
            let value = at(self.spec, part);
            if quantity(value).is_some_and(|number| !(0.0..=1.0).contains(&number)) {
                return Err(format!("spec.{part}: {value} must be from 0 to 1"));
            }
        }
        let encodes_times = items(self.spec, "enableFeatures").iter().any(|name| name == "st-storage");
        if encodes_times && text(self.spec, "tsdb.chunkEncoding.floats") == "Xor" {
            return Err(
                "spec.tsdb.chunkEncoding.floats: Xor is not possible with the feature st-storage".to_owned()
            );
        }
        self.check_otlp()
    }

    fn check_classes(&self, lookup: &Lookup<'_>) -> Result<(), String> {
        let classes = items(self.spec, "scrapeClasses");
        let is_default = |class: &&Value| at(class, "default") == &Value::Bool(true);
        if classes.iter().filter(is_default).count() > 1 {
            return Err("spec.scrapeClasses: more than one is the default".to_owned());
        }
        for class in classes {
            let named = |error: String| format!("spec.scrapeClasses, {}: {error}", text(class, "name"));
            for field in ["relabelings", "metricRelabelings"] {
                relabel::steps(items(class, field), field, self.version).map_err(named)?;
            }
            let mut credentials = self.credentials(lookup, self.namespace);
            credentials.tls(at(class, "tlsConfig")).map_err(named)?;
            let authorization = at(class, "authorization");
            if text(authorization, "type").trim().eq_ignore_ascii_case("basic") {
                return Err(named("authorization.type: \"Basic\" is not possible; use basicAuth".to_owned()));
            }
            if !at(authorization, "credentials").is_null() && !is_empty(at(authorization, "credentialsFile"))
            {
                let both = "authorization: credentials and credentialsFile are both set; keep one of them";
                return Err(named(both.to_owned()));
            }
        }
        Ok(())
    }

    fn check_times(&self) -> Result<(), String> {
        let (timeout, every) = (text(self.spec, "scrapeTimeout"), self.scrape_interval());
        let parse = |text: &str| model::Duration::parse(text).map_err(|error| error.to_string());
        if !timeout.is_empty() && parse(timeout)? > parse(every)? {
            return Err(format!("spec.scrapeTimeout: {timeout} is longer than spec.scrapeInterval, {every}"));
        }
        Ok(())
    }

    fn check_otlp(&self) -> Result<(), String> {
        let otlp = at(self.spec, "otlp");
        if otlp.is_null() {
            return Ok(());
        }
        let since = |what: &str, since: Since| {
            if self.version.has(since) {
                return Ok(());
            }
            Err(format!("spec.otlp{what}: {}", version::needs(since)))
        };
        since("", (2, 55, 0))?;
        let strategy = text(otlp, "translationStrategy");
        if text(self.spec, "nameValidationScheme") == "Legacy" && strategy == "NoUTF8EscapingWithSuffixes" {
            return Err(format!(
                "spec.otlp.translationStrategy: \"{strategy}\" is not possible with nameValidationScheme Legacy"
            ));
        }
        if let Some((name, version)) = STRATEGIES.iter().find(|row| row.0 == strategy) {
            since(&format!(".translationStrategy, {name}"), *version)?;
        }
        let all = at(otlp, "promoteAllResourceAttributes") == &Value::Bool(true);
        if all && self.version.has((3, 5, 0)) && !is_empty(at(otlp, "promoteResourceAttributes")) {
            return Err(
                "spec.otlp: promoteAllResourceAttributes and promoteResourceAttributes are both set; \
                        keep one of them"
                    .to_owned(),
            );
        }
        if !all && self.version.has((3, 5, 0)) && !is_empty(at(otlp, "ignoreResourceAttributes")) {
            return Err(
                "spec.otlp.ignoreResourceAttributes needs promoteAllResourceAttributes: true".to_owned()
            );
        }
        Ok(())
    }
}
