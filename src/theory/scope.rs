//! The names of a script's locals, with the terms that they stand for.

use super::pretty::Notation;
use super::print::Names;
use crate::logic::{Store, Term, TermId};
use rustc_hash::FxHashMap;

/// Locals in scope: hypotheses, objects and abbreviations. Entries leave in the reverse order of their coming.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    entries: Vec<(Box<str>, TermId)>,
    by_name: FxHashMap<Box<str>, TermId>,
    next: u32,
    /// For names that were taken, the number below which no varied name is free.
    tried: FxHashMap<Box<str>, u64>,
    notation: Notation,
}

/// A point to return to.
#[derive(Clone, Copy, Debug)]
pub struct ScopeMark {
    entries: usize,
    next: u32,
}

impl Scope {
    /// No locals.
    pub fn new() -> Self {
        Self::default()
    }

    /// No locals; what is said of terms in this scope is written in that notation.
    pub fn with_notation(notation: Notation) -> Self {
        Self { notation, ..Self::default() }
    }

    /// The term that a name stands for.
    pub fn get(&self, name: &str) -> Option<TermId> {
        self.by_name.get(name).copied()
    }

    /// The number of the next local: none in scope has it or a greater one.
    pub fn next(&self) -> u32 {
        self.next
    }

    /// Adds a name that is not taken, for a fresh local or for a term made of those in scope.
    pub fn insert(&mut self, store: &Store, name: &str, term: TermId) {
        self.next = self.next.max(store.local_bound(term));
        self.entries.push((name.into(), term));
        self.by_name.insert(name.into(), term);
    }

    /// A number for a local without a name; later ones get greater numbers.
    pub fn reserve(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// The name itself if it is free, else the first free one of `name0`, `name1`, ...
    pub fn free_name(&mut self, name: &str) -> String {
        if !self.is_taken(name) {
            return name.to_owned();
        }
        let mut number = self.tried.get(name).copied().unwrap_or(0);
        loop {
            let candidate = format!("{name}{number}");
            if !self.is_taken(&candidate) {
                self.tried.insert(name.into(), number);
                return candidate;
            }
            number += 1;
        }
    }

    /// Whether a local, or a sort, has the name.
    pub fn is_taken(&self, name: &str) -> bool {
        matches!(name, "prop" | "type") || self.by_name.contains_key(name)
    }

    /// The point to which [`rollback`](Self::rollback) returns.
    pub fn mark(&self) -> ScopeMark {
        ScopeMark { entries: self.entries.len(), next: self.next }
    }

    /// Forgets the names added since the mark.
    pub fn rollback(&mut self, mark: ScopeMark) {
        for (name, _) in self.entries.drain(mark.entries..) {
            self.by_name.remove(&name);
        }
        self.next = mark.next;
        self.tried.clear();
    }

    /// The names in scope with what they stand for, the oldest first.
    pub fn entries(&self) -> impl Iterator<Item = (&str, TermId)> {
        self.entries.iter().map(|(name, term)| (&**name, *term))
    }

    /// The names in scope, the oldest first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| &**name)
    }

    /// The names of the locals for printing.
    pub fn printed(&self, store: &Store) -> Names {
        let mut names = Names::new().with_notation(self.notation.clone());
        for (name, term) in &self.entries {
            if matches!(store.term(*term), Term::Local { .. }) {
                names.insert(*term, name);
            }
        }
        names
    }
}
