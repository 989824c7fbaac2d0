//! A discrimination tree: finds, of many patterns, those that a term may be an instance of, or have an instance in
//! common with.
//!
//! Patterns are written in preorder, all variables alike; looking up a term walks down along its own symbols and, at
//! each place, past the whole subterm where a pattern has a variable (W. McCune, *Experiments with discrimination-tree
//! indexing and path indexing for term retrieval*, JAR 1992). The patterns found still have to be matched.

use super::matching::Substitution;
use prover_logic::{DeclarationKind, Environment, Term, TermId};

/// The most symbols by which a pattern is found; those after them are not looked at.
const LENGTH: usize = 256;

/// Room for subterms that a walk has still to look at.
const ROOM: usize = 16;

/// Terms that can be taken apart at their heads.
pub trait Shapes {
    /// A term.
    type Node: Copy;
    /// A symbol that may stand at a head. Two terms whose heads differ have no instance in common.
    type Symbol: Copy + Ord;

    /// The symbol at the head of a term, its arguments appended to `open`, the last one first; `None`, and nothing
    /// appended, for a term that may be anything, such as a variable.
    fn open(&self, node: Self::Node, open: &mut Vec<Self::Node>) -> Option<Self::Symbol>;
}

/// A rigid head and the number of its arguments.
pub type RigidHead = (TermId, u32);

impl Shapes for Environment {
    type Node = TermId;
    type Symbol = RigidHead;

    /// Terms that are not a constant, local or sort applied to arguments may be anything, and so may those that unfold.
    fn open(&self, node: TermId, open: &mut Vec<TermId>) -> Option<RigidHead> {
        let head = self.store.head(node);
        match self.store.term(head) {
            Term::Const(constant) if self.get(constant).is_some_and(|d| d.kind != DeclarationKind::Definition) => {}
            Term::Local { .. } | Term::Sort(_) => {}
            _ => return None,
        }
        let mut count = 0;
        let mut rest = node;
        while let Term::App(function, argument) = self.store.term(rest) {
            open.push(argument);
            rest = function;
            count += 1;
        }
        Some((head, count))
    }
}

/// A pattern under values for some of its variables.
pub struct Under<'a> {
    /// The environment of its constants.
    pub environment: &'a Environment,
    /// The values.
    pub substitution: &'a Substitution,
}

impl Shapes for Under<'_> {
    type Node = TermId;
    type Symbol = RigidHead;

    fn open(&self, node: TermId, open: &mut Vec<TermId>) -> Option<RigidHead> {
        let value = match self.environment.store.term(node) {
            Term::Bound(index) => self.substitution.at_index(index)?,
            _ => node,
        };
        self.environment.open(value, open)
    }
}

/// A place in the tree.
#[derive(Clone, Debug)]
struct Branch<S, T> {
    /// By symbol, ascending: the number of its arguments, and the place after it.
    symbols: Vec<(S, u32, u32)>,
    /// The place after a variable.
    variable: Option<u32>,
    entries: Vec<T>,
}

impl<S, T> Default for Branch<S, T> {
    fn default() -> Self {
        Self { symbols: Vec::new(), variable: None, entries: Vec::new() }
    }
}

/// Patterns with something about each, to be found by terms.
#[derive(Clone, Debug)]
pub struct Index<S, T> {
    branches: Vec<Branch<S, T>>,
}

impl<S, T> Default for Index<S, T> {
    fn default() -> Self {
        Self { branches: vec![Branch::default()] }
    }
}

/// An index of the kernel's terms.
pub type TermIndex<T> = Index<RigidHead, T>;

impl<S: Copy + Ord, T: Copy + PartialEq> Index<S, T> {
    /// Adds a pattern.
    pub fn insert<B: Shapes<Symbol = S>>(&mut self, terms: &B, pattern: B::Node, entry: T) {
        let place = self.place(terms, pattern);
        self.branches[place].entries.push(entry);
    }

