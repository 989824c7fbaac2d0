//! Self-play: conjectures, attempts, lemmas, learning.
//!
//! - [`author`]: the network as the author of [conjectures](crate::conjecture).
//! - [`archive`]: what was learned from the shortest known proofs.
//! - [`proofs`]: one iteration after the other: conjecture, attempt, label, learn. [`questions`]: the same for
//!   questions in words, answered by compute graphs. Neither knows of files; [`run`](crate::run) does.
//! - [`learner`]: the network of a run and the examples of its last iterations.
//! - [`task`]: what a network was trained for.
//! - [`watcher`]: how far the loop is, for whoever shows it.

pub mod archive;
pub mod author;
pub mod learner;
pub mod proofs;
pub mod questions;
pub mod task;
pub mod watcher;

pub use proofs::{ProofIteration, ProofMemory, ProofSelfplay, ProofSelfplayError, ProofSettings};
pub use questions::{QuestionIteration, QuestionMemory, QuestionSelfplay, QuestionSelfplayError, QuestionSettings};
pub use watcher::Watcher;
