//! Compute graphs: math questions answered by typed programs.
//!
//! A question in words is answered by a directed acyclic graph whose leaves are *elements* found in the question
//! (equations, expressions, numbers, variables, units, ...) and whose inner nodes are typed *operators*. The value of
//! the root, printed, is the answer.
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
//! | module | holds | knows |
//! |---|---|---|
//! | [`algebra`] | exact numbers, expressions, polynomials, environments; the types and their values | nothing |
//! | [`question`] | the elements of a question in words: the inputs of its graph | `algebra` |
//! | [`language`] | operators, graphs and their evaluation, their text form, files of them, comparison of answers | both |
//!
//! The main types: a [`Question`] has [`Element`]s; a [`Builder`] makes a [`Graph`] over them, node by node, and
//! refuses nodes that are not well typed; [`Graph::evaluate`] gives a [`Value`] or an [`EvalError`]. Evaluation is
//! exact and bounded: a [`Budget`] of steps and digits ends an evaluation that would hang or fill the memory.
//!
//! `answer` in the root package turns a question into a search problem, `prover check` reads files of graphs, and
//! [`operators::reference`](language::operators::reference) writes docs/operators.md.

#![forbid(unsafe_code)]

pub mod algebra;
pub mod language;
pub mod question;

#[cfg(test)]
mod tests;

pub use algebra::budget::Budget;
pub use algebra::error::EvalError;
pub use algebra::types::Type;
pub use algebra::value::Value;
pub use language::dag::{Builder, Graph, Node, NodeId};
pub use question::{Element, Question};
