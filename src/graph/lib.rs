//! Compute graphs: math questions answered by typed programs.
//!
//! A question in words is answered by a directed acyclic graph whose leaves are *elements* found in the question
//! (equations, expressions, numbers, variables, units, ...) and whose inner nodes are typed *operators*. The value of the
//! root, printed, is the answer.
//!
//! ```
//! use prover_graph::{Budget, language, question::Question};
//!
//! let question = Question::new("Let w be (-1 + 13)*3/(-6). Solve -15 = 3*c + w*c for c.")?;
//! let graph = "let e = bind(env, f0, f1)\nsol_get(solve_linear(system(resolve(f2, e))), f3)";
//! let graph = language::parse(graph, &question.elements).expect("it is well typed");
//! let answer = graph.evaluate(&question.elements, &mut Budget::default())?;
//! assert_eq!(answer.to_string(), "5");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`types`], [`value`] | the types; values, and how they print as answers |
//! | [`number`], [`expr`], [`polynomial`], [`surd`], [`power`] | exact mathematics that values are made of |
//! | [`integer`], [`factor`], [`linear`], [`environment`] | algorithms on these |
//! | [`operators`] | the operators: one item each, with its documentation, evaluation and example |
//! | [`question`] | the elements of a question |
//! | [`dag`] | graphs, their types and evaluation |
//! | [`language`] | the text form of graphs |
//! | [`mod@file`] | files of questions with graphs |
//! | [`compare`] | whether an answer is right, by text and by value |
//!
//! Evaluation is exact and bounded: a [`Budget`] of steps and digits ends what would hang or fill the memory.

#![forbid(unsafe_code)]

pub mod budget;
pub mod codes;
pub mod compare;
pub mod dag;
pub mod environment;
pub mod error;
pub mod expr;
pub mod factor;
pub mod file;
pub mod integer;
pub mod kinds;
pub mod language;
pub mod linear;
mod linear_factors;
pub mod name;
pub mod number;
pub mod operators;
pub mod polynomial;
pub mod power;
pub mod question;
pub mod surd;
pub mod token;
pub mod tree;
pub mod types;
pub mod units;
pub mod value;

#[cfg(test)]
mod tests;

pub use budget::Budget;
pub use dag::{Builder, Graph, Node, NodeId};
pub use error::EvalError;
pub use question::{Element, Question};
pub use types::Type;
pub use value::Value;
