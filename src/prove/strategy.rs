//! One statement by all means under one budget, cheap ones first.
//!
//! What closes a goal by itself costs most where it closes nothing, and single steps cost little but do not reach far.
//! So the stages are, each with the lemmas that those before it found:
//!
//! 1. search by single steps, with completion on the statement, for a small part of the budget;
//! 2. search with equality saturation on each goal, and lemmas found where that gets stuck;
//! 3. the first again, with what is left.
//!
//! [`Means`] says which of them there are.

use super::attempt::{Allowance, Budget, Collect, ProofAttempt};
use super::discovery::{Discovered, Discovery};
use super::lemmas::{Lemmas, Statement, World};
use super::prover::Prover;
use prover_network::Evaluator;
use prover_search::{Deadline, StopReason};
use prover_theory::equality::{Limits, completion};
use rustc_hash::FxHashMap;
use std::fmt;
use std::time::Instant;

/// The part of the nodes and of the seconds that the first stage takes at most, if others follow.
const FIRST_NODES: u64 = 10;
const FIRST_SECONDS: f64 = 0.1;
/// The part of the seconds by which the second stage ends, if another follows.
const SECOND_SECONDS: f64 = 0.8;
/// The part of the second stage's seconds in which equations of the theory are looked for.
const EXPLORING: f64 = 0.4;
/// A state on which saturation is tried counts as so many: it costs a hundred times as much as others, and leads
/// further.
const SATURATED: u64 = 4;
/// The factor by which completion may go further in the last stage.
const LAST_COMPLETION: u64 = 16;

/// The means by which proofs are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
    /// Search by single steps.
    pub search: bool,
    /// Search with equality saturation on each goal.
    pub saturation: bool,
    /// Completion, and normal forms by laws, on the statement.
    pub completion: bool,
    /// Lemmas, looked for where search with saturation gets stuck.
    pub lemmas: bool,
    /// Whether states are brought to their normal forms where saturation, which does what they do and more, is not tried.
    pub normal_forms: bool,
}

impl Means {
    /// Everything.
    pub const ALL: Self = Self { search: true, saturation: true, completion: true, lemmas: true, normal_forms: true };
    /// Search by single steps alone, so that what it reaches can be measured.
    pub const SEARCH: Self = Self { saturation: false, completion: false, lemmas: false, ..Self::ALL };
}

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageKind {
    /// Completion on the statement alone.
    Completion,
    /// Search by single steps.
    Search,
    /// Search with equality saturation on each goal.
    Saturation,
    /// The same, with lemmas found where it gets stuck.
    Lemmas,
}

impl StageKind {
    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Completion => "completion",
            Self::Search => "search",
            Self::Saturation => "saturation",
            Self::Lemmas => "lemmas",
        }
    }
}

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageEnd {
    /// With a proof.
    Proved,
    /// Everything that it could try was tried.
    Exhausted,
    /// At its limit of nodes.
    Nodes,
    /// At its limit of time.
    Seconds,
    /// By a fault, or because somebody asked for it.
    Other,
}

impl StageEnd {
    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Exhausted => "exhausted",
            Self::Nodes => "nodes",
            Self::Seconds => "seconds",
            Self::Other => "other",
        }
    }
}

/// What a stage came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// What was tried.
    pub kind: StageKind,
    /// Nodes expanded.
    pub nodes: u64,
    /// Seconds taken.
    pub seconds: f64,
    /// Lemmas proved.
    pub lemmas: usize,
    /// How it ended.
    pub end: StageEnd,
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, nodes, seconds, lemmas, end } = *self;
        let kind = kind.word();
        let end = match end {
            StageEnd::Proved => "a proof",
            StageEnd::Exhausted => "nothing left to try",
            StageEnd::Nodes => "the limit of nodes",
            StageEnd::Seconds => "the limit of time",
            StageEnd::Other => "ended early",
        };
        write!(formatter, "{kind}: {end} after {nodes} node{} and {seconds:.3} s", plural(nodes))?;
        match lemmas {
            0 => Ok(()),
            _ => write!(formatter, ", {lemmas} lemma{} proved", plural(lemmas as u64)),
        }
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Proves statements of a theory by all means that it is given.
pub struct Strategy<'a, E: ?Sized> {
    lemmas: Lemmas,
    world: World,
    evaluator: &'a E,
    means: Means,
    budget: Budget,
    seed: u64,
    /// The sizes of the proof terms of lemmas found, by name.
    sizes: FxHashMap<String, usize>,
    stages: Vec<Stage>,
    graph: bool,
}

impl<'a, E: Evaluator + ?Sized> Strategy<'a, E> {
    /// A strategy in a theory with lemmas; `world` is what they are laid out as. The budget is that of one statement.
    pub fn new(lemmas: Lemmas, world: World, evaluator: &'a E, means: Means, budget: Budget, seed: u64) -> Self {
        Self {
            lemmas,
            world,
            evaluator,
            means,
            budget,
            seed,
            sizes: FxHashMap::default(),
            stages: Vec::new(),
            graph: false,
        }
    }

    /// The same keeping the graph of the last search for a statement.
    #[must_use]
    pub fn with_graph(mut self, graph: bool) -> Self {
        self.graph = graph;
        self
    }

    /// The theory with its lemmas, those found here included.
    pub fn into_lemmas(self) -> Lemmas {
        self.lemmas
    }

