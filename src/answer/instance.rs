//! A graph that was made for one question, applied to others: its elements are parameters, by their places.
//!
//! An element `f2` stands for the third element of whatever question the graph is applied to. Where that has another
//! type, the operators around it are taken with the signature that fits there, as they would be if the graph had been
//! written for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::graph::algebra::budget::Budget;
use crate::graph::algebra::error::EvalError;
use crate::graph::algebra::types::Type;
use crate::graph::algebra::value::Value;
use crate::graph::language::compare::{Match, compare};
use crate::graph::language::dag::{Graph, Node};
use crate::graph::language::operators;
use crate::graph::question::{Element, Question};

/// A question with its answer: one of the cases that a graph is tested on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The question.
    pub question: Question,
    /// The answer.
    pub answer: String,
}

impl Case {
    /// Value that a graph made for another question has for this one.
    ///
    /// # Errors
    /// When it has no value.
    pub fn apply(&self, graph: &Graph, budget: Budget) -> Result<Value, Failure> {
        Instance::new(self.question.elements.clone()).apply(graph, budget)
    }

    /// Verdict on a graph for this question.
    pub fn judge(&self, graph: &Graph, budget: Budget) -> Verdict {
        let value = self.apply(graph, budget);
        Verdict::of(value.as_ref(), &self.answer)
    }
}

/// Why a node of a graph has no value for a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The question has no such element, or an operator takes no such arguments.
    IllTyped,
    /// The evaluation failed.
    Evaluation(EvalError),
}

/// A question, and what the nodes of a graph are for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Instance {
    elements: Vec<Element>,
    /// Of each node its type and value.
    nodes: Vec<(Type, Result<Value, Failure>)>,
}

impl Instance {
    /// A question by its elements; no node is known.
    pub fn new(elements: Vec<Element>) -> Self {
        Self { elements, nodes: Vec::new() }
    }

    /// Evaluates the next node. Its arguments are nodes before it.
    ///
    /// # Errors
    /// When it has no value.
    pub fn push(&mut self, node: &Node, budget: Budget) -> Result<&Value, &Failure> {
        let next = self.evaluate(node, budget);
        self.nodes.push(next);
        self.get(self.nodes.len() as u32 - 1)
    }

    /// The value of a node.
    ///
    /// # Errors
    /// When it has none.
    pub fn get(&self, node: u32) -> Result<&Value, &Failure> {
        self.nodes[node as usize].1.as_ref()
    }

    fn evaluate(&self, node: &Node, mut budget: Budget) -> (Type, Result<Value, Failure>) {
        match node {
            Node::Element(index) => match self.elements.get(*index as usize) {
                Some(element) => (element.kind, Ok(element.value.clone())),
                // No operator takes it: what follows is ill-typed by its failed argument.
                None => (Type::Text, Err(Failure::IllTyped)),
            },
            Node::Literal(value) => (value.kind(), Ok(value.clone())),
            Node::Apply { applied, arguments } => {
                let known = || arguments.iter().map(|argument| &self.nodes[*argument as usize]);
                if let Some((kind, Err(failure))) = known().find(|(_, value)| value.is_err()) {
                    return (*kind, Err(failure.clone()));
                }
                let kinds: Vec<Type> = known().map(|(kind, _)| *kind).collect();
                let Some(applied) = operators::applied(applied.operator, &kinds) else {
                    return (applied.signature().result, Err(Failure::IllTyped));
                };
                let values: Vec<Value> = known().filter_map(|(_, value)| value.clone().ok()).collect();
                let value = budget.spend(1).and_then(|()| (applied.signature().evaluate)(&values, &mut budget));
                (applied.signature().result, value.map_err(Failure::Evaluation))
            }
        }
    }

    /// The value of a graph; the nodes are its nodes.
    fn apply(mut self, graph: &Graph, budget: Budget) -> Result<Value, Failure> {
        for node in graph.nodes() {
            // What fails is told by the root: a graph has no node that its root does not need.
            let _ = self.push(node, budget);
        }
        self.get(graph.root()).cloned().map_err(Clone::clone)
    }
}

/// Verdict on a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The graph gives the answer, as a text.
    Right,
    /// It gives another one.
    Wrong,
    /// It has no value.
    Failed,
    /// It does not fit the question's elements.
    IllTyped,
}

impl Verdict {
    /// The verdict on what a graph gave.
    pub fn of(value: Result<&Value, &Failure>, answer: &str) -> Self {
        match value {
            Ok(value) if compare(value, answer) == Match::Text => Self::Right,
            Ok(_) => Self::Wrong,
            Err(Failure::Evaluation(_)) => Self::Failed,
            Err(Failure::IllTyped) => Self::IllTyped,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Failed => "failed",
            Self::IllTyped => "ill-typed",
        })
    }
}

/// The share of questions that are answered rightly; 0 of none.
pub fn share(verdicts: &[Verdict]) -> f32 {
    let right = verdicts.iter().filter(|verdict| **verdict == Verdict::Right).count();
    right as f32 / verdicts.len().max(1) as f32
}
