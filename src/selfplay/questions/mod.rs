//! Learning to answer questions in words by compute graphs, from questions and answers alone: one iteration after the
//! other.
//!
//! It knows nothing of files but the data; [`run`](crate::run) does.

mod play;
#[cfg(test)]
mod tests;

pub use play::{QuestionIteration, QuestionMemory, QuestionSelfplay, QuestionSelfplayError, QuestionSettings};
