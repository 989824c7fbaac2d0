//! A proof attempt as a search problem: states, actions, text forms, and scripts from solutions.
//!
//! - [`state`]: a goal with a persistent scope.
//! - [`rules`]: a theory laid out for enumeration, by head symbol.
//! - [`action`]: what can be done to a goal.
//! - [`problem`]: the search problem; `enumerate` and `forward` list a state's actions.
//! - [`lemma`]: lemmas that would help where a proof is stuck.
//! - `normal`: normal forms of states, up to the equations of the theory and in scope.
//! - `saturate`: equality saturation as an action.
//! - `witness`: values for the object that a rule leaves open.
//! - [`script`]: a solution as a proof term and as a script that `prover check` accepts.
//! - [`open`]: an open goal of somebody's script as a problem, and single actions as steps of that script.

pub mod action;
mod enumerate;
mod equational;
mod forward;
pub mod lemma;
pub mod names;
mod normal;
pub mod open;
pub mod problem;
pub mod rules;
mod saturate;
pub mod script;
pub mod state;
#[cfg(test)]
mod tests;
mod witness;

pub use action::Action;
pub use normal::{NormalStatement, Rewriting};
pub use problem::ProofProblem;
pub use rules::Rules;
pub use state::State;
