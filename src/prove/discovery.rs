//! One statement, with lemmas found on the way.

use super::attempt::{Allowance, Budget, Collect, ExploredGraph, ProofAttempt};
use super::lemmas::{Lemmas, Statement, Theorem, World};
use super::library::expected;
use super::prover::Prover;
use super::strategy::Stage;
use super::tactics::Tactics;
use prover_network::Evaluator;
use prover_proof::ProofProblem;
use prover_proof::lemma::{Proposal, Reach};
use prover_search::Deadline;
use prover_theory::equality::{Limits, Task, Verdict};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Nodes of the first search for the statement, before lemmas are looked for, and of the first search for a lemma's
/// proof.
const FIRST_NODES: u64 = 96;
const LEMMA_NODES: u64 = 48;
/// Nodes of a search by single steps for the proof of an equation that exploration proposes.
const EXPLORED_NODES: u64 = 128;
/// The number of these nodes that count as one.
const STEP_FACTOR: u64 = 16;
/// Each further search of the same statement that was stuck for good may look at this many times as many nodes.
const GROWTH: u64 = 4;
/// These searches take at most these parts of the seconds, if those are limited: some nodes are a thousand times as
/// costly as others.
const FIRST_PART: f64 = 0.25;
const LEMMA_PART: f64 = 0.1;
/// The part of the seconds that are left in which the lemmas that one search proposes are tried, and the part of that
/// in which each is tried by itself.
const LEMMAS_PART: f64 = 0.6;
const ALONE: f64 = 0.5;
/// The part of the time for lemmas that one of them may take with lemmas of its own.
const PURSUIT: f64 = 0.5;
/// The greatest depth of lemmas for lemmas.
const DEPTH: u32 = 2;
/// Proposals of one search that are tried, those that would close a goal not counted.
const TRIED: usize = 36;
/// Searches for one statement with new lemmas.
const ROUNDS: usize = 8;

/// Result of trying a list of proposals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// A lemma that closes a goal.
    Closes,
    /// Other lemmas.
    Lemmas,
    Nothing,
}

/// Proves statements with lemmas that it finds on the way: where search gets stuck, equations that no instance refutes
/// are [proposed](prover_proof::lemma), proved by the same means, and added to the theory.
pub struct Discovery<'a, E: ?Sized> {
    /// The theory with the lemmas proved so far, those found here included.
    pub lemmas: Lemmas,
    /// The same laid out for search.
    pub(super) world: World,
    evaluator: &'a E,
    budget: Budget,
    allowance: Allowance,
    seed: u64,
    start: Instant,
    /// Statements that are known or were tried, with the number of lemmas that there were.
    tried: FxHashMap<String, usize>,
    /// Statements that were tried with lemmas of their own.
    pursued: FxHashSet<String>,
    /// The sizes of the proof terms of lemmas found, by name.
    pub(super) sizes: FxHashMap<String, usize>,
    found: usize,
    nodes: u64,
    /// How far lemmas are looked for at first.
    pub(super) reach: Reach,
    /// Whether the graph of the last search for the statement is wanted.
    pub(super) graph: bool,
    /// A flag by which another thread ends all searches.
    pub(super) cancelled: Option<&'a Arc<AtomicBool>>,
}

/// A theorem with the cost of its discovery.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discovered {
    /// The theorem, if it was proved.
    pub theorem: Option<Theorem>,
    /// The names of the lemmas found that it needs, in the order in which they were proved.
    pub lemmas: Vec<String>,
    /// The number of distinct terms of which its proof term and those of these lemmas consist.
    pub size: usize,
    /// The nodes of all searches.
    pub nodes: u64,
    /// The seconds that they took.
    pub seconds: f64,
    /// As [`ProofAttempt::fault`].
    pub fault: Option<String>,
    /// The stages of the attempt, in order, where a [strategy](super::strategy) chose them.
    pub stages: Vec<Stage>,
    /// The graph of the last search for the statement, if it was asked for.
    pub graph: Option<ExploredGraph>,
}

