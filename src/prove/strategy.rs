//! One statement by all means under one budget, cheap ones first.
//!
//! Procedures that close a goal by themselves cost most where they fail, and single steps cost little but do not reach
//! far. So the stages are, each with the lemmas that those before it found:
//!
//! 1. search by single steps, with completion on the statement, for a small part of the budget;
//! 2. a short search with equality saturation on each goal;
//! 3. the same with lemmas, from exploring the theory and from where it gets stuck; under a limit of time and with a
//!    thread to spare, once with much exploring and once without, side by side, until one has a proof; the latter tries
//!    what its stuck goals suggest before it enumerates terms;
//! 4. the first again, with the rest of the budget.
//!
//! [`Means`] selects among them.

use super::attempt::{Allowance, Budget, Collect, ProofAttempt};
use super::discovery::{Discovered, Discovery};
use super::goals::Known;
use super::lemmas::{Lemmas, Statement, World};
use super::objects;
use super::prover::Prover;
use super::tactics::{PROOF_SEARCH, Tactics};
use prover_network::Evaluator;
use prover_proof::lemma::Reach;
use prover_search::{Deadline, Options, StopReason};
use prover_theory::equality::{Limits, completion};
use rustc_hash::FxHashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The part of the nodes and of the seconds that the first stage takes at most, if others follow.
const FIRST_NODES: u64 = 4;
const FIRST_SECONDS: f64 = 0.1;
/// Nodes of the first look with saturation, and the part of the seconds by which it ends: most that it proves without
/// lemmas it proves at once.
const GLANCE_NODES: u64 = 192;
const GLANCE_SECONDS: f64 = 0.2;
/// The part of the seconds by which the stage of lemmas ends, if another follows.
const LEMMAS_SECONDS: f64 = 0.9;
/// The part of that stage's seconds in which equations of the theory are looked for, and that where another thread
/// looks for lemmas without.
const EXPLORING: f64 = 0.25;
const EXPLORING_BESIDE: f64 = 0.75;
/// A state on which saturation is tried counts as this many: it costs a hundred times as much as others, and leads
/// further.
const SATURATED: u64 = 4;
/// The factor by which completion may go further in the last stage.
const LAST_COMPLETION: u64 = 16;

/// The means by which proofs are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    /// Search by single steps.
    pub search: bool,
    /// Search with equality saturation on each goal.
    pub saturation: bool,
    /// Completion, and normal forms by laws, on the statement.
    pub completion: bool,
    /// Lemmas, looked for where search with saturation gets stuck.
    pub lemmas: bool,
    /// Lemmas inside of a proof: stated where saturation leaves a goal open, in a stage of saturation without other
    /// lemmas.
    pub cuts: bool,
    /// Whether states are brought to their normal forms where saturation, which subsumes them, is not tried.
    pub normal_forms: bool,
    /// Options of the searches.
    pub options: Options,
}

impl Means {
    /// All means except those that cost more than they gain.
    pub const ALL: Self = Self {
        search: true,
        saturation: true,
        completion: true,
        lemmas: true,
        cuts: false,
        normal_forms: true,
        options: PROOF_SEARCH,
    };
    /// Search by single steps alone, so that its reach can be measured.
    pub const SEARCH: Self = Self { saturation: false, completion: false, lemmas: false, ..Self::ALL };

    /// The stages, one after the other as long as there is no proof, each with its part of a budget that begins now.
    pub fn plan(self, budget: Budget) -> Vec<Planned> {
        let completion = self.completion.then_some(completion::Limits::ACTION);
        let steps = Tactics { completion, normal_forms: self.normal_forms, options: self.options, ..Tactics::STEPS };
        let statement = Tactics { statement_only: true, ..steps };
        let saturation = Tactics { saturation: Some(Limits::ACTION), ..steps };
        let saturated = if self.lemmas { StageKind::Lemmas } else { StageKind::Saturation };
        let cutting = Tactics { cuts: self.cuts && !self.lemmas, ..saturation };
        let whole = |kind, tactics| Planned { kind, tactics, nodes: u64::MAX, ends: Deadline::NEVER };
        match (self.search, self.saturation) {
            (false, false) => vec![whole(StageKind::Completion, statement)],
            (true, false) => vec![whole(StageKind::Search, steps)],
            (false, true) => vec![whole(saturated, cutting)],
            (true, true) => {
                let part = |part| Deadline::within(budget.seconds.map(|seconds| part * seconds));
                let first = Tactics { is_patient: false, ..steps };
                let last = Tactics { completion: completion.map(|limits| limits.times(LAST_COMPLETION)), ..steps };
                vec![
                    Planned {
                        nodes: budget.nodes.div_ceil(FIRST_NODES),
                        ends: part(FIRST_SECONDS),
                        ..whole(StageKind::Search, first)
                    },
                    Planned {
                        nodes: budget.nodes.div_ceil(SATURATED).min(GLANCE_NODES),
                        ends: part(GLANCE_SECONDS),
                        ..whole(StageKind::Saturation, Tactics { is_patient: false, ..saturation })
                    },
                    Planned {
                        nodes: budget.nodes.div_ceil(SATURATED),
                        ends: part(LEMMAS_SECONDS),
                        ..whole(saturated, cutting)
                    },
                    whole(StageKind::Search, last),
                ]
            }
        }
    }
}

