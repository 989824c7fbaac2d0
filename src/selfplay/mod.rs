//! Self-play: conjectures, attempts, lemmas, learning.
//!
//! - [`author`]: the network as the author of [conjectures](crate::conjecture).
//! - [`archive`]: examples from the shortest known proofs.
//! - [`play`]: the loop for any subject: attempt, learn, measure. [`proofs`] and [`questions`] are the subjects:
//!   theorems of a theory, and answers to questions in words. Neither knows of files; [`run`](crate::run) does.
//! - [`metrics`]: the figures of an iteration.
//! - [`learner`]: the network of a run and the examples of its last iterations.
//! - [`task`]: the tasks for which networks were trained.
//! - [`workforce`]: carries out the attempts: in this process, or by workers elsewhere.
//! - [`watcher`]: progress of the loop, for displays.

pub mod archive;
pub mod author;
pub mod learner;
mod likeness;
pub mod metrics;
pub mod play;
pub mod proofs;
pub mod questions;
pub mod task;
pub mod watcher;
pub mod workforce;

pub use play::{Moment, Play, PlayError, PlaySettings, Round, Subject};
pub use proofs::{ProofMemory, ProofSelfplayError, ProofSettings, Proofs};
pub use questions::{QuestionMemory, QuestionSelfplayError, QuestionSettings, Questions};
pub use watcher::{Silent, Watcher};
