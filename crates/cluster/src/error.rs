//! What went wrong at an API server, and what to do.

use crate::kind::Kind;

/// Why something could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Error {
    text: String,
    status: Option<u16>,
}

/// What was asked for, in the words of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// One object.
    Get,
    /// All objects, and what becomes of them.
    ListAndWatch,
    /// A new object.
    Create,
    /// A status.
    PatchStatus,
}

impl Verb {
    /// Verbs of the role that allows it.
    fn words(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::ListAndWatch => "list, watch",
            Verb::Create => "create",
            Verb::PatchStatus => "patch",
        }
    }
}

impl Error {
    /// An error without a status.
    pub fn new(text: impl Into<String>) -> Error {
        Error { text: text.into(), status: None }
    }

    /// The server takes longer than a single question may.
    pub(crate) fn late(what: &str) -> Error {
        Error::new(format!(
            "{what}: the API server has not answered within {} seconds",
            crate::PATIENCE.as_secs()
        ))
    }

    /// Whether the server says that it does not let us.
    pub fn is_forbidden(&self) -> bool {
        self.status == Some(403)
    }

    /// The HTTP status, if the server answered.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whether the object or its kind is not there.
    pub fn is_absent(&self) -> bool {
        self.status == Some(404)
    }

    /// Why a watch failed, in words that name the thing, the place and the remedy. "" is every namespace.
    pub fn watching(error: &kube::runtime::watcher::Error, kind: &Kind, namespace: &str) -> Error {
        Error::of(error, Verb::ListAndWatch, kind, namespace)
    }

    /// In words that name the thing, the place and the remedy.
    pub(crate) fn of(
        error: &(dyn std::error::Error + 'static),
        verb: Verb,
        kind: &Kind,
        namespace: &str,
    ) -> Error {
        let answered = answer(error);
        let status = answered.map(|(code, _)| code);
        let resource = kind.resource();
        let place =
            if namespace.is_empty() { String::new() } else { format!(" in namespace \"{namespace}\"") };
        let sub = if verb == Verb::PatchStatus { "/status" } else { "" };
        let text = match status {
            Some(403) => format!(
                "{resource}{place}: not allowed: give the ServiceAccount a role with the verbs {} on {}{sub} of API group \"{}\"",
                verb.words(),
                kind.plural,
                kind.group
            ),
            Some(401) => format!(
                "{resource}{place}: the API server does not know us (401): the token has expired or is of another cluster"
            ),
            Some(404) if verb == Verb::ListAndWatch => {
                format!(
                    "the cluster does not serve {resource} in version {}; it counts as empty until it does",
                    kind.version
                )
            }
            _ => match answered {
                Some((code, words)) => format!("{resource}{place}: the API server says {code}: {words}"),
                None => format!("{resource}{place}: {}", chain(error)),
            },
        };
        Error { text, status }
    }
}

/// The answer of the server behind an error: HTTP status and its words.
fn answer<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<(u16, &'e str)> {
    let mut next = Some(error);
    while let Some(inner) = next {
        if let Some(kube::Error::Api(status)) = inner.downcast_ref::<kube::Error>() {
            return Some((status.code, &status.message));
        }
        next = inner.source();
    }
    None
}

/// The error with what is behind it, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = inner.source();
    }
    text
}
