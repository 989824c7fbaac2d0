//! The trusted kernel: terms, environments, reduction, type checking.
//!
//! A proof is accepted when, and only when, [`Environment::add_theorem`] accepts its proof term. Everything else in
//! the crate (parsing, elaboration, matching, search, networks) may lose a proof, but cannot make a false one pass,
//! since all that it can do is hand a term to this module. The module imports nothing else of the crate.
//!
//! - [`term`]: hash-consed terms with de Bruijn indices, substitution.
//! - [`environment`]: declared constants, and the only way to add one.
//! - [`check`]: type inference, reduction, definitional equality.
//! - [`promise`]: theorems that are stated first and proved later, by several threads.
//! - [`axioms`]: what a constant rests on.
//! - [`equality`]: the constants that come with a declaration of `=`.
//!
//! The calculus is a pure type system with the sorts `prop : type : kind` and the rules that [`sort_of_pi`] gives;
//! docs/soundness.md argues why it is consistent and says what an axiom may break.

pub mod axioms;
pub mod check;
pub mod environment;
pub mod equality;
pub mod error;
pub mod promise;
pub mod term;

#[cfg(test)]
mod tests;

pub use check::sort_of_pi;
pub use environment::{Declaration, DeclarationKind, Environment, Frozen, Mark};
pub use error::KernelError;
pub use promise::Outline;
pub use term::{ConstId, MAX_HEIGHT, Moved, Sort, Store, Term, TermId};
