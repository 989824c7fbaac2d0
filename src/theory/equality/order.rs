//! The lexicographic path order on terms, by which equations become rewrite rules that terminate.
//!
//! A term is read as its head with its arguments. With a precedence `f > g` on heads, `s = f(s1, ..., sn)` is greater than
//! `t` if
//!
//! - some `si` is `t` or greater than `t`, or
//! - `t = g(t1, ..., tm)` with `f > g`, and `s` is greater than each `tj`, or
//! - `t = f(t1, ..., tm)`, the first arguments that differ are `si > ti`, and `s` is greater than each `tj`;
//!
//! and a term with the variable `x` in it is greater than `x`. The order is total on terms without variables, and no term is the start
//! of an endless descent (S. Kamin, J.-J. Lévy, *Two generalizations of the recursive path ordering*, 1980; F. Baader,
//! T. Nipkow, *Term Rewriting and All That*, 5.4). Variables are loose indices. A variable applied to arguments counts as a
//! function of itself and these, below all others; what is put for it may be a lambda, so that for rules with such variables the
//! order is a good sign and no proof of termination. Who rewrites by it bounds the steps all the same.

use prover_logic::{ConstId, Store, Term, TermId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;

/// Pairs of terms that are remembered; beyond this number all are forgotten.
const REMEMBERED: usize = 1 << 16;

/// A lexicographic path order. The precedence, from the least: sorts and what stands under binders; constants that no equation
/// defines, constructors above all; locals; constants that equations define. Within a kind, what was declared later is greater.
#[derive(Clone, Debug, Default)]
pub struct PathOrder {
    defined: FxHashSet<ConstId>,
}

/// Comparisons made so far, for use with one store and one order.
#[derive(Clone, Debug, Default)]
pub struct Compared(FxHashMap<(TermId, TermId), bool>);

impl PathOrder {
    /// The order in which these constants are above all others.
    pub fn new(defined: impl IntoIterator<Item = ConstId>) -> Self {
        Self { defined: defined.into_iter().collect() }
    }

    /// Whether `greater` is greater than `less`, whatever their variables stand for.
    pub fn is_greater(&self, store: &Store, greater: TermId, less: TermId, known: &mut Compared) -> bool {
        if greater == less {
            return false;
        }
        if let Some(&known) = known.0.get(&(greater, less)) {
            return known;
        }
        let found = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.compare(store, greater, less, known));
        if known.0.len() >= REMEMBERED {
            known.0.clear();
        }
        known.0.insert((greater, less), found);
        found
    }

    fn compare(&self, store: &Store, greater: TermId, less: TermId, known: &mut Compared) -> bool {
        if let Term::Bound(variable) = store.term(less) {
            return mentions(store, greater, variable);
        }
        let (Some((f, ss)), Some((g, ts))) = (self.shape(store, greater), self.shape(store, less)) else {
            // `greater` is a variable, which may stand for the least of all terms.
            return false;
        };
        if ss.iter().any(|&s| s == less || self.is_greater(store, s, less, known)) {
            return true;
        }
        let by_arguments = match f.cmp(&g) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => match ss.iter().zip(&ts).find(|(s, t)| s != t) {
                Some((&s, &t)) => self.is_greater(store, s, t, known),
                None => ss.len() > ts.len(),
            },
        };
        by_arguments && ts.iter().all(|&t| self.is_greater(store, greater, t, known))
    }

    /// The rank of a term's head, and its arguments; `None` for a variable.
    fn shape(&self, store: &Store, term: TermId) -> Option<((u8, usize), Vec<TermId>)> {
        let (head, mut arguments) = store.spine(term);
        let rank = match store.term(head) {
            Term::Bound(_) if arguments.is_empty() => return None,
            Term::Bound(_) => {
                arguments.insert(0, head);
                (0, 0)
            }
            Term::Sort(sort) => (1, sort as usize),
            // What stands under a binder is not looked into.
            Term::Lambda(..) | Term::Pi(..) => (2, head.index()),
            Term::Local { id, .. } => (4, id as usize),
            Term::Const(constant) => (if self.defined.contains(&constant) { 5 } else { 3 }, constant.index()),
            // The head of a spine is no application.
            Term::App(..) => return None,
        };
        Some((rank, arguments))
    }
}

/// Whether a loose index occurs in a term outside of binders.
fn mentions(store: &Store, term: TermId, variable: u32) -> bool {
    let mut seen = FxHashSet::default();
    let mut open = vec![term];
    while let Some(id) = open.pop() {
        match store.term(id) {
            Term::Bound(index) if index == variable => return true,
            Term::App(f, a) if store.loose(id) > variable && seen.insert(id) => open.extend([f, a]),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theory;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn random(theory: &mut Theory, rng: &mut ChaCha8Rng, leaves: &[TermId], depth: u32) -> TermId {
        let function = |theory: &mut Theory, name: &str| {
            let constant = theory.environment.find(name).unwrap();
            theory.environment.store.constant(constant)
        };
        let (name, arity) = [("s", 1), ("+", 2), ("*", 2)][rng.random_range(0..3)];
        if depth == 0 || rng.random_bool(0.2) {
            return leaves[rng.random_range(0..leaves.len())];
        }
        let arguments: Vec<TermId> = (0..arity).map(|_| random(theory, rng, leaves, depth - 1)).collect();
        let function = function(theory, name);
        theory.environment.store.apps(function, &arguments)
    }

    #[test]
    fn order_is_total_on_terms_without_variables_and_kept_by_substitution() {
        let theory = &mut Theory::from_source("nat-mul").unwrap();
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let [nat, z, plus, times] = ["nat", "z", "+", "*"].map(|name| theory.environment.find(name).unwrap());
        let store = &mut theory.environment.store;
        let (nat, z) = (store.constant(nat), store.constant(z));
        let leaves = [z, store.local(0, nat), store.local(1, nat), store.bound(0), store.bound(1)];
        let order = PathOrder::new([plus, times]);
        let known = &mut Compared::default();
        let (mut compared, mut ground) = (0, 0);
        for _ in 0..3_000 {
            let terms: Vec<TermId> = (0..3).map(|_| random(theory, rng, &leaves, 4)).collect();
            let store = &mut theory.environment.store;
            let values = [leaves[1], terms[2]].map(|value| store.instantiate(value, &[z, leaves[1]]));
            let closed: Vec<TermId> = terms.iter().map(|&term| store.instantiate(term, &values)).collect();
            let mut greater = |a: TermId, b: TermId| order.is_greater(store, a, b, known);
            let [a, b, c] = closed[..] else { panic!() };
            assert_eq!(usize::from(greater(a, b)) + usize::from(greater(b, a)) + usize::from(a == b), 1);
            assert!(!(greater(a, b) && greater(b, c)) || greater(a, c), "transitive");
            ground += 1;
            if greater(terms[0], terms[1]) {
                assert!(greater(a, b), "kept by substitution");
                compared += 1;
            }
        }
        assert!(compared > 300 && ground == 3_000, "{compared}");
    }
}
