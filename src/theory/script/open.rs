//! The open ends of a script, with their scopes.

use crate::scope::Scope;
use crate::terms::typed::Fact;
use prover_logic::TermId;
use prover_syntax::diagnostic::Diagnostic;

/// An entry that a step has brought into scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A variable with a name, an object or the proof of a hypothesis, from `intro`.
    Local {
        /// Its name.
        name: Box<str>,
        /// The local.
        local: TermId,
        /// Its type.
        ty: TermId,
        /// Whether the type is a proposition.
        is_proof: bool,
    },
    /// A name for a term, from `construct`.
    Named {
        /// The name.
        name: Box<str>,
        /// The term.
        value: TermId,
        /// Its type.
        ty: TermId,
        /// Whether the type is a proposition.
        is_proof: bool,
    },
    /// A fact without a name, from `show` or `have`. A fact whose own proof is open is proved by a local.
    Fact(Fact),
}

/// A goal that a script leaves open.
#[derive(Clone, Debug)]
pub struct OpenGoal {
    /// The goal.
    pub goal: TermId,
    /// The names in scope.
    pub scope: Scope,
    /// The entries that the steps have brought into scope, in order.
    pub entries: Vec<Entry>,
    /// The place of the next step: an offset into the script.
    pub at: u32,
    /// The number of blocks around that place, that of the theorem included.
    pub depth: usize,
    /// Whether the goal is a premise of `apply` for which there is no `goal` block yet. The blocks of premises at the
    /// same place have to come in this order.
    pub is_premise: bool,
}

/// The outcome of a script that may have open ends.
#[derive(Clone, Debug, Default)]
pub struct Exploration {
    /// The goals that it leaves open, in the order of the text.
    pub open: Vec<OpenGoal>,
    /// The warnings.
    pub warnings: Vec<Diagnostic>,
}

/// The open ends met so far, and the names and facts in scope.
#[derive(Default)]
pub(super) struct Explorer {
    pub open: Vec<OpenGoal>,
    pub entries: Vec<Entry>,
}

/// The beginning of a block.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub open: usize,
    pub entries: usize,
}

impl Explorer {
    pub fn mark(&self) -> Mark {
        Mark { open: self.open.len(), entries: self.entries.len() }
    }
}
