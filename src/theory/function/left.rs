//! The left side of a clause, once it has been read: patterns of constructors and variables.

use crate::declared::DataType;
use prover_logic::{ConstId, TermId};
use prover_syntax::tree::{Name, Span};
use std::sync::Arc;

/// A pattern with the term that it stands for.
#[derive(Clone)]
pub(super) struct Pattern {
    pub term: TermId,
    /// The constructor and its arguments; `None` for a variable.
    pub constructor: Option<Application>,
}

/// A constructor applied to patterns.
#[derive(Clone)]
pub(super) struct Application {
    pub data: Arc<DataType>,
    /// The place of the constructor in its data type.
    pub place: usize,
    /// The values of the data type's parameters.
    pub types: Vec<TermId>,
    pub arguments: Vec<Pattern>,
}

impl Application {
    pub fn constructor(&self) -> ConstId {
        self.data.constructors[self.place].constant
    }
}

impl Pattern {
    /// The constructors in the order of the text.
    pub fn constructors(&self) -> Vec<ConstId> {
        let (mut found, mut open) = (Vec::new(), vec![self]);
        while let Some(pattern) = open.pop() {
            if let Some(application) = &pattern.constructor {
                found.push(application.constructor());
                open.extend(application.arguments.iter().rev());
            }
        }
        found
    }
}

/// A variable of a clause.
#[derive(Clone)]
pub(super) struct Variable {
    /// The name with its quote; `'_` for one that nothing can mention.
    pub name: Box<str>,
    pub local: TermId,
}

/// A clause's left side.
#[derive(Clone)]
pub(super) struct Left {
    /// The whole of it.
    pub term: TermId,
    /// Its place.
    pub span: Span,
    pub patterns: Vec<Pattern>,
    /// The variables in the order of the text.
    pub variables: Vec<Variable>,
}

impl Left {
    /// The names and locals of the variables.
    pub fn binders(&self) -> impl Iterator<Item = (&str, TermId)> {
        self.variables
            .iter()
            .map(|variable| (if &*variable.name == "'_" { "" } else { &*variable.name }, variable.local))
    }
}

/// A clause that was read and checked by itself.
#[derive(Clone)]
pub(super) struct Equation {
    /// The name that the clause gives it.
    pub name: Option<Name>,
    pub left: Left,
    pub right: TermId,
    /// The place of the right side.
    pub span: Span,
    /// Whether it is one of several instances of a clause that overlaps with earlier ones.
    pub is_split: bool,
}
