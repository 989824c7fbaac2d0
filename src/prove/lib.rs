//! One statement, by all means: search, saturation, normal forms, lemmas found on the way; and the library of lemmas.
//!
//! - [`lemmas`]: the theory, its goals, and the theorems proved in it: [`Lemmas`], laid out for search as a [`World`].
//! - [`library`]: lemmas with their origins and uses, and the selection of those that an attempt is offered.
//! - [`prover`]: one search for a proof: [`Prover`]; [`attempt`]: its limits and outcome.
//! - [`received`]: theorems claimed by another process, checked here.
//! - [`discovery`]: one statement, with lemmas found on the way.
//! - [`strategy`]: one statement by all means under one budget: [`Strategy`].
//! - [`tactics`]: tactics at the states of a search besides single steps.
//! - [`models`]: statements tested in models before effort is spent on them.
//! - `objects`: goals that are not propositions, but types of objects.
//! - [`goals`]: goal sets, in order or each alone.
//!
//! The command line, the interactive prover and self-play attempt statements here. Every theorem has been accepted from
//! its text by a separate check, as by `prover check`.
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
pub use library::{Library, Offer, Offered, Offering, Premises, Record, Source};
pub use prover::Prover;
pub use strategy::{Means, Strategy};
pub use tactics::Tactics;
