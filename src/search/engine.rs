//! The common part of all algorithms: taking leaves, evaluating them in batches, expanding them, and deciding when to
//! stop.

use super::Problem;
use super::complete::{Completions, Judged};
use super::graph::{EdgeState, NONE, NodeState, SearchGraph, Way};
use super::options::Options;
use super::stop::{Statistics, Stop, StopReason};
use crate::evaluator::{Evaluation, Evaluator, Request};
use std::time::Instant;

/// A node that waits for its evaluation.
pub(super) struct Leaf<A> {
    pub node: u32,
    pub actions: Vec<A>,
    /// Index in [`Engine::path`] at which the descent that found it starts; it ends where the next one starts.
    pub start: usize,
}

/// A search under way.
pub(super) struct Engine<'a, P: Problem, E: ?Sized> {
    pub graph: &'a mut SearchGraph<P>,
    pub problem: &'a mut P,
    pub evaluator: &'a E,
    pub options: &'a Options,
    stop: &'a mut Stop,
    pub statistics: Statistics,
    start: Instant,
    /// Seconds of the searches before that count.
    seconds_before: f64,
    /// The owners and edges of the descents whose leaves wait, one after the other.
    pub path: Vec<(u32, u32)>,
    pub leaves: Vec<Leaf<P::Action>>,
    requests: Vec<Request>,
    /// Drawn from the seed; orders ties.
    pub salt: u32,
    /// Edges looked at without success since the last sweep.
    pub wasted: usize,
    /// Whether actions were left out.
    pub is_narrowed: bool,
    pub completions: Completions<P>,
}

impl<'a, P: Problem, E: Evaluator + ?Sized> Engine<'a, P, E> {
    pub fn new(
        graph: &'a mut SearchGraph<P>,
        problem: &'a mut P,
        evaluator: &'a E,
        options: &'a Options,
        stop: &'a mut Stop,
        salt: u32,
    ) -> Self {
        graph.backup = options.backup;
        Self {
            graph,
            problem,
            evaluator,
            options,
            stop,
            statistics: Statistics::default(),
            start: Instant::now(),
            seconds_before: 0.0,
            path: Vec::new(),
            leaves: Vec::new(),
            requests: Vec::new(),
            salt,
            wasted: 0,
            is_narrowed: false,
            completions: Completions::default(),
        }
    }

    /// Counts on from the statistics of searches before.
    pub fn count_on(&mut self, before: Statistics) {
        self.seconds_before = before.seconds;
        self.statistics = before;
    }

    pub fn count_time(&mut self) {
        self.statistics.seconds = self.seconds_before + self.start.elapsed().as_secs_f64();
        self.statistics.solved = self.graph.has_solution(self.graph.root);
        let several = self.graph.several.as_ref().map(|several| several.solutions.len());
        self.statistics.solutions = several.unwrap_or(self.statistics.solved.into()) as u64;
    }

    /// The reason to stop now, if there is one.
    pub fn should_stop(&mut self) -> Option<StopReason> {
        self.count_time();
        let root = self.graph.node(self.graph.root);
        if root.status == NodeState::Dead {
            // What ends unfinished at the deadline leads nowhere, which says nothing of the root.
            let is_late = self.stop.deadline().has_passed();
            return Some(if is_late { StopReason::Seconds } else { StopReason::Exhausted });
        }
        let nothing_left = root.status == NodeState::Solved && (root.open_edges == 0 || self.graph.several.is_some());
        if let Some(reason) = self.stop.should_stop(&self.statistics) {
            return Some(reason);
        }
        if nothing_left {
            return Some(StopReason::Exhausted);
        }
        self.graph.is_full().then_some(StopReason::Full)
    }

    /// Takes a new node for expansion. One without actions is dead at once, others wait for the evaluator; whether
    /// this one does.
    pub fn take_leaf(&mut self, node: u32, start: usize) -> bool {
        self.statistics.expansions += 1;
        self.statistics.max_depth = self.statistics.max_depth.max(self.graph.node(node).depth);
        let actions = self.problem.actions(&self.graph.node(node).state);
        if actions.is_empty() {
            self.graph.expand(node, actions, &[], 0.0);
            return false;
        }
        self.graph.nodes[node as usize].status = NodeState::Pending;
        self.leaves.push(Leaf { node, actions, start });
        true
    }

    /// Carries out the action of an edge.
    pub fn step(&mut self, owner: u32, edge: u32) {
        self.statistics.steps += 1;
        self.statistics.transpositions += self.graph.step(self.problem, owner, edge);
    }

