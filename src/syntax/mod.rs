//! Text to syntax tree and back: tokens, tree, parsing, printing, source positions, diagnostics.

pub mod diagnostic;
pub mod tree;
