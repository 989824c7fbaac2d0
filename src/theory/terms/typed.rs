//! Typed terms: an object with its type, a proposition with its proof.

use prover_logic::TermId;

/// A term with its type. Both are without loose indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Typed {
    /// The term.
    pub term: TermId,
    /// Its type.
    pub ty: TermId,
}

/// A proposition with a term that proves it. Both are without loose indices. This type does not guarantee that it does:
/// the kernel checks the proof in which it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fact {
    /// The proposition.
    pub proposition: TermId,
    /// Its proof.
    pub proof: TermId,
}
