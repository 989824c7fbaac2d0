//! One search for a proof: a proof found is checked from its text, and training examples are collected from the search.

use super::attempt::{Allowance, Budget, Collect, ExploredGraph, Found, Hindsight, ProofAttempt};
use super::lemmas::{Lemmas, Statement, Theorem, World};
use super::objects;
use super::tactics::{Searched, search_with};
use prover_logic::Term;
use prover_network::Evaluator;
use prover_network::learn::Example;
use prover_proof::{Action, ProofProblem, State};
use prover_search::{Deadline, NodeStatus, NodeView, SearchResult, Stop, Targets, export, targets};
use prover_theory::FrozenTheory;
use prover_theory::equality::{Limits, distinct_nodes};
use prover_theory::import::{Files, SourceText};
use prover_theory::print::{Names, print};
use prover_theory::terms::rewriting::tree_size;
use prover_theory::terms::typed::Fact;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// The most solved states of one attempt that become examples and theorems.
const SOLVED_STATES: usize = 64;
/// States without a proof that become examples, for each state with one.
const OPEN_PER_SOLVED: usize = 1;
/// States without a proof that become examples even where nothing was proved.
const OPEN_STATES: usize = 8;
/// An open state counts as hard to prove once it was visited this often.
const OPEN_VISITS: u32 = 8;
/// Looking for lemmas takes at most this many times the seconds of the search.
const PROPOSALS: f64 = 4.0;
/// Open goals that lemmas are looked for in.
const STUCK: usize = 3;
/// The most of them that the outcome of a search reports.
const TOLD: usize = 6;
/// Longer texts teach little and cost much: they are left out of the examples.
const TEXT_BYTES: usize = 2_000;

/// Reason why a proof found is not a theorem.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfirmError {
    /// The deadline passed, which says nothing of the script.
    #[error("the time was up before the script was checked")]
    Late,
    /// A fault of the program.
    #[error("the script is refused: {0}")]
    Refused(String),
}

impl ConfirmError {
    /// As [`ProofAttempt::fault`].
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Late => None,
            Self::Refused(_) => Some(self.to_string()),
        }
    }
}

/// Checks a theorem as `prover check` would: from the text of its file, with the lemmas that it rests on and no others,
/// where the theory that the file imports has been loaded already.
pub(crate) fn confirm(
    source: &FrozenTheory,
    lemmas: &Lemmas,
    statement: &Statement,
    found: &Found,
    deadline: Deadline,
) -> Result<Theorem, ConfirmError> {
    let (name, text) = (statement.name.clone(), statement.text.clone());
    let theorem = Theorem { name, text, script: found.script.clone(), uses: found.uses.clone() };
    let mut theory = source.fork();
    theory.environment.set_deadline(deadline.instant());
    let report = theory.load_into(SourceText::text(&theorem.name, lemmas.items(&theorem)), &Files);
    match report.errors().next() {
        None => Ok(theorem),
        Some(_) if deadline.has_passed() => Err(ConfirmError::Late),
        Some((_, error)) => {
            tracing::error!("the script of {} is refused: {}\n{}", theorem.name, error.message, theorem.item());
            Err(ConfirmError::Refused(error.message.clone()))
        }
    }
}

/// A prover: a world, and the policy and value function of its searches.
#[derive(Debug)]
pub struct Prover<'a, E: ?Sized> {
    /// The theory, laid out for search.
    pub world: &'a World,
    /// The policy and value function of the search.
    pub evaluator: &'a E,
    /// The seed of all randomness.
    pub seed: u64,
    /// A flag by which another thread ends the search.
    pub cancelled: Option<&'a Arc<AtomicBool>>,
}

impl<E: ?Sized> Clone for Prover<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: ?Sized> Copy for Prover<'_, E> {}

impl<'a, E: Evaluator + ?Sized> Prover<'a, E> {
    /// A prover.
    pub fn new(world: &'a World, evaluator: &'a E, seed: u64) -> Self {
        Self { world, evaluator, seed, cancelled: None }
    }

    /// Attempts a proof. A panic in it is contained: it becomes the attempt's [fault](ProofAttempt::fault).
    pub fn attempt(self, statement: &Statement, budget: Budget, collect: Collect) -> ProofAttempt {
        self.attempt_within(statement, budget.begin(), collect)
    }

