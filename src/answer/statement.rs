//! Statements: sentences of a question that extend its environment.
//!
//! A sentence is a statement if an operator gives an environment for all of its elements. Such terms are searched by
//! size, and those of the least size with any are the readings of the sentence; its words other than elements play no
//! role here.

use std::rc::Rc;

use super::problem::GraphProblem;
use super::state::{Filled, Finished, Partial, Purpose};
use crate::graph::algebra::types::Type;

/// The most operators of a statement.
const MOST_OPERATORS: usize = 7;

/// The most elements of a statement.
const MOST_ELEMENTS: usize = 12;

/// The most partial terms that are looked at for a statement of one size.
const MOST_STEPS: usize = 400;

impl GraphProblem {
    /// The environments that a sentence as a statement can lead to, each value once.
    pub(super) fn statements_of(&mut self, scope: Finished, sentence: usize) -> Rc<[Finished]> {
        if let Some(known) = self.statements.get(&(scope, sentence)) {
            return known.clone();
        }
        let block = self.sentences[sentence].clone();
        let mut found = Vec::new();
        if block.len() <= MOST_ELEMENTS && self.can_use_all(Type::Env, block.clone(), scope) {
            let mut start = Partial::new(scope, self.question().elements.len());
            for operators in 1..=MOST_OPERATORS {
                start = start.begin(Purpose::Statement, block.clone(), operators);
                found = self.readings(&start);
                if !found.is_empty() {
                    break;
                }
            }
        }
        let found: Rc<[Finished]> = found.into();
        self.statements.insert((scope, sentence), found.clone());
        found
    }

    /// The terms that use all of their elements, by depth-first search within the bound on size of the start.
    fn readings(&mut self, start: &Partial) -> Vec<Finished> {
        let mut found: Vec<Finished> = Vec::new();
        let mut open = vec![start.clone()];
        for _ in 0..MOST_STEPS {
            let Some(partial) = open.pop() else { break };
            for action in self.fillings(&partial).into_iter().rev() {
                match self.fill(&partial, action) {
                    Filled::Open(next) => open.push(next),
                    Filled::Root(next, root) if next.unused().next().is_none() => {
                        let class = self.arena.class(root);
                        if found.iter().all(|other| self.arena.class(*other) != class) {
                            found.push(root);
                        }
                    }
                    Filled::Root(..) | Filled::Dead => {}
                }
            }
        }
        found
    }
}
