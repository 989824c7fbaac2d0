//! Solutions: the action that solved a state, and the solutions of its subgoals.

use super::Problem;
use super::graph::{NONE, NodeState, SearchGraph};
use super::view::NodeId;

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
        if graph.node(node.0).status != NodeState::Solved {
            return None;
        }
        let order = topological_order(graph, node.0);
        let mut position = rustc_hash::FxHashMap::default();
        for (index, &id) in order.iter().enumerate() {
            position.insert(id, index);
        }
        let steps = order
            .iter()
            .map(|&id| {
                let node = graph.node(id);
                let edge = graph.edge(node.solver);
                SolutionStep {
                    node: NodeId(id),
                    state: node.state.clone(),
                    index: (node.solver - node.first_edge) as usize,
                    action: graph.actions[node.solver as usize].clone(),
                    log_prior: f64::from(edge.prior.max(f32::MIN_POSITIVE)).ln(),
                    subgoals: graph.subgoals(node.solver).iter().map(|subgoal| position[subgoal]).collect(),
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
}

/// The nodes of the recorded solution of a solved node, each before those of its subgoals.
///
/// Depth-first, iteratively, in reverse postorder. The recorded edges have no cycle: each node's subgoals were solved
/// before it was.
fn topological_order<P: Problem>(graph: &SearchGraph<P>, root: u32) -> Vec<u32> {
    let mut seen = rustc_hash::FxHashSet::default();
    seen.insert(root);
    let mut order = Vec::new();
    let mut stack = vec![(root, 0)];
    while let Some((node, next)) = stack.last_mut() {
        let solver = graph.node(*node).solver;
        debug_assert_ne!(solver, NONE, "a solved node knows the edge that solved it");
        // From the last subgoal to the first, so that reversing puts the first one's steps first.
        let subgoals = graph.subgoals(solver);
        match subgoals.len().checked_sub(*next + 1) {
            Some(index) => {
                *next += 1;
                if seen.insert(subgoals[index]) {
                    stack.push((subgoals[index], 0));
                }
            }
            None => {
                order.push(*node);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}
