//! Sequential Monte Carlo: particles that go on side by side and are drawn anew by their weights. The rule stands at
//! [`Algorithm::Smc`](super::Algorithm::Smc).

use super::Problem;
use super::engine::{Engine, guided};
use super::graph::{EdgeState, NodeState, Way};
use super::sampling::{SHORTEST, draw, luby};
use super::stop::StopReason;
use crate::evaluator::Evaluator;
use rand::{Rng, RngExt};

/// Particles, at most.
const MOST_PARTICLES: usize = 256;

/// A particle under way.
#[derive(Clone)]
struct Particle {
    node: u32,
    /// The owners and edges from the root to the node.
    path: Vec<(u32, u32)>,
    /// At least 0; 0 once it met what is dead.
    weight: f64,
    /// The value of the state that it was last weighed at.
    value: f64,
}

/// Outcome of a particle's move.
enum Moved {
    On,
    /// It met what is dead, or has no way on but back.
    Lost,
    /// It is over: solved, ended, or as long as may be.
    Over,
}

/// Runs until a reason to stop.
pub(super) fn run<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
    engine: &mut Engine<'_, P, E>,
    rng: &mut R,
) -> StopReason {
    let mut generation = 0;
    loop {
        generation += 1;
        let mut guide = None;
        if engine.is_stuck() {
            match engine.sweep() {
                Ok(witness) => guide = Some(witness),
                Err(reason) => return reason,
            }
        }
        if let Err(reason) = population(engine, SHORTEST * luby(generation), guide, rng) {
            return reason;
        }
    }
}

/// One population, from the root to where all of its particles end.
fn population<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
    engine: &mut Engine<'_, P, E>,
    limit: u64,
    mut guide: Option<Vec<Way>>,
    rng: &mut R,
) -> Result<(), StopReason> {
    let count = engine.options.width.clamp(1, MOST_PARTICLES);
    let start = Particle { node: engine.graph.root, path: Vec::new(), weight: 1.0, value: 0.0 };
    let mut particles = vec![start; count];
    let mut looked_at = 0;
    let before = (engine.statistics.expansions, engine.statistics.steps);
    while !particles.is_empty() {
        let reason = expand(engine, &particles);
        particles.iter_mut().for_each(|particle| particle.weigh(engine));
        resample(&mut particles, rng);
        if let Some(reason) = reason.or_else(|| engine.should_stop()) {
            particles.iter().for_each(|particle| engine.graph.back_up(&particle.path));
            return Err(reason);
        }
        let mut lost = 0;
        let mut left = Vec::with_capacity(particles.len());
        for mut particle in particles {
            let moved = particle.go_on(engine, limit, &mut guide, &mut looked_at, rng);
            match moved {
                Moved::On => left.push(particle),
                Moved::Lost => {
                    engine.graph.back_up(&particle.path);
                    lost += 1;
                }
                Moved::Over => engine.graph.back_up(&particle.path),
            }
            if let Some(reason) = engine.should_stop() {
                left.iter().for_each(|particle| engine.graph.back_up(&particle.path));
                return Err(reason);
            }
        }
        // The lost have weight 0: others take their places when they are drawn anew.
        let root = engine.graph.root;
        let gone = Particle { node: root, path: Vec::new(), weight: 0.0, value: 1.0 };
        if !left.is_empty() {
            left.resize(left.len() + lost, gone);
        }
        particles = left;
    }
    if before == (engine.statistics.expansions, engine.statistics.steps) {
        // At least one, so that a population that finds nothing to look at counts.
        engine.wasted += looked_at.max(1);
    }
    Ok(())
}

