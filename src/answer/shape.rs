//! Shapes of graphs and kinds of questions: the common form of graphs that answer questions which differ only in their
//! numbers.

use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::sentence::sentence_ends;
use crate::graph::algebra::types::Type;
use crate::graph::language::dag::{Graph, Node, NodeId};
use crate::graph::question::{Element, Question};

/// The sentence that asks, with the types of its elements instead of them (all numbers are `Rat`): `Solve <Equation>
/// for <Var>.` It is the last sentence that has elements, with the text after it.
///
/// ```
/// use prover::answer::shape;
/// use prover::graph::Question;
///
/// let question = Question::new("Let w be 3 + 4. Solve 2*c = w for c.")?;
/// assert_eq!(shape::kind(&question), "Solve <Equation> for <Var>.");
/// # Ok::<(), prover::graph::question::QuestionError>(())
/// ```
pub fn kind(question: &Question) -> String {
    let text = question.text.as_str();
    let last = question.elements.last().map_or(0, |element| element.span.start as usize);
    let ends = sentence_ends(text);
    form(question, ends.iter().rev().find(|end| **end < last).map_or(0, |end| end + 1))
}

/// The text of a question from a place on, with the types of its elements instead of them.
pub fn form(question: &Question, start: usize) -> String {
    let text = question.text.as_str();
    let mut kind = String::new();
    let mut written = start;
    for element in question.elements.iter().filter(|element| element.span.start as usize >= start) {
        // Elements may lie within one another: of those the outer one stands for all.
        let (from, to) = (element.span.start as usize, element.span.end as usize);
        if let Some(between) = text.get(written..from) {
            kind.push_str(between);
            let _ = write!(kind, "<{}>", class(element.kind));
            written = to;
        }
    }
    kind.push_str(text.get(written..).unwrap_or(""));
    kind.trim().to_owned()
}

/// The types of the elements of a question, in order.
pub fn types(question: &Question) -> String {
    let types: Vec<&str> = question.elements.iter().map(|element| class(element.kind).name()).collect();
    types.join(", ")
}

/// The operators of a graph's answer and how they hang together, leaves by their types and places among the elements of
/// a type, counted from the end of the question. Statements and the looking up of names are left out:
/// `sol_get(solve_linear(system(Equation1)), Var1)`.
///
/// A node that is used twice is written once; `#0` is the first node written.
pub fn shape(graph: &Graph, elements: &[Element]) -> String {
    let mut writer = Writer::new(graph, elements);
    writer.write(graph.root());
    writer.text
}

/// The number of operators of a shape.
pub fn size(shape: &str) -> usize {
    shape.matches('(').count()
}

/// Nodes with their types: a graph, or the nodes of graphs that are being built.
pub(super) trait Nodes {
    /// A node.
    fn node(&self, id: NodeId) -> &Node;
    /// Its type.
    fn type_of(&self, id: NodeId) -> Type;
}

impl Nodes for Graph {
    fn node(&self, id: NodeId) -> &Node {
        &self.nodes()[id as usize]
    }

    fn type_of(&self, id: NodeId) -> Type {
        self.kind(id)
    }
}

/// Writes shapes, from left to right.
pub(super) struct Writer<'a, N> {
    nodes: &'a N,
    elements: &'a [Element],
    known: FxHashMap<NodeId, usize>,
    /// Operators written so far.
    operators: usize,
    /// The text so far.
    pub text: String,
}

impl<'a, N: Nodes> Writer<'a, N> {
    /// A writer of nothing yet.
    pub fn new(nodes: &'a N, elements: &'a [Element]) -> Self {
        Self { nodes, elements, known: FxHashMap::default(), operators: 0, text: String::new() }
    }

    /// Writes a node. Nodes are nested at most as deep as there are nodes, and each is written once.
    pub fn write(&mut self, id: NodeId) {
        let nodes = self.nodes;
        match nodes.node(id) {
            Node::Element(index) => self.text.push_str(&leaf(*index as usize, self.elements)),
            Node::Literal(value) => {
                let _ = write!(self.text, "{value}");
            }
            Node::Apply { applied, arguments } => {
                let arguments: Vec<NodeId> =
                    arguments.iter().copied().filter(|argument| nodes.type_of(*argument) != Type::Env).collect();
                let name = applied.operator().name;
                if let ("resolve" | "value", [looked_up]) = (name, &arguments[..]) {
                    return stacker::maybe_grow(32 * 1024, 1024 * 1024, || self.write(*looked_up));
                }
                if let Some(known) = self.known.get(&id) {
                    let _ = write!(self.text, "#{known}");
                    return;
                }
                self.known.insert(id, self.operators);
                self.open(name);
                for (position, argument) in arguments.into_iter().enumerate() {
                    self.separate(position);
                    stacker::maybe_grow(32 * 1024, 1024 * 1024, || self.write(argument));
                }
                self.text.push(')');
            }
        }
    }

    /// Begins an operator that is not finished.
    pub fn open(&mut self, name: &str) {
        self.operators += 1;
        self.text.push_str(name);
        self.text.push('(');
    }

    /// Writes what stands before an argument at a place.
    pub fn separate(&mut self, place: usize) {
        if place > 0 {
            self.text.push_str(", ");
        }
    }
}

/// An element in a shape: its type, and its place among those of the type, counted from the end.
pub(super) fn leaf(index: usize, elements: &[Element]) -> String {
    let Some(element) = elements.get(index) else { return String::new() };
    let class = class(element.kind);
    let later = elements[index..].iter().filter(|other| self::class(other.kind) == class).count();
    format!("{class}{later}")
}

/// A type that stands for all types that are not distinguished: a question is of the same kind whether or not a number
/// is whole.
fn class(kind: Type) -> Type {
    match kind {
        Type::Int | Type::Dec => Type::Rat,
        Type::ListInt => Type::ListRat,
        _ => kind,
    }
}
