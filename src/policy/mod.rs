//! What guides a search.

pub mod evaluator;

pub use evaluator::{Evaluation, Evaluator, Request, Uniform};