    /// The same with the rest of a budget.
    pub(super) fn attempt_within(self, statement: &Statement, allowance: Allowance, collect: Collect) -> ProofAttempt {
        let start = Instant::now();
        let run = || self.attempt_unguarded(statement, allowance, collect);
        let mut result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
            let message = panic.downcast_ref::<String>().cloned();
            let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let message = message.unwrap_or_else(|| "unknown".into());
            tracing::error!("panic while proving {}: {message}", statement.text);
            ProofAttempt { fault: Some(format!("panic: {message}")), ..ProofAttempt::default() }
        });
        result.seconds = start.elapsed().as_secs_f64();
        result
    }

    /// Finds a proof, and checks it from its text as `prover check` would. The attempt has no proof if there is no
    /// theorem.
    pub fn prove(self, lemmas: &Lemmas, statement: &Statement, budget: Budget) -> (Option<Theorem>, ProofAttempt) {
        self.prove_within(lemmas, statement, budget.begin(), Collect::NOTHING)
    }

    /// The same with the rest of a budget, collecting examples to learn from.
    pub fn prove_within(
        self,
        lemmas: &Lemmas,
        statement: &Statement,
        allowance: Allowance,
        collect: Collect,
    ) -> (Option<Theorem>, ProofAttempt) {
        let start = Instant::now();
        let mut attempt = self.attempt_within(statement, allowance, collect);
        let Some(found) = &attempt.found else { return (None, attempt) };
        let theorem = confirm(&self.world.source, lemmas, statement, found, allowance.finish());
        if let Err(error) = &theorem {
            attempt.fault = error.fault();
            attempt.found = None;
        }
        attempt.seconds = start.elapsed().as_secs_f64();
        (theorem.ok(), attempt)
    }

    fn attempt_unguarded(self, statement: &Statement, allowance: Allowance, collect: Collect) -> ProofAttempt {
        let Self { world, evaluator, seed, cancelled } = self;
        if objects::is_object(&mut world.theory.fork(), &statement.text) {
            return objects::build(world, statement, allowance);
        }
        let seconds = allowance.search.remaining();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let problem = || {
            let mut theory = world.theory.fork();
            let goal = theory.statement(&statement.text);
            let goal = goal.map_err(|_| "the statement is refused by the theory".to_owned())?;
            ProofProblem::new(theory, world.rules.clone(), goal).map_err(|error| error.to_string())
        };
        let stop = |nodes| {
            let stop = Stop::first_solution().nodes(nodes).until(allowance.search);
            cancelled.iter().fold(stop, |stop, &flag| stop.cancelled_by(flag.clone()))
        };
        let size = (allowance.nodes, allowance.batch);
        let Searched { mut problem, result, nodes, is_bounded } =
            match search_with(world.tactics, evaluator, size, &mut rng, problem, stop) {
                Ok(searched) => searched,
                Err(fault) => return ProofAttempt { fault: Some(fault), ..ProofAttempt::default() },
            };
        let reason = Some(result.verdict.reason);
        let mut attempt = ProofAttempt { nodes, reason, is_bounded, ..ProofAttempt::default() };
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
        if problem.completion_faults() > 0 {
            attempt.fault.get_or_insert_with(|| "completion found what it could not prove".into());
        }
        if collect.graph {
            let none = |_: &State, _: &Action| None;
            let nodes = export::nodes(&result.graph, &problem, &none);
            let picture = export::picture(&result.graph, &problem, &none);
            attempt.graph = Some(ExploredGraph { nodes, picture });
        }
        if collect.examples {
            collect_from(&mut problem, &result, collect.targets, &mut attempt);
            if result.solution.is_none() {
                let stuck = stuck_states(&mut problem, &result, TOLD);
                for statement in stuck.iter().flat_map(|state| problem.as_statements(state)).collect::<Vec<_>>() {
                    let text = print(&mut problem.theory().environment, &Names::new(), statement);
                    attempt.stuck.extend((text.len() <= TEXT_BYTES).then_some(text));
                }
            }
        }
        if let Some(reach) = collect.proposals.filter(|_| result.solution.is_none()) {
            let limits = world.tactics.saturation.unwrap_or(Limits::ACTION);
            let stuck = stuck_states(&mut problem, &result, STUCK);
            // What is too large to be looked at gives no lemmas.
            let most = Deadline::within(seconds.map(|seconds| PROPOSALS * seconds));
            let deadline = most.earlier(allowance.whole);
            let proposals = problem.proposals(&stuck, (limits, reach), deadline, &mut rng);
            (attempt.proposals, attempt.reach) =
                proposals.map_or((Vec::new(), None), |(list, reach)| (list, Some(reach)));
        }
        attempt
    }
}

