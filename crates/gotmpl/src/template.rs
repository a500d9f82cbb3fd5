//! A set of named templates, ready to be executed.

use std::sync::Arc;

use crate::builtins;
use crate::error::{ExecError, ParseError};
use crate::exec::{self, Context, Options};
use crate::function::Functions;
use crate::parse::{Trees, parse};
use crate::tree::Tree;
use crate::value::Value;

/// Templates that may call each other, and the one that is executed. Clones are cheap.
#[derive(Clone)]
pub struct Template {
    name: Arc<str>,
    trees: Arc<Trees>,
    functions: Functions,
}

impl Template {
    /// Parse a text; its `define`s and `block`s belong to the same set.
    ///
    /// # Errors
    /// In Go's words, with the line.
    pub fn parse(name: &str, text: &str, functions: &Functions) -> Result<Self, ParseError> {
        let mut template = Self { name: name.into(), trees: Arc::default(), functions: functions.clone() };
        template.add(name, text)?;
        Ok(template)
    }

    /// Parse a further text into the set. Its templates replace those of the same names, except that an
    /// empty one replaces none.
    ///
    /// # Errors
    /// In Go's words, with the line; the set is then as it was.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), ParseError> {
        let is_function = |word: &str| self.functions.get(word).is_some() || builtins::get(word).is_some();
        let parsed = parse(name, text, &is_function)?;
        let trees = Arc::make_mut(&mut self.trees);
        for (name, tree) in parsed {
            if !(tree.is_empty() && trees.contains_key(&name)) {
                trees.insert(name, tree);
            }
        }
        Ok(())
    }

    /// The same templates with another table of functions, for example one bound to a request. Functions
    /// that the texts name must be there, else execution says so.
    pub fn with_functions(&self, functions: Functions) -> Self {
        Self { functions, ..self.clone() }
    }

    /// The same set with another of its templates as the one to execute; none if there is no such.
    pub fn lookup(&self, name: &str) -> Option<Self> {
        self.trees.contains_key(name).then(|| Self { name: name.into(), ..self.clone() })
    }

    /// Name of the template to execute.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of all templates of the set, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.trees.keys().map(String::as_str)
    }

    /// The table that the templates call.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Execute into text; bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// In Go's words, with the place; what was printed before is lost.
    pub fn execute(&self, data: &Value, options: &Options) -> Result<String, ExecError> {
        let bytes = self.execute_bytes(data, options)?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }

    /// Execute into bytes.
    ///
    /// # Errors
    /// As [`Template::execute`].
    pub fn execute_bytes(&self, data: &Value, options: &Options) -> Result<Vec<u8>, ExecError> {
        exec::run(self, data, &Context::new(options))
    }

    pub(crate) fn tree(&self, name: &str) -> Option<&Tree> {
        self.trees.get(name).map(Arc::as_ref)
    }
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template").field("name", &self.name).finish_non_exhaustive()
    }
}