impl Discovered {
    /// The result of an attempt, with the nodes and seconds that it took itself. `sizes` are those of the proof terms
    /// of the lemmas that were found for it, by name.
    pub(super) fn of(
        lemmas: &Lemmas,
        sizes: &FxHashMap<String, usize>,
        theorem: Option<Theorem>,
        attempt: ProofAttempt,
    ) -> Self {
        let ProofAttempt { found, nodes, seconds, fault, graph, .. } = attempt;
        let size = found.map_or(0, |found| found.size);
        let mut discovered = Self { nodes, seconds, fault, size, graph, ..Self::default() };
        for lemma in theorem.iter().flat_map(|theorem| lemmas.needed(theorem)) {
            if let Some(own) = sizes.get(&lemma.name) {
                discovered.size += own;
                discovered.lemmas.push(lemma.name.clone());
            }
        }
        Self { theorem, ..discovered }
    }
}

impl<'a, E: Evaluator + ?Sized> Discovery<'a, E> {
    /// A discovery in a theory with lemmas; `world` is the theory with these, laid out. The budget is that of all
    /// searches together.
    pub fn new(lemmas: Lemmas, world: World, evaluator: &'a E, budget: Budget, seed: u64) -> Self {
        let (start, allowance) = (Instant::now(), budget.begin());
        let (tried, pursued, sizes) = (FxHashMap::default(), FxHashSet::default(), FxHashMap::default());
        Self {
            lemmas,
            world,
            evaluator,
            budget,
            allowance,
            seed,
            start,
            tried,
            pursued,
            sizes,
            found: 0,
            nodes: 0,
            reach: Reach::Goal,
            graph: false,
            cancelled: None,
        }
    }

    /// Tries to prove a statement. The lemmas found are in [`lemmas`](Self::lemmas) afterwards, whether or not it was
    /// proved.
    pub fn prove(&mut self, statement: &Statement) -> Discovered {
        self.tried.insert(statement.text.clone(), usize::MAX);
        self.pursued.insert(statement.text.clone());
        let (theorem, attempt) = self.pursue(statement, DEPTH);
        let seconds = self.start.elapsed().as_secs_f64();
        Discovered { nodes: self.nodes, seconds, ..Discovered::of(&self.lemmas, &self.sizes, theorem, attempt) }
    }

    /// Proves equations between the functions that a statement reaches, small ones first, until a time: facts that
    /// search for the statement may need later, and lemmas for each other.
    pub(super) fn explore(&mut self, statement: &Statement, until: Deadline) {
        let until = until.earlier(self.allowance.whole);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut theory = self.world.theory.fork();
        let Ok(goal) = theory.statement(&statement.text) else { return };
        let Ok(mut problem) = ProofProblem::new(theory, self.world.rules.clone(), goal) else { return };
        // What is too large to be looked at gives no lemmas.
        let mut proposals = problem.theory_proposals(until, &mut rng).unwrap_or_default();
        drop(problem);
        proposals.retain(|proposal| !self.tried.contains_key(&proposal.text));
        proposals.iter().for_each(|proposal| tracing::debug!("explored {}", proposal.text));
        for saturation in [None, self.world.tactics.saturation.map(|_| Limits::GLANCE)] {
            // All are looked at again as long as there are new lemmas.
            loop {
                let known = self.lemmas.theorems().len();
                proposals.retain(|proposal| !self.settles(statement, proposal, saturation, until));
                if self.lemmas.theorems().len() == known {
                    break;
                }
            }
        }
    }

