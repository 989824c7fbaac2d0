//! Graphs: typed nodes in an order in which arguments come first.

use std::collections::HashMap;

use super::operators::{self, Applied};
use crate::algebra::budget::Budget;
use crate::algebra::error::EvalError;
use crate::algebra::types::Type;
use crate::algebra::value::Value;
use crate::question::Element;

/// The index of a node.
pub type NodeId = u32;

/// The most nodes of a graph.
pub const MAX_NODES: usize = 10_000;

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// An element of the question, by its index.
    Element(u32),
    /// A value that is written in the graph.
    Literal(Value),
    /// An operator on other nodes.
    Apply {
        /// The operator and how it is applied.
        applied: Applied,
        /// The nodes of its arguments.
        arguments: Box<[NodeId]>,
    },
}

/// Errors of building a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// There is no such operator.
    #[error("there is no operator `{0}`")]
    UnknownOperator(String),
    /// The question has no such element.
    #[error("the question has no element f{0}")]
    UnknownElement(u32),
    /// No signature of the operator takes arguments of these types.
    #[error("`{operator}` does not take ({})", .found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    NoSignature {
        /// The name of the operator.
        operator: &'static str,
        /// The types of the arguments.
        found: Vec<Type>,
    },
    /// More nodes than [`MAX_NODES`].
    #[error("a graph has at most {MAX_NODES} nodes")]
    TooManyNodes,
}

/// A node that has no value, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct NodeError {
    /// The node.
    pub node: NodeId,
    /// The error.
    pub error: EvalError,
}

/// A graph: well typed, without equal nodes, with a root that is its last node unless nodes are unused.
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    types: Vec<Type>,
    root: NodeId,
}

impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes && self.root == other.root
    }
}

/// Makes graphs node by node. A node that exists already is not made again.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    nodes: Vec<Node>,
    types: Vec<Type>,
    known: HashMap<Node, NodeId>,
}

impl Builder {
    /// A builder without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    fn push(&mut self, node: Node, kind: Type) -> Result<NodeId, BuildError> {
        if let Some(&id) = self.known.get(&node) {
            return Ok(id);
        }
        if self.nodes.len() >= MAX_NODES {
            return Err(BuildError::TooManyNodes);
        }
        let id = self.nodes.len() as NodeId;
        self.known.insert(node.clone(), id);
        self.nodes.push(node);
        self.types.push(kind);
        Ok(id)
    }

    /// The node of an element of a question.
    ///
    /// # Errors
    /// When the question has none with that index.
    pub fn element(&mut self, index: u32, elements: &[Element]) -> Result<NodeId, BuildError> {
        let element = elements.get(index as usize).ok_or(BuildError::UnknownElement(index))?;
        self.push(Node::Element(index), element.kind)
    }

    /// The node of a value that stands in the graph.
    ///
    /// # Errors
    /// When the graph is too large.
    pub fn literal(&mut self, value: Value) -> Result<NodeId, BuildError> {
        let kind = value.kind();
        self.push(Node::Literal(value), kind)
    }

    /// The node of an operator, by its name, on other nodes of this builder.
    ///
    /// # Errors
    /// When there is no such operator, or it does not take such arguments.
    pub fn apply(&mut self, name: &str, arguments: &[NodeId]) -> Result<NodeId, BuildError> {
        let operator = operators::named(name).ok_or_else(|| BuildError::UnknownOperator(name.to_owned()))?;
        let found: Vec<Type> = arguments.iter().map(|id| self.kind(*id)).collect();
        let Some(applied) = operators::applied(operator, &found) else {
            return Err(BuildError::NoSignature { operator: operators::all()[usize::from(operator)].name, found });
        };
        self.applied(applied, arguments)
    }

    /// The node of an operator with a known signature, which the arguments must fit.
    ///
    /// # Errors
    /// When the arguments do not fit.
    pub fn applied(&mut self, applied: Applied, arguments: &[NodeId]) -> Result<NodeId, BuildError> {
        let signature = applied.signature();
        let fits = signature.parameters.len() == arguments.len()
            && signature.parameters.iter().zip(arguments).all(|(wanted, id)| self.kind(*id).fits(*wanted));
        if !fits {
            let found = arguments.iter().map(|id| self.kind(*id)).collect();
            return Err(BuildError::NoSignature { operator: applied.operator().name, found });
        }
        self.push(Node::Apply { applied, arguments: arguments.into() }, signature.result)
    }

    /// The type of a node. Ids are those that this builder gave.
    pub fn kind(&self, id: NodeId) -> Type {
        self.types[id as usize]
    }

    /// The graph with a node of this builder as its root. Nodes that the root does not need are left out.
    pub fn finish(self, root: NodeId) -> Graph {
        self.finish_with_origins(root).0
    }

    /// The same, with the id that each node of the graph had in the builder.
    pub fn finish_with_origins(self, root: NodeId) -> (Graph, Vec<NodeId>) {
        let mut is_needed = vec![false; self.nodes.len()];
        is_needed[root as usize] = true;
        // Arguments come first, so that one pass from the back finds all.
        for id in (0..=root as usize).rev() {
            if let (true, Node::Apply { arguments, .. }) = (is_needed[id], &self.nodes[id]) {
                arguments.iter().for_each(|argument| is_needed[*argument as usize] = true);
            }
        }
        let mut moved = vec![0; self.nodes.len()];
        let (mut nodes, mut types, mut origins) = (Vec::new(), Vec::new(), Vec::new());
        for (id, mut node) in self.nodes.into_iter().enumerate().filter(|(id, _)| is_needed[*id]) {
            if let Node::Apply { arguments, .. } = &mut node {
                arguments.iter_mut().for_each(|argument| *argument = moved[*argument as usize]);
            }
            moved[id] = nodes.len() as NodeId;
            nodes.push(node);
            types.push(self.types[id]);
            origins.push(id as NodeId);
        }
        (Graph { nodes, types, root: moved[root as usize] }, origins)
    }
}

