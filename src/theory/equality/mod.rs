//! Equality saturation whose every claim is a proof term.
//!
//! [`prove`] puts a goal and the facts in scope into an e-graph (the crate `egg`), lets the universally quantified
//! facts grow it, and turns egg's explanation of the result into a proof term, which is checked by type inference here
//! and by the kernel wherever it is used. A fault in this module can lose a proof, never make a false one pass.
//!
//! - `limits`, `verdict`: the limits of a saturation, and its outcome.
//! - `attempt`: one goal with its facts, from the graph to the checked proof.
//! - `language`: terms as nodes; the types of classes.
//! - `graph`: the e-graph, with a reason for each union.
//! - `relevance`: the order of many facts.
//! - `rule`, `matching`: quantified propositions as rules, and their instances in the graph.
//! - `saturate`: rounds of growth, and their limits.
//! - `split`: splits of cases where a function is stuck.
//! - `classes`: read access to a saturated graph, for lemmas.
//! - `explain`: explanations as proof terms.
//!
//! docs/equality.md describes the fragment.

mod attempt;
mod classes;
pub mod completion;
mod explain;
mod graph;
mod language;
mod limits;
mod matching;
mod open;
mod relevance;
mod rule;
mod saturate;
mod split;
#[cfg(test)]
mod tests;
mod verdict;

pub use attempt::{Prepared, Task, prove};
pub use classes::{Applied, Cases, ClassId, Classes, Operation, inspect};
pub use explain::{ExplainError, distinct_nodes};
pub use limits::{End, Limits};
pub use split::Principle;
pub use verdict::{Report, Verdict};
