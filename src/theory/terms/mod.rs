//! Kernel terms as objects of first-order reasoning: patterns, matching, rewriting, orders and normal forms.
//!
//! - [`matching`]: values for the variables of a pattern that make it equal to a term; replacement, beta normal forms.
//! - [`typed`]: an object with its type, a proposition with its proof.
//! - [`signature`]: the inputs and the output of a function as patterns.
//! - [`application`]: the arguments with which a function proves a proposition.
//! - [`equation`]: equations with proofs, and the proof terms that replace equals by equals.
//! - [`rewriting`]: the places of a proposition where an equation applies.
//! - [`index`]: a discrimination tree, to find patterns by terms.
//! - [`order`]: the lexicographic path order, by which equations become rewrite rules that terminate, and the
//!   precedence of constants in it.
//! - [`system`], [`overlap`]: rewrite systems, and the overlaps of their rules.
//! - [`sieve`]: the redundant facts of a theory.
//! - [`unfold`]: definitions as transparent names.
//! - [`normal`]: full normal forms with respect to beta, definitions and eta.
//!
//! The folder uses `prover_logic` and nothing else of this crate: it knows nothing of files, elaboration or scripts.
//! Scripts, search, evaluation and equality saturation share it. Its results are proposals; the kernel checks the terms
//! built from them.

pub mod application;
pub mod equation;
pub mod index;
pub mod matching;
pub mod normal;
pub mod order;
pub mod overlap;
pub mod rewriting;
pub mod sieve;
pub mod signature;
pub mod system;
pub mod typed;
pub mod unfold;