impl Graph {
    /// The nodes, arguments before the applications that use them.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The type of a node.
    pub fn kind(&self, id: NodeId) -> Type {
        self.types[id as usize]
    }

    /// The node whose value is the answer.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Whether an operator is used.
    pub fn mentions(&self, name: &str) -> bool {
        self.nodes.iter().any(|node| matches!(node, Node::Apply { applied, .. } if applied.operator().name == name))
    }

    /// The indices of the elements that it uses.
    pub fn elements(&self) -> impl Iterator<Item = u32> + '_ {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(index) => Some(*index),
            Node::Literal(_) | Node::Apply { .. } => None,
        })
    }

    /// The value of the graph for the elements of a question.
    ///
    /// # Errors
    /// The first node without a value.
    pub fn evaluate(&self, elements: &[Element], budget: &mut Budget) -> Result<Value, NodeError> {
        let mut values = self.evaluate_all(elements, budget)?;
        Ok(values.swap_remove(self.root as usize))
    }

    /// The value of each node.
    ///
    /// # Errors
    /// The first node without a value.
    pub fn evaluate_all(&self, elements: &[Element], budget: &mut Budget) -> Result<Vec<Value>, NodeError> {
        let mut values = Vec::with_capacity(self.nodes.len());
        for (id, node) in self.nodes.iter().enumerate() {
            let value = evaluate_node(node, &values, elements, budget);
            values.push(value.map_err(|error| NodeError { node: id as NodeId, error })?);
        }
        Ok(values)
    }
}

/// The value of a node when those of its arguments are known, by their ids.
///
/// # Errors
/// When it has none.
pub fn evaluate_node(
    node: &Node,
    values: &[Value],
    elements: &[Element],
    budget: &mut Budget,
) -> Result<Value, EvalError> {
    match node {
        Node::Element(index) => elements
            .get(*index as usize)
            .map(|element| element.value.clone())
            .ok_or(EvalError::Domain("the question has no such element")),
        Node::Literal(value) => Ok(value.clone()),
        Node::Apply { applied, arguments } => {
            budget.spend(1)?;
            let evaluate = applied.signature().evaluate;
            // Few operators take more than four arguments; most graphs allocate nothing here.
            let value = |position: usize| values[arguments[position] as usize].clone();
            match arguments.len() {
                0 => evaluate(&[], budget),
                1 => evaluate(&values[arguments[0] as usize..=arguments[0] as usize], budget),
                2 => evaluate(&[value(0), value(1)], budget),
                3 => evaluate(&[value(0), value(1), value(2)], budget),
                _ => evaluate(&(0..arguments.len()).map(value).collect::<Vec<_>>(), budget),
            }
        }
    }
}
