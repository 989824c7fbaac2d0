//! What all algorithms share: taking leaves, evaluating them in batches, expanding them, and knowing when to stop.

use super::options::{Algorithm, Options};
use super::solution::Solution;
use super::stop::{Statistics, Stop, StopReason};
use super::tree::{EdgeState, NONE, NodeState, Tree};
use super::{Problem, beam, frontier, sampling};
use crate::evaluator::{Evaluation, Evaluator, Request};
use rand::Rng;
use std::time::Instant;

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Whether the root is solved.
    pub solved: bool,
    /// Why the search ended.
    pub reason: StopReason,
    /// What it counted.
    pub statistics: Statistics,
}

/// What a search found.
#[derive(Debug)]
pub struct SearchResult<P: Problem> {
    /// How it ended.
    pub verdict: Verdict,
    /// The solution of the root, if it was solved.
    pub solution: Option<Solution<P>>,
    /// Everything explored.
    pub tree: Tree<P>,
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
    let mut tree = Tree::new();
    let verdict = search_in(&mut tree, problem, evaluator, options, stop, rng);
    SearchResult { verdict, solution: tree.solution(), tree }
}

/// Searches for a solution of a problem's root with a tree from earlier searches.
///
/// With the same root the search goes on where it ended; with another one (the problem's [`Problem::root`] may
/// change) it uses what is known of the states that both meet. Statistics count this search only. A tree survives a
/// panic of the problem or the evaluator.
pub fn search_in<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
    tree: &mut Tree<P>,
    problem: &mut P,
    evaluator: &E,
    options: &Options,
    stop: &mut Stop,
    rng: &mut R,
) -> Verdict {
    tree.set_root(problem);
    let mut engine = Engine {
        tree,
        problem,
        evaluator,
        options,
        stop,
        statistics: Statistics::default(),
        start: Instant::now(),
        path: Vec::new(),
        leaves: Vec::new(),
        requests: Vec::new(),
        salt: rng.next_u32(),
        wasted: 0,
    };
    let reason = match options.algorithm {
        Algorithm::Puct => engine.puct(),
        Algorithm::BestFirst => frontier::run(&mut engine, true),
        Algorithm::BreadthFirst => frontier::run(&mut engine, false),
        Algorithm::Beam => beam::run(&mut engine),
        Algorithm::Sampling => sampling::run(&mut engine, rng),
    };
    engine.count_time();
    let statistics = engine.statistics;
    Verdict { solved: statistics.solved, reason, statistics }
}

/// A node that waits for its evaluation.
pub(super) struct Leaf<A> {
    pub node: u32,
    pub actions: Vec<A>,
    /// Where the descent that found it starts in [`Engine::path`]; it ends where the next one starts.
    pub start: usize,
}

/// A search under way.
pub(super) struct Engine<'a, P: Problem, E: ?Sized> {
    pub tree: &'a mut Tree<P>,
    pub problem: &'a mut P,
    pub evaluator: &'a E,
    pub options: &'a Options,
    stop: &'a mut Stop,
    pub statistics: Statistics,
    start: Instant,
    /// The owners and edges of the descents whose leaves wait, one after the other.
    pub path: Vec<(u32, u32)>,
    pub leaves: Vec<Leaf<P::Action>>,
    requests: Vec<Request>,
    /// Drawn from the seed; orders ties.
    pub salt: u32,
    /// Edges looked at in vain since the last sweep.
    pub wasted: usize,
}

