//! Partial graphs: the decisions of a search for a graph so far.
//!
//! A graph is written in the order of its text: one environment after the other for the statements of the question,
//! then the term of the answer from its root down, the arguments of an operator from left to right. So a partial term
//! is a stack of operators, each with the arguments that are finished; the next hole is the first argument that the
//! innermost operator lacks. Environments are never holes: they are the environment of the statements so far.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::instance::{Failure, Instance};
use crate::graph::algebra::budget::Budget;
use crate::graph::algebra::error::EvalError;
use crate::graph::algebra::types::Type;
use crate::graph::algebra::value::Value;
use crate::graph::language::dag::{BuildError, Builder, Graph, Node, evaluate_node};
use crate::graph::language::operators::{self, Applied};
use crate::graph::question::Element;

/// The index of a finished node in an [`Arena`].
pub(super) type Finished = u32;

/// A step from one partial graph to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The next sentence is a statement, with this environment after it.
    State(Finished),
    /// The next sentence begins the question.
    Ask,
    /// A leaf: an element, or its value in the environment.
    Leaf {
        /// The element.
        element: u32,
        /// The node.
        node: Finished,
    },
    /// A finished node once more.
    Share(Finished),
    /// An operator, whose arguments are the next holes.
    Apply(Applied),
}

/// Result of filling a hole.
pub(super) enum Filled {
    Dead,
    Open(Partial),
    /// The term is finished.
    Root(Partial, Finished),
}

/// Finished nodes, each once, with their values. Nodes that have no value are remembered as such.
#[derive(Debug, Default)]
pub(super) struct Arena {
    nodes: Vec<Node>,
    kinds: Vec<Type>,
    values: Vec<Value>,
    classes: Vec<u32>,
    known: FxHashMap<Node, Option<Finished>>,
    class_of: FxHashMap<(Value, Vec<Option<Value>>), u32>,
    /// Other questions that the same graphs are to answer: each node has a value there, too, or none.
    others: Vec<Instance>,
    /// Errors for which nodes have no value, and that say something of the question, each once.
    failures: Vec<EvalError>,
}

impl Arena {
    /// An arena for a question and others.
    pub fn new(others: Vec<Instance>) -> Self {
        Self { others, ..Self::default() }
    }

    /// The node if it has a value within the budget.
    fn node(&mut self, node: Node, kind: Type, elements: &[Element], budget: Budget) -> Option<Finished> {
        if let Some(known) = self.known.get(&node) {
            return *known;
        }
        let value = evaluate_node(&node, &self.values, elements, &mut { budget });
        if let Err(error) = &value
            && matches!(error, EvalError::NoSolution | EvalError::DivisionByZero | EvalError::TooManyDigits)
            && !self.failures.contains(error)
        {
            self.failures.push(error.clone());
        }
        let value = value.ok();
        let id = value.map(|value| {
            let next = self.class_of.len() as u32;
            let elsewhere = self.others.iter_mut().map(|other| other.push(&node, budget).ok().cloned()).collect();
            self.classes.push(*self.class_of.entry((value.clone(), elsewhere)).or_insert(next));
            self.values.push(value);
            self.nodes.push(node.clone());
            self.kinds.push(kind);
            self.nodes.len() as u32 - 1
        });
        self.known.insert(node, id);
        id
    }

    /// The errors for which nodes have no value: those that say something of the question.
    pub fn failures(&self) -> &[EvalError] {
        &self.failures
    }

    /// The node of an element.
    pub fn element(&mut self, index: u32, elements: &[Element]) -> Option<Finished> {
        let kind = elements.get(index as usize)?.kind;
        self.node(Node::Element(index), kind, elements, Budget::default())
    }

    /// The node of an operator, with the signature that the text form of graphs would read.
    pub fn apply(
        &mut self,
        operator: u16,
        arguments: &[Finished],
        elements: &[Element],
        budget: Budget,
    ) -> Option<Finished> {
        let kinds: SmallVec<[Type; 4]> = arguments.iter().map(|argument| self.kind(*argument)).collect();
        let applied = operators::applied(operator, &kinds)?;
        let node = Node::Apply { applied, arguments: arguments.into() };
        self.node(node, applied.signature().result, elements, budget)
    }

    pub fn kind(&self, id: Finished) -> Type {
        self.kinds[id as usize]
    }

    pub fn value(&self, id: Finished) -> &Value {
        &self.values[id as usize]
    }

    /// The value of a node for another question.
    pub fn elsewhere(&self, question: usize, id: Finished) -> Result<&Value, &Failure> {
        self.others[question].get(id)
    }

    /// A number that nodes of equal value share; of equal values for all questions, if there are several.
    pub fn class(&self, id: Finished) -> u32 {
        self.classes[id as usize]
    }

    pub fn get(&self, id: Finished) -> &Node {
        &self.nodes[id as usize]
    }

