//! Lemmas that would help where a proof is stuck.
//!
//! Candidates are equations between objects, for all variables:
//!
//! - **generalisations** of a goal that saturation left open: a term that occurs on both sides, modulo what saturation
//!   found equal (the induction hypothesis included), becomes a variable;
//! - **classes** of the saturated graph whose terms are equal on random ground instances but were not found equal;
//! - **small terms** over the functions of the graph that are equal on random ground instances (theory exploration).
//!
//! All are tested on further random ground instances; none is believed before it is proved like any other statement.
//!
//! Sources: C. Kurashige, R. Ji, A. Giridharan, M. Barbone, D. Noor, S. Itzhaky, R. Jhala, N. Polikarpova, *CCLemma:
//! E-Graph Guided Lemma Discovery for Inductive Equational Proofs*, ICFP 2024; E. Singher, S. Itzhaky, *Theory
//! Exploration Powered by Deductive Synthesis*, CAV 2021; M. Johansson, D. Rosén, N. Smallbone, K. Claessen, *Hipster*,
//! 2014.

mod explore;
mod ground;
mod propose;
#[cfg(test)]
mod tests;
mod theory;

pub use ground::{Sampler, Tested};
pub use propose::{Origin, Proposal};
