//! The syntax tree of graphs, as terms in one list so that nothing is nested.

use prover_syntax::tree::Span;

/// The index of a term.
pub type TermId = u32;

/// A term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The form of the term.
    pub kind: TermKind,
    /// Its place in the text.
    pub span: Span,
}

/// The form of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermKind {
    /// A name alone: an element, a `let`, an operator without arguments, or a direction.
    Name,
    /// A number.
    Number,
    /// A text in quotes.
    String,
    /// A name with arguments; the span of the name, and the terms.
    Apply(Span, Vec<TermId>),
}

/// Terms, each after those that it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The terms.
    pub terms: Vec<Term>,
}

impl Tree {
    /// Adds a term.
    pub(super) fn push(&mut self, kind: TermKind, span: Span) -> TermId {
        self.terms.push(Term { kind, span });
        self.terms.len() as TermId - 1
    }
}

/// `let name = term`s, and the term at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The names and the terms they stand for.
    pub lets: Vec<(Span, TermId)>,
    /// The graph's root.
    pub root: TermId,
}

/// A question of a file, with its graph. Texts are places of strings with their quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The question.
    pub question: Span,
    /// The answer, if one is given.
    pub answer: Option<Span>,
    /// The graph.
    pub program: Program,
}