    /// The graph with a root among the finished nodes.
    pub fn graph(&self, root: Finished, elements: &[Element]) -> Result<Graph, BuildError> {
        let mut is_needed = vec![false; root as usize + 1];
        is_needed[root as usize] = true;
        for id in (0..=root as usize).rev() {
            if let (true, Node::Apply { arguments, .. }) = (is_needed[id], &self.nodes[id]) {
                arguments.iter().for_each(|argument| is_needed[*argument as usize] = true);
            }
        }
        let mut builder = Builder::new();
        let mut moved = vec![0; root as usize + 1];
        for id in (0..=root as usize).filter(|id| is_needed[*id]) {
            moved[id] = match &self.nodes[id] {
                Node::Element(index) => builder.element(*index, elements)?,
                Node::Literal(value) => builder.literal(value.clone())?,
                Node::Apply { applied, arguments } => {
                    let arguments: Vec<u32> = arguments.iter().map(|argument| moved[*argument as usize]).collect();
                    builder.applied(*applied, &arguments)?
                }
            };
        }
        Ok(builder.finish(moved[root as usize]))
    }
}

/// An operator with the arguments that are finished.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Frame {
    pub applied: Applied,
    pub arguments: SmallVec<[Finished; 4]>,
}

/// A hole: the requirements on the term that is to fill it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    /// Its type; `None` for the root of the answer, which may be of any type that answers a question.
    pub kind: Option<Type>,
    /// Whether the operator around it looks names up by itself.
    pub is_in_scope: bool,
}

/// The purpose of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// None yet: the next sentence is a statement, or the question.
    Undecided,
    /// The environment after a statement.
    Statement,
    /// The answer.
    Answer,
}

/// A partial graph.
#[derive(Clone, Debug)]
pub(super) struct Partial {
    pub purpose: Purpose,
    /// The environments of the statements so far; the first is the empty one.
    pub scopes: SmallVec<[Finished; 6]>,
    /// The sentence that comes next.
    pub sentence: usize,
    /// The elements that the term may use.
    pub block: Range<u32>,
    pub used: SmallVec<[u64; 2]>,
    pub frames: SmallVec<[Frame; 6]>,
    /// Operators of the term, and how many it may have.
    pub operators: usize,
    pub most_operators: usize,
    /// Nodes of the term that are finished, other than leaves.
    pub finished: SmallVec<[Finished; 6]>,
}

impl Partial {
    /// The empty partial graph: only the empty environment.
    pub fn new(empty: Finished, elements: usize) -> Self {
        Self {
            purpose: Purpose::Undecided,
            scopes: SmallVec::from_slice(&[empty]),
            sentence: 0,
            block: 0..0,
            used: SmallVec::from_elem(0, elements.div_ceil(64)),
            frames: SmallVec::new(),
            operators: 0,
            most_operators: 0,
            finished: SmallVec::new(),
        }
    }

    /// The same with a term begun.
    pub fn begin(&self, purpose: Purpose, block: Range<u32>, most_operators: usize) -> Self {
        let mut next = self.clone();
        (next.purpose, next.block, next.most_operators) = (purpose, block, most_operators);
        next
    }

    /// The environment that is known.
    pub fn scope(&self) -> Finished {
        *self.scopes.last().expect("there is the empty environment at least")
    }

    pub fn is_used(&self, element: u32) -> bool {
        self.used[element as usize / 64] >> (element % 64) & 1 == 1
    }

    pub fn mark_used(&mut self, element: u32) {
        self.used[element as usize / 64] |= 1 << (element % 64);
    }

    /// The elements that the term may use and does not use yet.
    pub fn unused(&self) -> impl Iterator<Item = u32> + '_ {
        self.block.clone().filter(|element| !self.is_used(*element))
    }

    /// The next hole.
    pub fn hole(&self) -> Hole {
        match self.frames.last() {
            Some(frame) => {
                let parameters = frame.applied.signature().parameters;
                Hole {
                    kind: parameters.get(frame.arguments.len()).copied(),
                    is_in_scope: parameters.contains(&Type::Env),
                }
            }
            None if self.purpose == Purpose::Statement => Hole { kind: Some(Type::Env), is_in_scope: false },
            None => Hole { kind: None, is_in_scope: false },
        }
    }

    /// The types of the holes that come after the next one.
    pub fn later_holes(&self) -> impl Iterator<Item = Type> + '_ {
        // The next hole is the innermost operator's; outer ones wait for the argument after their last one.
        let parameters = |frame: &Frame| frame.applied.signature().parameters.iter().copied();
        self.frames.iter().flat_map(move |frame| parameters(frame).skip(frame.arguments.len() + 1))
    }

    /// A key that is equal for partial graphs that differ only in terms of equal value.
    pub fn key(&self, arena: &Arena) -> u128 {
        let half = |salt: u64| {
            let mut hasher = DefaultHasher::new();
            (salt, self.purpose, self.sentence, &self.block, &self.used).hash(&mut hasher);
            arena.class(self.scope()).hash(&mut hasher);
            for frame in &self.frames {
                (frame.applied, frame.arguments.len()).hash(&mut hasher);
                frame.arguments.iter().for_each(|argument| arena.class(*argument).hash(&mut hasher));
            }
            hasher.finish()
        };
        u128::from(half(1)) << 64 | u128::from(half(2))
    }
}

/// A state of the search: a partial graph and how it came about; cheap to clone.
#[derive(Clone, Debug)]
pub struct State {
    pub(super) partial: Arc<Partial>,
    /// The last decision before it.
    pub(super) before: Option<Arc<Step>>,
}

/// A decision.
#[derive(Debug)]
pub struct Step {
    /// The state in which it was made.
    pub state: State,
    /// The action that was taken.
    pub action: Action,
}
