//! The trusted kernel: terms, environments, reduction, type checking.
//!
//! A proof is accepted when, and only when, [`Environment::add_theorem`] accepts its proof term. Everything else
//! (parsing, elaboration, matching, search, networks) may lose a proof, but cannot make a false one pass, since all that
//! it can do is hand a term to this crate. The crate knows no other of the program.
//!
//! ```
//! use prover_logic::{Environment, Sort};
//!
//! // `p : prop`, and `[p -> p]` proved by `lambda (h : p) h`.
//! let mut environment = Environment::new();
//! let prop = environment.store.sort(Sort::Prop);
//! let p = environment.add_axiom("p", prop)?;
//! let p = environment.store.constant(p);
//! let statement = environment.store.pi(p, p);
//! let hypothesis = environment.store.bound(0);
//! let proof = environment.store.lambda(p, hypothesis);
//! assert!(environment.add_theorem("identity", statement, proof).is_ok());
//! assert!(environment.add_theorem("false", p, proof).is_err());
//! # Ok::<(), prover_logic::KernelError>(())
//! ```
//!
//! - [`term`]: the forms of terms, with de Bruijn indices.
//! - [`store`]: the store that keeps each distinct term once; substitution.
//! - [`environment`]: declared constants, and the only way to add one.
//! - [`check`]: type inference, reduction, definitional equality.
//! - [`promise`]: theorems that are stated first and proved later, by several threads.
//! - [`axioms`]: what a constant rests on.
//! - [`equality`]: the constants that come with a declaration of `=`.
//!
//! The calculus is a pure type system with the sorts `prop : type : kind` and the rules that [`sort_of_pi`] gives;
//! docs/soundness.md argues why it is consistent and says what an axiom may break.

#![forbid(unsafe_code)]

pub mod axioms;
mod cache;
pub mod check;
pub mod environment;
pub mod equality;
pub mod error;
mod ledger;
pub mod promise;
pub mod store;
pub mod term;

#[cfg(test)]
mod tests;

pub use check::sort_of_pi;
pub use environment::{Declaration, DeclarationKind, Environment, Frozen, Mark};
pub use error::KernelError;
pub use promise::Outline;
pub use store::{Moved, Store};
pub use term::{ConstId, MAX_HEIGHT, Sort, Term, TermId};
