//! Trees and the algorithms on them, generic over the problem; stop rules; batched evaluation.

pub mod problem;

pub use problem::{Outcome, Problem};
