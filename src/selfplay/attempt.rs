//! One attempt to prove one statement, and what can be learned from it.

use super::lemmas::{Statement, World};
use crate::equality::{Limits, distinct_nodes};
use crate::learn::Example;
use crate::logic::Term;
use crate::network::Evaluator;
use crate::proof::lemma::Proposal;
use crate::proof::{ProofProblem, State};
use crate::search::{Deadline, NodeStatus, NodeView, Options, SearchResult, Stop, StopReason, search};
use crate::theory::print::{Names, print};
use crate::theory::terms::rewriting::tree_size;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// The most solved states of one attempt that become examples and theorems.
const SOLVED_STATES: usize = 64;
/// States without a proof that become examples, for each state with one.
const OPEN_PER_SOLVED: usize = 1;
/// States without a proof that become examples even where nothing was proved.
const OPEN_STATES: usize = 8;
/// An open state counts as hard to prove once it was visited this often.
const OPEN_VISITS: u32 = 8;
/// Looking for lemmas takes at most so many times the seconds of the search.
const PROPOSALS: f64 = 4.0;
/// What was found by the deadline may be made sure of and written down for so many seconds more, or it would be lost.
const FINISH: f64 = 0.1;
/// Open goals that lemmas are looked for in.
const STUCK: usize = 3;
/// Longer texts teach little and cost much: they are left out of the examples.
const TEXT_BYTES: usize = 2_000;

/// What an attempt may spend.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    pub(super) fn begin(self) -> Allowance {
        let whole = Deadline::within(self.seconds);
        Allowance { nodes: self.nodes, search: whole, whole, batch: self.batch }
    }
}

/// A budget whose seconds run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
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
pub struct Attempt {
    /// The proof, if there is one.
    pub found: Option<Found>,
    /// Theorems met on the way.
    pub hindsight: Vec<Hindsight>,
    /// Examples for the policy and the value.
    pub examples: Vec<Example>,
    /// Nodes expanded.
    pub nodes: u64,
    /// Seconds taken.
    pub seconds: f64,
    /// Whether all that search could try was tried.
    pub exhausted: bool,
    /// Lemmas that might help, the most promising first, if there is no proof and they were asked for.
    pub proposals: Vec<Proposal>,
    /// A fault: a panic, or a proof that search found and the kernel refused. The attempt counts as failed.
    pub fault: Option<String>,
}

/// Whether to collect what can be learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collect {
    /// Proofs only.
    Nothing,
    /// Examples and theorems met on the way.
    Examples,
    /// Lemmas that might help.
    Proposals,
}

/// Attempts a proof. A panic in it is contained: it becomes the attempt's [fault](Attempt::fault).
pub fn attempt(
    world: &World,
    statement: &Statement,
    evaluator: &(impl Evaluator + ?Sized),
    budget: Budget,
    seed: u64,
    collect: Collect,
) -> Attempt {
    attempt_within(world, statement, evaluator, budget.begin(), seed, collect)
}

/// The same with what is left of a budget.
pub(super) fn attempt_within(
    world: &World,
    statement: &Statement,
    evaluator: &(impl Evaluator + ?Sized),
    allowance: Allowance,
    seed: u64,
    collect: Collect,
) -> Attempt {
    let start = Instant::now();
    let run = || attempt_unguarded(world, statement, evaluator, allowance, seed, collect);
    let mut result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let message = message.unwrap_or_else(|| "unknown".into());
        tracing::error!("panic while proving {}: {message}", statement.text);
        Attempt { fault: Some(format!("panic: {message}")), ..Attempt::default() }
    });
    result.seconds = start.elapsed().as_secs_f64();
    result
}