/// Goals that were left open and are not arrows, those with hypotheses of an induction, more than the statement has
/// premises, and small ones first.
fn stuck_states(problem: &mut ProofProblem, result: &SearchResult<ProofProblem>, most: usize) -> Vec<State> {
    let premises = problem.premises();
    let store = &problem.theory().environment.store;
    let mut states: Vec<(bool, u32, u32, State)> = result
        .graph
        .expanded()
        .filter(|node| node.status() != NodeStatus::Solved)
        .map(|node| node.state())
        .filter(|state| !matches!(store.term(state.goal), Term::Pi(..)))
        .map(|state| {
            let has_hypotheses = state.items().filter(|item| item.fact().is_some()).count() > premises;
            (!has_hypotheses, state.entries(), tree_size(store, state.goal, 1_000), state.clone())
        })
        .collect();
    states.sort_by_key(|&(without, entries, size, _)| (without, entries, size));
    states.dedup_by_key(|(.., state)| state.key());
    states.into_iter().take(most).map(|(.., state)| state).collect()
}

/// The training example of the choice of an action in a state; `None` where there is no choice, since the state that
/// follows is judged by itself.
fn choice(
    problem: &ProofProblem,
    node: &NodeView<'_, ProofProblem>,
    state: &str,
    (taught, lambda): (Targets, f64),
) -> Option<Example> {
    use prover_search::Problem;
    let actions: Vec<String> = node.edges().map(|edge| problem.action_text(node.state(), edge.action())).collect();
    let chosen = targets(node, taught, lambda);
    if actions.len() < 2 || actions.iter().map(String::len).sum::<usize>() > TEXT_BYTES || chosen.is_empty() {
        return None;
    }
    let steps = node.solution().map_or(0, |solution| solution.steps.len() as u32);
    Some(Example::Policy { state: state.to_owned(), actions, chosen, steps })
}

/// Takes examples from the tree: every solved state teaches its action and that it can be solved, states that were
/// proved to be dead ends, or visited often without success, teach that they probably cannot.
fn collect_from(
    problem: &mut ProofProblem,
    result: &SearchResult<ProofProblem>,
    taught: (Targets, f64),
    attempt: &mut ProofAttempt,
) {
    use prover_search::Problem;
    let solved = |node: &NodeView<'_, ProofProblem>| node.status() == NodeStatus::Solved;
    let mut count = 0;
    for node in result.graph.expanded().filter(solved).take(SOLVED_STATES) {
        if problem.theory().environment.is_late() {
            break;
        }
        let state = problem.state_text(node.state());
        if state.len() > TEXT_BYTES {
            continue;
        }
        count += 1;
        attempt.examples.extend(choice(problem, &node, &state, taught));
        if node.edges().len() > 1 {
            attempt.examples.push(Example::Value { state, solved: true });
        }
        // The root is the statement itself; what a single step proves is an instance of what is known.
        let is_root = result.graph.root().is_some_and(|root| root.id() == node.id());
        if !is_root
            && let Some(solution) = node.solution().filter(|solution| solution.steps.len() > 1)
            && let Ok(Fact { proposition: statement, .. }) = problem.generalised(&solution)
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
    for node in result.graph.expanded().filter(open).take((count * OPEN_PER_SOLVED).max(OPEN_STATES)) {
        let state = problem.state_text(node.state());
        if state.len() <= TEXT_BYTES {
            attempt.examples.extend(choice(problem, &node, &state, taught));
            attempt.examples.push(Example::Value { state, solved: false });
        }
    }
}
