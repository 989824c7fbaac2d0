//! Best-first and breadth-first search: the open edges wait in one queue instead of being found by descents from the
//! root.

use super::Problem;
use super::engine::Engine;
use super::graph::{Edge, EdgeState, NodeState};
use super::stop::StopReason;
use crate::evaluator::Evaluator;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// An edge that may be explored.
pub(super) struct Entry {
    /// Sum of the logarithms of the priors from the root on; equal for all in a breadth-first search.
    pub priority: f32,
    /// Position in the order of arrival.
    arrival: u64,
    pub owner: u32,
    pub edge: u32,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.priority.total_cmp(&other.priority).then(other.arrival.cmp(&self.arrival))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

/// The edges that wait, in the order of their priorities and then of their arrival, and the nodes met on the way.
#[derive(Default)]
pub(super) struct Waiting {
    edges: BinaryHeap<Entry>,
    /// By node: whether it was reached in this search.
    reached: Vec<bool>,
    arrivals: u64,
}

impl Waiting {
    /// Notes that a node was reached; whether it was not before.
    pub fn reach(&mut self, node: u32) -> bool {
        let index = node as usize;
        if self.reached.len() <= index {
            self.reached.resize(index + 1, false);
        }
        !std::mem::replace(&mut self.reached[index], true)
    }

    pub fn push(&mut self, priority: f32, owner: u32, edge: u32) {
        self.edges.push(Entry { priority, arrival: self.arrivals, owner, edge });
        self.arrivals += 1;
    }

    /// The best edge.
    pub fn pop(&mut self) -> Option<Entry> {
        self.edges.pop()
    }

    /// Forgets the edges, not the nodes.
    pub fn forget_edges(&mut self) {
        self.edges.clear();
    }
}

/// The priority of an edge of a node that has one: the edge's prior is one more factor of the product.
pub(super) fn extended(priority: f32, edge: &Edge) -> f32 {
    priority + edge.prior.max(f32::MIN_POSITIVE).ln()
}

/// The frontier of a search: the edges and nodes to explore.
struct Frontier {
    waiting: Waiting,
    /// Nodes to expand, with their priorities.
    nodes: VecDeque<(u32, f32)>,
    by_prior: bool,
}

impl Frontier {
    /// Enters a node and the known nodes below it.
    fn reach<P: Problem, E: Evaluator + ?Sized>(&mut self, engine: &Engine<'_, P, E>, node: u32, priority: f32) {
        let mut worklist = vec![(node, priority)];
        while let Some((node, priority)) = worklist.pop() {
            if self.waiting.reach(node) {
                match engine.graph.node(node).status {
                    // A pending node met for the first time was left behind by a panic.
                    NodeState::New | NodeState::Pending => self.nodes.push_back((node, priority)),
                    _ => self.enter(engine, node, priority, &mut worklist),
                }
            }
        }
    }

    /// Enters the unstepped edges of an expanded node; the subgoals of its open edges go to the worklist.
    fn enter<P: Problem, E: Evaluator + ?Sized>(
        &mut self,
        engine: &Engine<'_, P, E>,
        owner: u32,
        priority: f32,
        worklist: &mut Vec<(u32, f32)>,
    ) {
        if !engine.wants_more(owner) {
            return;
        }
        for edge in engine.graph.edge_range(owner) {
            let record = engine.graph.edge(edge);
            let priority = if self.by_prior { extended(priority, record) } else { 0.0 };
            match record.status {
                EdgeState::Unstepped => self.waiting.push(priority, owner, edge),
                EdgeState::Open => worklist.extend(engine.graph.subgoals(edge).iter().map(|&id| (id, priority))),
                EdgeState::Solved | EdgeState::Dead | EdgeState::Ended => {}
            }
        }
    }
}

/// Runs until a reason to stop.
pub(super) fn run<P: Problem, E: Evaluator + ?Sized>(engine: &mut Engine<'_, P, E>, by_prior: bool) -> StopReason {
    let mut frontier = Frontier { waiting: Waiting::default(), nodes: VecDeque::new(), by_prior };
    frontier.reach(engine, engine.graph.root, 0.0);
    let mut priorities = Vec::new();
    let mut worklist = Vec::new();
    loop {
        let reason = gather(engine, &mut frontier, &mut priorities);
        for (leaf, &priority) in engine.evaluate_leaves().iter().zip(&priorities) {
            frontier.enter(engine, leaf.node, priority, &mut worklist);
            while let Some((node, priority)) = worklist.pop() {
                frontier.reach(engine, node, priority);
            }
        }
        priorities.clear();
        if let Some(reason) = reason {
            return reason;
        }
    }
}

/// Collects the leaves of one batch and their priorities.
fn gather<P: Problem, E: Evaluator + ?Sized>(
    engine: &mut Engine<'_, P, E>,
    frontier: &mut Frontier,
    priorities: &mut Vec<f32>,
) -> Option<StopReason> {
    while engine.leaves.len() < engine.options.batch.max(1) {
        if let Some(reason) = engine.should_stop() {
            return Some(reason);
        }
        if let Some((node, priority)) = frontier.nodes.pop_front() {
            if engine.take_leaf(node, 0) {
                priorities.push(priority);
            }
            continue;
        }
        let Some(Entry { priority, owner, edge, .. }) = frontier.waiting.pop() else {
            if !engine.leaves.is_empty() {
                return None;
            }
            // What is still undecided can only be solved in a circle; the sweep says so of each node.
            engine.graph.sweep();
            return Some(StopReason::Exhausted);
        };
        if !engine.wants_more(owner) || engine.graph.edge(edge).status != EdgeState::Unstepped {
            continue;
        }
        engine.step(owner, edge);
        engine.graph.visit(owner, edge);
        if engine.graph.edge(edge).status == EdgeState::Open {
            for &subgoal in engine.graph.subgoals(edge) {
                frontier.reach(engine, subgoal, priority);
            }
        }
    }
    None
}