    /// Takes a pattern out again.
    pub fn remove<B: Shapes<Symbol = S>>(&mut self, terms: &B, pattern: B::Node, entry: T) {
        let place = self.place(terms, pattern);
        self.branches[place].entries.retain(|&other| other != entry);
    }

    /// The place where a pattern ends, made if it is not there.
    fn place<B: Shapes<Symbol = S>>(&mut self, terms: &B, pattern: B::Node) -> usize {
        let mut place = 0;
        let mut open = vec![pattern];
        for _ in 0..LENGTH {
            let Some(node) = open.pop() else { break };
            let next = self.branches.len() as u32;
            let before = open.len();
            let branch = &mut self.branches[place];
            let found = match terms.open(node, &mut open) {
                None => *branch.variable.get_or_insert(next),
                Some(symbol) => match branch.symbols.binary_search_by_key(&symbol, |&(symbol, ..)| symbol) {
                    Ok(index) => branch.symbols[index].2,
                    Err(index) => {
                        branch.symbols.insert(index, (symbol, (open.len() - before) as u32, next));
                        next
                    }
                },
            };
            if found == next {
                self.branches.push(Branch::default());
            }
            place = found as usize;
        }
        place
    }

    /// Appends the entries whose pattern may match a term; the number of places looked at. Parts of the term that may
    /// be anything are matched by variables only.
    pub fn matching<B: Shapes<Symbol = S>>(&self, terms: &B, node: B::Node, found: &mut Vec<T>) -> u64 {
        let mut walk = Walk { index: self, terms, is_open: false, found, looked: 0 };
        walk.from(0, &mut vec![node]);
        walk.looked
    }

    /// Appends the entries whose pattern may have an instance in common with a term, whose own variables have nothing
    /// to do with those of patterns.
    pub fn unifying<B: Shapes<Symbol = S>>(&self, terms: &B, node: B::Node, found: &mut Vec<T>) {
        self.unifying_any(terms, [node], found);
    }

    /// The same for each of some terms.
    pub fn unifying_any<B: Shapes<Symbol = S>>(
        &self,
        terms: &B,
        nodes: impl IntoIterator<Item = B::Node>,
        found: &mut Vec<T>,
    ) {
        if self.branches.len() == 1 {
            return;
        }
        let mut walk = Walk { index: self, terms, is_open: true, found, looked: 0 };
        let mut open = Vec::with_capacity(ROOM);
        for node in nodes {
            open.clear();
            open.push(node);
            walk.from(0, &mut open);
        }
    }
}

/// A term being looked up.
struct Walk<'a, B: Shapes, T> {
    index: &'a Index<B::Symbol, T>,
    terms: &'a B,
    /// Whether parts of the term that may be anything meet symbols of patterns too.
    is_open: bool,
    found: &'a mut Vec<T>,
    looked: u64,
}

