//! What a constant rests on.

use super::environment::{DeclarationKind, Environment};
use super::error::KernelError;
use super::term::{ConstId, Term, TermId};
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use std::sync::Arc;

/// For every constant of an environment the axioms that it rests on.
#[derive(Clone, Debug)]
pub struct Axioms {
    /// Ascending; constants that rest on the same axioms share the list.
    by_constant: Vec<Arc<[ConstId]>>,
}

impl Axioms {
    /// The axioms that a constant rests on, in the order of their declaration: those that its type and value mention, directly or
    /// through other constants, and the constant itself if it is one. Types and objects that are declared without a value
    /// count, the sorts do not; nor is a theorem whose proof is owed anything else.
    pub fn of(&self, id: ConstId) -> &[ConstId] {
        &self.by_constant[id.index()]
    }
}

impl Environment {
    /// For every constant the axioms that it rests on, in one pass over all of them.
    pub fn axioms(&self) -> Axioms {
        let count = self.declarations().len();
        let mut by_constant: Vec<Arc<[ConstId]>> = Vec::with_capacity(count);
        let mut shared: FxHashSet<Arc<[ConstId]>> = FxHashSet::default();
        // For each constant, the last one whose list it was put on.
        let mut listed: Vec<Option<ConstId>> = vec![None; count];
        for (id, declaration) in self.declarations() {
            let mut list = Vec::new();
            let mut add = |axiom: ConstId| {
                if listed[axiom.index()].replace(id) != Some(id) {
                    list.push(axiom);
                }
            };
            // A constant is mentioned only after its declaration, so what it rests on is known.
            self.mentions_of(id).iter().flat_map(|mention| by_constant[mention.index()].iter()).for_each(|&a| add(a));
            if matches!(declaration.kind, DeclarationKind::Axiom | DeclarationKind::Promise) {
                add(id);
            }
            list.sort_unstable();
            let list: Arc<[ConstId]> = match shared.get(&list[..]) {
                Some(known) => known.clone(),
                None => list.into(),
            };
            shared.insert(list.clone());
            by_constant.push(list);
        }
        Axioms { by_constant }
    }

    /// The names of the axioms that a constant rests on, as [`Axioms::of`] has them. For many constants of one
    /// environment, [`axioms`](Self::axioms) is faster.
    pub fn axioms_of(&self, id: ConstId) -> Vec<&str> {
        let mut seen = BTreeSet::from([id]);
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            open.extend(self.mentions_of(next).into_iter().filter(|&c| seen.insert(c)));
        }
        let is_axiom = |kind| matches!(kind, DeclarationKind::Axiom | DeclarationKind::Promise);
        let axioms = seen.iter().map(|&c| self.declaration(c)).filter(|d| is_axiom(d.kind));
        axioms.map(|d| &*d.name).collect()
    }

    /// The constants that a constant's type and value mention.
    fn mentions_of(&self, id: ConstId) -> Vec<ConstId> {
        let declaration = self.declaration(id);
        if let Some(mentions) = &declaration.mentions {
            return mentions.to_vec();
        }
        let roots: Vec<TermId> = declaration.value.into_iter().chain([declaration.ty]).collect();
        self.constants_of(&roots).into_iter().collect()
    }

    /// The constants that terms mention.
    pub fn constants_of(&self, roots: &[TermId]) -> BTreeSet<ConstId> {
        self.count_constants(roots).0
    }

    /// The same, at a step for each term that the roots consist of.
    pub(super) fn mentioned(&mut self, roots: &[TermId]) -> Result<BTreeSet<ConstId>, KernelError> {
        let (constants, terms) = self.count_constants(roots);
        self.spend(terms)?;
        Ok(constants)
    }

    /// The constants that terms mention, and of how many terms they consist.
    fn count_constants(&self, roots: &[TermId]) -> (BTreeSet<ConstId>, u64) {
        let mut constants = BTreeSet::new();
        let mut seen = FxHashSet::default();
        let mut open = roots.to_vec();
        while let Some(id) = open.pop() {
            match self.store.term(id) {
                Term::Const(c) => {
                    constants.insert(c);
                }
                Term::Sort(_) | Term::Bound(_) => {}
                _ if !seen.insert(id) => {}
                Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([a, b]),
                Term::Local { ty, .. } => open.push(ty),
            }
        }
        (constants, seen.len() as u64)
    }
}