    /// Tries to prove a statement.
    pub fn prove(&mut self, statement: &Statement) -> Discovered {
        let start = Instant::now();
        self.stages.clear();
        let mut discovered = self.staged(statement, self.budget.begin());
        discovered.nodes = self.nodes();
        discovered.seconds = start.elapsed().as_secs_f64();
        discovered.stages = std::mem::take(&mut self.stages);
        discovered
    }

    /// The nodes of the stages so far.
    fn nodes(&self) -> u64 {
        self.stages.iter().map(|stage| stage.nodes).sum()
    }

    fn staged(&mut self, statement: &Statement, allowance: Allowance) -> Discovered {
        let Means { search, saturation, completion, .. } = self.means;
        let limits = completion.then_some(completion::Limits::ACTION);
        if !search && !saturation {
            return self.completed(statement, allowance);
        }
        if !saturation {
            return self.searched(statement, allowance, limits, true);
        }
        if !search {
            return self.saturated(statement, allowance);
        }
        let part = |part: f64| Deadline::within(self.budget.seconds.map(|seconds| part * seconds));
        let (first_ends, second_ends) = (part(FIRST_SECONDS), part(SECOND_SECONDS));
        let nodes = allowance.nodes.div_ceil(FIRST_NODES);
        let first = Allowance { nodes, search: allowance.search.earlier(first_ends), ..allowance };
        let found = self.searched(statement, first, limits, false);
        // Where no step is left, others can still come of saturation, and of lemmas.
        if found.is_final() || allowance.whole.has_passed() {
            return found;
        }
        let nodes = allowance.nodes.saturating_sub(self.nodes()).min(allowance.nodes.div_ceil(SATURATED));
        let whole = allowance.whole.earlier(second_ends);
        let second = Allowance { nodes, search: whole, whole, ..allowance };
        let found = self.saturated(statement, second);
        let left = allowance.nodes.saturating_sub(self.nodes());
        if found.is_final() || left == 0 || allowance.whole.has_passed() {
            return found;
        }
        let last = Allowance { nodes: left, ..allowance };
        self.searched(statement, last, limits.map(|limits| limits.times(LAST_COMPLETION)), true)
    }

    /// By completion on the statement alone.
    fn completed(&mut self, statement: &Statement, allowance: Allowance) -> Discovered {
        let completion = Some(completion::Limits::ACTION);
        let world = World { saturation: None, completion, statement_only: true, ..self.world.clone() };
        self.attempted(StageKind::Completion, &world, statement, allowance)
    }

    /// By single steps, and completion on the statement within some limits, greater ones too where that is patient.
    fn searched(
        &mut self,
        statement: &Statement,
        allowance: Allowance,
        completion: Option<completion::Limits>,
        is_patient: bool,
    ) -> Discovered {
        let normal_forms = self.means.normal_forms;
        let world = World { saturation: None, completion, normal_forms, is_patient, ..self.world.clone() };
        self.attempted(StageKind::Search, &world, statement, allowance)
    }

    /// With saturation on each goal, and lemmas if they are wanted.
    fn saturated(&mut self, statement: &Statement, allowance: Allowance) -> Discovered {
        let completion = self.means.completion.then_some(completion::Limits::ACTION);
        let world = World { saturation: Some(Limits::ACTION), completion, ..self.world.clone() };
        if !self.means.lemmas {
            return self.attempted(StageKind::Saturation, &world, statement, allowance);
        }
        let before = self.lemmas.theorems().len();
        let budget = Budget { nodes: allowance.nodes, seconds: allowance.whole.remaining(), batch: allowance.batch };
        let mut discovery = Discovery::new(self.lemmas.clone(), world, self.evaluator, budget, self.seed);
        discovery.graph = self.graph;
        if self.means.search {
            discovery.explore(statement, Deadline::within(budget.seconds.map(|seconds| EXPLORING * seconds)));
        }
        let discovered = discovery.prove(statement);
        let Discovery { lemmas, world, sizes, .. } = discovery;
        (self.lemmas, self.world) = (lemmas, world);
        self.sizes.extend(sizes);
        let end = match () {
            () if discovered.theorem.is_some() => StageEnd::Proved,
            () if discovered.fault.is_some() => StageEnd::Other,
            () if allowance.whole.has_passed() => StageEnd::Seconds,
            () if discovered.nodes >= allowance.nodes => StageEnd::Nodes,
            () => StageEnd::Exhausted,
        };
        let lemmas = self.lemmas.theorems().len() - before;
        let Discovered { nodes, seconds, .. } = discovered;
        self.stages.push(Stage { kind: StageKind::Lemmas, nodes, seconds, lemmas, end });
        discovered
    }

    fn attempted(&mut self, kind: StageKind, world: &World, statement: &Statement, allowance: Allowance) -> Discovered {
        let collect = Collect { graph: self.graph, ..Collect::NOTHING };
        let prover = Prover::new(world, self.evaluator, self.seed);
        let (theorem, attempt) = prover.prove_within(&self.lemmas, statement, allowance, collect);
        let end = match attempt.reason {
            _ if theorem.is_some() => StageEnd::Proved,
            Some(StopReason::Exhausted) => StageEnd::Exhausted,
            Some(StopReason::Nodes) => StageEnd::Nodes,
            Some(StopReason::Seconds) => StageEnd::Seconds,
            _ => StageEnd::Other,
        };
        let ProofAttempt { nodes, seconds, .. } = attempt;
        self.stages.push(Stage { kind, nodes, seconds, lemmas: 0, end });
        Discovered::of(&self.lemmas, &self.sizes, theorem, attempt)
    }
}