impl<B: Shapes, T: Copy> Walk<'_, B, T> {
    fn from(&mut self, place: u32, open: &mut Vec<B::Node>) {
        self.looked += 1;
        let branch = &self.index.branches[place as usize];
        self.found.extend_from_slice(&branch.entries);
        let Some(node) = open.pop() else { return };
        if let Some(next) = branch.variable {
            self.from(next, open);
        }
        let before = open.len();
        match self.terms.open(node, open) {
            Some(symbol) => {
                if let Ok(index) = branch.symbols.binary_search_by_key(&symbol, |&(symbol, ..)| symbol) {
                    self.from(branch.symbols[index].2, open);
                }
            }
            None if self.is_open => {
                for &(_, arguments, next) in &branch.symbols {
                    self.past(next, arguments, open);
                }
            }
            None => {}
        }
        open.truncate(before);
        open.push(node);
    }

    /// Goes on after `count` whole subterms of patterns.
    fn past(&mut self, place: u32, count: u32, open: &mut Vec<B::Node>) {
        let Some(rest) = count.checked_sub(1) else { return self.from(place, open) };
        self.looked += 1;
        let branch = &self.index.branches[place as usize];
        // The patterns that are cut off here.
        self.found.extend_from_slice(&branch.entries);
        if let Some(next) = branch.variable {
            self.past(next, rest, open);
        }
        for &(_, arguments, next) in &branch.symbols {
            self.past(next, rest + arguments, open);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theory;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn random(theory: &mut Theory, rng: &mut ChaCha8Rng, leaves: &[TermId], depth: u32) -> TermId {
        if depth == 0 || rng.random_bool(0.2) {
            return leaves[rng.random_range(0..leaves.len())];
        }
        let (name, arity) = [("s", 1), ("+", 2), ("*", 2)][rng.random_range(0..3)];
        let arguments: Vec<TermId> = (0..arity).map(|_| random(theory, rng, leaves, depth - 1)).collect();
        let function = theory.environment.find(name).unwrap();
        let function = theory.environment.store.constant(function);
        theory.environment.store.apps(function, &arguments)
    }

    #[test]
    fn all_patterns_that_match_are_found_and_few_others() {
        let theory = &mut Theory::from_source("nat-mul").unwrap();
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let [nat, z] = ["nat", "z"].map(|name| theory.environment.find(name).unwrap());
        let store = &mut theory.environment.store;
        let (nat, z) = (store.constant(nat), store.constant(z));
        let ground = [z, store.local(0, nat), store.local(1, nat)];
        let with_variables = [ground[0], ground[1], store.bound(0), store.bound(1)];
        let mut index = TermIndex::default();
        let patterns: Vec<TermId> = (0..400).map(|_| random(theory, rng, &with_variables, 3)).collect();
        for (number, &pattern) in patterns.iter().enumerate() {
            index.insert(&theory.environment, pattern, number);
        }
        let (mut matched, mut found_in_all) = (0, 0);
        for _ in 0..300 {
            let term = random(theory, rng, &ground, 4);
            let (mut found, mut unifying) = (Vec::new(), Vec::new());
            index.matching(&theory.environment, term, &mut found);
            index.unifying(&theory.environment, term, &mut unifying);
            for (number, &pattern) in patterns.iter().enumerate() {
                let mut substitution = Substitution::new(2);
                if substitution.matches(&mut theory.environment, pattern, term).unwrap() {
                    assert!(found.contains(&number) && unifying.contains(&number));
                    matched += 1;
                }
            }
            found_in_all += found.len();
        }
        assert!(matched > 300 && found_in_all < 2 * matched, "{matched} of {found_in_all}");
    }

    #[test]
    fn what_may_be_anything_meets_all_patterns_and_long_patterns_are_found() {
        let theory = &mut Theory::from_source("nat-mul").unwrap();
        let [nat, z, s, plus] = ["nat", "z", "s", "+"].map(|name| theory.environment.find(name).unwrap());
        let store = &mut theory.environment.store;
        let (nat, z, s, plus) = (store.constant(nat), store.constant(z), store.constant(s), store.constant(plus));
        let (x, variable) = (store.local(0, nat), store.bound(0));
        let high = (0..1_000).fold(z, |term, _| store.app(s, term));
        let patterns = [store.apps(plus, &[z, variable]), store.apps(plus, &[x, z]), store.apps(plus, &[z, high])];
        let asked = [store.apps(plus, &[variable, z]), store.apps(plus, &[z, high]), variable];
        let mut index = TermIndex::default();
        for (number, pattern) in patterns.into_iter().enumerate() {
            index.insert(&theory.environment, pattern, number);
        }
        let unifying = |term| {
            let mut found = Vec::new();
            index.unifying(&theory.environment, term, &mut found);
            found.sort_unstable();
            found
        };
        assert_eq!(unifying(asked[0]), [0, 1]);
        assert_eq!(unifying(asked[1]), [0, 2]);
        assert_eq!(unifying(asked[2]), [0, 1, 2]);
        index.remove(&theory.environment, patterns[0], 0);
        let mut found = Vec::new();
        index.matching(&theory.environment, asked[1], &mut found);
        assert_eq!(found, [2]);
    }
}