impl<P: Problem, E: Evaluator + ?Sized> Engine<'_, P, E> {
    pub fn count_time(&mut self) {
        self.statistics.seconds = self.start.elapsed().as_secs_f64();
        self.statistics.solved = self.tree.node(self.tree.root).status == NodeState::Solved;
    }

    /// The reason to stop now, if there is one.
    pub fn should_stop(&mut self) -> Option<StopReason> {
        self.count_time();
        let root = self.tree.node(self.tree.root);
        if root.status == NodeState::Dead {
            // What ends unfinished at the deadline leads nowhere, which says nothing of the root.
            let is_late = self.stop.deadline().has_passed();
            return Some(if is_late { StopReason::Seconds } else { StopReason::Exhausted });
        }
        let nothing_left = root.status == NodeState::Solved && root.open_edges == 0;
        if let Some(reason) = self.stop.should_stop(&self.statistics) {
            return Some(reason);
        }
        if nothing_left {
            return Some(StopReason::Exhausted);
        }
        self.tree.is_full().then_some(StopReason::Full)
    }

    /// Takes a new node for expansion. One without actions is dead at once, others wait for the evaluator; whether
    /// this one does.
    pub fn take_leaf(&mut self, node: u32, start: usize) -> bool {
        self.statistics.expansions += 1;
        self.statistics.max_depth = self.statistics.max_depth.max(self.tree.node(node).depth);
        let actions = self.problem.actions(&self.tree.node(node).state);
        if actions.is_empty() {
            self.tree.expand(node, actions, &[], 0.0);
            return false;
        }
        self.tree.nodes[node as usize].status = NodeState::Pending;
        self.leaves.push(Leaf { node, actions, start });
        true
    }

    /// Carries out the action of an edge.
    pub fn step(&mut self, owner: u32, edge: u32) {
        self.statistics.steps += 1;
        self.statistics.transpositions += self.tree.step(self.problem, owner, edge);
    }

    /// Evaluates and expands the leaves that wait, and forgets them.
    pub fn evaluate_leaves(&mut self) -> Vec<Leaf<P::Action>> {
        let mut leaves = std::mem::take(&mut self.leaves);
        if leaves.is_empty() {
            return leaves;
        }
        self.write_requests(&leaves);
        let evaluations = self.evaluator.evaluate(&self.requests[..leaves.len()]);
        self.statistics.batches += 1;
        self.statistics.evaluations += leaves.len() as u64;
        let mut evaluations = evaluations.into_iter();
        for leaf in &mut leaves {
            let actions = std::mem::take(&mut leaf.actions);
            let evaluation = evaluations.next().map(|evaluation| self.weighted(leaf.node, &actions, evaluation));
            let (priors, value) = trusted(evaluation, actions.len());
            self.statistics.edges += actions.len() as u64;
            self.tree.expand(leaf.node, actions, &priors, value);
            if self.options.eager {
                self.step_all(leaf.node);
            }
        }
        leaves
    }

    /// An evaluation with the problem's own weights, if it was made without reading.
    fn weighted(&self, node: u32, actions: &[P::Action], mut evaluation: Evaluation) -> Evaluation {
        if !self.evaluator.needs_text() {
            let state = &self.tree.node(node).state;
            let weights = actions.iter().map(|action| self.problem.weight(state, action));
            evaluation.priors.iter_mut().zip(weights).for_each(|(prior, weight)| *prior *= weight);
        }
        evaluation
    }

    fn write_requests(&mut self, leaves: &[Leaf<P::Action>]) {
        if self.requests.len() < leaves.len() {
            self.requests.resize_with(leaves.len(), Request::default);
        }
        let needs_text = self.evaluator.needs_text();
        for (request, leaf) in self.requests.iter_mut().zip(leaves) {
            if needs_text {
                let state = &self.tree.node(leaf.node).state;
                request.state = self.problem.state_text(state);
                request.actions.clear();
                request.actions.extend(leaf.actions.iter().map(|action| self.problem.action_text(state, action)));
            } else {
                request.actions.resize(leaf.actions.len(), String::new());
            }
        }
    }

    /// Carries out the actions of a node just expanded until one decides it, or the time is up.
    fn step_all(&mut self, node: u32) {
        let deadline = self.stop.deadline();
        for edge in self.tree.edge_range(node) {
            if self.tree.node(node).status != NodeState::Open || deadline.has_passed() {
                break;
            }
            if self.tree.edge(edge).status == EdgeState::Unstepped {
                self.step(node, edge);
            }
        }
    }

    /// Whether a node's other edges matter: those of an undecided one do, and of a solved root, for further solutions.
    pub fn wants_more(&self, node: u32) -> bool {
        match self.tree.node(node).status {
            NodeState::Open => true,
            NodeState::Solved => node == self.tree.root,
            NodeState::New | NodeState::Pending | NodeState::Dead => false,
        }
    }

    /// Whether descents looked at so many edges in vain that a sweep costs no more than they did.
    pub fn is_stuck(&self) -> bool {
        self.wasted > self.tree.edges.len() + 64
    }

    /// Tells dead what can only be solved in a circle, while no leaf waits. If the root is not among it, there is a
    /// way to something unexplored; a descent that follows the guide takes it, so that every sweep is followed by
    /// progress.
    pub fn sweep(&mut self) -> Result<Vec<u32>, StopReason> {
        self.wasted = 0;
        let guide = self.tree.sweep();
        self.should_stop().map_or(Ok(guide), Err)
    }

    /// Counts a descent that ends at a node whose every way on leads back onto its path.
    pub fn count_blocked(&mut self, node: u32) {
        self.statistics.blocked += 1;
        let record = &mut self.tree.nodes[node as usize];
        record.visits = record.visits.saturating_add(1);
    }

    /// Whether an edge needs, unsolved, a state that the descent under way is already in: no smallest solution does.
    pub fn is_blocked(&self, edge: u32) -> bool {
        self.tree.subgoals(edge).iter().any(|&subgoal| {
            let node = self.tree.node(subgoal);
            node.stamp == self.tree.generation && node.status != NodeState::Solved
        })
    }

    /// The unsolved subgoal of an open edge to look at: one that nobody waits for, visited least.
    pub fn open_subgoal(&self, edge: u32) -> u32 {
        let open =
            self.tree.subgoals(edge).iter().copied().filter(|&id| self.tree.node(id).status != NodeState::Solved);
        let least = open.min_by_key(|&id| {
            let node = self.tree.node(id);
            (node.status == NodeState::Pending, node.visits)
        });
        debug_assert!(least.is_some(), "an open edge has an unsolved subgoal");
        least.unwrap_or(self.tree.root)
    }
}

/// The edge that the guide of a [sweep](Tree::sweep) names for a node, if there is a guide and it does.
pub(super) fn guided_edge(guide: Option<&[u32]>, node: u32) -> Option<u32> {
    guide.map(|witness| witness[node as usize]).filter(|&edge| edge != NONE)
}

/// An evaluation that can be relied on to have `count` priors that sum to 1 and a value in 0..=1.
fn trusted(evaluation: Option<Evaluation>, count: usize) -> (Vec<f32>, f32) {
    let Evaluation { mut priors, value } = evaluation.unwrap_or(Evaluation { priors: Vec::new(), value: 0.5 });
    priors.resize(count, 0.0);
    let mut sum = 0.0f64;
    for prior in &mut priors {
        if !(prior.is_finite() && *prior > 0.0) {
            *prior = 0.0;
        }
        sum += f64::from(*prior);
    }
    if sum > 0.0 {
        if (sum - 1.0).abs() > 1e-6 {
            priors.iter_mut().for_each(|prior| *prior = (f64::from(*prior) / sum) as f32);
        }
    } else {
        priors.fill(1.0 / count as f32);
    }
    (priors, if value.is_nan() { 0.5 } else { value.clamp(0.0, 1.0) })
}