    /// Whether a proposal needs no further look: it became a lemma, or follows from others.
    fn settles(
        &mut self,
        statement: &Statement,
        proposal: &Proposal,
        saturation: Option<Limits>,
        until: Deadline,
    ) -> bool {
        if until.has_passed() || self.is_over() {
            return false;
        }
        if self.follows(&proposal.text, Limits::GLANCE) {
            return true;
        }
        let lemma = Statement { name: self.name(statement), text: proposal.text.clone() };
        let tactics = Tactics { saturation, completion: None, is_patient: false, ..self.world.tactics };
        let world = World { tactics, ..self.world.clone() };
        // Single steps cost less.
        let (nodes, factor) = if saturation.is_some() { (LEMMA_NODES, 1) } else { (EXPLORED_NODES, STEP_FACTOR) };
        let nodes = nodes.min(self.budget.nodes - self.nodes);
        let allowance = Allowance { nodes, search: self.allowance.search.earlier(until), ..self.allowance };
        let (theorem, attempt) = self.prover_in(&world).prove_within(&self.lemmas, &lemma, allowance, Collect::NOTHING);
        self.nodes += attempt.nodes / factor;
        self.remember(lemma.text, theorem.is_some());
        theorem.is_some_and(|theorem| self.add(theorem, &attempt))
    }

