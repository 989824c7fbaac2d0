//! Limits and outcome of one search for a proof.

use prover_network::learn::Example;
use prover_proof::lemma::{Proposal, Reach};
use prover_search::export::ExportedNode;
use prover_search::picture::Picture;
use prover_search::{Deadline, StopReason, Targets};

/// Seconds beyond the deadline for checking and recording a proof found before it, which would be lost otherwise.
const FINISH: f64 = 0.1;

/// Limits of an attempt: nodes, wall-clock seconds, and the size of its batches.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Budget {
    /// Limit of the nodes expanded.
    pub nodes: u64,
    /// Limit of the wall-clock time in seconds; `None` for no limit.
    pub seconds: Option<f64>,
    /// States judged together.
    pub batch: usize,
}

impl Budget {
    /// The budget with its time running from now on.
    pub fn begin(self) -> Allowance {
        let whole = Deadline::within(self.seconds);
        Allowance { nodes: self.nodes, search: whole, whole, batch: self.batch }
    }
}

/// A budget whose time runs.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Limit of the nodes expanded.
    pub nodes: u64,
    /// The end of the search.
    pub search: Deadline,
    /// The end of the whole attempt that the search is a part of.
    pub whole: Deadline,
    /// States judged together.
    pub batch: usize,
}

impl Allowance {
    /// The time by which the proof found is to be checked.
    pub fn finish(self) -> Deadline {
        self.whole.extended(FINISH)
    }
}

/// A proof found and accepted by the kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The steps of a script, one a line.
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
    /// The logarithm of the proof's probability, as in [`Found`].
    pub log_prior: f64,
}

/// Outcome of an attempt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProofAttempt {
    /// The proof, if there is one.
    pub found: Option<Found>,
    /// Theorems met on the way.
    pub hindsight: Vec<Hindsight>,
    /// Training examples for the policy and the value function.
    pub examples: Vec<Example>,
    /// Subgoals that were left open where the search had nothing better to do, as statements; they need not be true.
    pub stuck: Vec<String>,
    /// Nodes expanded.
    pub nodes: u64,
    /// Seconds taken.
    pub seconds: f64,
    /// The reason why the search ended, if there was one.
    pub reason: Option<StopReason>,
    /// Whether a bound excluded some steps, so that an exhausted search does not mean that there is no proof.
    pub is_bounded: bool,
    /// Lemmas that might help, the most promising first, if there is no proof and they were asked for.
    pub proposals: Vec<Proposal>,
    /// The reach that these needed.
    pub reach: Option<Reach>,
    /// A fault: a panic, or a proof that search found and the kernel refused. The attempt counts as failed.
    pub fault: Option<String>,
    /// The graph of the search, if it was asked for.
    pub graph: Option<ExploredGraph>,
}

impl ProofAttempt {
    /// Replaces this outcome by that of a later attempt at the same statement, with the examples and the cost of both.
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

/// Results that a search collects besides a proof.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collect {
    /// Examples, theorems met on the way, and subgoals left open.
    pub examples: bool,
    /// The policy's training targets in examples of choices, and `lambda` of [`Targets::Improved`].
    pub targets: (Targets, f64),
    /// Lemmas that might help, about the functions that the goal reaches or about all.
    pub proposals: Option<Reach>,
    /// The graph of the search.
    pub graph: bool,
}

impl Collect {
    /// Only the proof.
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
