//! Beam search: all states of a level at a time, and only the best of the edges between two levels.

use super::Problem;
use super::engine::Engine;
use super::frontier::{Entry, Waiting, extended};
use super::graph::{EdgeState, NodeState};
use super::stop::StopReason;
use crate::evaluator::Evaluator;

/// Nodes of one level, with their priorities.
type Level = Vec<(u32, f32)>;

/// Runs until a reason to stop or an empty level.
pub(super) fn run<P: Problem, E: Evaluator + ?Sized>(engine: &mut Engine<'_, P, E>) -> StopReason {
    let mut waiting = Waiting::default();
    let mut level = vec![(engine.graph.root, 0.0)];
    waiting.reach(engine.graph.root);
    while !level.is_empty() {
        if let Some(reason) = expand(engine, &level) {
            return reason;
        }
        enter(engine, &level, &mut waiting);
        level = match next_level(engine, &mut waiting) {
            Ok(next) => next,
            Err(reason) => return reason,
        };
    }
    // Where the beam was wide enough, what is still undecided can only be solved in a circle.
    engine.sweep().map_or_else(|reason| reason, |_| StopReason::Other("the beam is empty"))
}

/// Expands the nodes of a level that are not expanded yet, in batches.
fn expand<P: Problem, E: Evaluator + ?Sized>(engine: &mut Engine<'_, P, E>, level: &Level) -> Option<StopReason> {
    let mut reason = None;
    for &(node, _) in level {
        // A pending node met for the first time was left behind by a panic.
        if !matches!(engine.graph.node(node).status, NodeState::New | NodeState::Pending) {
            continue;
        }
        reason = engine.should_stop();
        if reason.is_some() {
            break;
        }
        engine.take_leaf(node, 0);
        if engine.leaves.len() >= engine.options.batch.max(1) {
            engine.evaluate_leaves();
        }
    }
    engine.evaluate_leaves();
    reason
}

/// Enters the edges that a level may go on with: those not stepped, and those that are open although this beam did not
/// step them, since their node's expansion did (eagerly) or an earlier search of the same tree.
fn enter<P: Problem, E: Evaluator + ?Sized>(engine: &Engine<'_, P, E>, level: &Level, waiting: &mut Waiting) {
    for &(owner, priority) in level {
        if !engine.wants_more(owner) {
            continue;
        }
        for edge in engine.graph.edge_range(owner) {
            let record = engine.graph.edge(edge);
            if matches!(record.status, EdgeState::Unstepped | EdgeState::Open) {
                waiting.push(extended(priority, record), owner, edge);
            }
        }
    }
}

/// Steps the best edges until enough of them lead to something new; their subgoals. The other edges are given up.
fn next_level<P: Problem, E: Evaluator + ?Sized>(
    engine: &mut Engine<'_, P, E>,
    waiting: &mut Waiting,
) -> Result<Level, StopReason> {
    let mut next = Level::new();
    let mut room = engine.options.width.max(1);
    while room > 0 {
        if let Some(reason) = engine.should_stop() {
            return Err(reason);
        }
        let Some(Entry { priority, owner, edge, .. }) = waiting.pop() else {
            break;
        };
        // An edge stepped before this one may have decided its node.
        if !engine.wants_more(owner) {
            continue;
        }
        if engine.graph.edge(edge).status == EdgeState::Unstepped {
            engine.step(owner, edge);
        }
        engine.graph.visit(owner, edge);
        if engine.graph.edge(edge).status == EdgeState::Open {
            let before = next.len();
            let undecided = |node: u32| engine.graph.node(node).status != NodeState::Solved;
            let subgoals = engine.graph.subgoals(edge).iter();
            next.extend(subgoals.filter(|&&node| undecided(node) && waiting.reach(node)).map(|&node| (node, priority)));
            room -= usize::from(next.len() > before);
        }
    }
    waiting.forget_edges();
    Ok(next)
}
