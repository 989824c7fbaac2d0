//! Descents by PUCT and their backup. The formula is at [`Options`](super::Options).

use super::Problem;
use super::engine::{Engine, guided};
use super::graph::{EdgeState, NodeState, Way};
use super::options::{Selection, Ties};
use super::stop::StopReason;
use crate::evaluator::Evaluator;

/// Descents in succession that meet only leaves of the same batch, after which the batch goes on as it is. Twice the
/// size of a batch ends it sooner in all but large ones.
const MOST_COLLISIONS: usize = 256;

/// End of a descent.
enum Arrival {
    /// At a node that now waits for its evaluation.
    Leaf,
    /// At a node that something on the way decided.
    Settled,
    /// At a node that another descent waits for.
    Collision,
    /// At a node whose every way on leads back onto the path.
    Blocked,
}

impl<P: Problem, E: Evaluator + ?Sized> Engine<'_, P, E> {
    /// Runs until a reason to stop.
    pub fn puct(&mut self) -> StopReason {
        loop {
            let reason = self.gather();
            self.flush();
            if let Some(reason) = reason {
                return reason;
            }
        }
    }

    /// Collects the leaves of one batch.
    fn gather(&mut self) -> Option<StopReason> {
        let batch = self.options.batch.max(1);
        let mut collisions = 0;
        for _ in 0..batch.saturating_mul(2) {
            if let Some(reason) = self.should_stop() {
                return Some(reason);
            }
            let guide = if self.is_stuck() {
                if !self.leaves.is_empty() {
                    return None;
                }
                match self.sweep() {
                    Ok(guide) => Some(guide),
                    Err(reason) => return Some(reason),
                }
            } else {
                None
            };
            let start = self.path.len();
            match self.descend(guide) {
                Arrival::Leaf => {
                    collisions = 0;
                    self.change_virtual_losses(start, self.path.len(), true);
                }
                Arrival::Settled | Arrival::Blocked => {
                    self.graph.back_up(&self.path[start..]);
                    self.path.truncate(start);
                }
                Arrival::Collision => {
                    collisions += 1;
                    self.path.truncate(start);
                }
            }
            if self.leaves.len() >= batch || collisions >= MOST_COLLISIONS {
                break;
            }
        }
        None
    }

    /// Evaluates the batch and backs it up.
    fn flush(&mut self) {
        let leaves = self.evaluate_leaves();
        for (index, leaf) in leaves.iter().enumerate() {
            let end = leaves.get(index + 1).map_or(self.path.len(), |next| next.start);
            self.change_virtual_losses(leaf.start, end, false);
            self.graph.back_up(&self.path[leaf.start..end]);
        }
        self.path.clear();
    }

    fn change_virtual_losses(&mut self, start: usize, end: usize, add: bool) {
        if self.options.batch <= 1 {
            return;
        }
        for &(_, edge) in &self.path[start..end] {
            let count = &mut self.graph.edges[edge as usize].in_flight;
            // A batch has fewer than 65536 descents through one edge, or the last ones share a count.
            *count = if add { count.saturating_add(1) } else { count.saturating_sub(1) };
        }
    }

    /// Goes down from the root to a leaf, with the guide of a sweep or by PUCT, and notes its path.
    fn descend(&mut self, mut guide: Option<Vec<Way>>) -> Arrival {
        self.graph.next_generation();
        let start = self.path.len();
        let mut node = self.graph.root;
        let (mut looked_at, mut progress) = (0, false);
        loop {
            match self.graph.node(node).status {
                NodeState::Pending if !self.leaves.is_empty() => return Arrival::Collision,
                // With no batch in the making, a pending node was left behind by a panic.
                NodeState::New | NodeState::Pending => {
                    return if self.take_leaf(node, start) { Arrival::Leaf } else { Arrival::Settled };
                }
                NodeState::Open | NodeState::Solved | NodeState::Dead => {}
            }
            self.graph.nodes[node as usize].stamp = self.graph.generation;
            let way = loop {
                looked_at += self.graph.node(node).edge_count as usize;
                let Some(way) = self.choose(node, guide.as_deref()) else {
                    self.count_blocked(node);
                    if !progress {
                        self.wasted += looked_at;
                    }
                    return Arrival::Blocked;
                };
                let edge = way.edge;
                if self.graph.edge(edge).status != EdgeState::Unstepped {
                    break way;
                }
                guide = None;
                progress = true;
                self.step(node, edge);
                if self.graph.edge(edge).status == EdgeState::Ended {
                    self.path.push((node, edge));
                    return Arrival::Settled;
                }
                // After one of several solutions the next one is chosen from the root on.
                let is_another = self.graph.several.is_some() && self.graph.edge(edge).status == EdgeState::Solved;
                if is_another || self.graph.node(node).status != NodeState::Open {
                    return Arrival::Settled;
                }
                if self.graph.edge(edge).status == EdgeState::Open && !self.is_blocked(edge) {
                    break way;
                }
            };
            self.path.push((node, way.edge));
            node = self.open_subgoal(way);
        }
    }

    /// The way to go on; none if all open ones lead back onto the path.
    fn choose(&self, node: u32, guide: Option<&[Way]>) -> Option<Way> {
        guided(guide, node).or_else(|| self.best_edge(node).map(Way::through))
    }

    fn best_edge(&self, id: u32) -> Option<u32> {
        let node = self.graph.node(id);
        let value = self.graph.open_value(node);
        let first_play = (value - self.options.first_play_reduction * node.visited_prior.max(0.0).sqrt()).max(0.0);
        let alive = (1.0 - node.dead_prior).max(1e-3);
        let (c, all) = (self.options.exploration, node.visits.max(1) as f32);
        // What the prior is multiplied by, and what is added to it.
        let (scale, even) = match self.options.selection {
            Selection::Puct => (c * all.sqrt() / alive, 0.0),
            Selection::Uct => (0.0, c * all.ln().sqrt()),
            Selection::PUcb => (c * all.ln().sqrt() / alive, 0.0),
            Selection::VarPUcb => {
                let base = self.options.base;
                ((((all + base + 1.0) / base).ln() + c) * all.ln().sqrt() / alive, 0.0)
            }
        };
        let mut best = None;
        let mut best_score = f32::NEG_INFINITY;
        for (edge, record) in self.graph.edge_range(id).zip(&self.graph.edges[node.first_edge as usize..]) {
            let quality = match record.status {
                EdgeState::Solved | EdgeState::Dead | EdgeState::Ended => continue,
                _ if record.visits == 0 => first_play,
                _ => record.value,
            };
            let visits = record.visits as f32;
            let in_flight = f32::from(record.in_flight);
            // An edge never visited counts as visited once where a virtual loss thins out its value.
            let kept = if record.in_flight == 0 { 1.0 } else { visits.max(1.0) / (visits.max(1.0) + in_flight) };
            let score = quality * kept + (scale * record.prior + even) / (1.0 + visits + in_flight);
            let better = score > best_score
                || (score == best_score && best.is_none_or(|other| self.tie(edge) < self.tie(other)));
            if better && !self.is_blocked(edge) {
                best = Some(edge);
                best_score = score;
            }
        }
        best
    }

    /// The rank of an edge among equals.
    fn tie(&self, edge: u32) -> u32 {
        match self.options.ties {
            Ties::Order => edge,
            // Two rounds of multiplying by odd constants and folding the upper half: a permutation of the ids that
            // depends on the seed.
            Ties::Random => {
                let mixed = (edge ^ self.salt).wrapping_mul(0x9E37_79B1);
                (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA77)
            }
        }
    }
}
