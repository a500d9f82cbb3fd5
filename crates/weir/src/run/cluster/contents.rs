//! What the Secrets and ConfigMaps hold that objects name. What was read once stays while the API server does not
//! answer: a monitor with a password is scraped on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cluster::{Cluster, Error, Kind};
use futures_util::StreamExt;
use monitors::{Objects, Reference, Source};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

/// Questions that are under way at once.
const AT_ONCE: usize = 8;
/// So long all questions of one refresh may take; what has no answer by then is asked for at the next.
const PATIENCE: Duration = Duration::from_secs(10);

/// Contents by key of what was read, and why others were not.
#[derive(Default)]
pub(super) struct Contents {
    known: BTreeMap<Reference, Known>,
}

#[derive(Clone, Debug, PartialEq)]
enum Known {
    There(BTreeMap<String, Vec<u8>>),
    Absent,
    /// Nothing is known, and why.
    Unread(String),
}

type Answer = Result<Option<Value>, Error>;

// === impl Contents ===

impl Contents {
    /// Asks for these. `true` if something else is known now than before.
    pub(super) async fn read(&mut self, cluster: &Cluster, references: Vec<Reference>) -> bool {
        let mut waiting: BTreeSet<Reference> = references.iter().cloned().collect();
        let questions = references.into_iter().map(|reference| async {
            let kind = match reference.source {
                Source::Secret => Kind::SECRET,
                Source::ConfigMap => Kind::CONFIG_MAP,
            };
            let answer = cluster.read(&kind, &reference.namespace, &reference.name).await;
            (reference, answer)
        });
        let mut answers = futures_util::stream::iter(questions).buffer_unordered(AT_ONCE);
        let (until, mut is_new) = (Instant::now() + PATIENCE, false);
        while let Ok(Some((reference, answer))) = timeout_at(until, answers.next()).await {
            waiting.remove(&reference);
            is_new |= self.learn(reference, answer);
        }
        for reference in waiting {
            is_new |= self.learn(reference, Err(Error::new("the API server has not answered yet")));
        }
        is_new
    }

    /// Takes an answer. `true` if something else is known now than before.
    fn learn(&mut self, reference: Reference, answer: Answer) -> bool {
        let known = match answer {
            Ok(Some(object)) => Known::There(monitors::objects::content_of(reference.source, &object)),
            Ok(None) => Known::Absent,
            Err(error) if error.is_forbidden() => Known::Unread(error.to_string()),
            Err(error) => match self.known.get(&reference) {
                Some(known @ (Known::There(_) | Known::Absent)) => known.clone(),
                _ => Known::Unread(error.to_string()),
            },
        };
        if self.known.get(&reference) == Some(&known) {
            return false;
        }
        if let Known::Unread(reason) = &known {
            let (namespace, name) = (&reference.namespace, &reference.name);
            tracing::warn!(reason, namespace, name, "What an object names cannot be read");
        }
        self.known.insert(reference, known);
        true
    }

    /// Forgets what no object names any more.
    pub(super) fn retain(&mut self, named: &BTreeSet<Reference>) {
        self.known.retain(|reference, _| named.contains(reference));
    }

    /// Whether something could not be read: then it is worth asking soon.
    pub(super) fn is_lacking(&self) -> bool {
        self.known.values().any(|known| matches!(known, Known::Unread(_)))
    }

    /// Hands over what is known.
    pub(super) fn give(&self, objects: &mut Objects) {
        let (mut contents, mut unread) = (BTreeMap::new(), BTreeMap::new());
        for (reference, known) in &self.known {
            match known {
                Known::There(content) => _ = contents.insert(reference.clone(), content.clone()),
                Known::Unread(reason) => _ = unread.insert(reference.clone(), reason.clone()),
                Known::Absent => {}
            }
        }
        objects.set_contents(contents, unread);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_read_stays_while_the_server_is_away() {
        let reference =
            Reference { source: Source::ConfigMap, namespace: "shop".to_owned(), name: "ca".to_owned() };
        let there = |text: &str| Ok(Some(json!({"data": {"ca.crt": text}})));
        let away = || Err(Error::new("connection refused"));
        let content = |text: &str| Known::There([("ca.crt".to_owned(), text.into())].into());
        let mut contents = Contents::default();
        let unread = Known::Unread("connection refused".to_owned());
        for (answer, is_new, known, lacking) in [
            (away(), true, unread, true),
            (there("one"), true, content("one"), false),
            (away(), false, content("one"), false),
            (there("two"), true, content("two"), false),
            (Ok(None), true, Known::Absent, false),
            (away(), false, Known::Absent, false),
        ] {
            let said = format!("{answer:?}");
            assert_eq!(contents.learn(reference.clone(), answer), is_new, "{said}");
            assert_eq!(contents.known.get(&reference), Some(&known), "{said}");
            assert_eq!(contents.is_lacking(), lacking, "{said}");
        }
        contents.retain(&BTreeSet::new());
        assert!(contents.known.is_empty());
    }
}
