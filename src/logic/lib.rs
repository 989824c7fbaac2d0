//! The trusted kernel: terms, environments, reduction, type checking.
//!
//! A proof is accepted when, and only when, [`Environment::add_theorem`] accepts its proof term. Everything else
//! (parsing, elaboration, matching, search, networks) may lose a proof, but cannot make a false one pass, since all
//! that it can do is hand a term to this crate. The crate depends on no other of the program.
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
//! # The calculus
//!
//! A pure type system with the sorts `prop : type : kind` and the rules that [`sort_of_pi`] gives: quantification over
//! anything is a proposition when its body is one. Terms are equal up to the names of binders, beta, eta and the
//! unfolding of definitions. A proposition is a term of type `prop`, a proof is a term of that proposition.
//! docs/soundness.md argues why the calculus is consistent, and describes how axioms may break it.
//!
//! # Types and modules
//!
//! - [`term`]: the forms of terms ([`Term`]), with de Bruijn indices, and indices of terms ([`TermId`]).
//! - [`store`]: the [`Store`] that keeps each distinct term once, so that equal terms have equal indices; substitution.
//! - [`environment`]: declared constants in an [`Environment`], and the only way to add one; sharing between threads
//!   ([`Frozen`]), memory given back ([`Mark`]).
//! - [`check`]: type inference, reduction, definitional equality.
//! - [`promise`]: theorems that are stated first and proved later, by several threads ([`Outline`]).
//! - [`axioms`]: the axioms that a constant rests on.
//! - [`equality`]: the constants that come with a declaration of `=`.
//! - [`error`]: the reasons of a refusal ([`KernelError`]).
//!
//! Work is counted: every step of reduction, comparison and substitution is taken from a budget, and a check that
//! exhausts it is refused ([`KernelError::BudgetExhausted`]). Recursion runs on a stack that grows, and terms have a
//! greatest height ([`MAX_HEIGHT`]).
//!
//! # Users
//!
//! `prover_theory` turns syntax into terms and declares the constants of files. Above it, proof search builds terms in
//! forks of a theory's environment and asks for their types; a proof that it finds is added by `prover_theory` like any
//! other. Other checkers can be held against this one: tests have a naive second checker, and mutants of accepted
//! proofs.

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
