//! Lemmas that would help where a proof is stuck.
//!
//! Candidates are equations between objects, for all variables, some under premises:
//!
//! - **generalisations** of a goal that saturation left open: a term that occurs on both sides, modulo what saturation
//!   found equal (the induction hypothesis included), becomes a variable;
//! - **accumulators**: `(= (qrev a nil) (rev a))` becomes `(= (qrev a b) (app (rev a) b))`;
//! - **conditional** equations: in each case that saturation splits a goal into, the goal under the equations of the
//!   case, with their common terms made variables; the negation of the case's assumption, so that there is no such
//!   case; and implications between conditions on variables that hold on all random ground instances;
//! - **classes** of the saturated graph whose terms are equal on random ground instances but were not found equal;
//! - **small terms** over the functions of the graph that are equal on random ground instances (theory exploration), at
//!   first only those that the goal reaches through the equations of its functions.
//!
//! All are tested on further random ground instances; none is used before it is proved like any other statement.
//!
//! Sources: C. Kurashige, R. Ji, A. Giridharan, M. Barbone, D. Noor, S. Itzhaky, R. Jhala, N. Polikarpova, *CCLemma:
//! E-Graph Guided Lemma Discovery for Inductive Equational Proofs*, ICFP 2024; E. Singher, S. Itzhaky, *Theory
//! Exploration Powered by Deductive Synthesis*, CAV 2021; M. Johansson, D. Rosén, N. Smallbone, K. Claessen, *Hipster*,
//! 2014.

mod accumulate;
mod cut;
mod explore;
mod ground;
mod imply;
mod propose;
mod reach;
mod stuck;
#[cfg(test)]
mod tests;
mod theory;

pub(super) use cut::Cuts;
pub use ground::{Sampler, Tested};
pub use propose::{Origin, Proposal};
pub use reach::Reach;