fn attempt_unguarded(
    world: &World,
    statement: &Statement,
    evaluator: &(impl Evaluator + ?Sized),
    allowance: Allowance,
    seed: u64,
    collect: Collect,
) -> Attempt {
    let seconds = allowance.search.remaining();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut nodes = 0;
    let mut efforts = Limits::EFFORTS.into_iter();
    let mut effort = efforts.next().unwrap_or(1);
    let (mut problem, result) = loop {
        let mut theory = world.theory.fork();
        let Ok(goal) = theory.statement(&statement.text) else {
            return Attempt { fault: Some("the statement is refused by the theory".into()), ..Attempt::default() };
        };
        let mut problem = ProofProblem::new(theory, world.rules.clone(), goal);
        problem.set_deadline(allowance.search);
        let mut stop = Stop::first_solution().nodes(allowance.nodes - nodes).until(allowance.search);
        // Saturation does what normal forms do, and more.
        match world.saturation {
            Some(limits) => problem = problem.with_saturation(limits.times(effort)),
            None if world.normal_forms => problem = problem.with_normal_forms(),
            None => {}
        }
        let batch = if evaluator.needs_text() { allowance.batch } else { 1 };
        // Carrying out all actions at once finds a closing one before the network is asked about its siblings.
        let options = Options { batch, eager: true, ..Options::default() };
        let result = search(&mut problem, evaluator, &options, &mut stop, &mut rng);
        nodes += result.verdict.statistics.expansions;
        // Where all states were tried, more can only come of greater graphs.
        let again = result.verdict.reason == StopReason::Exhausted && problem.saturation_was_limited();
        match efforts.next() {
            Some(next) if again && result.solution.is_none() && nodes < allowance.nodes => effort = next,
            _ => break (problem, result),
        }
    };
    let exhausted = result.verdict.reason == StopReason::Exhausted;
    let mut attempt = Attempt { nodes, exhausted, ..Attempt::default() };
    problem.set_deadline(allowance.finish());
    if let Some(solution) = &result.solution {
        match problem.proof(solution) {
            Ok(proof) => {
                let log_prior = solution.log_prior();
                let size = distinct_nodes(&problem.theory().environment.store, proof.term);
                attempt.found = Some(Found { script: proof.script, uses: proof.uses, log_prior, size });
            }
            // Too late, the goal stays open.
            Err(_) if allowance.finish().has_passed() => {}
            Err(error) => {
                tracing::error!("{error}: {}", statement.text);
                attempt.fault = Some(error.to_string());
            }
        }
    }
    if problem.saturation_faults() > 0 {
        attempt.fault.get_or_insert_with(|| "equality saturation found what it could not prove".into());
    }
    match collect {
        Collect::Nothing => {}
        Collect::Examples => collect_from(&mut problem, &result, &mut attempt),
        Collect::Proposals if result.solution.is_some() => {}
        Collect::Proposals => {
            let limits = world.saturation.unwrap_or(Limits::ACTION);
            let stuck = stuck_states(&mut problem, &result);
            // What is too large to be looked at gives no lemmas.
            let most = Deadline::within(seconds.map(|seconds| PROPOSALS * seconds));
            let deadline = most.earlier(allowance.whole);
            attempt.proposals = problem.proposals(&stuck, limits, deadline, &mut rng).unwrap_or_default();
        }
    }
    attempt
}

/// Goals that were left open and are no arrows, those with hypotheses (of an induction) and small ones first.
fn stuck_states(problem: &mut ProofProblem, result: &SearchResult<ProofProblem>) -> Vec<State> {
    let store = &problem.theory().environment.store;
    let mut states: Vec<(bool, u32, u32, State)> = result
        .tree
        .expanded()
        .filter(|node| node.status() != NodeStatus::Solved)
        .map(|node| node.state())
        .filter(|state| !matches!(store.term(state.goal), Term::Pi(..)))
        .map(|state| {
            let has_hypotheses = state.items().any(|item| item.fact().is_some());
            (!has_hypotheses, state.entries(), tree_size(store, state.goal, 1_000), state.clone())
        })
        .collect();
    states.sort_by_key(|&(without, entries, size, _)| (without, entries, size));
    states.dedup_by_key(|(.., state)| state.key());
    states.into_iter().take(STUCK).map(|(.., state)| state).collect()
}

/// Takes examples from the tree: every solved state teaches its action and that it can be solved, states that were
/// proved to be dead ends or visited often in vain teach that they probably cannot.
fn collect_from(problem: &mut ProofProblem, result: &SearchResult<ProofProblem>, attempt: &mut Attempt) {
    use crate::search::Problem;
    let solved = |node: &NodeView<'_, ProofProblem>| node.status() == NodeStatus::Solved;
    let mut count = 0;
    for node in result.tree.expanded().filter(solved).take(SOLVED_STATES) {
        let Some(chosen) = node.solving_edge() else { continue };
        if problem.theory().environment.is_late() {
            break;
        }
        let state = problem.state_text(node.state());
        if state.len() > TEXT_BYTES {
            continue;
        }
        count += 1;
        let actions: Vec<String> = node.edges().map(|edge| problem.action_text(node.state(), edge.action())).collect();
        if actions.len() > 1 && actions.iter().map(String::len).sum::<usize>() <= TEXT_BYTES {
            let chosen = vec![(chosen.index(), 1.0)];
            attempt.examples.push(Example::Policy { state: state.clone(), actions, chosen });
        }
        attempt.examples.push(Example::Value { state, solved: true });
        // The root is the statement itself; what a single step proves is an instance of what is known.
        let is_root = result.tree.root().is_some_and(|root| root.id() == node.id());
        if !is_root
            && let Some(solution) = node.solution().filter(|solution| solution.steps.len() > 1)
            && let Ok((statement, _)) = problem.generalised(&solution)
            // So it is again where nothing but its variables was introduced.
            && statement != problem.statement()
        {
            let text = print(&mut problem.theory().environment, &Names::new(), statement);
            if text.len() <= TEXT_BYTES {
                attempt.hindsight.push(Hindsight { text, log_prior: solution.log_prior() });
            }
        }
    }
    let open = |node: &NodeView<'_, ProofProblem>| match node.status() {
        NodeStatus::Solved => false,
        NodeStatus::Dead => true,
        NodeStatus::Open => node.visits() >= OPEN_VISITS,
    };
    for node in result.tree.expanded().filter(open).take((count * OPEN_PER_SOLVED).max(OPEN_STATES)) {
        let state = problem.state_text(node.state());
        if state.len() <= TEXT_BYTES {
            attempt.examples.push(Example::Value { state, solved: false });
        }
    }
}
