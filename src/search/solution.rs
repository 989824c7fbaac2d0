//! Solutions: the action that solved a state, and the solutions of its subgoals.

use super::evaluator::Evaluator;
use super::graph::{NONE, SearchGraph};
use super::options::Options;
use super::problem::Problem;
use super::stop::{Statistics, Stop, StopReason};
use super::view::NodeId;
use super::{Verdict, search_on};
use rand::Rng;
use rustc_hash::FxHashMap;

/// One solved state and the action that solved it.
#[derive(Clone, Debug)]
pub struct SolutionStep<S, A> {
    /// The state's node.
    pub node: NodeId,
    /// The state.
    pub state: S,
    /// The position of the action among the state's.
    pub index: usize,
    /// The action.
    pub action: A,
    /// Natural logarithm of the action's prior; that of the smallest positive `f32` stands for a prior of 0.
    pub log_prior: f64,
    /// The steps that solve the subgoals, in the order in which the step gave them, as positions in
    /// [`Solution::steps`]; all come later than this one.
    pub subgoals: Vec<usize>,
}

/// A solution: a directed acyclic graph of steps, the root first and every step before those of its subgoals.
///
/// A state solved once and used twice is listed once. Walk it from the front to print a script, from the back to build
/// a proof term. The state of a sub-solution has the same [`key`](Problem::key) as the subgoal that the step gave, but
/// may be another one of those that the key does not distinguish (names, order of facts): a caller that needs the very
/// subgoal takes the step again.
pub struct Solution<P: Problem> {
    /// The steps; never empty.
    pub steps: Vec<SolutionStep<P::State, P::Action>>,
}

impl<P: Problem> Clone for Solution<P> {
    fn clone(&self) -> Self {
        Solution { steps: self.steps.clone() }
    }
}

impl<P: Problem> std::fmt::Debug for Solution<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.steps.iter().map(|step| (step.node, step.index, &step.subgoals))).finish()
    }
}

impl<P: Problem> Solution<P> {
    /// The solution recorded for a node, if it is solved.
    pub(super) fn of(graph: &SearchGraph<P>, node: NodeId) -> Option<Self> {
        if !graph.has_solution(node.0) {
            return None;
        }
        Self::taking(graph, node.0, &FxHashMap::default())
    }

    /// The solution of a node that takes certain edges at some nodes, and at the others those that solved them; `None`
    /// if it would lead in a circle.
    pub(super) fn taking(graph: &SearchGraph<P>, node: u32, taken: &FxHashMap<u32, u32>) -> Option<Self> {
        let order = topological_order(graph, node, taken)?;
        let mut position = FxHashMap::default();
        for (index, &id) in order.iter().enumerate() {
            position.insert(id, index);
        }
        let steps = order
            .iter()
            .map(|&id| {
                let node = graph.node(id);
                let chosen = *taken.get(&id).unwrap_or(&node.solver);
                let edge = graph.edge(chosen);
                SolutionStep {
                    node: NodeId(id),
                    state: node.state.clone(),
                    index: (chosen - node.first_edge) as usize,
                    action: graph.actions[chosen as usize].clone(),
                    log_prior: f64::from(edge.prior.max(f32::MIN_POSITIVE)).ln(),
                    subgoals: graph.subgoals(chosen).iter().map(|subgoal| position[subgoal]).collect(),
                }
            })
            .collect();
        Some(Solution { steps })
    }

    /// Sum of the logarithms of the priors of all steps, each counted once: how likely the policy is to write this
    /// solution down. 0 is certain; the more negative, the harder.
    pub fn log_prior(&self) -> f64 {
        self.steps.iter().map(|step| step.log_prior).sum()
    }
}

impl<P: Problem> SearchGraph<P> {
    /// The solution of the root, if it is solved.
    pub fn solution(&self) -> Option<Solution<P>> {
        self.root()?.solution()
    }

    /// The distinct solutions of the root in the order in which they were found: one, unless several were
    /// [asked for](super::Stop::solutions).
    pub fn solutions(&self) -> impl Iterator<Item = Solution<P>> + '_ {
        let further = self.several.iter().flat_map(|several| &several.solutions);
        let one = if self.several.is_none() { self.solution() } else { None };
        one.into_iter().chain(further.filter_map(|taken| Solution::taking(self, self.root, taken)))
    }
}

