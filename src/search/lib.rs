//! Trees and the algorithms on them, generic over the problem; stop rules; batched evaluation.
//!
//! A [`Problem`] says which actions a state has and what they lead to; an
//! [`Evaluator`](crate::evaluator::Evaluator) says how good they look; [`search()`] explores until a rule of
//! [`Stop`] ends it and gives back the [`Solution`], if there is one, and the whole [`Tree`].
//!
//! ```
//! use prover_search::evaluator::Uniform;
//! use prover_search::{Options, Outcome, Problem, Stop, search};
//! use rand::SeedableRng;
//!
//! /// Pay an amount with coins; an amount above 50 may be split in two.
//! struct Pay(u32);
//!
//! impl Problem for Pay {
//!     type State = u32;
//!     type Action = Option<u32>;
//!
//!     fn root(&mut self) -> u32 {
//!         self.0
//!     }
//!     fn actions(&mut self, _: &u32) -> Vec<Option<u32>> {
//!         vec![Some(5), Some(7), None]
//!     }
//!     fn step(&mut self, &amount: &u32, action: &Option<u32>) -> Outcome<u32> {
//!         match action {
//!             Some(coin) if *coin == amount => Outcome::Subgoals(vec![]),
//!             Some(coin) if *coin < amount => Outcome::Subgoals(vec![amount - coin]),
//!             None if amount > 50 => Outcome::Subgoals(vec![amount / 2, amount - amount / 2]),
//!             _ => Outcome::Dead,
//!         }
//!     }
//!     fn key(&self, state: &u32) -> u128 {
//!         u128::from(*state)
//!     }
//!     fn state_text(&self, state: &u32) -> String {
//!         format!("pay {state}")
//!     }
//!     fn action_text(&self, _: &u32, action: &Option<u32>) -> String {
//!         action.map_or("split".into(), |coin| format!("coin {coin}"))
//!     }
//! }
//!
//! let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
//! let mut stop = Stop::first_solution().nodes(1000);
//! let result = search(&mut Pay(1000), &Uniform, &Options::default(), &mut stop, &mut rng);
//! let solution = result.solution.expect("1000 can be paid");
//! assert_eq!(solution.steps[0].state, 1000);
//! ```
//!
//! | file | holds |
//! |---|---|
//! | problem.rs, evaluator.rs | the traits that a world and what guides a search implement |
//! | tree.rs | the AND/OR graph, and how solved and dead spread in it |
//! | engine.rs | [`search()`]: evaluation in batches, expansion, limits |
//! | puct.rs, sampling.rs | where to explore next: descents by PUCT; walks by chance |
//! | frontier.rs, beam.rs | the same with a queue of edges: the best or first one next; level by level |
//! | options.rs, stop.rs, deadline.rs | what a caller may choose |
//! | solution.rs, view.rs | what a caller gets |
//! | export.rs, picture.rs | the tree as JSON and as a picture; boxes and arrows as DOT and SVG |

#![forbid(unsafe_code)]

mod beam;
mod deadline;
mod engine;
pub mod evaluator;
pub mod export;
mod frontier;
mod options;
pub mod picture;
pub mod problem;
mod puct;
mod sampling;
mod solution;
pub mod stop;
#[cfg(test)]
mod tests;
mod tree;
mod view;

pub use deadline::Deadline;
pub use engine::{SearchResult, Verdict, search, search_in};
pub use options::{Algorithm, Options, Ties};
pub use problem::{Outcome, Problem};
pub use solution::{Solution, SolutionStep};
pub use stop::{Statistics, Stop, StopReason, StopRule};
pub use tree::Tree;
pub use view::{EdgeStatus, EdgeView, NodeId, NodeStatus, NodeView};
