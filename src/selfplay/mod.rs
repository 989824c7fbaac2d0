//! Conjecturing, difficulty, hindsight, the loop.
//!
//! - [`conjecture`]: statements that are well typed by construction; [`author`] lets the network write them.
//! - [`difficulty`]: how hard a statement was.
//! - [`questions`]: the same for questions in words, answered by compute graphs.
//! - [`pupil`]: the network of a run and the examples of its last iterations.
//! - [`play`]: one iteration after the other. It knows nothing of files; [`run`](crate::run) does.

pub mod author;
pub mod conjecture;
pub mod difficulty;
pub mod play;
pub mod pupil;
pub mod questions;
pub mod task;

pub use play::{Iteration, PlayError, PlaySettings, Selfplay, Watcher};