/// The nodes of the solution that takes certain edges at some nodes, each before those of its subgoals; `None` if it
/// leads in a circle.
///
/// Depth-first, iteratively, in reverse postorder. The edges that solved nodes have no cycle by themselves: each node's
/// subgoals were solved before it was.
pub(super) fn topological_order<P: Problem>(
    graph: &SearchGraph<P>,
    root: u32,
    taken: &FxHashMap<u32, u32>,
) -> Option<Vec<u32>> {
    // Whether a node met is finished.
    let mut met = FxHashMap::from_iter([(root, false)]);
    let mut order = Vec::new();
    let mut stack = vec![(root, 0)];
    while let Some((node, next)) = stack.last_mut() {
        let chosen = *taken.get(node).unwrap_or(&graph.node(*node).solver);
        debug_assert_ne!(chosen, NONE, "a solved node knows the edge that solved it");
        // From the last subgoal to the first, so that reversing puts the first one's steps first.
        let subgoals = graph.subgoals(chosen);
        match subgoals.len().checked_sub(*next + 1) {
            Some(index) => {
                *next += 1;
                match met.get(&subgoals[index]) {
                    None => {
                        met.insert(subgoals[index], false);
                        stack.push((subgoals[index], 0));
                    }
                    Some(false) => return None,
                    Some(true) => {}
                }
            }
            None => {
                met.insert(*node, true);
                order.push(*node);
                stack.pop();
            }
        }
    }
    order.reverse();
    Some(order)
}

/// The distinct solutions of a problem's root, one after the other: an iterator that searches on when it is asked for
/// the next one. Made by [`solutions`](super::solutions).
///
/// Solutions are distinct by the actions that they take in the graph of states: each takes, in some state, one that none
/// before it takes there. Where states lead back to themselves, ways of combining such actions that lead in a circle
/// are left out.
///
/// ```
/// # use prover_search::{Options, Outcome, Problem, Stop, evaluator::Uniform, solutions};
/// # use rand::SeedableRng;
/// /// Pay an amount with coins of 1 and 2, the larger ones first.
/// struct Pay;
///
/// impl Problem for Pay {
///     type State = (u32, u32);
///     type Action = u32;
///     fn root(&mut self) -> (u32, u32) {
///         (4, 2)
///     }
///     fn actions(&mut self, &(amount, largest): &(u32, u32)) -> Vec<u32> {
///         (1..=largest.min(amount)).collect()
///     }
///     fn step(&mut self, &(amount, _): &(u32, u32), &coin: &u32) -> Outcome<(u32, u32)> {
///         Outcome::Subgoals(if amount == coin { vec![] } else { vec![(amount - coin, coin)] })
///     }
///     fn key(&self, &(amount, largest): &(u32, u32)) -> u128 {
///         u128::from(amount) << 32 | u128::from(largest)
///     }
///     fn state_text(&self, state: &(u32, u32)) -> String {
///         format!("{state:?}")
///     }
///     fn action_text(&self, _: &(u32, u32), coin: &u32) -> String {
///         coin.to_string()
///     }
/// }
///
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let (mut problem, options) = (Pay, Options::default());
/// let all = solutions(&mut problem, &Uniform, &options, Stop::never().nodes(100), &mut rng);
/// let mut coins: Vec<Vec<u32>> = all.map(|found| found.steps.iter().map(|step| step.action).collect()).collect();
/// coins.sort();
/// assert_eq!(coins, [vec![1, 1, 1, 1], vec![2, 1, 1], vec![2, 2]]);
/// ```
pub struct Solutions<'a, P: Problem, E: ?Sized, R: ?Sized> {
    pub(super) graph: SearchGraph<P>,
    pub(super) problem: &'a mut P,
    pub(super) evaluator: &'a E,
    pub(super) options: &'a Options,
    pub(super) stop: Stop,
    pub(super) rng: &'a mut R,
    pub(super) statistics: Statistics,
    pub(super) given: usize,
    pub(super) ended: Option<StopReason>,
}

impl<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized> Solutions<'_, P, E, R> {
    /// The problem.
    pub fn problem(&self) -> &P {
        self.problem
    }

    /// The problem, to ask it something between two solutions.
    pub fn problem_mut(&mut self) -> &mut P {
        self.problem
    }

    /// The verdict so far, on the searches for all solutions together.
    pub fn verdict(&self) -> Verdict {
        let reason = self.ended.unwrap_or(StopReason::Solved);
        Verdict { solved: self.given > 0, reason, statistics: self.statistics }
    }

    /// Everything explored.
    pub fn into_graph(self) -> SearchGraph<P> {
        self.graph
    }
}

impl<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized> Iterator for Solutions<'_, P, E, R> {
    type Item = Solution<P>;

    fn next(&mut self) -> Option<Solution<P>> {
        loop {
            let found = self.graph.several.as_ref().and_then(|several| several.solutions.get(self.given));
            if let Some(taken) = found {
                self.given += 1;
                return Solution::taking(&self.graph, self.graph.root, taken);
            }
            if self.ended.is_some() {
                return None;
            }
            self.stop.want(self.given as u64 + 1);
            let Self { graph, problem, evaluator, options, stop, rng, .. } = self;
            let verdict = search_on(graph, *problem, *evaluator, options, stop, *rng, self.statistics);
            self.statistics = verdict.statistics;
            self.ended = (verdict.reason != StopReason::Solved).then_some(verdict.reason);
        }
    }
}
