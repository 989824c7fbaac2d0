//! Text to syntax tree and back: tokens, tree, parsing, printing, source positions, diagnostics.

pub mod codes;
pub mod diagnostic;
pub mod parse;
pub mod print;
mod quick;
pub mod render;
pub mod source;
mod stream;
pub mod token;
pub mod tree;

pub use parse::{parse, parse_steps, parse_term, parse_term_into};
