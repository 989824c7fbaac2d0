//! A question in words as a search problem: compute graphs are built decision by decision.
//!
//! - [`problem`]: the problem: states, actions, what is found; [`State`] is a graph so far.
//! - [`instance`], [`prompt`]: several questions that one graph is to answer, and what a network reads of them.
//! - [`shape`]: graphs up to the elements that they mention, and kinds of questions.
//! - [`attempt`]: one question: what the network answers without the answer, and searches that know it.
//! - [`vote`]: questions whose answers are not known, by search and vote.
//! - [`reply`], [`lexicon`]: what is said to a question as it was typed, or that it is not known; words that were met.
//! - [`typed`]: tests of questions as they were typed.
//! - [`consistency`]: which shapes of graphs give the answers of a kind of question, and which were lucky once.
//! - [`examples`]: what an attempt teaches.
//! - [`evaluation`]: how many questions of a test split are answered.
//! - [`data`]: data sets of questions with answers, and the order in which they are learned from.
//! - [`trained`], [`builtin`]: which questions a network was trained on; the network that ships with the program.
//! - [`draw`]: graphs as pictures.

pub mod attempt;
pub mod builtin;
pub mod consistency;
pub mod data;
pub mod draw;
pub mod evaluation;
pub mod examples;
pub mod generate;
pub mod instance;
pub mod lexicon;
pub mod problem;
pub mod prompt;
mod reach;
pub mod reply;
mod sentence;
pub mod shape;
mod state;
mod statement;
#[cfg(test)]
mod tests;
pub mod trained;
pub mod typed;
pub mod vote;
mod wording;

pub use consistency::Consistency;
pub use problem::{Goal, GraphProblem, Limits};
pub use sentence::marked;
pub use state::{Action, State, Step};
pub use vote::{Answer, AnswerOptions, answer};
pub use wording::showing;
