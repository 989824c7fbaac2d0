//! Text to syntax tree and back: tokens, grammar, printing, source positions, diagnostics.
//!
//! [`parse()`] reads a file into a [`Tree`](tree::Tree) and goes on after errors, each of which is a
//! [`Diagnostic`](diagnostic::Diagnostic) with its place. An error costs one item: the items before and after it are in
//! the tree.
//!
//! ```
//! let (tree, errors) = prover_syntax::parse("nat : type. z : . s : [nat -> nat].");
//! assert_eq!(tree.items.len(), 2);
//! assert_eq!(errors[0].code, "unexpected-token");
//! ```
//!
//! A tree is printed in the one style of the language, and a diagnostic is shown with its source line:
//!
//! ```
//! use prover_syntax::render::{Style, human};
//! use prover_syntax::source::LineIndex;
//!
//! let text = "theorem t:(p z){apply f.}";
//! let (tree, errors) = prover_syntax::parse(text);
//! assert!(errors.is_empty() && prover_syntax::print::print_tree(&tree).contains("apply f."));
//!
//! let text = "nat : .";
//! let (_, errors) = prover_syntax::parse(text);
//! let shown = human("mine", &LineIndex::new(text), &errors[0], Style::Plain);
//! assert!(shown.contains("mine:1:7"));
//! ```
//!
//! # Types and modules
//!
//! - [`token`]: the tokens of the language, and the end of names; [`fault`]: stretches of text that are not tokens.
//! - [`tree`]: the syntax tree. Terms are indices into their tree, names are [symbols](tree::Symbol) of it; every item,
//!   step and term has its [`Span`](tree::Span).
//! - [`parse`](mod@parse): items, terms and scripts from text. Nesting is bounded before anything nested is built.
//! - [`mod@print`]: text from trees.
//! - [`source`]: bytes to text, offsets to lines and columns.
//! - [`diagnostic`], [`codes`], [`render`]: findings as data, their codes, and their texts for people and scripts.
//!
//! The grammar is grammar/peano.lalrpop; `build.rs` makes an LR(1) parser of it. Plain theorems, of which long files
//! consist, take a quicker reader that gives the same trees.
//!
//! # Users
//!
//! `prover_theory` elaborates trees and reports their errors as diagnostics. The interactive prover uses the tokens for
//! highlighting and to know when an input is complete; the translators from other notations write text of this
//! language. `prover_graph`, whose language is another one, shares positions and diagnostics.

#![forbid(unsafe_code)]

mod advice;
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
