//! What guides a search.

pub mod evaluator;
pub mod model;
pub mod tokenizer;
pub(crate) mod trie;

pub use evaluator::{Evaluation, Evaluator, Request, Uniform};
