//! What one search for a proof may spend, and what became of it.

use prover_network::learn::Example;
use prover_proof::lemma::{Proposal, Reach};
use prover_search::export::ExportedNode;
use prover_search::picture::Picture;
use prover_search::{Deadline, StopReason, Targets};

/// What was found by the deadline may be made sure of and written down for so many seconds more, or it would be lost.
const FINISH: f64 = 0.1;

/// What an attempt may spend.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Budget {
    /// Nodes expanded.
    pub nodes: u64,
    /// Seconds; `None` for no limit.
    pub seconds: Option<f64>,
    /// States judged together.
    pub batch: usize,
}

impl Budget {
    /// The budget from now on.
    pub fn begin(self) -> Allowance {
        let whole = Deadline::within(self.seconds);
        Allowance { nodes: self.nodes, search: whole, whole, batch: self.batch }
    }
}

/// A budget whose seconds run.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Nodes expanded.
    pub nodes: u64,
    /// When the search ends.
    pub search: Deadline,
    /// When everything ends that the search is a part of.
    pub whole: Deadline,
    /// States judged together.
    pub batch: usize,
}

impl Allowance {
    /// When what was found is to be made sure of.
    pub fn finish(self) -> Deadline {
        self.whole.extended(FINISH)
    }
}

/// A proof found and accepted by the kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The steps of a script, a line each.
    pub script: String,
    /// The theorems that the proof uses.
    pub uses: Vec<String>,
    /// Natural logarithm of the probability that the policy gives to the proof's steps; 0 is certain.
    pub log_prior: f64,
    /// The number of distinct terms that the proof term consists of.
    pub size: usize,
}

/// A theorem met on the way: a solved state with the variables that it speaks of bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Hindsight {
    /// The statement.
    pub text: String,
    /// As in [`Found`].
    pub log_prior: f64,
}

/// What became of an attempt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProofAttempt {
    /// The proof, if there is one.
    pub found: Option<Found>,
    /// Theorems met on the way.
    pub hindsight: Vec<Hindsight>,
    /// Examples for the policy and the value.
    pub examples: Vec<Example>,
    /// Subgoals that were left open where the search had nothing better to do, as statements; they need not be true.
    pub stuck: Vec<String>,
    /// Nodes expanded.
    pub nodes: u64,
    /// Seconds taken.
    pub seconds: f64,
    /// Why the search ended, if there was one.
    pub reason: Option<StopReason>,
    /// Whether a bound left out some of what there was to try, so that nothing left to try does not mean that there is
    /// no proof.
    pub is_bounded: bool,
    /// Lemmas that might help, the most promising first, if there is no proof and they were asked for.
    pub proposals: Vec<Proposal>,
    /// A fault: a panic, or a proof that search found and the kernel refused. The attempt counts as failed.
    pub fault: Option<String>,
    /// The graph of the search, if it was asked for.
    pub graph: Option<ExploredGraph>,
}

impl ProofAttempt {
    /// Becomes what another attempt at the same statement after this one came to, with what was learned and spent in
    /// both.
    pub fn take(&mut self, other: Self) {
        let mut before = std::mem::replace(self, other);
        self.hindsight.append(&mut before.hindsight);
        self.examples.append(&mut before.examples);
        self.stuck.append(&mut before.stuck);
        self.nodes += before.nodes;
        self.seconds += before.seconds;
        self.fault = self.fault.take().or(before.fault);
    }

    /// Whether all that the search could try was tried.
    pub fn is_exhausted(&self) -> bool {
        self.reason == Some(StopReason::Exhausted)
    }
}

/// What is collected besides a proof.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collect {
    /// Examples, theorems met on the way, and subgoals left open.
    pub examples: bool,
    /// What examples of choices teach, and `lambda` of [`Targets::Improved`].
    pub targets: (Targets, f64),
    /// Lemmas that might help, about functions that the goal reaches or all.
    pub proposals: Option<Reach>,
    /// The graph of the search.
    pub graph: bool,
}

impl Collect {
    /// Nothing.
    pub const NOTHING: Self = Self { examples: false, targets: (Targets::Proof, 1.0), proposals: None, graph: false };
    /// Examples, theorems met on the way, and subgoals left open.
    pub const EXAMPLES: Self = Self { examples: true, ..Self::NOTHING };
}

/// The graph of a search, for people and programs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExploredGraph {
    /// Its states with their actions.
    pub nodes: Vec<ExportedNode>,
    /// The same as boxes and arrows, the first states only.
    pub picture: Picture,
}
