//! Terms as trees of two parts, for tests that change them.

use prover::logic::{Term, TermId};

/// The two parts of a term, unless it is a leaf.
pub fn parts(term: Term) -> Option<(TermId, TermId)> {
    match term {
        Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => Some((a, b)),
        _ => None,
    }
}

/// A term of the same kind with other parts; a leaf as it is.
pub fn with_parts(term: Term, a: TermId, b: TermId) -> Term {
    match term {
        Term::App(..) => Term::App(a, b),
        Term::Lambda(..) => Term::Lambda(a, b),
        Term::Pi(..) => Term::Pi(a, b),
        leaf => leaf,
    }
}
