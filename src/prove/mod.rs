//! One statement, by all means: search, saturation, normal forms, lemmas found on the way; and the library of lemmas.
//!
//! - [`lemmas`]: the theory, its goals, and what has been proved in it: [`Lemmas`], laid out for search as a [`World`].
//! - [`prover`]: one search for a proof: [`Prover`]; [`attempt`]: what it may spend, and what became of it.
//! - [`discovery`]: one statement, with lemmas found on the way.
//! - [`models`]: statements tested in models before effort is spent on them.
//! - [`goals`]: goal sets, in order or each alone.

pub mod attempt;
pub mod discovery;
pub mod goals;
pub mod lemmas;
pub mod models;
pub mod prover;
#[cfg(test)]
mod tests;

pub use attempt::{Budget, ProofAttempt};
pub use lemmas::{Lemmas, Statement, Theorem, UnreadableGoal, World, WorldError};
pub use prover::Prover;
