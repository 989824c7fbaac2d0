//! Tactics at the states of a search besides single steps, and one search with them.

use prover_network::Evaluator;
use prover_proof::ProofProblem;
use prover_search::{Options, SearchResult, Stop, StopReason, search};
use prover_theory::equality::{Limits, completion};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Options of searches for proofs. How far a network is trusted was measured, see docs/experiments.md. Carrying out all
/// actions at once finds a closing one before the network is asked about its siblings.
pub const PROOF_SEARCH: Options =
    Options { eager: true, pass_forced: true, smoothing: 0.3, value_weight: 0.5, ..Options::DEFAULT };

/// Tactics at the states of a search, besides single steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tactics {
    /// Limits of equality saturation on each goal; `None` if it is not tried.
    pub saturation: Option<Limits>,
    /// Limits of completion, and of normal forms by laws, on statements; `None` if these are not tried.
    pub completion: Option<completion::Limits>,
    /// Whether states are brought to their normal forms; has no effect with saturation, which includes it.
    pub normal_forms: bool,
    /// Whether statements are only introduced and then closed, without other steps.
    pub statement_only: bool,
    /// Whether lemmas are offered inside of a proof, where saturation leaves a goal open.
    pub cuts: bool,
    /// Whether a search that is exhausted goes on with greater limits.
    pub is_patient: bool,
    /// Options of the search; the number of states judged together is that of the budget.
    pub options: Options,
}

impl Tactics {
    /// Normal forms only.
    pub const STEPS: Self = Self {
        saturation: None,
        completion: None,
        normal_forms: true,
        statement_only: false,
        cuts: false,
        is_patient: true,
        options: PROOF_SEARCH,
    };

    /// A problem with these tried at its states, with limits this many times as large; the seed is that of the
    /// instances that cuts are tested on.
    fn applied(self, problem: ProofProblem, effort: usize, seed: u64) -> ProofProblem {
        let mut problem = problem.with_effort(effort);
        match self.saturation {
            Some(limits) => problem = problem.with_saturation(limits.times(effort)),
            None if self.normal_forms => problem = problem.with_normal_forms(),
            None => {}
        }
        if let Some(limits) = self.completion {
            problem = problem.with_completion(limits.times((effort * effort.min(4)) as u64));
        }
        if self.statement_only {
            problem = problem.with_statement_only();
        }
        if self.cuts {
            problem = problem.with_cuts(seed);
        }
        problem
    }
}

/// A problem with the result of a search for its solution.
#[derive(Debug)]
pub struct Searched {
    /// The problem.
    pub problem: ProofProblem,
    /// The last search.
    pub result: SearchResult<ProofProblem>,
    /// The nodes of all searches.
    pub nodes: u64,
    /// Whether a limit left out some actions.
    pub is_bounded: bool,
}

/// Searches for a proof. As long as nothing is left to try, but something was cut short by its limits, the search is
/// repeated with greater ones. `problem` makes the problem, `stop` the rules that end a search after this many nodes.
///
/// # Errors
///
/// That of making the problem.
pub fn search_with<E: Evaluator + ?Sized, F>(
    tactics: Tactics,
    evaluator: &E,
    (nodes, batch): (u64, usize),
    rng: &mut ChaCha8Rng,
    mut problem: impl FnMut() -> Result<ProofProblem, F>,
    mut stop: impl FnMut(u64) -> Stop,
) -> Result<Searched, F> {
    let mut spent = 0;
    let mut efforts = Limits::EFFORTS.into_iter();
    let mut effort = efforts.next().unwrap_or(1);
    loop {
        let seed = if tactics.cuts { rng.random() } else { 0 };
        let mut problem = tactics.applied(problem()?, effort, seed);
        let mut stop = stop(nodes - spent);
        problem.set_deadline(stop.deadline());
        let batch = if evaluator.needs_text() { batch } else { 1 };
        let options = Options { batch, ..tactics.options };
        let result = search(&mut problem, evaluator, &options, &mut stop, rng);
        spent += result.verdict.statistics.expansions;
        // Where all states were tried, more can only come of greater graphs, or of what states did not offer.
        let was_limited = problem.saturation_was_limited() || problem.completion_was_limited() || problem.was_capped();
        let is_stuck = result.solution.is_none() && result.verdict.reason == StopReason::Exhausted;
        match efforts.next() {
            Some(next) if tactics.is_patient && is_stuck && was_limited && spent < nodes => effort = next,
            _ => {
                let is_bounded = was_limited || problem.was_bounded();
                return Ok(Searched { problem, result, nodes: spent, is_bounded });
            }
        }
    }
}
