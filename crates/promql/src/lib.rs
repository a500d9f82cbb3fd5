//! PromQL: text to tree, tree to text, tree and store to values.
//!
//! Knows the store only through `model::storage`; no async runtime, no clock, no HTTP.

pub mod ast;
pub mod functions;
mod lexer;
pub mod parser;
pub mod printer;
pub mod promqltest;
