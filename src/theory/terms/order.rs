//! The orders on terms, by which equations become rewrite rules that terminate: the lexicographic path order on terms
//! of the kernel, and, for completion on its own terms, the [Knuth-Bendix order](knuth_bendix).
//!
//! A term is read as its head with its arguments. With a precedence `f > g` on heads, `s = f(s1, ..., sn)` is greater
//! than `t` if
//!
//! - some `si` is `t` or greater than `t`, or
//! - `t = g(t1, ..., tm)` with `f > g`, and `s` is greater than each `tj`, or
//! - `t = f(t1, ..., tm)`, the first arguments that differ are `si > ti`, and `s` is greater than each `tj`;
//!
//! a term with the variable `x` in it is greater than `x`, and a variable is greater than nothing. Heads may have
//! several numbers of arguments: where one list is the start of the other, the longer one is greater. The order is
//! total on terms without variables, and no term is the start of an endless descent (S. Kamin, J.-J. Lévy, *Two
//! generalizations of the recursive path ordering*, 1980; F. Baader, T. Nipkow, *Term Rewriting and All That*, 1998,
//! section 5.4.2).
//!
//! Two uses share the comparison and differ in how they read a term ([`PathOrder`]): normal forms of states in proof
//! search, and the normal forms that `#eval` prints. A variable applied to arguments counts as a function of itself and
//! these, below all constants; its value may be a lambda, so that for rules with such variables the order is a
//! heuristic and no proof of termination. Rewriting by it is therefore always bounded in steps.

pub mod knuth_bendix;
pub mod precedence;

use super::matching::OPENED;
use precedence::Precedence;
use prover_logic::{ConstId, Environment, KernelError, Store, Term, TermId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;
use std::convert::Infallible;

/// Pairs of terms that are remembered; beyond this number all are forgotten.
const REMEMBERED: usize = 1 << 16;

/// A lexicographic path order: how terms are read as heads with arguments, and the precedence on the heads. Within a
/// kind of heads, constants have their [precedence](Precedence), and others opened later are greater.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathOrder {
    /// For equations in a proof, by the least head: variables applied to arguments; sorts; lambdas and arrows;
    /// constants that no equation defines, constructors among them; locals; the constants that equations define, which
    /// are given here.
    ///
    /// Terms under binders are not looked into: each lambda or arrow is a constant of its own. So loose indices are
    /// variables, and rules need not be opened.
    Defined(FxHashSet<ConstId>, Precedence),
    /// For evaluation, by the least head: sorts, variables of binders, locals, lambdas, arrows, applications of other
    /// heads than constants (with the head as first argument), constants.
    ///
    /// Locals, the inputs of the term to be evaluated, are below everything that computes. Binders are functions of
    /// their two parts, so the variables of a rule must be locals from [`OPENED`] on: terms under binders can be
    /// compared with others without a shift of indices.
    Evaluation(Precedence),
}

impl Default for PathOrder {
    fn default() -> Self {
        Self::Defined(FxHashSet::default(), Precedence::default())
    }
}

/// Comparisons made so far, for use with one store and one order.
#[derive(Clone, Debug, Default)]
pub struct Compared(FxHashMap<(TermId, TermId), bool>);

/// The store that compared terms are in, and the account that comparisons are taken from.
trait Terms {
    /// Reason why a comparison ends early.
    type Stop;

    fn store(&self) -> &Store;

    /// Pays for the comparison of one pair.
    fn pay(&mut self) -> Result<(), Self::Stop>;
}

impl Terms for &Store {
    type Stop = Infallible;

    fn store(&self) -> &Store {
        self
    }

    fn pay(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Terms for &mut Environment {
    type Stop = KernelError;

    fn store(&self) -> &Store {
        &self.store
    }

    fn pay(&mut self) -> Result<(), KernelError> {
        self.spend(1)
    }
}

/// The head of a term by its rank; of two heads of one rank, the numbers decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Symbol {
    rank: u8,
    number: usize,
    /// Tells apart locals of one number.
    ty: usize,
}

impl PathOrder {
    /// The [order for proofs](Self::Defined) in which these constants are above all others.
    pub fn new(defined: impl IntoIterator<Item = ConstId>, precedence: Precedence) -> Self {
        Self::Defined(defined.into_iter().collect(), precedence)
    }

    /// Whether `greater` is greater than `less`, whatever their variables stand for.
    pub fn is_greater(&self, store: &Store, greater: TermId, less: TermId, known: &mut Compared) -> bool {
        let Ok(found) = self.decide(&mut { store }, greater, less, known);
        found
    }

    /// The same, each pair of subterms taken from the budget of the environment.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn is_greater_within(
        &self,
        environment: &mut Environment,
        greater: TermId,
        less: TermId,
        known: &mut Compared,
    ) -> Result<bool, KernelError> {
        self.decide(&mut { environment }, greater, less, known)
    }