    /// Evaluates and expands the leaves that wait, and forgets them.
    pub fn evaluate_leaves(&mut self) -> Vec<Leaf<P::Action>> {
        let mut leaves = std::mem::take(&mut self.leaves);
        if leaves.is_empty() {
            return leaves;
        }
        let passes = self.options.pass_forced && self.evaluator.needs_text();
        let is_forced: Vec<bool> = leaves.iter().map(|leaf| passes && leaf.actions.len() == 1).collect();
        // Before any of them is completed: what a completion finds out of another leaf comes too late for it.
        let is_known: Vec<bool> = leaves.iter().map(|leaf| self.known(leaf.node).is_some()).collect();
        let places = is_forced.iter().zip(&is_known);
        let is_asked: Vec<bool> = places.map(|(forced, known)| !forced && !known).collect();
        let asked =
            self.write_requests(leaves.iter().zip(&is_asked).filter(|(_, asked)| **asked).map(|(leaf, _)| leaf));
        let evaluations = if asked > 0 { self.evaluator.evaluate(&self.requests[..asked]) } else { Vec::new() };
        self.statistics.batches += u64::from(asked > 0);
        self.statistics.evaluations += asked as u64;
        let above: Vec<f32> = (0..leaves.len()).map(|place| self.value_above(&leaves, place)).collect();
        let mut evaluations = evaluations.into_iter();
        for (((leaf, is_forced), is_known), value) in leaves.iter_mut().zip(is_forced).zip(is_known).zip(above) {
            let actions = std::mem::take(&mut leaf.actions);
            let state = &self.graph.node(leaf.node).state;
            let judged = if is_forced {
                Judged { actions, priors: vec![1.0], value }
            } else if let Some(known) = self.known(leaf.node).filter(|_| is_known) {
                known
            } else {
                let (priors, value) = self.tempered(state, &actions, trusted(evaluations.next(), actions.len()));
                self.opened(Judged { actions, priors, value })
            };
            let value = match self.options.completion.width {
                0 => judged.value,
                _ => self.complete(self.graph.node(leaf.node).state.clone(), &judged),
            };
            let Judged { actions, priors, .. } = judged;
            self.statistics.edges += actions.len() as u64;
            self.graph.expand(leaf.node, actions, &priors, value);
            if self.options.eager {
                self.step_all(leaf.node);
            }
        }
        leaves
    }

    /// The value of the state from which a descent came to its leaf; one half where that is not known.
    fn value_above(&self, leaves: &[Leaf<P::Action>], place: usize) -> f32 {
        let end = leaves.get(place + 1).map_or(self.path.len(), |next| next.start);
        let descent = self.path.get(leaves[place].start..end).unwrap_or_default();
        let above = descent.last().map(|&(node, _)| self.graph.node(node));
        above.filter(|node| node.visits > 0).map_or(0.5, |node| self.graph.open_value(node))
    }

    /// Judgement of a node's state that a completion has asked for.
    fn known(&self, node: u32) -> Option<Judged<P::Action>> {
        if self.options.completion.width == 0 || !self.options.completion.keeps_states {
            return None;
        }
        self.completions.states.get(&self.problem.key(&self.graph.node(node).state)).cloned()
    }

    /// Priors and value as the search goes by them: those of an evaluator that reads nothing weighted by the problem,
    /// those of another mixed with the problem's.
    pub fn tempered(
        &self,
        state: &P::State,
        actions: &[P::Action],
        (mut priors, value): (Vec<f32>, f32),
    ) -> (Vec<f32>, f32) {
        let Options { smoothing, value_weight, temperature, .. } = *self.options;
        let weights = actions.iter().map(|action| self.problem.weight(state, action));
        if !self.evaluator.needs_text() {
            priors.iter_mut().zip(weights).for_each(|(prior, weight)| *prior *= weight);
            return (normalised(priors), value);
        }
        if temperature != 1.0 {
            priors.iter_mut().for_each(|prior| *prior = prior.powf(1.0 / temperature));
            priors = normalised(priors);
        }
        if smoothing > 0.0 {
            for (prior, own) in priors.iter_mut().zip(normalised(weights.collect())) {
                *prior += smoothing * (own - *prior);
            }
        }
        (priors, 0.5 + value_weight * (value - 0.5))
    }

