//! Tasks of a network, and difficulties of conjectures.

use super::tokenizer::Special;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Difficulty of proving a conjecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Difficulty {
    /// Proved, with much of its budget.
    Hard,
    /// Proved, with little of its budget.
    Easy,
    /// Proved in a few steps, or known to follow at once.
    Trivial,
    /// False.
    Fail,
}

impl Difficulty {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Hard, Self::Easy, Self::Trivial, Self::Fail];

    /// The token that asks for this difficulty.
    pub fn special(self) -> Special {
        match self {
            Difficulty::Hard => Special::Hard,
            Difficulty::Easy => Special::Easy,
            Difficulty::Trivial => Special::Trivial,
            Difficulty::Fail => Special::Fail,
        }
    }
}

impl fmt::Display for Difficulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Difficulty::Hard => "hard",
            Difficulty::Easy => "easy",
            Difficulty::Trivial => "trivial",
            Difficulty::Fail => "fail",
        })
    }
}

/// Task for which a network is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// To prove, and to conjecture.
    Proofs,
    /// To answer questions.
    Questions,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Proofs, Self::Questions];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proofs => "proofs",
            Self::Questions => "questions",
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proofs => "a network that proves (as of `selfplay --theory`, for `prove` and `repl`)",
            Self::Questions => "a network that answers questions (as of `selfplay --math`, for `solve` and `eval`)",
        })
    }
}
