//! selfplay.

pub mod conjecture;
