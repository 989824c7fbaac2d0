//! Walks from the root that draw their edges by the priors. The end of a walk is described at
//! [`Algorithm::Sampling`](super::Algorithm::Sampling).

use super::Problem;
use super::engine::{Engine, guided};
use super::graph::{EdgeState, NodeState, Way};
use super::stop::StopReason;
use crate::evaluator::Evaluator;
use rand::{Rng, RngExt};

/// Edges that the shortest walks may take.
pub(super) const SHORTEST: u64 = 16;

/// A walk under way.
struct Walk {
    node: u32,
    /// The owners and edges from the root to the node.
    path: Vec<(u32, u32)>,
    /// Edges that it may take.
    limit: u64,
    /// The mark of its path in the graph, once it has one.
    generation: Option<u32>,
    /// Edges looked at.
    looked_at: usize,
    /// Whether it stepped or expanded anything.
    progress: bool,
}

/// State of a walk while others go on.
#[derive(PartialEq)]
enum Arrival {
    /// At a node that waits for its evaluation.
    Waiting,
    /// At its end.
    End,
}

/// The walks that go on side by side.
#[derive(Default)]
struct Walks {
    under_way: Vec<Walk>,
    /// Walks started so far.
    started: u64,
    /// Edges to draw from, with their priors.
    candidates: Vec<(u32, f64)>,
}

/// Runs until a reason to stop.
pub(super) fn run<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
    engine: &mut Engine<'_, P, E>,
    rng: &mut R,
) -> StopReason {
    let mut walks = Walks::default();
    loop {
        let reason = walks.go_on(engine, rng);
        engine.evaluate_leaves();
        if let Some(reason) = reason {
            walks.under_way.iter().for_each(|walk| engine.graph.back_up(&walk.path));
            return reason;
        }
    }
}

impl Walks {
    /// Goes on with every walk until it waits for an evaluation; a new one takes the place of one that ends.
    fn go_on<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
        &mut self,
        engine: &mut Engine<'_, P, E>,
        rng: &mut R,
    ) -> Option<StopReason> {
        let mut guide = None;
        if engine.is_stuck() {
            match engine.sweep() {
                Ok(witness) => guide = Some(witness),
                Err(reason) => return Some(reason),
            }
            // The guide holds until something changes, and from the root on: the first walk starts anew to follow it.
            self.replace(engine, 0);
        }
        for index in 0..engine.options.batch.max(1) {
            if index >= self.under_way.len() {
                if !engine.leaves.is_empty() && engine.graph.node(engine.graph.root).status == NodeState::Pending {
                    // Whatever starts now would wait at the root.
                    break;
                }
                let walk = self.start(engine.graph.root);
                self.under_way.push(walk);
            }
            loop {
                if let Some(reason) = engine.should_stop() {
                    return Some(reason);
                }
                if engine.is_stuck() {
                    // The sweep must not meet leaves that wait; it comes first in the next round.
                    return None;
                }
                let walk = &mut self.under_way[index];
                if walk.go_on(engine, guide.take(), &mut self.candidates, rng) == Arrival::Waiting {
                    break;
                }
                self.replace(engine, index);
            }
        }
        None
    }

    fn start(&mut self, root: u32) -> Walk {
        self.started += 1;
        let limit = SHORTEST.saturating_mul(luby(self.started));
        Walk { node: root, path: Vec::new(), limit, generation: None, looked_at: 0, progress: false }
    }

    /// Ends a walk, if there is one at this position, and starts the next one.
    fn replace<P: Problem, E: Evaluator + ?Sized>(&mut self, engine: &mut Engine<'_, P, E>, index: usize) {
        let next = self.start(engine.graph.root);
        if let Some(walk) = self.under_way.get_mut(index) {
            engine.graph.back_up(&walk.path);
            *walk = next;
        } else {
            self.under_way.push(next);
        }
    }
}

