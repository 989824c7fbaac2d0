//! A question in words as a search problem: compute graphs are built decision by decision.
//!
//! - [`problem`]: the problem: states, actions, graphs found; [`State`] is a partial graph.
//! - [`instance`], [`prompt`]: several questions that one graph is to answer, and what a network reads of them.
//! - [`shape`]: graphs up to the elements that they mention, and kinds of questions.
//! - [`attempt`]: one question: the network's answer without seeing the right one, and searches that are shown it.
//! - [`vote`]: questions whose answers are not known, by search and vote.
//! - [`reply`], [`lexicon`]: replies to questions as they are typed; the words that a network has met.
//! - [`typed`]: tests of questions as they were typed.
//! - [`consistency`]: the shapes of graphs that answer a kind of question, distinguished from those that were lucky
//!   once.
//! - `follow`: the graph of a shape for another question of its kind.
//! - [`augment`]: questions with other numbers and names, whose graphs are the same.
//! - [`examples`]: training examples from an attempt.
//! - [`evaluation`]: the share of a test split's questions that is answered.
//! - [`data`]: data sets of questions with answers, and the order in which they are learned from.
//! - [`trained`], [`builtin`]: the questions on which a network was trained; the network that ships with the program.
//! - [`draw`]: graphs as pictures.

pub mod attempt;
pub mod augment;
pub mod builtin;
pub mod consistency;
pub mod data;
pub mod draw;
pub mod evaluation;
pub mod examples;
mod follow;
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
