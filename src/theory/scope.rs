//! The names of a script's locals, with the terms that they stand for.

use super::notation::Notation;
use super::print::Names;
use prover_logic::{Store, Term, TermId};
use rustc_hash::FxHashMap;

/// Locals in scope: hypotheses, objects and abbreviations. Entries leave in the reverse order of their coming.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    entries: Vec<(Box<str>, TermId)>,
    by_name: FxHashMap<Box<str>, TermId>,
    next: u32,
    /// For names that were taken, the number below which no varied name is free.
    tried: FxHashMap<Box<str>, u64>,
    /// The number of names that were tried, for tests.
    #[cfg(test)]
    attempts: usize,
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

    /// No locals; messages on terms in this scope are written in that notation.
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
            #[cfg(test)]
            {
                self.attempts += 1;
            }
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
            free_again(&mut self.tried, &name);
        }
        self.next = mark.next;
    }

    /// The names in scope with the terms they stand for, the oldest first.
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

/// Notes that a name is free again: it may be a variation of the name before any of its last digits.
fn free_again(tried: &mut FxHashMap<Box<str>, u64>, name: &str) {
    if tried.is_empty() {
        return;
    }
    let digits = name.len() - name.trim_end_matches(|character: char| character.is_ascii_digit()).len();
    // A number has at most 20 digits, and is written without leading zeros.
    for length in 1..=digits.min(20) {
        let (stem, number) = name.split_at(name.len() - length);
        if (length > 1 && number.starts_with('0')) || stem.is_empty() {
            continue;
        }
        if let (Some(least), Ok(number)) = (tried.get_mut(stem), number.parse::<u64>()) {
            *least = (*least).min(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prover_logic::Sort;

    /// Gives a local a name that is free.
    fn insert(scope: &mut Scope, store: &mut Store, name: &str) -> String {
        let free = scope.free_name(name);
        let term = store.sort(Sort::Prop);
        scope.insert(store, &free, term);
        free
    }

    #[test]
    fn names_that_left_are_free_again() {
        let (mut scope, mut store) = (Scope::new(), Store::default());
        let names: Vec<String> = (0..4).map(|_| insert(&mut scope, &mut store, "x")).collect();
        assert_eq!(names, ["x", "x0", "x1", "x2"]);
        let mark = scope.mark();
        let names = ["x", "x", "x1", "x", "x00"].map(|name| insert(&mut scope, &mut store, name));
        assert_eq!(names, ["x3", "x4", "x10", "x5", "x00"]);
        let inner = scope.mark();
        assert_eq!(["x", "x1", "x0"].map(|name| insert(&mut scope, &mut store, name)), ["x6", "x11", "x01"]);
        scope.rollback(inner);
        assert_eq!(["x", "x1", "x0"].map(|name| insert(&mut scope, &mut store, name)), ["x6", "x11", "x01"]);
        scope.rollback(mark);
        assert_eq!(["x", "x1", "x0"].map(|name| insert(&mut scope, &mut store, name)), ["x3", "x10", "x00"]);
    }

    #[test]
    fn blocks_between_names_that_are_taken_cost_no_second_search() {
        let attempts = |count: usize| {
            let (mut scope, mut store) = (Scope::new(), Store::default());
            for _ in 0..count {
                // The block of a `have`, with a local of its own.
                let mark = scope.mark();
                insert(&mut scope, &mut store, "x");
                scope.rollback(mark);
                insert(&mut scope, &mut store, "x");
            }
            scope.attempts
        };
        assert!(attempts(2_000) <= 2 * attempts(1_000) + 10, "{} {}", attempts(1_000), attempts(2_000));
    }
}
