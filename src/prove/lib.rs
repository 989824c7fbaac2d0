//! One statement, by all means: search, saturation, normal forms, lemmas found on the way; and the library of lemmas.
//!
//! - [`lemmas`]: the theory, its goals, and what has been proved in it: [`Lemmas`], laid out for search as a [`World`].
//! - [`library`]: lemmas by where they came from and how they were used, and which of them an attempt is offered.
//! - [`prover`]: one search for a proof: [`Prover`]; [`attempt`]: what it may spend, and what became of it.
//! - [`received`]: theorems that another process says it has proved, checked here.
//! - [`discovery`]: one statement, with lemmas found on the way.
//! - [`strategy`]: one statement by all means under one budget: [`Strategy`].
//! - [`tactics`]: what is tried at the states of a search besides single steps.
//! - [`models`]: statements tested in models before effort is spent on them.
//! - `objects`: goals that are no propositions, but types of objects.
//! - [`goals`]: goal sets, in order or each alone.
//!
//! The command line, the interactive prover and self-play attempt statements here. A theorem is what a checker of its
//! own accepted from its text, as `prover check` would.
//!
//! ```
//! use prover_network::Uniform;
//! use prover_prove::{Budget, Lemmas, Prover};
//!
//! let lemmas = Lemmas::new("nat-add");
//! let world = lemmas.world()?;
//! let statement = lemmas.goal("zero_add", "[('n : nat) -> (= (+ z 'n) 'n)]")?;
//! let budget = Budget { nodes: 1_000, seconds: None, batch: 1 };
//! let (theorem, attempt) = Prover::new(&world, &Uniform, 0).prove(&lemmas, &statement, budget);
//! assert!(theorem.is_some() && attempt.nodes <= 1_000);
//! # Ok::<(), prover_prove::WorldError>(())
//! ```

pub mod attempt;
pub mod discovery;
pub mod goals;
pub mod lemmas;
pub mod library;
pub mod models;
mod objects;
pub mod prover;
pub mod received;
pub mod strategy;
pub mod tactics;
#[cfg(test)]
mod tests;

pub use attempt::{Allowance, Budget, ProofAttempt};
pub use lemmas::{Lemmas, Statement, Theorem, UnreadableGoal, World, WorldError};
pub use library::{Library, Offer, Record, Source};
pub use prover::Prover;
pub use strategy::{Means, Strategy};
pub use tactics::Tactics;