impl Walk {
    /// Goes on, with the guide of a sweep or by chance, until the walk ends or waits for an evaluation.
    fn go_on<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
        &mut self,
        engine: &mut Engine<'_, P, E>,
        mut guide: Option<Vec<Way>>,
        candidates: &mut Vec<(u32, f64)>,
        rng: &mut R,
    ) -> Arrival {
        if !self.is_still_wanted(engine) {
            return Arrival::End;
        }
        loop {
            match engine.graph.node(self.node).status {
                NodeState::Pending if !engine.leaves.is_empty() => return Arrival::Waiting,
                // With no batch in the making, a pending node was left behind by a panic.
                NodeState::New | NodeState::Pending => {
                    self.progress = true;
                    return if engine.take_leaf(self.node, 0) { Arrival::Waiting } else { Arrival::End };
                }
                _ if !engine.wants_more(self.node) => return Arrival::End,
                NodeState::Open | NodeState::Solved | NodeState::Dead => {}
            }
            if guide.is_none() && self.path.len() as u64 >= self.limit {
                return self.end_in_vain(engine);
            }
            engine.graph.nodes[self.node as usize].stamp = engine.graph.generation;
            self.looked_at += engine.graph.node(self.node).edge_count as usize;
            let way = guided(guide.as_deref(), self.node);
            let Some(way) = way.or_else(|| draw(engine, self.node, candidates, rng).map(Way::through)) else {
                engine.count_blocked(self.node);
                return self.end_in_vain(engine);
            };
            let edge = way.edge;
            if engine.graph.edge(edge).status == EdgeState::Unstepped {
                guide = None;
                self.progress = true;
                engine.step(self.node, edge);
                if engine.graph.edge(edge).status == EdgeState::Open && engine.is_blocked(edge) {
                    // It leads back, so it should not have been among the edges to draw from.
                    continue;
                }
            }
            self.path.push((self.node, edge));
            if engine.graph.edge(edge).status != EdgeState::Open {
                return Arrival::End;
            }
            self.node = engine.open_subgoal(way);
        }
    }

    /// Marks the path in the graph, in place of another walk's, as the states that must not be met again; whether other
    /// walks left everything on it undecided.
    fn is_still_wanted<P: Problem, E: Evaluator + ?Sized>(&mut self, engine: &mut Engine<'_, P, E>) -> bool {
        if self.generation == Some(engine.graph.generation) {
            return true;
        }
        engine.graph.next_generation();
        let generation = engine.graph.generation;
        self.generation = Some(generation);
        self.path.iter().all(|&(owner, edge)| {
            engine.graph.nodes[owner as usize].stamp = generation;
            engine.wants_more(owner) && engine.graph.edge(edge).status == EdgeState::Open
        })
    }

    fn end_in_vain<P: Problem, E: Evaluator + ?Sized>(&self, engine: &mut Engine<'_, P, E>) -> Arrival {
        if !self.progress {
            engine.wasted += self.looked_at;
        }
        Arrival::End
    }
}

/// An edge drawn by the priors of those to go on with; none if all open ones lead back onto the path.
pub(super) fn draw<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
    engine: &Engine<'_, P, E>,
    node: u32,
    candidates: &mut Vec<(u32, f64)>,
    rng: &mut R,
) -> Option<u32> {
    candidates.clear();
    for edge in engine.graph.edge_range(node) {
        let record = engine.graph.edge(edge);
        if matches!(record.status, EdgeState::Unstepped | EdgeState::Open) && !engine.is_blocked(edge) {
            candidates.push((edge, f64::from(record.prior)));
        }
    }
    let total: f64 = candidates.iter().map(|&(_, prior)| prior).sum();
    if total > 0.0 {
        let mut left = rng.random::<f64>() * total;
        let mut possible = candidates.iter().filter(|&&(_, prior)| prior > 0.0);
        let drawn = possible.find(|&&(_, prior)| {
            left -= prior;
            left < 0.0
        });
        // What rounding leaves over belongs to the last one.
        drawn.or_else(|| candidates.iter().rfind(|&&(_, prior)| prior > 0.0)).map(|&(edge, _)| edge)
    } else if candidates.is_empty() {
        None
    } else {
        candidates.get(rng.random_range(0..candidates.len())).map(|&(edge, _)| edge)
    }
}

/// The terms of Luby, Sinclair and Zuckerman's sequence, from the first on: `L(n) = 2^(k-1)` if `n = 2^k - 1`, else
/// `L(n) = L(n - 2^(k-1) + 1)` with `2^(k-1) <= n < 2^k - 1`.
pub(super) fn luby(n: u64) -> u64 {
    let mut n = n.max(1);
    loop {
        // 2^(k-1): the highest power of two in n.
        let power = 1 << n.ilog2();
        if n == power - 1 + power {
            return power;
        }
        n -= power - 1;
    }
}
