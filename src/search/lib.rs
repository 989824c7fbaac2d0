//! Graphs of states and the algorithms on them, generic over the problem; stop rules; batched evaluation.
//!
//! A [`Problem`] defines the actions of a state and their results; an [`Evaluator`] estimates their quality;
//! [`search()`] explores until a rule of [`Stop`] ends it and returns the [`Solution`], if there is one, and the whole
//! [`SearchGraph`].
//!
//! ```
//! use prover_search::evaluator::Uniform;
//! use prover_search::{Options, Outcome, Problem, Stop, search};
//! use rand::SeedableRng;
//!
//! /// Pay an amount with coins; an amount above 50 may be split in two.
//! struct Pay(u32);
//!
//! impl Problem for Pay {
//!     type State = u32;
//!     type Action = Option<u32>;
//!
//!     fn root(&mut self) -> u32 {
//!         self.0
//!     }
//!     fn actions(&mut self, _: &u32) -> Vec<Option<u32>> {
//!         vec![Some(5), Some(7), None]
//!     }
//!     fn step(&mut self, &amount: &u32, action: &Option<u32>) -> Outcome<u32> {
//!         match action {
//!             Some(coin) if *coin == amount => Outcome::Subgoals(vec![]),
//!             Some(coin) if *coin < amount => Outcome::Subgoals(vec![amount - coin]),
//!             None if amount > 50 => Outcome::Subgoals(vec![amount / 2, amount - amount / 2]),
//!             _ => Outcome::Dead,
//!         }
//!     }
//!     fn key(&self, state: &u32) -> u128 {
//!         u128::from(*state)
//!     }
//!     fn state_text(&self, state: &u32) -> String {
//!         format!("pay {state}")
//!     }
//!     fn action_text(&self, _: &u32, action: &Option<u32>) -> String {
//!         action.map_or("split".into(), |coin| format!("coin {coin}"))
//!     }
//! }
//!
//! let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
//! let mut stop = Stop::first_solution().nodes(1000);
//! let result = search(&mut Pay(1000), &Uniform, &Options::default(), &mut stop, &mut rng);
//! let solution = result.solution.expect("1000 can be paid");
//! assert_eq!(solution.steps[0].state, 1000);
//! ```
//!
//! | file | holds |
//! |---|---|
//! | problem.rs, evaluator.rs | the traits of problems and of evaluators |
//! | graph.rs | the AND/OR graph, and the propagation of solved and dead in it |
//! | engine.rs | [`search()`]: evaluation in batches, expansion, limits |
//! | puct.rs, sampling.rs, smc.rs | selection: descents by PUCT; random walks; particles |
//! | frontier.rs, beam.rs | selection with a queue of edges: the best or first one next; level by level |
//! | complete.rs, tokens.rs | judging a state by completing it; a problem token by token |
//! | options.rs, stop.rs, deadline.rs | options, stop rules and deadlines |
//! | solution.rs, view.rs | solutions, and views of the graph |
//! | export.rs, picture.rs | the graph as JSON and as a picture; boxes and arrows as DOT and SVG |

#![forbid(unsafe_code)]

mod beam;
mod complete;
mod deadline;
mod engine;
pub mod evaluator;
pub mod export;
mod frontier;
mod graph;
mod options;
pub mod picture;
pub mod problem;
mod puct;
mod sampling;
mod smc;
mod solution;
pub mod stop;
pub mod targets;
#[cfg(test)]
mod tests;
pub mod tokens;
mod view;

use engine::Engine;
use evaluator::Evaluator;
use rand::Rng;

pub use complete::Completion;
pub use deadline::Deadline;
pub use graph::SearchGraph;
pub use options::{Algorithm, Backup, Opening, Options, Selection, Ties};
pub use problem::{Outcome, Problem};
pub use solution::{Solution, SolutionStep, Solutions};
pub use stop::{Statistics, Stop, StopReason, StopRule};
pub use targets::{Targets, targets};
pub use view::{EdgeStatus, EdgeView, NodeId, NodeStatus, NodeView};