/// Expands the nodes at which particles stand, in batches.
fn expand<P: Problem, E: Evaluator + ?Sized>(
    engine: &mut Engine<'_, P, E>,
    particles: &[Particle],
) -> Option<StopReason> {
    let mut reason = None;
    for particle in particles.iter().filter(|particle| particle.weight > 0.0) {
        let is_waiting = engine.leaves.iter().any(|leaf| leaf.node == particle.node);
        if is_waiting || !matches!(engine.graph.node(particle.node).status, NodeState::New | NodeState::Pending) {
            continue;
        }
        reason = engine.should_stop();
        if reason.is_some() {
            break;
        }
        engine.take_leaf(particle.node, 0);
        if engine.leaves.len() >= engine.options.batch.max(1) {
            engine.evaluate_leaves();
        }
    }
    engine.evaluate_leaves();
    reason
}

/// Draws the particles anew where the effective number of them is under half.
fn resample<R: Rng + ?Sized>(particles: &mut Vec<Particle>, rng: &mut R) {
    let count = particles.len();
    let sum: f64 = particles.iter().map(|particle| particle.weight).sum();
    if sum <= 0.0 {
        // All are lost; where weights came to nothing by rounding, the values say nothing any more.
        particles.clear();
        return;
    }
    let squares: f64 = particles.iter().map(|particle| particle.weight * particle.weight).sum();
    if sum * sum >= 0.5 * count as f64 * squares {
        return;
    }
    let step = sum / count as f64;
    let mut at = rng.random::<f64>() * step;
    let mut drawn: Vec<Particle> = Vec::with_capacity(count);
    let mut passed = 0.0;
    for particle in particles.iter() {
        passed += particle.weight;
        while at < passed && drawn.len() < count {
            drawn.push(Particle { weight: 1.0, ..particle.clone() });
            at += step;
        }
    }
    *particles = drawn;
}

impl Particle {
    /// Multiplies the weight by how much better the state is than the one before.
    fn weigh<P: Problem, E: Evaluator + ?Sized>(&mut self, engine: &Engine<'_, P, E>) {
        if self.weight == 0.0 {
            return;
        }
        // A state not expanded, as the search ends, is as good as the one before.
        let value = engine.graph.node_value(self.node).map_or(self.value, f64::from);
        if !self.path.is_empty() {
            // A value of 0 that was no verdict is a small one.
            self.weight *= value / self.value.max(1e-3);
        }
        self.value = value;
    }

    /// Takes an edge, with the guide of a sweep or by chance.
    fn go_on<P: Problem, E: Evaluator + ?Sized, R: Rng + ?Sized>(
        &mut self,
        engine: &mut Engine<'_, P, E>,
        limit: u64,
        guide: &mut Option<Vec<Way>>,
        looked_at: &mut usize,
        rng: &mut R,
    ) -> Moved {
        if self.weight == 0.0 {
            return Moved::Lost;
        }
        let node = self.node;
        if !engine.wants_more(node) {
            return if engine.graph.node(node).status == NodeState::Solved { Moved::Over } else { Moved::Lost };
        }
        if guide.is_none() && self.path.len() as u64 >= limit {
            return Moved::Over;
        }
        engine.graph.next_generation();
        let generation = engine.graph.generation;
        for &(owner, _) in self.path.iter().chain(&[(node, 0)]) {
            engine.graph.nodes[owner as usize].stamp = generation;
        }
        *looked_at += engine.graph.node(node).edge_count as usize;
        let way = guided(guide.as_deref(), node);
        let Some(way) = way.or_else(|| draw(engine, node, &mut Vec::new(), rng).map(Way::through)) else {
            engine.count_blocked(node);
            return Moved::Lost;
        };
        let edge = way.edge;
        if engine.graph.edge(edge).status == EdgeState::Unstepped {
            *guide = None;
            engine.step(node, edge);
        }
        self.path.push((node, edge));
        match engine.graph.edge(edge).status {
            EdgeState::Open if !engine.is_blocked(edge) => {
                self.node = engine.open_subgoal(way);
                Moved::On
            }
            EdgeState::Solved | EdgeState::Ended => Moved::Over,
            _ => Moved::Lost,
        }
    }
}
