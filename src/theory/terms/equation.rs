//! Equations with proofs, and the proof terms that replace equals by equals.

use prover_logic::equality::Equality;
use prover_logic::{Store, Term, TermId};

/// A proved equation `(= ty left right)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Equation {
    /// The type of both sides.
    pub ty: TermId,
    /// The left side.
    pub left: TermId,
    /// The right side.
    pub right: TermId,
    /// A proof of `(= ty left right)`.
    pub proof: TermId,
}

impl Equation {
    /// The proposition as an equation, if it is one syntactically; `(type, left, right)`.
    pub fn sides(store: &Store, equality: &Equality, proposition: TermId) -> Option<(TermId, TermId, TermId)> {
        let Term::App(rest, right) = store.term(proposition) else { return None };
        let Term::App(rest, left) = store.term(rest) else { return None };
        let Term::App(head, ty) = store.term(rest) else { return None };
        (store.term(head) == Term::Const(equality.eq)).then_some((ty, left, right))
    }

    /// The equation that a proof proves, if its proposition is one.
    pub fn new(store: &Store, equality: &Equality, proposition: TermId, proof: TermId) -> Option<Self> {
        let (ty, left, right) = Self::sides(store, equality, proposition)?;
        Some(Self { ty, left, right, proof })
    }

    /// The equation with its sides exchanged, proved by `eq_symm`.
    pub fn reversed(&self, store: &mut Store, equality: &Equality) -> Self {
        let symm = store.constant(equality.symm);
        let proof = store.apps(symm, &[self.ty, self.left, self.right, self.proof]);
        Self { ty: self.ty, left: self.right, right: self.left, proof }
    }

    /// Given a proof of `(motive left)`, a proof of `(motive right)`.
    pub fn transport(&self, store: &mut Store, equality: &Equality, motive: TermId, proof: TermId) -> TermId {
        let rewrite = store.constant(equality.rewrite);
        store.apps(rewrite, &[self.ty, motive, self.left, self.right, self.proof, proof])
    }
}
