//! Overlaps of the sides of equations: terms that are an instance of one side and have an instance of another inside,
//! so that they can be rewritten in two ways. The two results are a critical pair.
//!
//! Where each critical pair of a terminating system has one normal form, the order of rewriting does not matter (D.
//! Knuth, P. Bendix, *Simple word problems in universal algebras*, 1970; G. Huet, *Confluent reductions*, JACM 1980).

use prover_logic::{Store, Term, TermId};
use rustc_hash::FxHashMap;

/// Pairs of terms that one unification looks at, at most.
const STEPS: usize = 1_000;

/// The parts of a term in argument places that have a constant at their heads, itself included, each once.
pub fn rigid_parts(store: &Store, whole: TermId) -> Vec<TermId> {
    let mut found = Vec::new();
    let mut open = vec![whole];
    while let Some(id) = open.pop() {
        let (head, arguments) = store.spine(id);
        let is_constant = matches!(store.term(head), Term::Const(_));
        if is_constant && !found.contains(&id) {
            found.push(id);
        }
        if is_constant || matches!(store.term(head), Term::Bound(_) | Term::Local { .. }) {
            open.extend(arguments);
        }
    }
    found
}

/// Result of unifying two terms whose locals are variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unified {
    /// They have no common instance.
    Apart,
    /// They may have one: a variable is applied, or a subterm is under a binder, or the terms are too large.
    Unknown,
    /// The most general unifier: the values of variables, which may contain further variables that have values.
    Common(Values),
}

/// The values of variables.
pub type Values = FxHashMap<TermId, TermId>;

/// The most general common instance of two terms whose locals are variables.
pub fn unify(store: &Store, one: TermId, other: TermId) -> Unified {
    let mut values = Values::default();
    let mut open = vec![(one, other)];
    let mut steps = 0;
    let mut is_unknown = false;
    while let Some((one, other)) = open.pop() {
        steps += 1;
        let (one, other) = (value(store, &values, one), value(store, &values, other));
        if one == other {
            continue;
        }
        match (store.term(one), store.term(other)) {
            (Term::Local { .. }, _) => match occurs(store, &values, one, other, &mut steps) {
                true => return Unified::Apart,
                false => drop(values.insert(one, other)),
            },
            (_, Term::Local { .. }) => match occurs(store, &values, other, one, &mut steps) {
                true => return Unified::Apart,
                false => drop(values.insert(other, one)),
            },
            _ if is_open(store, one) || is_open(store, other) => is_unknown = true,
            (Term::App(f, a), Term::App(g, b)) => open.extend([(a, b), (f, g)]),
            _ => return Unified::Apart,
        }
        if steps > STEPS {
            return Unified::Unknown;
        }
    }
    if is_unknown { Unified::Unknown } else { Unified::Common(values) }
}

/// A variable's value, and that variable's, as far as there are values.
fn value(store: &Store, values: &Values, mut term: TermId) -> TermId {
    while let Term::Local { .. } = store.term(term)
        && let Some(&value) = values.get(&term)
    {
        term = value;
    }
    term
}

/// Whether a variable occurs in a term, so that no finite term is the value of it.
fn occurs(store: &Store, values: &Values, variable: TermId, term: TermId, steps: &mut usize) -> bool {
    let mut open = vec![term];
    while let Some(id) = open.pop() {
        *steps += 1;
        let id = value(store, values, id);
        if id == variable {
            return true;
        }
        // What is not looked at any more ends the unification.
        if store.local_bound(id) == 0 || *steps > STEPS {
            continue;
        }
        if let Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) = store.term(id) {
            open.extend([a, b]);
        }
    }
    false
}

/// Whether a term is a variable applied to arguments, or a binder with variables under it.
fn is_open(store: &Store, term: TermId) -> bool {
    let is_applied = matches!(store.term(term), Term::App(..));
    match store.term(store.head(term)) {
        Term::Local { .. } => is_applied,
        Term::Lambda(..) | Term::Pi(..) => store.local_bound(term) > 0,
        _ => false,
    }
}

/// The term with variables replaced by their values, and those in these likewise. `done` remembers terms.
pub fn resolve(store: &mut Store, id: TermId, values: &Values, done: &mut Values) -> TermId {
    if store.local_bound(id) == 0 {
        return id;
    }
    if let Some(&known) = done.get(&id) {
        return known;
    }
    let resolved = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || match store.term(id) {
        Term::Local { .. } => match values.get(&id) {
            Some(&value) => resolve(store, value, values, done),
            None => id,
        },
        Term::App(a, b) => {
            let (a, b) = (resolve(store, a, values, done), resolve(store, b, values, done));
            store.app(a, b)
        }
        Term::Lambda(a, b) => {
            let (a, b) = (resolve(store, a, values, done), resolve(store, b, values, done));
            store.lambda(a, b)
        }
        Term::Pi(a, b) => {
            let (a, b) = (resolve(store, a, values, done), resolve(store, b, values, done));
            store.pi(a, b)
        }
        Term::Sort(_) | Term::Const(_) | Term::Bound(_) => id,
    });
    done.insert(id, resolved);
    resolved
}
