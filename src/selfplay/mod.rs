//! Self-play: conjectures, attempts, lemmas, learning.
//!
//! - [`author`]: the network as the author of [conjectures](crate::conjecture).
//! - [`archive`]: what was learned from the shortest known proofs.
//! - [`play`]: the loop, whatever is learned: attempt, learn, measure. [`proofs`] and [`questions`] are what can be
//!   learned: theorems of a theory, and answers to questions in words. Neither knows of files; [`run`](crate::run) does.
//! - [`metrics`]: the figures of an iteration.
//! - [`learner`]: the network of a run and the examples of its last iterations.
//! - [`task`]: what a network was trained for.
//! - [`workforce`]: who carries out the attempts: this process, or workers elsewhere.
//! - [`watcher`]: how far the loop is, for whoever shows it.

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

pub use play::{Play, PlayError, PlaySettings, Round, Subject};
pub use proofs::{ProofMemory, ProofSelfplayError, ProofSettings, Proofs};
pub use questions::{QuestionMemory, QuestionSelfplayError, QuestionSettings, Questions};
pub use watcher::{Silent, Watcher};
