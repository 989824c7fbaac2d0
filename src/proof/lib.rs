//! A proof attempt as a search problem: states, actions, text forms, and scripts from solutions.
//!
//! - [`state`]: a goal with a persistent scope.
//! - [`rules`]: a theory laid out for enumeration, by head symbol.
//! - [`action`]: the actions on a goal.
//! - [`problem`]: the search problem; `enumerate` and `forward` list a state's actions.
//! - [`lemma`]: lemmas that would help where a proof is stuck.
//! - `normal`: normal forms of states, up to the equations of the theory and in scope.
//! - `saturate`: equality saturation as an action.
//! - `witness`: values for the object that a rule leaves open.
//! - [`script`]: a solution as a proof term and as a script that `prover check` accepts.
//! - [`open`]: an open goal of a given script as a problem, and single actions as steps of that script.
//!
//! [`prove`](../prover_prove/index.html) attempts statements with it, the interactive prover steps through it.
//! Solutions are proof terms that the kernel has still to check; nothing here is trusted.
//!
//! ```
//! use prover_proof::{ProofProblem, Rules};
//! use prover_search::evaluator::Uniform;
//! use prover_search::{Options, Stop, search};
//! use prover_theory::Theory;
//! use rand::SeedableRng;
//! use std::sync::Arc;
//!
//! let mut theory = Theory::from_source("nat-add")?;
//! let rules = Arc::new(Rules::new(&mut theory)?);
//! let statement = theory.statement("[('n : nat) -> (= (+ z 'n) 'n)]").expect("a proposition of the theory");
//! let mut problem = ProofProblem::new(theory, rules, statement)?;
//! let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
//! let mut stop = Stop::first_solution().nodes(1_000);
//! let result = search(&mut problem, &Uniform, &Options::default(), &mut stop, &mut rng);
//! let proof = problem.proof(&result.solution.expect("by induction"))?;
//! assert!(proof.script.contains("apply nat_ind."));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
mod witness;

pub use action::Action;
pub use normal::{NormalStatement, Settled};
pub use problem::ProofProblem;
pub use rules::Rules;
pub use state::State;