/// A planned stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planned {
    /// The means of proof.
    pub kind: StageKind,
    /// The tactics at the states of its search.
    pub tactics: Tactics,
    /// The nodes that it may expand, of those that are left.
    pub nodes: u64,
    /// The latest time of its end.
    pub ends: Deadline,
}

/// Means of proof of a stage.
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

/// Reason why a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageEnd {
    /// A proof was found.
    Proved,
    /// Everything was tried.
    Exhausted,
    /// Everything within its bounds was tried; the bounds excluded some steps.
    Bounded,
    /// Its limit of nodes was reached.
    Nodes,
    /// Its limit of time was reached.
    Seconds,
    /// A fault, or a request to stop.
    Other,
}

impl StageEnd {
    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Exhausted => "exhausted",
            Self::Bounded => "bounded",
            Self::Nodes => "nodes",
            Self::Seconds => "seconds",
            Self::Other => "other",
        }
    }
}

/// Outcome of a stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// The means of proof.
    pub kind: StageKind,
    /// Nodes expanded.
    pub nodes: u64,
    /// Seconds taken.
    pub seconds: f64,
    /// Lemmas proved.
    pub lemmas: usize,
    /// The reason why it ended.
    pub end: StageEnd,
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, nodes, seconds, lemmas, end } = *self;
        let kind = kind.word();
        let end = match end {
            StageEnd::Proved => "a proof",
            StageEnd::Exhausted => "nothing left to try",
            StageEnd::Bounded => "nothing left to try within its bounds",
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
    pub(super) lemmas: Lemmas,
    pub(super) world: World,
    evaluator: &'a E,
    means: Means,
    budget: Budget,
    seed: u64,
    /// The sizes of the proof terms of lemmas found, by name.
    pub(super) sizes: FxHashMap<String, usize>,
    stages: Vec<Stage>,
    /// Whether the graph of the last search for a statement is kept.
    pub(super) graph: bool,
    /// Whether there is a second thread for a statement that has a limit of time; without a limit, the result would
    /// depend on which thread is faster.
    pub(super) beside: bool,
    /// A flag by which another thread ends the [stage of lemmas](Self::by_lemmas).
    pub cancelled: Option<&'a Arc<AtomicBool>>,
}

