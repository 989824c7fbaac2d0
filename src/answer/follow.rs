//! A [shape](crate::answer::shape) applied to another question of its kind: the graph of that shape, built by the same
//! decisions as a search builds graphs.

use super::problem::{Found, GraphProblem};
use super::shape::{Nodes, Writer, leaf};
use super::state::{Action, Arena, Partial, Purpose, State};
use crate::graph::algebra::types::Type;
use crate::graph::language::compare::Match;
use crate::graph::language::dag::{Node, NodeId};
use crate::search::{Outcome, Problem};

/// Decisions that are tried for a shape, at most. Mostly there is one way only: the readings of statements and the
/// signatures of operators are what can be chosen.
const MOST_STEPS: usize = 200;

impl Nodes for Arena {
    fn node(&self, id: NodeId) -> &Node {
        self.get(id)
    }

    fn type_of(&self, id: NodeId) -> Type {
        self.kind(id)
    }
}

impl GraphProblem {
    /// The graph of a shape for this question; one that gives the answer, if that is known and there are several.
    /// `None` if there is none, or it has no value.
    pub fn follow(&mut self, shape: &str) -> Option<Found> {
        let mut open = vec![self.root()];
        let mut first = None;
        let mut steps = 0;
        while let Some(state) = open.pop() {
            let begun = self.shape_so_far(&state.partial);
            let Some(rest) = shape.strip_prefix(begun.as_str()) else { continue };
            let mut next = Vec::new();
            for action in self.actions(&state) {
                if !self.begins(action, rest) {
                    continue;
                }
                steps += 1;
                if steps > MOST_STEPS {
                    return first;
                }
                let before = self.found().len();
                if let Outcome::Subgoals(states) = self.step(&state, &action) {
                    next.extend(states);
                }
                if let Some(found) = self.found().get(before).cloned()
                    && self.shape_of(&found).is_some_and(|written| written == shape)
                {
                    if found.matches.is_none_or(|matches| matches == Match::Text) {
                        return Some(found);
                    }
                    first = first.or(Some(found));
                }
            }
            open.extend::<Vec<State>>(next.into_iter().rev().collect());
        }
        first
    }

    /// The shape of a graph that was found; `None` for one of another problem.
    pub fn shape_of(&self, found: &Found) -> Option<String> {
        Some(super::shape::shape(&self.graph_of(found)?, &self.question().elements))
    }

    /// The beginning of the shape of an answer, up to its next hole.
    fn shape_so_far(&self, partial: &Partial) -> String {
        let mut writer = Writer::new(&self.arena, &self.question().elements);
        if partial.purpose == Purpose::Answer {
            for frame in &partial.frames {
                writer.open(frame.applied.operator().name);
                let arguments = frame.arguments.iter().filter(|argument| self.arena.kind(**argument) != Type::Env);
                let mut place = 0;
                for argument in arguments {
                    writer.separate(place);
                    writer.write(*argument);
                    place += 1;
                }
                writer.separate(place);
            }
        }
        writer.text
    }

    /// Whether a shape that goes on with a text may go on with an action.
    fn begins(&self, action: Action, rest: &str) -> bool {
        match action {
            // Statements are no part of a shape.
            Action::State(_) | Action::Ask => true,
            Action::Share(_) => rest.starts_with('#'),
            Action::Apply(applied) => {
                rest.strip_prefix(applied.operator().name).is_some_and(|rest| rest.starts_with('('))
            }
            Action::Leaf { element, .. } => {
                let leaf = leaf(element as usize, &self.question().elements);
                rest.strip_prefix(leaf.as_str()).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
            }
        }
    }
}