    fn prover(&self) -> Prover<'_, E> {
        self.prover_in(&self.world)
    }

    fn prover_in<'w>(&'w self, world: &'w World) -> Prover<'w, E> {
        Prover { cancelled: self.cancelled, ..Prover::new(world, self.evaluator, self.seed) }
    }

    /// The results collected of searches for the statement itself.
    fn collect(&self, depth: u32) -> Collect {
        Collect { graph: self.graph && depth == DEPTH, ..Collect::NOTHING }
    }

    fn is_over(&self) -> bool {
        let is_cancelled = self.cancelled.is_some_and(|flag| flag.load(Ordering::Relaxed));
        is_cancelled || self.nodes >= self.budget.nodes || self.allowance.whole.has_passed()
    }

    /// The allowance of one search: at most `nodes` and `seconds` of the rest.
    fn part(&self, nodes: u64, seconds: Option<f64>) -> Allowance {
        let nodes = nodes.min(self.budget.nodes - self.nodes);
        Allowance { nodes, search: self.allowance.whole.earlier(Deadline::within(seconds)), ..self.allowance }
    }

    /// Searches for a proof, and for lemmas as long as there is none. Lemmas are proposed where equations alone are not
    /// enough, so completion is not tried on them.
    fn pursue(&mut self, statement: &Statement, depth: u32) -> (Option<Theorem>, ProofAttempt) {
        let completion = self.world.tactics.completion;
        if depth < DEPTH {
            self.world.tactics.completion = None;
        }
        let found = self.pursued(statement, depth);
        self.world.tactics.completion = completion;
        found
    }

    fn pursued(&mut self, statement: &Statement, depth: u32) -> (Option<Theorem>, ProofAttempt) {
        let (mut slice, mut part) = if depth == DEPTH { (FIRST_NODES, FIRST_PART) } else { (LEMMA_NODES, LEMMA_PART) };
        let mut reach = self.reach;
        for _ in 0..ROUNDS {
            let allowance = self.part(slice, self.budget.seconds.map(|seconds| part * seconds));
            let collect = Collect { proposals: (depth > 0).then_some(reach), ..self.collect(depth) };
            let (theorem, attempt) = self.prover().prove_within(&self.lemmas, statement, allowance, collect);
            self.nodes += attempt.nodes;
            tracing::debug!(
                depth,
                lemmas = self.lemmas.theorems().len(),
                proved = theorem.is_some(),
                nodes = attempt.nodes,
                exhausted = attempt.is_exhausted(),
                seconds = attempt.seconds,
                proposals = attempt.proposals.len(),
                "searched for {}",
                statement.name
            );
            if theorem.is_some() || depth == 0 || self.is_over() {
                return (theorem, attempt);
            }
            if attempt.nodes < allowance.nodes && !attempt.is_exhausted() {
                // The time ended before the nodes did.
                part *= GROWTH as f64;
            }
            let until = Deadline::within(self.allowance.whole.remaining().map(|seconds| LEMMAS_PART * seconds));
            match self.try_proposals(statement, &attempt.proposals, depth, until) {
                _ if self.is_over() => return (None, attempt),
                // As far as it went, the search may be stuck no more.
                Progress::Closes | Progress::Lemmas => {}
                Progress::Nothing if attempt.reach == Some(Reach::Graphs) => reach = Reach::Goal,
                Progress::Nothing if depth == DEPTH && reach != Reach::Theory => reach = Reach::Theory,
                Progress::Nothing if attempt.is_exhausted() => return (None, attempt),
                Progress::Nothing => {
                    slice = slice.saturating_mul(GROWTH);
                    part *= GROWTH as f64;
                }
            }
        }
        // What is left of the budget goes to one search with the lemmas that there are.
        if depth < DEPTH {
            return (None, ProofAttempt::default());
        }
        let allowance = self.part(u64::MAX, None);
        let collect = self.collect(depth);
        let (theorem, attempt) = self.prover().prove_within(&self.lemmas, statement, allowance, collect);
        self.nodes += attempt.nodes;
        (theorem, attempt)
    }

    /// Tries to prove proposals, until one that helps with the statement has become a lemma or a time has come; gives
    /// the progress made. Each is tried by itself first, and again once there are more lemmas: most that can be proved
    /// can be proved at once, from those before. Only then those that help are tried with lemmas of their own.
    fn try_proposals(
        &mut self,
        statement: &Statement,
        proposals: &[Proposal],
        depth: u32,
        until: Deadline,
    ) -> Progress {
        let ranked = self.ranked(statement, proposals).into_iter();
        let (promising, mut others): (Vec<&Proposal>, Vec<&Proposal>) = ranked.partition(|p| p.is_promising());
        others.truncate(TRIED);
        let mut progress = Progress::Nothing;
        let alone = Deadline::within(until.remaining().map(|seconds| ALONE * seconds));
        loop {
            let known = self.lemmas.theorems().len();
            if self.try_each(statement, &promising, alone) || self.try_each(statement, &others, alone) {
                return Progress::Closes;
            }
            if self.lemmas.theorems().len() == known {
                break;
            }
            progress = Progress::Lemmas;
        }
        for proposal in promising.iter().filter(|_| depth > 1) {
            if until.has_passed() || self.is_over() {
                break;
            }
            if self.tried.get(&proposal.text) != Some(&usize::MAX) && self.pursued.insert(proposal.text.clone()) {
                // One that cannot be proved may not take the time of all.
                let share = Deadline::within(until.remaining().map(|seconds| PURSUIT * seconds));
                let whole = self.allowance.whole;
                self.allowance.whole = whole.earlier(share);
                let is_lemma = self.try_proposal(statement, proposal, depth - 1);
                self.allowance.whole = whole;
                if is_lemma {
                    return Progress::Closes;
                }
            }
        }
        progress
    }

    /// Tries proposals by themselves that were not tried with the lemmas that there are, until one that leaves nothing
    /// to do becomes a lemma (then true), or a time comes.
    fn try_each(&mut self, statement: &Statement, proposals: &[&Proposal], until: Deadline) -> bool {
        for proposal in proposals {
            if until.has_passed() || self.is_over() {
                return false;
            }
            if self.is_new(proposal) && self.try_proposal(statement, proposal, 0) && proposal.is_decisive() {
                return true;
            }
        }
        false
    }

    /// Whether a proposal was not tried with the lemmas that there are.
    fn is_new(&self, proposal: &Proposal) -> bool {
        self.tried.get(&proposal.text).is_none_or(|&known| known < self.lemmas.theorems().len())
    }

    /// Tries to prove a proposal; whether it became a lemma.
    fn try_proposal(&mut self, statement: &Statement, proposal: &Proposal, depth: u32) -> bool {
        let lemma = Statement { name: self.name(statement), text: proposal.text.clone() };
        let (theorem, attempt) = self.pursue(&lemma, depth);
        tracing::debug!(
            depth,
            origin = ?proposal.origin,
            closes = proposal.closes,
            proved = theorem.is_some(),
            nodes = attempt.nodes,
            exhausted = attempt.is_exhausted(),
            seconds = attempt.seconds,
            after = self.start.elapsed().as_secs_f64(),
            "{}",
            proposal.text
        );
        self.remember(lemma.text, theorem.is_some());
        let limits = self.world.tactics.saturation.unwrap_or(Limits::ACTION);
        theorem.is_some_and(|theorem| !self.follows(&theorem.text, limits) && self.add(theorem, &attempt))
    }

    /// Notes that a proposal was tried with the lemmas that there are.
    fn remember(&mut self, text: String, is_proved: bool) {
        let known = if is_proved { usize::MAX } else { self.lemmas.theorems().len() };
        self.tried.insert(text, known);
    }

    /// The proposals in the order in which they are tried: as they come, or, if the policy reads texts, those that it
    /// thinks likely first among those that close a goal, and among the others.
    fn ranked<'p>(&self, statement: &Statement, proposals: &'p [Proposal]) -> Vec<&'p Proposal> {
        let mut ranked: Vec<&Proposal> = proposals.iter().collect();
        if self.evaluator.needs_text() && !ranked.is_empty() {
            let texts = ranked.iter().map(|proposal| proposal.text.as_str());
            let priors = expected(self.evaluator, &statement.text, texts);
            let mut order: Vec<usize> = (0..ranked.len()).collect();
            order.sort_by(|&a, &b| {
                ranked[b].closes.cmp(&ranked[a].closes).then(priors[b].total_cmp(&priors[a])).then(a.cmp(&b))
            });
            ranked = order.into_iter().map(|place| ranked[place]).collect();
        }
        ranked
    }

    /// Whether saturation within some limits proves a statement from the known facts, so that it is of no use as a
    /// lemma.
    fn follows(&self, text: &str, limits: Limits) -> bool {
        let mut theory = self.world.theory.fork();
        let (Ok(goal), Some(equality)) = (theory.statement(text), theory.equality) else { return true };
        let Ok(goal) = self.world.rules.unfolding.unfold(&mut theory.environment, goal) else { return true };
        let facts = &self.world.rules.propositions;
        theory.environment.set_budget(FOLLOWS_STEPS);
        theory.environment.set_deadline(self.allowance.whole.instant());
        let report = prover_theory::equality::prove(&mut theory.environment, Task { equality, facts, goal, limits });
        report.is_ok_and(|report| matches!(report.verdict, Verdict::Proved(_)))
    }

    /// A name for a lemma that nothing has.
    fn name(&mut self, statement: &Statement) -> String {
        let base = statement.name.split("_lemma_").next().unwrap_or(&statement.name);
        loop {
            self.found += 1;
            let name = format!("{base}_lemma_{}", self.found);
            if self.world.theory.fork().environment.find(&name).is_none() {
                return name;
            }
        }
    }

    /// Adds a lemma that an attempt proved; whether the theory takes it.
    fn add(&mut self, theorem: Theorem, attempt: &ProofAttempt) -> bool {
        let deadline = self.allowance.finish();
        match self.world.add(&theorem, deadline) {
            Ok(()) => {
                tracing::debug!("lemma {} : {}", theorem.name, theorem.text);
                let size = attempt.found.as_ref().map_or(0, |found| found.size);
                self.sizes.insert(theorem.name.clone(), size);
                self.lemmas.push(theorem);
                true
            }
            Err(_) if deadline.has_passed() => false,
            Err(error) => {
                tracing::error!("{error}");
                false
            }
        }
    }
}

/// Steps that looking whether a lemma is known already may take.
const FOLLOWS_STEPS: u64 = 6_000_000;
