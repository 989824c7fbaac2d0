//! What a constant rests on.

use super::environment::{DeclarationKind, Environment};
use super::error::KernelError;
use super::term::{ConstId, Term, TermId};
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use std::sync::Arc;

/// For every constant of an environment the axioms that it rests on, and the definitions.
#[derive(Clone, Debug)]
pub struct Axioms {
    axioms: Lists,
    definitions: Lists,
}

/// For every constant so far some constants that it rests on.
#[derive(Clone, Debug)]
struct Lists {
    /// Ascending; constants that rest on the same ones share the list.
    by_constant: Vec<Arc<[ConstId]>>,
    shared: FxHashSet<Arc<[ConstId]>>,
    /// For each constant, the last one whose list it was put on.
    listed: Vec<Option<ConstId>>,
}

impl Lists {
    fn new(count: usize) -> Self {
        Self { by_constant: Vec::with_capacity(count), shared: FxHashSet::default(), listed: vec![None; count] }
    }

    /// Adds the list of the next constant: itself if it `is_one`, and what is on the lists of those that it mentions.
    fn push(&mut self, id: ConstId, mentions: &[ConstId], is_one: bool) {
        let mut list = Vec::new();
        // A constant is mentioned only after its declaration, so what it rests on is known.
        let indirect = mentions.iter().flat_map(|mention| self.by_constant[mention.index()].iter().copied());
        for constant in indirect.chain(is_one.then_some(id)) {
            if self.listed[constant.index()].replace(id) != Some(id) {
                list.push(constant);
            }
        }
        list.sort_unstable();
        let list: Arc<[ConstId]> = match self.shared.get(&list[..]) {
            Some(known) => known.clone(),
            None => list.into(),
        };
        self.shared.insert(list.clone());
        self.by_constant.push(list);
    }
}

impl Axioms {
    /// The axioms that a constant rests on, in the order of their declaration: those that its type and value mention, directly or
    /// through other constants, and the constant itself if it is one. Types and objects that are declared without a value
    /// count, the sorts do not; nor is a theorem whose proof is owed anything else.
    pub fn of(&self, id: ConstId) -> &[ConstId] {
        &self.axioms.by_constant[id.index()]
    }

    /// The definitions that a constant rests on, found and ordered in the same way: a definition that says something
    /// else than a reader expects makes a true statement of another one as well as an axiom does.
    pub fn definitions_of(&self, id: ConstId) -> &[ConstId] {
        &self.definitions.by_constant[id.index()]
    }
}

impl Environment {
    /// For every constant the axioms and definitions that it rests on, in one pass over all of them.
    pub fn axioms(&self) -> Axioms {
        let count = self.declarations().len();
        let (mut axioms, mut definitions) = (Lists::new(count), Lists::new(count));
        for (id, declaration) in self.declarations() {
            let mentions = self.mentions_of(id);
            axioms.push(id, &mentions, matches!(declaration.kind, DeclarationKind::Axiom | DeclarationKind::Promise));
            definitions.push(id, &mentions, declaration.kind == DeclarationKind::Definition);
        }
        Axioms { axioms, definitions }
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
