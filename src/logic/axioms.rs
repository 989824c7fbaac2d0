//! The axioms and definitions that a constant rests on.

use super::environment::{DeclarationKind, Environment};
use super::error::KernelError;
use super::term::{ConstId, Term, TermId};
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The foundations of the constants of an environment.
///
/// The lists of all constants together may have as many entries as the square of their number. So a list is computed on
/// demand, by a walk through all mentioned constants; only lists of theorems are kept, at which later walks end, 2^24
/// entries at most.
#[derive(Clone, Debug)]
pub struct Axioms {
    /// For every constant those that its type and value mention.
    mentions: Vec<Arc<[ConstId]>>,
    /// For every constant its role for those that mention it.
    roles: Vec<Role>,
    /// For every constant its list, if that is kept; ascending. Constants that rest on the same ones share it.
    kept: Vec<Option<Arc<[ConstId]>>>,
    /// The number of entries of all different lists that are kept.
    entries: usize,
}

/// The greatest number of entries that the kept lists of [`Axioms`] have together.
const KEPT: usize = 1 << 24;

/// The kind of a constant for those that rest on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Axiom,
    Definition,
    Theorem,
}

impl Axioms {
    /// The axioms that a constant rests on, in the order of their declaration: those that its type and value mention,
    /// directly or through other constants, and the constant itself if it is one. Types and objects that are declared
    /// without a value count, the sorts do not; nor is a theorem whose proof is owed anything else.
    pub fn of(&self, id: ConstId) -> Vec<ConstId> {
        self.list(id).into_iter().filter(|constant| self.roles[constant.index()] == Role::Axiom).collect()
    }

    /// The definitions that a constant rests on, found and ordered in the same way: a definition that says something
    /// else than a reader expects makes a true statement of another one as well as an axiom does.
    pub fn definitions_of(&self, id: ConstId) -> Vec<ConstId> {
        self.list(id).into_iter().filter(|constant| self.roles[constant.index()] == Role::Definition).collect()
    }

    /// The number of entries in the lists that are kept, which no number of theorems drives above a bound.
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// The axioms and the definitions that a constant rests on, ascending.
    pub fn list(&self, id: ConstId) -> Vec<ConstId> {
        // Nothing mentions what comes after it.
        let mut seen = vec![false; id.index() + 1];
        let (mut list, mut open) = (Vec::new(), vec![id]);
        while let Some(next) = open.pop() {
            if std::mem::replace(&mut seen[next.index()], true) {
                continue;
            }
            if self.roles[next.index()] != Role::Theorem {
                list.push(next);
            }
            match &self.kept[next.index()] {
                Some(kept) => {
                    for &constant in &**kept {
                        if !std::mem::replace(&mut seen[constant.index()], true) {
                            list.push(constant);
                        }
                    }
                }
                None => open.extend(self.mentions[next.index()].iter().copied()),
            }
        }
        list.sort_unstable();
        list
    }
}

impl Environment {
    /// The foundations of the constants.
    pub fn axioms(&self) -> Axioms {
        let mentions = self.declarations().map(|(id, _)| self.mentions_of(id).into()).collect();
        let role = |kind| match kind {
            DeclarationKind::Axiom | DeclarationKind::Promise => Role::Axiom,
            DeclarationKind::Definition => Role::Definition,
            DeclarationKind::Theorem => Role::Theorem,
        };
        let roles: Vec<Role> = self.declarations().map(|(_, declaration)| role(declaration.kind)).collect();
        let mut axioms = Axioms { mentions, kept: vec![None; roles.len()], roles, entries: 0 };
        let mut shared: FxHashSet<Arc<[ConstId]>> = FxHashSet::default();
        for (id, declaration) in self.declarations() {
            if axioms.entries > KEPT {
                break;
            }
            if declaration.kind != DeclarationKind::Theorem {
                continue;
            }
            let list: Arc<[ConstId]> = axioms.list(id).into();
            let list = shared.get(&list).cloned().unwrap_or_else(|| {
                axioms.entries += list.len();
                list
            });
            shared.insert(list.clone());
            axioms.kept[id.index()] = Some(list);
        }
        axioms
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