impl<'a, E: Evaluator + ?Sized> Strategy<'a, E> {
    /// A strategy in a theory with lemmas; `world` is the theory with these, laid out. The budget is that of one
    /// statement.
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
            beside: false,
            cancelled: None,
        }
    }

    /// All lemmas: those that there were and those that were found.
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

    /// Tries to prove a statement in the stage of lemmas alone, where the other means were tried before.
    pub fn by_lemmas(&mut self, statement: &Statement) -> Discovered {
        let planned = self.means.plan(self.budget).into_iter().find(|planned| planned.kind == StageKind::Lemmas);
        let Some(planned) = planned else { return Discovered::default() };
        self.world.tactics = planned.tactics;
        let discovered = self.discovered(statement, self.budget.begin());
        self.stages.clear();
        discovered
    }

    /// The nodes of the stages so far.
    fn nodes(&self) -> u64 {
        self.stages.iter().map(|stage| stage.nodes).sum()
    }

    fn staged(&mut self, statement: &Statement, allowance: Allowance) -> Discovered {
        let mut found = Discovered::default();
        let plan = match objects::is_object(&mut self.world.theory.fork(), &statement.text) {
            true => Means { options: self.means.options, ..Means::SEARCH }.plan(self.budget),
            false => self.means.plan(self.budget),
        };
        for planned in plan {
            let nodes = planned.nodes.min(allowance.nodes.saturating_sub(self.nodes()));
            let ends = allowance.whole.earlier(planned.ends);
            if found.theorem.is_some() || nodes == 0 || allowance.whole.has_passed() {
                break;
            }
            let allowance = Allowance { nodes, search: ends, ..allowance };
            self.world.tactics = planned.tactics;
            // A fault of one means is reported, and no reason not to try the others.
            let fault = found.fault.take();
            found = match planned.kind {
                StageKind::Lemmas => self.discovered(statement, Allowance { whole: ends, ..allowance }),
                kind => self.attempted(kind, statement, allowance),
            };
            found.fault = fault.or(found.fault);
        }
        found
    }

    /// With lemmas, where search is stuck and, unless that is all there is, before.
    fn discovered(&mut self, statement: &Statement, allowance: Allowance) -> Discovered {
        let before = self.lemmas.theorems().len();
        let (known, discovered) = if self.means.search && self.beside && self.budget.seconds.is_some() {
            let half = Allowance { nodes: allowance.nodes.div_ceil(2), ..allowance };
            // Which of the two has a proof ends the other.
            let is_proved = Arc::default();
            let discover = |exploring, reach| {
                let (known, discovered) = self.discover(statement, half, (exploring, reach), Some(&is_proved));
                is_proved.fetch_or(discovered.theorem.is_some(), Ordering::Relaxed);
                (known, discovered)
            };
            let (exploring, straight) =
                rayon::join(|| discover(EXPLORING_BESIDE, Reach::Goal), || discover(0.0, Reach::Graphs));
            let nodes = exploring.1.nodes + straight.1.nodes;
            let faults = [&exploring, &straight].map(|(_, discovered)| discovered.fault.clone());
            // Exploring leaves more lemmas for the next statement.
            let is_straight = straight.1.theorem.is_some() && exploring.1.theorem.is_none();
            let (known, mut discovered) = if is_straight { straight } else { exploring };
            discovered.nodes = nodes;
            discovered.fault = faults.into_iter().flatten().next();
            (known, discovered)
        } else {
            let exploring = if self.means.search { EXPLORING } else { 0.0 };
            self.discover(statement, allowance, (exploring, Reach::Goal), self.cancelled)
        };
        let Known { lemmas, world, sizes } = known;
        (self.lemmas, self.world, self.sizes) = (lemmas, world, sizes);
        let end = match () {
            () if discovered.theorem.is_some() => StageEnd::Proved,
            () if discovered.fault.is_some() => StageEnd::Other,
            () if allowance.whole.has_passed() => StageEnd::Seconds,
            () if discovered.nodes >= allowance.nodes => StageEnd::Nodes,
            // Which lemmas are proposed is bounded by many things.
            () => StageEnd::Bounded,
        };
        let lemmas = self.lemmas.theorems().len() - before;
        let Discovered { nodes, seconds, .. } = discovered;
        self.stages.push(Stage { kind: StageKind::Lemmas, nodes, seconds, lemmas, end });
        discovered
    }

    /// One discovery, which looks for equations of the theory in a part of the seconds, with the lemmas it found. The
    /// flag ends it.
    fn discover(
        &self,
        statement: &Statement,
        allowance: Allowance,
        (exploring, reach): (f64, Reach),
        cancelled: Option<&Arc<AtomicBool>>,
    ) -> (Known, Discovered) {
        let budget = Budget { nodes: allowance.nodes, seconds: allowance.whole.remaining(), batch: allowance.batch };
        let (lemmas, world) = (self.lemmas.clone(), self.world.clone());
        let mut discovery = Discovery::new(lemmas, world, self.evaluator, budget, self.seed);
        // Lemmas found before, for another goal, are counted where a proof needs them.
        (discovery.sizes, discovery.graph) = (self.sizes.clone(), self.graph);
        (discovery.reach, discovery.cancelled) = (reach, cancelled);
        if exploring > 0.0 {
            discovery.explore(statement, Deadline::within(budget.seconds.map(|seconds| exploring * seconds)));
        }
        let discovered = discovery.prove(statement);
        let Discovery { lemmas, world, sizes, .. } = discovery;
        (Known { lemmas, world, sizes }, discovered)
    }

    fn attempted(&mut self, kind: StageKind, statement: &Statement, allowance: Allowance) -> Discovered {
        let collect = Collect { graph: self.graph, ..Collect::NOTHING };
        let prover = Prover::new(&self.world, self.evaluator, self.seed);
        let (theorem, attempt) = prover.prove_within(&self.lemmas, statement, allowance, collect);
        let end = match attempt.reason {
            _ if theorem.is_some() => StageEnd::Proved,
            Some(StopReason::Exhausted) if attempt.is_bounded => StageEnd::Bounded,
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
