//! A question in words as a search problem: compute graphs are built decision by decision.
//!
//! - [`problem`]: the problem: states, actions, what is found; [`State`] is a graph so far.
//! - [`shape`]: graphs up to the elements that they mention, and kinds of questions.
//! - [`data`]: data sets of questions with answers, and the order in which they are learned from.
//! - [`draw`]: graphs as pictures.

pub mod data;
pub mod draw;
pub mod problem;
mod reach;
pub mod shape;
mod state;
mod statement;
mod wording;

pub use problem::{Goal, GraphProblem, Limits};
pub use state::{State, Step};
pub use statement::marked;
pub use wording::showing;