    fn decide<T: Terms>(
        &self,
        terms: &mut T,
        greater: TermId,
        less: TermId,
        known: &mut Compared,
    ) -> Result<bool, T::Stop> {
        if greater == less {
            return Ok(false);
        }
        if let Some(&known) = known.0.get(&(greater, less)) {
            return Ok(known);
        }
        terms.pay()?;
        let found = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || self.compare(terms, greater, less, known))?;
        if known.0.len() >= REMEMBERED {
            known.0.clear();
        }
        known.0.insert((greater, less), found);
        Ok(found)
    }

    fn compare<T: Terms>(
        &self,
        terms: &mut T,
        greater: TermId,
        less: TermId,
        known: &mut Compared,
    ) -> Result<bool, T::Stop> {
        // A variable may stand for the least of all terms.
        let Some((f, ss)) = self.read(terms.store(), greater) else { return Ok(false) };
        for &s in &ss {
            if s == less || self.decide(terms, s, less, known)? {
                return Ok(true);
            }
        }
        // No part is the variable or has it in it.
        let Some((g, ts)) = self.read(terms.store(), less) else { return Ok(false) };
        let by_arguments = match f.cmp(&g) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => match ss.iter().zip(&ts).find(|(s, t)| s != t) {
                Some((&s, &t)) => self.decide(terms, s, t, known)?,
                None => ss.len() > ts.len(),
            },
        };
        if !by_arguments {
            return Ok(false);
        }
        for &t in &ts {
            if !self.decide(terms, greater, t, known)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A term's head and its arguments; `None` for a variable.
    fn read(&self, store: &Store, term: TermId) -> Option<(Symbol, Vec<TermId>)> {
        let (head, mut arguments) = store.spine(term);
        let symbol = |rank, number| Symbol { rank, number, ty: 0 };
        let is_applied = !arguments.is_empty();
        let read = match (self, store.term(head)) {
            (_, Term::App(..)) => unreachable!("the head of a spine is no application"),
            (Self::Evaluation(_), Term::Local { id, .. }) if id >= OPENED && !is_applied => return None,
            (Self::Defined(..), Term::Bound(_)) if !is_applied => return None,
            (Self::Defined(..), Term::Bound(_)) => {
                arguments.insert(0, head);
                symbol(0, 0)
            }
            (Self::Defined(..), Term::Sort(sort)) => symbol(1, sort as usize),
            (Self::Defined(..), Term::Lambda(..) | Term::Pi(..)) => symbol(2, head.index()),
            (Self::Defined(..), Term::Local { id, ty }) => Symbol { rank: 4, number: id as usize, ty: ty.index() },
            (Self::Defined(defined, precedence), Term::Const(constant)) => {
                symbol(if defined.contains(&constant) { 5 } else { 3 }, precedence.place(constant))
            }
            (Self::Evaluation(precedence), Term::Const(constant)) => symbol(6, precedence.place(constant)),
            (Self::Evaluation(_), _) if is_applied => {
                arguments.insert(0, head);
                symbol(5, 0)
            }
            (Self::Evaluation(_), Term::Sort(sort)) => symbol(0, sort as usize),
            (Self::Evaluation(_), Term::Bound(index)) => symbol(1, index as usize),
            (Self::Evaluation(_), Term::Local { id, ty }) => Symbol { rank: 2, number: id as usize, ty: ty.index() },
            (Self::Evaluation(_), Term::Lambda(domain, body)) => {
                arguments.extend([domain, body]);
                symbol(3, 0)
            }
            (Self::Evaluation(_), Term::Pi(domain, body)) => {
                arguments.extend([domain, body]);
                symbol(4, 0)
            }
        };
        Some((read, arguments))
    }
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
        let order = PathOrder::new([plus, times], Precedence::default());
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

    #[test]
    fn order_for_evaluation_is_total_and_looks_under_binders() {
        let theory = &mut Theory::from_source("nat-mul").unwrap();
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        let [nat, z] = ["nat", "z"].map(|name| theory.environment.find(name).unwrap());
        let store = &mut theory.environment.store;
        let (nat, z) = (store.constant(nat), store.constant(z));
        let (variable, local) = (store.local(OPENED, nat), store.local(0, nat));
        let leaves = [z, local, store.local(1, nat)];
        let order = PathOrder::Evaluation(Precedence::default());
        let known = &mut Compared::default();
        for _ in 0..1_000 {
            let terms: Vec<TermId> = (0..3).map(|_| random(theory, rng, &leaves, 3)).collect();
            let store = &mut theory.environment.store;
            let mut closed = |term| store.close_lambda(term, &[local]);
            let [a, b, c] = [closed(terms[0]), closed(terms[1]), closed(terms[2])];
            let mut greater = |a, b| order.is_greater(store, a, b, known);
            assert_eq!(usize::from(greater(a, b)) + usize::from(greater(b, a)) + usize::from(a == b), 1);
            assert!(!(greater(a, b) && greater(b, c)) || greater(a, c), "transitive");
            assert!(!greater(variable, a) && !greater(a, variable), "a variable that does not occur");
        }
        let store = &mut theory.environment.store;
        let under = store.lambda(nat, variable);
        assert!(order.is_greater(store, under, variable, known), "a variable that occurs under a binder");
    }
}
