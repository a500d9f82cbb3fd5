//! PromQL: text to tree, tree to text, tree and store to values.
//!
//! Knows the store only through `model::storage`; no async runtime, no clock, no HTTP.
//!
//! Reading order: [`ast`], [`functions`], [`parser`], [`printer`]; then `engine` (the two ways to evaluate), `eval`
//! (a node at all steps), and [`promqltest`], the language of the tests.

mod annotations;
pub mod ast;
pub mod compare;
mod engine;
mod eval;
pub mod functions;
mod lexer;
pub mod parser;
pub mod printer;
pub mod promqltest;
mod value;

pub use ast::Expr;
pub use engine::{EvalError, Options, instant, range};
pub use parser::{Features, ParseError, parse, parse_selector, parse_with};
pub use printer::{pretty, to_json};
pub use value::{Answer, MatrixSeries, QueryValue, VectorSample};
