//! What can go wrong, in Go's words.

/// A template's text could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template: {name}:{line}: {message}")]
pub struct ParseError {
    /// Name given to the text by the caller.
    pub name: String,
    /// Line in the text, from 1.
    pub line: usize,
    /// What is wrong, as Go says it.
    pub message: String,
}

/// A template could not be executed to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecError {
    /// Execution reached a place where it could not go on.
    #[error("template: {name}:{line}:{column}: executing \"{template}\" at <{context}>: {message}")]
    At {
        /// Name of the text in which the place is.
        name: String,
        /// Line in the text, from 1.
        line: usize,
        /// Byte in the line, from 0.
        column: usize,
        /// Name of the template that was executing.
        template: String,
        /// The node, printed back as source.
        context: String,
        /// What is wrong, as Go says it.
        message: String,
    },
    /// No template of this name was parsed, or it is empty.
    #[error("template: {name}: \"{name}\" is an incomplete or empty template")]
    Incomplete {
        /// The name asked for.
        name: String,
    },
}

/// What a function says when it cannot answer; it becomes `error calling NAME: …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CallError(pub String);

impl From<&str> for CallError {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for CallError {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<ExecError> for CallError {
    fn from(error: ExecError) -> Self {
        Self(error.to_string())
    }
}
