//! Conjecturing, attempts, difficulty, hindsight, goals, the loop.
//!
//! - [`conjecture`]: statements that are well typed by construction; [`author`] lets the network write them.
//! - [`attempt`]: one search for a proof, with what can be learned from it.
//! - [`difficulty`]: how hard a statement was.
//! - [`lemmas`]: the theory, its goals, and what has been proved.
//! - [`math`]: the same for questions in words, answered by compute graphs.
//! - [`prove`]: one statement, with lemmas found on the way.
//! - [`pupil`]: the network of a run and the examples of its last iterations.
//! - [`play`]: one iteration after the other. It knows nothing of files; [`run`](crate::run) does.

pub mod attempt;
pub mod author;
pub mod conjecture;
pub mod difficulty;
pub mod lemmas;
pub mod math;
pub mod play;
pub mod prove;
pub mod pupil;
pub mod task;
#[cfg(test)]
mod tests;

pub use attempt::{Attempt, Budget};
pub use lemmas::{Lemmas, Statement, Theorem, UnreadableGoal, World, WorldError};
pub use play::{Iteration, PlayError, PlaySettings, Selfplay, Watcher};
