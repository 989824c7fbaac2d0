//! Text to syntax tree and back: tokens, tree, parsing, printing, source positions, diagnostics.
//!
//! [`parse()`] reads a file into a [`Tree`](tree::Tree) and goes on after errors, each of which is a
//! [`Diagnostic`](diagnostic::Diagnostic) with its place; [`mod@print`] writes trees, [`render`] shows diagnostics.
//!
//! ```
//! let (tree, errors) = prover_syntax::parse("nat : type. z : nat.");
//! assert!(errors.is_empty() && tree.items.len() == 2);
//! ```

#![forbid(unsafe_code)]

pub mod codes;
pub mod diagnostic;
pub mod fault;
pub mod parse;
pub mod print;
mod quick;
pub mod render;
pub mod source;
mod stream;
pub mod token;
pub mod tree;

pub use parse::{parse, parse_steps, parse_term, parse_term_into};
