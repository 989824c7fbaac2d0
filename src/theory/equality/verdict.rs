//! The outcome of a saturation.

use super::explain::ExplainError;
use super::limits::End;
use prover_logic::TermId;

/// The outcome of a saturation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The goal, by a proof term that was checked by type inference.
    Proved(TermId),
    /// It ended without the goal.
    Open(End),
    /// The goal was reached, but no proof term could be made: a fault of this module.
    Fault(ExplainError),
}

/// A verdict with figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// Rounds.
    pub iterations: usize,
    /// Terms in the graph.
    pub nodes: usize,
    /// Classes in the graph.
    pub classes: usize,
    /// Facts that were used as rules.
    pub rules: usize,
    /// Steps of the explanation (changed children and distinct reasons); 0 if there is none.
    pub steps: usize,
}
