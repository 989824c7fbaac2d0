//! Equations between terms of completion with their proof terms, put together in a constant number of terms each.

use super::super::bank::Node;
use super::super::proof::Prover;
use super::super::rule::{Path, Step, Use};
use crate::equality::ExplainError;
use crate::terms::equation::Equation;
use crate::terms::order::knuth_bendix::FirstOrder;
use prover_logic::TermId;

pub(super) type Result<T> = std::result::Result<T, ExplainError>;

/// That two terms are equal; without a proof when they are the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub from: Node,
    pub to: Node,
    pub proof: Option<TermId>,
}

impl Link {
    /// That a term is itself.
    pub fn same(node: Node) -> Self {
        Self { from: node, to: node, proof: None }
    }
}

impl Prover<'_> {
    /// `x = z` from `x = y` and `y = z`.
    pub(super) fn then(&mut self, first: Link, second: Link) -> Link {
        let (Some(one), Some(other)) = (first.proof, second.proof) else {
            return if first.proof.is_some() { first } else { second };
        };
        let ty = self.problem.ty(first.from);
        let terms = [first.from, second.from, second.to].map(|node| self.problem.term(self.env, node));
        let motive = self.equal_to(ty, terms[0]);
        let step = Equation { ty, left: terms[1], right: terms[2], proof: other };
        let proof = step.transport(&mut self.env.store, &self.equality, motive, one);
        Link { from: first.from, to: second.to, proof: Some(proof) }
    }

    /// The terms that are equal to one, as a function.
    fn equal_to(&mut self, ty: TermId, term: TermId) -> TermId {
        let store = &mut self.env.store;
        let (eq, bound) = (store.constant(self.equality.eq), store.bound(0));
        let body = store.apps(eq, &[ty, term, bound]);
        store.lambda(ty, body)
    }

    /// The equation for a term that follows from one for its argument at a place.
    pub(super) fn inside(&mut self, node: Node, place: usize, link: Link) -> Link {
        let Some(proof) = link.proof else { return Link::same(node) };
        let mut arguments = self.problem.bank.arguments(node).to_vec();
        arguments[place] = link.to;
        let to = self.problem.bank.with_arguments(node, &arguments);
        let (ty, part) = (self.problem.ty(node), self.problem.ty(link.from));
        let bound = self.env.store.bound(0);
        let children: Vec<TermId> = (0..arguments.len())
            .map(|index| if index == place { bound } else { self.problem.term(self.env, arguments[index]) })
            .collect();
        let body = self.problem.applied(self.env, node, &children);
        let terms = [node, link.from, link.to].map(|node| self.problem.term(self.env, node));
        let store = &mut self.env.store;
        let eq = store.constant(self.equality.eq);
        let body = store.apps(eq, &[ty, terms[0], body]);
        let motive = store.lambda(part, body);
        let refl = store.constant(self.equality.refl);
        let base = store.apps(refl, &[ty, terms[0]]);
        let step = Equation { ty: part, left: terms[1], right: terms[2], proof };
        let proof = step.transport(store, &self.equality, motive, base);
        Link { from: node, to, proof: Some(proof) }
    }

    /// A term rewritten at its root by a law, which must fit it.
    pub(super) fn by(&mut self, law: Use, node: Node) -> Result<Link> {
        let (from, to) = self.rules[law.rule as usize].sides(law.reversed);
        let mut bindings = Default::default();
        if !self.problem.bank.matches(from, node, &mut bindings) {
            return Err(ExplainError::Gap);
        }
        let after = self.problem.bank.instantiate(to, &bindings);
        let step = Step { used: law, path: Path::new(), before: node, after };
        let (equation, ..) = self.instance(&step)?;
        Ok(Link { from: node, to: after, proof: Some(equation.proof) })
    }

    /// A proof of the equation, by reflexivity where its sides are the same.
    pub(super) fn proved(&mut self, link: Link) -> TermId {
        if let Some(proof) = link.proof {
            return proof;
        }
        let (ty, term) = (self.problem.ty(link.from), self.problem.term(self.env, link.from));
        let refl = self.env.store.constant(self.equality.refl);
        self.env.store.apps(refl, &[ty, term])
    }

    /// `y = x` from `x = y`.
    pub(super) fn back(&mut self, link: Link) -> Link {
        let proof = link.proof.map(|proof| {
            let ty = self.problem.ty(link.from);
            let (left, right) = (self.problem.term(self.env, link.from), self.problem.term(self.env, link.to));
            Equation { ty, left, right, proof }.reversed(&mut self.env.store, &self.equality).proof
        });
        Link { from: link.to, to: link.from, proof }
    }
}
