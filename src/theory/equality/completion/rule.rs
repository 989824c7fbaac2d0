//! Equations with their derivations: chains of rewriting steps.

use super::bank::{Bank, Node};

/// An equation used as a rewrite rule, from left to right or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// The number of the equation.
    pub rule: u32,
    /// Whether its right side is replaced by its left one.
    pub reversed: bool,
}

impl Use {
    /// The same equation in the other direction.
    pub fn back(self) -> Self {
        Self { reversed: !self.reversed, ..self }
    }
}

/// Places of arguments, from the root down.
pub(super) type Path = Vec<u16>;

/// One rewrite of a term.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub used: Use,
    /// The place of the rewritten subterm.
    pub path: Path,
    /// The subterm there, an instance of the side that is replaced.
    pub before: Node,
    /// The term that takes its place.
    pub after: Node,
}

/// A term and the terms that it is rewritten to, step by step.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub start: Node,
    pub steps: Vec<Step>,
}

impl Chain {
    /// The steps backwards.
    pub fn back(steps: Vec<Step>) -> impl Iterator<Item = Step> {
        steps.into_iter().rev().map(|Step { used, path, before, after }| Step {
            used: used.back(),
            path,
            before: after,
            after: before,
        })
    }

    /// The terms on the way, the first and the last included.
    pub fn terms(&self, bank: &mut Bank) -> Vec<Node> {
        let mut terms = vec![self.start];
        let mut term = self.start;
        for step in &self.steps {
            term = bank.replace(term, &step.path, step.after);
            terms.push(term);
        }
        terms
    }

    /// The chain from its end to its start.
    pub fn reversed(self, bank: &mut Bank) -> Chain {
        let end = self.steps.iter().fold(self.start, |term, step| bank.replace(term, &step.path, step.after));
        Chain { start: end, steps: Self::back(self.steps).collect() }
    }

    /// The chain without steps that lead back to an earlier term.
    pub fn without_detours(self, bank: &mut Bank) -> Chain {
        let terms = self.terms(bank);
        let mut last = rustc_hash::FxHashMap::default();
        for (place, &term) in terms.iter().enumerate() {
            last.insert(term, place);
        }
        let mut steps = Vec::with_capacity(self.steps.len());
        let mut open: Vec<Option<Step>> = self.steps.into_iter().map(Some).collect();
        let mut place = last.get(&self.start).copied().unwrap_or(0);
        while place < open.len() {
            steps.extend(open[place].take());
            place = last.get(&terms[place + 1]).copied().unwrap_or(place + 1);
        }
        Chain { start: self.start, steps }
    }
}

/// Origin of an equation.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// It is a fact, by its number.
    Fact(u32),
    /// Its left side is rewritten to its right one by earlier equations.
    Chain(Chain),
}

/// An equation between terms whose variables are numbered from 0.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub left: Node,
    pub right: Node,
    /// The same with variables that no other equation has.
    pub apart: (Node, Node),
    /// Whether the left side is greater.
    pub oriented: bool,
    /// Whether it is among those that rewrite.
    pub active: bool,
    /// Whether its left side was rewritten by another, so that its overlaps are not needed.
    pub orphaned: bool,
    pub origin: Origin,
}

impl Rule {
    /// The side that a use replaces, and the one that it puts there.
    pub fn sides(&self, reversed: bool) -> (Node, Node) {
        if reversed { (self.right, self.left) } else { (self.left, self.right) }
    }

    /// The same with variables of their own.
    pub fn sides_apart(&self, reversed: bool) -> (Node, Node) {
        let (left, right) = self.apart;
        if reversed { (right, left) } else { (left, right) }
    }

    /// The directions in which it may be used.
    pub fn directions(&self) -> &'static [bool] {
        if self.oriented { &[false] } else { &[false, true] }
    }
}
