//! Learning to answer questions in words by compute graphs, from questions and answers alone.
//!
//! - [`attempt`]: one question: what the network answers without the answer, and searches that know it.
//! - [`consistency`]: which shapes of graphs give the answers of a kind of question, and which were lucky once.
//! - [`examples`]: what an attempt teaches.
//! - [`play`]: one iteration after the other. It knows nothing of files but the data; [`run`](crate::run) does.
//! - [`answer`](mod@answer): questions whose answers are not known, by search and vote.
//! - [`trained`]: which questions a network was trained on.
//! - [`builtin`]: the network that ships with the program.
//! - [`evaluation`]: how many questions of a test split are answered.

pub mod answer;
pub mod attempt;
pub mod builtin;
pub mod consistency;
pub mod evaluation;
pub mod examples;
pub mod play;
#[cfg(test)]
mod tests;
pub mod trained;

pub use answer::{Answer, AnswerOptions, answer};
pub use consistency::Consistency;
pub use play::{MathError, MathIteration, MathMemory, MathPlay, MathSettings};