    /// Writes the requests to the evaluator; gives the number of states.
    fn write_requests<'l>(&mut self, leaves: impl Iterator<Item = &'l Leaf<P::Action>>) -> usize
    where
        P::Action: 'l,
    {
        let needs_text = self.evaluator.needs_text();
        let mut count = 0;
        for leaf in leaves {
            if self.requests.len() == count {
                self.requests.push(Request::default());
            }
            let request = &mut self.requests[count];
            count += 1;
            if needs_text {
                let state = &self.graph.node(leaf.node).state;
                request.state = self.problem.state_text(state);
                request.actions.clear();
                request.actions.extend(leaf.actions.iter().map(|action| self.problem.action_text(state, action)));
            } else {
                request.actions.resize(leaf.actions.len(), String::new());
            }
        }
        count
    }

    /// Carries out the actions of a node just expanded until one decides it, or the time is up.
    fn step_all(&mut self, node: u32) {
        let deadline = self.stop.deadline();
        for edge in self.graph.edge_range(node) {
            if self.graph.node(node).status != NodeState::Open || deadline.has_passed() {
                break;
            }
            if self.graph.edge(edge).status == EdgeState::Unstepped {
                self.step(node, edge);
            }
        }
    }

    /// Whether a node's other edges matter: those of an undecided one do, and of a solved root, for further solutions.
    pub fn wants_more(&self, node: u32) -> bool {
        match self.graph.node(node).status {
            NodeState::Open => true,
            NodeState::Solved => node == self.graph.root && self.graph.several.is_none(),
            NodeState::New | NodeState::Pending | NodeState::Dead => false,
        }
    }

    /// Whether descents looked at so many edges without success that a sweep costs no more than they did.
    pub fn is_stuck(&self) -> bool {
        self.wasted > self.graph.edges.len() + 64
    }

    /// Declares dead the states that can only be solved in a circle, while no leaf waits. If the root is not among
    /// them, there is a way to something unexplored; a descent that follows the guide takes it, so that every sweep is
    /// followed by progress.
    pub fn sweep(&mut self) -> Result<Vec<Way>, StopReason> {
        self.wasted = 0;
        let guide = self.graph.sweep();
        self.should_stop().map_or(Ok(guide), Err)
    }

    /// Counts a descent that ends at a node whose every way on leads back onto its path.
    pub fn count_blocked(&mut self, node: u32) {
        self.statistics.blocked += 1;
        let record = &mut self.graph.nodes[node as usize];
        record.visits = record.visits.saturating_add(1);
    }

    fn is_on_path(&self, node: u32) -> bool {
        self.graph.node(node).stamp == self.graph.generation
    }

    /// Whether an edge needs, without a solution, a state that the descent under way is already in: no smallest solution
    /// does; or whether it leads to nothing else.
    pub fn is_blocked(&self, edge: u32) -> bool {
        let mut open = self.graph.subgoals(edge).iter().filter(|id| self.graph.node(**id).status != NodeState::Solved);
        let needs_itself = open.clone().any(|&id| self.is_on_path(id) && !self.graph.has_solution(id));
        // Several solutions keep states open that have one. An edge that was not stepped has no subgoals yet.
        let leads_back = open.clone().next().is_some() && open.all(|&id| self.is_on_path(id));
        needs_itself || self.graph.several.is_some() && leads_back
    }

    /// The subgoal of an open edge to look at: the least visited one that is not solved and not on the path, preferably
    /// not waiting for an evaluation; or the one that a guide names.
    pub fn open_subgoal(&self, Way { edge, subgoal }: Way) -> u32 {
        let several = self.graph.several.is_some();
        if several && subgoal != NONE {
            return subgoal;
        }
        let is_open = |id: &u32| self.graph.node(*id).status != NodeState::Solved && !(several && self.is_on_path(*id));
        let open = self.graph.subgoals(edge).iter().copied().filter(is_open);
        let least = open.min_by_key(|&id| {
            let node = self.graph.node(id);
            (node.status == NodeState::Pending, node.visits)
        });
        debug_assert!(least.is_some(), "an open edge has an unsolved subgoal");
        least.unwrap_or(self.graph.root)
    }
}

impl Way {
    /// The way through an edge, by whatever subgoal.
    pub fn through(edge: u32) -> Self {
        Self { edge, subgoal: NONE }
    }
}

/// The way on that the guide of a [sweep](SearchGraph::sweep) names for a node, if there is a guide and it does.
pub(super) fn guided(guide: Option<&[Way]>, node: u32) -> Option<Way> {
    guide.map(|witness| witness[node as usize]).filter(|way| way.edge != NONE)
}

/// An evaluation that can be relied on to have `count` priors that sum to 1 and a value in 0..=1.
pub(super) fn trusted(evaluation: Option<Evaluation>, count: usize) -> (Vec<f32>, f32) {
    let Evaluation { mut priors, value } = evaluation.unwrap_or(Evaluation { priors: Vec::new(), value: 0.5 });
    priors.resize(count, 0.0);
    (normalised(priors), if value.is_nan() { 0.5 } else { value.clamp(0.0, 1.0) })
}

/// Weights normalised to sum 1: a weight that is not a positive number counts as 0, and if all do, all are equal.
pub(super) fn normalised(mut weights: Vec<f32>) -> Vec<f32> {
    let mut sum = 0.0f64;
    for weight in &mut weights {
        if !(weight.is_finite() && *weight > 0.0) {
            *weight = 0.0;
        }
        sum += f64::from(*weight);
    }
    if sum > 0.0 {
        if (sum - 1.0).abs() > 1e-6 {
            weights.iter_mut().for_each(|weight| *weight = (f64::from(*weight) / sum) as f32);
        }
    } else {
        let even = 1.0 / weights.len() as f32;
        weights.fill(even);
    }
    weights
}