/// The reason of a search that explored all that [`Options::opening`] let it.
pub const NARROWED: &str = "nothing is left of the actions that are opened";

/// Verdict of a search: whether its root is solved, and why it ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Whether the root is solved.
    pub solved: bool,
    /// The reason why the search ended.
    pub reason: StopReason,
    /// The statistics of the search.
    pub statistics: Statistics,
}

/// Result of a search.
#[derive(Debug)]
pub struct SearchResult<P: Problem> {
    /// Its verdict.
    pub verdict: Verdict,
    /// The solution of the root, if it was solved.
    pub solution: Option<Solution<P>>,
    /// Everything explored.
    pub graph: SearchGraph<P>,
}

/// Searches for a solution of a problem's root.
///
/// The same problem, evaluator, options and state of `rng` give the same result, apart from rules about time. The
/// evaluator is not trusted: priors that are negative or not numbers count as 0, all are scaled to sum to 1 (to
/// equal ones where that cannot be), values are brought into 0..=1 and missing ones are one half.
pub fn search<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
    problem: &mut P,
    evaluator: &E,
    options: &Options,
    stop: &mut Stop,
    rng: &mut R,
) -> SearchResult<P> {
    let mut graph = SearchGraph::new();
    let verdict = search_in(&mut graph, problem, evaluator, options, stop, rng);
    SearchResult { verdict, solution: graph.solution(), graph }
}

/// Searches for a solution of a problem's root with a graph from earlier searches.
///
/// With the same root the search goes on where it ended; with another one (the problem's [`Problem::root`] may change)
/// it uses the results on the states that both meet. Statistics count this search only. A graph survives a panic of the
/// problem or the evaluator.
pub fn search_in<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
    graph: &mut SearchGraph<P>,
    problem: &mut P,
    evaluator: &E,
    options: &Options,
    stop: &mut Stop,
    rng: &mut R,
) -> Verdict {
    search_on(graph, problem, evaluator, options, stop, rng, Statistics::default())
}

/// The distinct solutions of a problem's root, each searched for when it is asked for. `stop` says when to give up
/// looking for more.
pub fn solutions<'a, P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
    problem: &'a mut P,
    evaluator: &'a E,
    options: &'a Options,
    stop: Stop,
    rng: &'a mut R,
) -> Solutions<'a, P, E, R> {
    let mut graph = SearchGraph::new();
    graph.want_several();
    let statistics = Statistics::default();
    Solutions { graph, problem, evaluator, options, stop, rng, statistics, given: 0, ended: None }
}

/// Goes on with a search, counting on from its statistics.
fn search_on<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
    graph: &mut SearchGraph<P>,
    problem: &mut P,
    evaluator: &E,
    options: &Options,
    stop: &mut Stop,
    rng: &mut R,
    before: Statistics,
) -> Verdict {
    if stop.wants_several() {
        graph.want_several();
    }
    graph.set_root(problem);
    let mut engine = Engine::new(graph, problem, evaluator, options, stop, rng.next_u32());
    engine.count_on(before);
    let reason = match options.algorithm {
        Algorithm::Puct => engine.puct(),
        Algorithm::BestFirst => frontier::run(&mut engine, true),
        Algorithm::BreadthFirst => frontier::run(&mut engine, false),
        Algorithm::Beam => beam::run(&mut engine),
        Algorithm::Sampling => sampling::run(&mut engine, rng),
        Algorithm::Smc => smc::run(&mut engine, rng),
    };
    // What was left out may be what there is to find.
    let is_narrowed = reason == StopReason::Exhausted && engine.is_narrowed && !engine.statistics.solved;
    let reason = if is_narrowed { StopReason::Other(NARROWED) } else { reason };
    engine.count_time();
    let statistics = engine.statistics;
    Verdict { solved: statistics.solved, reason, statistics }
}
